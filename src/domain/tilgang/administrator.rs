//! Who appoints whom. By KS's set-up guide chief administrators appoint administrators, and service administrators appoint
//! users, all of them persons. The municipality's own system, with the privilege to configure, may stand in for a service
//! administrator and no more: a system that could make administrators would make whoever holds its password one.

use super::{Forvalter, forvalter::lacks_role};
use crate::model::{
    Feil, Feilkode, FiksOrgId, IntegrasjonId, RessursId,
    integrasjon::Privilegium,
    revisjon::Aktor,
    rolle::{Rolle, Rolleinnehav},
};

/// The right to appoint at one organisation, and to see what was changed there. Only [`Forvalter::administrator`] makes one.
#[derive(Debug, Clone)]
pub struct Administrator {
    pub organisasjon: FiksOrgId,
    hvem: Hvem,
    /// `None`: every office of the organisation.
    bydeler: Option<Vec<RessursId>>,
}

#[derive(Debug, Clone)]
enum Hvem {
    System(IntegrasjonId),
    /// By the keyed digest of the fødselsnummer.
    Person([u8; 32]),
}

impl Forvalter {
    /// # Errors
    /// As [`Forvalter::mandat`].
    pub fn administrator(&self, organisasjon: FiksOrgId) -> Result<Administrator, Feil> {
        let roller = match self {
            Self::System(innringer) => {
                innringer.check(organisasjon, Privilegium::Konfigurer)?;
                let hvem = Hvem::System(innringer.integrasjon());
                return Ok(Administrator { organisasjon, hvem, bydeler: None });
            }
            Self::Person(roller) => roller,
        };
        let here: Vec<_> = roller.iter().filter(|held| held.organisasjon == organisasjon).collect();
        let Some(person) = here.first().map(|held| held.person) else {
            return Err(Feilkode::OrganisasjonIkkeFunnet.into());
        };
        let held: Vec<_> = here.into_iter().filter(|held| held.rolle.administers()).collect();
        if held.is_empty() {
            return Err(lacks_role(&[Rolle::Hovedadministrator, Rolle::Tjenesteadministrator]));
        }
        let bydeler = held.iter().map(|held| held.bydel).collect();
        Ok(Administrator { organisasjon, hvem: Hvem::Person(person), bydeler })
    }
}

impl Administrator {
    /// The only offices that the right covers; `None`: every one of the organisation.
    pub fn bydeler(&self) -> Option<&[RessursId]> {
        self.bydeler.as_deref()
    }

    /// Whether this is that person.
    pub(in crate::domain) fn is(&self, person: &[u8; 32]) -> bool {
        matches!(&self.hvem, Hvem::Person(own) if own == person)
    }

    /// Who appoints, if it may. `roller` are the organisation's as they are in the transaction: what the caller held when
    /// it called may have been taken since.
    ///
    /// # Errors
    /// 403 with the role that would do.
    pub(in crate::domain) fn appoints(
        &self,
        roller: &[Rolleinnehav],
        rolle: Rolle,
        bydel: Option<RessursId>,
    ) -> Result<Aktor, Feil> {
        let allowed = match &self.hvem {
            Hvem::System(id) => Rolle::Tjenesteadministrator.appoints(rolle).then_some(Aktor::Integrasjon(*id)),
            Hvem::Person(person) => {
                let mut held = roller.iter().filter(|held| held.person == *person);
                held.find(|held| held.rolle.appoints(rolle) && held.covers(bydel)).map(|held| Aktor::Person(held.id))
            }
        };
        let would: Vec<_> = Rolle::ALL.into_iter().filter(|other| other.appoints(rolle)).collect();
        allowed.ok_or_else(|| lacks_role(&would))
    }
}

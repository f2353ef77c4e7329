//! Who may do what with companion cards.
//!
//! An organisation is set up by its own system, with the privilege, or by a chief administrator. These make groups and say
//! who is in them; a group's administrators say who is in that group. Case workers are the users of any group, and a system
//! with the privilege for it. Nobody sees a card by being an administrator.

use serde_json::json;

use super::Innringer;
use crate::{
    domain::{Result, Services},
    model::{
        Feil, Feilkode, FiksOrgId, GruppeId,
        gruppe::{Gruppemedlem, Medlemsart, Medlemskap},
        integrasjon::Privilegium,
        revisjon::Aktor,
        rolle::{Rolle, Rolleinnehav},
    },
    store,
};

const GRUPPEADMINISTRATOR: &str = "GRUPPEADMINISTRATOR";
const GRUPPEBRUKER: &str = "GRUPPEBRUKER";

/// A caller of the services for companion cards who has shown who it is.
#[derive(Debug, Clone)]
pub enum Bevisinnringer {
    System(Innringer),
    Person(Bevisperson),
}

/// A person who has logged in, with all that the person holds at whichever organisations.
#[derive(Debug, Clone)]
pub struct Bevisperson {
    /// Keyed digest of the fødselsnummer, as members of groups are found by it.
    medlem: [u8; 32],
    roller: Vec<Rolleinnehav>,
    medlemskap: Vec<Medlemskap>,
}

/// The right to set an organisation up for companion cards. Only [`Bevisinnringer::oppsett`] makes one.
#[derive(Debug, Clone)]
pub struct Bevisoppsett {
    pub aktor: Aktor,
    pub organisasjon: FiksOrgId,
}

/// The right to see which groups an organisation has. Only [`Bevisinnringer::gruppeinnsyn`] makes one.
#[derive(Debug, Clone)]
pub struct Gruppeinnsyn {
    pub organisasjon: FiksOrgId,
}

/// The right to say who is in a group. Only [`Bevisinnringer::gruppeforvalter`] makes one.
#[derive(Debug, Clone)]
pub struct Gruppeforvalter {
    pub organisasjon: FiksOrgId,
    pub gruppe: GruppeId,
    hvem: Hvem,
}

#[derive(Debug, Clone)]
enum Hvem {
    /// Who sets the organisation up, as member of a group too if a person.
    Oppsett(Aktor, Option<[u8; 32]>),
    /// An administrator of the group itself.
    Gruppe([u8; 32]),
}

/// The right to an organisation's companion cards. Only [`Bevisinnringer::behandler`] makes one.
#[derive(Debug, Clone)]
pub struct Behandler {
    pub aktor: Aktor,
    pub organisasjon: FiksOrgId,
}

impl Bevisperson {
    fn chief(&self, organisasjon: FiksOrgId) -> Option<&Rolleinnehav> {
        let mut here = self.roller.iter().filter(|held| held.organisasjon == organisasjon);
        here.find(|held| held.rolle == Rolle::Hovedadministrator)
    }

    fn er(&self, art: Medlemsart) -> impl Iterator<Item = &Medlemskap> {
        self.medlemskap.iter().filter(move |held| held.art == art)
    }

    /// # Errors
    /// 404 for an organisation where the person holds nothing at all.
    fn at(&self, organisasjon: FiksOrgId) -> std::result::Result<(), Feil> {
        let roles = self.roller.iter().map(|held| held.organisasjon);
        let mut known = roles.chain(self.medlemskap.iter().map(|held| held.organisasjon));
        if known.any(|held| held == organisasjon) { Ok(()) } else { Err(Feilkode::OrganisasjonIkkeFunnet.into()) }
    }
}

impl Bevisinnringer {
    /// Whether the caller sets the organisation up.
    ///
    /// # Errors
    /// 404 for an organisation where the caller has nothing at all: it is not told whether that one exists.
    pub fn er_administrator(&self, organisasjon: FiksOrgId) -> std::result::Result<bool, Feil> {
        match self.oppsett(organisasjon) {
            Ok(_) => Ok(true),
            Err(feil) if feil.status == 403 => Ok(false),
            Err(feil) => Err(feil),
        }
    }

    /// # Errors
    /// 404 where the caller has nothing at all, 403 where it has something else.
    pub fn oppsett(&self, organisasjon: FiksOrgId) -> std::result::Result<Bevisoppsett, Feil> {
        let aktor = match self {
            Self::System(innringer) => {
                innringer.check(organisasjon, Privilegium::LedsagerbevisKonfigurer)?;
                Aktor::Integrasjon(innringer.integrasjon())
            }
            Self::Person(person) => {
                person.at(organisasjon)?;
                let held = person.chief(organisasjon).ok_or_else(|| lacks(&[Rolle::Hovedadministrator.as_str()]))?;
                Aktor::Person(held.id)
            }
        };
        Ok(Bevisoppsett { aktor, organisasjon })
    }

    /// # Errors
    /// As [`oppsett`](Self::oppsett).
    pub fn gruppeinnsyn(&self, organisasjon: FiksOrgId) -> std::result::Result<Gruppeinnsyn, Feil> {
        if let Self::Person(person) = self
            && person.chief(organisasjon).is_none()
        {
            person.at(organisasjon)?;
            let mut held = person.er(Medlemsart::Administrator);
            held.find(|held| held.organisasjon == organisasjon).ok_or_else(lacks_group)?;
            return Ok(Gruppeinnsyn { organisasjon });
        }
        let Bevisoppsett { organisasjon, .. } = self.oppsett(organisasjon)?;
        Ok(Gruppeinnsyn { organisasjon })
    }

    /// # Errors
    /// As [`oppsett`](Self::oppsett); 403 also for the administrator of another group.
    pub fn gruppeforvalter(
        &self,
        organisasjon: FiksOrgId,
        gruppe: GruppeId,
    ) -> std::result::Result<Gruppeforvalter, Feil> {
        let hvem = match self {
            Self::Person(person) if person.chief(organisasjon).is_none() => {
                person.at(organisasjon)?;
                let mut held = person.er(Medlemsart::Administrator);
                held.find(|held| held.organisasjon == organisasjon && held.gruppe == gruppe).ok_or_else(lacks_group)?;
                Hvem::Gruppe(person.medlem)
            }
            Self::Person(person) => Hvem::Oppsett(self.oppsett(organisasjon)?.aktor, Some(person.medlem)),
            Self::System(_) => Hvem::Oppsett(self.oppsett(organisasjon)?.aktor, None),
        };
        Ok(Gruppeforvalter { organisasjon, gruppe, hvem })
    }

    /// # Errors
    /// 404 where the caller has nothing at all, 403 where it has something else.
    pub fn behandler(&self, organisasjon: FiksOrgId) -> std::result::Result<Behandler, Feil> {
        let aktor = match self {
            Self::System(innringer) => {
                innringer.check(organisasjon, Privilegium::LedsagerbevisBehandle)?;
                Aktor::Integrasjon(innringer.integrasjon())
            }
            Self::Person(person) => {
                person.at(organisasjon)?;
                let mut held = person.er(Medlemsart::Bruker);
                let held = held.find(|held| held.organisasjon == organisasjon);
                Aktor::Person(held.ok_or_else(|| lacks(&[GRUPPEBRUKER]))?.id)
            }
        };
        Ok(Behandler { aktor, organisasjon })
    }

    /// The organisations whose cards the caller may work with.
    pub fn behandler_for(&self) -> Vec<FiksOrgId> {
        let mut all = match self {
            Self::System(innringer) => innringer.organisasjoner_med(Privilegium::LedsagerbevisBehandle),
            Self::Person(person) => person.er(Medlemsart::Bruker).map(|held| held.organisasjon).collect(),
        };
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl Gruppeforvalter {
    /// Whether this is that person.
    pub(in crate::domain) fn is(&self, person: &[u8; 32]) -> bool {
        matches!(&self.hvem, Hvem::Gruppe(own) | Hvem::Oppsett(_, Some(own)) if own == person)
    }

    /// Whether the right is for the group alone.
    pub(in crate::domain) fn only_group(&self) -> bool {
        matches!(self.hvem, Hvem::Gruppe(_))
    }

    /// Who acts, if it still may. What is given is as it is in the transaction: what the caller held when it called may have
    /// been taken since.
    ///
    /// # Errors
    /// 403 for who no longer holds it.
    pub(in crate::domain) fn acts(
        &self,
        roller: &[Rolleinnehav],
        medlemmer: &[Gruppemedlem],
    ) -> std::result::Result<Aktor, Feil> {
        match &self.hvem {
            Hvem::Oppsett(Aktor::Person(id), _) => {
                let held = roller.iter().find(|held| held.id == *id);
                held.map(|held| Aktor::Person(held.id)).ok_or_else(lacks_group)
            }
            Hvem::Oppsett(aktor, _) => Ok(*aktor),
            Hvem::Gruppe(person) => {
                let mut held = medlemmer.iter().filter(|held| held.person == *person);
                let held = held.find(|held| held.art == Medlemsart::Administrator);
                held.map(|held| Aktor::Person(held.id)).ok_or_else(lacks_group)
            }
        }
    }
}

fn lacks(any_of: &[&str]) -> Feil {
    Feil::from(Feilkode::RolleMangler).fakta(json!({ "krever": any_of }))
}

fn lacks_group() -> Feil {
    lacks(&[Rolle::Hovedadministrator.as_str(), GRUPPEADMINISTRATOR])
}

impl Services {
    /// A system that has shown who it is, as a caller of the services for companion cards.
    ///
    /// # Errors
    /// 501 where there are none.
    pub fn bevissystem(&self, innringer: Innringer) -> Result<Bevisinnringer> {
        self.vault()?;
        Ok(Bevisinnringer::System(innringer))
    }

    /// Finds out which person calls, and what that person holds.
    ///
    /// # Errors
    /// As for every person's token; 501 where there are no companion cards.
    pub async fn identify_bevisperson(&self, token: &str) -> Result<Bevisinnringer> {
        let person = self.person(token).await?;
        self.vault()?;
        let medlem = self.blind_digest(store::gruppe::PERSON, person.pid.expose().as_bytes())?;
        let roller = store::rolle::av_person(&self.store, self.person_digest(person.pid.expose())?).await?;
        let medlemskap = store::gruppe::av_person(&self.store, medlem).await?;
        Ok(Bevisinnringer::Person(Bevisperson { medlem, roller, medlemskap }))
    }
}

//! Who manages: a municipality's own system with the privilege, or a person who has logged in and holds the role.
//!
//! A [`Mandat`] is to administration what a [`Fullmakt`](super::Fullmakt) is to reports: the right to do one kind of
//! thing for one organisation. What is done under it is written down with its [`Aktor`].

use std::marker::PhantomData;

use super::{Innringer, Oppslag, missing};
use crate::{
    domain::{Result, Services},
    model::{
        Feil, Feilkode, FiksOrgId, RessursId,
        integrasjon::Privilegium,
        revisjon::Aktor,
        rolle::{Rolle, Rolleinnehav},
    },
    store,
};

/// A caller who has shown who it is.
#[derive(Debug, Clone)]
pub enum Forvalter {
    System(Innringer),
    /// All that the person holds, at whichever organisations.
    Person(Vec<Rolleinnehav>),
}

/// A kind of thing that needs a privilege or a role.
pub trait Ansvar {
    const PRIVILEGIUM: Privilegium;
    const ROLLE: Rolle;
}

/// Set up offices, accounts and keys.
#[derive(Debug, Clone, Copy)]
pub struct Konfigurere;

/// See what happened to reports, and move one that has got stuck.
#[derive(Debug, Clone, Copy)]
pub struct Administrere;

/// Take reports at the head of the queue by hand.
#[derive(Debug, Clone, Copy)]
pub struct Motta;

impl Ansvar for Konfigurere {
    const PRIVILEGIUM: Privilegium = Privilegium::Konfigurer;
    const ROLLE: Rolle = Rolle::Tjenesteadministrator;
}

impl Ansvar for Administrere {
    const PRIVILEGIUM: Privilegium = Privilegium::Administrer;
    const ROLLE: Rolle = Rolle::Tjenesteadministrator;
}

impl Ansvar for Motta {
    const PRIVILEGIUM: Privilegium = Privilegium::Hent;
    const ROLLE: Rolle = Rolle::Bruker;
}

/// The right to do `A` for one organisation. Only [`Forvalter::mandat`] makes one.
#[derive(Debug, Clone)]
pub struct Mandat<A> {
    pub aktor: Aktor,
    pub organisasjon: FiksOrgId,
    /// `None`: every office of the organisation.
    bydeler: Option<Vec<RessursId>>,
    ansvar: PhantomData<A>,
}

impl<A> Mandat<A> {
    /// Whether the right covers this office of the organisation.
    pub fn covers(&self, bydel: RessursId) -> bool {
        self.bydeler.as_ref().is_none_or(|only| only.contains(&bydel))
    }
}

impl<A: Ansvar> Mandat<A> {
    /// # Errors
    /// 403 for a person whose role is for some of the offices only.
    pub fn hele_organisasjonen(&self) -> std::result::Result<(), Feil> {
        if self.bydeler.is_none() { Ok(()) } else { Err(lacks_role(&[A::ROLLE])) }
    }
}

/// Whose offices the caller may look through.
#[derive(Debug, Clone)]
pub enum Oversikt {
    /// Everyone's: whoever runs the platform.
    Alle,
    /// Those of the organisations that the caller sets up. Never empty.
    Egne(Vec<Mandat<Konfigurere>>),
}

/// Whose reports an administrator sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Omfang {
    /// Those of these organisations, none of them left out by accident: never empty.
    Organisasjoner(Vec<FiksOrgId>),
    /// Everyone's: whoever runs the platform.
    Alle,
}

/// The right to administer, over one or more organisations.
#[derive(Debug, Clone)]
pub struct Innsyn {
    pub aktor: Aktor,
    pub omfang: Omfang,
    /// `None`: every office within `omfang`.
    pub bydeler: Option<Vec<RessursId>>,
}

impl Forvalter {
    /// # Errors
    /// 404 for an organisation where the caller has nothing at all: it is not told whether that one exists. 403 where it
    /// has something else than `A`.
    pub fn mandat<A: Ansvar>(&self, organisasjon: FiksOrgId) -> std::result::Result<Mandat<A>, Feil> {
        let (aktor, bydeler) = match self {
            Self::System(innringer) => {
                innringer.check(organisasjon, A::PRIVILEGIUM)?;
                (Aktor::Integrasjon(innringer.integrasjon()), None)
            }
            Self::Person(roller) => {
                let here: Vec<_> = roller.iter().filter(|held| held.organisasjon == organisasjon).collect();
                if here.is_empty() {
                    return Err(Feilkode::OrganisasjonIkkeFunnet.into());
                }
                let held: Vec<_> = here.into_iter().filter(|held| held.rolle == A::ROLLE).collect();
                let first = held.first().ok_or_else(|| lacks_role(&[A::ROLLE]))?;
                let only: Option<Vec<_>> = held.iter().map(|held| held.bydel).collect();
                (Aktor::Person(first.id), only)
            }
        };
        Ok(Mandat { aktor, organisasjon, bydeler, ansvar: PhantomData })
    }

    /// Whose reports the caller may see: those of one organisation, or of all that it administers. A person whose role is
    /// for some offices only sees those offices' reports.
    ///
    /// # Errors
    /// As [`Forvalter::mandat`].
    pub fn innsyn(&self, organisasjon: Option<FiksOrgId>) -> std::result::Result<Innsyn, Feil> {
        if let Self::System(innringer) = self
            && innringer.has(Privilegium::Support)
        {
            let omfang = organisasjon.map_or(Omfang::Alle, |one| Omfang::Organisasjoner(vec![one]));
            return Ok(Innsyn { aktor: Aktor::Integrasjon(innringer.integrasjon()), omfang, bydeler: None });
        }
        if let Some(one) = organisasjon {
            let mandat = self.mandat::<Administrere>(one)?;
            let omfang = Omfang::Organisasjoner(vec![one]);
            return Ok(Innsyn { aktor: mandat.aktor, omfang, bydeler: mandat.bydeler });
        }
        match self {
            Self::System(innringer) => {
                let all = innringer.organisasjoner_med(Privilegium::Administrer);
                let aktor = Aktor::Integrasjon(innringer.integrasjon());
                let omfang = some(all).ok_or_else(|| missing(&[Privilegium::Administrer, Privilegium::Support]))?;
                Ok(Innsyn { aktor, omfang, bydeler: None })
            }
            Self::Person(roller) => {
                let held = || roller.iter().filter(|held| held.rolle == Administrere::ROLLE);
                let whole: Vec<_> = held().filter(|held| held.bydel.is_none()).collect();
                // Who holds roles for whole organisations sees those; the single offices elsewhere, by their organisation.
                let bydeler =
                    if whole.is_empty() { Some(held().filter_map(|held| held.bydel).collect()) } else { None };
                let used = if whole.is_empty() { held().collect() } else { whole };
                let first = used.first().ok_or_else(|| lacks_role(&[Administrere::ROLLE]))?;
                let omfang = some(used.iter().map(|held| held.organisasjon).collect());
                let omfang = omfang.ok_or_else(|| lacks_role(&[Administrere::ROLLE]))?;
                Ok(Innsyn { aktor: Aktor::Person(first.id), omfang, bydeler })
            }
        }
    }

    /// Whose offices the caller may look through, where the call names no organisation.
    ///
    /// # Errors
    /// 403 for a caller who sets nobody's offices up.
    pub fn oversikt(&self) -> std::result::Result<Oversikt, Feil> {
        let mut organisasjoner: Vec<FiksOrgId> = match self {
            Self::System(innringer) if innringer.has(Privilegium::Support) => return Ok(Oversikt::Alle),
            Self::System(innringer) => innringer.organisasjoner_med(Konfigurere::PRIVILEGIUM),
            Self::Person(roller) => {
                let held = roller.iter().filter(|held| held.rolle == Konfigurere::ROLLE);
                held.map(|held| held.organisasjon).collect()
            }
        };
        organisasjoner.sort_unstable();
        organisasjoner.dedup();
        if organisasjoner.is_empty() {
            return Err(match self {
                Self::System(_) => missing(&[Konfigurere::PRIVILEGIUM]),
                Self::Person(_) => lacks_role(&[Konfigurere::ROLLE]),
            });
        }
        let mandater = organisasjoner.into_iter().map(|organisasjon| self.mandat(organisasjon));
        mandater.collect::<std::result::Result<_, _>>().map(Oversikt::Egne)
    }

    /// The right to what anyone may see who may do anything here.
    ///
    /// # Errors
    /// 403 for an integration without a privilege, and for a person without a role.
    pub fn oppslag(&self) -> std::result::Result<Oppslag, Feil> {
        match self {
            Self::System(innringer) => innringer.oppslag(),
            Self::Person(roller) if roller.is_empty() => {
                let krever = Rolle::ALL.map(Rolle::as_str);
                Err(Feil::from(Feilkode::RolleMangler).fakta(serde_json::json!({ "krever": krever })))
            }
            Self::Person(_) => Ok(Oppslag(())),
        }
    }
}

fn some(mut organisasjoner: Vec<FiksOrgId>) -> Option<Omfang> {
    organisasjoner.sort_unstable();
    organisasjoner.dedup();
    (!organisasjoner.is_empty()).then_some(Omfang::Organisasjoner(organisasjoner))
}

pub(in crate::domain) fn lacks_role(any_of: &[Rolle]) -> Feil {
    let names: Vec<_> = any_of.iter().map(|rolle| rolle.as_str()).collect();
    Feil::from(Feilkode::RolleMangler).fakta(serde_json::json!({ "krever": names }))
}

impl Services {
    /// Finds out which person calls, and what that person holds.
    pub async fn identify_forvalter(&self, token: &str) -> Result<Forvalter> {
        let person = self.person(token).await?;
        let digest = self.person_digest(person.pid.expose())?;
        Ok(Forvalter::Person(store::rolle::av_person(&self.store, digest).await?))
    }

    /// What stands in for a person's fødselsnummer in the database.
    pub(in crate::domain) fn person_digest(&self, pid: &str) -> Result<[u8; 32]> {
        self.blind_digest("rolle.person", pid.as_bytes())
    }

    /// What stands in for a value in a column that rows are found by.
    pub(in crate::domain) fn blind_digest(&self, column: &str, value: &[u8]) -> Result<[u8; 32]> {
        let index = self.personindeks.as_ref().ok_or(Feilkode::PersonerIkkeTilgjengelig)?;
        Ok(index.digest(column, value).map_err(|_| Feil::from(Feilkode::Intern))?)
    }
}

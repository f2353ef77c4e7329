//! Who calls, and what they may do. An [`Innringer`] has shown who it is; a [`Fullmakt`] is its right to do one kind of
//! thing for one organisation, and the use cases take nothing less.

use std::{
    collections::HashMap,
    fmt,
    marker::PhantomData,
    sync::{Arc, PoisonError, RwLock},
};

use jiff::Timestamp;

use super::{Result, Services};
use crate::{
    auth::{Person, TokenFault, passord},
    model::{
        Feil, Feilkode, FiksOrgId, IntegrasjonId, Organisasjonsnummer,
        integrasjon::{Integrasjon, Privilegium},
    },
    store,
};

mod administrator;
mod forvalter;
mod ledsagerbevis;

pub use administrator::Administrator;
pub(in crate::domain) use forvalter::lacks_role;
pub use forvalter::{Administrere, Ansvar, Forvalter, Innsyn, Konfigurere, Mandat, Motta, Omfang, Oversikt};
pub use ledsagerbevis::{Behandler, Bevisinnringer, Bevisoppsett, Bevisperson, Gruppeforvalter, Gruppeinnsyn};

/// Integrations that were read a moment ago. Only those that exist are kept, so it is as small as their number.
#[derive(Debug, Default)]
pub(super) struct Cache(RwLock<HashMap<IntegrasjonId, (Timestamp, Arc<Integrasjon>)>>);

/// The three credentials that every call carries.
#[derive(Clone, Copy)]
pub struct Legitimasjon<'a> {
    pub token: &'a str,
    pub integrasjon: IntegrasjonId,
    pub passord: &'a str,
}

impl fmt::Debug for Legitimasjon<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Legitimasjon").field("integrasjon", &self.integrasjon).finish_non_exhaustive()
    }
}

/// A caller who has shown who it is.
#[derive(Debug, Clone)]
pub struct Innringer {
    integrasjon: Arc<Integrasjon>,
    leverandor: Option<Organisasjonsnummer>,
}

/// A kind of thing that needs a privilege.
pub trait Rettighet {
    const PRIVILEGIUM: Privilegium;
}

/// Send reports and follow them.
#[derive(Debug, Clone, Copy)]
pub struct Sende;

/// Fetch and receipt reports.
#[derive(Debug, Clone, Copy)]
pub struct Hente;

impl Rettighet for Sende {
    const PRIVILEGIUM: Privilegium = Privilegium::Send;
}

impl Rettighet for Hente {
    const PRIVILEGIUM: Privilegium = Privilegium::Hent;
}

/// The right to do `R` for one organisation. Only [`Innringer::fullmakt`] makes one.
#[derive(Debug, Clone)]
pub struct Fullmakt<R> {
    pub innringer: Innringer,
    pub organisasjon: FiksOrgId,
    rettighet: PhantomData<R>,
}

/// The right to look up municipalities, offices and public keys: anyone's who may do anything here.
#[derive(Debug, Clone)]
pub struct Oppslag(());

/// The right to print and post everyone's letters.
#[derive(Debug, Clone)]
pub struct Utskrift(());

impl Innringer {
    pub fn integrasjon(&self) -> IntegrasjonId {
        self.integrasjon.id
    }

    /// The organisation that owns the integration.
    pub fn organisasjon(&self) -> FiksOrgId {
        self.integrasjon.organisasjon
    }

    /// The organisation that calls on behalf of the integration's owner, if another one.
    pub fn leverandor(&self) -> Option<Organisasjonsnummer> {
        self.leverandor
    }

    /// # Errors
    /// 404 for an organisation where the caller has no privilege at all: it is not told whether that one exists.
    /// 403 where it has others than `R`.
    pub fn fullmakt<R: Rettighet>(&self, organisasjon: FiksOrgId) -> std::result::Result<Fullmakt<R>, Feil> {
        self.check(organisasjon, R::PRIVILEGIUM)?;
        Ok(Fullmakt { innringer: self.clone(), organisasjon, rettighet: PhantomData })
    }

    fn check(&self, organisasjon: FiksOrgId, wanted: Privilegium) -> std::result::Result<(), Feil> {
        let mut granted = self.integrasjon.privilegier.iter().filter(|(id, _)| *id == organisasjon).peekable();
        if granted.peek().is_none() {
            return Err(Feilkode::OrganisasjonIkkeFunnet.into());
        }
        if !granted.any(|(_, privilegium)| *privilegium == wanted) {
            return Err(missing(&[wanted]));
        }
        Ok(())
    }

    /// Whether the caller has a privilege for any organisation: for those that are not about one.
    fn has(&self, wanted: Privilegium) -> bool {
        self.integrasjon.privilegier.iter().any(|(_, privilegium)| *privilegium == wanted)
    }

    fn organisasjoner_med(&self, wanted: Privilegium) -> Vec<FiksOrgId> {
        let granted = self.integrasjon.privilegier.iter().filter(|(_, privilegium)| *privilegium == wanted);
        granted.map(|(organisasjon, _)| *organisasjon).collect()
    }

    pub fn oppslag(&self) -> std::result::Result<Oppslag, Feil> {
        if self.integrasjon.privilegier.is_empty() {
            return Err(missing(&Privilegium::ALL));
        }
        Ok(Oppslag(()))
    }

    /// # Errors
    /// 403 for a caller without the privilege. It covers the whole platform, whichever organisation it was given for.
    pub fn utskrift(&self) -> std::result::Result<Utskrift, Feil> {
        if self.has(Privilegium::Print) { Ok(Utskrift(())) } else { Err(missing(&[Privilegium::Print])) }
    }
}

pub(in crate::domain) fn active(integrasjon: &Integrasjon) -> Result<()> {
    if integrasjon.aktiv { Ok(()) } else { Err(Feilkode::IntegrasjonDeaktivert.into()) }
}

fn missing(any_of: &[Privilegium]) -> Feil {
    let names: Vec<_> = any_of.iter().map(|p| p.as_str()).collect();
    Feil::from(Feilkode::PrivilegiumMangler).fakta(serde_json::json!({ "krever": names }))
}

impl Services {
    /// Finds out who calls: a token from Maskinporten, and an integration that the token's organisation owns.
    pub async fn identify(&self, given: Legitimasjon<'_>) -> Result<Innringer> {
        let token = self.verifier.verify(given.token).await.map_err(|fault| {
            tracing::info!(%fault, integrasjon = %given.integrasjon, "token refused");
            Feil::from(match fault {
                TokenFault::Expired => Feilkode::TokenUtlopt,
                TokenFault::Scope => Feilkode::ScopeMangler,
                TokenFault::KeysUnavailable => Feilkode::NokkelkildeNede,
                _ => Feilkode::TokenUgyldig,
            })
        })?;
        let integrasjon = self.known(given.integrasjon, given.passord).await?;
        if integrasjon.organisasjonsnummer != token.consumer {
            return Err(Feilkode::FeilOrganisasjon.into());
        }
        active(&integrasjon)?;
        Ok(Innringer { integrasjon, leverandor: token.supplier })
    }

    /// Finds out who calls on behalf of which person: a token from ID-porten, and a portal's integration.
    pub async fn identify_person(&self, given: Legitimasjon<'_>) -> Result<(Innringer, Person)> {
        if self.personer.is_none() {
            return Err(Feilkode::JsonIkkeTilgjengelig.into());
        }
        let person = self.person(given.token).await?;
        let integrasjon = self.known(given.integrasjon, given.passord).await?;
        active(&integrasjon)?;
        Ok((Innringer { integrasjon, leverandor: None }, person))
    }

    pub(in crate::domain) async fn person(&self, token: &str) -> Result<Person> {
        let personer = self.personer.as_ref().ok_or(Feilkode::PersonerIkkeTilgjengelig)?;
        Ok(personer.verify(token).await.map_err(|fault| {
            tracing::info!(%fault, "person's token refused");
            Feil::from(match fault {
                TokenFault::Level => Feilkode::NivaForLavt,
                TokenFault::KeysUnavailable => Feilkode::NokkelkildeNede,
                _ => Feilkode::PersontokenUgyldig,
            })
        })?)
    }

    /// The integration that an id and a password belong to, active or not.
    pub(in crate::domain) async fn known(&self, id: IntegrasjonId, password: &str) -> Result<Arc<Integrasjon>> {
        let now = self.clock.now();
        let fits = |integrasjon: &Arc<Integrasjon>| passord::matches(password, &integrasjon.passord, now);
        if let Some(known) = self.cached(id, now).filter(fits) {
            return Ok(known);
        }
        // A password made a moment ago, perhaps at another node, is not in what was read before.
        let found = self.integrasjon(id, now).await?;
        // One answer for an unknown integration and a wrong password: which ids exist is nobody's business.
        Ok(found.filter(fits).ok_or(Feilkode::IntegrasjonUgyldig)?)
    }

    fn cached(&self, id: IntegrasjonId, now: Timestamp) -> Option<Arc<Integrasjon>> {
        let cached = self.integrasjoner.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        let fresh = |read: &Timestamp| now.duration_since(*read).unsigned_abs() < self.settings.integrasjon_levetid;
        cached.filter(|(read, _)| fresh(read)).map(|(_, integrasjon)| integrasjon)
    }

    /// Lets the next call read the integration anew, at this node.
    pub(in crate::domain) fn forget_integrasjon(&self, id: IntegrasjonId) {
        self.integrasjoner.0.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    async fn integrasjon(&self, id: IntegrasjonId, now: Timestamp) -> Result<Option<Arc<Integrasjon>>> {
        let found = store::integrasjon::find(&self.store, id).await?.map(Arc::new);
        let mut cache = self.integrasjoner.0.write().unwrap_or_else(PoisonError::into_inner);
        match &found {
            Some(integrasjon) => cache.insert(id, (now, integrasjon.clone())),
            None => cache.remove(&id),
        };
        Ok(found)
    }
}

//! What Meldeport does. One file per family of use cases; each takes the authority to do it as an argument.

use std::{path::PathBuf, sync::Arc, time::Duration};

use jiff::SignedDuration;
use tokio::sync::{Notify, Semaphore, watch};

use crate::{
    auth::{PersonVerifier, TokenVerifier},
    crypto::at_rest::{BlindIndex, Hvelv},
    personregister::Personregister,
    sms::Smsport,
    spool::Spool,
    store::{Store, melding::Part},
    system::{Clock, Ids, Rng, Room, RoomSettings, metrics::Body},
    versions::Livslop,
};

pub mod admin;
pub mod avhenting;
pub mod brev;
pub mod bruk;
pub mod drift;
pub mod error;
mod etterfolger;
pub mod feilkatalog;
pub mod forklaring;
pub mod forsegling;
pub mod konfigurasjon;
pub mod ledsagerbevis;
pub mod leveranse;
pub mod manuell;
pub mod mottak;
pub mod nokler;
pub mod oppbevaring;
pub mod oppsett;
pub mod oppslag;
mod revisjon;
pub mod roller;
pub mod svarinn;
pub mod tilgang;
mod utlevering;
pub mod varsling;
mod vent;

pub use error::{DomainError, Result};

/// What an operator may choose.
#[derive(Debug, Clone)]
pub struct DomainSettings {
    /// How long a replaced certificate is still accepted.
    pub nokkel_overgang: Duration,
    /// How long a repeated send is recognised.
    pub duplikat_vindu: Duration,
    /// How long a change to an integration may take to be noticed by every node.
    pub integrasjon_levetid: Duration,
    /// How long the former password of an integration works after a new one was made.
    pub passord_overgang: Duration,
    /// Whether an office's new certificate is taken into use only when its owner has shown the private key.
    pub nokkelbevis: bool,
    /// How long metadata and history of a delivered report are kept; `None`: for ever.
    pub oppbevaring: Option<SignedDuration>,
    /// How long entries of the audit trail are kept; `None`: for ever.
    pub revisjon_oppbevaring: Option<SignedDuration>,
    /// Room in memory for sealed content on its way out.
    pub utlevering: RoomSettings,
}

impl Default for DomainSettings {
    fn default() -> Self {
        Self {
            nokkel_overgang: Duration::from_secs(3600),
            duplikat_vindu: Duration::from_secs(24 * 3600),
            integrasjon_levetid: Duration::from_secs(5),
            passord_overgang: Duration::from_secs(24 * 3600),
            nokkelbevis: true,
            oppbevaring: Some(SignedDuration::from_hours(730 * 24)),
            revisjon_oppbevaring: Some(SignedDuration::from_hours(1825 * 24)),
            utlevering: RoomSettings::default(),
        }
    }
}

/// Tells other tasks of this process that something has happened. Other nodes find out by looking.
#[derive(Debug)]
pub struct Signaler {
    /// A job was written.
    pub jobb: Notify,
    /// A report was put in a municipality's queue.
    pub ko: watch::Sender<u64>,
    /// A text message was written.
    pub sms: Notify,
    /// A letter with a card was ordered.
    pub kortbrev: Notify,
    /// A letter was laid out for the print supplier.
    pub brev: watch::Sender<u64>,
    /// The process is about to stop: who waits for something should answer now.
    pub stopp: watch::Sender<bool>,
}

/// The domain with all that it works on. One per process, shared.
#[derive(Debug)]
pub struct Services {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub rng: Arc<dyn Rng>,
    pub ids: Ids,
    pub signaler: Signaler,
    settings: DomainSettings,
    verifier: TokenVerifier,
    personer: Option<PersonVerifier>,
    personindeks: Option<Arc<BlindIndex>>,
    hvelv: Option<Arc<Hvelv>>,
    kort: Option<ledsagerbevis::Kortutsteder>,
    sms: Option<Arc<dyn Smsport>>,
    personregister: Option<Arc<dyn Personregister>>,
    bildeplasser: Arc<Semaphore>,
    forsegler: Option<Arc<forsegling::Forsegler>>,
    trykkeri: ledsagerbevis::Trykkeri,
    spool: Option<Spool>,
    integrasjoner: tilgang::Cache,
    sertifikater: nokler::Cache,
    underveis: mottak::Underveis,
    utlevering: Room<Part>,
    varsling: Option<varsling::Varsling>,
    teller: bruk::Teller,
    sett: drift::Sett,
    /// What is kept in a folder whose room is watched, and where that is.
    mapper: Vec<(&'static str, PathBuf)>,
    /// What stage of its life each published version is in.
    pub livslop: Livslop,
}

impl Services {
    pub fn new(
        store: Store,
        verifier: TokenVerifier,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        settings: DomainSettings,
    ) -> Self {
        let ute = store.metrics().bodies.get_or_create_owned(&Body { body: "response" });
        Self {
            utlevering: Room::new(&settings.utlevering, ute),
            store,
            ids: Ids::new(clock.clone(), rng.clone()),
            clock,
            rng,
            signaler: Signaler {
                jobb: Notify::new(),
                sms: Notify::new(),
                kortbrev: Notify::new(),
                ko: watch::Sender::new(0),
                brev: watch::Sender::new(0),
                stopp: watch::Sender::new(false),
            },
            settings,
            verifier,
            personer: None,
            personindeks: None,
            hvelv: None,
            kort: None,
            sms: None,
            personregister: None,
            bildeplasser: Arc::new(Semaphore::new(ledsagerbevis::SAMTIDIG)),
            forsegler: None,
            trykkeri: ledsagerbevis::Trykkeri::default(),
            spool: None,
            integrasjoner: tilgang::Cache::default(),
            sertifikater: nokler::Cache::default(),
            underveis: mottak::Underveis::default(),
            varsling: None,
            teller: bruk::Teller::default(),
            sett: drift::Sett::default(),
            mapper: Vec::new(),
            livslop: Livslop::embedded(),
        }
    }

    /// Lets persons report, through a portal.
    #[must_use]
    pub fn with_persons(self, personer: PersonVerifier) -> Self {
        Self { personer: Some(personer), ..self }
    }

    /// Lets persons hold roles.
    #[must_use]
    pub fn with_person_index(self, index: BlindIndex) -> Self {
        Self { personindeks: Some(Arc::new(index)), ..self }
    }

    /// Keeps personal data, and with it companion cards.
    #[must_use]
    pub fn with_hvelv(self, hvelv: Hvelv) -> Self {
        Self { hvelv: Some(Arc::new(hvelv)), ..self }
    }

    /// Issues cards to phones.
    #[must_use]
    pub fn with_kort(self, oppsett: ledsagerbevis::Kortoppsett) -> Self {
        let kort = ledsagerbevis::Kortutsteder { oppsett, lister: ledsagerbevis::Lister::default() };
        Self { kort: Some(kort), ..self }
    }

    /// Sends text messages.
    #[must_use]
    pub fn with_sms(self, sms: Arc<dyn Smsport>) -> Self {
        Self { sms: Some(sms), ..self }
    }

    /// Looks persons up.
    #[must_use]
    pub fn with_personregister(self, register: Arc<dyn Personregister>) -> Self {
        Self { personregister: Some(register), ..self }
    }

    /// Warns the offices.
    #[must_use]
    pub fn with_mail(self, varsling: varsling::Varsling) -> Self {
        Self { varsling: Some(varsling), ..self }
    }

    /// Goes by other manifests than those of the release.
    #[must_use]
    pub fn with_livslop(self, livslop: Livslop) -> Self {
        Self { livslop, ..self }
    }

    /// Lets reports come in as plain JSON.
    #[must_use]
    pub fn with_forsegler(self, forsegler: forsegling::Forsegler) -> Self {
        Self { forsegler: Some(Arc::new(forsegler)), ..self }
    }

    /// Lays letters out in a folder as well, from which a print supplier may take them.
    #[must_use]
    pub fn with_spool(self, spool: Spool) -> Self {
        Self { spool: Some(spool), ..self }
    }
}

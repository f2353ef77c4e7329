//! A municipality sets itself up: its offices, where their letters and warnings go, how they receive reports, and the keys
//! that reports are sealed to.
//!
//! - `les`: what there is.
//! - `kontroll`: what a caller wrote, checked; every fault at once.
//! - `endre`: new offices, and changes of one.
//! - `aktivering`: which offices take reports, and which one takes those that no other is known for.
//! - `nokkel`: certificates, and the proof that their owner has the private key.
//! - `passord`: new passwords of the systems that fetch.
//! - `spor`: what is written down about a change.
//!
//! Every change first holds the municipality ([`store::bydel::hold`](crate::store::bydel::hold)), so that rules over
//! several offices stay true whoever else is changing them, and writes its entries of the audit trail in the same
//! transaction. A change that changes nothing writes nothing: every call may be repeated.

use crate::{
    crypto::certificate::Certificate,
    model::{
        FiksOrgId, IntegrasjonId,
        kommune::{Bydel, Fagsystem, Postadresse},
        melding::{Kanal, Versjon},
        nokkel::Nokkelbevis,
    },
    system::SecretString,
};

mod aktivering;
mod endre;
pub(in crate::domain) mod kontroll;
mod les;
mod nokkel;
mod passord;
mod spor;

pub use les::{Sok, Standardmottaker};
pub use passord::Integrasjonstype;

/// An office with what its administrators are shown.
#[derive(Debug, Clone)]
pub struct Kontor {
    /// The organisation that it belongs to.
    pub organisasjon: FiksOrgId,
    pub bydel: Bydel,
    /// The certificate that reports are sealed to.
    pub nokkel: Option<Kontornokkel>,
    /// The certificate that will take its place when its owner has shown the private key.
    pub venter: Option<VentendeNokkel>,
    /// The integrations that may fetch for the organisation, its own and others'.
    pub integrasjoner: Vec<IntegrasjonId>,
}

#[derive(Debug, Clone)]
pub struct Kontornokkel {
    pub sertifikat: Certificate,
    /// Whether it can be sealed to now.
    pub gyldig: bool,
}

#[derive(Debug, Clone)]
pub struct VentendeNokkel {
    pub sertifikat: Certificate,
    pub bevis: Nokkelbevis,
}

/// What a caller wants an office to be, as it was written: nothing of it has been checked. What is `None` stays as it is.
#[derive(Debug, Default)]
pub struct Utkast {
    pub bydelsnummer: Option<String>,
    pub navn: Option<String>,
    pub adresse: Option<Postadresse>,
    pub telefon: Option<String>,
    pub eposter: Option<Eposter>,
    pub varsel_eposter: Option<Vec<String>>,
    pub konto: Option<Kontoutkast>,
    /// Only an active office can be it, so this says nothing about a new one.
    pub standard_mottaker: Option<bool>,
}

/// The office's own e-mail addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Eposter {
    Alle(Vec<String>),
    /// The first one only, which is the one that version 1 knows; the others stay.
    Forste(String),
}

/// How a caller wants an office to receive.
#[derive(Debug, Default)]
pub struct Kontoutkast {
    /// Version 1 names none.
    pub fagsystem: Option<Fagsystem>,
    pub stottet_versjon: Option<Versjon>,
    /// The channels that the caller described an account for; one is right.
    pub kanaler: Vec<Kanal>,
    /// Organisation number in the SvarInn look-alike, or an empty text for none.
    pub orgnr: Option<String>,
    /// What should be a certificate in PEM. Until it has been looked at it may be somebody's private key.
    pub sertifikat: Option<SecretString>,
}

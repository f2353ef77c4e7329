//! Public keys that reports are sealed to.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Bydelsnummer, Kommunenummer};

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NokkelEier {
    Bydel(Kommunenummer, Bydelsnummer),
    /// The supplier that prints and posts letters for the whole platform.
    Print,
}

/// A registered certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nokkel {
    pub id: Uuid,
    pub eier: NokkelEier,
    /// X.509 certificate, PEM (RFC 7468).
    pub pem: String,
    pub registrert: Timestamp,
    /// When a newer certificate took its place. It is still accepted for the configured grace time: KS's clients
    /// cache keys for ten minutes.
    pub avlost: Option<Timestamp>,
}

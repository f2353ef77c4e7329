//! Public keys that reports are sealed to.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Bydelsnummer, Kommunenummer, NokkelbevisId, RessursId};

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

/// A certificate that becomes an office's key when its owner has shown the private key, by giving back what was sealed to
/// the certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nokkelbevis {
    pub id: NokkelbevisId,
    pub bydel: RessursId,
    /// X.509 certificate, PEM (RFC 7468).
    pub pem: String,
    /// What the owner must open: CMS, DER.
    pub utfordring: Vec<u8>,
    /// SHA-256 of what is in it. Those are 32 random bytes, so the digest gives nothing away.
    pub svar_sha256: [u8; 32],
    pub utloper: Timestamp,
    /// Wrong answers so far.
    pub forsok: i32,
}

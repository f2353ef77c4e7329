//! A system's access to the platform: who it is, whose it is, and what it may do for whom.

use std::{fmt, str::FromStr};

use jiff::Timestamp;

use super::{FiksOrgId, IntegrasjonId, Organisasjonsnummer};

/// What an integration may do on behalf of one organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Privilegium {
    /// Send concern reports in the organisation's name, and follow them.
    Send,
    /// Fetch and receipt the concern reports that the organisation receives.
    Hent,
    /// Set up the organisation's offices, accounts and keys.
    Konfigurer,
    /// See what happened to the organisation's reports, and move one that has got stuck.
    Administrer,
    /// The same for every organisation: whoever runs the platform.
    Support,
    /// Print and post letters, for the whole platform.
    Print,
    /// Set the organisation up for companion cards, with groups and those who are in them.
    LedsagerbevisKonfigurer,
    /// Issue, see, change and revoke the organisation's companion cards.
    LedsagerbevisBehandle,
}

impl Privilegium {
    pub const ALL: [Self; 8] = [
        Self::Send,
        Self::Hent,
        Self::Konfigurer,
        Self::Administrer,
        Self::Support,
        Self::Print,
        Self::LedsagerbevisKonfigurer,
        Self::LedsagerbevisBehandle,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Send => "BEKYMRINGSMELDING_SEND",
            Self::Hent => "BEKYMRINGSMELDING_HENT",
            Self::Konfigurer => "BEKYMRINGSMELDING_KONFIGURER",
            Self::Administrer => "BEKYMRINGSMELDING_ADMINISTRER",
            Self::Support => "BEKYMRINGSMELDING_SUPPORT",
            Self::Print => "BEKYMRINGSMELDING_PRINT",
            Self::LedsagerbevisKonfigurer => "LEDSAGERBEVIS_KONFIGURER",
            Self::LedsagerbevisBehandle => "LEDSAGERBEVIS_BEHANDLE",
        }
    }
}

impl fmt::Display for Privilegium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Privilegium {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|p| p.as_str() == text).ok_or("unknown privilege")
    }
}

/// A password that is stored only as its SHA-256: it holds 256 random bits of our making, so there is nothing that a
/// slow hash would protect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassordHash {
    pub sha256: [u8; 32],
    /// Set when a newer password was issued: the older one works until then.
    pub utloper: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integrasjon {
    pub id: IntegrasjonId,
    pub navn: String,
    /// The organisation that owns it.
    pub organisasjon: FiksOrgId,
    /// The owner's organisation number: the `consumer` of the Maskinporten token must be it.
    pub organisasjonsnummer: Organisasjonsnummer,
    pub aktiv: bool,
    pub passord: Vec<PassordHash>,
    pub privilegier: Vec<(FiksOrgId, Privilegium)>,
}

//! How an organisation is set up for companion cards.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{FiksOrgId, KontoId, kommune::Malform};

/// The ids that the organisation's set-up gave it, once and for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kontoer {
    /// Where photos are kept.
    pub dokumentlager: Uuid,
    /// Whom messages are from.
    pub varsling: Uuid,
    /// What case workers hold.
    pub rolle: Uuid,
    /// The organisation's companion cards as a whole.
    pub ressurs: Uuid,
}

/// Whether owners and guardians get letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Utsending {
    SendeBrev,
    IkkeSendeBrev,
}

impl Utsending {
    pub const ALL: [Self; 2] = [Self::SendeBrev, Self::IkkeSendeBrev];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::SendeBrev => "SENDE_BREV",
            Self::IkkeSendeBrev => "IKKE_SENDE_BREV",
        }
    }
}

impl std::str::FromStr for Utsending {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|utsending| utsending.as_str() == text).ok_or("unknown choice of letters")
    }
}

/// Where the organisation gets letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bevisadresse {
    pub postadressenavn: String,
    pub postnummer: String,
    pub poststed: String,
}

/// An account at SvarUt that the organisation's letters may go by. Whoever runs the gateway registers them: SvarUt is not
/// part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Svarutkonto {
    pub id: KontoId,
    pub organisasjon: FiksOrgId,
    pub navn: String,
    pub aktiv: bool,
}

/// An organisation's set-up as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisasjonsoppsett {
    pub organisasjon: FiksOrgId,
    /// `None` until the organisation has been set up.
    pub kontoer: Option<Kontoer>,
    pub svarut: Option<KontoId>,
    /// A JSON list of addresses, sealed.
    pub epost: Option<Vec<u8>>,
    /// The telephone number, sealed.
    pub tlf: Option<Vec<u8>>,
    pub adresse: Option<Bevisadresse>,
    pub utsending: Option<Utsending>,
    pub sprak: Malform,
}

impl Organisasjonsoppsett {
    /// That of an organisation that has said nothing yet.
    pub fn new(organisasjon: FiksOrgId) -> Self {
        Self {
            organisasjon,
            kontoer: None,
            svarut: None,
            epost: None,
            tlf: None,
            adresse: None,
            utsending: None,
            sprak: Malform::Bokmal,
        }
    }
}

//! Letters with companion cards: the decision and the card to cut out, by the print supplier.
//!
//! ```text
//!   bestilt ──→ KLAR ──→ POSTLAGT
//!      │          ├────→ AVVIST      the supplier cannot send it
//!      └──────────┴────→ IKKE_SENDT  before the supplier could take it
//! ```

use std::{fmt, str::FromStr};

use jiff::Timestamp;

use super::{BrevId, ledsagerbevis::BevisId};

/// How far a letter has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kortbrevstatus {
    /// To be typeset and sealed.
    Bestilt,
    /// Sealed: to be printed.
    Klar,
    /// Handed to the post.
    Postlagt,
    /// The supplier could not send it.
    Avvist,
    /// It never came to the supplier.
    IkkeSendt,
}

impl Kortbrevstatus {
    pub const ALL: [Self; 5] = [Self::Bestilt, Self::Klar, Self::Postlagt, Self::Avvist, Self::IkkeSendt];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bestilt => "BESTILT",
            Self::Klar => "KLAR",
            Self::Postlagt => "POSTLAGT",
            Self::Avvist => "AVVIST",
            Self::IkkeSendt => "IKKE_SENDT",
        }
    }

    /// Whether nothing more happens to the letter.
    pub fn ferdig(self) -> bool {
        match self {
            Self::Bestilt | Self::Klar => false,
            Self::Postlagt | Self::Avvist | Self::IkkeSendt => true,
        }
    }
}

impl fmt::Display for Kortbrevstatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kortbrevstatus {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or("unknown status of a letter")
    }
}

/// What is known of a sealed PDF without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forseglet {
    pub sha256: [u8; 32],
    pub storrelse: u64,
    /// Serial number, in decimal, of the certificate that it is sealed to.
    pub sertifikat: Option<String>,
}

/// One letter. It has neither name nor address: those are in the sealed PDF alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kortbrev {
    pub id: BrevId,
    pub bevis: BevisId,
    pub status: Kortbrevstatus,
    pub opprettet: Timestamp,
    pub forseglet: Option<Forseglet>,
    /// When the print supplier could first take it.
    pub lagt_ut: Option<Timestamp>,
    /// When the print supplier first fetched it through the API.
    pub hentet: Option<Timestamp>,
    /// When it was posted or refused, or it was clear that it will not be sent.
    pub ferdig: Option<Timestamp>,
    /// Why it was not sent. Never personal data.
    pub arsak: Option<String>,
}

//! Letters: reports that go to the office on paper, by the print supplier.

use std::{fmt, str::FromStr};

use jiff::Timestamp;

use super::{BrevId, MeldingId, kommune::Postadresse};

/// The name of the file with the sealed PDF, wherever it is handed out.
pub const FILNAVN: &str = "brev.pdf.cms";

/// How far a letter has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Brevstatus {
    /// To be printed.
    Klar,
    /// Handed to the post.
    Postlagt,
    /// Not sent, and never will be: the report is sent as another letter, or delivered by hand.
    Avvist,
}

impl Brevstatus {
    pub const ALL: [Self; 3] = [Self::Klar, Self::Postlagt, Self::Avvist];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Klar => "KLAR",
            Self::Postlagt => "POSTLAGT",
            Self::Avvist => "AVVIST",
        }
    }
}

impl fmt::Display for Brevstatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Brevstatus {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or("unknown status of a letter")
    }
}

/// One letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brev {
    pub id: BrevId,
    pub melding: MeldingId,
    /// Where it goes: the office's address when the letter was made, whatever it is later.
    pub adresse: Postadresse,
    /// Serial number, in decimal, of the certificate that the PDF is sealed to; `None` where the envelope names the
    /// certificate in another way.
    pub sertifikat: Option<String>,
    pub status: Brevstatus,
    pub opprettet: Timestamp,
    /// When the print supplier could first take it.
    pub lagt_ut: Option<Timestamp>,
    /// When the print supplier first fetched it through the API.
    pub hentet: Option<Timestamp>,
    /// When it was posted or refused.
    pub ferdig: Option<Timestamp>,
    /// Why it was refused. Never personal data.
    pub arsak: Option<String>,
}

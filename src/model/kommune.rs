//! Municipalities and their child-protection offices, as a sender needs to know them.

use super::{
    Bydelsnummer, FiksOrgId, Kommunenummer, Organisasjonsnummer,
    melding::{Format, Versjon},
};

/// An organisation that sends or receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisasjon {
    pub id: FiksOrgId,
    pub organisasjonsnummer: Organisasjonsnummer,
    pub navn: String,
}

/// The written form of Norwegian that an office uses (lov om språk § 12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Malform {
    Bokmal,
    Nynorsk,
}

impl Malform {
    pub const ALL: [Self; 2] = [Self::Bokmal, Self::Nynorsk];

    /// Language tag (BCP 47).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bokmal => "nb",
            Self::Nynorsk => "nn",
        }
    }
}

impl std::str::FromStr for Malform {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|malform| malform.as_str() == text).ok_or("unknown language")
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kommune {
    pub kommunenummer: Kommunenummer,
    pub navn: String,
    /// The organisation that receives for the municipality.
    pub organisasjon: FiksOrgId,
}

/// A child-protection office. Every municipality that takes part has at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bydel {
    pub kommunenummer: Kommunenummer,
    pub bydelsnummer: Bydelsnummer,
    pub navn: String,
    /// Takes reports for which the right office is not known; exactly one active office of a municipality does.
    pub standard_mottaker: bool,
    /// The newest form version that the office takes.
    pub stottet_versjon: Versjon,
    /// What a report that came in as plain JSON is sealed as.
    pub leveringsformat: Format,
    /// What the gateway writes to it in: the labels of a PDF that it makes.
    pub malform: Malform,
    /// Only an active office is shown to senders and takes new reports.
    pub aktiv: bool,
}

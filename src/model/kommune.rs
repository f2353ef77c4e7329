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
    /// Only an active office is shown to senders and takes new reports.
    pub aktiv: bool,
}

//! What happened to a report, and when.

use jiff::Timestamp;

use super::{MeldingId, melding::Tilstand};

/// One entry of a report's history. Entries are only ever added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hendelse {
    pub melding: MeldingId,
    /// 1, 2, 3 … without gaps within one report.
    pub nr: i32,
    pub tidspunkt: Timestamp,
    pub tilstand: Tilstand,
    /// A sentence for people, in Norwegian. Never personal data.
    pub beskrivelse: Option<String>,
}

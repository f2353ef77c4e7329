//! Documents: a report, and the papers of a companion card. Of the report: a protocol payload in, a tagged and archivable PDF out.
//!
//! ```text
//! Dokument ─→ view (every field gets a label; what has none goes to «Andre opplysninger»)
//!               └ skrift (lines kept; what no font can show becomes a visible mark)
//!          ─→ JSON bytes ─→ templates/{offentlig,privat}.typ ─→ typst ─→ PDF/UA-1 + PDF/A-2a
//! ```
//!
//! Pure: no network, no file system, no system fonts, no clock. The same document gives the same bytes.
//!
//! **Text is data.** A payload reaches typst only as the bytes of a JSON file that the template reads; nothing is ever
//! put into typst source, so markup in a field is printed as it was written.
//!
//! **What lingers in memory.** The JSON handed to typst and the finished PDF are overwritten when dropped. Not so what
//! typst and its PDF writer allocate on the way (strings read from the JSON, page frames, growing output buffers):
//! that is freed, with typst's cache emptied after each document, but not overwritten. The payload is the caller's.
//!
//! The papers of a companion card ([`bevis`]) go the same way, by templates of their own.
//!
//! To add a field: one line in `view` and one in `ord`. To add a language: a column in `ord`. A field that is
//! forgotten here is still printed, under «Andre opplysninger» with its name in the JSON.

pub mod bevis;
#[cfg(feature = "pdf")]
mod fonts;
#[cfg(feature = "pdf")]
mod ord;
#[cfg_attr(not(feature = "pdf"), path = "absent.rs")]
mod render;
#[cfg(feature = "pdf")]
mod skrift;
#[cfg(test)]
#[cfg(feature = "pdf")]
mod tests;
#[cfg(feature = "pdf")]
mod view;

use jiff::Timestamp;

use crate::model::{
    Bydelsnummer, Kommunenummer, MeldingId, Organisasjonsnummer, kommune::Malform, melding::Skjematype,
};

pub use render::Renderer;

/// The two written forms of Norwegian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sprak {
    Bokmal,
    Nynorsk,
}

impl Sprak {
    pub const ALL: [Self; 2] = [Self::Bokmal, Self::Nynorsk];

    /// Language tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::Bokmal => "nb",
            Self::Nynorsk => "nn",
        }
    }
}

impl From<Malform> for Sprak {
    fn from(malform: Malform) -> Self {
        match malform {
            Malform::Bokmal => Self::Bokmal,
            Malform::Nynorsk => Self::Nynorsk,
        }
    }
}

/// A report to be printed.
#[derive(Clone, Copy)]
pub struct Dokument<'a> {
    pub variant: Skjematype,
    pub sprak: Sprak,
    /// The protocol payload, V1 or V2, already found valid. What is in it is printed whether valid or not.
    pub payload: &'a serde_json::Value,
    pub kvittering: Kvittering<'a>,
}

impl std::fmt::Debug for Dokument<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dokument").field("variant", &self.variant).field("sprak", &self.sprak).finish_non_exhaustive()
    }
}

/// What the gateway itself knows about the report.
#[derive(Debug, Clone, Copy)]
pub struct Kvittering<'a> {
    pub id: MeldingId,
    /// Shown in Norwegian local time; also the document's timestamp.
    pub mottatt: Timestamp,
    pub avsender: Avsender<'a>,
    pub mottaker: Mottaker<'a>,
}

/// The organisation that sent the report.
#[derive(Debug, Clone, Copy)]
pub struct Avsender<'a> {
    pub navn: &'a str,
    pub organisasjonsnummer: Organisasjonsnummer,
}

/// The office that receives it.
#[derive(Debug, Clone, Copy)]
pub struct Mottaker<'a> {
    pub kommune: &'a str,
    pub kommunenummer: Kommunenummer,
    pub bydel: &'a str,
    pub bydelsnummer: Bydelsnummer,
}

/// Why there is no PDF. Never holds anything from the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PdfFault {
    #[error("a built-in font, template or standard cannot be used")]
    Setup,
    #[error("the document cannot be handed to the typesetter")]
    Data,
    #[error("the document cannot be laid out")]
    Layout,
    #[error("the document was laid out with a warning")]
    Warning,
    #[error("the document does not meet PDF/UA-1 and PDF/A-2a")]
    Export,
}

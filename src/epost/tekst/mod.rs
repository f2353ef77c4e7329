//! What a warning says. The words are in `bokmal.rs` and `nynorsk.rs`, in the same order; every text says what happened,
//! what to do, by when, and where. How they read when put together stands in `tests/bokmal.txt` and `tests/nynorsk.txt`.
//!
//! Nothing here can hold personal data: counts, times, ids, the office's name, a serial number.

mod bokmal;
mod nynorsk;
mod tid;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::bygg::one_line;
use crate::model::{Kommunenummer, MeldingId, kommune::Malform};

/// What an office is warned of. Its form as JSON is kept between the moment it is found and the moment it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Varsel {
    /// Reports wait and nobody has fetched them.
    IkkeHentet {
        antall: u64,
        /// When the one that has waited longest came in.
        eldste: Timestamp,
        /// The working day on which that one's time is up.
        frist: Date,
    },
    /// The same, with little time left.
    FristNaer { antall: u64, frist: Date },
    /// Reports go out as letters; the office's system does not get them any more.
    SendtTilPrint { antall: u64, aarsak: Aarsak },
    /// Reports could not go out as letters either, and lie still until a person acts.
    AvvistPrint { meldinger: Vec<MeldingId> },
    /// The certificate that reports to the office are sealed to has little time left, or none.
    SertifikatUtlop {
        /// Whole days left; 0: it has expired.
        dager: u16,
        utloper: Timestamp,
        serienummer: String,
        /// Reports waiting now that only this certificate's key opens.
        ventende: u64,
    },
    /// The same of the print supplier's certificate. For those who run the gateway: without one, nobody can send anything.
    PrintsertifikatUtlop {
        dager: u16,
        utloper: Timestamp,
        serienummer: String,
        /// Reports that are not delivered yet, and may still become letters.
        ventende: u64,
    },
    /// A version of a service is to stop. To an integration that uses it and has asked to be told.
    VersjonUtfases {
        /// Such as `Bekymringsmelding v1`.
        tittel: String,
        /// Since when nobody should begin with it.
        frarades: Date,
        /// The first day on which it does not answer, and the calendar days until then.
        avvikles: Option<(Date, u16)>,
        /// Title of the version that takes over.
        etterfolger: Option<String>,
        /// The day on which the integration last called it.
        siste_kall: Date,
    },
}

/// Why a report goes out as a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Aarsak {
    IkkeKvittertInnenFrist,
    AvvistAvFagsystem,
    /// Somebody asked for it.
    Bestilt,
}

/// Who reads the warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Leser {
    Kontoret,
    /// Those who run the gateway; the office has it too.
    Driften,
    /// Those who run the gateway, because the office has no address.
    BareDriften,
}

/// Whom a warning is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kontor {
    pub navn: String,
    /// `None` for the print supplier, which serves every municipality.
    pub kommunenummer: Option<Kommunenummer>,
    pub malform: Malform,
}

/// A finished text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tekst {
    /// One line.
    pub emne: String,
    /// Lines end in `\n`, paragraphs in an empty line.
    pub tekst: String,
}

impl Varsel {
    /// Writes the warning to `kontor` in its own written form. `tjeneste` is the gateway's public address, for the signature.
    pub fn render(&self, kontor: &Kontor, leser: Leser, tjeneste: Option<&str>) -> Tekst {
        let navn = one_line(&kontor.navn);
        let til = match kontor.kommunenummer {
            Some(nummer) => format!("{navn} (kommunenummer {nummer})"),
            None => navn.clone(),
        };
        let (emne, hilsen, innledning) = match kontor.malform {
            Malform::Bokmal => (bokmal::emne(self), bokmal::HILSEN, bokmal::innledning(leser)),
            Malform::Nynorsk => (nynorsk::emne(self), nynorsk::HILSEN, nynorsk::innledning(leser)),
        };
        let innhold = match kontor.malform {
            Malform::Bokmal => bokmal::innhold(self, &til),
            Malform::Nynorsk => nynorsk::innhold(self, &til),
        };
        let (hilsen, merknad) = hilsen;
        let adresse = tjeneste.map(|url| format!("{}\n", one_line(url))).unwrap_or_default();
        Tekst {
            emne: format!("{emne} – {navn}"),
            tekst: format!("{innledning}{innhold}\n{hilsen}\nMeldeport\n{adresse}\n{merknad}\n"),
        }
    }

    /// How many reports the text is about.
    fn antall(&self) -> u64 {
        match self {
            Self::IkkeHentet { antall, .. } | Self::FristNaer { antall, .. } | Self::SendtTilPrint { antall, .. } => {
                *antall
            }
            Self::AvvistPrint { meldinger } => u64::try_from(meldinger.len()).unwrap_or(u64::MAX),
            Self::SertifikatUtlop { ventende, .. } | Self::PrintsertifikatUtlop { ventende, .. } => *ventende,
            Self::VersjonUtfases { .. } => 0,
        }
    }
}

/// The form for one, or the form for any other number.
fn form<'a>(antall: u64, en: &'a str, flere: &'a str) -> &'a str {
    if antall == 1 { en } else { flere }
}

/// With a capital letter first.
fn stor(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// A list, an id on each line.
fn liste(meldinger: &[MeldingId]) -> String {
    meldinger.iter().map(|id| format!("  {id}\n")).collect()
}

/// A numbered list of those that are not empty. Each ends in a line break.
fn punkter(punkter: &[&str]) -> String {
    let said = punkter.iter().filter(|punkt| !punkt.is_empty());
    said.enumerate().map(|(n, punkt)| format!("{}. {punkt}", n + 1)).collect()
}

#[cfg(test)]
mod tests;

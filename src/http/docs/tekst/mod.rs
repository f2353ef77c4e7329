//! What the portal says, apart from the catalogue of errors. One file for each language; the struct makes them say the
//! same things. Words between backticks are shown as code.

use super::sprak::Sprak;
use crate::versions::{Status, Versjonert};

mod en;
mod nb;

/// A heading and what stands under it.
pub struct Avsnitt {
    pub tittel: &'static str,
    pub tekst: &'static str,
}

/// The steps from the first page to the first delivered report.
pub const STEG: usize = 6;
/// What a report goes through.
pub const FLYT: usize = 3;
/// What each call carries.
pub const LEGITIMASJON: usize = 3;

pub struct Tekst {
    /// Name of the language, in itself.
    pub sprak: &'static str,
    pub tittel: &'static str,
    pub beskrivelse: &'static str,
    pub hopp: &'static str,
    pub meny: &'static str,
    pub meny_tjenester: &'static str,
    pub meny_kom_i_gang: &'static str,
    pub forside: &'static str,
    pub overskrift: &'static str,
    pub ingress: &'static str,
    pub flyt_tittel: &'static str,
    pub flyt: [Avsnitt; FLYT],
    pub demo: &'static str,

    pub tjenester: Avsnitt,
    pub versjon: &'static str,
    pub adresse: &'static str,
    pub publisert: &'static str,
    pub utgar: &'static str,
    pub slutt: &'static str,
    pub avlost_av: &'static str,
    pub skjemaer_i: &'static str,
    pub les: &'static str,
    pub endringer: &'static str,
    pub dokumenter_for: &'static str,
    pub versjoner: &'static str,
    pub versjoner_lenke: &'static str,

    pub kom_i_gang: Avsnitt,
    pub steg: [Avsnitt; STEG],
    pub eksempler: Avsnitt,
    pub sprakvalg: &'static str,
    pub kommando: &'static str,

    pub token: Avsnitt,
    pub legitimasjon: [Avsnitt; LEGITIMASJON],
    pub bevis: Avsnitt,
    pub bytte: Avsnitt,
    pub kall: Avsnitt,

    pub skjemaer: Avsnitt,
    pub skjema: &'static str,
    pub status: &'static str,
    pub schema: &'static str,
    pub indeks: &'static str,

    pub feil: Avsnitt,
    pub feil_felt: [(&'static str, &'static str); 4],
    pub alle_feilkoder: &'static str,

    pub feilkoder: Avsnitt,
    pub innhold: &'static str,
    pub betyr: &'static str,
    pub gjor: &'static str,
    pub hvor: &'static str,
    pub alle_operasjoner: &'static str,
    pub alle_tjenester: &'static str,
    pub ingen_operasjon: &'static str,
    pub feilkoder_json: &'static str,
    pub operasjoner: &'static str,

    pub dokumentasjon: &'static str,
    pub swagger_ingress: &'static str,
    pub swagger_uten_script: &'static str,
    /// Where the page at the door is.
    pub kontroll: &'static str,
    pub bunn: &'static str,

    pub prov: Prov,
}

/// The part that only a sandbox has.
pub struct Prov {
    pub tittel: &'static str,
    pub ingress: &'static str,
    pub uten_script: &'static str,
    pub hvem: &'static str,
    pub hvem_tabell: &'static str,
    pub virksomhet: &'static str,
    pub token: Avsnitt,
    pub bydeler: Avsnitt,
    pub nokler: Avsnitt,
    pub send: Avsnitt,
    pub rapport: &'static str,
    pub status: Avsnitt,
    pub ko: Avsnitt,
    pub kvitter: Avsnitt,
    pub knapp: &'static str,
    pub venter: &'static str,
    pub svar: &'static str,
    pub mangler_uuid: &'static str,
    pub feilkode: &'static str,
    pub nede: &'static str,
    pub som: &'static str,
    pub ingen: &'static str,
}

impl Sprak {
    pub fn tekst(self) -> &'static Tekst {
        match self {
            Self::Nb => &nb::TEKST,
            Self::En => &en::TEKST,
        }
    }

    /// A service in one version: its name and what it is for.
    pub fn tjeneste(self, version: Versjonert) -> Avsnitt {
        match self {
            Self::Nb => nb::tjeneste(version),
            Self::En => en::tjeneste(version),
        }
    }

    pub fn status(self, status: Status) -> &'static str {
        match self {
            Self::Nb => nb::status(status),
            Self::En => en::status(status),
        }
    }

    /// Who somebody in the sandbox is.
    pub fn rolle(self, name: &str) -> Option<&'static str> {
        match self {
            Self::Nb => nb::rolle(name),
            Self::En => en::rolle(name),
        }
    }
}

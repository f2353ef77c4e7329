//! The life of a concern report.
//!
//! ```text
//!             SendTilFagsystem                 Mottatt
//!  AKSEPTERT ─────────────────→ SENDT_FAGSYSTEM ─────────────────────────────→ LEVERT
//!                                 │        │                                    ↑  ↑
//!                          Feilet │        │ SendTilPrint (deadline)            │  │
//!                                 ↓        ↓              Postlagt              │  │
//!                  AVVIST_FAGSYSTEM ─→ SENDT_PRINT ─────────────────────────────┘  │
//!                          SendTilPrint │       ↑ SendTilPrint                     │
//!                                       ↓       │          Mottatt (by hand)       │
//!                            PrintAvvist → AVVIST_PRINT ───────────────────────────┘
//! ```
//!
//! Names and order are KS's (`AKSEPTERT` is always first, `SENDT_FAGSYSTEM` always second, `LEVERT` always last).

use std::{fmt, str::FromStr};

use jiff::Timestamp;

use super::ids::{Bydelsnummer, FiksOrgId, IntegrasjonId, Kommunenummer, MeldingId, Organisasjonsnummer, RessursId};

/// Where a report is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tilstand {
    Akseptert,
    SendtFagsystem,
    AvvistFagsystem,
    SendtPrint,
    AvvistPrint,
    Levert,
}

/// What can happen to a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Overgang {
    /// The report has been made available to the municipality's own system.
    SendTilFagsystem,
    /// The municipality confirmed that it has the report.
    Mottatt,
    /// The municipality's system could not take the report.
    Feilet,
    /// The report goes out as a letter.
    SendTilPrint,
    /// The print supplier handed the letter to the post.
    Postlagt,
    /// The print supplier could not make the letter; a person must act.
    PrintAvvist,
}

/// A step that the state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{overgang:?} is not possible in {fra}")]
pub struct InvalidTransition {
    pub fra: Tilstand,
    pub overgang: Overgang,
}

impl Tilstand {
    pub const ALL: [Self; 6] = [
        Self::Akseptert,
        Self::SendtFagsystem,
        Self::AvvistFagsystem,
        Self::SendtPrint,
        Self::AvvistPrint,
        Self::Levert,
    ];

    /// The state after `overgang`; the only way to get from one state to another.
    pub fn after(self, overgang: Overgang) -> Result<Self, InvalidTransition> {
        use {Overgang as O, Tilstand as T};
        match (self, overgang) {
            (T::Akseptert, O::SendTilFagsystem) => Ok(T::SendtFagsystem),
            (T::SendtFagsystem, O::Feilet) => Ok(T::AvvistFagsystem),
            (T::SendtFagsystem | T::AvvistPrint, O::Mottatt) | (T::SendtPrint, O::Postlagt) => Ok(T::Levert),
            (T::SendtFagsystem | T::AvvistFagsystem | T::AvvistPrint, O::SendTilPrint) => Ok(T::SendtPrint),
            (T::SendtPrint, O::PrintAvvist) => Ok(T::AvvistPrint),
            (fra, overgang) => Err(InvalidTransition { fra, overgang }),
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Akseptert => "AKSEPTERT",
            Self::SendtFagsystem => "SENDT_FAGSYSTEM",
            Self::AvvistFagsystem => "AVVIST_FAGSYSTEM",
            Self::SendtPrint => "SENDT_PRINT",
            Self::AvvistPrint => "AVVIST_PRINT",
            Self::Levert => "LEVERT",
        }
    }
}

/// The two forms: from someone who reports as part of their work, or from a private person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Skjematype {
    Offentlig,
    Privat,
}

impl Skjematype {
    pub const ALL: [Self; 2] = [Self::Offentlig, Self::Privat];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Offentlig => "OFFENTLIG",
            Self::Privat => "PRIVAT",
        }
    }
}

/// Major version of the API that a report came in by, and of the form that an office supports (KS: `stottetVersjon`;
/// V2 includes V1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Versjon {
    V1,
    V2,
}

impl Versjon {
    pub const ALL: [Self; 2] = [Self::V1, Self::V2];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "V1",
            Self::V2 => "V2",
        }
    }
}

/// What a report is sealed as for the municipality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// An ASiC-E with JSON and PDF, in CMS: what KS's clients make and read.
    Asice,
    /// The JSON alone, as a compact JWE. Only for reports that came in as plain JSON.
    Jwe,
}

impl Format {
    pub const ALL: [Self; 2] = [Self::Asice, Self::Jwe];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asice => "ASICE",
            Self::Jwe => "JWE",
        }
    }
}

/// How the envelope was made, as far as it can be seen without the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profil {
    /// One recipient, RSAES-OAEP with SHA-256: KS's Java client and ours.
    Ks,
    /// Two recipients for the same certificate, PKCS#1 v1.5 first: KS's .NET client.
    KsDotnet,
}

impl Profil {
    pub const ALL: [Self; 2] = [Self::Ks, Self::KsDotnet];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ks => "KS",
            Self::KsDotnet => "KS_DOTNET",
        }
    }
}

/// A way to get a report to someone who acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kanal {
    /// The queue that the municipality's own system fetches from; on the wire it has the name of the channel that it
    /// stands in for, `FIKS_IO`.
    Fagsystem,
    /// The SvarInn look-alike.
    Svarinn,
    /// A person looks at the head of the queue and confirms by hand.
    ManuellMottak,
    /// A letter, by the print supplier.
    Print,
}

impl Kanal {
    pub const ALL: [Self; 4] = [Self::Fagsystem, Self::Svarinn, Self::ManuellMottak, Self::Print];

    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Fagsystem => "FIKS_IO",
            Self::Svarinn => "SVARINN",
            Self::ManuellMottak => "MANUELL_MOTTAK",
            Self::Print => "PRINT",
        }
    }
}

/// A stored word that no version of the program has written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind}")]
pub struct UnknownWord {
    kind: &'static str,
}

macro_rules! words {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                Self::ALL.into_iter().find(|word| word.as_str() == text).ok_or(UnknownWord { kind: stringify!($name) })
            }
        }
    )*};
}

words!(Tilstand, Skjematype, Versjon, Format, Profil, Kanal);

/// The sealed content of a report, as it came.
#[derive(Clone)]
pub struct Innhold {
    /// To the municipality: CMS that holds an ASiC-E with JSON and PDF, or a JWE that holds the JSON ([`Format`]).
    pub asice: bytes::Bytes,
    /// CMS to the print supplier, holding the PDF.
    pub pdf: bytes::Bytes,
}

impl fmt::Debug for Innhold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Innhold({} + {} bytes)", self.asice.len(), self.pdf.len())
    }
}

/// What the platform knows about a report without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Melding {
    pub id: MeldingId,
    pub avsender: FiksOrgId,
    pub integrasjon: IntegrasjonId,
    /// Who called on behalf of the sender, when the access was delegated in Maskinporten.
    pub leverandor: Option<Organisasjonsnummer>,
    /// The organisation that receives.
    pub mottaker: FiksOrgId,
    pub kommunenummer: Kommunenummer,
    pub bydelsnummer: Bydelsnummer,
    /// The office it is for.
    pub bydel: RessursId,
    pub skjematype: Skjematype,
    pub versjon: Versjon,
    pub tilstand: Tilstand,
    /// The channel that it is in, or will be handed over in.
    pub kanal: Kanal,
    /// From a case system; otherwise from a form that a person filled in.
    pub fra_fagsystem: bool,
    /// When the letter goes out if nobody has receipted by then. Set while it waits for the office.
    pub frist: Option<Timestamp>,
    pub format: Format,
    pub profil: Profil,
    /// Who sealed the content, when it was not the sender: this gateway, for a report that came in as plain JSON.
    pub forseglet_av: Option<Organisasjonsnummer>,
    /// Serial number of the certificate that the content was sealed to.
    pub sertifikat: String,
    pub asice_sha256: [u8; 32],
    pub asice_storrelse: u64,
    pub pdf_sha256: [u8; 32],
    pub pdf_storrelse: u64,
    pub mottatt: Timestamp,
    /// When it was delivered.
    pub levert: Option<Timestamp>,
    /// When the content was erased; `None` while it is kept.
    pub slettet: Option<Timestamp>,
}

impl Melding {
    /// What the report is called as a message (KS, «Bekymringsmelding»): `no.ks.fiks.bekymringsmelding.offentlig.v2`.
    pub fn meldingstype(&self) -> String {
        format!("no.ks.fiks.bekymringsmelding.{}.{}", self.skjematype, self.versjon).to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_history_follows_the_order_that_ks_publishes() {
        use Overgang as O;
        const STEPS: [O; 6] =
            [O::SendTilFagsystem, O::Mottatt, O::Feilet, O::SendTilPrint, O::Postlagt, O::PrintAvvist];
        let possible: Vec<(&str, &str)> = Tilstand::ALL
            .into_iter()
            .flat_map(|from| {
                STEPS.into_iter().filter_map(move |step| Some((from.as_str(), from.after(step).ok()?.as_str())))
            })
            .collect();
        assert_eq!(
            possible,
            [
                ("AKSEPTERT", "SENDT_FAGSYSTEM"),
                ("SENDT_FAGSYSTEM", "LEVERT"),
                ("SENDT_FAGSYSTEM", "AVVIST_FAGSYSTEM"),
                ("SENDT_FAGSYSTEM", "SENDT_PRINT"),
                ("AVVIST_FAGSYSTEM", "SENDT_PRINT"),
                ("SENDT_PRINT", "LEVERT"),
                ("SENDT_PRINT", "AVVIST_PRINT"),
                ("AVVIST_PRINT", "LEVERT"),
                ("AVVIST_PRINT", "SENDT_PRINT"),
            ]
        );
    }

    #[test]
    fn words_read_back() {
        for tilstand in Tilstand::ALL {
            assert_eq!(tilstand.as_str().parse(), Ok(tilstand));
        }
        assert!("levert".parse::<Tilstand>().is_err());
    }
}

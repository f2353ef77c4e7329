//! Municipalities and their child-protection offices, as a sender needs to know them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Bydelsnummer, FiksOrgId, IntegrasjonId, Kommunenummer, KontoId, Organisasjonsnummer, RessursId,
    melding::{Format, Kanal, Versjon},
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
    /// The municipality that has taken this one's place, and since when; reports to the old number go to it from then on.
    pub etterfolger: Option<Etterfolger>,
}

impl Kommune {
    /// The number that stands in this one's place at `now`, if another one does.
    pub fn avlost_av(&self, now: Timestamp) -> Option<Kommunenummer> {
        self.etterfolger.filter(|next| next.fra <= now).map(|next| next.kommunenummer)
    }
}

/// The municipality that another one became part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Etterfolger {
    pub kommunenummer: Kommunenummer,
    pub fra: Timestamp,
}

/// The case system that an office uses (KS: `fagsystem`). Tells which form versions it can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fagsystem {
    ManuellMottak,
    VismaFamilia,
    VismaFlytBarnevern,
    NetcompanyModulusBarn,
    Ukjent,
}

impl Fagsystem {
    pub const ALL: [Self; 5] =
        [Self::ManuellMottak, Self::VismaFamilia, Self::VismaFlytBarnevern, Self::NetcompanyModulusBarn, Self::Ukjent];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ManuellMottak => "MANUELL_MOTTAK",
            Self::VismaFamilia => "VISMA_FAMILIA",
            Self::VismaFlytBarnevern => "VISMA_FLYT_BARNEVERN",
            Self::NetcompanyModulusBarn => "NETCOMPANY_MODULUS_BARN",
            Self::Ukjent => "UKJENT",
        }
    }

    /// The form versions that it reads, oldest first. Nothing is known of one that nobody has named, so an office may say
    /// either of it.
    pub fn versjoner(self) -> &'static [Versjon] {
        match self {
            Self::ManuellMottak
            | Self::VismaFamilia
            | Self::VismaFlytBarnevern
            | Self::NetcompanyModulusBarn
            | Self::Ukjent => &Versjon::ALL,
        }
    }
}

impl std::str::FromStr for Fagsystem {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|fagsystem| fagsystem.as_str() == text).ok_or("unknown fagsystem")
    }
}

/// Where a letter goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Postadresse {
    /// Whom the letter is to: the office, never a person.
    pub navn: String,
    pub adresselinje1: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adresselinje2: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adresselinje3: Option<String>,
    /// Four digits.
    pub postnummer: String,
    pub poststed: String,
}

/// How an office gets its reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Konto {
    pub id: KontoId,
    pub fagsystem: Fagsystem,
    /// The channel that new reports are handed over in; never [`Kanal::Print`]. A report stays in the channel that it
    /// was handed over in.
    pub kanal: Kanal,
    /// Set once the office has had an account in the SvarInn look-alike.
    pub svarinn: Option<SvarinnKonto>,
}

impl Konto {
    /// An account as an office has it from the start: the queue that a case system fetches from.
    pub fn fagsystem(id: KontoId) -> Self {
        Self { id, fagsystem: Fagsystem::Ukjent, kanal: Kanal::Fagsystem, svarinn: None }
    }
}

/// An office's access to the SvarInn look-alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SvarinnKonto {
    /// User name of its HTTP Basic credentials.
    pub integrasjon: IntegrasjonId,
    pub organisasjonsnummer: Option<Organisasjonsnummer>,
}

/// A child-protection office. Every municipality that takes part has at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bydel {
    pub id: RessursId,
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
    pub konto: Konto,
    /// Where letters go; an office without one cannot be sent any, and a person must act instead.
    pub adresse: Option<Postadresse>,
    pub telefon: Option<String>,
    /// The office's own e-mail addresses (KS: `kontaktinformasjon.eposter`).
    pub eposter: Vec<String>,
    /// Further addresses that warnings go to (KS: `varselEposter`).
    pub varsel_eposter: Vec<String>,
}

//! Reports as a case system makes them.

use jiff::Timestamp;
use meldeport::{
    crypto::{asice, certificate::Certificate, cms},
    system::Rng,
};
use reqwest::multipart::{Form, Part};

use super::{fixture, town};

/// Which of the two forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sak {
    Offentlig,
    Privat,
}

impl Sak {
    pub fn path(self) -> &'static str {
        match self {
            Self::Offentlig => "offentlig",
            Self::Privat => "privat",
        }
    }
}

/// A report, in the clear and sealed.
#[derive(Debug, Clone)]
pub struct Report {
    pub json: Vec<u8>,
    pub pdf: Vec<u8>,
    /// The part `asice`: to the office.
    pub asice: Vec<u8>,
    /// The part `bekymringsmelding`: to the print supplier.
    pub letter: Vec<u8>,
}

impl Report {
    /// From the town's school, sealed to these two certificates.
    pub fn seal(office: &Certificate, print: &Certificate, now: Timestamp, rng: &dyn Rng) -> Self {
        let (json, pdf) = (fixture("plain/bekymringsmelding.json"), fixture("plain/bekymringsmelding.pdf"));
        let files = [("bekymringsmelding.json", &*json), ("bekymringsmelding.pdf", &*pdf)];
        let signer = town().skole.sertifikat.signer().unwrap();
        let zip = asice::pack(&files, &signer, now, rng).unwrap();
        let asice = cms::seal(zip.expose(), office, rng).unwrap();
        let letter = cms::seal(&pdf, print, rng).unwrap();
        Self { json, pdf, asice, letter }
    }

    /// As KS's client posts it: parts, names and order.
    pub fn form(&self) -> Form {
        form(&self.letter, &self.asice)
    }
}

/// The multipart body with these two parts.
pub fn form(letter: &[u8], asice: &[u8]) -> Form {
    let part = |bytes: &[u8], name: &'static str| {
        Part::bytes(bytes.to_vec()).file_name(name).mime_str("application/octet-stream").unwrap()
    };
    Form::new().part("bekymringsmelding", part(letter, "bekymringsmelding.pdf")).part("asice", part(asice, "asice.zip"))
}

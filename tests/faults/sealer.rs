//! Many different envelopes for little: what lies in them is signed once, and sealed anew for each.

use std::sync::Arc;

use meldeport::{
    crypto::{asice, certificate::Certificate, cms, sha256},
    system::{Clock as _, SeededRng, SystemClock},
};

use crate::support::{Site, fixture, town};

pub struct Sealer {
    zip: Vec<u8>,
    letter: Vec<u8>,
    office: Certificate,
    rng: Arc<SeededRng>,
}

/// The two parts of a send.
#[derive(Clone)]
pub struct Envelopes {
    pub asice: Vec<u8>,
    pub letter: Vec<u8>,
    pub sha256: [u8; 32],
}

impl Sealer {
    /// `padding` bytes more than a short report has.
    pub fn new(site: &Site, padding: usize) -> Self {
        let (json, pdf) = (fixture("plain/bekymringsmelding.json"), fixture("plain/bekymringsmelding.pdf"));
        let files = [("bekymringsmelding.json", &*json), ("bekymringsmelding.pdf", &*pdf)];
        let signer = town().skole.sertifikat.signer().unwrap();
        let zip = asice::pack(&files, &signer, SystemClock.now(), &*site.rng).unwrap();
        let mut zip = zip.expose().clone();
        zip.resize(zip.len() + padding, 0);
        Self {
            zip,
            letter: cms::seal(&pdf, &site.town.print.certificate, &*site.rng).unwrap(),
            office: site.town.kontorer[0].nokkel.certificate.clone(),
            rng: site.rng.clone(),
        }
    }

    pub fn seal(&self) -> Envelopes {
        let asice = cms::seal(&self.zip, &self.office, &*self.rng).unwrap();
        Envelopes { sha256: sha256(&asice), asice, letter: self.letter.clone() }
    }
}

//! Sealing reports that come in the clear: PDF, ASiC-E signed by the gateway, and an envelope for each receiver. All of
//! it in memory.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use jiff::Timestamp;
use openssl::{hash::MessageDigest, pkey::PKey, sign::Signer as Mac};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    crypto::{
        asice,
        certificate::{Certificate, Signer},
        cms, jose, sha256,
    },
    model::{
        Organisasjonsnummer,
        melding::{Format, Innhold},
    },
    pdf::{Dokument, Renderer},
    system::{Rng, SecretBytes},
};

/// Why the gateway cannot seal. None of these says anything of a report.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SealError {
    #[error("the gateway's certificate names no organisation")]
    NoOrganisation,
    #[error("the gateway's key cannot be used: {0}")]
    Key(String),
    #[error("no PDF: {0}")]
    Pdf(String),
    #[error("no container: {0}")]
    Container(String),
    #[error("no envelope: {0}")]
    Envelope(String),
    #[error("the task was stopped")]
    Stopped,
}

/// Makes sealed content out of plain JSON.
pub struct Forsegler {
    signer: Signer,
    /// Whose certificate it is: what a receiver expects the signature to be by.
    pub organisasjonsnummer: Organisasjonsnummer,
    renderer: Renderer,
    /// Typesetting takes a processor and some ten megabytes: no more at once than there are processors.
    turns: Arc<Semaphore>,
    /// Keys the digests by which a repeated send is known, so that they say nothing to who does not have it.
    digest_key: PKey<openssl::pkey::Private>,
}

impl fmt::Debug for Forsegler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forsegler").field("organisasjonsnummer", &self.organisasjonsnummer).finish_non_exhaustive()
    }
}

/// Who gets what.
#[derive(Debug, Clone)]
pub struct Mottakere {
    pub bydel: Certificate,
    pub print: Certificate,
    pub format: Format,
    /// Form, variant and version of the JSON, for the JWE's header.
    pub skjema: String,
}

impl Forsegler {
    /// # Errors
    /// When the certificate names no organisation, or the fonts of the PDF cannot be loaded.
    pub fn new(signer: Signer) -> Result<Self, SealError> {
        let orgnr = signer.certificate().orgnr().and_then(|orgnr| orgnr.parse().ok());
        let organisasjonsnummer = orgnr.ok_or(SealError::NoOrganisation)?;
        let renderer = Renderer::new().map_err(|fault| SealError::Pdf(fault.to_string()))?;
        // Derived from the signing key, so that every node that signs alike recognises the same sends.
        let pem = signer.key().to_pkcs8_pem().map_err(|fault| SealError::Key(fault.to_string()))?;
        let seed = sha256(&[b"meldeport repeated send\0", pem.expose().as_bytes()].concat());
        let digest_key = PKey::hmac(&seed).map_err(|error| SealError::Key(error.to_string()))?;
        let turns = Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)));
        Ok(Self { signer, organisasjonsnummer, renderer, turns, digest_key })
    }

    /// When the gateway's own certificate expires.
    pub fn utloper(&self) -> Timestamp {
        self.signer.certificate().valid_to()
    }

    /// Waits until there is a processor for one more [`Forsegler::seal`]. Keep it until that has ended.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit, SealError> {
        self.turns.clone().acquire_owned().await.map_err(|_| SealError::Stopped)
    }

    /// What a report that came in the clear is known by when it comes again. Keyed: without the gateway's key nobody can
    /// tell from it whether a guess at the text is right.
    pub fn digest(&self, parts: &[&[u8]]) -> Result<[u8; 32], SealError> {
        let failed = |error: openssl::error::ErrorStack| SealError::Key(error.to_string());
        let mut mac = Mac::new(MessageDigest::sha256(), &self.digest_key).map_err(failed)?;
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes()).map_err(failed)?;
            mac.update(part).map_err(failed)?;
        }
        let digest = mac.sign_to_vec().map_err(failed)?;
        digest.as_slice().try_into().map_err(|_| SealError::Key("digest".to_owned()))
    }

    /// Renders, packs, signs and seals. Takes processor time: call it where blocking is allowed.
    pub fn seal(
        &self,
        json: &SecretBytes,
        dokument: &Dokument<'_>,
        to: &Mottakere,
        now: Timestamp,
        rng: &dyn Rng,
    ) -> Result<Innhold, SealError> {
        let envelope = |fault: cms::SealFault| SealError::Envelope(fault.to_string());
        let pdf = self.renderer.render(dokument).map_err(|fault| SealError::Pdf(fault.to_string()))?;
        let to_bydel = match to.format {
            Format::Asice => {
                let files = [
                    ("bekymringsmelding.json", json.expose().as_slice()),
                    ("bekymringsmelding.pdf", pdf.expose().as_slice()),
                ];
                let container = asice::pack(&files, &self.signer, now, rng);
                let container = container.map_err(|fault| SealError::Container(fault.to_string()))?;
                cms::seal(container.expose(), &to.bydel, rng).map_err(envelope)?
            }
            Format::Jwe => {
                let jwe = jose::seal(json.expose(), &to.bydel, &to.skjema);
                jwe.map_err(|fault| SealError::Envelope(fault.to_string()))?.into_bytes()
            }
        };
        let to_print = cms::seal(pdf.expose(), &to.print, rng).map_err(envelope)?;
        Ok(Innhold { asice: Bytes::from(to_bydel), pdf: Bytes::from(to_print) })
    }
}

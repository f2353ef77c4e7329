//! The keys and the trust of one organisation: what proves who we are, what opens a report, whom we believe.

use std::fmt;

use jiff::Timestamp;

use super::{
    config::{Base, ConfigError, Identity, Reception},
    inbox::{Signert, is_safe_name},
    wire::Melding,
};
use crate::{
    crypto::{
        asice::{self, Trust},
        certificate::{Certificate, PrivateKey, Signer},
        cms, jose,
    },
    system::{Secret, SecretBytes},
};

/// The files that every report has.
pub(super) const REPORT: [&str; 2] = ["bekymringsmelding.json", "bekymringsmelding.pdf"];

/// The `[virksomhet]` section, read.
#[derive(Debug)]
pub enum Credential {
    /// An enterprise certificate. Signs grants and reports.
    Certificate(Signer),
    /// A key that is registered on the Maskinporten client. Signs grants.
    Registered { key: PrivateKey, kid: String },
}

impl Credential {
    pub fn from_config(identity: &Identity, base: &Base) -> Result<Self, ConfigError> {
        let wrong = |text: String| ConfigError::Wrong(format!("[virksomhet]: {text}"));
        let signer = match (&identity.p12, &identity.nokkel, &identity.sertifikat, &identity.kid) {
            (Some(p12), None, None, None) => {
                let password = identity.passord.as_ref().map(|source| base.secret(source)).transpose()?;
                let password = password.as_ref().map_or("", |password| password.expose());
                Signer::from_pkcs12(base.bytes(p12)?.expose(), password)
            }
            (None, Some(key), Some(chain), None) => {
                Signer::from_pem(base.bytes(key)?.expose(), base.bytes(chain)?.expose())
            }
            (None, Some(key), None, Some(kid)) => {
                let key = PrivateKey::from_pem(base.bytes(key)?.expose()).map_err(|fault| wrong(fault.melding()))?;
                return Ok(Self::Registered { key, kid: kid.clone() });
            }
            _ => return Err(wrong("oppgi enten p12, eller nokkel og sertifikat, eller nokkel og kid".to_owned())),
        };
        signer.map(Self::Certificate).map_err(|fault| wrong(fault.melding()))
    }

    /// What signs reports.
    pub fn into_signer(self) -> Result<Signer, ConfigError> {
        match self {
            Self::Certificate(signer) => Ok(signer),
            Self::Registered { .. } => {
                Err(ConfigError::Wrong("[virksomhet]: for å sende trengs et virksomhetssertifikat".to_owned()))
            }
        }
    }
}

/// Why a report cannot be opened: a stable code, and a text without a word of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CannotOpen {
    pub code: String,
    pub melding: String,
}

impl CannotOpen {
    fn new(code: &str, melding: impl Into<String>) -> Self {
        Self { code: code.to_owned(), melding: melding.into() }
    }
}

impl fmt::Display for CannotOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.melding)
    }
}

/// A report in the clear.
#[derive(Debug)]
pub struct Opened {
    /// The signed container as the sender made it.
    pub container: SecretBytes,
    pub files: Vec<(String, SecretBytes)>,
    pub signer: Signert,
}

/// Opens reports.
#[derive(Debug)]
pub struct Keyring {
    keys: Vec<PrivateKey>,
    anchors: Vec<Certificate>,
    /// The signer must be the organisation that the listing names.
    require_orgnr: bool,
    /// Organisations whose gateway may have sealed what a sender handed in as plain JSON.
    gateways: Vec<String>,
}

impl Keyring {
    pub fn new(keys: Vec<PrivateKey>, anchors: Vec<Certificate>, require_orgnr: bool) -> Self {
        Self { keys, anchors, require_orgnr, gateways: Vec::new() }
    }

    /// Believes these organisations, too, when the listing says that their gateway sealed the content.
    pub fn with_gateways(self, gateways: Vec<String>) -> Self {
        Self { gateways, ..self }
    }

    pub fn from_config(reception: &Reception, base: &Base) -> Result<Self, ConfigError> {
        let name = |path: &std::path::Path| base.path(path).display().to_string();
        let mut keys = Vec::new();
        for path in &reception.nokler {
            let key = PrivateKey::from_pem(base.bytes(path)?.expose());
            keys.push(key.map_err(|fault| ConfigError::Wrong(format!("{}: {}", name(path), fault.melding())))?);
        }
        let mut anchors = Vec::new();
        for path in &reception.tillitsankre {
            let anchor = Certificate::from_pem(base.bytes(path)?.expose());
            anchors.push(anchor.map_err(|fault| ConfigError::Wrong(format!("{}: {}", name(path), fault.melding())))?);
        }
        if keys.is_empty() || anchors.is_empty() {
            return Err(ConfigError::Wrong("[mottak]: nokler og tillitsankre må ha minst én fil hver".to_owned()));
        }
        Ok(Self::new(keys, anchors, reception.krev_orgnr).with_gateways(reception.godta_forseglet_av.clone()))
    }

    /// Decrypts, and believes nothing that the signature does not vouch for.
    pub fn open(&self, ciphertext: &[u8], melding: &Melding, now: Timestamp) -> Result<Opened, CannotOpen> {
        let sealer = self.sealer(melding)?;
        if melding.format.as_deref() == Some("JWE") {
            self.jwe(ciphertext)
        } else {
            self.asice(ciphertext, sealer, now)
        }
    }

    /// Who must have sealed the content: the sender, or a gateway that we have chosen to believe.
    fn sealer(&self, melding: &Melding) -> Result<Option<String>, CannotOpen> {
        let sender = melding.avsender.organisasjonsnummer.as_ref();
        match (melding.forseglet_av.as_ref(), sender) {
            (Some(sealer), sender) if Some(sealer) != sender => {
                if self.require_orgnr && !self.gateways.contains(sealer) {
                    return Err(CannotOpen::new(
                        "HENTING.UKJENT_FORSEGLER",
                        "Meldingen kom til Meldeport som JSON og er forseglet der. Ta organisasjonen inn i \
                         godta_forseglet_av hvis dere stoler på den.",
                    ));
                }
                Ok(self.require_orgnr.then(|| sealer.clone()))
            }
            _ if !self.require_orgnr => Ok(None),
            (_, Some(sender)) => Ok(Some(sender.clone())),
            (_, None) => Err(CannotOpen::new(
                "HENTING.AVSENDER_MANGLER",
                "Meldeport oppgir ikke avsenderens organisasjonsnummer.",
            )),
        }
    }

    /// A JWE has no signature: who sealed it rests on the gateway's word alone.
    fn jwe(&self, compact: &[u8]) -> Result<Opened, CannotOpen> {
        let text = std::str::from_utf8(compact).unwrap_or_default();
        let opened = jose::open(text, &self.keys).map_err(|fault| CannotOpen::new(fault.code(), fault.melding()))?;
        let [json_name, _] = REPORT;
        Ok(Opened {
            container: Secret::new(compact.to_vec()),
            files: vec![(json_name.to_owned(), opened.json)],
            signer: Signert { organisasjonsnummer: None, serienummer: String::new() },
        })
    }

    fn asice(&self, ciphertext: &[u8], orgnr: Option<String>, now: Timestamp) -> Result<Opened, CannotOpen> {
        let container =
            cms::open(ciphertext, &self.keys).map_err(|fault| CannotOpen::new(fault.code(), fault.melding()))?;
        let trust = Trust { anchors: self.anchors.clone(), orgnr };
        let opened = asice::open(container.expose(), &trust, now)
            .map_err(|fault| CannotOpen::new(fault.code(), fault.melding()))?;
        let signer = Signert { organisasjonsnummer: opened.signer.orgnr(), serienummer: opened.signer.serial() };
        let names: Vec<_> = opened.files.iter().map(|(name, _)| name.to_lowercase()).collect();
        let unique = names.iter().collect::<std::collections::HashSet<_>>().len() == names.len();
        if !unique || !opened.files.iter().all(|(name, _)| is_safe_name(name)) {
            return Err(CannotOpen::new(
                "HENTING.UGYLDIG_FILNAVN",
                "En fil i meldingen har et navn som ikke kan brukes.",
            ));
        }
        if !REPORT.iter().all(|wanted| opened.files.iter().any(|(name, _)| name == wanted)) {
            return Err(CannotOpen::new("HENTING.MANGLER_FIL", "Meldingen mangler bekymringsmelding.json eller .pdf."));
        }
        Ok(Opened { container, files: opened.files, signer })
    }
}

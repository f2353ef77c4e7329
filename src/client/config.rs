//! The two configuration files, TOML. An unknown key is refused, a relative path is relative to the file that names
//! it, and every file that is named is read at start, so that a mistake shows before the first report is touched.
//!
//! `fetch.toml`, everything a municipality needs to fetch its reports:
//!
//! ```toml
//! [tilkobling]
//! adresse = "https://meldeport.kommunen.no"
//! fiks_org_id = "7a2c9c5e-5a3f-4d0e-9a53-0d8f2a1b6c11"
//! integrasjon_id = "3f1d6a60-52a5-4c58-8b5c-9f0a1c7f2b90"
//! integrasjon_passord = { miljo = "MELDEPORT_PASSORD" }   # or { fil = "passord.txt" }, or the password itself
//! # ca = "intern-ca.pem"       # an extra certificate authority for the gateway's TLS certificate
//! # usikret_http = true        # http:// to another machine; to this one it is always allowed
//!
//! [maskinporten]
//! utsteder = "https://maskinporten.no/"
//! klient_id = "11111111-2222-3333-4444-555555555555"
//! # token_endepunkt = "https://maskinporten.no/token"     # the default is <utsteder>token
//! # scope = "ks:fiks"
//! # ressurs = "https://meldeport.kommunen.no"             # only where the gateway wants audience-restricted tokens
//!
//! [virksomhet]                  # the key that proves who we are; one of three forms
//! p12 = "virksomhet.p12"
//! passord = { fil = "virksomhet.passord" }
//! # nokkel = "virksomhet.key.pem"
//! # sertifikat = "virksomhet.pem"                         # with the chain after it
//! # nokkel = "klient.key.pem"
//! # kid = "noekkel-2026"                                  # a key that is registered on the Maskinporten client
//!
//! [mottak]
//! ut = "innboks"
//! nokler = ["mottak-2026.key.pem", "mottak-2025.key.pem"] # PKCS#8 PEM; keep the former one until its last report is in
//! tillitsankre = ["buypass-ca.pem"]                       # whose sender certificates we believe
//! # krev_orgnr = true          # the signer must be the organisation that the gateway names as sender
//! # godta_forseglet_av = ["999999968"]   # organisations whose gateway may seal for senders that hand in plain JSON
//! # ved_feil = "la_ligge"      # or "feilet": hand a report that cannot be opened to print
//! # behold_asice = false       # keep the signed container beside the files
//! # kommunenummer = "3301"     # only this municipality, only this office
//! # bydelsnummer = "00"
//! ```
//!
//! `send.toml` has the same first three sections (here `[virksomhet]` must have a certificate: it signs the reports) and
//!
//! ```toml
//! [avsender]
//! utboks = "utboks"
//! ```

use std::path::{Path, PathBuf};

use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::system::{Secret, SecretBytes, SecretString};

/// What is wrong with the configuration. Never quotes the file: the line may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("kan ikke lese {}: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("{}, linje {line}: {reason}", path.display())]
    Syntax { path: PathBuf, line: usize, reason: String },
    #[error("{0}")]
    Wrong(String),
}

fn wrong<T>(text: impl Into<String>) -> Result<T, ConfigError> {
    Err(ConfigError::Wrong(text.into()))
}

/// `fetch.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetchConfig {
    pub tilkobling: Connection,
    pub maskinporten: Maskinporten,
    pub virksomhet: Identity,
    pub mottak: Reception,
}

/// `send.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendConfig {
    pub tilkobling: Connection,
    pub maskinporten: Maskinporten,
    pub virksomhet: Identity,
    pub avsender: Sending,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    pub adresse: String,
    pub fiks_org_id: Uuid,
    pub integrasjon_id: Uuid,
    pub integrasjon_passord: SecretSource,
    pub ca: Option<PathBuf>,
    #[serde(default)]
    pub usikret_http: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maskinporten {
    pub utsteder: String,
    pub token_endepunkt: Option<String>,
    pub klient_id: String,
    #[serde(default = "default_scope")]
    pub scope: String,
    pub ressurs: Option<String>,
}

fn default_scope() -> String {
    "ks:fiks".to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    pub p12: Option<PathBuf>,
    pub passord: Option<SecretSource>,
    pub nokkel: Option<PathBuf>,
    pub sertifikat: Option<PathBuf>,
    pub kid: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reception {
    pub ut: PathBuf,
    pub nokler: Vec<PathBuf>,
    pub tillitsankre: Vec<PathBuf>,
    #[serde(default = "yes")]
    pub krev_orgnr: bool,
    #[serde(default)]
    pub godta_forseglet_av: Vec<String>,
    #[serde(default)]
    pub ved_feil: OnFailure,
    #[serde(default)]
    pub behold_asice: bool,
    pub kommunenummer: Option<String>,
    pub bydelsnummer: Option<String>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sending {
    pub utboks: PathBuf,
}

/// What to do with a report that cannot be opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// Leave it with the gateway, where it goes to print when its time is up.
    #[default]
    LaLigge,
    /// Answer `feilet`: it goes to print at once.
    Feilet,
}

/// A secret, or where it is.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum SecretSource {
    Here(SecretString),
    Elsewhere(SecretPlace),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretPlace {
    fil: Option<PathBuf>,
    miljo: Option<String>,
}

/// The folder of the configuration file, to which its relative paths belong.
#[derive(Debug, Clone)]
pub struct Base(PathBuf);

/// Reads a configuration file.
pub fn load<T: DeserializeOwned>(path: &Path) -> Result<(T, Base), ConfigError> {
    let text = Secret::new(
        std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), reason: error.to_string() })?,
    );
    let config = toml::from_str(text.expose()).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.expose().bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
        ConfigError::Syntax { path: path.to_owned(), line, reason: error.message().to_owned() }
    })?;
    Ok((config, Base(path.parent().unwrap_or(Path::new("")).to_owned())))
}

impl Base {
    pub fn path(&self, path: &Path) -> PathBuf {
        self.0.join(path)
    }

    pub fn bytes(&self, path: &Path) -> Result<SecretBytes, ConfigError> {
        let path = self.path(path);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Secret::new(bytes)),
            Err(error) => Err(ConfigError::Unreadable { path, reason: error.to_string() }),
        }
    }

    /// A PEM file, or anything else that is text.
    pub fn text(&self, path: &Path) -> Result<SecretString, ConfigError> {
        let bytes = self.bytes(path)?;
        match std::str::from_utf8(bytes.expose()) {
            Ok(text) => Ok(Secret::new(text.to_owned())),
            Err(_) => wrong(format!("{} er ikke tekst", self.path(path).display())),
        }
    }

    /// The secret itself. One trailing line break is cut from a file.
    pub fn secret(&self, source: &SecretSource) -> Result<SecretString, ConfigError> {
        match source {
            SecretSource::Here(secret) => Ok(Secret::new(secret.expose().clone())),
            SecretSource::Elsewhere(SecretPlace { fil: Some(path), miljo: None }) => {
                let text = self.text(path)?;
                let line = text.expose().strip_suffix('\n').unwrap_or(text.expose());
                Ok(Secret::new(line.strip_suffix('\r').unwrap_or(line).to_owned()))
            }
            SecretSource::Elsewhere(SecretPlace { fil: None, miljo: Some(name) }) => match std::env::var(name) {
                Ok(value) => Ok(Secret::new(value)),
                Err(_) => wrong(format!("miljøvariabelen {name} er ikke satt")),
            },
            SecretSource::Elsewhere(_) => wrong("en hemmelighet skal ha enten «fil» eller «miljo»"),
        }
    }
}

impl Connection {
    /// The base URL without the final slash. Reports and passwords do not travel in the clear to another machine.
    pub fn base_url(&self) -> Result<String, ConfigError> {
        checked_url("adresse", &self.adresse, self.usikret_http)
    }
}

impl Maskinporten {
    pub fn token_url(&self, usikret_http: bool) -> Result<String, ConfigError> {
        let url = match &self.token_endepunkt {
            Some(url) => url.clone(),
            None => format!("{}/token", self.utsteder.trim_end_matches('/')),
        };
        checked_url("token_endepunkt", &url, usikret_http)
    }
}

fn checked_url(key: &str, url: &str, usikret_http: bool) -> Result<String, ConfigError> {
    let Ok(parsed) = reqwest::Url::parse(url) else {
        return wrong(format!("«{key}» er ikke en nettadresse: {url}"));
    };
    let here = matches!(parsed.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match parsed.scheme() {
        "https" => Ok(url.trim_end_matches('/').to_owned()),
        "http" if here || usikret_http => Ok(url.trim_end_matches('/').to_owned()),
        "http" => {
            wrong(format!("«{key}» er http:// til en annen maskin; bruk https:// eller sett usikret_http = true"))
        }
        _ => wrong(format!("«{key}» må begynne med https://")),
    }
}

#[cfg(test)]
mod tests;

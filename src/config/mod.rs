//! Settings: commented defaults that are part of the program, then the operator's file, then the environment.

mod check;
mod kort;
mod mail;
mod personregister;
mod rooms;
mod sections;
mod sms;

use std::{fs, path::Path};

use config::{Config as Source, Environment, File, FileFormat};
use serde::Deserialize;
use zeroize::Zeroizing;

pub use mail::{Mail, MailEncryption, MailServer, MailTransport};
pub use personregister::Personregister;
pub use sections::{
    Access, Database, Delivery, Gateway, Idporten, Ledsagerbevis, Log, LogFormat, Maskinporten, Metrics, Print,
    Reports, Retention, Server, Tls, Traces,
};
pub use sms::{Sms, SmsGateway, SmsTransport};

use crate::system::{Secret, SecretBytes, SecretString};

/// The defaults, with a comment for each.
pub const DEFAULTS: &str = include_str!("defaults.toml");

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub maskinporten: Maskinporten,
    pub idporten: Idporten,
    pub gateway: Gateway,
    pub reports: Reports,
    pub access: Access,
    pub delivery: Delivery,
    pub print: Print,
    pub mail: Mail,
    pub ledsagerbevis: Ledsagerbevis,
    pub sms: Sms,
    pub personregister: Personregister,
    pub retention: Retention,
    pub metrics: Metrics,
    pub traces: Traces,
    pub log: Log,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("innstillingene kan ikke leses: {0}")]
    Read(String),
    #[error("{0}")]
    Rule(String),
}

impl From<config::ConfigError> for ConfigError {
    fn from(error: config::ConfigError) -> Self {
        Self::Read(error.to_string())
    }
}

impl Config {
    /// Reads the defaults, `file` if given, and the environment.
    ///
    /// # Errors
    /// A key that does not exist, a value of the wrong kind, or values that do not go together.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut source = Source::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(file) = file {
            source = source.add_source(File::from(file).format(FileFormat::Toml));
        }
        // MELDEPORT_CONFIG and the like are not settings: those have a section and so a double underscore.
        let settings = std::env::vars().filter(|(name, _)| name.starts_with("MELDEPORT_") && name.contains("__"));
        let environment = Environment::with_prefix("MELDEPORT")
            .prefix_separator("_")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("ledsagerbevis.data_key_files")
            .with_list_parse_key("ledsagerbevis.issuer_key_files")
            .source(Some(settings.collect()));
        let config: Self = source.add_source(environment).build()?.try_deserialize()?;
        config.check()?;
        Ok(config)
    }
}

/// A file's first line, for `Authorization: Bearer`; `None` without a file.
fn token(path: &Path) -> Result<Option<SecretString>, ConfigError> {
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let read = fs::read_to_string(path).map(Zeroizing::new);
    let read = read.map_err(|error| ConfigError::Rule(format!("{}: {error}", path.display())))?;
    Ok(Some(Secret::new(read.trim_end_matches(['\r', '\n']).to_owned())))
}

fn read_secret(path: &Path) -> Result<SecretBytes, ConfigError> {
    fs::read(path).map(Secret::new).map_err(|error| ConfigError::Rule(format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests;

//! Settings: commented defaults that are part of the program, then the operator's file, then the environment.

mod kort;
mod mail;
mod personregister;
mod sms;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use config::{Config as Source, Environment, File, FileFormat};
use jiff::SignedDuration;
use serde::Deserialize;
use zeroize::Zeroizing;

pub use mail::{Mail, MailEncryption, MailServer, MailTransport};
pub use personregister::Personregister;
pub use sms::{Sms, SmsGateway, SmsTransport};

use crate::{
    app::TlsFiles,
    auth::{PersonSettings, VerifierSettings},
    crypto::certificate::Signer,
    delivery::WorkerSettings,
    domain::DomainSettings,
    epost,
    http::{HttpSettings, LoginSettings, RateSettings},
    store::DatabaseSettings,
    system::{Secret, SecretBytes, SecretString, secret::without_password},
};

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
    pub log: Log,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub address: String,
    pub public_url: String,
    pub drain_seconds: u64,
    pub idle_seconds: u64,
    pub request_seconds: u64,
    pub max_connections: usize,
    pub tls: Tls,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub client_ca: PathBuf,
}

impl Tls {
    pub fn is_on(&self) -> bool {
        !self.certificate.as_os_str().is_empty()
    }
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    pub url: String,
    pub max_connections: u32,
    pub timeout_seconds: u64,
    pub statement_seconds: u64,
    pub migrate_on_start: bool,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("url", &without_password(&self.url))
            .field("max_connections", &self.max_connections)
            .field("timeout_seconds", &self.timeout_seconds)
            .field("statement_seconds", &self.statement_seconds)
            .field("migrate_on_start", &self.migrate_on_start)
            .finish()
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maskinporten {
    pub issuer: String,
    pub jwks_url: String,
    pub audience: String,
    pub skew_seconds: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Idporten {
    pub issuer: String,
    pub jwks_url: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    pub certificate: PathBuf,
    pub password_file: PathBuf,
    pub person_key_file: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    pub key_grace_seconds: u64,
    pub key_proof: bool,
    pub duplicate_hours: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    pub cache_seconds: u64,
    pub calls_per_second: u32,
    pub calls_at_once: u32,
    pub calls_per_address: u32,
    pub calls_per_address_at_once: u32,
    pub logins_per_minute: u32,
    pub logins_at_once: u32,
    pub address_header: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    pub worker: bool,
    pub attempts: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Print {
    pub spool: bool,
    pub folder: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledsagerbevis {
    pub data_key_files: Vec<PathBuf>,
    pub issuer_key_files: Vec<PathBuf>,
    pub card_days: u32,
    pub status_ttl_seconds: u32,
    pub status_hours: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    pub days: u32,
    pub audit_days: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    pub address: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    pub filter: String,
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

    fn check(&self) -> Result<(), ConfigError> {
        let rule = |text: &str| Err(ConfigError::Rule(text.to_owned()));
        if self.server.tls.is_on() == self.server.tls.key.as_os_str().is_empty() {
            return rule("server.tls.certificate and server.tls.key go together: set both or none");
        }
        if self.metrics.address == self.server.address {
            return rule("metrics.address must not be server.address: whoever may call is not whoever may watch");
        }
        if !self.server.tls.is_on() && !self.server.tls.client_ca.as_os_str().is_empty() {
            return rule("server.tls.client_ca needs server.tls.certificate: without TLS nobody shows a certificate");
        }
        if self.server.idle_seconds <= 60 {
            return rule("server.idle_seconds must be more than 60, or long polls are cut off");
        }
        if self.server.request_seconds == 0 || self.server.max_connections == 0 {
            return rule("server.request_seconds and server.max_connections must be more than 0");
        }
        if self.maskinporten.issuer.is_empty() || self.maskinporten.jwks_url.is_empty() {
            return rule("maskinporten.issuer and maskinporten.jwks_url must be set");
        }
        if self.idporten.issuer.is_empty() != self.idporten.jwks_url.is_empty() {
            return rule("idporten.issuer and idporten.jwks_url go together: set both or none");
        }
        if self.database.max_connections == 0 {
            return rule("database.max_connections must be at least 1");
        }
        if self.delivery.attempts == 0 {
            return rule("delivery.attempts must be at least 1");
        }
        if self.print.spool && self.print.folder.as_os_str().is_empty() {
            return rule("print.folder must be set when print.spool is true");
        }
        if !self.ledsagerbevis.data_key_files.is_empty() && self.gateway.person_key_file.as_os_str().is_empty() {
            return rule(
                "ledsagerbevis.data_key_files needs gateway.person_key_file: what is sealed is found by digests that are \
                keyed with it",
            );
        }
        if self.retention.audit_days != 0
            && (self.retention.days == 0 || self.retention.audit_days < self.retention.days)
        {
            return rule(
                "retention.audit_days must not be less than retention.days: what was done to a report is known for as \
                long as the report",
            );
        }
        self.ledsagerbevis.check(&self.server.public_url)?;
        self.sms.check()?;
        self.personregister.check()?;
        self.mail.check()?;
        self.database().backend().map_err(|error| ConfigError::Rule(error.to_string()))?;
        Ok(())
    }

    pub fn database(&self) -> DatabaseSettings {
        let mut settings = DatabaseSettings::new(&self.database.url);
        settings.max_connections = self.database.max_connections;
        settings.timeout = Duration::from_secs(self.database.timeout_seconds);
        let Database { statement_seconds, .. } = self.database;
        settings.statement = (statement_seconds != 0).then(|| Duration::from_secs(statement_seconds));
        settings
    }

    pub fn verifier(&self) -> VerifierSettings {
        let mut settings = VerifierSettings::new(&self.maskinporten.issuer, &self.maskinporten.jwks_url);
        settings.audience = Some(self.maskinporten.audience.clone()).filter(|audience| !audience.is_empty());
        settings.skew = Duration::from_secs(self.maskinporten.skew_seconds);
        settings
    }

    /// `None` where persons cannot report.
    pub fn persons(&self) -> Option<PersonSettings> {
        let Idporten { issuer, jwks_url } = &self.idporten;
        (!issuer.is_empty()).then(|| PersonSettings::new(issuer, jwks_url))
    }

    /// The gateway's own certificate; `None` where plain JSON is not taken.
    ///
    /// # Errors
    /// When a file cannot be read, or the password does not open the certificate.
    pub fn signer(&self) -> Result<Option<Signer>, ConfigError> {
        let Gateway { certificate, password_file, .. } = &self.gateway;
        if certificate.as_os_str().is_empty() {
            return Ok(None);
        }
        let password =
            if password_file.as_os_str().is_empty() { Secret::new(Vec::new()) } else { read_secret(password_file)? };
        let password = std::str::from_utf8(password.expose()).unwrap_or_default().trim_end_matches(['\r', '\n']);
        let signer = Signer::from_pkcs12(read_secret(certificate)?.expose(), password);
        let signer = signer.map_err(|fault| ConfigError::Rule(format!("gateway.certificate: {}", fault.melding())))?;
        Ok(Some(signer))
    }

    /// What stands in for persons' fødselsnumre is keyed with it; `None` where no person can hold a role.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn person_key(&self) -> Result<Option<SecretBytes>, ConfigError> {
        let path = &self.gateway.person_key_file;
        if path.as_os_str().is_empty() { Ok(None) } else { read_secret(path).map(Some) }
    }

    /// What personal data is sealed with, the newest first; empty where there are no companion cards.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn data_keys(&self) -> Result<Vec<SecretBytes>, ConfigError> {
        self.ledsagerbevis.data_key_files.iter().map(|path| read_secret(path)).collect()
    }

    /// How text messages are sent; `None` where there are no companion cards.
    ///
    /// # Errors
    /// When the supplier's token cannot be read.
    pub fn sms(&self) -> Result<Option<crate::sms::Settings>, ConfigError> {
        if self.ledsagerbevis.data_key_files.is_empty() { Ok(None) } else { self.sms.settings().map(Some) }
    }

    /// Where persons are looked up; `None` where case workers write it themselves, and where there are no companion cards.
    ///
    /// # Errors
    /// When the token cannot be read.
    pub fn personregister(&self) -> Result<Option<crate::personregister::HttpSettings>, ConfigError> {
        if self.ledsagerbevis.data_key_files.is_empty() { Ok(None) } else { self.personregister.settings() }
    }

    /// Where the certificate for TLS lies; `None` where something else does TLS.
    pub fn tls(&self) -> Option<TlsFiles> {
        let Tls { certificate, key, client_ca } = self.server.tls.clone();
        let client_ca = Some(client_ca).filter(|path| !path.as_os_str().is_empty());
        self.server.tls.is_on().then_some(TlsFiles { certificate, key, client_ca })
    }

    /// How warnings are sent.
    ///
    /// # Errors
    /// When the mail server's password cannot be read.
    pub fn mail(&self) -> Result<epost::Settings, ConfigError> {
        self.mail.settings()
    }

    /// Where those who run the gateway are warned.
    ///
    /// # Errors
    /// When it is no address.
    pub fn operations(&self) -> Result<Option<epost::Adresse>, ConfigError> {
        self.mail.operations()
    }

    pub fn domain(&self) -> DomainSettings {
        DomainSettings {
            nokkel_overgang: Duration::from_secs(self.reports.key_grace_seconds),
            nokkelbevis: self.reports.key_proof,
            duplikat_vindu: Duration::from_secs(self.reports.duplicate_hours.saturating_mul(3600)),
            integrasjon_levetid: Duration::from_secs(self.access.cache_seconds),
            oppbevaring: days(self.retention.days),
            revisjon_oppbevaring: days(self.retention.audit_days),
            ..DomainSettings::default()
        }
    }

    /// How jobs are done, wherever they are.
    pub fn worker(&self) -> WorkerSettings {
        WorkerSettings { attempts: self.delivery.attempts, ..WorkerSettings::default() }
    }

    /// Where those who run the gateway ask for figures; `None`: nowhere.
    pub fn metrics(&self) -> Option<&str> {
        Some(self.metrics.address.as_str()).filter(|address| !address.is_empty())
    }

    /// Where letters are laid out; `None` where print suppliers use the API only.
    pub fn spool(&self) -> Option<PathBuf> {
        self.print.spool.then(|| self.print.folder.clone())
    }

    pub fn http(&self) -> HttpSettings {
        let url = self.server.public_url.trim_end_matches('/');
        HttpSettings {
            public_url: (!url.is_empty()).then(|| url.to_owned()),
            rate: RateSettings { per_second: self.access.calls_per_second, burst: self.access.calls_at_once },
            innlogging: LoginSettings {
                per_minute: self.access.logins_per_minute,
                burst: self.access.logins_at_once,
                calls: if self.server.tls.is_on() || !self.access.address_header.is_empty() {
                    let Access { calls_per_address, calls_per_address_at_once, .. } = self.access;
                    RateSettings { per_second: calls_per_address, burst: calls_per_address_at_once }
                } else {
                    RateSettings { per_second: 0, burst: 0 }
                },
                header: (!self.access.address_header.is_empty()).then(|| self.access.address_header.clone()),
            },
            utproving: None,
        }
    }
}

/// 0: no end.
fn days(days: u32) -> Option<SignedDuration> {
    (days != 0).then(|| SignedDuration::from_hours(i64::from(days) * 24))
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

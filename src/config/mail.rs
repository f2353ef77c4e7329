//! The section `[mail]`.

use std::{fs, path::PathBuf, time::Duration};

use serde::Deserialize;
use zeroize::Zeroizing;

use super::ConfigError;
use crate::{
    epost::{Adresse, Kryptering, Settings, SmtpSettings, Transport, is_this_machine},
    system::Secret,
};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    pub transport: MailTransport,
    pub folder: PathBuf,
    pub from: String,
    pub operations: String,
    pub smtp: MailServer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTransport {
    Folder,
    Smtp,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub encryption: MailEncryption,
    pub username: String,
    pub password_file: PathBuf,
    pub timeout_seconds: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailEncryption {
    Starttls,
    Tls,
    None,
}

impl Mail {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let rule = |text: &str| Err(ConfigError::Rule(text.to_owned()));
        let from = self.from()?;
        self.operations()?;
        if self.transport == MailTransport::Folder {
            return if self.folder.as_os_str().is_empty() { rule("mail.folder must be set") } else { Ok(()) };
        }
        let MailServer { host, encryption, username, password_file, timeout_seconds, .. } = &self.smtp;
        if host.is_empty() {
            return rule("mail.smtp.host must be set when mail.transport is \"smtp\"");
        }
        if *encryption == MailEncryption::None && !is_this_machine(host) {
            return rule("mail.smtp.encryption may be \"none\" only when mail.smtp.host is localhost");
        }
        if username.is_empty() != password_file.as_os_str().is_empty() {
            return rule("mail.smtp.username and mail.smtp.password_file go together: set both or none");
        }
        if !(1..=120).contains(timeout_seconds) {
            return rule("mail.smtp.timeout_seconds must be from 1 to 120");
        }
        if from.as_str().ends_with("@localhost") && !is_this_machine(host) {
            return rule("mail.from must be an address of your own when mail.transport is \"smtp\"");
        }
        Ok(())
    }

    fn from(&self) -> Result<Adresse, ConfigError> {
        self.from.parse().map_err(|invalid| ConfigError::Rule(format!("mail.from {invalid}")))
    }

    /// `None` when those who run the gateway are not to be warned.
    pub(super) fn operations(&self) -> Result<Option<Adresse>, ConfigError> {
        if self.operations.is_empty() {
            return Ok(None);
        }
        let address = self.operations.parse();
        address.map(Some).map_err(|invalid| ConfigError::Rule(format!("mail.operations {invalid}")))
    }

    /// # Errors
    /// When the password cannot be read.
    pub(super) fn settings(&self) -> Result<Settings, ConfigError> {
        let transport = match self.transport {
            MailTransport::Folder => Transport::Mappe(self.folder.clone()),
            MailTransport::Smtp => Transport::Smtp(self.smtp.settings()?),
        };
        Ok(Settings { fra: self.from()?, transport })
    }
}

impl MailServer {
    fn settings(&self) -> Result<SmtpSettings, ConfigError> {
        let innlogging = if self.username.is_empty() {
            None
        } else {
            let path = &self.password_file;
            let password = fs::read_to_string(path).map(Zeroizing::new);
            let password = password.map_err(|error| ConfigError::Rule(format!("{}: {error}", path.display())))?;
            Some((self.username.clone(), Secret::new(password.trim_end_matches(['\r', '\n']).to_owned())))
        };
        Ok(SmtpSettings {
            vert: self.host.clone(),
            port: (self.port != 0).then_some(self.port),
            kryptering: match self.encryption {
                MailEncryption::Starttls => Kryptering::Starttls,
                MailEncryption::Tls => Kryptering::Tls,
                MailEncryption::None => Kryptering::Ingen,
            },
            innlogging,
            tidsfrist: Duration::from_secs(self.timeout_seconds),
        })
    }
}

//! The section `[sms]`.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

use super::{ConfigError, token};
use crate::{
    epost::is_this_machine,
    sms::{HttpSettings, Settings},
};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sms {
    pub transport: SmsTransport,
    pub folder: PathBuf,
    pub http: SmsGateway,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsTransport {
    Folder,
    Http,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsGateway {
    pub url: String,
    pub token_file: PathBuf,
    pub sender: String,
    pub timeout_seconds: u64,
}

impl Sms {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let rule = |text: &str| Err(ConfigError::Rule(text.to_owned()));
        if self.transport == SmsTransport::Folder {
            return if self.folder.as_os_str().is_empty() { rule("sms.folder must be set") } else { Ok(()) };
        }
        let SmsGateway { url, sender, timeout_seconds, .. } = &self.http;
        let Ok(url) = url.parse::<reqwest::Url>() else {
            return rule("sms.http.url must be an address when sms.transport is \"http\"");
        };
        if url.scheme() != "https" && !url.host_str().is_some_and(is_this_machine) {
            return rule("sms.http.url must be https, except to this machine");
        }
        let number = sender.strip_prefix('+').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let name = (1..=11).contains(&sender.len()) && sender.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !number && !name {
            return rule("sms.http.sender must be at most eleven letters and digits, or a number with + in front");
        }
        if !(1..=60).contains(timeout_seconds) {
            return rule("sms.http.timeout_seconds must be from 1 to 60");
        }
        Ok(())
    }

    /// # Errors
    /// When the token cannot be read.
    pub(super) fn settings(&self) -> Result<Settings, ConfigError> {
        if self.transport == SmsTransport::Folder {
            return Ok(Settings::Mappe(self.folder.clone()));
        }
        Ok(Settings::Http(HttpSettings {
            url: self.http.url.clone(),
            token: token(&self.http.token_file)?,
            avsender: self.http.sender.clone(),
            tidsfrist: Duration::from_secs(self.http.timeout_seconds),
        }))
    }
}

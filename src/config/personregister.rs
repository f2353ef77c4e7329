//! The section `[personregister]`.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

use super::{ConfigError, token};
use crate::{epost::is_this_machine, personregister::HttpSettings};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Personregister {
    pub url: String,
    pub token_file: PathBuf,
    pub timeout_seconds: u64,
}

impl Personregister {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let rule = |text: &str| Err(ConfigError::Rule(text.to_owned()));
        if self.url.is_empty() {
            return Ok(());
        }
        let Ok(url) = self.url.parse::<reqwest::Url>() else { return rule("personregister.url must be an address") };
        if url.scheme() != "https" && !url.host_str().is_some_and(is_this_machine) {
            return rule("personregister.url must be https, except to this machine");
        }
        if !(1..=20).contains(&self.timeout_seconds) {
            return rule(
                "personregister.timeout_seconds must be from 1 to 20: a case worker waits, and it is tried twice",
            );
        }
        Ok(())
    }

    /// `None` where case workers write it themselves.
    ///
    /// # Errors
    /// When the token cannot be read.
    pub(super) fn settings(&self) -> Result<Option<HttpSettings>, ConfigError> {
        if self.url.is_empty() {
            return Ok(None);
        }
        let tidsfrist = Duration::from_secs(self.timeout_seconds);
        Ok(Some(HttpSettings { url: self.url.clone(), token: token(&self.token_file)?, tidsfrist }))
    }
}

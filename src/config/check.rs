//! What must go together in an operator's settings.

use super::{Config, ConfigError};
use crate::epost::is_this_machine;

impl Config {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
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
        if self.server.bodies_mb < 24 {
            return rule("server.bodies_mb must be at least 24, or the largest body never has room");
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
        if !(0.0..=1.0).contains(&self.traces.ratio) {
            return rule("traces.ratio must be from 0 to 1");
        }
        if !self.traces.url.is_empty() {
            let Some(url) = self.traces.url.parse::<reqwest::Url>().ok().filter(|url| url.has_host()) else {
                return rule("traces.url must be an address, such as http://127.0.0.1:4318/v1/traces");
            };
            let hidden = url.scheme() == "https" || url.host_str().is_some_and(is_this_machine);
            if !hidden && !self.traces.token_file.as_os_str().is_empty() {
                return rule("traces.url must be https where there is a traces.token_file, except to this machine");
            }
        }
        self.ledsagerbevis.check(&self.server.public_url)?;
        self.sms.check()?;
        self.personregister.check()?;
        self.mail.check()?;
        self.database().backend().map_err(|error| ConfigError::Rule(error.to_string()))?;
        Ok(())
    }
}

//! Cards on phones, in the section `[ledsagerbevis]`.

use jiff::SignedDuration;

use super::{Config, ConfigError, Ledsagerbevis, read_secret, rooms::days};
use crate::{crypto::es256::SigningKey, domain::ledsagerbevis::Kortoppsett, epost::is_this_machine};

impl Ledsagerbevis {
    pub(super) fn check(&self, public_url: &str) -> Result<(), ConfigError> {
        let rule = |text: &str| Err(ConfigError::Rule(text.to_owned()));
        let ttl = self.status_ttl_seconds;
        if !(1..=365).contains(&self.card_days) {
            return rule("ledsagerbevis.card_days must be 1 to 365");
        }
        if ttl == 0 || u64::from(self.status_hours) * 3600 <= u64::from(ttl) {
            return rule(
                "ledsagerbevis.status_hours must be longer than ledsagerbevis.status_ttl_seconds, which is at least 1",
            );
        }
        if self.status_hours > 30 * 24 {
            return rule("ledsagerbevis.status_hours must be at most 720");
        }
        if self.issuer_key_files.is_empty() {
            return Ok(());
        }
        if self.data_key_files.is_empty() {
            return rule(
                "ledsagerbevis.issuer_key_files needs ledsagerbevis.data_key_files: without them there are no cards",
            );
        }
        let Ok(url) = public_url.parse::<reqwest::Url>() else {
            return rule("ledsagerbevis.issuer_key_files needs server.public_url: cards name it as their issuer");
        };
        if url.query().is_some() || url.fragment().is_some() {
            return rule("server.public_url must have neither ? nor #: cards name it as their issuer");
        }
        if url.scheme() != "https" && !url.host_str().is_some_and(is_this_machine) {
            return rule("server.public_url must be https where cards are issued to phones, except on this machine");
        }
        Ok(())
    }
}

impl Config {
    /// Who issues cards to phones; `None` where nobody does.
    ///
    /// # Errors
    /// When a file cannot be read, or holds no key for ES256.
    pub fn kort(&self) -> Result<Option<Kortoppsett>, ConfigError> {
        let read = |path: &std::path::PathBuf| {
            let key = SigningKey::from_pem(read_secret(path)?.expose());
            key.map_err(|_| {
                let name = path.display();
                ConfigError::Rule(format!(
                    "ledsagerbevis.issuer_key_files: {name} er ikke en privat P-256-nøkkel i PEM uten passord"
                ))
            })
        };
        let mut keys = self.ledsagerbevis.issuer_key_files.iter().map(read).collect::<Result<Vec<_>, _>>()?.into_iter();
        let Some(newest) = keys.next() else { return Ok(None) };
        let mut oppsett = Kortoppsett::new(self.server.public_url.trim_end_matches('/'), newest);
        oppsett.tidligere = keys.collect();
        oppsett.levetid = days(self.ledsagerbevis.card_days).unwrap_or(oppsett.levetid);
        oppsett.liste_ttl = SignedDuration::from_secs(self.ledsagerbevis.status_ttl_seconds.into());
        oppsett.liste_levetid = SignedDuration::from_hours(self.ledsagerbevis.status_hours.into());
        Ok(Some(oppsett))
    }
}

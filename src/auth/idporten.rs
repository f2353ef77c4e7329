//! Access tokens from ID-porten: a person who has logged in. Source: Digdir, «Access token fra ID-porten».

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value};

use super::{TokenFault, claims, keys::IssuerKeys};
use crate::system::{Clock, Secret, SecretString, http::Fetch};

/// Levels of assurance that are good enough to send a report: substantial and high, in the words of before and after
/// 2023.
const LEVELS: [&str; 4] = ["idporten-loa-substantial", "idporten-loa-high", "Level3", "Level4"];

/// What a token must be to be let in.
#[derive(Debug, Clone)]
pub struct PersonSettings {
    /// `iss`, compared character by character.
    pub issuer: String,
    /// Where the issuer publishes its keys.
    pub jwks_url: String,
    /// How far the issuer's clock may be from ours.
    pub skew: Duration,
    /// Keys older than this are fetched again in good time.
    pub jwks_max_age: Duration,
}

impl PersonSettings {
    pub fn new(issuer: impl Into<String>, jwks_url: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            jwks_url: jwks_url.into(),
            skew: Duration::from_secs(10),
            jwks_max_age: Duration::from_secs(24 * 3600),
        }
    }
}

/// A person who has logged in. Lives in memory only.
#[derive(Debug)]
pub struct Person {
    /// Fødselsnummer or D-number.
    pub pid: SecretString,
    /// The name, when the token has one.
    pub navn: Option<SecretString>,
}

/// Checks a person's access tokens.
#[derive(Debug)]
pub struct PersonVerifier {
    settings: PersonSettings,
    keys: IssuerKeys,
    clock: Arc<dyn Clock>,
}

impl PersonVerifier {
    pub fn new(settings: PersonSettings, fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        let keys = IssuerKeys::new(settings.jwks_url.clone(), settings.jwks_max_age, fetch, clock.clone());
        Self { settings, keys, clock }
    }

    /// Checks the signature and then every claim.
    pub async fn verify(&self, token: &str) -> Result<Person, TokenFault> {
        self.check(&self.keys.verified(token).await?)
    }

    fn check(&self, claims: &Map<String, Value>) -> Result<Person, TokenFault> {
        claims::check(claims, &self.settings.issuer, None, self.settings.skew, self.clock.now())?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        if !text("acr").is_some_and(|acr| LEVELS.contains(&acr)) {
            return Err(TokenFault::Level);
        }
        let pid = text("pid").filter(|pid| pid.len() == 11 && pid.bytes().all(|b| b.is_ascii_digit()));
        Ok(Person {
            pid: Secret::new(pid.ok_or(TokenFault::Person)?.to_owned()),
            navn: text("name").map(|navn| Secret::new(navn.to_owned())),
        })
    }
}

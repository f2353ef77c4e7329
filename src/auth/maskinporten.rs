//! Access tokens from Maskinporten: JWTs (RFC 7519) signed with RSA, whose keys are published as a JWK set (RFC 7517).
//!
//! Sources: Digdir, «Access token fra Maskinporten»; KS, «Autentisering med Maskinporten».

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value};

use super::{TokenFault, claims, keys::IssuerKeys};
use crate::{
    model::{Organisasjonsnummer, ids::InvalidId},
    system::{Clock, http::Fetch},
};

/// What a token must be to be let in.
#[derive(Debug, Clone)]
pub struct VerifierSettings {
    /// `iss`, compared character by character, final slash and all.
    pub issuer: String,
    /// Where the issuer publishes its keys.
    pub jwks_url: String,
    /// A scope that the token must have.
    pub scope: String,
    /// `aud` that the token must have; not asked for when `None` (Maskinporten sets it only on request).
    pub audience: Option<String>,
    /// How far the issuer's clock may be from ours.
    pub skew: Duration,
    /// Keys older than this are fetched again in good time; they stay in use when that fails.
    pub jwks_max_age: Duration,
}

impl VerifierSettings {
    pub fn new(issuer: impl Into<String>, jwks_url: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            jwks_url: jwks_url.into(),
            scope: "ks:fiks".to_owned(),
            audience: None,
            skew: Duration::from_secs(10),
            jwks_max_age: Duration::from_secs(24 * 3600),
        }
    }
}

/// What a valid token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Whose right it is.
    pub consumer: Organisasjonsnummer,
    /// Who calls on the consumer's behalf, when the right is delegated.
    pub supplier: Option<Organisasjonsnummer>,
}

/// Checks access tokens from Maskinporten.
#[derive(Debug)]
pub struct TokenVerifier {
    settings: VerifierSettings,
    keys: IssuerKeys,
    clock: Arc<dyn Clock>,
}

impl TokenVerifier {
    pub fn new(settings: VerifierSettings, fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        let keys = IssuerKeys::new(settings.jwks_url.clone(), settings.jwks_max_age, fetch, clock.clone());
        Self { settings, keys, clock }
    }

    /// Checks the signature and then every claim.
    pub async fn verify(&self, token: &str) -> Result<Token, TokenFault> {
        self.check(&self.keys.verified(token).await?)
    }

    fn check(&self, claims: &Map<String, Value>) -> Result<Token, TokenFault> {
        let settings = &self.settings;
        claims::check(claims, &settings.issuer, settings.audience.as_deref(), settings.skew, self.clock.now())?;
        let consumer = claims.get("consumer").and_then(|party| organisation(party).ok()).ok_or(TokenFault::Consumer)?;
        let supplier = claims.get("supplier").map(organisation).transpose().map_err(|_| TokenFault::Consumer)?;
        let scope = claims.get("scope").and_then(Value::as_str).unwrap_or_default();
        if !scope.split(' ').any(|word| word == settings.scope) {
            return Err(TokenFault::Scope);
        }
        Ok(Token { consumer, supplier })
    }
}

/// `{"authority":"iso6523-actorid-upis","ID":"0192:123456789"}`; 0192 is the register of Norwegian organisations.
fn organisation(party: &Value) -> Result<Organisasjonsnummer, InvalidId> {
    let id = party.get("ID").and_then(Value::as_str).unwrap_or_default();
    let authority = party.get("authority").and_then(Value::as_str);
    let number = id.strip_prefix("0192:").filter(|_| authority == Some("iso6523-actorid-upis"));
    number.unwrap_or_default().parse()
}

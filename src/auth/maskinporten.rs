//! Access tokens from Maskinporten: JWTs (RFC 7519) signed with RSA, whose keys are published as a JWK set (RFC 7517).
//!
//! Sources: Digdir, «Access token fra Maskinporten»; KS, «Autentisering med Maskinporten».

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use josekit::{
    jwk::{Jwk, JwkSet},
    jws::{JwsVerifier, RS256, RS384, RS512, alg::rsassa::RsassaJwsAlgorithm},
    jwt,
};
use serde_json::Value;
use tokio::sync::{Mutex, RwLock};

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

/// Why a token was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    #[error("not a signed JWT with an RS algorithm and a kid")]
    Form,
    #[error("signed with a key that the issuer does not publish")]
    UnknownKey,
    #[error("wrong signature")]
    Signature,
    #[error("wrong issuer")]
    Issuer,
    #[error("wrong audience")]
    Audience,
    #[error("expired")]
    Expired,
    #[error("issued in the future or without a time")]
    IssuedAt,
    #[error("no consumer organisation")]
    Consumer,
    #[error("scope missing")]
    Scope,
    #[error("the issuer's keys cannot be had")]
    KeysUnavailable,
}

/// How long an unknown `kid` waits for the next look at the issuer: invented ones must not become a stream of requests.
const REFETCH_PAUSE: SignedDuration = SignedDuration::from_secs(30);

type Verifier = Arc<dyn JwsVerifier + Send + Sync>;

#[derive(Default)]
struct Keys {
    /// By `kid` and algorithm; parsed once.
    verifiers: HashMap<(String, &'static str), Verifier>,
    fetched: Option<Timestamp>,
}

/// Checks access tokens. Keys are kept; a source that does not answer locks nobody out whose key is known.
pub struct TokenVerifier {
    settings: VerifierSettings,
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    keys: RwLock<Keys>,
    /// Held while fetching: callers with the same unknown key wait for one answer. Holds the last attempt's time.
    attempt: Mutex<Option<Timestamp>>,
}

impl fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenVerifier").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl TokenVerifier {
    pub fn new(settings: VerifierSettings, fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        Self { settings, fetch, clock, keys: RwLock::default(), attempt: Mutex::default() }
    }

    /// Checks the signature and then every claim.
    pub async fn verify(&self, token: &str) -> Result<Token, TokenFault> {
        let header = jwt::decode_header(token).map_err(|_| TokenFault::Form)?;
        let text = |name| header.claim(name).and_then(Value::as_str);
        let algorithm = match text("alg") {
            Some("RS256") => RS256,
            Some("RS384") => RS384,
            Some("RS512") => RS512,
            _ => return Err(TokenFault::Form),
        };
        let kid = text("kid").ok_or(TokenFault::Form)?;
        let verifier = self.verifier(kid, algorithm).await?;
        let (payload, _) = jwt::decode_with_verifier(token, &*verifier).map_err(|_| TokenFault::Signature)?;
        self.check(payload.claims_set())
    }

    fn check(&self, claims: &serde_json::Map<String, Value>) -> Result<Token, TokenFault> {
        let settings = &self.settings;
        let text = |name| claims.get(name).and_then(Value::as_str);
        let seconds = |name| claims.get(name).and_then(Value::as_i64);
        if text("iss") != Some(settings.issuer.as_str()) {
            return Err(TokenFault::Issuer);
        }
        if let Some(audience) = &settings.audience {
            let given = match claims.get("aud") {
                Some(Value::String(one)) => one == audience,
                Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(audience)),
                _ => false,
            };
            if !given {
                return Err(TokenFault::Audience);
            }
        }
        let now = self.clock.now().as_second();
        let skew = i64::try_from(settings.skew.as_secs()).unwrap_or(0);
        if seconds("exp").is_none_or(|exp| exp.saturating_add(skew) <= now) {
            return Err(TokenFault::Expired);
        }
        let after = |name| seconds(name).map(|at| at.saturating_sub(skew) > now);
        if after("iat").unwrap_or(true) || (claims.contains_key("nbf") && after("nbf").unwrap_or(true)) {
            return Err(TokenFault::IssuedAt);
        }
        let consumer = claims.get("consumer").and_then(|party| organisation(party).ok()).ok_or(TokenFault::Consumer)?;
        let supplier = claims.get("supplier").map(organisation).transpose().map_err(|_| TokenFault::Consumer)?;
        let scope = text("scope").unwrap_or_default();
        if !scope.split(' ').any(|word| word == settings.scope) {
            return Err(TokenFault::Scope);
        }
        Ok(Token { consumer, supplier })
    }

    async fn verifier(&self, kid: &str, algorithm: RsassaJwsAlgorithm) -> Result<Verifier, TokenFault> {
        let key = (kid.to_owned(), name(algorithm));
        let now = self.clock.now();
        {
            let keys = self.keys.read().await;
            let known = keys.verifiers.get(&key).cloned();
            if let Some(known) = known.filter(|_| self.fresh(&keys, now)) {
                return Ok(known);
            }
        }
        let fetched = self.refetch(now).await;
        match self.keys.read().await.verifiers.get(&key) {
            Some(known) => Ok(known.clone()),
            None if fetched => Err(TokenFault::UnknownKey),
            None => Err(TokenFault::KeysUnavailable),
        }
    }

    fn fresh(&self, keys: &Keys, now: Timestamp) -> bool {
        keys.fetched.is_some_and(|at| now.duration_since(at).unsigned_abs() < self.settings.jwks_max_age)
    }

    /// Looks at the issuer's keys again, unless that was done a moment ago. True when the keys that we have now came
    /// from an answer of the issuer.
    async fn refetch(&self, now: Timestamp) -> bool {
        let mut attempt = self.attempt.lock().await;
        if attempt.is_some_and(|last| now.duration_since(last).abs() < REFETCH_PAUSE) {
            let keys = self.keys.read().await;
            return self.fresh(&keys, now);
        }
        *attempt = Some(now);
        let url = &self.settings.jwks_url;
        let answer = self.fetch.get(url).await.map_err(|error| error.to_string());
        match answer.and_then(|body| read_keys(&body)) {
            Ok(verifiers) => {
                *self.keys.write().await = Keys { verifiers, fetched: Some(now) };
                true
            }
            Err(reason) => {
                tracing::warn!(url, reason, "could not fetch the token issuer's keys; the known ones stay in use");
                false
            }
        }
    }
}

fn name(algorithm: RsassaJwsAlgorithm) -> &'static str {
    match algorithm {
        RsassaJwsAlgorithm::Rs256 => "RS256",
        RsassaJwsAlgorithm::Rs384 => "RS384",
        RsassaJwsAlgorithm::Rs512 => "RS512",
    }
}

/// Every RSA signature key of the set, for each algorithm that it may be used with. Other keys are passed over: a set
/// may hold kinds that we have no use for.
fn read_keys(body: &[u8]) -> Result<HashMap<(String, &'static str), Verifier>, String> {
    let set = JwkSet::from_bytes(body).map_err(|_| "not a JWK set".to_owned())?;
    let mut verifiers = HashMap::new();
    for jwk in set.keys() {
        let Some(kid) = jwk.key_id().filter(|_| usable(jwk)) else { continue };
        for algorithm in [RS256, RS384, RS512] {
            if let Ok(verifier) = algorithm.verifier_from_jwk(jwk) {
                verifiers.insert((kid.to_owned(), name(algorithm)), Arc::new(verifier) as Verifier);
            }
        }
    }
    if verifiers.is_empty() { Err("no RSA signature key with a kid".to_owned()) } else { Ok(verifiers) }
}

fn usable(jwk: &Jwk) -> bool {
    jwk.key_type() == "RSA" && jwk.key_use().is_none_or(|purpose| purpose == "sig")
}

/// `{"authority":"iso6523-actorid-upis","ID":"0192:123456789"}`; 0192 is the register of Norwegian organisations.
fn organisation(party: &Value) -> Result<Organisasjonsnummer, InvalidId> {
    let id = party.get("ID").and_then(Value::as_str).unwrap_or_default();
    let authority = party.get("authority").and_then(Value::as_str);
    let number = id.strip_prefix("0192:").filter(|_| authority == Some("iso6523-actorid-upis"));
    number.unwrap_or_default().parse()
}

//! The published keys of a token issuer (RFC 7517), fetched when needed and kept, and signatures checked with them.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use josekit::{
    jwk::{Jwk, JwkSet},
    jws::{self, JwsVerifier, RS256, RS384, RS512, alg::rsassa::RsassaJwsAlgorithm},
    jwt,
};
use serde_json::{Map, Value};
use tokio::sync::{Mutex, RwLock};

use super::TokenFault;
use crate::system::{Clock, http::Fetch};

/// How long an unknown `kid` waits for the next look at the issuer: invented ones must not become a stream of requests.
const REFETCH_PAUSE: SignedDuration = SignedDuration::from_secs(30);

type Verifier = Arc<dyn JwsVerifier + Send + Sync>;

#[derive(Default)]
struct Keys {
    /// By `kid` and algorithm; parsed once.
    verifiers: HashMap<(String, &'static str), Verifier>,
    fetched: Option<Timestamp>,
}

/// The keys of one issuer. Kept; a source that does not answer locks nobody out whose key is known.
pub struct IssuerKeys {
    url: String,
    /// Keys older than this are fetched again in good time; they stay in use when that fails.
    max_age: Duration,
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    keys: RwLock<Keys>,
    /// Held while fetching: callers with the same unknown key wait for one answer. Holds the last attempt's time.
    attempt: Mutex<Option<Timestamp>>,
}

impl fmt::Debug for IssuerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerKeys").field("url", &self.url).finish_non_exhaustive()
    }
}

impl IssuerKeys {
    pub fn new(url: String, max_age: Duration, fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        Self { url, max_age, fetch, clock, keys: RwLock::default(), attempt: Mutex::default() }
    }

    /// Checks the signature of a JWT and returns what it claims. Only RS256, RS384 and RS512 with a published key.
    pub async fn verified(&self, token: &str) -> Result<Map<String, Value>, TokenFault> {
        serde_json::from_slice(&self.signed(token).await?).map_err(|_| TokenFault::Form)
    }

    /// What was signed with a key of the issuer's, whatever it says.
    pub(super) async fn signed(&self, token: &str) -> Result<Vec<u8>, TokenFault> {
        let header = jwt::decode_header(token).map_err(|_| TokenFault::Form)?;
        let text = |name| header.claim(name).and_then(Value::as_str);
        let algorithm = match text("alg") {
            Some("RS256") => RS256,
            Some("RS384") => RS384,
            Some("RS512") => RS512,
            _ => return Err(TokenFault::Form),
        };
        // Extensions that must be understood (RFC 7515 §4.1.11), in whatever form: we understand none.
        if header.claim("crit").is_some() || header.claim("b64").is_some() {
            return Err(TokenFault::Form);
        }
        let kid = text("kid").ok_or(TokenFault::Form)?;
        let verifier = self.verifier(kid, algorithm).await?;
        let (payload, _) = jws::deserialize_compact(token, &*verifier).map_err(|_| TokenFault::Signature)?;
        Ok(payload)
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
        keys.fetched.is_some_and(|at| now.duration_since(at).unsigned_abs() < self.max_age)
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
        let url = &self.url;
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
    jwk.key_type() == "RSA" && jwk.key_use().is_none_or(|purpose| purpose == "sig") && has_good_exponent(jwk)
}

/// An odd exponent of more than 16 bits (FIPS 186-5, appendix A.1.1). With the exponent 1 anybody can sign, and OpenSSL takes it.
fn has_good_exponent(jwk: &Jwk) -> bool {
    let exponent = jwk.parameter("e").and_then(Value::as_str).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    exponent.is_some_and(|bytes| {
        let digits = bytes.iter().skip_while(|byte| **byte == 0).count();
        digits > 2 && bytes.last().is_some_and(|last| last % 2 == 1)
    })
}

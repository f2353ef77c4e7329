//! The issuers that a verifier trusts, with the keys that they sign with: a file that is fetched while there is a
//! network, and asked when there is none.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{
    es256::{PublicKey, SigningKey},
    fault::faults,
};

faults! {
    /// Why a file of trusted issuers cannot be used.
    pub enum IssuersFault {
        /// Not `{"<iss>": {"keys": […]}}`.
        Form = "UTSTEDERE.FORM", "Filen med utstedere kan ikke leses. Den må være JSON med ett nøkkelsett (JWKS) for hver utsteder.";
        /// An issuer without a single key for ES256.
        NoKey = "UTSTEDERE.INGEN_NOKKEL", "En utsteder i filen har ingen nøkkel for ES256. Hent utstederens nøkkelsett på nytt.";
    }
}

/// Why no key was found for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoKey {
    Issuer,
    Key,
}

#[derive(Debug, Clone)]
struct Named {
    kid: Option<String>,
    key: PublicKey,
}

/// Keys by issuer (`iss`, character by character) and `kid`.
#[derive(Debug, Clone, Default)]
pub struct TrustedIssuers(HashMap<String, Vec<Named>>);

impl TrustedIssuers {
    /// Reads `{"<iss>": {"keys": [JWK, …]}, …}`: a JWK set (RFC 7517 §5) for each issuer. Keys of other kinds are passed
    /// over: a set may hold some that we have no use for.
    pub fn from_json(bytes: &[u8]) -> Result<Self, IssuersFault> {
        let file: HashMap<String, Value> = serde_json::from_slice(bytes).map_err(|_| IssuersFault::Form)?;
        let mut issuers = Self::default();
        for (issuer, set) in file {
            issuers.trust(issuer, &set)?;
        }
        Ok(issuers)
    }

    /// Trusts the keys of one more issuer, or one more set of keys of a known one.
    pub fn trust(&mut self, issuer: impl Into<String>, jwks: &Value) -> Result<(), IssuersFault> {
        let set = jwks.get("keys").and_then(Value::as_array).ok_or(IssuersFault::Form)?;
        let named = |jwk: &Value| {
            let kid = jwk.get("kid").and_then(Value::as_str).map(str::to_owned);
            PublicKey::from_jwk(jwk).ok().map(|key| Named { kid, key })
        };
        let keys: Vec<Named> = set.iter().filter_map(named).collect();
        if keys.is_empty() {
            return Err(IssuersFault::NoKey);
        }
        self.0.entry(issuer.into()).or_default().extend(keys);
        Ok(())
    }

    /// The key of that name. A token without a `kid` is checked with the issuer's only key, if it has just one.
    pub(super) fn key(&self, issuer: &str, kid: Option<&str>) -> Result<&PublicKey, NoKey> {
        let keys = self.0.get(issuer).ok_or(NoKey::Issuer)?;
        let found = match (kid, keys.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(kid), keys) => keys.iter().find(|named| named.kid.as_deref() == Some(kid)),
        };
        found.map(|named| &named.key).ok_or(NoKey::Key)
    }
}

/// A JWK set with the public halves of an issuer's keys, as it is published.
pub fn jwks(keys: &[&SigningKey]) -> Value {
    json!({ "keys": keys.iter().map(|key| key.to_published_jwk()).collect::<Vec<_>>() })
}

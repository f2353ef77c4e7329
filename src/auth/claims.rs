//! The claims that every token has: who issued it, for whom, and when it is valid (RFC 7519 §4.1).

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::TokenFault;

/// Checks `iss` character by character, `aud` when one is asked for, and `exp`, `iat` and `nbf` with a small `skew`.
pub fn check(
    claims: &Map<String, Value>,
    issuer: &str,
    audience: Option<&str>,
    skew: Duration,
    now: Timestamp,
) -> Result<(), TokenFault> {
    if claims.get("iss").and_then(Value::as_str) != Some(issuer) {
        return Err(TokenFault::Issuer);
    }
    if let Some(audience) = audience {
        let given = match claims.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(audience)),
            _ => false,
        };
        if !given {
            return Err(TokenFault::Audience);
        }
    }
    let seconds = |name| claims.get(name).and_then(Value::as_i64);
    let now = now.as_second();
    let skew = i64::try_from(skew.as_secs()).unwrap_or(0);
    if seconds("exp").is_none_or(|exp| exp.saturating_add(skew) <= now) {
        return Err(TokenFault::Expired);
    }
    let after = |name| seconds(name).map(|at| at.saturating_sub(skew) > now);
    if after("iat").unwrap_or(true) || (claims.contains_key("nbf") && after("nbf").unwrap_or(true)) {
        return Err(TokenFault::IssuedAt);
    }
    Ok(())
}

//! A list that is signed (§5.1), and what a verifier makes of one that it has kept (§8.3).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{StatusFault, StatusList, TOKEN_MAX, TYP, VALID};
use crate::crypto::{
    es256::{Jws, SigningKey, numeric_date},
    issuers::TrustedIssuers,
};

/// A list without `ttl` and without `exp` is stale after this long.
const TTL_UNSAID: SignedDuration = SignedDuration::from_hours(12);

/// When and under which name a list is published.
#[derive(Debug, Clone, Copy)]
pub struct Publication<'a> {
    /// `sub`: the list's address, as the cards name it.
    pub uri: &'a str,
    /// `iss`: the cards' issuer.
    pub issuer: &'a str,
    pub issued_at: Timestamp,
    /// After this, the list vouches for nothing.
    pub expires_at: Timestamp,
    /// After this long, a verifier should look for a newer one.
    pub ttl: SignedDuration,
}

/// Signs a list.
pub fn sign(list: &StatusList, publication: &Publication<'_>, key: &SigningKey) -> Result<String, StatusFault> {
    let payload = json!({
        "sub": publication.uri,
        "iss": publication.issuer,
        "iat": publication.issued_at.as_second(),
        "exp": publication.expires_at.as_second(),
        "ttl": publication.ttl.as_secs(),
        "status_list": list.to_json()?,
    });
    Ok(key.sign(TYP, Some(key.kid()), &payload)?)
}

/// A list whose signature was checked.
#[derive(Debug, Clone)]
pub struct StatusToken {
    pub issuer: String,
    pub uri: String,
    pub issued_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    ttl: Option<SignedDuration>,
    list: StatusList,
}

/// How old a kept list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// As new as its issuer asks for.
    Fresh,
    /// A newer one should be fetched; this one still holds.
    Stale,
    /// It vouches for nothing any more.
    Expired,
}

/// Verifies a list of a card's issuer. The list need not say who issued it: it must be signed with that issuer's key.
/// Its age is not judged here; see [`StatusToken::freshness`].
pub fn verify(token: &str, issuers: &TrustedIssuers, issuer: &str) -> Result<StatusToken, StatusFault> {
    if token.len() > TOKEN_MAX {
        return Err(StatusFault::TooBig);
    }
    let jwt = Jws::parse(token.trim_ascii())?;
    if jwt.typ() != Some(TYP) {
        return Err(StatusFault::Form);
    }
    if jwt.payload.get("iss").is_some_and(|said| said.as_str() != Some(issuer)) {
        return Err(StatusFault::WrongIssuer);
    }
    if !issuers.key(issuer, jwt.kid())?.verifies(&jwt) {
        return Err(StatusFault::Signature);
    }
    let claim = |name: &str| jwt.payload.get(name);
    let time =
        |value| numeric_date(value).and_then(|second| Timestamp::from_second(second).ok()).ok_or(StatusFault::Form);
    let uri = claim("sub").and_then(Value::as_str).ok_or(StatusFault::Form)?.to_owned();
    let issued_at = claim("iat").ok_or(StatusFault::Form).and_then(time)?;
    let expires_at = claim("exp").map(time).transpose()?;
    let seconds = |value| numeric_date(value).filter(|seconds| *seconds > 0).ok_or(StatusFault::Form);
    let ttl = claim("ttl").map(seconds).transpose()?.map(SignedDuration::from_secs);
    let list = StatusList::from_json(claim("status_list").ok_or(StatusFault::Form)?)?;
    Ok(StatusToken { issuer: issuer.to_owned(), uri, issued_at, expires_at, ttl, list })
}

/// The name (`sub`) of a list, before anything in it is to be believed: to find the right one among several.
pub fn named(token: &str) -> Option<String> {
    let jwt = Jws::parse(token.trim_ascii()).ok()?;
    jwt.payload.get("sub").and_then(Value::as_str).map(str::to_owned)
}

impl StatusToken {
    /// How old the list is. A clock that is a little behind the issuer's is borne with.
    pub fn freshness(&self, now: Timestamp, skew: SignedDuration) -> Result<Freshness, StatusFault> {
        let age = now.duration_since(self.issued_at);
        if age < -skew {
            return Err(StatusFault::NotYetValid);
        }
        if self.expires_at.is_some_and(|at| at.duration_since(now) <= -skew) {
            return Ok(Freshness::Expired);
        }
        let fresh = match (self.ttl, self.expires_at) {
            (Some(ttl), _) => age < ttl,
            (None, Some(_)) => true,
            (None, None) => age < TTL_UNSAID,
        };
        Ok(if fresh { Freshness::Fresh } else { Freshness::Stale })
    }

    /// Whether the list vouches for the card at a place, whatever the list's age.
    pub fn check(&self, index: u64) -> Result<(), StatusFault> {
        match self.list.get(index) {
            Some(VALID) => Ok(()),
            Some(1) => Err(StatusFault::Revoked),
            Some(2) => Err(StatusFault::Suspended),
            Some(_) => Err(StatusFault::Other),
            None => Err(StatusFault::OutOfRange),
        }
    }
}

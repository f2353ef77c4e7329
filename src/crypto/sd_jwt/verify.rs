//! The verifier's part (RFC 9901 §7.1 and §7.3, SD-JWT VC §2.4): needs the issuer's key and the time, and no network.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::{
    BYTES_MAX, Claims, DISCLOSURES_MAX, SdJwtFault, StatusReference, TYP, TYP_BEFORE, TYP_BINDING, disclosure::digest,
    resolve::resolve,
};
use crate::crypto::{
    es256::{Jws, PublicKey, numeric_date},
    issuers::TrustedIssuers,
};

/// What a verifier asks for.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    pub now: Timestamp,
    /// How far other clocks may be from ours.
    pub skew: SignedDuration,
    /// `vct` that the card must have; any when `None`.
    pub vct: Option<&'a str>,
    pub binding: Binding<'a>,
}

/// Whether the one who shows the card must be its holder.
#[derive(Debug, Clone, Copy)]
pub enum Binding<'a> {
    /// A key-binding JWT must be there and fit.
    Required {
        /// `aud` that it must have; any when `None`.
        audience: Option<&'a str>,
        /// `nonce` that it must have; any when `None`. Without a challenge, only its age tells a replay.
        nonce: Option<&'a str>,
        /// How old it may be.
        max_age: SignedDuration,
    },
    /// Only the card is looked at, as by a holder that has just been given it.
    Ignored,
}

/// A card that was verified, and what was shown of it.
#[derive(Debug)]
pub struct Verified {
    pub issuer: String,
    pub vct: String,
    pub issued_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    /// Where to look whether it has been revoked since.
    pub status: Option<StatusReference>,
    /// Whose key must sign when the card is shown.
    pub holder: Option<PublicKey>,
    /// When the holder signed for what is shown.
    pub shown_at: Option<Timestamp>,
    pub claims: Claims,
}

/// Verifies a presentation: everything but whether the card has been revoked.
pub fn verify(presentation: &str, issuers: &TrustedIssuers, policy: &Policy<'_>) -> Result<Verified, SdJwtFault> {
    if presentation.len() > BYTES_MAX {
        return Err(SdJwtFault::TooBig);
    }
    let (card, binding) = presentation.rsplit_once('~').ok_or(SdJwtFault::Form)?;
    let mut parts = card.split('~');
    let jwt = Jws::parse(parts.next().unwrap_or_default())?;
    if parts.clone().count() > DISCLOSURES_MAX {
        return Err(SdJwtFault::TooBig);
    }
    if !jwt.typ().is_some_and(|typ| typ == TYP || typ == TYP_BEFORE) {
        return Err(SdJwtFault::Typ);
    }
    let issuer = text(&jwt.payload, "iss").ok_or(SdJwtFault::Form)?.to_owned();
    if !issuers.key(&issuer, jwt.kid())?.verifies(&jwt) {
        return Err(SdJwtFault::Signature);
    }
    let claims = resolve(jwt.payload, parts)?;
    let verified = judge(issuer, claims.into(), policy)?;
    match policy.binding {
        Binding::Ignored => Ok(verified),
        Binding::Required { .. } if binding.is_empty() => Err(SdJwtFault::NoBinding),
        Binding::Required { audience, nonce, max_age } => {
            let holder = verified.holder.as_ref().ok_or(SdJwtFault::NoHolder)?;
            // Up to and including the last tilde: what the holder signed for (RFC 9901 §4.3.1).
            let shown = presentation.strip_suffix(binding).unwrap_or_default();
            let signed = bound(binding, holder, shown, audience, nonce)?;
            let age = policy.now.duration_since(signed);
            if age > max_age {
                Err(SdJwtFault::BindingTooOld)
            } else if age < -policy.skew {
                Err(SdJwtFault::BindingAhead)
            } else {
                Ok(Verified { shown_at: Some(signed), ..verified })
            }
        }
    }
}

/// The claims that every card has.
fn judge(issuer: String, claims: Claims, policy: &Policy<'_>) -> Result<Verified, SdJwtFault> {
    let date = |name| claims.get(name).map(|value| timestamp(value).ok_or(SdJwtFault::Form)).transpose();
    let (issued_at, starts_at, expires_at) = (date("iat")?, date("nbf")?, date("exp")?);
    let vct = claims.text("vct").ok_or(SdJwtFault::Form)?.to_owned();
    let until = |at: Timestamp| at.duration_since(policy.now);
    if [issued_at, starts_at].into_iter().flatten().any(|at| until(at) > policy.skew) {
        return Err(SdJwtFault::NotYetValid);
    }
    if expires_at.is_some_and(|at| until(at) <= -policy.skew) {
        return Err(SdJwtFault::Expired);
    }
    if policy.vct.is_some_and(|expected| expected != vct) {
        return Err(SdJwtFault::WrongType);
    }
    let status = claims.get("status").map(|status| reference(status).ok_or(SdJwtFault::Status)).transpose()?;
    let holder = claims.get("cnf").map(|cnf| cnf.get("jwk").ok_or(SdJwtFault::NoHolder)).transpose()?;
    let holder = holder.map(|jwk| PublicKey::from_jwk(jwk).map_err(|_| SdJwtFault::NoHolder)).transpose()?;
    Ok(Verified { issuer, vct, issued_at, expires_at, status, holder, shown_at: None, claims })
}

/// Checks a key-binding JWT and returns when it was signed.
fn bound(
    binding: &str,
    holder: &PublicKey,
    shown: &str,
    audience: Option<&str>,
    nonce: Option<&str>,
) -> Result<Timestamp, SdJwtFault> {
    let jwt = Jws::parse(binding).map_err(|_| SdJwtFault::BindingForm)?;
    if jwt.typ() != Some(TYP_BINDING) {
        return Err(SdJwtFault::BindingForm);
    }
    if !holder.verifies(&jwt) {
        return Err(SdJwtFault::BindingSignature);
    }
    let claim = |name| text(&jwt.payload, name).ok_or(SdJwtFault::BindingForm);
    if claim("sd_hash")? != digest(shown) {
        return Err(SdJwtFault::BindingDigest);
    }
    let (given_audience, given_nonce) = (claim("aud")?, claim("nonce")?);
    if audience.is_some_and(|expected| expected != given_audience) {
        return Err(SdJwtFault::Audience);
    }
    if nonce.is_some_and(|expected| expected != given_nonce) {
        return Err(SdJwtFault::Nonce);
    }
    jwt.payload.get("iat").and_then(timestamp).ok_or(SdJwtFault::BindingForm)
}

fn text<'m>(map: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    map.get(name).and_then(Value::as_str)
}

fn timestamp(value: &Value) -> Option<Timestamp> {
    Timestamp::from_second(numeric_date(value)?).ok()
}

fn reference(status: &Value) -> Option<StatusReference> {
    let list = status.get("status_list")?;
    let index = list.get("idx").and_then(Value::as_u64)?;
    let uri = list.get("uri").and_then(Value::as_str)?.to_owned();
    Some(StatusReference { uri, index })
}

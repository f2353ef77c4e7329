//! The issuer's part (RFC 9901 §4, SD-JWT VC §2.2).

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::{
    ALWAYS_VISIBLE, DISCLOSURES_MAX, SdJwtFault, StatusReference, TYP,
    disclosure::{decoy, digest, joined, property, reserved},
};
use crate::{
    crypto::es256::{PublicKey, SigningKey},
    system::{Rng, SecretString},
};

/// What is issued.
#[derive(Debug)]
pub struct Credential<'a> {
    /// `iss`: the name that verifiers know the issuer by, an `https` address.
    pub issuer: &'a str,
    /// `vct`: what kind of card it is.
    pub vct: &'a str,
    pub issued_at: Timestamp,
    /// `None`: only by revocation.
    pub expires_at: Option<Timestamp>,
    /// Whose card it is: the key that must sign when the card is shown. `None` for what has no key, as paper.
    pub holder: Option<&'a PublicKey>,
    pub status: Option<StatusReference>,
    /// What everyone sees who is shown the card.
    pub visible: super::Claims,
    /// What the holder may keep back, claim by claim.
    pub hidden: super::Claims,
    /// Digests that stand for nothing, so that their number does not tell how much there is to hide.
    pub decoys: usize,
}

/// Issues a card with all its disclosures, for the holder alone: `<JWT>~<disclosure>~…~`.
pub fn issue(card: &Credential<'_>, key: &SigningKey, rng: &dyn Rng) -> Result<SecretString, SdJwtFault> {
    let names = || card.visible.names().chain(card.hidden.names());
    if names().any(|name| reserved(name) || name == "iat" || ALWAYS_VISIBLE.contains(&name)) {
        return Err(SdJwtFault::Reserved);
    }
    if card.hidden.names().any(|name| card.visible.get(name).is_some()) {
        return Err(SdJwtFault::Overwritten);
    }
    let hidden = &card.hidden.0;
    if hidden.len() > DISCLOSURES_MAX || card.decoys > DISCLOSURES_MAX {
        return Err(SdJwtFault::TooBig);
    }
    let disclosures: Vec<Zeroizing<String>> = hidden.iter().map(|(name, value)| property(name, value, rng)).collect();
    let mut digests: Vec<String> = disclosures.iter().map(|disclosure| digest(disclosure)).collect();
    digests.extend((0..card.decoys).map(|_| decoy(rng)));
    // In order of their bytes, which says nothing of the order of the claims (RFC 9901 §4.2.4.1).
    digests.sort_unstable();

    let mut payload = Map::new();
    let mut claim = |name: &str, value: Value| payload.insert(name.to_owned(), value);
    claim("iss", card.issuer.into());
    claim("vct", card.vct.into());
    claim("iat", card.issued_at.as_second().into());
    if let Some(at) = card.expires_at {
        claim("exp", at.as_second().into());
    }
    if let Some(holder) = card.holder {
        claim("cnf", json!({ "jwk": holder.to_jwk() }));
    }
    if let Some(status) = &card.status {
        claim("status", status.to_json());
    }
    for (name, value) in &card.visible.0 {
        claim(name, value.clone());
    }
    if !digests.is_empty() {
        claim("_sd", digests.into());
        claim("_sd_alg", "sha-256".into());
    }
    let jwt = key.sign(TYP, Some(key.kid()), &Value::Object(payload))?;
    Ok(joined(&jwt, disclosures.iter().map(|disclosure| disclosure.as_str()), ""))
}

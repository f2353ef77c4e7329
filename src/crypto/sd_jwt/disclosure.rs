//! One disclosure (RFC 9901 §4.2): a salted claim, and the digest that stands for it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{SdJwtFault, overwrite};
use crate::{
    crypto::sha256,
    system::{Rng, SecretString, rng::random},
};

/// Bytes of a salt: the 128 bits that RFC 9901 §9.3 asks for.
const SALT: usize = 16;

/// What a disclosure discloses.
pub(super) enum Content {
    Property { name: String, value: Value },
    Element(Value),
}

/// A claim that is not placed after all must not linger.
impl Drop for Content {
    fn drop(&mut self) {
        let (Self::Property { value, .. } | Self::Element(value)) = self;
        overwrite(value);
    }
}

impl Content {
    pub fn parse(encoded: &str) -> Result<Self, SdJwtFault> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).map_err(|_| SdJwtFault::Disclosure)?);
        let parts: Vec<Value> = serde_json::from_slice(&bytes).map_err(|_| SdJwtFault::Disclosure)?;
        let content = match <[Value; 3]>::try_from(parts) {
            Ok([Value::String(_), Value::String(name), value]) => Some(Self::Property { name, value }),
            Ok(_) => None,
            Err(parts) => match <[Value; 2]>::try_from(parts) {
                Ok([Value::String(_), value]) => Some(Self::Element(value)),
                _ => None,
            },
        };
        match content.ok_or(SdJwtFault::Disclosure)? {
            Self::Property { ref name, .. } if reserved(name) => Err(SdJwtFault::Reserved),
            content => Ok(content),
        }
    }
}

/// Names that belong to the format (RFC 9901 §4.1).
pub(super) fn reserved(name: &str) -> bool {
    name == "_sd" || name == "..."
}

/// The digest of a disclosure as it was encoded.
pub(super) fn digest(encoded: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(encoded.as_bytes()))
}

/// A property with a fresh salt, encoded.
pub(super) fn property(name: &str, value: &Value, rng: &dyn Rng) -> Zeroizing<String> {
    let text = Zeroizing::new(json!([URL_SAFE_NO_PAD.encode(random::<SALT>(rng)), name, value]).to_string());
    Zeroizing::new(URL_SAFE_NO_PAD.encode(text.as_bytes()))
}

/// A digest that stands for nothing (RFC 9901 §4.2.5).
pub(super) fn decoy(rng: &dyn Rng) -> String {
    URL_SAFE_NO_PAD.encode(sha256(&random::<32>(rng)))
}

/// `<JWT>~<disclosure>~…~<binding>`, in one piece: a text that grows leaves copies of itself behind.
pub(super) fn joined<'d>(
    jwt: &'d str,
    disclosures: impl Iterator<Item = &'d str> + Clone,
    binding: &str,
) -> SecretString {
    let length = disclosures.clone().map(|disclosure| disclosure.len() + 1).sum::<usize>();
    let mut text = String::with_capacity(jwt.len() + 1 + length + binding.len());
    for part in std::iter::once(jwt).chain(disclosures) {
        text.push_str(part);
        text.push('~');
    }
    text.push_str(binding);
    SecretString::new(text)
}

//! SD-JWT (RFC 9901) as verifiable credentials (SD-JWT VC, draft-ietf-oauth-sd-jwt-vc), in the compact form:
//!
//! ```text
//! <issuer-signed JWT>~<disclosure>~…~<disclosure>~<key-binding JWT>
//! ```
//!
//! The issuer signs digests; the holder hands over the salted claims behind those that it wants to show, and signs what it
//! hands over with its own key, for one verifier at one time. [`issue`](issue()) is the issuer's part, [`Card`] the
//! holder's, [`verify`](verify()) the verifier's. Digests are SHA-256, signatures ES256; nothing in a token chooses others.
//!
//! What a presentation holds is a person's: it is never part of an error or of `Debug`, and is overwritten when dropped.

mod disclosure;
mod fault;
mod issue;
mod present;
#[cfg(test)]
mod proptests;
mod resolve;
#[cfg(test)]
mod tests;
mod verify;

use std::fmt;

use serde_json::{Map, Value, json};
use zeroize::Zeroize;

pub use fault::SdJwtFault;
pub use issue::{Credential, issue};
pub use present::{Card, Recipient};
pub use verify::{Binding, Policy, Verified, verify};

/// `typ` of the issuer-signed JWT (SD-JWT VC §2.2.1).
pub const TYP: &str = "dc+sd-jwt";
/// What `typ` was before November 2024; read, never written.
const TYP_BEFORE: &str = "vc+sd-jwt";
/// `typ` of the key-binding JWT (RFC 9901 §4.3).
const TYP_BINDING: &str = "kb+jwt";

/// Most bytes of a presentation. A card has some fifteen hundred.
pub const BYTES_MAX: usize = 64 * 1024;
/// Most disclosures in a presentation.
pub const DISCLOSURES_MAX: usize = 128;
/// How deep claims may lie in each other.
pub const DEPTH_MAX: usize = 16;

/// Claims that say who vouches for what, for how long, and to whom: always to be seen (SD-JWT VC §2.2.2.2). `_sd_alg` is
/// the issuer's, too.
const ALWAYS_VISIBLE: [&str; 8] = ["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status", "_sd_alg"];

/// Where a card stands in a status list (`status.status_list`; Token Status List §6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReference {
    /// The list's address and name.
    pub uri: String,
    /// The place in it.
    pub index: u64,
}

impl StatusReference {
    fn to_json(&self) -> Value {
        json!({ "status_list": { "idx": self.index, "uri": self.uri } })
    }
}

/// What a card says of a person: overwritten when dropped, and not in `Debug`.
#[derive(Clone, Default, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// The names of the claims that are shown; the registered ones are among them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl From<Map<String, Value>> for Claims {
    fn from(claims: Map<String, Value>) -> Self {
        Self(claims)
    }
}

impl Drop for Claims {
    fn drop(&mut self) {
        self.0.values_mut().for_each(overwrite);
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claims({})", self.0.len())
    }
}

fn overwrite(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(list) => list.iter_mut().for_each(overwrite),
        Value::Object(map) => map.values_mut().for_each(overwrite),
        number => *number = Value::Null,
    }
}

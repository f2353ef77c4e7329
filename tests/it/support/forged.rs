//! Tokens that nobody who has the issuer's key has signed.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    jwk::KeyPair as _,
    jws::{HS256, JwsSigner as _},
};
use serde_json::{Value, json};

use super::issuer_key;

/// A token's header and claims, with another algorithm in the header.
fn with_algorithm(token: &str, algorithm: &str) -> String {
    let mut parts = token.split('.');
    let header = URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap();
    let mut header: Value = serde_json::from_slice(&header).unwrap();
    header["alg"] = json!(algorithm);
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), parts.next().unwrap())
}

/// The same claims, signed by nobody.
pub fn alg_none(token: &str) -> String {
    format!("{}.", with_algorithm(token, "none"))
}

/// The same claims, with the public key that everybody knows as if it were a secret that two share.
pub fn hs256(token: &str) -> String {
    let signed = with_algorithm(token, "HS256");
    let signature = HS256.signer_from_bytes(issuer_key().to_pem_public_key()).unwrap().sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

//! The test vectors in `tests/fixtures`, for the tests of this room.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Deserialize;

use super::certificate::{Certificate, PrivateKey, Signer};

/// One file in `MANIFEST.json`; only what the tests use.
#[derive(Debug, Deserialize)]
pub(super) struct Vector {
    pub file: String,
    pub key: Option<String>,
    pub server_verdict: Option<String>,
    pub client_verdict: Option<String>,
    pub plaintext: Option<String>,
    pub plaintext_sha256: Option<String>,
    pub registered_certificate: Option<String>,
}

pub(super) fn manifest() -> Vec<Vector> {
    serde_json::from_slice(&read("MANIFEST.json")).unwrap()
}

/// The vectors that a server judges, with its verdict.
pub(super) fn server_vectors() -> impl Iterator<Item = (Vector, String)> {
    manifest().into_iter().filter_map(|vector| vector.server_verdict.clone().map(|verdict| (vector, verdict)))
}

/// The certificate that the receiver has registered when the vector is judged.
pub(super) fn registered(vector: &Vector) -> Certificate {
    Certificate::from_pem(&read(vector.registered_certificate.as_deref().unwrap())).unwrap()
}

/// The private key that opens the vector.
pub(super) fn key_of(vector: &Vector) -> PrivateKey {
    key(vector.key.as_deref().unwrap().strip_prefix("TEST-ONLY-").unwrap())
}

pub(super) fn read(file: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(super) fn certificate(name: &str) -> Certificate {
    Certificate::from_pem(&read(&format!("keys/TEST-ONLY-{name}.cert.pem"))).unwrap()
}

pub(super) fn key(name: &str) -> PrivateKey {
    PrivateKey::from_pem(&read(&format!("keys/TEST-ONLY-{name}.key.pem"))).unwrap()
}

/// The enterprise certificate that signs, with the authority above it.
pub(super) fn signer() -> Signer {
    let leaf = read("keys/TEST-ONLY-virksomhet-sign-rsa2048.cert.pem");
    let chain = [leaf, read("keys/TEST-ONLY-ca.cert.pem")].concat();
    Signer::from_pem(&read("keys/TEST-ONLY-virksomhet-sign-rsa2048.key.pem"), &chain).unwrap()
}

/// A moment when every certificate of the vectors that is not meant to be expired is in date.
pub(super) fn now() -> Timestamp {
    "2027-01-01T12:00:00Z".parse().unwrap()
}

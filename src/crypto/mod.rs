//! Envelopes, containers, certificates and keys. No I/O, no clock, no database: bytes in, a verdict or bytes out.
//!
//! - [`certificate`]: certificates and private keys, parsed once.
//! - [`cms`]: the encrypted envelope; judged without a key, made, opened.
//! - [`asice`]: the signed container inside an envelope.
//! - [`jose`]: JWE for receivers that prefer it, and public keys as JWK.
//! - [`at_rest`]: personal data sealed where it stands, and keyed digests that rows are found by.
//! - [`policy`]: the few numbers that the others hold themselves to.

pub mod asice;
pub mod at_rest;
pub mod certificate;
pub mod cms;
mod der;
mod fault;
pub mod jose;
pub mod policy;
#[cfg(test)]
mod testdata;

/// SHA-256 (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    openssl::sha::sha256(bytes)
}

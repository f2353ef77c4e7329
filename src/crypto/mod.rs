//! Envelopes, containers, certificates and keys. No I/O, no clock, no database: bytes in, a verdict or bytes out.
//!
//! - [`certificate`]: certificates and private keys, parsed once.
//! - [`cms`]: the encrypted envelope; judged without a key, made, opened.
//! - [`asice`]: the signed container inside an envelope.
//! - [`jose`]: JWE for receivers that prefer it, and public keys as JWK.
//! - [`sd_jwt`], [`status_list`]: cards that are checked without a network, and which of them are revoked.
//! - [`es256`], [`issuers`]: the keys that those are signed with, and whom a verifier trusts.
//! - [`possession`]: that somebody has the key that a card is to be bound to.
//! - [`at_rest`]: personal data sealed where it stands, and keyed digests that rows are found by.
//! - [`policy`]: the few numbers that the others hold themselves to.

pub mod asice;
pub mod at_rest;
pub mod certificate;
pub mod cms;
mod der;
pub mod es256;
mod fault;
pub mod issuers;
pub mod jose;
pub mod policy;
pub mod possession;
pub mod sd_jwt;
pub mod status_list;
#[cfg(test)]
mod testdata;
#[cfg(test)]
mod vectors;

#[cfg(test)]
pub(crate) use fault::assert_table;

/// SHA-256 (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    openssl::sha::sha256(bytes)
}

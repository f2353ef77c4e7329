//! Who calls: tokens from Maskinporten and ID-porten, and the passwords of integrations. What a caller may do is decided
//! in the domain, where the integration's privileges are read.

mod claims;
pub mod idporten;
mod keys;
pub mod maskinporten;
pub mod passord;
#[cfg(test)]
mod vectors;

pub use idporten::{Person, PersonSettings, PersonVerifier};
pub use maskinporten::{Token, TokenVerifier, VerifierSettings};

/// Why a token was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    #[error("not a signed JWT with an RS algorithm and a kid")]
    Form,
    #[error("signed with a key that the issuer does not publish")]
    UnknownKey,
    #[error("wrong signature")]
    Signature,
    #[error("wrong issuer")]
    Issuer,
    #[error("wrong audience")]
    Audience,
    #[error("expired")]
    Expired,
    #[error("issued in the future or without a time")]
    IssuedAt,
    #[error("no consumer organisation")]
    Consumer,
    #[error("scope missing")]
    Scope,
    #[error("no person")]
    Person,
    #[error("level of assurance too low")]
    Level,
    #[error("the issuer's keys cannot be had")]
    KeysUnavailable,
}

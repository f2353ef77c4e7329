//! Who calls: tokens from Maskinporten and the passwords of integrations. What a caller may do is decided in the
//! domain, where the integration's privileges are read.

pub mod maskinporten;
pub mod passord;

pub use maskinporten::{Token, TokenFault, TokenVerifier, VerifierSettings};

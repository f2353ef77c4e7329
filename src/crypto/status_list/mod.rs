//! Token Status List (draft-ietf-oauth-status-list), JWT form: one bit for each card, compressed and signed, so that a
//! verifier that has fetched it once can tell revoked cards until it runs out, and does not tell anyone which card it
//! looks at.

mod fault;
mod list;
#[cfg(test)]
mod tests;
mod token;

pub use fault::StatusFault;
pub use list::{StatusList, VALID};
pub use token::{Freshness, Publication, StatusToken, named, sign, verify};

/// `typ` of a status list (§5.1).
pub const TYP: &str = "statuslist+jwt";

/// Most bytes that a list may inflate to: with one bit for each card, 33 million cards.
pub const LIST_MAX: usize = 4 * 1024 * 1024;

/// Most bytes of a signed list.
pub const TOKEN_MAX: usize = 8 * 1024 * 1024;

//! The encrypted envelope: CMS `EnvelopedData` (RFC 5652) as KS's clients for Java and .NET make it.
//!
//! - [`inspect()`]: what a server can say without the key, in a few microseconds.
//! - [`seal()`]: makes one.
//! - [`open()`]: opens one, for the receiver's side.
//!
//! The profile: one recipient by issuer and serial number (or key identifier), RSAES-OAEP with SHA-256 and MGF1-SHA-256
//! (and, from .NET, PKCS#1 v1.5 for the same certificate beside it), AES-256-CBC. BER with indefinite lengths and DER.

mod envelope;
mod fault;
mod inspect;
mod open;
pub(super) mod recipient;
pub(super) mod scan;
mod seal;

pub use fault::{EnvelopeFault, OpenFault, SealFault};
pub use inspect::{Inspection, Profile, inspect, profile, recipient_serial};
pub use open::open;
pub use seal::seal;

#[cfg(test)]
mod proptests;
#[cfg(test)]
mod tests;

//! What the outside world gives every other room as an argument: time, randomness, identifiers, a way to fetch a
//! document, and a wrapper for what must never be printed.

pub mod clock;
pub mod http;
pub mod ids;
pub mod rng;
pub mod secret;

pub use clock::{Clock, FrozenClock, SystemClock};
pub use ids::Ids;
pub use rng::{OsRng, Rng, SeededRng};
pub use secret::{Secret, SecretBytes, SecretString};

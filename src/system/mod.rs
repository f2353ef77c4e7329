//! What the outside world gives every other room as an argument: time, randomness, identifiers, a way to fetch a
//! document, a wrapper for what must never be printed, room in memory, and what is told of itself to whoever watches the process or
//! follows a call through it.

pub mod clock;
pub mod http;
pub mod ids;
pub mod machine;
pub mod metrics;
pub mod rng;
pub mod room;
pub mod secret;
pub mod spor;

pub use clock::{Clock, FrozenClock, SystemClock};
pub use ids::Ids;
pub use metrics::Metrics;
pub use rng::{OsRng, Rng, SeededRng};
pub use room::{Room, RoomSettings};
pub use secret::{Secret, SecretBytes, SecretString};

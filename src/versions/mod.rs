//! Which services are published, in which major versions, and what may change in one.

mod api;
pub mod endring;
pub mod utgivelse;

pub use api::{Manifest, Status, Versjonert};

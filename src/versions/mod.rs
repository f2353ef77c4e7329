//! Which services are published, in which major versions, what stage of its life each is in, and what may change in one.

mod api;
pub mod endring;
mod lifecycle;
pub mod utgivelse;

pub use api::{Manifest, Status, Versjonert};
pub use lifecycle::Livslop;

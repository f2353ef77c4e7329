//! Which services are published, in which major versions, and what stage of its life each is in.

mod api;
mod lifecycle;

pub use api::{Manifest, Status, Versjonert};
pub use lifecycle::Livslop;

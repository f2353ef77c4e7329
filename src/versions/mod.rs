//! Which services are published, in which major versions.

mod api;

pub use api::{Manifest, Status, Versjonert};

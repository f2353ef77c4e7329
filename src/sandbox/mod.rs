//! What `meldeport demo` and the tests need in place of the world outside. Nothing here is for production.

pub mod demo;
pub mod idporten;
pub mod keys;
pub mod maskinporten;
pub mod personregister;
mod prov;
pub mod town;

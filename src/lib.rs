//! Meldeport: a gateway that takes concern reports (*bekymringsmeldinger*) from case systems, keeps only
//! ciphertext, and hands each one to the right child-protection office exactly once.
//!
//! The crate is layered; a lower layer never imports a higher one, and `tests/it/architecture.rs` holds it to that:
//!
//! | layer | rooms |
//! |---|---|
//! | L5 | [`app`], [`cli`], [`config`], [`client`], [`sandbox`] |
//! | L4 | [`http`], [`delivery`] |
//! | L3 | [`domain`] |
//! | L2 | [`store`] |
//! | L1 | [`crypto`], [`skjema`], [`pdf`], [`auth`], [`versions`], [`epost`], [`spool`], [`kort`], [`bilde`], [`sms`], [`personregister`] |
//! | L0 | [`model`], [`system`] |

pub mod app;
pub mod auth;
pub mod bilde;
pub mod cli;
pub mod client;
pub mod config;
pub mod crypto;
pub mod delivery;
pub mod domain;
pub mod epost;
pub mod http;
pub mod kort;
pub mod model;
pub mod pdf;
pub mod personregister;
pub mod sandbox;
pub mod skjema;
pub mod sms;
pub mod spool;
pub mod store;
pub mod system;
pub mod versions;

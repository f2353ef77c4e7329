//! What is kept so that a dump, a backup or a log alone reveals nobody.
//!
//! - [`BlindIndex`]: keyed digests that rows are found by.
//! - [`Hvelv`]: values that are sealed in the place where they stand, and opened there only.

mod hvelv;
mod indeks;

pub use hvelv::{Hvelv, HvelvFault, Plass};
pub use indeks::{BlindIndex, KeyTooShort, MIN_KEY};

//! Forms: what a payload must look like in each published version, and how one version becomes another.
//!
//! The way of a payload is [`parse`] (bytes to JSON, with limits), [`Publisert::validate`] (every fault at once) and
//! [`convert`] (to the version that the receiver supports). Everything here is pure; nothing holds, prints or returns
//! the text of a report except the payload itself.
//!
//! To add a version of a form: `schemas/<form>/<variant>/vN.schema.json` with `vN/valid/` and `vN/invalid/` beside it,
//! its line in [`registry`], `meldeport forms lock`, and a step in [`convert`] when older payloads convert.

mod advarsel;
pub mod convert;
pub mod feil;
mod felt;
mod innhold;
pub mod lock;
pub mod parse;
pub mod registry;
mod setning;
mod validate;

pub use advarsel::{Advarsel, Advarselkode};
pub use feil::Skjemafeil;
pub use innhold::Innhold;
pub use registry::{Publisert, Register, Status, register};
pub use validate::{Avvik, Vurdering};

#[cfg(test)]
mod tests;

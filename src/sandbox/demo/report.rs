//! The report that the demo sends. Everybody in it is fictitious.

/// A public report in the form's version 2.
pub const JSON: &[u8] = include_bytes!("../sample/bekymringsmelding.json");
/// The same for people to read.
pub const PDF: &[u8] = include_bytes!("../sample/bekymringsmelding.pdf");

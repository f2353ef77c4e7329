//! Version 1, as KS has it.

mod organisasjon;

pub use organisasjon::Organisasjoner;

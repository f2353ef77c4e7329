//! The municipality's own administration of its offices, as version 2 has it.

mod bydeler;
mod foresporsel;
mod kontor;
mod svar;

pub use bydeler::Bydeler;
pub use kontor::Kontor;

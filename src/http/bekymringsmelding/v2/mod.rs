//! Version 2: offices say which form version they take, and the municipality's side is added. The rest is version 1's.

mod admin;
mod avhenting;
mod bruk;
mod csv;
mod endringer;
mod forklaring;
mod kommune;
mod konfigurasjon;
mod roller;
mod skjema;

pub use admin::Administrasjon;
pub use avhenting::Avhenting;
pub use bruk::Bruk;
pub use endringer::Endringslogg;
pub use forklaring::Forklaringer;
pub use kommune::Kommuner;
pub use konfigurasjon::{Bydeler, Kontor};
pub use roller::Roller;
pub use skjema::MottakSkjema;

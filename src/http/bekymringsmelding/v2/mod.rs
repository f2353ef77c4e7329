//! Version 2: offices say which form version they take, and the municipality's side is added. The rest is version 1's.

mod avhenting;
mod kommune;
mod skjema;

pub use avhenting::Avhenting;
pub use kommune::Kommuner;
pub use skjema::MottakSkjema;

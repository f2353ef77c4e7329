//! Version 1: the wire of KS Fiks' version 1.

mod fagsystem;
mod kommune;
mod nokler;
pub mod skjema;
mod valider;

pub use fagsystem::MottakFagsystem;
pub use kommune::{KommuneEnkel, Kommuner};
pub use nokler::Nokler;
pub use skjema::MottakSkjema;
pub use valider::Validering;

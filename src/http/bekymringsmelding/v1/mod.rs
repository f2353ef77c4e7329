//! Version 1: the wire of KS Fiks' version 1.

mod fagsystem;
mod kommune;

pub use fagsystem::MottakFagsystem;
pub use kommune::{KommuneEnkel, Kommuner};

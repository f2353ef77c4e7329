//! Version 1, as KS has it. Its operations for case workers lie below `/api/v1`, those for citizens below `/innbygger/api/v1`.

mod innbygger;
mod kort;
mod papir;
mod personer;
mod saksbehandling;
mod tilganger;

pub use innbygger::Innbyggere;
pub use kort::Lommebok;
pub use papir::Papir;
pub use personer::Personer;
pub use saksbehandling::Saksbehandling;
pub use tilganger::Tilganger;

/// Every resource of the version.
pub fn api() -> (Tilganger, Saksbehandling, Personer, Papir, Innbyggere, Lommebok) {
    (Tilganger, Saksbehandling, Personer, Papir, Innbyggere, Lommebok)
}

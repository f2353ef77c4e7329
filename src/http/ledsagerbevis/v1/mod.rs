//! Version 1, as KS has it. Its operations for case workers lie below `/api/v1`, those for citizens below `/innbygger/api/v1`.

mod innbygger;
mod personer;
mod saksbehandling;
mod sok;
mod tilganger;

pub use innbygger::Innbyggere;
pub use personer::Personer;
pub use saksbehandling::Saksbehandling;
pub use sok::Sok;
pub use tilganger::Tilganger;

/// Every resource of the version.
pub fn api() -> (Tilganger, Saksbehandling, Sok, Personer, Innbyggere) {
    (Tilganger, Saksbehandling, Sok, Personer, Innbyggere)
}

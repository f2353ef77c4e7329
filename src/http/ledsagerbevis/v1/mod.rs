//! Version 1, as KS has it. Its operations for case workers lie below `/api/v1`, those for citizens below `/innbygger/api/v1`.

mod delinger;
mod hendelser;
mod innbygger;
mod kort;
mod opplysninger;
mod papir;
mod personer;
mod saksbehandling;
mod sok;
mod tilganger;
mod utloper;

pub use delinger::Delinger;
pub use hendelser::Hendelser;
pub use innbygger::Innbyggere;
pub use kort::Lommebok;
pub use opplysninger::Opplysninger;
pub use papir::Papir;
pub use personer::Personer;
pub use saksbehandling::Saksbehandling;
pub use sok::Sok;
pub use tilganger::Tilganger;
pub use utloper::Utloper;

/// Every resource of the version.
pub fn api()
-> (Tilganger, Saksbehandling, Sok, Utloper, Opplysninger, Hendelser, Papir, Personer, Innbyggere, Delinger, Lommebok) {
    (Tilganger, Saksbehandling, Sok, Utloper, Opplysninger, Hendelser, Papir, Personer, Innbyggere, Delinger, Lommebok)
}

//! Version 1, as KS has it.

use poem_openapi::{ApiResponse, OpenApi};

mod grupper;
mod medlemmer;
mod organisasjon;
mod tekst;
mod wire;

/// That it was done, and nothing more.
#[derive(Debug, ApiResponse)]
enum Utfort {
    /// Det er gjort.
    #[oai(status = 200)]
    Utfort,
}

pub fn api() -> impl OpenApi {
    (organisasjon::Organisasjoner, grupper::Grupper, medlemmer::Medlemmer)
}

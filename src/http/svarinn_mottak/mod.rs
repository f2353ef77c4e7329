//! The SvarInn look-alike over HTTP.

use poem_openapi::{OpenApi, Tags};

mod v1;

/// Who an operation is for.
#[derive(Debug, Tags)]
pub enum Mottakersystem {
    /// For fagsystemer som bare snakker SvarInn.
    Svarinn,
}

pub const DESCRIPTION: &str = "Hent og kvitter bekymringsmeldinger med et system som er laget for SvarInn.\n\n\
    **Hvem:** bydelens SvarInn-konto, med HTTP Basic: integrasjonens id som brukernavn, og et av kontoens passord. En \
    konto ser bare sin egen bydels meldinger, og bare dem som er overlevert i kanalen SVARINN.";

pub fn v1_api() -> impl OpenApi {
    v1::SvarinnMottak
}

//! Companion cards over HTTP: for case workers, and for those who carry one.

use poem_openapi::Tags;

mod bildekropp;
mod kropp;
pub mod v1;
mod wire;

pub const DESCRIPTION: &str = "Utsted, se, endre og tilbakekall ledsagerbevis. Saksbehandlere kaller med et token fra \
    ID-porten, og organisasjonens fagsystem med et token fra Maskinporten og hodene IntegrasjonId og IntegrasjonPassord. \
    Innbyggere logger inn med en engangskode på SMS. \
    Feil svares alltid i samme form, med en fast `errorCode`.";

/// Who an operation is for.
#[derive(Debug, Tags)]
pub enum Malgruppe {
    /// For saksbehandlere og fagsystemer som arbeider med organisasjonens ledsagerbevis.
    Saksbehandling,
    /// For den som har et ledsagerbevis eller er forvalter for et, og for appen som viser det.
    Innbygger,
}

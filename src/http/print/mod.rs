//! Letters over HTTP, for whoever prints and posts them.

use poem_openapi::Tags;

pub mod v1;

pub const DESCRIPTION: &str = "Skriv ut og postlegg bekymringsmeldinger og ledsagerbevis som skal ut som brev. For leverandøren som \
    skriver ut for hele plattformen. Alle kall skal ha et token fra Maskinporten og hodene IntegrasjonId og \
    IntegrasjonPassord. Feil svares alltid i samme form, med en fast `errorCode`.";

/// Who an operation is for.
#[derive(Debug, Tags)]
pub enum Malgruppe {
    /// For leverandøren som skriver ut og postlegger brev.
    Utskrift,
}

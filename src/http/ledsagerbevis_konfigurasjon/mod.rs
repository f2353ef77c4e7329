//! Setting an organisation up for companion cards, over HTTP.

use poem_openapi::Tags;

pub mod v1;

pub const DESCRIPTION: &str = "Sett opp en organisasjon for ledsagerbevis: kontaktopplysninger, grupper, og hvem som er med \
    i dem. Administratorer kaller med et token fra ID-porten, og organisasjonens eget system med et token fra Maskinporten \
    og hodene IntegrasjonId og IntegrasjonPassord. Feil svares alltid i samme form, med en fast `errorCode`.";

/// What an operation is about.
#[derive(Debug, Tags)]
pub enum Emne {
    /// Organisasjonens oppsett og kontaktopplysninger.
    Organisasjon,
    /// Gruppene av dem som arbeider med ledsagerbevis, og hvem som er med i dem.
    Grupper,
}

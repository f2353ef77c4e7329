//! The web form's way in, version 2: texts that must not be empty, and the reporter's other views.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{Object, OpenApi};

use super::super::v1::skjema::{
    AdresseApiModel, ForesattApiModel, Meldt, OffentligBarnApiModelV1, OffentligMelderApiModel, PrivatBarnApiModel,
    send,
};
use crate::{
    domain::Services,
    http::{
        bekymringsmelding::Malgruppe, credentials::LegitimertForPerson, problem::ApiError, skjema_body::SkjemaBody,
    },
    model::melding::{Skjematype, Versjon},
};

/// Selve meldingen.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct MeldingApiModel {
    /// Hva melderen er bekymret for.
    #[oai(validator(min_length = 1))]
    melding: String,
    /// Hva som har vært gjort før.
    #[oai(validator(min_length = 1))]
    historie: String,
    /// Hva andre mener om saken.
    andre_synspunkter: Option<String>,
}

/// En offentlig bekymringsmelding fra skjemaet.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct OffentligBekymringsmeldingApiModel {
    /// Kommunen meldingen er til, fire sifre.
    #[oai(validator(pattern = r"^\d{4}$"))]
    kommunenummer: String,
    /// Kommunens navn.
    #[oai(validator(min_length = 1))]
    kommunenavn: String,
    /// Bydelen meldingen er til, to sifre.
    #[oai(validator(pattern = r"^\d{2}$"))]
    bydelsnummer: String,
    /// Bydelens navn.
    #[oai(validator(min_length = 1))]
    bydelsnavn: String,
    /// Den som melder. Navnet kommer fra innloggingen.
    melder: OffentligMelderApiModel,
    /// Barna meldingen gjelder, minst ett.
    #[oai(validator(min_items = 1))]
    barn: Vec<OffentligBarnApiModelV1>,
    /// Barnets foresatte, én eller to.
    #[oai(validator(min_items = 1, max_items = 2))]
    foresatte: Vec<ForesattApiModel>,
    /// Selve meldingen.
    melding: MeldingApiModel,
    /// Om noen trenger tolk, og i så fall hvilket språk.
    behov_for_tolk: Option<String>,
    /// Andre som hjelper familien.
    andre_hjelpeinstanser: Option<String>,
}

/// Privatpersonen som melder.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct PrivatMelderApiModel {
    /// Melderens fødselsnummer eller D-nummer. Skal være det samme som i innloggingen når det er med.
    fnr: Option<String>,
    /// Telefonnummer, eller tom tekst.
    #[oai(validator(pattern = "^[+]?[0-9]+([- ][0-9]+)*$|^$"))]
    telefonnummer: Option<String>,
    /// Melderens adresse.
    adresse: Option<AdresseApiModel>,
}

/// En privat bekymringsmelding fra skjemaet.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct PrivatBekymringsmeldingApiModel {
    /// Kommunen meldingen er til, fire sifre.
    #[oai(validator(pattern = r"^\d{4}$"))]
    kommunenummer: String,
    /// Kommunens navn.
    #[oai(validator(min_length = 1))]
    kommunenavn: String,
    /// Bydelen meldingen er til, to sifre.
    #[oai(validator(pattern = r"^\d{2}$"))]
    bydelsnummer: String,
    /// Bydelens navn.
    #[oai(validator(min_length = 1))]
    bydelsnavn: String,
    /// Den som melder. Navnet kommer fra innloggingen.
    melder: PrivatMelderApiModel,
    /// Barna meldingen gjelder, minst ett.
    #[oai(validator(min_items = 1))]
    barn: Vec<PrivatBarnApiModel>,
    /// Selve meldingen.
    #[oai(validator(min_length = 1))]
    melding: String,
}

/// Takes what a person has written in the form's version 2.
#[derive(Debug)]
pub struct MottakSkjema;

#[OpenApi(tag = "Malgruppe::Skjema")]
impl MottakSkjema {
    /// Send en offentlig bekymringsmelding fra skjemaet
    ///
    /// Kalles av en portal på vegne av den som er logget inn. Meldingen kontrolleres, gjøres om til JSON og PDF,
    /// forsegles til bydelen og lagres bare kryptert.
    #[oai(
        path = "/mottak/skjema/offentlig",
        method = "post",
        operation_id = "opprettOffentligBekymringsmeldingFraSkjema"
    )]
    async fn offentlig(
        &self,
        caller: LegitimertForPerson,
        services: Data<&Arc<Services>>,
        body: SkjemaBody<OffentligBekymringsmeldingApiModel>,
    ) -> Result<Meldt, ApiError> {
        send(&services, &caller, Skjematype::Offentlig, Versjon::V2, body).await
    }

    /// Send en privat bekymringsmelding fra skjemaet
    ///
    /// Ellers som for offentlige meldinger.
    #[oai(path = "/mottak/skjema/privat", method = "post", operation_id = "opprettPrivatBekymringsmeldingFraSkjema")]
    async fn privat(
        &self,
        caller: LegitimertForPerson,
        services: Data<&Arc<Services>>,
        body: SkjemaBody<PrivatBekymringsmeldingApiModel>,
    ) -> Result<Meldt, ApiError> {
        send(&services, &caller, Skjematype::Privat, Versjon::V2, body).await
    }
}

//! The web form's way in: a person who has logged in reports, by a portal that calls on their behalf. The types only
//! document the fields; the form's JSON Schema judges what comes.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, Object, OpenApi, payload::Json};

use super::fagsystem::BekymringsmeldingId;
use crate::{
    domain::Services,
    http::{
        bekymringsmelding::Malgruppe, credentials::LegitimertForPerson, problem::ApiError, skjema_body::SkjemaBody,
    },
    model::melding::{Skjematype, Versjon},
};

/// En postadresse.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct AdresseApiModel {
    /// Gateadresse eller postboks.
    adresselinje1: String,
    /// Mer av adressen.
    adresselinje2: Option<String>,
    /// Mer av adressen.
    adresselinje3: Option<String>,
    /// Postnummer, fire sifre.
    postnummer: Option<String>,
    /// Poststed.
    poststed: Option<String>,
}

/// En foresatt.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ForesattApiModel {
    /// Navnet til den foresatte.
    personnavn: String,
    /// Telefonnummer.
    telefonnummer: Option<String>,
    /// Om den foresatte vet om meldingen.
    orientert: bool,
    /// Hvorfor den foresatte er eller ikke er orientert.
    orientert_grunn: Option<String>,
}

/// Selve meldingen.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct MeldingApiModelV1 {
    /// Hva melderen er bekymret for.
    melding: String,
    /// Hva som har vært gjort før.
    historie: String,
}

/// Et barn meldingen gjelder.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct OffentligBarnApiModelV1 {
    /// Fødselsnummer, fødselsdato eller en beskrivelse.
    fnr: String,
    /// Sann når barnet ikke er født.
    ufoedt: bool,
    /// Barnets navn.
    personnavn: String,
    /// Telefonnummer.
    telefonnummer: Option<String>,
    /// Barnets adresse.
    adresse: AdresseApiModel,
    /// Om barnet vet om meldingen.
    orientert: bool,
    /// Hvorfor barnet er eller ikke er orientert.
    orientert_grunn: Option<String>,
}

/// Virksomheten melderen arbeider i.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct VirksomhetApiModel {
    /// Virksomhetens navn.
    navn: String,
    /// Organisasjonsnummer.
    orgnr: Option<String>,
    /// Virksomhetens adresse.
    adresse: AdresseApiModel,
}

/// Den som melder i kraft av jobben sin.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct OffentligMelderApiModel {
    /// Melderens rolle eller stilling.
    rolle: String,
    /// Telefonnummer.
    #[oai(validator(pattern = "^[+]?[0-9]+([- ][0-9]+)*$"))]
    telefonnummer: String,
    /// E-postadresse.
    epost: String,
    /// Virksomheten melderen arbeider i.
    virksomhet: VirksomhetApiModel,
}

/// En offentlig bekymringsmelding fra skjemaet.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct OffentligBekymringsmeldingApiModelV1 {
    /// Kommunen meldingen er til, fire sifre.
    #[oai(validator(pattern = r"^\d{4}$"))]
    kommunenummer: String,
    /// Kommunens navn.
    kommunenavn: String,
    /// Bydelen meldingen er til, to sifre.
    #[oai(validator(pattern = r"^\d{2}$"))]
    bydelsnummer: String,
    /// Bydelens navn.
    bydelsnavn: String,
    /// Den som melder. Navnet kommer fra innloggingen.
    melder: OffentligMelderApiModel,
    /// Barna meldingen gjelder, minst ett.
    barn: Vec<OffentligBarnApiModelV1>,
    /// Barnets foresatte, én eller to.
    #[oai(validator(min_items = 1, max_items = 2))]
    foresatte: Vec<ForesattApiModel>,
    /// Selve meldingen.
    melding: MeldingApiModelV1,
    /// Om noen trenger tolk, og i så fall hvilket språk.
    behov_for_tolk: Option<String>,
    /// Andre som hjelper familien.
    andre_hjelpeinstanser: Option<String>,
}

/// Et barn meldingen gjelder.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct PrivatBarnApiModel {
    /// Barnets navn.
    personnavn: String,
    /// Hvor gammelt barnet trolig er.
    antatt_alder: Option<String>,
    /// Melderens forhold til barnet.
    relasjon: Option<String>,
    /// Barnets adresse.
    adresse: AdresseApiModel,
}

/// Privatpersonen som melder.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "PrivatMelderApiModelV1")]
struct PrivatMelderApiModel {
    /// Melderens fødselsnummer eller D-nummer. Skal være det samme som i innloggingen.
    #[oai(validator(pattern = "^[0-9]{11}$"))]
    fnr: String,
    /// Telefonnummer.
    #[oai(validator(pattern = "^[+]?[0-9]+([- ][0-9]+)*$"))]
    telefonnummer: Option<String>,
    /// Sann når melderen ikke vil at familien skal få vite hvem som meldte.
    skjult_identitet: Option<bool>,
    /// Melderens adresse.
    adresse: Option<AdresseApiModel>,
}

/// En privat bekymringsmelding fra skjemaet.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "PrivatBekymringsmeldingApiModelV1")]
struct PrivatBekymringsmeldingApiModel {
    /// Kommunen meldingen er til, fire sifre.
    #[oai(validator(pattern = r"^\d{4}$"))]
    kommunenummer: String,
    /// Kommunens navn.
    kommunenavn: String,
    /// Bydelen meldingen er til, to sifre.
    #[oai(validator(pattern = r"^\d{2}$"))]
    bydelsnummer: String,
    /// Bydelens navn.
    bydelsnavn: String,
    /// Den som melder. Navnet kommer fra innloggingen.
    melder: PrivatMelderApiModel,
    /// Barna meldingen gjelder.
    barn: Vec<PrivatBarnApiModel>,
    /// Selve meldingen.
    melding: String,
}

#[derive(Debug, ApiResponse)]
pub enum Meldt {
    /// Meldingen er forseglet, tatt imot og lagret. Vi har ansvaret for at den kommer fram.
    #[oai(status = 201)]
    Meldt(Json<BekymringsmeldingId>),
}

/// Takes what a person has written in the form's version 1.
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
        body: SkjemaBody<OffentligBekymringsmeldingApiModelV1>,
    ) -> Result<Meldt, ApiError> {
        send(&services, &caller, Skjematype::Offentlig, Versjon::V1, body).await
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
        send(&services, &caller, Skjematype::Privat, Versjon::V1, body).await
    }
}

/// Hands a form over to the domain.
pub async fn send<T>(
    services: &Services,
    caller: &LegitimertForPerson,
    skjematype: Skjematype,
    versjon: Versjon,
    body: SkjemaBody<T>,
) -> Result<Meldt, ApiError> {
    let mottatt =
        services.submit_person(&caller.innringer, &caller.person, skjematype, versjon, body.into_json()).await?;
    Ok(Meldt::Meldt(Json(BekymringsmeldingId::new(mottatt))))
}

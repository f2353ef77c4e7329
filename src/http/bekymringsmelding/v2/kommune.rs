//! Municipalities and their offices, with the form version that each office takes.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::super::v1::KommuneEnkel;
use crate::{
    domain::Services,
    http::{
        bekymringsmelding::{Malgruppe, Svar, svar},
        credentials::Legitimert,
        problem::ApiError,
    },
    model::{Bydelsnummer, Kommunenummer, kommune::Bydel, melding::Versjon},
};

/// Den nyeste versjonen av skjemaet som bydelen tar imot. `V2` tar også imot `V1`.
#[derive(Debug, Clone, Copy, Enum)]
pub enum StottetVersjon {
    V1,
    V2,
}

impl From<Versjon> for StottetVersjon {
    fn from(versjon: Versjon) -> Self {
        match versjon {
            Versjon::V1 => Self::V1,
            Versjon::V2 => Self::V2,
        }
    }
}

impl From<StottetVersjon> for Versjon {
    fn from(versjon: StottetVersjon) -> Self {
        match versjon {
            StottetVersjon::V1 => Self::V1,
            StottetVersjon::V2 => Self::V2,
        }
    }
}

/// En kommune med bydelene sine.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct KommuneV2 {
    /// Kommunenummeret, fire sifre.
    #[oai(validator(pattern = r"^\d{4}$"))]
    kommunenr: String,
    /// Kommunens navn.
    navn: String,
    /// Kommunens aktive bydeler. Det er alltid minst én.
    bydeler: Vec<BydelEnkelV2>,
}

/// Et barnevernskontor.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct BydelEnkelV2 {
    /// Bydelens nummer, to sifre. `00` når kommunen bare har ett kontor.
    #[oai(validator(pattern = r"^\d{2}$"))]
    bydelsnummer: String,
    /// Bydelens navn.
    bydelsnavn: String,
    /// Sann for den bydelen som tar imot meldinger når riktig bydel er ukjent.
    standard_mottaker: bool,
    /// Den nyeste versjonen av skjemaet som bydelen tar imot.
    stottet_versjon: StottetVersjon,
}

impl From<Bydel> for BydelEnkelV2 {
    fn from(bydel: Bydel) -> Self {
        Self {
            bydelsnummer: bydel.bydelsnummer.to_string(),
            bydelsnavn: bydel.navn,
            standard_mottaker: bydel.standard_mottaker,
            stottet_versjon: bydel.stottet_versjon.into(),
        }
    }
}

const VERSION: Versjon = Versjon::V2;

#[derive(Debug)]
pub struct Kommuner;

#[OpenApi(tag = "Malgruppe::Oppslag")]
impl Kommuner {
    /// Hent kommuner
    ///
    /// Alle kommuner som har tatt i bruk tjenesten, sortert på kommunenummer. En kommune som er slått sammen med en annen, er
    /// ikke med.
    #[oai(path = "/kommuner", method = "get", operation_id = "getKommuner")]
    async fn kommuner(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Språkkode for navn. Har ingen virkning: kommunene har ett navn her.
        #[oai(name = "sprakKode")]
        _sprak_kode: Query<Option<String>>,
    ) -> Result<Json<Vec<KommuneEnkel>>, ApiError> {
        let found = services.kommuner(&caller.0.oppslag()?).await?;
        Ok(Json(found.into_iter().map(KommuneEnkel::from).collect()))
    }

    /// Hent en kommune
    ///
    /// Kommunen med bydelene sine. Svarer 404 når kommunen ikke har tatt i bruk tjenesten. Er kommunen slått sammen med en
    /// annen, er svaret den andre kommunen, og hodet `Content-Location` viser adressen dens.
    #[oai(path = "/kommuner/:kommunenummer", method = "get", operation_id = "getKommune")]
    async fn kommune(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Kommunenummeret, fire sifre.
        kommunenummer: Path<Kommunenummer>,
        /// Språkkode for navn. Har ingen virkning: kommunene har ett navn her.
        #[oai(name = "sprakKode")]
        _sprak_kode: Query<Option<String>>,
    ) -> Result<Svar<KommuneV2>, ApiError> {
        let (kommune, bydeler) = services.kommune(&caller.0.oppslag()?, kommunenummer.0).await?;
        let place = |nummer: Kommunenummer| format!("/kommuner/{nummer}");
        let body = KommuneV2 {
            kommunenr: kommune.kommunenummer.to_string(),
            navn: kommune.navn,
            bydeler: bydeler.into_iter().map(BydelEnkelV2::from).collect(),
        };
        Ok(svar(VERSION, &place(kommunenummer.0), &place(kommune.kommunenummer), body))
    }

    /// Hent bydelene i en kommune
    ///
    /// De aktive bydelene, sortert på nummer. En tom liste betyr at kommunen ikke har tatt i bruk tjenesten.
    /// Er kommunen slått sammen med en annen, er svaret den andres bydeler, og hodet `Content-Location` viser adressen.
    #[oai(path = "/kommuner/:kommunenummer/bydeler", method = "get", operation_id = "getBydeler")]
    async fn bydeler(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Kommunenummeret, fire sifre.
        kommunenummer: Path<Kommunenummer>,
    ) -> Result<Svar<Vec<BydelEnkelV2>>, ApiError> {
        let found = services.bydeler(&caller.0.oppslag()?, kommunenummer.0).await?;
        let answers = found.first().map_or(kommunenummer.0, |bydel| bydel.kommunenummer);
        let place = |nummer: Kommunenummer| format!("/kommuner/{nummer}/bydeler");
        let body = found.into_iter().map(BydelEnkelV2::from).collect();
        Ok(svar(VERSION, &place(kommunenummer.0), &place(answers), body))
    }

    /// Hent en bydel
    ///
    /// Svarer 404 når kommunen ikke har en aktiv bydel med dette nummeret. Er kommunen slått sammen med en annen, er svaret
    /// bydelen som tar imot nå, og hodet `Content-Location` viser adressen dens.
    #[oai(path = "/kommuner/:kommunenummer/bydeler/:bydelsnummer", method = "get", operation_id = "getBydel")]
    async fn bydel(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Kommunenummeret, fire sifre.
        kommunenummer: Path<Kommunenummer>,
        /// Bydelens nummer, to sifre.
        bydelsnummer: Path<Bydelsnummer>,
    ) -> Result<Svar<BydelEnkelV2>, ApiError> {
        let found = services.bydel(&caller.0.oppslag()?, kommunenummer.0, bydelsnummer.0).await?;
        let place = |kommune, bydel| format!("/kommuner/{kommune}/bydeler/{bydel}");
        let asked = place(kommunenummer.0, bydelsnummer.0);
        Ok(svar(VERSION, &asked, &place(found.kommunenummer, found.bydelsnummer), found.into()))
    }
}

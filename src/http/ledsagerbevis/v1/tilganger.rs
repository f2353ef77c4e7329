//! Where the caller is a case worker.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{Object, OpenApi, payload::Json};

use super::super::Malgruppe;
use crate::{
    domain::{Services, ledsagerbevis::Tilgang},
    http::{credentials::LegitimertForLedsagerbevis, problem::ApiError},
};

/// En organisasjon der den som kaller, kan behandle ledsagerbevis.
#[derive(Debug, Object)]
#[oai(rename = "LedsagerbevisTilgang", rename_all = "camelCase")]
pub struct LedsagerbevisTilgang {
    /// Organisasjonens id.
    fiks_org_id: uuid::Uuid,
    /// Organisasjonens navn.
    fiks_org_navn: String,
    /// Kommunenummeret, når organisasjonen er nøyaktig én kommune.
    #[oai(skip_serializing_if_is_none)]
    kommunenr: Option<String>,
}

impl From<Tilgang> for LedsagerbevisTilgang {
    fn from(Tilgang { organisasjon, kommune }: Tilgang) -> Self {
        Self {
            fiks_org_id: organisasjon.id.0,
            fiks_org_navn: organisasjon.navn,
            kommunenr: kommune.map(|nummer| nummer.to_string()),
        }
    }
}

#[derive(Debug)]
pub struct Tilganger;

#[OpenApi(tag = "Malgruppe::Saksbehandling")]
impl Tilganger {
    /// Hent egne tilganger
    ///
    /// Organisasjonene der den som kaller, kan behandle ledsagerbevis, sortert på navn. En person kan det som bruker i en av
    /// organisasjonens grupper, et fagsystem med privilegiet LEDSAGERBEVIS_BEHANDLE. Listen er tom når det ikke er noen.
    #[oai(path = "/api/v1/tilganger", method = "get", operation_id = "hentTilganger")]
    async fn tilganger(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
    ) -> Result<Json<Vec<LedsagerbevisTilgang>>, ApiError> {
        let found = services.bevistilganger(&caller.0).await?;
        Ok(Json(found.into_iter().map(LedsagerbevisTilgang::from).collect()))
    }
}

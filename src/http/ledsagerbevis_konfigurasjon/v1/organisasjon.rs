//! An organisation's set-up.

use poem_openapi::{Object, OpenApi, param::Path, payload::Json};

use super::super::Emne;
use crate::{
    http::{credentials::LegitimertForLedsagerbevis, problem::ApiError},
    model::FiksOrgId,
};

/// Hva den som kaller, kan gjøre.
#[derive(Debug, Object)]
#[oai(rename = "Tilganger", rename_all = "camelCase")]
pub struct Tilganger {
    /// Om den som kaller, kan sette opp organisasjonen, lage grupper og velge hvem som er med i dem.
    dlb_admin: bool,
}

#[derive(Debug)]
pub struct Organisasjoner;

#[OpenApi(tag = "Emne::Organisasjon")]
impl Organisasjoner {
    /// Hent egne tilganger
    ///
    /// Organisasjonen settes opp av sin hovedadministrator, eller av et system med privilegiet LEDSAGERBEVIS_KONFIGURER.
    #[oai(path = "/organisasjoner/:fiksOrgId/tilganger", method = "get", operation_id = "hentTilganger")]
    async fn tilganger(
        &self,
        caller: LegitimertForLedsagerbevis,
        /// Organisasjonen det gjelder.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
    ) -> Result<Json<Tilganger>, ApiError> {
        Ok(Json(Tilganger { dlb_admin: caller.0.er_administrator(organisasjon.0)? }))
    }
}

//! An organisation's groups.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, Object, OpenApi, param::Path, payload::Json};

use super::{super::Emne, Utfort, tekst::Gruppenavn, wire::GruppeRespons};
use crate::{
    domain::Services,
    http::{credentials::LegitimertForLedsagerbevis, problem::ApiError, wire::IdParam},
    model::{FiksOrgId, GruppeId},
};

/// En ny gruppe.
#[derive(Debug, Object)]
#[oai(rename = "OpprettGruppeRequest")]
pub struct OpprettGruppeRequest {
    /// Gruppens navn.
    gruppenavn: Gruppenavn,
}

/// Det en gruppe skal hete.
#[derive(Debug, Object)]
#[oai(rename = "EndreGruppeRequest")]
pub struct EndreGruppeRequest {
    /// Gruppens nye navn.
    gruppenavn: Gruppenavn,
}

#[derive(Debug, ApiResponse)]
enum Opprettet {
    /// Gruppen finnes.
    #[oai(status = 201)]
    Opprettet(Json<GruppeRespons>),
}

#[derive(Debug)]
pub struct Grupper;

#[OpenApi(tag = "Emne::Grupper")]
impl Grupper {
    /// Hent organisasjonens grupper
    ///
    /// Alle gruppene, eldste først; høyst 200. For den som setter opp organisasjonen, og for administratorene av gruppene.
    #[oai(path = "/organisasjoner/:fiksOrgId/grupper", method = "get", operation_id = "hentGrupper")]
    async fn grupper(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som gruppene hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
    ) -> Result<Json<Vec<GruppeRespons>>, ApiError> {
        let found = services.grupper(&caller.0.gruppeinnsyn(organisasjon.0)?).await?;
        Ok(Json(found.into_iter().map(GruppeRespons::from).collect()))
    }

    /// Opprett en gruppe
    ///
    /// Den nye gruppen har ingen medlemmer. Kallet kan gjentas: har organisasjonen alt en gruppe med dette navnet, er svaret
    /// den.
    #[oai(path = "/organisasjoner/:fiksOrgId/grupper", method = "post", operation_id = "opprettGruppe")]
    async fn opprett(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som gruppen skal høre til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        body: Json<OpprettGruppeRequest>,
    ) -> Result<Opprettet, ApiError> {
        let rett = caller.0.oppsett(organisasjon.0)?;
        let gruppe = services.opprett_gruppe(&rett, body.0.gruppenavn.0).await?;
        Ok(Opprettet::Opprettet(Json(gruppe.into())))
    }

    /// Hent en gruppe
    ///
    /// For den som setter opp organisasjonen, og for administratorene av gruppene.
    #[oai(path = "/organisasjoner/:fiksOrgId/grupper/:gruppeId", method = "get", operation_id = "hentGruppe")]
    async fn gruppe(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som gruppen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Gruppens id.
        #[oai(name = "gruppeId")]
        gruppe: Path<IdParam>,
    ) -> Result<Json<GruppeRespons>, ApiError> {
        let innsyn = caller.0.gruppeinnsyn(organisasjon.0)?;
        Ok(Json(services.gruppe(&innsyn, GruppeId(gruppe.0.0)).await?.into()))
    }

    /// Endre en gruppe
    ///
    /// Gir gruppen et annet navn. Kallet kan gjentas.
    #[oai(path = "/organisasjoner/:fiksOrgId/grupper/:gruppeId", method = "post", operation_id = "endreGruppe")]
    async fn endre(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som gruppen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Gruppens id.
        #[oai(name = "gruppeId")]
        gruppe: Path<IdParam>,
        body: Json<EndreGruppeRequest>,
    ) -> Result<Utfort, ApiError> {
        let rett = caller.0.oppsett(organisasjon.0)?;
        services.gi_gruppe_navn(&rett, GruppeId(gruppe.0.0), body.0.gruppenavn.0).await?;
        Ok(Utfort::Utfort)
    }
}

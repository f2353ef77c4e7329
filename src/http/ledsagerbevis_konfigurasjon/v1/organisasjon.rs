//! An organisation's set-up.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{OpenApi, param::Path, payload::Json};

use super::{
    super::Emne,
    Utfort,
    wire::{
        LedsagerBevisKonfigurasjon, OppdaterOrganisasjonRequest, OrganisasjonResponse, StatusRetur, SvarutKontoer,
        Tilganger,
    },
};
use crate::{
    domain::Services,
    http::{credentials::LegitimertForLedsagerbevis, problem::ApiError},
    model::{FiksOrgId, KontoId},
};

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

    /// Hent organisasjonens oppsett
    ///
    /// Kontaktopplysninger, målform og valget av brev. Det som ikke er oppgitt, mangler i svaret.
    #[oai(path = "/organisasjoner/:fiksOrgId", method = "get", operation_id = "hentOrganisasjon")]
    async fn organisasjon(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen det gjelder.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
    ) -> Result<Json<OrganisasjonResponse>, ApiError> {
        Ok(Json(services.bevisorganisasjon(&caller.0.oppsett(organisasjon.0)?).await?.into()))
    }

    /// Endre organisasjonens oppsett
    ///
    /// Bare det som er oppgitt, endres. E-postadresser og telefonnummer lagres kryptert. Kallet kan gjentas.
    #[oai(path = "/organisasjoner/:fiksOrgId/oppdater", method = "post", operation_id = "oppdaterOrganisasjon")]
    async fn oppdater(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen det gjelder.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        body: Json<OppdaterOrganisasjonRequest>,
    ) -> Result<Utfort, ApiError> {
        services.oppdater_bevisorganisasjon(caller.0.oppsett(organisasjon.0)?, body.0.into()).await?;
        Ok(Utfort::Utfort)
    }

    /// Konfigurer organisasjonen for ledsagerbevis
    ///
    /// Lager id-ene som organisasjonen trenger. De lages én gang: kallet kan gjentas, og gir de samme.
    #[oai(path = "/organisasjoner/:fiksOrgId/konfigurer", method = "post", operation_id = "konfigurerLedsagerbevis")]
    async fn konfigurer(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen det gjelder.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
    ) -> Result<Json<LedsagerBevisKonfigurasjon>, ApiError> {
        Ok(Json(services.konfigurer_ledsagerbevis(caller.0.oppsett(organisasjon.0)?).await?.into()))
    }

    /// Hent status for oppsettet
    ///
    /// Hva som er gjort, og hva som gjenstår før organisasjonen kan utstede ledsagerbevis og sende brev.
    #[oai(path = "/organisasjoner/:fiksOrgId/status", method = "get", operation_id = "hentStatus")]
    async fn status(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen det gjelder.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
    ) -> Result<Json<StatusRetur>, ApiError> {
        Ok(Json(services.bevisstatus(&caller.0.oppsett(organisasjon.0)?).await?.into()))
    }

    /// Hent organisasjonens aktive SvarUt-kontoer
    ///
    /// SvarUt er ikke en del av denne tjenesten: kontoene registreres av den som drifter den, på vegne av organisasjonen.
    /// Listen er tom når ingen er registrert.
    #[oai(path = "/organisasjoner/:fiksOrgId/svarutkontoer", method = "get", operation_id = "hentAktiveSvarutKontoer")]
    async fn svarutkontoer(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen det gjelder.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
    ) -> Result<Json<SvarutKontoer>, ApiError> {
        Ok(Json(services.svarutkontoer(&caller.0.oppsett(organisasjon.0)?).await?.into()))
    }

    /// Velg SvarUt-konto
    ///
    /// Kontoen som organisasjonens brev skal gå fra, i stedet for en som er valgt før. Kallet kan gjentas.
    #[oai(
        path = "/organisasjoner/:fiksOrgId/svarutkontoer/:kontoid",
        method = "post",
        operation_id = "leggTilSvarutkonto"
    )]
    async fn velg_svarutkonto(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen det gjelder.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// En av organisasjonens aktive kontoer.
        #[oai(name = "kontoid")]
        konto: Path<KontoId>,
    ) -> Result<Utfort, ApiError> {
        services.velg_svarutkonto(caller.0.oppsett(organisasjon.0)?, konto.0).await?;
        Ok(Utfort::Utfort)
    }
}

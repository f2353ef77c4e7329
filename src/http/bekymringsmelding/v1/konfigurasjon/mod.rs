//! The municipality's own administration of its offices, as version 1 has it.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};

use crate::{
    domain::{
        Services,
        konfigurasjon::{Kontor, Sok},
        tilgang::Konfigurere,
    },
    http::{bekymringsmelding::Malgruppe, credentials::Forvaltning, problem::ApiError, wire::RessursIder},
    model::{Bydelsnummer, FiksOrgId, IntegrasjonId, RessursId},
};

mod aktivering;
mod wire;

pub use aktivering::Aktivering;
use wire::{BydelForesporselV1, BydelOpprettetV1, BydelV1, EndretV1, TreffV1};
pub use wire::{Endret, NokkelSvar, NokkelbevisSvar};

#[derive(Debug)]
pub struct Konfigurasjon;

fn shown(kontorer: Vec<Kontor>) -> Json<Vec<BydelV1>> {
    Json(kontorer.into_iter().map(BydelV1::from).collect())
}

#[OpenApi(tag = "Malgruppe::Forvaltning")]
impl Konfigurasjon {
    /// Hent organisasjonens bydeler
    ///
    /// Alle bydelene, også de deaktiverte, sortert på nummer. (I KS Fiks heter operasjonen `getBydeler`; det navnet har
    /// her en annen.)
    #[oai(path = "/konfigurasjon/:fiksOrgId/bydeler", method = "get", operation_id = "getBydelerKonfigurasjon")]
    async fn bydeler(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelene hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
    ) -> Result<Json<Vec<BydelV1>>, ApiError> {
        Ok(shown(services.kontorer(&caller.0.mandat::<Konfigurere>(organisasjon.0)?).await?))
    }

    /// Registrer en bydel
    ///
    /// Den nye bydelen er deaktivert, og er ikke standardmottaker, til den aktiveres. Er sertifikatet lastet opp med kravet om
    /// nøkkelbevis slått på, viser bydelen `konto.nokkelbevis` til det er gitt.
    #[oai(path = "/konfigurasjon/:fiksOrgId/bydeler", method = "post", operation_id = "createBydel")]
    async fn opprett(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelen skal høre til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        body: Json<BydelForesporselV1>,
    ) -> Result<BydelOpprettetV1, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        services.opprett_kontor(&mandat, "createBydel", body.0.into()).await?;
        Ok(BydelOpprettetV1::Opprettet)
    }

    /// Endre en bydel
    ///
    /// Setter alt som står i forespørselen. Bydelen beholder nøkler og meldinger når nummeret endres. Kallet kan gjentas.
    #[oai(path = "/konfigurasjon/:fiksOrgId/bydeler/:ressursId", method = "put", operation_id = "updateBydel")]
    async fn endre(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Bydelens id.
        #[oai(name = "ressursId")]
        bydel: Path<RessursId>,
        body: Json<BydelForesporselV1>,
    ) -> Result<EndretV1, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        services.endre_kontor(&mandat, bydel.0, "updateBydel", body.0.into()).await?;
        Ok(EndretV1)
    }

    /// Hent bydeler etter nummer
    ///
    /// Organisasjonens bydeler med dette nummeret. En tom liste betyr at det ikke er noen.
    #[oai(
        path = "/konfigurasjon/:fiksOrgId/bydel/:bydelsnummer",
        method = "get",
        operation_id = "getBydelerByBydelsnummer"
    )]
    async fn med_nummer(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelene hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Bydelens nummer, to sifre.
        bydelsnummer: Path<Bydelsnummer>,
    ) -> Result<Json<Vec<BydelV1>>, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        Ok(shown(services.kontorer_med_nummer(&mandat, bydelsnummer.0).await?))
    }

    /// Hent bydeler etter id
    ///
    /// De av bydelene som du forvalter; andre er ikke med i svaret.
    #[oai(path = "/konfigurasjon/bydeler", method = "get", operation_id = "getBydelerByRessursId")]
    async fn med_id(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Bydelenes id-er. Gjenta parameteret, eller skill dem med komma.
        #[oai(name = "ressursIder")]
        bydeler: Query<Option<RessursIder>>,
    ) -> Result<Json<Vec<BydelV1>>, ApiError> {
        let ids = bydeler.0.map(|ids| ids.0).unwrap_or_default();
        Ok(shown(services.kontorer_med_id(&caller.0.oversikt()?, &ids).await?))
    }

    /// Søk etter bydeler
    ///
    /// Leter blant bydelene som du forvalter.
    #[oai(path = "/konfigurasjon/bydeler/sok", method = "get", operation_id = "getBydelerBySok")]
    async fn sok(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Del av bydelens eller kommunens navn, eller nummeret til en av dem. Utelatt: alle.
        sok: Query<Option<String>>,
        /// Bare bydeler som hører til denne organisasjonen.
        #[oai(name = "fiksOrgId")]
        organisasjon: Query<Option<FiksOrgId>>,
    ) -> Result<Json<TreffV1>, ApiError> {
        let sok = Sok { tekst: sok.0, organisasjon: organisasjon.0 };
        Ok(Json(TreffV1::new(services.sok_kontorer(&caller.0.oversikt()?, &sok).await?)))
    }

    /// Hent bydelen til en SvarInn-integrasjon
    ///
    /// Bydelen som integrasjonen henter meldinger for. Svarer 404 når den ikke finnes, eller du ikke forvalter den.
    #[oai(
        path = "/konfigurasjon/bydeler/svarinn/:integrasjonId",
        method = "get",
        operation_id = "getBydelByIntegrasjonId"
    )]
    async fn med_integrasjon(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Integrasjonens id.
        #[oai(name = "integrasjonId")]
        integrasjon: Path<IntegrasjonId>,
    ) -> Result<Json<BydelV1>, ApiError> {
        Ok(Json(services.kontor_med_svarinn(&caller.0.oversikt()?, integrasjon.0).await?.into()))
    }
}

//! Which offices there are, and new ones.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    foresporsel::NyBydelForesporsel,
    svar::{BydelEnkelSvar, BydelOpprettet, BydelSvar, StottedeVersjonerSvar, TreffSvar},
};
use crate::{
    domain::{
        Services,
        konfigurasjon::{Kontor, Sok},
        tilgang::Konfigurere,
    },
    http::{bekymringsmelding::Malgruppe, credentials::Forvaltning, problem::ApiError},
    model::{Bydelsnummer, FiksOrgId, IntegrasjonId, RessursId},
};

fn shown(kontorer: Vec<Kontor>) -> Json<Vec<BydelSvar>> {
    Json(kontorer.into_iter().map(BydelSvar::from).collect())
}

#[derive(Debug)]
pub struct Bydeler;

#[OpenApi(tag = "Malgruppe::Forvaltning")]
impl Bydeler {
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
    ) -> Result<Json<Vec<BydelSvar>>, ApiError> {
        Ok(shown(services.kontorer(&caller.0.mandat::<Konfigurere>(organisasjon.0)?).await?))
    }

    /// Hent organisasjonens bydeler, det viktigste
    ///
    /// Alle bydelene, også de deaktiverte, sortert på nummer, uten adresser og nøkler.
    #[oai(path = "/konfigurasjon/:fiksOrgId/bydeler/enkel", method = "get", operation_id = "getBydelerEnkel")]
    async fn bydeler_enkel(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelene hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
    ) -> Result<Json<Vec<BydelEnkelSvar>>, ApiError> {
        let found = services.kontorer(&caller.0.mandat::<Konfigurere>(organisasjon.0)?).await?;
        Ok(Json(found.into_iter().map(BydelEnkelSvar::from).collect()))
    }

    /// Registrer en bydel
    ///
    /// Den nye bydelen er deaktivert, og er ikke standardmottaker, til den aktiveres. Er sertifikatet lastet opp med kravet om
    /// nøkkelbevis slått på, viser `konto.nokkelbevis` utfordringen som må besvares før det tas i bruk.
    #[oai(path = "/konfigurasjon/:fiksOrgId/bydeler", method = "post", operation_id = "createBydel")]
    async fn opprett(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelen skal høre til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        body: Json<NyBydelForesporsel>,
    ) -> Result<BydelOpprettet, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        let kontor = services.opprett_kontor(&mandat, "createBydel", body.0.into()).await?;
        Ok(BydelOpprettet::Opprettet(Json(kontor.into())))
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
    ) -> Result<Json<Vec<BydelSvar>>, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        Ok(shown(services.kontorer_med_nummer(&mandat, bydelsnummer.0).await?))
    }

    /// Hent bydeler etter id
    ///
    /// De av bydelene som du forvalter; andre er ikke med i svaret.
    #[oai(path = "/konfigurasjon/bydeler", method = "post", operation_id = "hentBydelerByRessursId")]
    async fn med_id(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        body: Json<Vec<uuid::Uuid>>,
    ) -> Result<Json<Vec<BydelSvar>>, ApiError> {
        let ids: Vec<_> = body.0.into_iter().map(RessursId).collect();
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
    ) -> Result<Json<TreffSvar>, ApiError> {
        let sok = Sok { tekst: sok.0, organisasjon: organisasjon.0 };
        Ok(Json(TreffSvar::new(services.sok_kontorer(&caller.0.oversikt()?, &sok).await?)))
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
    ) -> Result<Json<BydelSvar>, ApiError> {
        Ok(Json(services.kontor_med_svarinn(&caller.0.oversikt()?, integrasjon.0).await?.into()))
    }

    /// Hent versjonene som fagsystemene støtter
    ///
    /// Fagsystemene som kan velges, og versjonene av skjemaet som hvert av dem kan lese.
    #[oai(path = "/konfigurasjon/fagsystem/versjoner", method = "get", operation_id = "getFagsystemStottedeVersjoner")]
    async fn fagsystemer(&self, caller: Forvaltning) -> Result<Json<StottedeVersjonerSvar>, ApiError> {
        caller.0.oppslag()?;
        Ok(Json(StottedeVersjonerSvar::all()))
    }
}

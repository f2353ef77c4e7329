//! One office: what it is called, where it is reached, how it receives.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    super::super::v1::Endret,
    foresporsel::{AdresseForesporsel, KontaktinformasjonForesporsel, KontoForesporsel, NavnForesporsel},
    svar::{BydelSvar, PassordSvar, StandardMottakerSvar},
};
use crate::{
    domain::{Services, tilgang::Konfigurere},
    http::{bekymringsmelding::Malgruppe, credentials::Forvaltning, problem::ApiError, wire::IntegrasjonstypeParam},
    model::{FiksOrgId, IntegrasjonId, RessursId},
};

#[derive(Debug)]
pub struct Kontor;

#[OpenApi(tag = "Malgruppe::Forvaltning")]
impl Kontor {
    /// Hent en bydel
    ///
    /// Bydelen med konto, nøkkel og adresser. Mens et nytt sertifikat venter, viser `konto.nokkelbevis` utfordringen.
    #[oai(path = "/konfigurasjon/:fiksOrgId/bydeler/:ressursId", method = "get", operation_id = "getBydelByRessursId")]
    async fn bydel(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Bydelens id.
        #[oai(name = "ressursId")]
        bydel: Path<RessursId>,
    ) -> Result<Json<BydelSvar>, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        Ok(Json(services.kontor(&mandat, bydel.0).await?.into()))
    }

    /// Endre bydelens nummer eller navn
    ///
    /// Nøkler og meldinger som venter, følger bydelen til det nye nummeret. Avsendere som bruker det gamle nummeret, får 404, og
    /// skal da hente listen over bydeler på nytt.
    #[oai(path = "/konfigurasjon/:fiksOrgId/bydeler/:ressursId", method = "patch", operation_id = "updateBydelInfo")]
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
        body: Json<NavnForesporsel>,
    ) -> Result<Endret, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        services.endre_kontor(&mandat, bydel.0, "updateBydelInfo", body.0.into()).await?;
        Ok(Endret::Endret)
    }

    /// Endre postadressen
    ///
    /// Nye brev går til den nye adressen. Kallet kan gjentas.
    #[oai(
        path = "/konfigurasjon/:fiksOrgId/bydeler/:ressursId/adresse",
        method = "put",
        operation_id = "updateAdresse"
    )]
    async fn adresse(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Bydelens id.
        #[oai(name = "ressursId")]
        bydel: Path<RessursId>,
        body: Json<AdresseForesporsel>,
    ) -> Result<Endret, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        services.endre_kontor(&mandat, bydel.0, "updateAdresse", body.0.into()).await?;
        Ok(Endret::Endret)
    }

    /// Endre kontaktinformasjonen
    ///
    /// Setter hele listen over e-postadresser. En aktiv bydel må ha minst én adresse å varsle (409). Kallet kan gjentas.
    #[oai(
        path = "/konfigurasjon/:fiksOrgId/bydeler/:ressursId/kontaktinformasjon",
        method = "put",
        operation_id = "updateKontaktinformasjon"
    )]
    async fn kontaktinformasjon(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Bydelens id.
        #[oai(name = "ressursId")]
        bydel: Path<RessursId>,
        body: Json<KontaktinformasjonForesporsel>,
    ) -> Result<Endret, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        services.endre_kontor(&mandat, bydel.0, "updateKontaktinformasjon", body.0.into()).await?;
        Ok(Endret::Endret)
    }

    /// Endre kontoen
    ///
    /// Velger kanalen for nye meldinger, og laster opp sertifikatet de krypteres med. Meldinger som alt er overlevert, blir i
    /// kanalen de ble overlevert i. Et nytt sertifikat tas i bruk når dere har vist at dere har den private nøkkelen (se
    /// `nokkelbevis`); det forrige godtas en stund til. Et sertifikat som ikke kan brukes, gir 422 med grunnen som `errorCode`.
    /// Det samme sertifikatet kan brukes av flere bydeler. Kallet kan gjentas: et sertifikat som alt gjelder eller venter,
    /// endrer ingenting.
    #[oai(path = "/konfigurasjon/:fiksOrgId/bydeler/:ressursId/konto", method = "put", operation_id = "updateKonto")]
    async fn konto(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Bydelens id.
        #[oai(name = "ressursId")]
        bydel: Path<RessursId>,
        body: Json<KontoForesporsel>,
    ) -> Result<Json<BydelSvar>, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        Ok(Json(services.endre_kontor(&mandat, bydel.0, "updateKonto", body.0.into()).await?.into()))
    }

    /// Hent standardmottakeren
    ///
    /// Hvem i kommunen som tar imot meldinger når riktig bydel er ukjent.
    #[oai(
        path = "/konfigurasjon/:fiksOrgId/bydeler/:ressursId/standardmottaker",
        method = "get",
        operation_id = "getStandardMottaker"
    )]
    async fn standardmottaker(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Bydelens id.
        #[oai(name = "ressursId")]
        bydel: Path<RessursId>,
    ) -> Result<Json<StandardMottakerSvar>, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        Ok(Json(services.standardmottaker(&mandat, bydel.0).await?.into()))
    }

    /// Lag nytt passord
    ///
    /// Lager et nytt passord til bydelens SvarInn-integrasjon, eller til en integrasjon som organisasjonen eier og henter
    /// meldinger med. Passordet vises bare i dette svaret. Det forrige virker et døgn til; det som kom før det igjen, slutter
    /// å virke med en gang.
    #[oai(
        path = "/konfigurasjon/:fiksOrgId/bydeler/:ressursId/integrasjoner/:integrasjonId/lagPassord",
        method = "post",
        operation_id = "lagPassord"
    )]
    async fn passord(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Bydelens id.
        #[oai(name = "ressursId")]
        bydel: Path<RessursId>,
        /// Integrasjonens id.
        #[oai(name = "integrasjonId")]
        integrasjon: Path<IntegrasjonId>,
        /// Hva integrasjonen er til: `SVARINN` er bydelens egen, `FIKS_IO` henter for hele organisasjonen.
        integrasjonstype: Query<IntegrasjonstypeParam>,
    ) -> Result<Json<PassordSvar>, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        let passord = services.lag_passord(&mandat, bydel.0, integrasjon.0, integrasjonstype.0.0).await?;
        Ok(Json(PassordSvar { passord: passord.expose().clone() }))
    }
}

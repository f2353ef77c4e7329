//! Who is in a group: its administrators, and its users, who are the case workers.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{Object, OpenApi, param::Path, payload::Json};

use super::{super::Emne, Utfort};
use crate::{
    domain::{DomainError, Services, ledsagerbevis::medlem::Medlem, tilgang::Gruppeforvalter},
    http::{
        credentials::LegitimertForLedsagerbevis,
        problem::ApiError,
        wire::Persontekst,
        wire::{IdParam, Personnummer},
    },
    model::{FiksOrgId, GruppeId, gruppe::Medlemsart},
};

/// En person i en gruppe.
#[derive(Debug, Object)]
#[oai(rename = "PersonResponse")]
pub struct PersonResponse {
    /// Personens navn.
    navn: Persontekst,
    /// Personens fødselsnummer eller D-nummer.
    fnr: Persontekst,
}

/// Personene i en gruppe.
#[derive(Debug, Object)]
#[oai(rename = "PersonerResponse")]
pub struct PersonerResponse {
    /// Personene, i den rekkefølgen de kom med; høyst 500.
    brukere: Vec<PersonResponse>,
}

/// En person som skal være med i en gruppe.
#[derive(Debug, Object)]
#[oai(rename = "LeggPersonTilGruppeRequest")]
pub struct LeggPersonTilGruppeRequest {
    /// Personens navn, høyst 200 tegn.
    navn: Persontekst,
    /// Personens fødselsnummer eller D-nummer. Navnet og nummeret lagres kryptert.
    fnr: Personnummer,
}

/// En person som ikke lenger skal være med i en gruppe.
#[derive(Debug, Object)]
#[oai(rename = "FjernPersonFraGruppeRequest")]
pub struct FjernPersonFraGruppeRequest {
    /// Personens fødselsnummer eller D-nummer.
    fnr: Personnummer,
}

impl From<Medlem> for PersonResponse {
    fn from(Medlem { navn, fnr }: Medlem) -> Self {
        Self { navn: Persontekst(navn), fnr: Persontekst(fnr) }
    }
}

async fn medlemmer(
    services: &Services,
    forvalter: &Gruppeforvalter,
    art: Medlemsart,
) -> Result<Json<PersonerResponse>, DomainError> {
    let found = services.gruppemedlemmer(forvalter, art).await?;
    Ok(Json(PersonerResponse { brukere: found.into_iter().map(PersonResponse::from).collect() }))
}

async fn legg_til(
    services: &Services,
    forvalter: Gruppeforvalter,
    art: Medlemsart,
    LeggPersonTilGruppeRequest { navn, fnr }: LeggPersonTilGruppeRequest,
) -> Result<Utfort, DomainError> {
    services.legg_i_gruppe(forvalter, art, Medlem { navn: navn.0, fnr: fnr.0 }).await?;
    Ok(Utfort::Utfort)
}

#[derive(Debug)]
pub struct Medlemmer;

#[OpenApi(tag = "Emne::Grupper")]
impl Medlemmer {
    /// Hent en gruppes administratorer
    ///
    /// For den som setter opp organisasjonen, og for gruppens egne administratorer.
    #[oai(
        path = "/organisasjoner/:fiksOrgId/grupper/:gruppeId/administratorer",
        method = "get",
        operation_id = "hentAdmin"
    )]
    async fn administratorer(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som gruppen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Gruppens id.
        #[oai(name = "gruppeId")]
        gruppe: Path<IdParam>,
    ) -> Result<Json<PersonerResponse>, ApiError> {
        let forvalter = caller.0.gruppeforvalter(organisasjon.0, GruppeId(gruppe.0.0))?;
        Ok(medlemmer(&services, &forvalter, Medlemsart::Administrator).await?)
    }

    /// Legg til en administrator
    ///
    /// En administrator velger hvem som er med i gruppen, og ser ikke ledsagerbevis av den grunn. Ingen kan legge til seg selv. Kallet
    /// kan gjentas: den som er med, er det fortsatt, med det nye navnet.
    #[oai(
        path = "/organisasjoner/:fiksOrgId/grupper/:gruppeId/administratorer",
        method = "post",
        operation_id = "leggAdminTilGruppe"
    )]
    async fn legg_til_administrator(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som gruppen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Gruppens id.
        #[oai(name = "gruppeId")]
        gruppe: Path<IdParam>,
        body: Json<LeggPersonTilGruppeRequest>,
    ) -> Result<Utfort, ApiError> {
        let forvalter = caller.0.gruppeforvalter(organisasjon.0, GruppeId(gruppe.0.0))?;
        Ok(legg_til(&services, forvalter, Medlemsart::Administrator, body.0).await?)
    }

    /// Fjern en administrator
    ///
    /// Tilgangen tar slutt med en gang. En gruppeadministrator kan fjerne seg selv, men ikke gruppens siste administrator; det kan den
    /// som setter opp organisasjonen. Kallet kan gjentas og gir samme svar.
    #[oai(
        path = "/organisasjoner/:fiksOrgId/grupper/:gruppeId/administratorer",
        method = "delete",
        operation_id = "fjernAdminFraGruppe"
    )]
    async fn fjern_administrator(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som gruppen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Gruppens id.
        #[oai(name = "gruppeId")]
        gruppe: Path<IdParam>,
        body: Json<FjernPersonFraGruppeRequest>,
    ) -> Result<Utfort, ApiError> {
        let forvalter = caller.0.gruppeforvalter(organisasjon.0, GruppeId(gruppe.0.0))?;
        services.fjern_fra_gruppe(forvalter, Medlemsart::Administrator, body.0.fnr.0).await?;
        Ok(Utfort::Utfort)
    }

    /// Hent en gruppes brukere
    ///
    /// For den som setter opp organisasjonen, og for gruppens administratorer.
    #[oai(path = "/organisasjoner/:fiksOrgId/grupper/:gruppeId/brukere", method = "get", operation_id = "hentBrukere")]
    async fn brukere(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som gruppen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Gruppens id.
        #[oai(name = "gruppeId")]
        gruppe: Path<IdParam>,
    ) -> Result<Json<PersonerResponse>, ApiError> {
        let forvalter = caller.0.gruppeforvalter(organisasjon.0, GruppeId(gruppe.0.0))?;
        Ok(medlemmer(&services, &forvalter, Medlemsart::Bruker).await?)
    }

    /// Legg til en bruker
    ///
    /// En bruker er saksbehandler: den utsteder, ser og endrer organisasjonens ledsagerbevis. Ingen kan legge til seg selv. Kallet kan
    /// gjentas: den som er med, er det fortsatt, med det nye navnet.
    #[oai(
        path = "/organisasjoner/:fiksOrgId/grupper/:gruppeId/brukere",
        method = "post",
        operation_id = "leggBrukerTilGruppe"
    )]
    async fn legg_til_bruker(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som gruppen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Gruppens id.
        #[oai(name = "gruppeId")]
        gruppe: Path<IdParam>,
        body: Json<LeggPersonTilGruppeRequest>,
    ) -> Result<Utfort, ApiError> {
        let forvalter = caller.0.gruppeforvalter(organisasjon.0, GruppeId(gruppe.0.0))?;
        Ok(legg_til(&services, forvalter, Medlemsart::Bruker, body.0).await?)
    }

    /// Fjern en bruker
    ///
    /// Tilgangen tar slutt med en gang, om personen ikke er bruker i en annen av organisasjonens grupper. Kallet kan gjentas og gir
    /// samme svar.
    #[oai(
        path = "/organisasjoner/:fiksOrgId/grupper/:gruppeId/brukere",
        method = "delete",
        operation_id = "fjernBrukerFraGruppe"
    )]
    async fn fjern_bruker(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som gruppen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Gruppens id.
        #[oai(name = "gruppeId")]
        gruppe: Path<IdParam>,
        body: Json<FjernPersonFraGruppeRequest>,
    ) -> Result<Utfort, ApiError> {
        let forvalter = caller.0.gruppeforvalter(organisasjon.0, GruppeId(gruppe.0.0))?;
        services.fjern_fra_gruppe(forvalter, Medlemsart::Bruker, body.0.fnr.0).await?;
        Ok(Utfort::Utfort)
    }
}

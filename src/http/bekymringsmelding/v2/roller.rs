//! Who administers an organisation's reception, and who may receive by hand. Not part of KS's published API; in its style.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, Enum, Object, OpenApi, param::Path, payload::Json};

use crate::{
    domain::{Services, roller::NyRolle},
    http::{
        bekymringsmelding::Malgruppe,
        credentials::{Forvaltning, Innlogget},
        problem::ApiError,
        wire::{IdParam, Personnummer, Tidspunkt},
    },
    model::{
        FiksOrgId, RessursId,
        kommune::Organisasjon,
        rolle::{Rolle as Model, Rolleinnehav},
    },
};

/// Hva en person kan gjøre for en organisasjon.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "SCREAMING_SNAKE_CASE", rename = "Rolle")]
pub enum Rolle {
    /// Gir og tar rollene hovedadministrator og tjenesteadministrator.
    Hovedadministrator,
    /// Setter opp tjenesten, ser hva som skjer med meldingene, og gir og tar rollen bruker.
    Tjenesteadministrator,
    /// Ser på, henter og kvitterer meldinger for hånd.
    Bruker,
}

/// En rolle som noen har. Hvem det er, vet bare den som har gitt merkelappen.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RolleApiModel {
    /// Rollens id.
    rolle_id: uuid::Uuid,
    /// Hva personen kan gjøre.
    rolle: Rolle,
    /// Den eneste bydelen rollen gjelder. Mangler når den gjelder hele organisasjonen.
    #[oai(skip_serializing_if_is_none)]
    ressurs_id: Option<uuid::Uuid>,
    /// Det administratorene kjenner personen på.
    merkelapp: String,
    /// Når rollen ble gitt.
    gitt_tidspunkt: Tidspunkt,
}

/// En rolle som noen skal få.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct NyRolleApiModel {
    /// Fødselsnummeret eller D-nummeret til den som skal få rollen. Det lagres ikke: vi tar bare vare på et avtrykk som
    /// ikke kan gjøres om til nummeret.
    #[oai(write_only)]
    fnr: Personnummer,
    /// Hva personen skal kunne gjøre.
    rolle: Rolle,
    /// Den eneste bydelen rollen skal gjelde. Utelat den for hele organisasjonen.
    ressurs_id: Option<uuid::Uuid>,
    /// Noe dere kjenner personen igjen på i listen over roller og i endringsloggen, for eksempel et ansattnummer. Ikke navn
    /// eller fødselsnummer. Høyst 100 tegn.
    merkelapp: String,
}

/// En rolle som den innloggede har, og hvor.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct MinRolleApiModel {
    /// Rollens id.
    rolle_id: uuid::Uuid,
    /// Organisasjonen rollen gjelder.
    fiks_org_id: uuid::Uuid,
    /// Organisasjonens navn.
    organisasjonsnavn: String,
    /// Hva den innloggede kan gjøre.
    rolle: Rolle,
    /// Den eneste bydelen rollen gjelder. Mangler når den gjelder hele organisasjonen.
    #[oai(skip_serializing_if_is_none)]
    ressurs_id: Option<uuid::Uuid>,
    /// Når rollen ble gitt.
    gitt_tidspunkt: Tidspunkt,
}

#[derive(Debug, ApiResponse)]
pub enum RolleGitt {
    /// Personen har rollen.
    #[oai(status = 201)]
    Gitt(Json<RolleApiModel>),
}

#[derive(Debug, ApiResponse)]
pub enum RolleTatt {
    /// Ingen har rollen lenger.
    #[oai(status = 204)]
    Tatt,
}

impl From<Model> for Rolle {
    fn from(rolle: Model) -> Self {
        match rolle {
            Model::Hovedadministrator => Self::Hovedadministrator,
            Model::Tjenesteadministrator => Self::Tjenesteadministrator,
            Model::Bruker => Self::Bruker,
        }
    }
}

impl From<Rolle> for Model {
    fn from(rolle: Rolle) -> Self {
        match rolle {
            Rolle::Hovedadministrator => Self::Hovedadministrator,
            Rolle::Tjenesteadministrator => Self::Tjenesteadministrator,
            Rolle::Bruker => Self::Bruker,
        }
    }
}

impl From<Rolleinnehav> for RolleApiModel {
    fn from(held: Rolleinnehav) -> Self {
        Self {
            rolle_id: held.id,
            rolle: held.rolle.into(),
            ressurs_id: held.bydel.map(|bydel| bydel.0),
            merkelapp: held.merkelapp,
            gitt_tidspunkt: Tidspunkt(held.gitt),
        }
    }
}

impl From<(Rolleinnehav, Organisasjon)> for MinRolleApiModel {
    fn from((held, organisasjon): (Rolleinnehav, Organisasjon)) -> Self {
        Self {
            rolle_id: held.id,
            fiks_org_id: organisasjon.id.0,
            organisasjonsnavn: organisasjon.navn,
            rolle: held.rolle.into(),
            ressurs_id: held.bydel.map(|bydel| bydel.0),
            gitt_tidspunkt: Tidspunkt(held.gitt),
        }
    }
}

#[derive(Debug)]
pub struct Roller;

#[OpenApi(tag = "Malgruppe::Administrasjon")]
impl Roller {
    /// Hent mine roller
    ///
    /// Rollene som den innloggede personen har, på tvers av organisasjoner. Tom liste når personen ikke har noen.
    #[oai(path = "/konfigurasjon/roller/mine", method = "get", operation_id = "getMineRoller")]
    async fn mine(
        &self,
        caller: Innlogget,
        services: Data<&Arc<Services>>,
    ) -> Result<Json<Vec<MinRolleApiModel>>, ApiError> {
        let held = services.mine_roller(&caller.0).await?;
        Ok(Json(held.into_iter().map(MinRolleApiModel::from).collect()))
    }

    /// Hent roller
    ///
    /// Rollene i organisasjonen, eldste først. Den som bare er administrator for noen bydeler, ser bare rollene der.
    #[oai(path = "/konfigurasjon/:fiksOrgId/roller", method = "get", operation_id = "getRoller")]
    async fn roller(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen rollene gjelder.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
    ) -> Result<Json<Vec<RolleApiModel>>, ApiError> {
        let held = services.roller(&caller.0.administrator(organisasjon.0)?).await?;
        Ok(Json(held.into_iter().map(RolleApiModel::from).collect()))
    }

    /// Gi noen en rolle
    ///
    /// En hovedadministrator gir rollene hovedadministrator og tjenesteadministrator. En tjenesteadministrator gir rollen
    /// bruker, og det gjør også en integrasjon med rettigheten til å konfigurere; den kan ikke gi andre roller. Den som bare
    /// er administrator for én bydel, kan bare gi roller der. Ingen kan gi seg selv en rolle. Kallet kan gjentas: den som
    /// har rollen fra før, har den fortsatt, med den nye merkelappen.
    #[oai(path = "/konfigurasjon/:fiksOrgId/roller", method = "post", operation_id = "opprettRolle")]
    async fn gi(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen rollen gjelder.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        body: Json<NyRolleApiModel>,
    ) -> Result<RolleGitt, ApiError> {
        let administrator = caller.0.administrator(organisasjon.0)?;
        let NyRolleApiModel { fnr, rolle, ressurs_id, merkelapp } = body.0;
        let ny = NyRolle {
            organisasjon: organisasjon.0,
            rolle: rolle.into(),
            bydel: ressurs_id.map(RessursId),
            merkelapp,
            fnr: fnr.0,
        };
        Ok(RolleGitt::Gitt(Json(services.gi_rolle(administrator, ny).await?.into())))
    }

    /// Ta fra noen en rolle
    ///
    /// Den som kan gi rollen, kan ta den. En administrator kan også si fra seg sin egen. Organisasjonens siste
    /// hovedadministrator kan ikke miste rollen. Kallet kan gjentas og gir samme svar.
    #[oai(path = "/konfigurasjon/:fiksOrgId/roller/:rolleId", method = "delete", operation_id = "slettRolle")]
    async fn ta(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen rollen gjelder.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Rollens id.
        #[oai(name = "rolleId")]
        rolle: Path<IdParam>,
    ) -> Result<RolleTatt, ApiError> {
        services.ta_rolle(caller.0.administrator(organisasjon.0)?, rolle.0.0).await?;
        Ok(RolleTatt::Tatt)
    }
}

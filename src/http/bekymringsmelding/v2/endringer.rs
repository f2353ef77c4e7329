//! The audit trail of an organisation. Not part of KS's published API; in its style.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use serde_json::Value;

use crate::{
    domain::{Services, roller::Endring as Model},
    http::{
        bekymringsmelding::Malgruppe,
        credentials::Forvaltning,
        problem::ApiError,
        wire::{Antall, IdParam, MarkorParam, Tidspunkt},
    },
    model::{FiksOrgId, revisjon::Aktor as ModelAktor},
};

/// Hva slags aktør det var.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Aktortype {
    /// Et system. `id` er integrasjonens id.
    Integrasjon,
    /// En person. `id` er id-en til rollen som ga lov til det.
    Person,
    /// Den som driver plattformen, eller en av plattformens egne regler.
    Plattform,
}

/// Hvem som gjorde det.
#[derive(Debug, Object)]
pub struct Aktor {
    /// Hva slags aktør det var.
    #[oai(rename = "type")]
    slag: Aktortype,
    /// Integrasjonens eller rollens id. Mangler for plattformen.
    #[oai(skip_serializing_if_is_none)]
    id: Option<uuid::Uuid>,
    /// Det administratorene kjenner personen på. Mangler for andre enn personer.
    #[oai(skip_serializing_if_is_none)]
    merkelapp: Option<String>,
}

/// Noe som ble endret eller lest.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Endring {
    /// Endringens id.
    endring_id: uuid::Uuid,
    /// Når det skjedde.
    tidspunkt: Tidspunkt,
    /// Hvem som gjorde det.
    aktor: Aktor,
    /// Hva som ble gjort: operasjonens navn (`operationId`).
    handling: String,
    /// Bydelen, rollen, meldingen eller annet som det ble gjort med.
    #[oai(skip_serializing_if_is_none)]
    objekt: Option<uuid::Uuid>,
    /// Hvordan det var. Mangler når det ikke fantes, og når noe bare ble lest.
    #[oai(skip_serializing_if_is_none)]
    tilstand_for: Option<Value>,
    /// Hvordan det ble. Mangler når det ikke lenger finnes, og når noe bare ble lest.
    #[oai(skip_serializing_if_is_none)]
    tilstand_etter: Option<Value>,
}

/// Én side av endringsloggen.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Endringer {
    /// Endringene på siden, nyeste først.
    endringer: Vec<Endring>,
    /// Send denne som `markor` for å få neste side. Mangler på den siste.
    #[oai(skip_serializing_if_is_none)]
    neste_markor: Option<uuid::Uuid>,
}

impl From<Model> for Endring {
    fn from(Model { revisjon, merkelapp }: Model) -> Self {
        let slag = match revisjon.aktor {
            ModelAktor::Integrasjon(_) => Aktortype::Integrasjon,
            // What a citizen does stands in the card's own history, and not in this one.
            ModelAktor::Person(_) | ModelAktor::Innbygger(_) => Aktortype::Person,
            ModelAktor::Plattform => Aktortype::Plattform,
        };
        Self {
            endring_id: revisjon.id,
            tidspunkt: Tidspunkt(revisjon.tidspunkt),
            aktor: Aktor { slag, id: revisjon.aktor.id(), merkelapp },
            handling: revisjon.handling,
            objekt: revisjon.objekt,
            tilstand_for: revisjon.for_endring,
            tilstand_etter: revisjon.etter_endring,
        }
    }
}

#[derive(Debug)]
pub struct Endringslogg;

#[OpenApi(tag = "Malgruppe::Administrasjon")]
impl Endringslogg {
    /// Hent endringer
    ///
    /// Hvem som endret hva i organisasjonens oppsett og roller, og hvem som leste opplysninger om meldinger, nyeste først.
    /// Aldri hemmeligheter eller fødselsnumre. Den som bare er administrator for noen bydeler, ser bare det som gjelder dem.
    #[oai(path = "/konfigurasjon/:fiksOrgId/endringer", method = "get", operation_id = "getEndringer")]
    async fn endringer(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen det gjelder.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Bare det som ble gjort med denne bydelen, rollen eller meldingen.
        objekt: Query<Option<IdParam>>,
        /// Hvor mange endringer det høyst skal være på siden.
        #[oai(default)]
        antall: Query<Antall>,
        /// Hvor siden skal begynne: `nesteMarkor` fra forrige side.
        markor: Query<Option<MarkorParam>>,
    ) -> Result<Json<Endringer>, ApiError> {
        let administrator = caller.0.administrator(organisasjon.0)?;
        let (objekt, after) = (objekt.0.map(|id| id.0), markor.0.map(|markor| markor.0));
        let side = services.endringer(&administrator, objekt, after, antall.0.0.into()).await?;
        Ok(Json(Endringer {
            endringer: side.rader.into_iter().map(Endring::from).collect(),
            neste_markor: side.neste.map(|markor| markor.0),
        }))
    }
}

//! The cards that are about to expire. Not part of KS's published API.

use std::{borrow::Cow, fmt, str::FromStr, sync::Arc};

use jiff::civil::Date;
use poem::web::Data;
use poem_openapi::{
    ApiResponse, OpenApi,
    param::{Path, Query},
    payload::Json,
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromParameter, ParseResult, Type},
};
use serde_json::Value;

use crate::{
    domain::Services,
    http::{
        credentials::LegitimertForLedsagerbevis,
        ledsagerbevis::{Malgruppe, wire::LedsagerbevisResponse},
        problem::ApiError,
        wire::{FOR_CALLER, Radantall, Utlopsdager, parameter, wire_type},
    },
    model::{FiksOrgId, ledsagerbevis::BevisId},
};

/// Cards on a page when nobody says how many.
const PER_SIDE: u16 = 1000;
/// Days ahead when nobody says how many: when those on the cards are told for the first time.
const INNEN: u16 = 60;

/// Where a page begins: after the last day and the id of the former one's last card.
#[derive(Debug, Clone, Copy)]
pub struct Utlopsmarkor(Date, BevisId);

impl FromStr for Utlopsmarkor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rule = "skal være verdien av hodet Neste-Markor i forrige svar";
        let (date, id) = text.split_once('_').filter(|(date, _)| date.len() == 10).ok_or(rule)?;
        Ok(Self(date.parse().map_err(|_| rule)?, id.parse().map_err(|_| rule)?))
    }
}

impl fmt::Display for Utlopsmarkor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.0, self.1)
    }
}

parameter!(
    Utlopsmarkor,
    "markor",
    MetaSchema {
        pattern: Some("^[0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9a-f-]{36}$".to_owned()),
        example: Some(Value::String("2027-03-01_01890a5d-ac96-774b-bcce-b302099a8057".to_owned())),
        ..MetaSchema::new("string")
    }
);

/// A list with a word about where it goes on.
#[derive(Debug, ApiResponse)]
pub enum Utlopsliste {
    /// Ledsagerbevisene, de som utløper først, først.
    #[oai(status = 200)]
    Liste(
        Json<Vec<LedsagerbevisResponse>>,
        /// Verdien til `markor` som gir de neste. Mangler når det ikke er flere.
        #[oai(header = "Neste-Markor")]
        Option<String>,
    ),
}

#[derive(Debug)]
pub struct Utloper;

#[OpenApi(tag = "Malgruppe::Saksbehandling")]
impl Utloper {
    /// Hent ledsagerbevisene som snart utløper
    ///
    /// De som gjelder nå, og som har sin siste dag innen så mange dager; de som utløper først, først. De som er utløpt eller trukket
    /// tilbake, er ikke med. Eieren og forvalterne får SMS 60 og 14 dager før den siste dagen. Er det flere enn antallet, har svaret
    /// hodet Neste-Markor: gi verdien i `markor` for å få de neste.
    #[oai(
        path = "/api/v1/organisasjoner/:fiksOrgId/ledsagerbevis/utloper",
        method = "get",
        operation_id = "hentLedsagerbevisSomUtloper"
    )]
    async fn utloper(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som har utstedt ledsagerbevisene.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Hvor mange dager fram den siste dagen kan være. Uten denne 60.
        innen: Query<Option<Utlopsdager>>,
        /// Hvor mange ledsagerbevis svaret kan ha. Uten denne 1000.
        antall: Query<Option<Radantall>>,
        /// Hvor listen skal begynne: verdien av hodet Neste-Markor i forrige svar.
        markor: Query<Option<Utlopsmarkor>>,
    ) -> Result<Utlopsliste, ApiError> {
        let behandler = caller.0.behandler(organisasjon.0)?;
        let innen = innen.0.map_or(INNEN, |innen| innen.0);
        let antall = antall.0.map_or(PER_SIDE, |antall| antall.0);
        let etter = markor.0.map(|Utlopsmarkor(date, id)| (date, id));
        let (bevis, neste) = services.bevis_som_utloper(&behandler, innen, etter, antall.into()).await?;
        let today = services.i_dag();
        let rader = bevis.into_iter().map(|bevis| LedsagerbevisResponse::new(bevis, today)).collect();
        Ok(Utlopsliste::Liste(Json(rader), neste.map(|(date, id)| Utlopsmarkor(date, id).to_string())))
    }
}

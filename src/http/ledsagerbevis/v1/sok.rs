//! Searching the cards. What is looked for stands in the body: it is somebody's, and an address is written down on its way.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::saksbehandling::{Bevisliste, PER_SIDE};
use crate::{
    domain::{Services, ledsagerbevis::Sokeutvalg},
    http::{
        credentials::LegitimertForLedsagerbevis,
        ledsagerbevis::{
            Malgruppe,
            wire::{Dato, LedsagerbevisResponse, Tilstand},
        },
        problem::ApiError,
        wire::{MarkorParam, Personnummer, Persontekst, Radantall},
    },
    model::FiksOrgId,
};

/// Hva det skal søkes etter. Alt som er gitt, må passe. Uten noe får du alle ledsagerbevisene.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct SokLedsagerbevisRequest {
    /// Begynnelsen av ett eller flere ord i navnet til en som står på ledsagerbeviset nå, eieren eller en forvalter. Minst to
    /// bokstaver i ett av ordene. Store og små bokstaver og aksenter betyr ikke noe; å, æ og ø er det samme som aa, ae og oe.
    navn: Option<Persontekst>,
    /// Hele fødselsnummeret eller D-nummeret til en som står på ledsagerbeviset nå, eieren eller en forvalter.
    #[oai(write_only)]
    fnr: Option<Personnummer>,
    /// Hele referansen. Store og små bokstaver og flere mellomrom betyr ikke noe.
    ekstern_id: Option<Persontekst>,
    /// Om ledsagerbeviset gjelder i dag.
    tilstand: Option<Tilstand>,
    /// Den siste gyldige dagen er denne dagen eller senere. Varige ledsagerbevis har ingen siste dag, og passer ikke.
    utloper_fra: Option<Dato>,
    /// Den siste gyldige dagen er denne dagen eller tidligere. Varige ledsagerbevis har ingen siste dag, og passer ikke.
    utloper_til: Option<Dato>,
}

impl From<SokLedsagerbevisRequest> for Sokeutvalg {
    fn from(request: SokLedsagerbevisRequest) -> Self {
        let SokLedsagerbevisRequest { navn, fnr, ekstern_id, tilstand, utloper_fra, utloper_til } = request;
        Self {
            navn: navn.map(|text| text.0),
            fnr: fnr.map(|text| text.0),
            ekstern_id: ekstern_id.map(|text| text.0),
            tilstand: tilstand.map(Into::into),
            fra: utloper_fra.map(|dato| dato.0),
            til: utloper_til.map(|dato| dato.0),
        }
    }
}

#[derive(Debug)]
pub struct Sok;

#[OpenApi(tag = "Malgruppe::Saksbehandling")]
impl Sok {
    /// Søk i ledsagerbevisene
    ///
    /// Organisasjonens ledsagerbevis som passer med alt det er søkt etter, de nyeste først. Er det flere enn antallet, har svaret
    /// hodet Neste-Markor: gjenta søket med verdien i `markor` for å få de neste.
    #[oai(
        path = "/api/v1/organisasjoner/:fiksOrgId/ledsagerbevis/sok",
        method = "post",
        operation_id = "sokLedsagerbevis"
    )]
    async fn sok(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som har utstedt ledsagerbevisene.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Hvor mange ledsagerbevis svaret kan ha. Uten denne 1000.
        antall: Query<Option<Radantall>>,
        /// Hvor svaret skal begynne: verdien av hodet Neste-Markor i forrige svar.
        markor: Query<Option<MarkorParam>>,
        body: Json<SokLedsagerbevisRequest>,
    ) -> Result<Bevisliste, ApiError> {
        let behandler = caller.0.behandler(organisasjon.0)?;
        let antall = antall.0.map_or(PER_SIDE, |antall| antall.0);
        let markor = markor.0.map(|markor| markor.0);
        let side = services.sok_bevis(&behandler, body.0.into(), markor, antall.into()).await?;
        let today = services.i_dag();
        let rader = side.rader.into_iter().map(|bevis| LedsagerbevisResponse::new(bevis, today));
        Ok(Bevisliste::Liste(Json(rader.collect()), side.neste.map(|markor| markor.0)))
    }
}

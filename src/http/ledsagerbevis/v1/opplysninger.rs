//! Changing what a card says. Not part of KS's published API.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{Object, OpenApi, param::Path, payload::Json};

use crate::{
    domain::{
        Services,
        ledsagerbevis::{Bevisendring, NyttNummer},
    },
    http::{
        credentials::LegitimertForLedsagerbevis,
        ledsagerbevis::{
            Malgruppe,
            kropp::{Kropp, med_skjema},
            wire::{AntallLedsagere, Dato, LedsagerbevisResponse},
        },
        problem::ApiError,
        wire::{Personnummer, Persontekst},
    },
    model::{FiksOrgId, ledsagerbevis::BevisId},
};

/// Et nytt telefonnummer for eieren eller en forvalter.
#[derive(Debug, Object)]
pub struct NyttTelefonnummer {
    /// Fødselsnummeret eller D-nummeret til eieren eller forvalteren.
    #[oai(write_only)]
    fnr: Personnummer,
    /// Nummeret personen skal logge inn med: åtte sifre, eller landkode med + foran.
    telefonnummer: Persontekst,
}

/// Det som skal endres på et ledsagerbevis. Felt som mangler, blir som de er.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct EndreLedsagerbevisRequest {
    /// Hvor mange ledsagere som kan være med: én eller to.
    antall_ledsagere: Option<AntallLedsagere>,
    /// Den siste dagen ledsagerbeviset skal gjelde. Ett som er utløpt, kan forlenges.
    utlopsdato: Option<Dato>,
    /// Om ledsagerbeviset skal gjelde uten noen sluttdato. Når det er sant, ser vi bort fra utlopsdato.
    varig: Option<bool>,
    /// Et bilde som er lastet opp av eieren.
    bilde_id: Option<uuid::Uuid>,
    /// Saksbehandlerens referanse, høyst 100 tegn.
    ekstern_id: Option<Persontekst>,
    /// Nye telefonnumre. De gamle mister tilgangen med en gang, og det samme gjør de som har fått ledsagerbeviset delt fra dem.
    #[oai(default)]
    telefonnumre: Vec<NyttTelefonnummer>,
}

med_skjema!(EndreLedsagerbevisRequest, Endre, "endre");

impl From<EndreLedsagerbevisRequest> for Bevisendring {
    fn from(given: EndreLedsagerbevisRequest) -> Self {
        let nummer =
            |NyttTelefonnummer { fnr, telefonnummer }| NyttNummer { fnr: fnr.0, telefonnummer: telefonnummer.0 };
        Self {
            antall_ledsagere: given.antall_ledsagere.map(|antall| antall.0),
            utlopsdato: given.utlopsdato.map(|dato| dato.0),
            varig: given.varig,
            bilde: given.bilde_id,
            ekstern_id: given.ekstern_id.map(|text| text.0),
            telefonnumre: given.telefonnumre.into_iter().map(nummer).collect(),
        }
    }
}

#[derive(Debug)]
pub struct Opplysninger;

#[OpenApi(tag = "Malgruppe::Saksbehandling")]
impl Opplysninger {
    /// Endre et ledsagerbevis
    ///
    /// Bare det som er med, endres; resten blir som det er. Hver endring blir en hendelse, og det som er likt fra før, er ingen
    /// endring: kallet kan gjentas. Et nytt telefonnummer får SMS, og det gamle ser ikke ledsagerbeviset lenger. Endrer to
    /// saksbehandlere det samme, gjelder den siste.
    #[oai(
        path = "/api/v1/organisasjoner/:fiksOrgId/ledsagerbevis/:ledsagerbevisId/opplysninger",
        method = "patch",
        operation_id = "endreLedsagerbevis"
    )]
    async fn endre(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som har utstedt ledsagerbeviset.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Ledsagerbeviset.
        #[oai(name = "ledsagerbevisId")]
        id: Path<BevisId>,
        body: Kropp<EndreLedsagerbevisRequest>,
    ) -> Result<Json<LedsagerbevisResponse>, ApiError> {
        let behandler = caller.0.behandler(organisasjon.0)?;
        let bevis = services.endre_bevis(&behandler, id.0, &body.0.into()).await?;
        Ok(Json(LedsagerbevisResponse::new(bevis, services.i_dag())))
    }
}

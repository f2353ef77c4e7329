//! What citizens do to let others show their card for a time. Not part of KS's published API.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{ApiResponse, Object, OpenApi, param::Path, payload::Json};

use crate::{
    domain::{
        Services,
        ledsagerbevis::{Deling, NyDeling},
    },
    http::{
        credentials::LegitimertInnbygger,
        ledsagerbevis::{
            Malgruppe,
            kropp::{Kropp, med_skjema},
            wire::Dato,
        },
        problem::ApiError,
        wire::{IdParam, Persontekst, Tidspunkt},
    },
    model::ledsagerbevis::BevisId,
};

/// Hvem et ledsagerbevis skal deles med.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct DelLedsagerbevisRequest {
    /// Det den som deler, kaller mottakeren. Høyst 100 tegn. Kommunen ser det også.
    navn: Persontekst,
    /// Nummeret mottakeren skal logge inn med: åtte sifre, eller landkode med + foran.
    telefonnummer: Persontekst,
    /// Den siste dagen mottakeren kan vise ledsagerbeviset, i norsk tid. Høyst 365 dager fram, og ikke etter at ledsagerbeviset
    /// utløper. Utelat den for 30 dager.
    utlopsdato: Option<Dato>,
}

med_skjema!(DelLedsagerbevisRequest, Del, "del");

/// Noen som et ledsagerbevis er delt med.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", rename = "LedsagerbevisDeling")]
pub struct DelingRespons {
    /// Delingens id.
    id: uuid::Uuid,
    /// Det den som delte, kaller mottakeren.
    navn: Persontekst,
    /// Nummeret mottakeren logger inn med, slik det ble skrevet.
    telefonnummer: Persontekst,
    /// Når ledsagerbeviset ble delt.
    fra: Tidspunkt,
    /// Den siste dagen mottakeren kan vise ledsagerbeviset, i norsk tid.
    utlopsdato: Dato,
}

#[derive(Debug, ApiResponse)]
pub enum Delt {
    /// Ledsagerbeviset er delt, og mottakeren får SMS.
    #[oai(status = 201)]
    Delt(Json<DelingRespons>),
}

#[derive(Debug, ApiResponse)]
pub enum Trukket {
    /// Mottakeren ser ikke ledsagerbeviset lenger.
    #[oai(status = 204)]
    Trukket,
}

impl From<Deling> for DelingRespons {
    fn from(Deling { id, navn, telefonnummer, fra, siste_dag }: Deling) -> Self {
        Self {
            id,
            navn: Persontekst(navn),
            telefonnummer: Persontekst(telefonnummer),
            fra: Tidspunkt(fra),
            utlopsdato: Dato(siste_dag),
        }
    }
}

#[derive(Debug)]
pub struct Delinger;

#[OpenApi(tag = "Malgruppe::Innbygger")]
impl Delinger {
    /// Hent hvem et ledsagerbevis er delt med
    ///
    /// De som kan vise det nå, den første først. Bare for den som eier ledsagerbeviset eller er forvalter.
    #[oai(
        path = "/innbygger/api/v1/ledsagerbevis/:ledsagerbevisId/delinger",
        method = "get",
        operation_id = "hentDelinger"
    )]
    async fn delinger(
        &self,
        caller: LegitimertInnbygger,
        services: Data<&Arc<Services>>,
        /// Ledsagerbeviset.
        #[oai(name = "ledsagerbevisId")]
        id: Path<BevisId>,
    ) -> Result<Json<Vec<DelingRespons>>, ApiError> {
        let delinger = services.delinger(&caller.0, id.0).await?;
        Ok(Json(delinger.into_iter().map(Into::into).collect()))
    }

    /// Del et ledsagerbevis
    ///
    /// Mottakeren får SMS, logger inn med nummeret sitt, og kan vise ledsagerbeviset til tiden er ute, men ikke dele det videre.
    /// Et ledsagerbevis kan deles med ti om gangen. Kallet kan gjentas; er det delt med nummeret fra før med et annet navn eller en
    /// annen dag, gjelder det nye. Delingen slutter når den som delte, ikke lenger har tilgang med det samme nummeret.
    #[oai(
        path = "/innbygger/api/v1/ledsagerbevis/:ledsagerbevisId/delinger",
        method = "post",
        operation_id = "delLedsagerbevis"
    )]
    async fn del(
        &self,
        caller: LegitimertInnbygger,
        services: Data<&Arc<Services>>,
        /// Ledsagerbeviset.
        #[oai(name = "ledsagerbevisId")]
        id: Path<BevisId>,
        body: Kropp<DelLedsagerbevisRequest>,
    ) -> Result<Delt, ApiError> {
        let DelLedsagerbevisRequest { navn, telefonnummer, utlopsdato } = body.0;
        let siste_dag = utlopsdato.map(|dato| dato.0);
        let ny = NyDeling { navn: navn.0, telefonnummer: telefonnummer.0, siste_dag };
        let deling = services.del_bevis(&caller.0, id.0, &ny).await?;
        Ok(Delt::Delt(Json(deling.into())))
    }

    /// Trekk tilbake en deling
    ///
    /// Mottakeren ser ikke ledsagerbeviset lenger, innlogget eller ikke. Både eieren og forvalterne kan trekke tilbake alle
    /// delinger. Kallet kan gjentas.
    #[oai(
        path = "/innbygger/api/v1/ledsagerbevis/:ledsagerbevisId/delinger/:delingId",
        method = "delete",
        operation_id = "trekkDeling"
    )]
    async fn trekk(
        &self,
        caller: LegitimertInnbygger,
        services: Data<&Arc<Services>>,
        /// Ledsagerbeviset.
        #[oai(name = "ledsagerbevisId")]
        id: Path<BevisId>,
        /// Delingen.
        #[oai(name = "delingId")]
        deling: Path<IdParam>,
    ) -> Result<Trukket, ApiError> {
        services.trekk_deling(&caller.0, id.0, deling.0.0).await?;
        Ok(Trukket::Trukket)
    }
}

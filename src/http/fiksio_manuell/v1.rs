//! The account's queue, one report at a time.

use std::sync::Arc;

use jiff::SignedDuration;
use poem::web::Data;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::Mottaker;
use crate::{
    domain::{
        Services,
        manuell::{Mottakskonto, Neste, Svar},
    },
    http::{
        credentials::Forvaltning,
        problem::ApiError,
        wire::{Base64Innhold, MeldingIdParam},
    },
    model::{Feilkode, KontoId},
};

/// Hva som er kjent om en melding uten å åpne den.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct MottattMeldingMetadata {
    /// Meldingens id.
    melding_id: uuid::Uuid,
    /// Meldingstypen, for eksempel `no.ks.fiks.bekymringsmelding.offentlig.v2`.
    melding_type: String,
    /// Hvem meldingen er fra. Avsendere har ingen konto her: dette er organisasjonens id i Fiks.
    avsender_konto_id: uuid::Uuid,
    /// Kontoen som meldingen ligger i.
    mottaker_konto_id: uuid::Uuid,
    /// Millisekunder til fristen: da går meldingen som brev. Mangler når meldingen er besvart.
    #[oai(skip_serializing_if_is_none)]
    ttl: Option<i64>,
    /// Plassen i køen: alltid 1, den første.
    delivery_tag: i64,
    /// Brukes ikke: en bekymringsmelding er aldri et svar.
    #[oai(skip_serializing_if_is_none)]
    svar_pa_melding: Option<uuid::Uuid>,
    /// Meldingens hoder i Fiks IO.
    headere: Headere,
    /// Om noen alt har hentet innholdet: kanskje arbeider en kollega med meldingen.
    resendt: bool,
}

/// Hodene som følger en bekymringsmelding. Et program bør tåle at det kommer flere.
#[derive(Debug, Object)]
pub struct Headere {
    /// Bydelens ressurs-id.
    #[oai(rename = "bydel-ressurs-id")]
    bydel_ressurs_id: uuid::Uuid,
    /// Meldingens id.
    #[oai(rename = "bekymringsmelding-id")]
    bekymringsmelding_id: uuid::Uuid,
}

impl MottattMeldingMetadata {
    fn new(konto: &Mottakskonto, neste: Neste) -> Self {
        let Neste { melding, igjen, hentet_for } = neste;
        Self {
            melding_id: melding.id.0,
            melding_type: melding.meldingstype(),
            avsender_konto_id: melding.avsender.0,
            mottaker_konto_id: konto.konto().0,
            ttl: igjen.map(milliseconds),
            delivery_tag: 1,
            svar_pa_melding: None,
            headere: Headere { bydel_ressurs_id: melding.bydel.0, bekymringsmelding_id: melding.id.0 },
            resendt: hentet_for,
        }
    }
}

fn milliseconds(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Svaret på en melding.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SvarSpesifikasjonApiModel {
    /// `no.ks.fiks.bekymringsmelding.mottatt.v1` når dere har meldingen, `no.ks.fiks.bekymringsmelding.feilet.v1` når
    /// dere ikke kan ta den imot. Store og små bokstaver er like.
    melding_type: String,
    /// Brukes ikke her; med for at formen skal være lik KS Fiks sin.
    ttl: Option<i64>,
}

#[derive(Debug, ApiResponse)]
enum Forste {
    /// Meldingen som er først i køen.
    #[oai(status = 200)]
    Melding(Json<MottattMeldingMetadata>),
    /// Køen er tom.
    #[oai(status = 204)]
    Tom,
}

#[derive(Debug)]
pub struct Manuell;

#[OpenApi(tag = "Mottaker::ManueltMottak")]
impl Manuell {
    /// Tell meldingene som venter
    ///
    /// Gir tallet på meldinger i kontoens kø.
    #[oai(path = "/kontoer/:kontoId/meldinger/antall", method = "get", operation_id = "antall")]
    async fn antall(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Bydelens konto.
        #[oai(name = "kontoId")]
        konto: Path<KontoId>,
    ) -> Result<Json<i64>, ApiError> {
        let konto = services.mottakskonto(&caller.0, konto.0).await?;
        let antall = services.antall_i_manuelt_mottak(&konto).await?;
        Ok(Json(i64::try_from(antall).unwrap_or(i64::MAX)))
    }

    /// Se på den første meldingen
    ///
    /// Meldingen blir liggende. Svarer 204 når køen er tom.
    #[oai(path = "/kontoer/:kontoId/meldinger/neste/metadata", method = "get", operation_id = "peekMetadata")]
    async fn peek_metadata(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Bydelens konto.
        #[oai(name = "kontoId")]
        konto: Path<KontoId>,
    ) -> Result<Forste, ApiError> {
        let konto = services.mottakskonto(&caller.0, konto.0).await?;
        Ok(match services.se_neste(&konto).await? {
            Some(neste) => Forste::Melding(Json(MottattMeldingMetadata::new(&konto, neste))),
            None => Forste::Tom,
        })
    }

    /// Hent innholdet i den første meldingen
    ///
    /// Nøyaktig de bytene som avsenderen laget, kryptert med bydelens sertifikat, som base64 i en JSON-streng. Meldingen
    /// blir liggende til du bekrefter den. Svarer 400 når køen er tom.
    #[oai(path = "/kontoer/:kontoId/meldinger/neste/data", method = "get", operation_id = "peekMeldingData")]
    async fn peek_melding_data(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Bydelens konto.
        #[oai(name = "kontoId")]
        konto: Path<KontoId>,
    ) -> Result<Json<Base64Innhold>, ApiError> {
        let konto = services.mottakskonto(&caller.0, konto.0).await?;
        Ok(Json(Base64Innhold(services.hent_neste(&konto).await?)))
    }

    /// Bekreft at dere har meldingen
    ///
    /// Innholdet slettes her i samme øyeblikk, og meldingen får tilstanden `LEVERT`. Du må selv ha hentet innholdet først
    /// (`neste/data`); ellers svarer kallet 400 og endrer ingenting, også når det er gjentatt av et uhell. Svaret er
    /// opplysningene om den meldingen som ble bekreftet.
    #[oai(path = "/kontoer/:kontoId/meldinger/neste/ack", method = "get", operation_id = "ack")]
    async fn ack(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Bydelens konto.
        #[oai(name = "kontoId")]
        konto: Path<KontoId>,
        /// Bare denne meldingen. Bruk den helst: da kan kallet trygt gjentas, og gir samme svar.
        #[oai(name = "meldingId")]
        melding: Query<Option<MeldingIdParam>>,
    ) -> Result<Json<MottattMeldingMetadata>, ApiError> {
        let konto = services.mottakskonto(&caller.0, konto.0).await?;
        let neste = services.bekreft_neste(&konto, melding.0.map(|id| id.0)).await?;
        Ok(Json(MottattMeldingMetadata::new(&konto, neste)))
    }

    /// Avvis meldingen
    ///
    /// Dere kan ikke ta den imot: meldingen får tilstanden `AVVIST_FAGSYSTEM` og går ut som brev med en gang. I KS Fiks
    /// blir en avvist melding borte; her går ingen melding tapt. Du må ha sett på meldingen først (`neste/metadata` eller
    /// `neste/data`), eller oppgi `meldingId`; ellers svarer kallet 400 og endrer ingenting.
    #[oai(path = "/kontoer/:kontoId/meldinger/neste/nac", method = "get", operation_id = "nac")]
    async fn nac(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Bydelens konto.
        #[oai(name = "kontoId")]
        konto: Path<KontoId>,
        /// Bare denne meldingen. Bruk den helst: da kan kallet trygt gjentas, og gir samme svar.
        #[oai(name = "meldingId")]
        melding: Query<Option<MeldingIdParam>>,
    ) -> Result<Json<MottattMeldingMetadata>, ApiError> {
        let konto = services.mottakskonto(&caller.0, konto.0).await?;
        let neste = services.avvis_neste(&konto, melding.0.map(|id| id.0)).await?;
        Ok(Json(MottattMeldingMetadata::new(&konto, neste)))
    }

    /// Svar på meldingen
    ///
    /// `mottatt` er det samme som `ack`, `feilet` det samme som `nac`, med de samme kravene til hva du har hentet og sett.
    #[oai(path = "/kontoer/:kontoId/meldinger/neste/svarOgAck", method = "post", operation_id = "svarOgAck")]
    async fn svar_og_ack(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Bydelens konto.
        #[oai(name = "kontoId")]
        konto: Path<KontoId>,
        /// Bare denne meldingen. Bruk den helst: da kan kallet trygt gjentas, og gir samme svar.
        #[oai(name = "meldingId")]
        melding: Query<Option<MeldingIdParam>>,
        body: Json<SvarSpesifikasjonApiModel>,
    ) -> Result<Json<MottattMeldingMetadata>, ApiError> {
        let konto = services.mottakskonto(&caller.0, konto.0).await?;
        let svar = Svar::from_meldingstype(&body.0.melding_type).ok_or(Feilkode::UkjentMeldingstype)?;
        let neste = services.svar_neste(&konto, svar, melding.0.map(|id| id.0)).await?;
        Ok(Json(MottattMeldingMetadata::new(&konto, neste)))
    }
}

//! Letters with companion cards. They name neither the owner nor an address: those are in the sealed PDF.

use std::{sync::Arc, time::Duration};

use poem::{Request, web::Data};
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::Status;
use crate::{
    domain::Services,
    http::{
        content::{self, File, SealedContent},
        credentials::Legitimert,
        print::Malgruppe,
        problem::ApiError,
        wire::{Antall, MarkorParam, Tidspunkt, Vent},
    },
    model::{
        BrevId,
        brev::FILNAVN,
        kortbrev::{Forseglet, Kortbrev as Model, Kortbrevstatus},
    },
};

/// Hva slags brev det er.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Brevtype {
    /// Vedtaksbrev om ledsagerbevis, med kortet til å klippe ut.
    Ledsagerbevis,
}

/// Et brev med ledsagerbevis: de samme opplysningene som i filen manifest.json, og hvor langt brevet er kommet. Adressen står bare i
/// det krypterte innholdet, der et vindu i en C5-konvolutt viser den.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Kortbrev {
    /// Hva slags brev det er.
    #[oai(rename = "type")]
    slag: Brevtype,
    /// Brevets id.
    brev_id: uuid::Uuid,
    /// Ledsagerbeviset som brevet er om.
    ledsagerbevis_id: uuid::Uuid,
    /// Når brevet ble bestilt.
    opprettet: Tidspunkt,
    /// Filnavnet på det krypterte innholdet.
    filnavn: String,
    /// SHA-256 av det krypterte innholdet, heksadesimalt.
    sha256: String,
    /// Hvor mange byte det krypterte innholdet er.
    storrelse: u64,
    /// Serienummeret til sertifikatet som innholdet er kryptert med, som desimaltall. Mangler når konvolutten peker på
    /// sertifikatet på en annen måte.
    #[oai(skip_serializing_if_is_none)]
    mottaker_sertifikat_serienummer: Option<String>,
    /// Hvor langt brevet er kommet.
    status: Status,
    /// Når innholdet ble hentet første gang.
    #[oai(skip_serializing_if_is_none)]
    hentet_tidspunkt: Option<Tidspunkt>,
}

/// Én side av brevene med ledsagerbevis som venter.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct VentendeKortbrev {
    /// Brevene på siden, eldste først.
    brev: Vec<Kortbrev>,
    /// Send denne som `markor` for å få neste side. Mangler på den siste.
    #[oai(skip_serializing_if_is_none)]
    neste_markor: Option<uuid::Uuid>,
}

/// Svaret på at et brev med ledsagerbevis er postlagt eller avvist.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Kortbrevkvittering {
    /// Brevets id.
    brev_id: uuid::Uuid,
    /// Ledsagerbeviset som brevet er om.
    ledsagerbevis_id: uuid::Uuid,
    /// Brevets status etter kallet.
    status: Status,
    /// Når det ble meldt første gang.
    tidspunkt: Tidspunkt,
}

/// Hvorfor brevet med ledsagerbevis ikke kunne sendes.
#[derive(Debug, Object)]
pub struct Kortbrevavvisning {
    /// Beskriv den tekniske feilen uten personopplysninger. Saksbehandleren i kommunen kan lese den. Høyst 500 tegn.
    arsak: String,
}

impl From<Kortbrevstatus> for Status {
    fn from(status: Kortbrevstatus) -> Self {
        match status {
            Kortbrevstatus::Bestilt | Kortbrevstatus::Klar => Self::Klar,
            Kortbrevstatus::Postlagt => Self::Postlagt,
            Kortbrevstatus::Avvist | Kortbrevstatus::IkkeSendt => Self::Avvist,
        }
    }
}

impl From<Model> for Kortbrev {
    fn from(brev: Model) -> Self {
        // One that waits is sealed.
        let Forseglet { sha256, storrelse, sertifikat } =
            brev.forseglet.unwrap_or(Forseglet { sha256: [0; 32], storrelse: 0, sertifikat: None });
        Self {
            slag: Brevtype::Ledsagerbevis,
            brev_id: brev.id.0,
            ledsagerbevis_id: brev.bevis.0,
            opprettet: Tidspunkt(brev.opprettet),
            filnavn: FILNAVN.to_owned(),
            sha256: hex::encode(sha256),
            storrelse,
            mottaker_sertifikat_serienummer: sertifikat,
            status: brev.status.into(),
            hentet_tidspunkt: brev.hentet.map(Tidspunkt),
        }
    }
}

impl From<Model> for Kortbrevkvittering {
    fn from(brev: Model) -> Self {
        Self {
            brev_id: brev.id.0,
            ledsagerbevis_id: brev.bevis.0,
            status: brev.status.into(),
            // One that is posted or refused has it.
            tidspunkt: Tidspunkt(brev.ferdig.unwrap_or(brev.opprettet)),
        }
    }
}

#[derive(Debug)]
pub struct Kortutskrift;

#[OpenApi(tag = "Malgruppe::Utskrift")]
impl Kortutskrift {
    /// Hent ventende brev med ledsagerbevis
    ///
    /// Vedtaksbrevene om ledsagerbevis som skal skrives ut og postlegges, eldste først. De står ikke i listen over brevene som er
    /// bekymringsmeldinger. Med `vent` venter kallet til det kommer et brev.
    #[oai(path = "/kortbrev", method = "get", operation_id = "getVentendeKortbrev")]
    async fn ventende(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Hvor mange brev det høyst skal være på siden.
        #[oai(default)]
        antall: Query<Antall>,
        /// Hvor siden skal begynne: `nesteMarkor` fra forrige side.
        markor: Query<Option<MarkorParam>>,
        /// Hvor mange sekunder kallet skal vente når det ikke er noen brev.
        #[oai(default)]
        vent: Query<Vent>,
    ) -> Result<Json<VentendeKortbrev>, ApiError> {
        let utskrift = caller.0.utskrift()?;
        let after = markor.0.map(|markor| markor.0);
        let wait = Duration::from_secs(vent.0.0.into());
        let side = services.ventende_kortbrev(&utskrift, after, antall.0.0.into(), wait).await?;
        Ok(Json(VentendeKortbrev {
            brev: side.rader.into_iter().map(Kortbrev::from).collect(),
            neste_markor: side.neste.map(|markor| markor.0),
        }))
    }

    /// Hent det krypterte innholdet i et brev med ledsagerbevis
    ///
    /// PDF-en som skal skrives ut, kryptert (CMS) med leverandørens sertifikat: først vedtaksbrevet med mottakerens adresse, så arket med
    /// kortet. Kontroller `Content-Digest`. Et avbrutt kall kan fortsettes med `Range` og `If-Range`. Svarer 410 når brevet
    /// er postlagt og innholdet slettet.
    #[oai(path = "/kortbrev/:kortbrevId/innhold", method = "get", operation_id = "getKortbrevInnhold")]
    async fn innhold(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        request: &Request,
        /// Brevets id.
        #[oai(name = "kortbrevId")]
        id: Path<BrevId>,
    ) -> Result<SealedContent, ApiError> {
        let (brev, content) = services.kortbrevinnhold(&caller.0.utskrift()?, id.0).await?;
        let sha256 = brev.forseglet.map_or([0; 32], |forseglet| forseglet.sha256);
        let file = File { name: FILNAVN, content_type: "application/octet-stream", sha256, content };
        Ok(content::respond(request, &file)?)
    }

    /// Meld at et brev med ledsagerbevis er postlagt
    ///
    /// Meld det først når brevet er levert til posten: innholdet slettes her i samme øyeblikk, også fra utskriftsmappen. Kallet kan
    /// gjentas og gir samme svar.
    #[oai(path = "/kortbrev/:kortbrevId/postlagt", method = "post", operation_id = "postKortbrevPostlagt")]
    async fn postlagt(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Brevets id.
        #[oai(name = "kortbrevId")]
        id: Path<BrevId>,
    ) -> Result<Json<Kortbrevkvittering>, ApiError> {
        Ok(Json(services.kortbrev_postlagt(&caller.0.utskrift()?, id.0).await?.into()))
    }

    /// Meld at et brev med ledsagerbevis ikke kan sendes
    ///
    /// Innholdet slettes, og saksbehandleren ser hvorfor og må sende brevet på en annen måte. Kallet kan gjentas og gir samme svar.
    #[oai(path = "/kortbrev/:kortbrevId/avvist", method = "post", operation_id = "postKortbrevAvvist")]
    async fn avvist(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Brevets id.
        #[oai(name = "kortbrevId")]
        id: Path<BrevId>,
        body: Json<Kortbrevavvisning>,
    ) -> Result<Json<Kortbrevkvittering>, ApiError> {
        Ok(Json(services.kortbrev_avvist(&caller.0.utskrift()?, id.0, &body.0.arsak).await?.into()))
    }
}

//! Version 1. No operation names an organisation: the supplier serves the whole platform.

use std::{sync::Arc, time::Duration};

use poem::{Request, web::Data};
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

mod kort;

pub use kort::Kortutskrift;

use super::Malgruppe;
use crate::{
    domain::{Services, brev::Utskriftsbrev},
    http::{
        content::{self, File, SealedContent},
        credentials::Legitimert,
        problem::ApiError,
        wire::{Antall, MarkorParam, Tidspunkt, Vent},
    },
    model::{
        BrevId,
        brev::{Brev as Model, Brevstatus, FILNAVN},
        kommune::Postadresse,
    },
};

/// Hvor langt brevet er kommet.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Skal skrives ut og postlegges.
    Klar,
    /// Er levert til posten.
    Postlagt,
    /// Kunne ikke sendes. Et nytt forsøk er et nytt brev.
    Avvist,
}

/// Hvor brevet skal.
#[derive(Debug, Object)]
pub struct Adresse {
    /// Kontoret brevet er til.
    navn: String,
    /// Gate- eller postboksadresse.
    adresselinje1: String,
    #[oai(skip_serializing_if_is_none)]
    adresselinje2: Option<String>,
    #[oai(skip_serializing_if_is_none)]
    adresselinje3: Option<String>,
    /// Fire sifre.
    postnummer: String,
    /// Poststedets navn.
    poststed: String,
}

/// Et brev: de samme opplysningene som i filen manifest.json, og hvor langt brevet er kommet.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Brev {
    /// Brevets id.
    brev_id: uuid::Uuid,
    /// Meldingen som brevet er.
    bekymringsmelding_id: uuid::Uuid,
    /// Når det ble bestemt at meldingen skal ut som brev.
    opprettet: Tidspunkt,
    /// Kontorets adresse da brevet ble bestilt. Brevet skal dit også når kontoret har fått en ny adresse siden.
    adresse: Adresse,
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
    /// Når brevet ble meldt postlagt eller avvist.
    #[oai(skip_serializing_if_is_none)]
    ferdig_tidspunkt: Option<Tidspunkt>,
}

/// Én side av brevene som venter.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct VentendeBrev {
    /// Brevene på siden, eldste først.
    brev: Vec<Brev>,
    /// Send denne som `markor` for å få neste side. Mangler på den siste.
    #[oai(skip_serializing_if_is_none)]
    neste_markor: Option<uuid::Uuid>,
}

/// Svaret på at et brev er postlagt eller avvist.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Brevkvittering {
    /// Brevets id.
    brev_id: uuid::Uuid,
    /// Meldingen som brevet er.
    bekymringsmelding_id: uuid::Uuid,
    /// Brevets status etter kallet.
    status: Status,
    /// Når det ble meldt første gang.
    tidspunkt: Tidspunkt,
}

/// Hvorfor brevet ikke kunne sendes.
#[derive(Debug, Object)]
pub struct Avvisning {
    /// Beskriv den tekniske feilen uten personopplysninger. Avsenderen av meldingen kan lese den. Høyst 500 tegn.
    arsak: String,
}

impl From<Brevstatus> for Status {
    fn from(status: Brevstatus) -> Self {
        match status {
            Brevstatus::Klar => Self::Klar,
            Brevstatus::Postlagt => Self::Postlagt,
            Brevstatus::Avvist => Self::Avvist,
        }
    }
}

impl From<Postadresse> for Adresse {
    fn from(adresse: Postadresse) -> Self {
        let Postadresse { navn, adresselinje1, adresselinje2, adresselinje3, postnummer, poststed } = adresse;
        Self { navn, adresselinje1, adresselinje2, adresselinje3, postnummer, poststed }
    }
}

impl From<Utskriftsbrev> for Brev {
    fn from(Utskriftsbrev { brev, sha256, storrelse }: Utskriftsbrev) -> Self {
        Self {
            brev_id: brev.id.0,
            bekymringsmelding_id: brev.melding.0,
            opprettet: Tidspunkt(brev.opprettet),
            adresse: brev.adresse.into(),
            filnavn: FILNAVN.to_owned(),
            sha256: hex::encode(sha256),
            storrelse,
            mottaker_sertifikat_serienummer: brev.sertifikat,
            status: brev.status.into(),
            hentet_tidspunkt: brev.hentet.map(Tidspunkt),
            ferdig_tidspunkt: brev.ferdig.map(Tidspunkt),
        }
    }
}

impl From<Model> for Brevkvittering {
    fn from(brev: Model) -> Self {
        Self {
            brev_id: brev.id.0,
            bekymringsmelding_id: brev.melding.0,
            status: brev.status.into(),
            // One that is posted or refused has it.
            tidspunkt: Tidspunkt(brev.ferdig.unwrap_or(brev.opprettet)),
        }
    }
}

/// Every resource of the version.
pub fn api() -> (Utskrift, Kortutskrift) {
    (Utskrift, Kortutskrift)
}

#[derive(Debug)]
pub struct Utskrift;

#[OpenApi(tag = "Malgruppe::Utskrift")]
impl Utskrift {
    /// Hent ventende brev
    ///
    /// Brevene som skal skrives ut og postlegges, eldste først. Et brev som er meldt postlagt eller avvist, er ikke lenger i
    /// listen. Med `vent` venter kallet til det kommer et brev.
    #[oai(path = "/brev", method = "get", operation_id = "getVentendeBrev")]
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
    ) -> Result<Json<VentendeBrev>, ApiError> {
        let utskrift = caller.0.utskrift()?;
        let after = markor.0.map(|markor| markor.0);
        let wait = Duration::from_secs(vent.0.0.into());
        let side = services.ventende_brev(&utskrift, after, antall.0.0.into(), wait).await?;
        Ok(Json(VentendeBrev {
            brev: side.rader.into_iter().map(Brev::from).collect(),
            neste_markor: side.neste.map(|markor| markor.0),
        }))
    }

    /// Hent opplysninger om et brev
    ///
    /// Det samme som i listen, også for et brev som er postlagt eller avvist.
    #[oai(path = "/brev/:brevId", method = "get", operation_id = "getBrev")]
    async fn brev(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Brevets id.
        #[oai(name = "brevId")]
        id: Path<BrevId>,
    ) -> Result<Json<Brev>, ApiError> {
        Ok(Json(services.brev(&caller.0.utskrift()?, id.0).await?.into()))
    }

    /// Hent det krypterte innholdet
    ///
    /// PDF-en som skal skrives ut, kryptert (CMS) med leverandørens sertifikat, nøyaktig slik avsenderen laget den. Kontroller
    /// `Content-Digest`. Et avbrutt kall kan fortsettes med `Range` og `If-Range`. At brevet er hentet, blir notert; det
    /// står i listen til det er meldt postlagt eller avvist. Svarer 410 når brevet er postlagt og innholdet slettet.
    #[oai(path = "/brev/:brevId/innhold", method = "get", operation_id = "getBrevInnhold")]
    async fn innhold(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        request: &Request,
        /// Brevets id.
        #[oai(name = "brevId")]
        id: Path<BrevId>,
    ) -> Result<SealedContent, ApiError> {
        let (brev, content) = services.brevinnhold(&caller.0.utskrift()?, id.0).await?;
        let file = File { name: FILNAVN, content_type: "application/octet-stream", sha256: brev.sha256, content };
        Ok(content::respond(request, &file)?)
    }

    /// Meld at brevet er postlagt
    ///
    /// Meld det først når brevet er levert til posten: innholdet slettes her i samme øyeblikk, også fra utskriftsmappen, og
    /// meldingen får tilstanden `LEVERT`. Kallet kan gjentas og gir samme svar.
    #[oai(path = "/brev/:brevId/postlagt", method = "post", operation_id = "postBrevPostlagt")]
    async fn postlagt(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Brevets id.
        #[oai(name = "brevId")]
        id: Path<BrevId>,
    ) -> Result<Json<Brevkvittering>, ApiError> {
        Ok(Json(services.brev_postlagt(&caller.0.utskrift()?, id.0).await?.into()))
    }

    /// Meld at brevet ikke kan sendes
    ///
    /// Meldingen får tilstanden `AVVIST_PRINT`, og noen hos kommunen eller driften må ta seg av den. Brevet skal ikke sendes
    /// senere: blir meldingen sendt på nytt, kommer den som et nytt brev. Kallet kan gjentas og gir samme svar.
    #[oai(path = "/brev/:brevId/avvist", method = "post", operation_id = "postBrevAvvist")]
    async fn avvist(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Brevets id.
        #[oai(name = "brevId")]
        id: Path<BrevId>,
        body: Json<Avvisning>,
    ) -> Result<Json<Brevkvittering>, ApiError> {
        Ok(Json(services.brev_avvist(&caller.0.utskrift()?, id.0, &body.0.arsak).await?.into()))
    }
}

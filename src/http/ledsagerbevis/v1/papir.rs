//! A card on paper: what a case worker prints, and sends or hands over.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    ApiResponse, Enum, OpenApi,
    param::{Path, Query},
    payload::Binary,
};

use crate::{
    domain::Services,
    http::{credentials::LegitimertForLedsagerbevis, ledsagerbevis::Malgruppe, problem::ApiError},
    model::{FiksOrgId, kommune::Malform, ledsagerbevis::BevisId},
    system::SecretBytes,
};

/// Hvilken målform dokumentet skal ha.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename = "Papirsprak", rename_all = "lowercase")]
pub enum Sprak {
    /// Bokmål.
    Nb,
    /// Nynorsk.
    Nn,
}

impl From<Sprak> for Malform {
    fn from(sprak: Sprak) -> Self {
        match sprak {
            Sprak::Nb => Self::Bokmal,
            Sprak::Nn => Self::Nynorsk,
        }
    }
}

/// A document, which is nobody's to keep on the way.
#[derive(ApiResponse)]
pub enum Dokument {
    /// Dokumentet, som PDF (PDF/UA-1 og PDF/A-2a).
    #[oai(status = 200, content_type = "application/pdf")]
    Pdf(
        Binary<Vec<u8>>,
        /// Et filnavn som ikke sier hvem dokumentet er om.
        #[oai(header = "Content-Disposition")]
        String,
    ),
}

/// Without what it says.
impl std::fmt::Debug for Dokument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pdf(…)")
    }
}

impl Dokument {
    fn new(pdf: &SecretBytes, name: &str) -> Self {
        Self::Pdf(Binary(pdf.expose().clone()), format!("attachment; filename=\"{name}\""))
    }
}

#[derive(Debug)]
pub struct Papir;

#[OpenApi(tag = "Malgruppe::Saksbehandling")]
impl Papir {
    /// Hent kortet til utskrift
    ///
    /// Begge sidene av kortet, så stort som et bankkort, på et A4-ark med klippemerker: bilde, navn, antall ledsagere, hvor lenge
    /// det gjelder, og hvem som har utstedt det. Et ledsagerbevis som er trukket tilbake, kan ikke skrives ut.
    #[oai(
        path = "/api/v1/organisasjoner/:fiksOrgId/ledsagerbevis/:ledsagerbevisId/kort.pdf",
        method = "get",
        operation_id = "hentKortTilUtskrift"
    )]
    async fn kort(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som har utstedt ledsagerbeviset.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Ledsagerbeviset.
        #[oai(name = "ledsagerbevisId")]
        id: Path<BevisId>,
        /// Målformen. Uten denne den organisasjonen har valgt.
        sprak: Query<Option<Sprak>>,
    ) -> Result<Dokument, ApiError> {
        let behandler = caller.0.behandler(organisasjon.0)?;
        let pdf = services.kort_pdf(&behandler, id.0, sprak.0.map(Into::into)).await?;
        Ok(Dokument::new(&pdf, "ledsagerbevis.pdf"))
    }

    /// Hent vedtaksbrevet
    ///
    /// Brevet til eieren: hva som er vedtatt, hvor lenge det gjelder, hvordan en logger inn, hvem som kan vise beviset, og hvordan en
    /// klager. Adressen er den som saksbehandleren har skrevet. Kontaktopplysningene er organisasjonens egne, fra oppsettet.
    #[oai(
        path = "/api/v1/organisasjoner/:fiksOrgId/ledsagerbevis/:ledsagerbevisId/vedtaksbrev.pdf",
        method = "get",
        operation_id = "hentVedtaksbrev"
    )]
    async fn vedtaksbrev(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som har utstedt ledsagerbeviset.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Ledsagerbeviset.
        #[oai(name = "ledsagerbevisId")]
        id: Path<BevisId>,
        /// Målformen. Uten denne den organisasjonen har valgt.
        sprak: Query<Option<Sprak>>,
    ) -> Result<Dokument, ApiError> {
        let behandler = caller.0.behandler(organisasjon.0)?;
        let pdf = services.vedtak_pdf(&behandler, id.0, sprak.0.map(Into::into)).await?;
        Ok(Dokument::new(&pdf, "vedtaksbrev.pdf"))
    }
}

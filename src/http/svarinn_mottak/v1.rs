//! List, fetch and receipt as SvarInn has it.

use std::sync::Arc;

use poem::{IntoResponse, Request, Response, web::Data};
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::Path,
    payload::Json,
    registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
};

use super::Mottakersystem;
use crate::{
    domain::{
        Services,
        avhenting::Ventende,
        svarinn::{Importfeil, Svarinnkonto},
    },
    http::{
        bekymringsmelding::file_name,
        content::{self, File, SealedContent},
        credentials::LegitimertSvarinn,
        optional_body::ValgfriJson,
        problem::ApiError,
        public_url::PublicUrl,
        wire::ForsendelseId,
    },
    versions::Versjonert,
};

/// What SvarInn's contract calls the file, although what it holds is sealed.
const PDF: &str = "application/pdf";

/// Hvem forsendelsen er fra.
#[derive(Debug, Object)]
pub struct Avsender {
    /// Organisasjonens navn.
    navn: String,
    /// Brukes ikke.
    #[oai(skip_serializing_if_is_none)]
    adresselinje1: Option<String>,
    /// Brukes ikke.
    #[oai(skip_serializing_if_is_none)]
    adresselinje2: Option<String>,
    /// Brukes ikke.
    #[oai(skip_serializing_if_is_none)]
    adresselinje3: Option<String>,
    /// Brukes ikke.
    #[oai(skip_serializing_if_is_none)]
    postnr: Option<String>,
    /// Brukes ikke.
    #[oai(skip_serializing_if_is_none)]
    poststed: Option<String>,
}

/// Hvem forsendelsen er til.
#[derive(Debug, Object)]
pub struct Mottaker {
    /// Bydelens navn.
    navn: String,
    /// Bydelens postadresse, når den er registrert.
    #[oai(skip_serializing_if_is_none)]
    adresse1: Option<String>,
    /// Andre adresselinje.
    #[oai(skip_serializing_if_is_none)]
    adresse2: Option<String>,
    /// Tredje adresselinje.
    #[oai(skip_serializing_if_is_none)]
    adresse3: Option<String>,
    /// Postnummer, fire sifre.
    #[oai(skip_serializing_if_is_none)]
    postnr: Option<String>,
    /// Poststed.
    #[oai(skip_serializing_if_is_none)]
    poststed: Option<String>,
    /// Alltid Norge.
    land: String,
    /// Organisasjonsnummeret bydelen tar imot under, ni sifre.
    orgnr: String,
    /// Brukes ikke: en bydel er ikke en person.
    #[oai(skip_serializing_if_is_none)]
    fnr: Option<String>,
}

/// Filen i forsendelsen, slik den lastes ned.
#[derive(Debug, Object)]
pub struct FilMetadata {
    /// Filnavnet som KS Fiks bruker for det krypterte innholdet.
    filnavn: String,
    /// `application/zip`: en ASiC-E ligger i konvolutten.
    mimetype: String,
    /// SHA-256 av filen slik den lastes ned, heksadesimalt.
    sha256hash: String,
    /// Brukes ikke.
    #[oai(rename = "dokumentType", skip_serializing_if_is_none)]
    dokument_type: Option<String>,
    /// Hvor mange byte filen er, slik den lastes ned.
    size: i64,
}

/// En bekymringsmelding som venter.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Forsendelse {
    /// Hvem forsendelsen er fra.
    avsender: Avsender,
    /// Hvem forsendelsen er til.
    mottaker: Mottaker,
    /// Forsendelsens id: bekymringsmeldingens.
    id: String,
    /// Alltid «Bekymringsmelding»: hvem den gjelder, står bare i det krypterte innholdet.
    tittel: String,
    /// Når meldingen ble tatt imot: millisekunder siden 1970-01-01T00:00:00Z.
    date: i64,
    /// Hvor tjenesten er.
    server_url: String,
    /// Alltid «Akseptert»: meldingen venter.
    status: String,
    /// Sikkerhetsnivået, alltid 4.
    niva: String,
    /// Filen i forsendelsen.
    filmetadata: Vec<FilMetadata>,
    /// Meldingstypen, for eksempel `no.ks.fiks.bekymringsmelding.offentlig.v2`.
    forsendelse_type: String,
    /// Bekymringsmeldingens id.
    ekstern_ref: String,
    /// Hvor filen hentes.
    download_url: String,
}

impl Forsendelse {
    fn new(konto: &Svarinnkonto, server: &str, Ventende { melding, avsender }: Ventende) -> Self {
        let bydel = konto.bydel();
        let address = bydel.adresse.clone();
        let prefix = Versjonert::SvarinnMottakV1.prefix();
        Self {
            avsender: Avsender {
                navn: avsender.navn,
                adresselinje1: None,
                adresselinje2: None,
                adresselinje3: None,
                postnr: None,
                poststed: None,
            },
            mottaker: Mottaker {
                navn: bydel.navn.clone(),
                adresse1: address.as_ref().map(|address| address.adresselinje1.clone()),
                adresse2: address.as_ref().and_then(|address| address.adresselinje2.clone()),
                adresse3: address.as_ref().and_then(|address| address.adresselinje3.clone()),
                postnr: address.as_ref().map(|address| address.postnummer.clone()),
                poststed: address.map(|address| address.poststed),
                land: "Norge".to_owned(),
                orgnr: konto.organisasjonsnummer().to_string(),
                fnr: None,
            },
            id: melding.id.to_string(),
            tittel: "Bekymringsmelding".to_owned(),
            date: melding.mottatt.as_millisecond(),
            server_url: server.to_owned(),
            status: "Akseptert".to_owned(),
            niva: "4".to_owned(),
            filmetadata: vec![FilMetadata {
                filnavn: file_name(melding.mottaker, melding.bydelsnummer),
                mimetype: "application/zip".to_owned(),
                sha256hash: hex::encode(melding.asice_sha256),
                dokument_type: None,
                size: i64::try_from(melding.asice_storrelse).unwrap_or(i64::MAX),
            }],
            forsendelse_type: melding.meldingstype(),
            ekstern_ref: melding.id.to_string(),
            download_url: format!("{server}{prefix}/forsendelse/{}", melding.id),
        }
    }
}

/// Hva som gikk galt.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct ImportFeil {
    /// En teknisk feilmelding, uten personopplysninger. De første 500 tegnene blir tatt vare på.
    feilmelding: Option<String>,
    /// Om det er nytteløst å prøve igjen. `true` når feltet mangler.
    permanent: Option<bool>,
}

/// The sealed bytes, under the type that the contract gives them.
#[derive(Debug)]
pub struct Forsendelsesfil(SealedContent);

impl IntoResponse for Forsendelsesfil {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl ApiResponse for Forsendelsesfil {
    fn meta() -> MetaResponses {
        let schema = MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")));
        let content = vec![MetaMediaType { content_type: PDF, schema }];
        let whole =
            MetaResponse { description: "", status: Some(200), status_range: None, content, headers: Vec::new() };
        MetaResponses { responses: vec![whole] }
    }

    fn register(_: &mut Registry) {}
}

#[derive(Debug)]
pub struct SvarinnMottak;

#[OpenApi(tag = "Mottakersystem::Svarinn")]
impl SvarinnMottak {
    /// Hent nye forsendelser
    ///
    /// Meldingene som venter, eldste først, høyst 200. En forsendelse står i listen til den er kvittert. Spør om igjen så
    /// ofte dere vil; KS anbefaler hvert kvarter.
    #[oai(path = "/mottaker/hentNyeForsendelser", method = "get", operation_id = "getForsendelser")]
    async fn forsendelser(
        &self,
        caller: LegitimertSvarinn,
        services: Data<&Arc<Services>>,
        public_url: Data<&PublicUrl>,
        request: &Request,
    ) -> Result<Json<Vec<Forsendelse>>, ApiError> {
        let server = public_url.of(request);
        let waiting = services.nye_forsendelser(&caller.0).await?;
        Ok(Json(waiting.into_iter().map(|row| Forsendelse::new(&caller.0, &server, row)).collect()))
    }

    /// Hent filen i en forsendelse
    ///
    /// Nøyaktig de bytene som avsenderen laget: en ASiC-E kryptert (CMS) med bydelens sertifikat, eller en JWE for en
    /// bydel som har valgt det. `Content-Type` er `application/pdf` fordi KS' kontrakt sier det; åpne filen med bydelens
    /// nøkkel. Svarer 410 når forsendelsen er kvittert og innholdet slettet.
    #[oai(path = "/forsendelse/:forsendelseId", method = "get", operation_id = "getFil")]
    async fn fil(
        &self,
        caller: LegitimertSvarinn,
        services: Data<&Arc<Services>>,
        request: &Request,
        /// Forsendelsens id.
        #[oai(name = "forsendelseId")]
        id: Path<ForsendelseId>,
    ) -> Result<Forsendelsesfil, ApiError> {
        let (melding, content) = services.forsendelsesfil(&caller.0, id.0.0).await?;
        let name = file_name(melding.mottaker, melding.bydelsnummer);
        let file = File { name: &name, content_type: PDF, sha256: melding.asice_sha256, content };
        Ok(Forsendelsesfil(content::respond(request, &file)?))
    }

    /// Kvitter at forsendelsen er mottatt
    ///
    /// Kvitter først når meldingen er trygt lagret hos dere: innholdet slettes her i samme øyeblikk, og meldingen får
    /// tilstanden `LEVERT`. Kallet kan gjentas.
    #[oai(path = "/kvitterMottak/forsendelse/:forsendelseId", method = "post", operation_id = "postMottatt")]
    async fn mottatt(
        &self,
        caller: LegitimertSvarinn,
        services: Data<&Arc<Services>>,
        /// Forsendelsens id.
        #[oai(name = "forsendelseId")]
        id: Path<ForsendelseId>,
    ) -> Result<(), ApiError> {
        Ok(services.forsendelse_mottatt(&caller.0, id.0.0).await?)
    }

    /// Si fra at forsendelsen ikke kunne tas imot
    ///
    /// Uten innhold, eller med `permanent: true`: meldingen får tilstanden `AVVIST_FAGSYSTEM` og går ut som brev med en
    /// gang. Med `permanent: false` blir den stående i listen til fristen er ute, og feilen blir ført i revisjonssporet.
    /// Kallet kan gjentas.
    #[oai(path = "/mottakFeilet/forsendelse/:forsendelseId", method = "post", operation_id = "postFeilet")]
    async fn feilet(
        &self,
        caller: LegitimertSvarinn,
        services: Data<&Arc<Services>>,
        /// Forsendelsens id.
        #[oai(name = "forsendelseId")]
        id: Path<ForsendelseId>,
        body: ValgfriJson<ImportFeil>,
    ) -> Result<(), ApiError> {
        let given = body.0.unwrap_or(ImportFeil { feilmelding: None, permanent: None });
        let feil = Importfeil { feilmelding: given.feilmelding, permanent: given.permanent.unwrap_or(true) };
        Ok(services.forsendelse_feilet(&caller.0, id.0.0, feil).await?)
    }
}

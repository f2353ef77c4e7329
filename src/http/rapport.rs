//! The body of a report: two sealed parts as multipart, or the report itself as JSON. Held in memory only.

use std::fmt;

use poem::{Request, RequestBody, Result};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    error::ContentTypeError,
    registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, Registry},
};

use super::{
    multipart::Parts,
    problem::error,
    skjema_body::{is_json, read},
};
use crate::{
    domain::mottak::MAX_INNHOLD,
    model::{Feilkode, melding::Innhold},
    system::SecretBytes,
};

/// Name of the part that is sealed to the print supplier.
const PDF: &str = "bekymringsmelding";
/// Name of the part that is sealed to the municipality.
const ASICE: &str = "asice";
const SCHEMA: &str = "BekymringsmeldingMultipart";

/// A report as a case system sends it.
pub enum Rapport {
    /// Sealed by the sender.
    Konvolutter(Innhold),
    /// In the clear, to be sealed by the gateway.
    Skjema(SecretBytes),
}

/// Which of the two it is, and nothing of it.
impl fmt::Debug for Rapport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Konvolutter(_) => "Konvolutter(…)",
            Self::Skjema(_) => "Skjema(…)",
        })
    }
}

impl<'a> ApiExtractor<'a> for Rapport {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let part = |description| {
            let schema =
                MetaSchema { description: Some(description), ..MetaSchema::new_with_format("string", "binary") };
            MetaSchemaRef::Inline(Box::new(schema))
        };
        registry.create_schema::<Self, _>(SCHEMA.to_owned(), |_| MetaSchema {
            description: Some(
                "De to krypterte delene av en bekymringsmelding. Til sammen kan de være 5 MB (5 242 880 byte).",
            ),
            properties: vec![
                (
                    PDF,
                    part(
                        "`bekymringsmelding.pdf`: meldingen som PDF, kryptert (CMS) med nøkkelen i `printOffentligNokkel`.",
                    ),
                ),
                (
                    ASICE,
                    part(
                        "`asice.zip`: en signert ASiC-E med `bekymringsmelding.json` og `bekymringsmelding.pdf`, kryptert (CMS) med nøkkelen i `fiksIOOffentligNokkel`.",
                    ),
                ),
            ],
            required: vec![PDF, ASICE],
            ..MetaSchema::new("object")
        });
    }

    fn request_meta() -> Option<MetaRequest> {
        let schema = MetaSchemaRef::Reference(SCHEMA.to_owned());
        // Which form the JSON is depends on the operation: `spec` names its schema.
        let json = MetaSchemaRef::Inline(Box::new(MetaSchema::new("object")));
        let content = vec![
            MetaMediaType { content_type: "multipart/form-data", schema },
            MetaMediaType { content_type: "application/json", schema: json },
        ];
        Some(MetaRequest { description: None, content, required: true })
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, _: ExtractParamOptions<()>) -> Result<Self> {
        match request.content_type() {
            Some(kind) if is_json(kind) => return Ok(Self::Skjema(read(body).await?)),
            Some(kind) if kind.to_ascii_lowercase().starts_with("multipart/form-data") => {}
            Some(kind) => return Err(ContentTypeError::NotSupported { content_type: kind.to_owned() }.into()),
            None => return Err(ContentTypeError::ExpectContentType.into()),
        }
        let mut parts = Parts::of(request, body)?;
        let (mut pdf, mut asice) = (None, None);
        let mut room = MAX_INNHOLD;
        while let Some(part) = parts.next().await? {
            let place = match part.name() {
                Some(PDF) => &mut pdf,
                Some(ASICE) => &mut asice,
                // A part that nobody would read is content that nobody would see: better to say so.
                _ => return Err(error(Feilkode::DelMangler)),
            };
            let content = parts.read(part).await?;
            room = room.checked_sub(content.len()).ok_or_else(|| error(Feilkode::ForStor))?;
            if place.replace(content).is_some() {
                return Err(error(Feilkode::DelMangler));
            }
        }
        match (pdf, asice) {
            (Some(pdf), Some(asice)) => Ok(Self::Konvolutter(Innhold { asice, pdf })),
            _ => Err(error(Feilkode::DelMangler)),
        }
    }
}

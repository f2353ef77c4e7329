//! The body of a photo that is handed in: multipart with the photo and whom it shows, or the photo alone. Held in memory only.

use bytes::Bytes;
use poem::{Request, RequestBody, Result};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    error::ContentTypeError,
    registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, Registry},
};

use crate::{
    http::{multipart::Parts, problem::error},
    model::Feilkode,
    system::SecretString,
};

const BILDE: &str = "bilde";
const FNR: &str = "fnr";
const SCHEMA: &str = "BildeMultipart";
/// What a photo alone may call itself; what it is, its first bytes say.
const ALONE: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "application/octet-stream"];

/// A photo as it is handed in.
pub struct Bildekropp {
    pub bilde: Bytes,
    /// Whom it shows.
    pub fnr: Option<SecretString>,
}

impl<'a> ApiExtractor<'a> for Bildekropp {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let inline = |schema| MetaSchemaRef::Inline(Box::new(schema));
        let bilde = MetaSchema {
            description: Some("Bildet: JPEG, PNG eller WebP, høyst 10 MB og 50 millioner piksler."),
            ..MetaSchema::new_with_format("string", "binary")
        };
        let fnr = MetaSchema {
            description: Some("Fødselsnummeret eller D-nummeret til den som bildet er av."),
            pattern: Some(r"^\d{11}$".to_owned()),
            ..MetaSchema::new("string")
        };
        registry.create_schema::<Self, _>(SCHEMA.to_owned(), |_| MetaSchema {
            description: Some("Et bilde, og hvem det er av."),
            properties: vec![(BILDE, inline(bilde)), (FNR, inline(fnr))],
            required: vec![BILDE],
            ..MetaSchema::new("object")
        });
    }

    fn request_meta() -> Option<MetaRequest> {
        let binary = || MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")));
        let multipart =
            MetaMediaType { content_type: "multipart/form-data", schema: MetaSchemaRef::Reference(SCHEMA.to_owned()) };
        let alone = ALONE.into_iter().map(|content_type| MetaMediaType { content_type, schema: binary() });
        let content = std::iter::once(multipart).chain(alone).collect();
        Some(MetaRequest { description: None, content, required: true })
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, _: ExtractParamOptions<()>) -> Result<Self> {
        let kind = request.content_type().ok_or(ContentTypeError::ExpectContentType)?;
        let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        // HEIC is read so that its sender is told what to do.
        if ALONE.contains(&essence.as_str()) || matches!(essence.as_str(), "image/heic" | "image/heif") {
            let body = body.take().map_err(|_| error(Feilkode::Kropp))?;
            let bilde = body.into_bytes().await.map_err(|_| error(Feilkode::Kropp))?;
            return Ok(Self { bilde, fnr: None });
        }
        if essence != "multipart/form-data" {
            return Err(ContentTypeError::NotSupported { content_type: kind.to_owned() }.into());
        }
        let mut parts = Parts::of(request, body)?;
        let (mut bilde, mut fnr) = (None, None);
        while let Some(part) = parts.next().await? {
            let taken = match part.name() {
                Some(BILDE) => bilde.replace(parts.read(part).await?).is_none(),
                Some(FNR) => fnr.replace(SecretString::new(text(parts.read(part).await?)?)).is_none(),
                _ => false,
            };
            if !taken {
                return Err(error(Feilkode::BildeMangler));
            }
        }
        Ok(Self { bilde: bilde.ok_or_else(|| error(Feilkode::BildeMangler))?, fnr })
    }
}

/// The very bytes, and no copy of them that nobody would overwrite.
fn text(part: Bytes) -> Result<String> {
    String::from_utf8(part.into()).map_err(|_| error(Feilkode::Kropp))
}

//! The body of a report in the clear: read whole into memory that is overwritten afterwards, and handed on unread. The
//! type parameter only documents what it holds; the form's JSON Schema judges it.

use std::marker::PhantomData;

use poem::{Request, RequestBody, Result};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    error::ContentTypeError,
    registry::{MetaMediaType, MetaRequest, Registry},
    types::Type,
};

use super::problem::error;
use crate::{
    model::Feilkode,
    system::{Secret, SecretBytes},
};

const JSON: &str = "application/json";

/// A report as JSON text.
pub struct SkjemaBody<T>(SecretBytes, PhantomData<T>);

impl<T> SkjemaBody<T> {
    /// The text as it came.
    pub fn into_json(self) -> SecretBytes {
        self.0
    }
}

impl<'a, T: Type + 'a> ApiExtractor<'a> for SkjemaBody<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let content = vec![MetaMediaType { content_type: JSON, schema: T::schema_ref() }];
        Some(MetaRequest { description: None, content, required: true })
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, _: ExtractParamOptions<()>) -> Result<Self> {
        match request.content_type() {
            Some(kind) if is_json(kind) => Ok(Self(read(body).await?, PhantomData)),
            Some(kind) => Err(ContentTypeError::NotSupported { content_type: kind.to_owned() }.into()),
            None => Err(ContentTypeError::ExpectContentType.into()),
        }
    }
}

/// Whether a `Content-Type` is JSON, with or without parameters.
pub fn is_json(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(JSON))
}

/// Reads the rest of a body, which [`super::body`] has put a bound on.
pub async fn read(body: &mut RequestBody) -> Result<SecretBytes> {
    let unreadable = |_| error(Feilkode::Kropp);
    let body = body.take().map_err(|_| error(Feilkode::Kropp))?;
    Ok(Secret::new(body.into_vec().await.map_err(unreadable)?))
}

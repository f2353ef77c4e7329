//! A JSON body that a caller may leave out altogether, with its `Content-Type`.

use poem::{Request, RequestBody, Result};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    error::ContentTypeError,
    payload::{Json, Payload as _},
    registry::{MetaMediaType, MetaRequest, Registry},
    types::ParseFromJSON,
};

use super::problem::error;
use crate::model::Feilkode;

/// What the body holds, if there is one.
#[derive(Debug)]
pub struct ValgfriJson<T>(pub Option<T>);

impl<'a, T: ParseFromJSON> ApiExtractor<'a> for ValgfriJson<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let content = vec![MetaMediaType { content_type: Json::<T>::CONTENT_TYPE, schema: T::schema_ref() }];
        Some(MetaRequest { description: None, content, required: false })
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, _: ExtractParamOptions<()>) -> Result<Self> {
        let bytes = body.take().map_err(|_| error(Feilkode::Kropp))?.into_bytes().await;
        let bytes = bytes.map_err(|_| error(Feilkode::Kropp))?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(None));
        }
        let kind = request.content_type().ok_or(ContentTypeError::ExpectContentType)?;
        if !Json::<T>::check_content_type(kind) {
            return Err(ContentTypeError::NotSupported { content_type: kind.to_owned() }.into());
        }
        let value = serde_json::from_slice(&bytes).map_err(|_| error(Feilkode::Kropp))?;
        Ok(Self(Option::<T>::parse_from_json(value).map_err(|_| error(Feilkode::Kropp))?))
    }
}

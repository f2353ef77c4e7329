//! The body of a request about a card. What is not even of the request's form is told by the request's JSON Schema: every
//! place at once, each with a pointer. What is of the right form goes on, and the domain judges it.

use poem::{Request, RequestBody, Result};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    error::ContentTypeError,
    payload::{Json, Payload},
    registry::{MetaMediaType, MetaRequest, Registry},
    types::{ParseFromJSON, Type},
};
use serde_json::{Value, json};

use crate::{
    http::{problem::error, skjema_body::read},
    model::{
        Feil, Feilkode,
        skjema::{SkjemaId, Variant},
    },
    skjema::{Innhold, register},
};

/// A request that has a JSON Schema of its own.
pub trait MedSkjema {
    const SKJEMA: Variant;
    /// Tells the reader of the API document where the schema is.
    const BESKRIVELSE: &'static str;
}

macro_rules! med_skjema {
    ($request:ty, $variant:ident, $name:literal) => {
        impl $crate::http::ledsagerbevis::kropp::MedSkjema for $request {
            const SKJEMA: $crate::model::skjema::Variant = $crate::model::skjema::Variant::$variant;
            const BESKRIVELSE: &'static str =
                concat!("JSON Schema: `/schemas/ledsagerbevis/", $name, "/v1.schema.json`.");
        }
    };
}
pub(super) use med_skjema;

/// A request as JSON.
#[derive(Debug)]
pub struct Kropp<T>(pub T);

impl<'a, T: Type + ParseFromJSON + MedSkjema + 'a> ApiExtractor<'a> for Kropp<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let content = vec![MetaMediaType { content_type: Json::<T>::CONTENT_TYPE, schema: T::schema_ref() }];
        Some(MetaRequest { description: Some(T::BESKRIVELSE), content, required: true })
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, _: ExtractParamOptions<()>) -> Result<Self> {
        match request.content_type() {
            Some(kind) if Json::<T>::check_content_type(kind) => {}
            Some(kind) => return Err(ContentTypeError::NotSupported { content_type: kind.to_owned() }.into()),
            None => return Err(ContentTypeError::ExpectContentType.into()),
        }
        let text = read(body).await?;
        let value = || serde_json::from_slice::<Value>(text.expose()).map_err(|_| error(Feilkode::Kropp));
        match T::parse_from_json(Some(value()?)) {
            Ok(request) => Ok(Self(request)),
            Err(_) => Err(error(avvik(T::SKJEMA, &Innhold::new(value()?)))),
        }
    }
}

/// What the schema has against a request that could not be read.
fn avvik(skjema: Variant, innhold: &Innhold) -> Feil {
    let found = register().find(SkjemaId::ledsagerbevis(skjema)).map(|form| form.validate(innhold).avvik);
    let found: Vec<Value> =
        found.into_iter().flatten().map(|avvik| json!({ "peker": avvik.peker, "melding": avvik.melding })).collect();
    if found.is_empty() {
        return Feilkode::Kropp.into();
    }
    Feil::from(Feilkode::BevisUgyldig).fakta(json!({ "avvik": found }))
}

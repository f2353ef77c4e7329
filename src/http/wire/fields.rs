//! What stands in bodies.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef, Registry},
    types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type},
};
use serde_json::Value;

use super::text_schema;
use crate::system::SecretString;

/// Bytes in a JSON string.
#[derive(Debug, Clone)]
pub struct Base64Innhold(pub Bytes);

wire_type!(Base64Innhold, "string_byte", text_schema("byte"));

impl ToJSON for Base64Innhold {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(STANDARD.encode(&self.0)))
    }
}

/// A fødselsnummer or D-number on its way in. It has no way out, and whether it is one is for the domain to say.
#[derive(Debug)]
pub struct Personnummer(pub SecretString);

wire_type!(Personnummer, "fnr", MetaSchema { pattern: Some(r"^\d{11}$".to_owned()), ..MetaSchema::new("string") });

impl ParseFromJSON for Personnummer {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value {
            Some(Value::String(text)) => Ok(Self(SecretString::new(text))),
            _ => Err(ParseError::custom("not a text")),
        }
    }
}

impl ToJSON for Personnummer {
    fn to_json(&self) -> Option<Value> {
        None
    }
}

/// A name, a number or the like: what tells who a person is is not printed, and does not linger. What it may be is for the
/// domain to say.
#[derive(Debug)]
pub struct Persontekst(pub SecretString);

wire_type!(Persontekst, "string", MetaSchema { min_length: Some(1), ..MetaSchema::new("string") });

impl ParseFromJSON for Persontekst {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value {
            Some(Value::String(text)) => Ok(Self(SecretString::new(text))),
            _ => Err(ParseError::custom("not a text")),
        }
    }
}

impl ToJSON for Persontekst {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(self.0.expose().clone()))
    }
}

/// An e-mail address as a caller wrote it; the domain looks at it.
#[derive(Debug, Clone)]
pub struct Epost(pub String);

wire_type!(Epost, "string_email", text_schema("email"));

impl ToJSON for Epost {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(self.0.clone()))
    }
}

impl ParseFromJSON for Epost {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        String::parse_from_json(value).map(Self).map_err(ParseError::propagate)
    }
}

/// A type that is written as the one in it, when there is one.
macro_rules! holds {
    ($name:ident, required: $required:literal) => {
        impl<T: Type> Type for $name<T> {
            const IS_REQUIRED: bool = $required;
            type RawValueType = T::RawValueType;
            type RawElementValueType = T::RawElementValueType;

            fn name() -> Cow<'static, str> {
                T::name()
            }

            fn register(registry: &mut Registry) {
                T::register(registry);
            }

            fn schema_ref() -> MetaSchemaRef {
                T::schema_ref()
            }

            fn as_raw_value(&self) -> Option<&Self::RawValueType> {
                self.0.as_ref().and_then(T::as_raw_value)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self::RawElementValueType> + 'a> {
                match &self.0 {
                    Some(value) => value.raw_element_iter(),
                    None => Box::new(std::iter::empty()),
                }
            }

            fn is_none(&self) -> bool {
                self.0.is_none()
            }
        }

        impl<T: ToJSON> ToJSON for $name<T> {
            fn to_json(&self) -> Option<Value> {
                self.0.as_ref().and_then(T::to_json)
            }
        }
    };
}

/// A field that the document promises, and that is left out only for a client known to die on it.
#[derive(Debug, Clone, Copy)]
pub struct PresentOr<T>(pub Option<T>);

holds!(PresentOr, required: true);

impl<T: ParseFromJSON> ParseFromJSON for PresentOr<T> {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        T::parse_from_json(value).map(|value| Self(Some(value))).map_err(ParseError::propagate)
    }
}

/// A field that is ours to say. KS's older models are the same to read and to write, so a caller may send back what it was
/// shown; that is passed over.
#[derive(Debug, Clone, Copy)]
pub struct ReadOnly<T>(pub Option<T>);

holds!(ReadOnly, required: false);

impl<T: Type> ParseFromJSON for ReadOnly<T> {
    fn parse_from_json(_: Option<Value>) -> ParseResult<Self> {
        Ok(Self(None))
    }
}

//! Texts and lists with a form. The domain looks at them, and says in words what is wrong with one; the document says the same in
//! patterns.

use std::borrow::Cow;

use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type},
};
use serde_json::Value;

use crate::{
    http::wire::{Persontekst, wire_type},
    system::SecretString,
};

/// KS's pattern: what in_name takes, with spaces in between.
const GRUPPENAVN: &str = r"^[A-ZÆØÅa-zæøå0-9ÁáÀàÂâÉéÈèÊêÍíÌìÎîÓóÒòÔôÚúÙùÛûÝýÄäËëÏïÖöÜü,.!?\-:;/\\'()&+*=%§]+[A-ZÆØÅa-zæøå0-9ÁáÀàÂâÉéÈèÊêÍíÌìÎîÓóÒòÔôÚúÙùÛûÝýÄäËëÏïÖöÜü ,.!?\-:;/\\'()&+*=%§]*[A-ZÆØÅa-zæøå0-9ÁáÀàÂâÉéÈèÊêÍíÌìÎîÓóÒòÔôÚúÙùÛûÝýÄäËëÏïÖöÜü,.!?\-:;/\\'()&+*=%§]+$";

/// A group's name.
#[derive(Debug, Clone)]
pub struct Gruppenavn(pub String);

wire_type!(
    Gruppenavn,
    "gruppenavn",
    MetaSchema {
        pattern: Some(GRUPPENAVN.to_owned()),
        min_length: Some(2),
        max_length: Some(200),
        ..MetaSchema::new("string")
    }
);

/// Norwegian telephone number, eight digits.
#[derive(Debug)]
pub struct Telefon(pub SecretString);

wire_type!(Telefon, "tlf", MetaSchema { pattern: Some(r"^\d{8}$".to_owned()), ..MetaSchema::new("string") });

/// Four digits.
#[derive(Debug, Clone)]
pub struct Postnummer(pub String);

wire_type!(
    Postnummer,
    "postnummer",
    MetaSchema { pattern: Some(r"^[0-9]{4}$".to_owned()), ..MetaSchema::new("string") }
);

/// E-mail addresses, each once.
#[derive(Debug, Clone)]
pub struct Eposter(pub Vec<String>);

wire_type!(
    Eposter,
    "eposter",
    MetaSchema {
        items: Some(Box::new(String::schema_ref())),
        min_items: Some(0),
        max_items: Some(20),
        unique_items: Some(true),
        ..MetaSchema::new("array")
    }
);

/// A text, and no number or truth value in its place: poem-openapi's own strings are written from those as well.
fn text<T: Type>(value: Option<Value>) -> Result<String, ParseError<T>> {
    match value {
        Some(Value::String(text)) => Ok(text),
        _ => Err(ParseError::custom("not a text")),
    }
}

macro_rules! as_text {
    ($name:ident) => {
        impl ParseFromJSON for $name {
            fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
                text(value).map(Self)
            }
        }

        impl ToJSON for $name {
            fn to_json(&self) -> Option<Value> {
                Some(Value::String(self.0.clone()))
            }
        }
    };
}

as_text!(Gruppenavn);
as_text!(Postnummer);

impl ParseFromJSON for Telefon {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        let text = Persontekst::parse_from_json(value).map_err(ParseError::propagate)?;
        Ok(Self(text.0))
    }
}

impl ToJSON for Telefon {
    fn to_json(&self) -> Option<Value> {
        None
    }
}

impl ParseFromJSON for Eposter {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value {
            Some(Value::Array(items)) => {
                items.into_iter().map(|item| text(Some(item))).collect::<Result<_, _>>().map(Self)
            }
            _ => Err(ParseError::custom("not a list")),
        }
    }
}

impl ToJSON for Eposter {
    fn to_json(&self) -> Option<Value> {
        self.0.to_json()
    }
}

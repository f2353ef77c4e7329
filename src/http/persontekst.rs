//! What tells who a person is, on its way in and out: it is not printed, and does not linger.

use std::borrow::Cow;

use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type},
};
use serde_json::Value;

use super::wire::wire_type;
use crate::system::SecretString;

/// A name, a number or the like. What it may be is for the domain to say.
#[derive(Debug)]
pub struct Persontekst(pub SecretString);

wire_type!(Persontekst, "string", MetaSchema::new("string"));

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

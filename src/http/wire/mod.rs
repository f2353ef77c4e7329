//! Words of the wire that are not plain JSON types.
//!
//! - here: how such a word is made, and the one that stands everywhere: a point in time.
//! - [`fields`]: what stands in bodies.
//! - [`written`]: how a page of them is written.
//! - [`parameters`]: what stands in paths and queries, checked when it is read.

use std::borrow::Cow;

use jiff::{Timestamp, tz::TimeZone};
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type},
};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// A schema of type string.
fn text_schema(format: &'static str) -> MetaSchema {
    MetaSchema::new_with_format("string", format)
}

macro_rules! wire_type {
    ($name:ty, $type_name:literal, $schema:expr) => {
        impl Type for $name {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> Cow<'static, str> {
                $type_name.into()
            }

            fn schema_ref() -> MetaSchemaRef {
                MetaSchemaRef::Inline(Box::new($schema))
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }
    };
}
macro_rules! parameter {
    ($name:ty, $type_name:literal, $schema:expr) => {
        wire_type!($name, $type_name, $schema);

        impl ParseFromParameter for $name {
            fn parse_from_parameter(value: &str) -> ParseResult<Self> {
                value.parse().map_err(|error| ParseError::custom(format_args!("{FOR_CALLER}{} {error}", $type_name)))
            }
        }
    };
}

/// The text after this mark in a [`ParseError`] is meant for the caller.
pub const FOR_CALLER: &str = "¶";

mod fields;
mod parameters;
mod written;

pub use fields::{Base64Innhold, Epost, Personnummer, Persontekst, PresentOr, ReadOnly};
pub use parameters::{
    Antall, Filantall, ForsendelseId, Hopp, IdParam, IntegrasjonstypeParam, MarkorParam, MeldingIdParam, Radantall,
    RessursIder, SisteDager, SkjematypeParam, TilstandParam, Utlopsdager, Vent,
};
pub use written::Written;
pub(super) use {parameter, wire_type};

/// A point in time, RFC 3339 in UTC with milliseconds: `2026-01-01T12:00:00.000Z`.
///
/// KS's Java client 2.0.1 reads `validFrom` and `validTo` into a `LocalDateTime`. Seen: a final `Z` is taken (and
/// dropped), any offset (`+01:00`, `+00:00`, lower-case `z`) is a `DateTimeParseException`. So this is the one form that
/// both that client and the documents' `date-time` allow.
#[derive(Debug, Clone, Copy)]
pub struct Tidspunkt(pub Timestamp);

impl Tidspunkt {
    pub fn text(self) -> String {
        format!("{:.3}", self.0)
    }

    /// Norwegian local time without zone, as version 1 writes the times of a report's history: KS's Java client reads
    /// them into a `LocalDateTime` and shows them as they are, so UTC would be an hour or two wrong.
    pub fn norwegian_local(self) -> String {
        // The zone is part of the program (jiff's bundled database).
        let zone = TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC);
        format!("{:.3}", zone.to_datetime(self.0))
    }
}

wire_type!(Tidspunkt, "string_date-time", text_schema("date-time"));

impl Serialize for Tidspunkt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

impl ToJSON for Tidspunkt {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(self.text()))
    }
}

impl ParseFromJSON for Tidspunkt {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        let text = value.and_then(|value| value.as_str().and_then(|text| text.parse().ok()));
        text.map(Self).ok_or_else(|| ParseError::custom("not a time"))
    }
}

impl ParseFromParameter for Tidspunkt {
    /// A `+` that the caller has not escaped comes as a space.
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        let time = value.replace(' ', "+").parse();
        time.map(Self).map_err(|_| {
            let rule =
                "tidspunktet skal ha tidssone, for eksempel 2026-01-01T12:00:00Z eller 2026-01-01T13:00:00+01:00";
            ParseError::custom(format_args!("{FOR_CALLER}{rule}"))
        })
    }
}

//! Words of the wire that are not plain JSON types, and parameters that are checked when they are read.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use jiff::{Timestamp, tz::TimeZone};
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef, Registry},
    types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    domain::konfigurasjon::Integrasjonstype,
    model::{
        BrevId, Bydelsnummer, FiksOrgId, IntegrasjonId, Kommunenummer, KontoId, MeldingId, NokkelbevisId, RessursId,
        ids::InvalidId,
        melding::{Skjematype, Tilstand},
        side::Markor,
    },
    system::SecretString,
};

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
pub(super) use wire_type;

wire_type!(Tidspunkt, "string_date-time", text_schema("date-time"));

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

/// The text after this mark in a [`ParseError`] is meant for the caller.
pub const FOR_CALLER: &str = "¶";

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

fn pattern(pattern: &str, example: &str) -> MetaSchema {
    let example = Some(Value::String(example.to_owned()));
    MetaSchema { pattern: Some(pattern.to_owned()), example, ..MetaSchema::new("string") }
}

const EXAMPLE_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn uuid() -> MetaSchema {
    MetaSchema { example: Some(Value::String(EXAMPLE_ID.to_owned())), ..text_schema("uuid") }
}

parameter!(Kommunenummer, "kommunenummer", pattern(r"^\d{4}$", "4601"));
parameter!(Bydelsnummer, "bydelsnummer", pattern(r"^\d{2}$", "00"));
parameter!(FiksOrgId, "Fiks-organisasjons-id", uuid());
parameter!(MeldingId, "bekymringsmeldingId", uuid());
parameter!(BrevId, "brevId", uuid());

parameter!(KontoId, "kontoId", uuid());

macro_rules! report_named {
    ($name:ident, $type_name:literal) => {
        /// A report, by the name that its id has in this place.
        #[derive(Debug, Clone, Copy)]
        pub struct $name(pub MeldingId);

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        parameter!($name, $type_name, uuid());
    };
}

report_named!(MeldingIdParam, "meldingId");
report_named!(ForsendelseId, "forsendelseId");

/// Bytes in a JSON string.
#[derive(Debug, Clone)]
pub struct Base64Innhold(pub Bytes);

wire_type!(Base64Innhold, "string_byte", text_schema("byte"));

impl ToJSON for Base64Innhold {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(STANDARD.encode(&self.0)))
    }
}

/// The id of something that has no type of its own here: a role, or whatever an entry of the audit trail is about.
#[derive(Debug, Clone, Copy)]
pub struct IdParam(pub Uuid);

impl std::str::FromStr for IdParam {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.parse::<MeldingId>().map(|id| Self(id.0))
    }
}

parameter!(IdParam, "id-en", uuid());

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

parameter!(RessursId, "ressursId", uuid());
parameter!(IntegrasjonId, "integrasjonId", uuid());
parameter!(NokkelbevisId, "nokkelbevisId", uuid());

/// Several offices: the parameter repeated, or ids with commas between.
#[derive(Debug, Clone)]
pub struct RessursIder(pub Vec<RessursId>);

wire_type!(
    RessursIder,
    "ressursIder",
    MetaSchema { items: Some(Box::new(RessursId::schema_ref())), ..MetaSchema::new("array") }
);

impl ParseFromParameter for RessursIder {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Self::parse_from_parameters([value])
    }

    fn parse_from_parameters<I: IntoIterator<Item = A>, A: AsRef<str>>(values: I) -> ParseResult<Self> {
        let mut ids = Vec::new();
        for value in values {
            for id in value.as_ref().split(',') {
                let id = RessursId::parse_from_parameter(id.trim()).map_err(ParseError::propagate)?;
                ids.push(id);
            }
        }
        Ok(Self(ids))
    }
}

/// Which of the two forms, as it stands in paths.
#[derive(Debug, Clone, Copy)]
pub struct SkjematypeParam(pub Skjematype);

impl std::str::FromStr for SkjematypeParam {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "offentlig" => Ok(Self(Skjematype::Offentlig)),
            "privat" => Ok(Self(Skjematype::Privat)),
            _ => Err("skal være offentlig eller privat"),
        }
    }
}

parameter!(
    SkjematypeParam,
    "skjematype",
    MetaSchema { enum_items: vec!["offentlig".into(), "privat".into()], ..MetaSchema::new("string") }
);

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

/// What an integration is for, as it stands in queries.
#[derive(Debug, Clone, Copy)]
pub struct IntegrasjonstypeParam(pub Integrasjonstype);

impl std::str::FromStr for IntegrasjonstypeParam {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Integrasjonstype::Svarinn, Integrasjonstype::FiksIo];
        all.into_iter().find(|kind| kind.as_str() == text).map(Self).ok_or("skal være SVARINN eller FIKS_IO")
    }
}

parameter!(
    IntegrasjonstypeParam,
    "integrasjonstype",
    MetaSchema { enum_items: vec!["SVARINN".into(), "FIKS_IO".into()], ..MetaSchema::new("string") }
);

/// A state as it stands in paths.
#[derive(Debug, Clone, Copy)]
pub struct TilstandParam(pub Tilstand);

impl std::str::FromStr for TilstandParam {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(
            |_| "skal være AKSEPTERT, SENDT_FAGSYSTEM, AVVIST_FAGSYSTEM, SENDT_PRINT, AVVIST_PRINT eller LEVERT",
        )
    }
}

parameter!(
    TilstandParam,
    "state",
    MetaSchema {
        enum_items: Tilstand::ALL.map(|tilstand| tilstand.as_str().into()).to_vec(),
        ..MetaSchema::new("string")
    }
);

/// Where a page starts, as the page before said.
#[derive(Debug, Clone, Copy)]
pub struct MarkorParam(pub Markor);

impl std::str::FromStr for MarkorParam {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = text.parse().map_err(|_| "skal være verdien av nesteMarkor fra forrige side, uendret")?;
        Ok(Self(Markor(id)))
    }
}

parameter!(MarkorParam, "markor", MetaSchema::new_with_format("string", "uuid"));

macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident($int:ty), $type_name:literal, $min:literal, $max:literal, $default:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name(pub $int);

        impl Default for $name {
            fn default() -> Self {
                Self($default)
            }
        }

        impl std::str::FromStr for $name {
            type Err = &'static str;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text.parse() {
                    Ok(n @ $min..=$max) => Ok(Self(n)),
                    _ => Err(concat!("skal være et helt tall fra ", $min, " til ", $max)),
                }
            }
        }

        parameter!(
            $name,
            $type_name,
            MetaSchema {
                minimum: Some(f64::from($min as $int)),
                maximum: Some(f64::from($max as $int)),
                ..MetaSchema::new_with_format("integer", "int32")
            }
        );

        impl ToJSON for $name {
            fn to_json(&self) -> Option<Value> {
                Some(self.0.into())
            }
        }
    };
}

bounded!(
    /// Rows on a page.
    Antall(u16), "antall", 1, 200, 50
);
bounded!(
    /// Rows on a page of an administrator's list.
    Radantall(u16), "antall", 1, 1000, 50
);
bounded!(
    /// Rows of a file.
    Filantall(u32), "antall", 1, 2000000, 50
);
bounded!(
    /// Rows to pass over.
    Hopp(u32), "fra", 0, 2000000, 0
);
bounded!(
    /// Norwegian calendar days, today included.
    SisteDager(u16), "sisteDager", 1, 3660, 30
);
bounded!(
    /// Seconds to wait for the first row.
    Vent(u16), "vent", 0, 60, 0
);

/// A field that the document promises, and that is left out only for a client known to die on it.
#[derive(Debug, Clone, Copy)]
pub struct PresentOr<T>(pub Option<T>);

impl<T: Type> Type for PresentOr<T> {
    const IS_REQUIRED: bool = true;
    type RawValueType = T::RawValueType;
    type RawElementValueType = T::RawElementValueType;

    fn name() -> Cow<'static, str> {
        T::name()
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

impl<T: ToJSON> ToJSON for PresentOr<T> {
    fn to_json(&self) -> Option<Value> {
        self.0.as_ref().and_then(T::to_json)
    }
}

impl<T: ParseFromJSON> ParseFromJSON for PresentOr<T> {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        T::parse_from_json(value).map(|value| Self(Some(value))).map_err(ParseError::propagate)
    }
}

/// A field that is ours to say. KS's older models are the same to read and to write, so a caller may send back what it was
/// shown; that is passed over.
#[derive(Debug, Clone, Copy)]
pub struct ReadOnly<T>(pub Option<T>);

impl<T: Type> Type for ReadOnly<T> {
    const IS_REQUIRED: bool = false;
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

impl<T: ToJSON> ToJSON for ReadOnly<T> {
    fn to_json(&self) -> Option<Value> {
        self.0.as_ref().and_then(T::to_json)
    }
}

impl<T: Type> ParseFromJSON for ReadOnly<T> {
    fn parse_from_json(_: Option<Value>) -> ParseResult<Self> {
        Ok(Self(None))
    }
}

pub(super) use parameter;

//! What stands in paths and queries, checked when it is read.

use std::borrow::Cow;

use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromParameter, ParseResult, ToJSON, Type},
};
use serde_json::Value;
use uuid::Uuid;

use super::{FOR_CALLER, text_schema};
use crate::{
    domain::konfigurasjon::Integrasjonstype,
    model::{
        BrevId, Bydelsnummer, FiksOrgId, IntegrasjonId, Kommunenummer, KontoId, MeldingId, NokkelbevisId, RessursId,
        ids::InvalidId,
        melding::{Skjematype, Tilstand},
        side::Markor,
    },
};

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
    /// Norwegian calendar days ahead, today not included.
    Utlopsdager(u16), "innen", 1, 3660, 60
);
bounded!(
    /// Seconds to wait for the first row.
    Vent(u16), "vent", 0, 60, 0
);

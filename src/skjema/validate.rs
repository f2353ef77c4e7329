//! Compares a payload with its form and says everything that is wrong with it, without repeating any of it.

use std::cmp::Ordering;

use jsonschema::{
    ValidationError,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::Value;

use super::{
    Advarsel, Publisert, advarsel,
    felt::Felt,
    registry::{BASE, register},
    setning,
};

/// So many deviations are described; the rest are counted.
pub const MAKS_AVVIK: usize = 1000;

/// One thing that is wrong. Holds nothing of the payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Avvik {
    /// JSON Pointer into the payload (RFC 6901); empty for the payload as a whole.
    pub peker: String,
    /// The keyword of the schema that is not met.
    pub nokkelord: String,
    /// Where that keyword stands: the schema's path with a JSON Pointer as fragment.
    pub skjemasted: String,
    /// What is wrong and what to do about it, in Norwegian.
    pub melding: String,
}

/// What there is to say about a payload.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vurdering {
    /// Empty when the payload follows the form. Ordered as the payload's places are, elements by number.
    pub avvik: Vec<Avvik>,
    /// How many deviations there are beyond those described.
    pub utelatt: usize,
    /// What follows the form, but is probably not meant.
    pub advarsler: Vec<Advarsel>,
}

impl Vurdering {
    pub fn gyldig(&self) -> bool {
        self.avvik.is_empty()
    }
}

impl Publisert {
    /// Whether the payload follows the form; faster than to say why not.
    pub fn follows(&self, payload: &Value) -> bool {
        self.validator.is_valid(payload)
    }

    /// Says everything that is wrong, in an order that depends on nothing but the payload.
    pub fn validate(&self, payload: &Value) -> Vurdering {
        let root = register().dokumenter.root(&self.dokument.path);
        let mut faults: Vec<Fault> = self.validator.iter_errors(payload).map(|error| Fault::new(&error)).collect();
        faults.sort_by(Fault::order);
        let utelatt = faults.len().saturating_sub(MAKS_AVVIK);
        let avvik = faults.into_iter().take(MAKS_AVVIK).map(|fault| fault.describe(root)).collect();
        let advarsler = root.map(|root| advarsel::find(self.id, root, payload)).unwrap_or_default();
        Vurdering { avvik, utelatt, advarsler }
    }
}

/// An error of the library, less the payload.
#[derive(Debug)]
struct Fault {
    peker: String,
    nokkelord: String,
    skjemasted: String,
    regel: Regel,
}

/// What the schema demands, as far as the sentence needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Regel {
    /// The name of a field of the schema.
    Mangler(String),
    Type(Vec<String>),
    Form,
    Minst(u64),
    Hoyst(u64),
    ForLang(u64),
    /// The schema's own number.
    ForLite(String),
    ForStort(String),
    Annet,
}

impl Fault {
    fn new(error: &ValidationError<'_>) -> Self {
        let regel = match error.kind() {
            ValidationErrorKind::Required { property } => {
                Regel::Mangler(property.as_str().unwrap_or_default().to_owned())
            }
            ValidationErrorKind::Type { kind: TypeKind::Single(single) } => Regel::Type(vec![single.to_string()]),
            ValidationErrorKind::Type { kind: TypeKind::Multiple(set) } => {
                Regel::Type(set.iter().map(|single| single.to_string()).collect())
            }
            ValidationErrorKind::Pattern { .. } => Regel::Form,
            ValidationErrorKind::MinItems { limit } => Regel::Minst(*limit),
            ValidationErrorKind::MaxItems { limit } => Regel::Hoyst(*limit),
            ValidationErrorKind::MaxLength { limit } => Regel::ForLang(*limit),
            ValidationErrorKind::Minimum { limit } => Regel::ForLite(limit.to_string()),
            ValidationErrorKind::Maximum { limit } => Regel::ForStort(limit.to_string()),
            _ => Regel::Annet,
        };
        let location = error.absolute_keyword_location().map(|uri| uri.as_str());
        let skjemasted = match location {
            Some(location) => location.strip_prefix(BASE).unwrap_or(location).to_owned(),
            None => format!("#{}", error.schema_path()),
        };
        Self {
            peker: error.instance_path().to_string(),
            nokkelord: error.kind().keyword().to_owned(),
            skjemasted,
            regel,
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        let missing = |fault: &Self| match &fault.regel {
            Regel::Mangler(name) => name.clone(),
            _ => String::new(),
        };
        by_place(&self.peker, &other.peker)
            .then_with(|| self.nokkelord.cmp(&other.nokkelord))
            .then_with(|| self.skjemasted.cmp(&other.skjemasted))
            .then_with(|| missing(self).cmp(&missing(other)))
    }

    fn describe(self, root: Option<Felt<'_>>) -> Avvik {
        let melding = setning::avvik(root, &self.peker, &self.nokkelord, &self.regel);
        Avvik { peker: self.peker, nokkelord: self.nokkelord, skjemasted: self.skjemasted, melding }
    }
}

/// Pointers segment by segment, numbers as numbers.
pub(super) fn by_place(one: &str, other: &str) -> Ordering {
    let mut ones = one.split('/');
    let mut others = other.split('/');
    loop {
        let order = match (ones.next(), others.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(one), Some(other)) => match (one.parse::<usize>(), other.parse::<usize>()) {
                (Ok(one), Ok(other)) => one.cmp(&other),
                _ => one.cmp(other),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

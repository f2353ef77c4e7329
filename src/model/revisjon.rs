//! Who changed or read what, and when.

use jiff::Timestamp;
use uuid::Uuid;

use super::{FiksOrgId, IntegrasjonId};

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aktor {
    /// A system.
    Integrasjon(IntegrasjonId),
    /// A person, by the id of the role that allowed it.
    Person(Uuid),
    /// The platform itself, by one of its rules.
    Plattform,
    /// Somebody on a companion card, by the row of that person. Stands in the card's history only.
    Innbygger(Uuid),
}

impl Aktor {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Integrasjon(_) => "INTEGRASJON",
            Self::Person(_) => "PERSON",
            Self::Plattform => "PLATTFORM",
            Self::Innbygger(_) => "INNBYGGER",
        }
    }

    pub fn id(&self) -> Option<Uuid> {
        match self {
            Self::Integrasjon(id) => Some(id.0),
            Self::Person(id) | Self::Innbygger(id) => Some(*id),
            Self::Plattform => None,
        }
    }
}

/// One entry. Entries are only ever added; none holds a secret or a person's name or number.
#[derive(Debug, Clone, PartialEq)]
pub struct Revisjon {
    pub id: Uuid,
    pub tidspunkt: Timestamp,
    pub aktor: Aktor,
    /// The organisation that it concerns; `None` when it concerns all.
    pub organisasjon: Option<FiksOrgId>,
    /// The `operationId` of what was done.
    pub handling: String,
    /// The office, report, role … that it was done to.
    pub objekt: Option<Uuid>,
    /// How it was before and is now, for a change.
    pub for_endring: Option<serde_json::Value>,
    pub etter_endring: Option<serde_json::Value>,
}

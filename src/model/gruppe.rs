//! Groups of those who work with an organisation's companion cards: who administers a group, and who is a case worker in it.

use jiff::Timestamp;
use uuid::Uuid;

use super::{FiksOrgId, GruppeId};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gruppe {
    pub id: GruppeId,
    pub organisasjon: FiksOrgId,
    pub navn: String,
    pub opprettet: Timestamp,
}

/// What a member of a group is there. A person may be both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Medlemsart {
    /// Says who is in the group. Does not see cards by that.
    Administrator,
    /// A case worker.
    Bruker,
}

impl Medlemsart {
    pub const ALL: [Self; 2] = [Self::Administrator, Self::Bruker];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "ADMINISTRATOR",
            Self::Bruker => "BRUKER",
        }
    }
}

impl std::str::FromStr for Medlemsart {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|art| art.as_str() == text).ok_or("unknown kind of member")
    }
}

/// That a person is in a group, without who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Medlemskap {
    pub id: Uuid,
    pub organisasjon: FiksOrgId,
    pub gruppe: GruppeId,
    pub art: Medlemsart,
}

/// A member, or a former one, as it is kept: found by the digest, and read by who has the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gruppemedlem {
    pub id: Uuid,
    pub gruppe: GruppeId,
    pub art: Medlemsart,
    /// Keyed digest of the fødselsnummer.
    pub person: [u8; 32],
    /// The name, sealed.
    pub navn: Vec<u8>,
    /// The fødselsnummer, sealed.
    pub fnr: Vec<u8>,
    pub gitt: Timestamp,
    /// When it ended. Then it gives no right any longer, and tells only who did what by it.
    pub tatt: Option<Timestamp>,
}

//! What a person may do for an organisation, by KS's set-up guide: a chief administrator appoints service administrators,
//! and these set the service up and appoint users.

use jiff::Timestamp;
use uuid::Uuid;

use super::{FiksOrgId, RessursId};

/// A kind of responsibility. Each is held by itself: a chief administrator does not read reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rolle {
    /// Appoints service administrators (and other chief administrators).
    Hovedadministrator,
    /// Sets up offices, accounts and keys, follows what happens to reports, and appoints users.
    Tjenesteadministrator,
    /// A case worker who may look at, fetch and confirm reports by hand.
    Bruker,
}

impl Rolle {
    pub const ALL: [Self; 3] = [Self::Hovedadministrator, Self::Tjenesteadministrator, Self::Bruker];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hovedadministrator => "HOVEDADMINISTRATOR",
            Self::Tjenesteadministrator => "TJENESTEADMINISTRATOR",
            Self::Bruker => "BRUKER",
        }
    }

    /// Whether a holder of this role is an administrator, who appoints others.
    pub fn administers(self) -> bool {
        Self::ALL.into_iter().any(|other| self.appoints(other))
    }

    /// Whether a holder of this role may give and take `other`.
    pub fn appoints(self, other: Self) -> bool {
        match self {
            Self::Hovedadministrator => other != Self::Bruker,
            Self::Tjenesteadministrator => other == Self::Bruker,
            Self::Bruker => false,
        }
    }
}

impl std::str::FromStr for Rolle {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|rolle| rolle.as_str() == text).ok_or("unknown role")
    }
}

impl Rolleinnehav {
    /// Whether the role covers an office; `None` stands for all of the organisation's at once.
    pub fn covers(&self, bydel: Option<RessursId>) -> bool {
        self.bydel.is_none() || self.bydel == bydel
    }
}

/// A role that a person holds. Who the person is stands nowhere in the clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rolleinnehav {
    pub id: Uuid,
    pub organisasjon: FiksOrgId,
    /// Keyed digest of the fødselsnummer.
    pub person: [u8; 32],
    pub rolle: Rolle,
    /// The only office that the role is for; `None`: all of the organisation's.
    pub bydel: Option<RessursId>,
    /// What the administrator knows the holder by, such as a staff number; never a name or fødselsnummer.
    pub merkelapp: String,
    pub gitt: Timestamp,
}

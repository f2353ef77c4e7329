//! Companion cards (*ledsagerbevis*). Whoever shows one takes one or two companions along for free.
//!
//! ```text
//!   utsted ──→ AKTIVT ──(the last valid day has passed)──→ UTLOPT
//!                │                                            │
//!                └────────────── revoker ──→ REVOKERT ←───────┘
//! ```
//! Only the revocation is stored: whether a card has expired is a question of what day it is.

use jiff::{Span, Timestamp, civil::Date};
use uuid::Uuid;

use super::{FiksOrgId, ids::InvalidId, revisjon::Aktor};
use crate::system::secret::SecretString;

/// What a card without an end shows where the API must have a date.
pub const UTEN_SLUTT: Date = Date::constant(9999, 12, 31);
/// Most guardians of a card at one time.
pub const MAX_FORVALTERE: usize = 20;

/// One card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BevisId(pub Uuid);

impl std::fmt::Display for BevisId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for BevisId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.parse::<super::MeldingId>().map(|id| Self(id.0))
    }
}

/// Until when a card is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gyldighet {
    /// The last day, in Norway.
    Til(Date),
    /// For somebody whose need does not pass.
    Varig,
}

impl Gyldighet {
    /// What a card gets when nobody says anything else: two years.
    pub fn standard(today: Date) -> Self {
        Self::Til(today.checked_add(Span::new().years(2)).unwrap_or(UTEN_SLUTT))
    }

    /// As the API shows it.
    pub fn utlopsdato(self) -> Date {
        match self {
            Self::Til(date) => date,
            Self::Varig => UTEN_SLUTT,
        }
    }
}

/// What can be done with a card now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tilstand {
    Aktivt,
    Utlopt,
    Revokert,
}

/// That a card no longer counts, and why.
#[derive(Debug)]
pub struct Revokering {
    pub tidspunkt: Timestamp,
    /// In the case worker's words.
    pub grunn: SecretString,
}

/// What somebody has to do with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Personrolle {
    /// Whose card it is.
    Eier,
    /// Carries the card for the owner: a parent, somebody who helps.
    Forvalter,
}

impl Personrolle {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eier => "EIER",
            Self::Forvalter => "FORVALTER",
        }
    }
}

impl std::str::FromStr for Personrolle {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Eier, Self::Forvalter].into_iter().find(|rolle| rolle.as_str() == text).ok_or("unknown role")
    }
}

/// Where letters to a person go.
#[derive(Debug)]
pub struct Adresse {
    pub adressenavn: SecretString,
    pub postnummer: SecretString,
    pub poststed: SecretString,
}

/// Somebody who is to be on a card.
#[derive(Debug)]
pub struct Person {
    pub navn: SecretString,
    pub fnr: SecretString,
    /// As the case worker wrote it.
    pub telefonnummer: SecretString,
    pub adresse: Option<Adresse>,
}

/// Somebody who is or was on a card.
#[derive(Debug)]
pub struct Tilknyttet {
    pub id: Uuid,
    pub rolle: Personrolle,
    pub person: Person,
    pub fra: Timestamp,
    /// Since when the person no longer has access.
    pub til: Option<Timestamp>,
}

/// One card with those who are on it now.
#[derive(Debug)]
pub struct Ledsagerbevis {
    pub id: BevisId,
    pub organisasjon: FiksOrgId,
    pub antall_ledsagere: u8,
    pub gyldighet: Gyldighet,
    pub ekstern_id: SecretString,
    pub opprettet: Timestamp,
    pub revokert: Option<Revokering>,
    pub bilde: Option<Uuid>,
    pub eier: Tilknyttet,
    /// Oldest first.
    pub forvaltere: Vec<Tilknyttet>,
}

impl Ledsagerbevis {
    pub fn tilstand(&self, today: Date) -> Tilstand {
        tilstand(self.revokert.is_some(), self.gyldighet, today)
    }
}

/// What can be done with a card on a day.
pub fn tilstand(revokert: bool, gyldighet: Gyldighet, today: Date) -> Tilstand {
    match gyldighet {
        _ if revokert => Tilstand::Revokert,
        Gyldighet::Til(last) if last < today => Tilstand::Utlopt,
        Gyldighet::Til(_) | Gyldighet::Varig => Tilstand::Aktivt,
    }
}

macro_rules! hendelser {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What happened to a card. The first ten names are KS's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Hendelsestype {
            $($(#[$doc])* $name,)*
        }

        impl Hendelsestype {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

hendelser! {
    Opprettet = "OPPRETTET",
    Revokert = "REVOKERT",
    /// A guardian was told by text message.
    SendtForvalter = "SENDT_FORVALTER",
    IkkeSendtForvalter = "IKKE_SENDT_FORVALTER",
    /// The owner was told by text message.
    SendtUtstedetTil = "SENDT_UTSTEDET_TIL",
    IkkeSendtUtstedetTil = "IKKE_SENDT_UTSTEDET_TIL",
    SendtPrint = "SENDT_PRINT",
    ForvalterLagtTil = "FORVALTER_LAGT_TIL",
    ForvalterFjernet = "FORVALTER_FJERNET",
    EndretEksternId = "ENDRET_EKSTERN_ID",
    EndretAntallLedsagere = "ENDRET_ANTALL_LEDSAGERE",
    EndretUtlopsdato = "ENDRET_UTLOPSDATO",
    EndretBilde = "ENDRET_BILDE",
    /// Somebody on the card has another telephone number: the former one sees the card no more.
    EndretTelefonnummer = "ENDRET_TELEFONNUMMER",
    /// The new number was told by text message.
    SendtNyttNummer = "SENDT_NYTT_NUMMER",
    IkkeSendtNyttNummer = "IKKE_SENDT_NYTT_NUMMER",
    /// The owner or a guardian lets somebody show the card for a time.
    Delt = "DELT",
    DelingTrukket = "DELING_TRUKKET",
    /// The sharing ended because whoever gave it lost access.
    DelingAvsluttet = "DELING_AVSLUTTET",
    /// Whom the card is shared with was told by text message.
    SendtDeling = "SENDT_DELING",
    IkkeSendtDeling = "IKKE_SENDT_DELING",
    /// Somebody on the card was told by text message that it expires.
    SendtUtlopsvarsel = "SENDT_UTLOPSVARSEL",
    IkkeSendtUtlopsvarsel = "IKKE_SENDT_UTLOPSVARSEL",
    /// The letter with the card never went to the print supplier.
    IkkeSendtPrint = "IKKE_SENDT_PRINT",
    /// The print supplier could not send the letter.
    AvvistPrint = "AVVIST_PRINT",
    /// The print supplier has posted the letter.
    BrevPostlagt = "BREV_POSTLAGT",
}

impl std::str::FromStr for Hendelsestype {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text).ok_or("unknown event")
    }
}

/// Why somebody gets a text message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Smsslag {
    /// The code to log in with.
    Engangspassord,
    /// The owner, that there is a card.
    Utstedt,
    /// A guardian, that there is a card to carry.
    Forvalter,
    /// Somebody on a card, at another number than before.
    NyttNummer,
    /// Somebody whom a card is shared with.
    Deling,
    /// Those on a card, that it expires. Not sent at night.
    Utlopsvarsel,
}

impl Smsslag {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Engangspassord => "ENGANGSPASSORD",
            Self::Utstedt => "UTSTEDT",
            Self::Forvalter => "FORVALTER",
            Self::NyttNummer => "NYTT_NUMMER",
            Self::Deling => "DELING",
            Self::Utlopsvarsel => "UTLOPSVARSEL",
        }
    }

    /// What the card's history says when it was sent, or was not.
    pub fn hendelse(self, sendt: bool) -> Option<Hendelsestype> {
        match (self, sendt) {
            (Self::Engangspassord, _) => None,
            (Self::Utstedt, true) => Some(Hendelsestype::SendtUtstedetTil),
            (Self::Utstedt, false) => Some(Hendelsestype::IkkeSendtUtstedetTil),
            (Self::Forvalter, true) => Some(Hendelsestype::SendtForvalter),
            (Self::Forvalter, false) => Some(Hendelsestype::IkkeSendtForvalter),
            (Self::NyttNummer, true) => Some(Hendelsestype::SendtNyttNummer),
            (Self::NyttNummer, false) => Some(Hendelsestype::IkkeSendtNyttNummer),
            (Self::Deling, true) => Some(Hendelsestype::SendtDeling),
            (Self::Deling, false) => Some(Hendelsestype::IkkeSendtDeling),
            (Self::Utlopsvarsel, true) => Some(Hendelsestype::SendtUtlopsvarsel),
            (Self::Utlopsvarsel, false) => Some(Hendelsestype::IkkeSendtUtlopsvarsel),
        }
    }
}

impl std::str::FromStr for Smsslag {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all =
            [Self::Engangspassord, Self::Utstedt, Self::Forvalter, Self::NyttNummer, Self::Deling, Self::Utlopsvarsel];
        all.into_iter().find(|slag| slag.as_str() == text).ok_or("unknown kind of message")
    }
}

/// One entry of a card's history. Entries are only ever added; none holds anything of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bevishendelse {
    pub bevis: BevisId,
    pub tidspunkt: Timestamp,
    pub hendelse: Hendelsestype,
    pub aktor: Aktor,
    /// Whom of those on the card it is about.
    pub person: Option<Uuid>,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_card_is_valid_on_its_last_day_and_not_after() {
        let til = Gyldighet::Til(date(2027, 1, 15));
        assert_eq!(tilstand(false, til, date(2027, 1, 15)), Tilstand::Aktivt);
        assert_eq!(tilstand(false, til, date(2027, 1, 16)), Tilstand::Utlopt);
        assert_eq!(tilstand(false, Gyldighet::Varig, date(9998, 1, 1)), Tilstand::Aktivt);
        for gyldighet in [til, Gyldighet::Varig] {
            assert_eq!(tilstand(true, gyldighet, date(2027, 1, 1)), Tilstand::Revokert);
        }
    }

    #[test]
    fn two_years_from_a_leap_day_is_the_last_of_february() {
        assert_eq!(Gyldighet::standard(date(2028, 2, 29)).utlopsdato(), date(2030, 2, 28));
    }
}

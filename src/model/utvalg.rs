//! What an administrator looks for among the reports, and how they are counted.

use jiff::{SignedDuration, Timestamp};

use super::{
    RessursId,
    melding::{Kanal, Skjematype, Tilstand},
};

/// Something that an administrator should look into (KS: `advarsel`). KS names the three and says no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Advarsel {
    /// Accepted, and not handed over although that takes seconds.
    IkkeSendt,
    /// Handed over, and not receipted by the office's system; or refused by it, with the letter still to come.
    IkkeBekreftetFagsystem,
    /// Sent as a letter that is not confirmed as posted, or that could not be sent.
    IkkeBekreftetPrint,
}

impl Advarsel {
    pub const ALL: [Self; 3] = [Self::IkkeSendt, Self::IkkeBekreftetFagsystem, Self::IkkeBekreftetPrint];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::IkkeSendt => "IKKE_SENDT",
            Self::IkkeBekreftetFagsystem => "IKKE_BEKREFTET_FAGSYSTEM",
            Self::IkkeBekreftetPrint => "IKKE_BEKREFTET_PRINT",
        }
    }

    /// The states that it stands for, and how long ago the report must have come in: one that has just come is where it
    /// should be. Two hours is also when an office is first reminded by e-mail.
    pub fn tilstander(self) -> &'static [(Tilstand, SignedDuration)] {
        const AT_ONCE: SignedDuration = SignedDuration::ZERO;
        const IKKE_SENDT: &[(Tilstand, SignedDuration)] = &[(Tilstand::Akseptert, SignedDuration::from_mins(10))];
        const IKKE_BEKREFTET: &[(Tilstand, SignedDuration)] =
            &[(Tilstand::SendtFagsystem, SignedDuration::from_hours(2)), (Tilstand::AvvistFagsystem, AT_ONCE)];
        const BREV: &[(Tilstand, SignedDuration)] =
            &[(Tilstand::SendtPrint, AT_ONCE), (Tilstand::AvvistPrint, AT_ONCE)];
        match self {
            Self::IkkeSendt => IKKE_SENDT,
            Self::IkkeBekreftetFagsystem => IKKE_BEKREFTET,
            Self::IkkeBekreftetPrint => BREV,
        }
    }
}

impl std::str::FromStr for Advarsel {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|advarsel| advarsel.as_str() == text).ok_or("unknown warning")
    }
}

/// When reports came in: from the first instant, and before the second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Periode {
    pub fra: Option<Timestamp>,
    pub til: Option<Timestamp>,
}

/// Narrows an administrator's list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Utvalg {
    pub periode: Periode,
    /// With the instant at which it is judged.
    pub advarsel: Option<(Advarsel, Timestamp)>,
    /// Part of a report's id, of the name or number of its office or municipality, or of its sender's.
    pub sok: Option<String>,
    pub fra_fagsystem: Option<bool>,
    /// One of these; none at all when the list is empty.
    pub skjematyper: Option<Vec<Skjematype>>,
    pub kanal: Option<Kanal>,
}

/// Reports that came in within a period, and where they are now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodeTall {
    pub private: u64,
    pub offentlige: u64,
    pub fra_fagsystem: u64,
    /// Delivered in this channel; by letter are also those that a person has followed up after their letter.
    pub levert_print: u64,
    pub levert_fiks_io: u64,
    pub levert_manuelt_mottak: u64,
    pub levert_svarinn: u64,
}

/// How many reports of one kind an office has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BydelAndel {
    pub bydel: RessursId,
    pub tilstand: Tilstand,
    pub kanal: Kanal,
    pub antall: u64,
}

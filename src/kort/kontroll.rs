//! The verdict on a presentation: by keys, lists and a photo that are at hand, and no network.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::{Innholdsfeil, Vist, papir, vct};
use crate::crypto::{
    issuers::TrustedIssuers,
    sd_jwt::{self, Binding, Policy, SdJwtFault, Verified},
    status_list::{self, Freshness, StatusFault, StatusToken},
};

/// How old a presentation may be when nothing else is said.
pub const MAKS_ALDER: SignedDuration = SignedDuration::from_secs(120);
/// How far clocks may be from each other.
pub const KLOKKEAVVIK: SignedDuration = SignedDuration::from_secs(30);

/// What a verifier has at hand.
#[derive(Debug, Clone, Copy)]
pub struct Grunnlag<'a> {
    pub utstedere: &'a TrustedIssuers,
    /// Signed status lists that were fetched earlier. With none, revocation is not looked at; with some, the card's must
    /// be among them.
    pub sperrelister: &'a [String],
    /// The digest of the photo that is shown with the card.
    pub bilde: Option<[u8; 32]>,
    /// Whom the card must be shown to, when the verifier has a name.
    pub mottaker: Option<&'a str>,
    /// The challenge, when the verifier gave one.
    pub utfordring: Option<&'a str>,
    pub maks_alder: SignedDuration,
    pub now: Timestamp,
}

/// A card that may be accepted.
#[derive(Debug)]
pub struct Godtatt {
    pub utsteder: String,
    /// It is on paper: the code may be a copy, and only the photo that is printed beside it tells whose it is.
    pub papir: bool,
    /// Until when this copy of the card holds; the decision may last longer.
    pub utloper: Option<Timestamp>,
    pub vist: Vist,
    /// Whether the photo that was given is the card's.
    pub bilde_stemmer: bool,
    pub sperring: Sperring,
}

/// What is known of revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sperring {
    /// Not revoked by a list of this time, as new as its issuer asks for.
    Fersk { utstedt: Timestamp },
    /// Not revoked by a list of this time; there ought to be a newer one.
    Gammel { utstedt: Timestamp },
    /// The card cannot be revoked by a list.
    Uten,
    /// Not looked at: there is no list at hand.
    IkkeKontrollert,
}

/// Why a card is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Avslag {
    Kort(SdJwtFault),
    Innhold(Innholdsfeil),
    Sperreliste(StatusFault),
}

impl Avslag {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Kort(fault) => fault.code(),
            Self::Innhold(fault) => fault.code(),
            Self::Sperreliste(fault) => fault.code(),
        }
    }

    /// What is wrong and what to do about it, in Norwegian bokmål.
    pub fn melding(&self) -> String {
        match self {
            Self::Kort(fault) => fault.melding(),
            Self::Innhold(fault) => fault.melding().to_owned(),
            Self::Sperreliste(fault) => fault.melding(),
        }
    }
}

impl fmt::Display for Avslag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl From<SdJwtFault> for Avslag {
    fn from(fault: SdJwtFault) -> Self {
        Self::Kort(fault)
    }
}

impl From<Innholdsfeil> for Avslag {
    fn from(fault: Innholdsfeil) -> Self {
        Self::Innhold(fault)
    }
}

impl From<StatusFault> for Avslag {
    fn from(fault: StatusFault) -> Self {
        Self::Sperreliste(fault)
    }
}

/// Judges what was shown.
pub fn kontroller(presentasjon: &str, grunnlag: &Grunnlag<'_>) -> Result<Godtatt, Avslag> {
    let now = grunnlag.now;
    let binding =
        Binding::Required { audience: grunnlag.mottaker, nonce: grunnlag.utfordring, max_age: grunnlag.maks_alder };
    let policy = Policy { now, skew: KLOKKEAVVIK, vct: None, binding };
    let presentasjon = presentasjon.trim_ascii();
    let (verified, papir) = match sd_jwt::verify(presentasjon, grunnlag.utstedere, &policy) {
        // Nobody has signed for it: to be taken from paper, if it is a card that was made for that.
        Err(SdJwtFault::NoBinding) => (pa_papir(presentasjon, grunnlag, &policy)?, true),
        verified => (verified?, false),
    };
    // The kind of card is its issuer's own name for it.
    if !papir && verified.vct != vct(&verified.issuer) {
        return Err(SdJwtFault::WrongType.into());
    }
    let vist = Vist::les(&verified.claims, now)?;
    if papir && vist.navn.is_none() {
        return Err(Innholdsfeil::Innhold.into());
    }
    let bilde_stemmer = match (vist.bilde, grunnlag.bilde) {
        (_, None) => false,
        // Paper has a photo that no digest can be held against.
        (_, Some(_)) if papir => false,
        (None, Some(_)) => return Err(Innholdsfeil::UtenBilde.into()),
        (Some(kortets), Some(gitt)) if kortets == gitt => true,
        (Some(_), Some(_)) => return Err(Innholdsfeil::Bilde.into()),
    };
    let sperring = sperring(&verified, grunnlag)?;
    Ok(Godtatt { utsteder: verified.issuer, papir, utloper: verified.expires_at, vist, bilde_stemmer, sperring })
}

/// A card that is of the kind for paper, and bound to no key. Who asked for an answer to a challenge does not take one:
/// paper answers nothing.
fn pa_papir(kort: &str, grunnlag: &Grunnlag<'_>, policy: &Policy<'_>) -> Result<Verified, SdJwtFault> {
    let policy = Policy { binding: Binding::Ignored, ..*policy };
    let verified = sd_jwt::verify(kort, grunnlag.utstedere, &policy)?;
    let for_paper = verified.vct == papir::vct(&verified.issuer) && verified.claims.get("cnf").is_none();
    if for_paper && grunnlag.utfordring.is_none() { Ok(verified) } else { Err(SdJwtFault::NoBinding) }
}

fn sperring(kort: &Verified, grunnlag: &Grunnlag<'_>) -> Result<Sperring, StatusFault> {
    let Some(status) = &kort.status else { return Ok(Sperring::Uten) };
    if grunnlag.sperrelister.is_empty() {
        return Ok(Sperring::IkkeKontrollert);
    }
    // The newest list with the card's name that its issuer signed; when none of them holds, why the last one does not.
    let mut nyest: Result<StatusToken, _> = Err(StatusFault::Missing);
    for token in grunnlag.sperrelister {
        if status_list::named(token).as_deref() != Some(&status.uri) {
            continue;
        }
        match (status_list::verify(token, grunnlag.utstedere, &kort.issuer), &nyest) {
            (Ok(list), Ok(best)) if list.issued_at < best.issued_at => {}
            // Two of the same second: the one that refuses is the later one.
            (Ok(list), Ok(best)) if list.issued_at == best.issued_at && list.check(status.index).is_ok() => {}
            (Ok(list), _) => nyest = Ok(list),
            (Err(_), Ok(_)) => {}
            (Err(fault), Err(_)) => nyest = Err(fault),
        }
    }
    let list = nyest?;
    let freshness = list.freshness(grunnlag.now, KLOKKEAVVIK)?;
    // A card that was revoked stays so, however old the list.
    list.check(status.index)?;
    match freshness {
        Freshness::Fresh => Ok(Sperring::Fersk { utstedt: list.issued_at }),
        Freshness::Stale => Ok(Sperring::Gammel { utstedt: list.issued_at }),
        Freshness::Expired => Err(StatusFault::Expired),
    }
}

//! Reads a card's claims back, from whoever issued it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{Timestamp, civil::Date};
use serde_json::Value;

use super::{ANTALL, BILDE, FODSELSDATO, GYLDIG_TIL, Gyldighet, NAVN, VARIG};
use crate::{crypto::sd_jwt::Claims, system::SecretString};

/// What the one who checks a card sees of it. The fødselsnummer is not here even when it is shown: nobody at a door
/// needs it.
#[derive(Debug)]
pub struct Vist {
    pub antall_ledsagere: u8,
    pub gyldighet: Gyldighet,
    /// The digest of the photo that belongs to the card.
    pub bilde: Option<[u8; 32]>,
    pub navn: Option<SecretString>,
    pub fodselsdato: Option<Date>,
}

/// Why a card's content is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Innholdsfeil {
    #[error("KORT.INNHOLD")]
    Innhold,
    #[error("KORT.BEVIS_UTLOPT")]
    Utlopt,
    #[error("KORT.FEIL_BILDE")]
    Bilde,
    #[error("KORT.UTEN_BILDE")]
    UtenBilde,
}

impl Innholdsfeil {
    pub const ALL: &'static [Self] = &[Self::Innhold, Self::Utlopt, Self::Bilde, Self::UtenBilde];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Innhold => "KORT.INNHOLD",
            Self::Utlopt => "KORT.BEVIS_UTLOPT",
            Self::Bilde => "KORT.FEIL_BILDE",
            Self::UtenBilde => "KORT.UTEN_BILDE",
        }
    }

    /// What is wrong and what to do about it, in Norwegian bokmål.
    pub const fn melding(self) -> &'static str {
        match self {
            Self::Innhold => "Kortet mangler antall ledsagere eller hvor lenge det gjelder. Det må utstedes på nytt.",
            Self::Utlopt => "Vedtaket om ledsagerbevis er utløpt. Innehaveren kan be kommunen om et nytt.",
            Self::Bilde => "Bildet er ikke det som hører til kortet. Godta ikke kortet med dette bildet.",
            Self::UtenBilde => "Kortet har ikke noe bilde, så bildet kan ikke høre til det. Be om annen legitimasjon.",
        }
    }
}

impl Vist {
    pub(super) fn les(claims: &Claims, now: Timestamp) -> Result<Self, Innholdsfeil> {
        let date = |text: &str| text.parse::<Date>().map_err(|_| Innholdsfeil::Innhold);
        let antall = claims.get(ANTALL).and_then(Value::as_u64).and_then(|antall| u8::try_from(antall).ok());
        let antall_ledsagere = antall.filter(|antall| *antall > 0).ok_or(Innholdsfeil::Innhold)?;
        let gyldighet = match (claims.get(GYLDIG_TIL), claims.get(VARIG)) {
            (Some(Value::String(dato)), None | Some(Value::Bool(false))) => Gyldighet::Til(date(dato)?),
            (None, Some(Value::Bool(true))) => Gyldighet::Varig,
            _ => return Err(Innholdsfeil::Innhold),
        };
        let bilde = claims.get(BILDE).map(|digest| digest_of(digest).ok_or(Innholdsfeil::Innhold)).transpose()?;
        if gyldighet.utlopt(now) {
            return Err(Innholdsfeil::Utlopt);
        }
        let navn = claims.text(NAVN).map(|navn| SecretString::new(navn.to_owned()));
        let fodselsdato = claims.text(FODSELSDATO).map(date).transpose()?;
        Ok(Self { antall_ledsagere, gyldighet, bilde, navn, fodselsdato })
    }
}

fn digest_of(value: &Value) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(value.as_str()?).ok()?.try_into().ok()
}

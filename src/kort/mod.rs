//! The companion card (*ledsagerbevis*) as it is carried on a phone: what it says, who is shown what of it, and the
//! check that a ticket seller makes without a network.
//!
//! | claim | who sees it |
//! |---|---|
//! | `antallLedsagere`, `gyldigTil` or `varig`, `bilde#sha-256` | everyone who is shown the card |
//! | `navn`, `fodselsdato`, `fodselsnummer` | whom the holder shows it, claim by claim; a ticket seller is shown none |
//!
//! - [`Kort`]: the content, and how it is issued.
//! - [`kontroll`]: the verdict on a presentation.
//! - [`papir`]: the card on paper, which has no key.
//! - [`qr`]: a presentation as a code on a screen.
//! - [`slag`]: what the card's kind is called, for wallets that show it.

pub mod kontroll;
mod les;
pub mod papir;
pub mod qr;
pub mod slag;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{
    Timestamp,
    civil::Date,
    tz::{TimeZone, TimeZoneDatabase},
};
use serde_json::{Map, Value};

pub use les::{Innholdsfeil, Vist};

use crate::{
    crypto::{
        es256::{PublicKey, SigningKey},
        sd_jwt::{self, Credential, SdJwtFault, StatusReference},
        sha256,
    },
    system::{Rng, SecretString},
};

/// What a ticket seller needs of the claims that the holder may keep back: nothing.
pub const BILLETTSELGER: &[&str] = &[];

/// Digests of a card: those that stand for something, and some that do not, so that their number does not tell what is
/// left out.
const SAMMENDRAG: usize = 4;

const ANTALL: &str = "antallLedsagere";
const GYLDIG_TIL: &str = "gyldigTil";
const VARIG: &str = "varig";
const BILDE: &str = "bilde#sha-256";
const NAVN: &str = "navn";
const FODSELSDATO: &str = "fodselsdato";
const FODSELSNUMMER: &str = "fodselsnummer";

/// The time zone of the program, never the machine's.
static OSLO: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZoneDatabase::bundled().get("Europe/Oslo").unwrap_or(TimeZone::UTC));

/// How long the municipality's decision holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gyldighet {
    /// To the end of this day in Norway.
    Til(Date),
    Varig,
}

impl Gyldighet {
    fn utlopt(self, now: Timestamp) -> bool {
        match self {
            Self::Til(dato) => now.to_zoned(OSLO.clone()).date() > dato,
            Self::Varig => false,
        }
    }

    /// When a card that is issued to last until `senest` must run out: never later than the decision.
    pub fn utloper(self, senest: Timestamp) -> Timestamp {
        self.slutt().map_or(senest, |slutt| slutt.min(senest))
    }

    /// When the decision ends.
    fn slutt(self) -> Option<Timestamp> {
        let Self::Til(dato) = self else { return None };
        dato.tomorrow().and_then(|neste| neste.to_zoned(OSLO.clone())).ok().map(|slutt| slutt.timestamp())
    }
}

/// What a card says.
#[derive(Debug)]
pub struct Kort {
    pub navn: SecretString,
    pub fodselsdato: Option<Date>,
    /// Not for those whom the card was only lent to.
    pub fodselsnummer: Option<SecretString>,
    /// One or two.
    pub antall_ledsagere: u8,
    pub gyldighet: Gyldighet,
    /// SHA-256 of the photo's bytes as the phone has it.
    pub bilde: Option<[u8; 32]>,
}

/// Who issues, under which name and with which key.
#[derive(Debug, Clone, Copy)]
pub struct Utsteder<'a> {
    /// `iss`, an `https` address without a slash at its end.
    pub iss: &'a str,
    pub nokkel: &'a SigningKey,
}

/// The kind of card (`vct`) that an issuer issues: an address below its own.
pub fn vct(iss: &str) -> String {
    format!("{}/ledsagerbevis/v1", iss.trim_end_matches('/'))
}

/// The digest of a photo, as the card has it.
pub fn bildedigest(bilde: &[u8]) -> [u8; 32] {
    sha256(bilde)
}

impl Kort {
    /// Issues the card to the phone that has the holder's key. It runs out `senest`, or with the decision if that is
    /// sooner; the phone fetches it anew before then.
    pub fn issue(
        &self,
        utsteder: Utsteder<'_>,
        innehaver: &PublicKey,
        status: StatusReference,
        now: Timestamp,
        senest: Timestamp,
        rng: &dyn Rng,
    ) -> Result<SecretString, SdJwtFault> {
        let vct = vct(utsteder.iss);
        let skjult = self.skjult();
        let card = Credential {
            issuer: utsteder.iss,
            vct: &vct,
            issued_at: now,
            expires_at: Some(self.gyldighet.utloper(senest)),
            holder: Some(innehaver),
            status: Some(status),
            visible: self.synlig().into(),
            decoys: SAMMENDRAG.saturating_sub(skjult.len()),
            hidden: skjult.into(),
        };
        sd_jwt::issue(&card, utsteder.nokkel, rng)
    }

    fn synlig(&self) -> Map<String, Value> {
        let mut claims = Map::new();
        claims.insert(ANTALL.to_owned(), self.antall_ledsagere.into());
        match self.gyldighet {
            Gyldighet::Til(dato) => claims.insert(GYLDIG_TIL.to_owned(), dato.to_string().into()),
            Gyldighet::Varig => claims.insert(VARIG.to_owned(), true.into()),
        };
        if let Some(bilde) = self.bilde {
            claims.insert(BILDE.to_owned(), URL_SAFE_NO_PAD.encode(bilde).into());
        }
        claims
    }

    fn skjult(&self) -> Map<String, Value> {
        let claims = [
            (NAVN, Some(self.navn.expose().clone())),
            (FODSELSDATO, self.fodselsdato.map(|dato| dato.to_string())),
            (FODSELSNUMMER, self.fodselsnummer.as_ref().map(|fnr| fnr.expose().clone())),
        ];
        let claims = claims.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))));
        claims.collect()
    }
}

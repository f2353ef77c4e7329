//! The card on paper. Paper has no key that could sign when the card is shown, so the code on it is no presentation: whoever
//! copies it has as good a code. It says the name that is printed beside it, and nothing that is not; that it belongs to the
//! one who shows it, only the photo on the card tells. It is a kind of its own, so that no phone's card passes for one.
//!
//! The photo is not in it: what is on paper cannot be compared with a digest.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{ANTALL, GYLDIG_TIL, Gyldighet, NAVN, Utsteder, VARIG};
use crate::{
    crypto::sd_jwt::{self, Credential, SdJwtFault, StatusReference},
    system::{Rng, SecretString},
};

/// What the printed card says.
#[derive(Debug)]
pub struct Papirkort {
    pub navn: SecretString,
    /// One or two.
    pub antall_ledsagere: u8,
    pub gyldighet: Gyldighet,
}

/// The kind of card (`vct`) on paper that an issuer issues.
pub fn vct(iss: &str) -> String {
    format!("{}/ledsagerbevis-papir/v1", iss.trim_end_matches('/'))
}

impl Papirkort {
    /// The text of the code. It lasts as long as the decision: for ever, if that does, unless it is revoked.
    pub fn issue(
        &self,
        utsteder: Utsteder<'_>,
        status: StatusReference,
        now: Timestamp,
        rng: &dyn Rng,
    ) -> Result<SecretString, SdJwtFault> {
        let vct = vct(utsteder.iss);
        let mut claims = Map::new();
        claims.insert(NAVN.to_owned(), Value::String(self.navn.expose().clone()));
        claims.insert(ANTALL.to_owned(), self.antall_ledsagere.into());
        match self.gyldighet {
            Gyldighet::Til(dato) => claims.insert(GYLDIG_TIL.to_owned(), dato.to_string().into()),
            Gyldighet::Varig => claims.insert(VARIG.to_owned(), true.into()),
        };
        let card = Credential {
            issuer: utsteder.iss,
            vct: &vct,
            issued_at: now,
            expires_at: self.gyldighet.slutt(),
            holder: None,
            status: Some(status),
            visible: claims.into(),
            hidden: Map::new().into(),
            decoys: 0,
        };
        sd_jwt::issue(&card, utsteder.nokkel, rng)
    }
}

//! Identifiers, checked when they are made: a value of one of these types is well-formed.

use std::{fmt, str::FromStr};

use uuid::Uuid;

/// What is wrong with an identifier, in Norwegian, for the caller who sent it. Never holds the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidId(&'static str);

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                // Only the hyphenated form: the documents say `format: uuid` (RFC 9562 §4).
                match Uuid::try_parse(text) {
                    Ok(id) if text.len() == 36 => Ok(Self(id)),
                    _ => Err(InvalidId("skal være en UUID, for eksempel 01890a5d-ac96-774b-bcce-b302099a8057")),
                }
            }
        }
    };
}

uuid_id!(
    /// An organisation as the platform knows it (KS: `fiksOrgId`).
    FiksOrgId
);
uuid_id!(
    /// One concern report (KS: `bekymringsmeldingId`).
    MeldingId
);
uuid_id!(
    /// One system's access to the platform (KS: header `IntegrasjonId`).
    IntegrasjonId
);

uuid_id!(
    /// One child-protection office (KS: `ressursId`). Its number and name may change, this does not.
    RessursId
);
uuid_id!(
    /// An office's account: the queue that its reports wait in (KS: `kontoId`).
    KontoId
);
uuid_id!(
    /// One letter. A report that is sent as a letter again has another one.
    BrevId
);
uuid_id!(
    /// A group of an organisation's companion-card workers (KS: `gruppeId`).
    GruppeId
);
uuid_id!(
    /// A certificate that waits for its owner to show the private key.
    NokkelbevisId
);

macro_rules! digits {
    ($(#[$doc:meta])* $name:ident, $len:literal, $wrong:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $len]);

        impl $name {
            pub fn as_str(&self) -> &str {
                // Holds ASCII digits only, by construction.
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                match <[u8; $len]>::try_from(text.as_bytes()) {
                    Ok(bytes) if bytes.iter().all(u8::is_ascii_digit) => Ok(Self(bytes)),
                    _ => Err(InvalidId($wrong)),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <std::borrow::Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

digits!(
    /// Municipality number, four digits (Statistics Norway, klass 131).
    Kommunenummer,
    4,
    "skal ha fire sifre, for eksempel 4601"
);
digits!(
    /// Number of a child-protection office within a municipality, two digits; `00` where there is only one (KS).
    Bydelsnummer,
    2,
    "skal ha to sifre; bruk 00 når kommunen ikke har bydeler"
);
digits!(
    /// Organisation number, nine digits (Enhetsregisteret). The check digit is not tested: test organisations
    /// (Tenor, and those of this project's sandbox) need not follow it.
    Organisasjonsnummer,
    9,
    "skal ha ni sifre"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_hold_only_their_digits() {
        assert_eq!("4601".parse::<Kommunenummer>().unwrap().as_str(), "4601");
        for wrong in ["", "460", "46011", "46O1", "４６０１", " 460", "-460"] {
            assert!(wrong.parse::<Kommunenummer>().is_err(), "{wrong}");
        }
        assert!("0".parse::<Bydelsnummer>().is_err());
    }

    #[test]
    fn ids_are_hyphenated_uuids() {
        assert!("01890a5d-ac96-774b-bcce-b302099a8057".parse::<MeldingId>().is_ok());
        assert!("01890a5dac96774bbcceb302099a8057".parse::<MeldingId>().is_err());
        assert!("{01890a5d-ac96-774b-bcce-b302099a8057}".parse::<MeldingId>().is_err());
    }
}

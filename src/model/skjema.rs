//! Names of forms. Which of them exist, and what they say, stands in [`crate::skjema`] and `schemas/`.

use std::{fmt, str::FromStr};

use super::melding::Versjon;

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($variant,)+
        }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl FromStr for $name {
            type Err = UkjentSkjema;

            fn from_str(text: &str) -> Result<Self, UkjentSkjema> {
                Self::ALL.iter().copied().find(|name| name.as_str() == text).ok_or(UkjentSkjema)
            }
        }
    };
}

names!(
    /// A form.
    Skjema {
        Bekymringsmelding = "bekymringsmelding",
        Ledsagerbevis = "ledsagerbevis",
    }
);
names!(
    /// Who fills it in, or, of companion cards, what is asked for.
    Variant {
        Offentlig = "offentlig",
        Privat = "privat",
        Opprett = "opprett",
        Revoker = "revoker",
        LeggTilForvalter = "legg-til-forvalter",
        FjernForvalter = "fjern-forvalter",
        Personsok = "personsok",
        HentBilde = "hent-bilde",
        Endre = "endre",
        Del = "del",
    }
);

/// One version of a form, written `bekymringsmelding/offentlig/v2`.
///
/// The version is a number and not [`Versjon`], so that a new version of a form can be written, published and tested
/// before any office supports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SkjemaId {
    pub skjema: Skjema,
    pub variant: Variant,
    pub versjon: u16,
}

/// Not written `<skjema>/<variant>/v<nummer>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("skal skrives som skjema, variant og versjon, for eksempel bekymringsmelding/offentlig/v2")]
pub struct UkjentSkjema;

impl SkjemaId {
    /// The concern report in the version that an API major or an office speaks of.
    pub fn bekymringsmelding(variant: Variant, versjon: Versjon) -> Self {
        let versjon = match versjon {
            Versjon::V1 => 1,
            Versjon::V2 => 2,
        };
        Self { skjema: Skjema::Bekymringsmelding, variant, versjon }
    }

    /// What is asked for about a companion card, in version 1.
    pub const fn ledsagerbevis(variant: Variant) -> Self {
        Self { skjema: Skjema::Ledsagerbevis, variant, versjon: 1 }
    }

    /// The path of the schema on every installation, which is also its `$id`.
    pub fn path(self) -> String {
        format!("/schemas/{self}.schema.json")
    }
}

impl fmt::Display for SkjemaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/v{}", self.skjema.as_str(), self.variant.as_str(), self.versjon)
    }
}

impl FromStr for SkjemaId {
    type Err = UkjentSkjema;

    fn from_str(text: &str) -> Result<Self, UkjentSkjema> {
        let mut parts = text.split('/');
        let (Some(skjema), Some(variant), Some(versjon), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(UkjentSkjema);
        };
        let number = versjon.strip_prefix('v').and_then(|number| number.parse().ok()).ok_or(UkjentSkjema)?;
        let id = Self { skjema: skjema.parse()?, variant: variant.parse()?, versjon: number };
        // One spelling only: no `v02`, no `v+2`.
        if id.to_string() == text { Ok(id) } else { Err(UkjentSkjema) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_version_is_written_in_one_way() {
        let id: SkjemaId = "bekymringsmelding/offentlig/v2".parse().unwrap();
        assert_eq!(id, SkjemaId::bekymringsmelding(Variant::Offentlig, Versjon::V2));
        assert_eq!(id.path(), "/schemas/bekymringsmelding/offentlig/v2.schema.json");
        for wrong in [
            "",
            "bekymringsmelding/offentlig",
            "bekymringsmelding/offentlig/2",
            "bekymringsmelding/felles/v1",
            "bekymringsmelding/offentlig/v02",
            "bekymringsmelding/offentlig/v+2",
            "bekymringsmelding/offentlig/v2/",
        ] {
            assert!(wrong.parse::<SkjemaId>().is_err(), "{wrong}");
        }
    }
}

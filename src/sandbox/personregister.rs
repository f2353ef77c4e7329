//! A population register of persons that do not exist, by numbers of Skatteetaten's test series. Only `meldeport demo` and
//! tests have it.

use async_trait::async_trait;

use crate::{
    model::ledsagerbevis::Adresse,
    personregister::{Personregister, RegisterNede, Registrert},
    system::SecretString,
};

/// Somebody in the register.
#[derive(Debug, Clone, Copy)]
pub struct Oppdiktet {
    pub fnr: &'static str,
    pub navn: &'static str,
    pub adressenavn: &'static str,
    pub postnummer: &'static str,
    pub poststed: &'static str,
    /// Empty: the contact register has none.
    pub telefonnummer: &'static str,
    pub beskyttet: bool,
}

/// An owner, two guardians, somebody without a telephone, and somebody whose address is protected.
pub const PERSONER: [Oppdiktet; 5] = [
    Oppdiktet {
        fnr: "12849190014",
        navn: "Fiktiv Eier",
        adressenavn: "Oppdiktveien 1",
        postnummer: "9999",
        poststed: "LILLEVIK",
        telefonnummer: "99999991",
        beskyttet: false,
    },
    Oppdiktet {
        fnr: "14866290009",
        navn: "Fiktiv Forelder",
        adressenavn: "Oppdiktveien 1",
        postnummer: "9999",
        poststed: "LILLEVIK",
        telefonnummer: "99999992",
        beskyttet: false,
    },
    Oppdiktet {
        fnr: "30817490014",
        navn: "Fiktiv Hjelper",
        adressenavn: "Oppdiktveien 2",
        postnummer: "9999",
        poststed: "LILLEVIK",
        telefonnummer: "99999993",
        beskyttet: false,
    },
    Oppdiktet {
        fnr: "07914890092",
        navn: "Fiktiv Uten Telefon",
        adressenavn: "Oppdiktveien 3",
        postnummer: "9999",
        poststed: "LILLEVIK",
        telefonnummer: "",
        beskyttet: false,
    },
    Oppdiktet {
        fnr: "19828890096",
        navn: "Fiktiv Beskyttet",
        adressenavn: "Hemmeligveien 4",
        postnummer: "9998",
        poststed: "SKJULTVIK",
        telefonnummer: "99999994",
        beskyttet: true,
    },
];

/// The register of [`PERSONER`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Register;

#[async_trait]
impl Personregister for Register {
    async fn finn(&self, fnr: &SecretString) -> Result<Option<Registrert>, RegisterNede> {
        let text = |text: &str| SecretString::new(text.to_owned());
        let found = PERSONER.iter().find(|person| person.fnr == fnr.expose());
        Ok(found.map(|person| Registrert {
            navn: text(person.navn),
            adresse: Some(Adresse {
                adressenavn: text(person.adressenavn),
                postnummer: text(person.postnummer),
                poststed: text(person.poststed),
            }),
            telefonnummer: (!person.telefonnummer.is_empty()).then(|| text(person.telefonnummer)),
            beskyttet: person.beskyttet,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::PERSONER;
    use crate::model::{
        fnr::{Fnr, Serie},
        telefon::Telefonnummer,
    };

    #[test]
    fn nobody_in_the_register_exists() {
        for person in PERSONER {
            assert_eq!(Fnr::kontroller(person.fnr).unwrap().serie, Serie::Skatteetaten, "{}", person.navn);
            assert!(person.telefonnummer.is_empty() || person.telefonnummer.parse::<Telefonnummer>().is_ok());
        }
    }
}

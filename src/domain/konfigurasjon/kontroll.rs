//! What a caller wrote, checked. All that must be put right is told at once; addresses and texts are not repeated.

use serde_json::json;

use super::{Eposter, Kontoutkast, Utkast};
use crate::{
    epost::Adresse,
    model::{
        Bydelsnummer, Feil, Feilkode, Organisasjonsnummer,
        kommune::{Fagsystem, Postadresse},
        melding::{Kanal, Versjon},
    },
    system::SecretString,
};

/// Longest name of an office, in characters.
const NAVN_MAX: usize = 200;
/// Longest line of an address, in characters: what fits in the window of an envelope, with room to spare.
const LINJE_MAX: usize = 100;
/// Longest telephone number, in characters.
const TELEFON_MAX: usize = 32;
/// Longest e-mail address, in characters (RFC 5321, section 4.5.3.1.3).
const EPOST_MAX: usize = 254;
/// Most e-mail addresses in a list.
const EPOSTER_MAX: usize = 20;

/// A change that can be made to an office, as far as the change alone shows.
#[derive(Debug, Default)]
pub(super) struct Endring {
    pub bydelsnummer: Option<Bydelsnummer>,
    pub navn: Option<String>,
    pub adresse: Option<Postadresse>,
    /// `Some(None)` takes the number away.
    pub telefon: Option<Option<String>>,
    pub eposter: Option<Eposter>,
    pub varsel_eposter: Option<Vec<String>>,
    pub konto: Option<Kontoendring>,
    pub standard_mottaker: Option<bool>,
}

#[derive(Debug)]
pub(super) struct Kontoendring {
    pub kanal: Kanal,
    pub fagsystem: Option<Fagsystem>,
    pub stottet_versjon: Option<Versjon>,
    /// `Some(None)` takes the number away.
    pub orgnr: Option<Option<Organisasjonsnummer>>,
}

/// Collects what must be put right.
#[derive(Debug, Default)]
struct Avvik(Vec<(&'static str, String)>);

impl Avvik {
    fn add(&mut self, felt: &'static str, melding: impl Into<String>) {
        self.0.push((felt, melding.into()));
    }

    /// The value, or a note of what is wrong with it.
    fn take<T, E: ToString>(&mut self, felt: &'static str, value: Result<T, E>) -> Option<T> {
        value.map_err(|error| self.add(felt, error.to_string())).ok()
    }

    fn finish(self) -> Result<(), Feil> {
        let Some((felt, melding)) = self.0.first() else { return Ok(()) };
        let more = if self.0.len() > 1 { " Svaret viser også annet som må rettes." } else { "" };
        let text = format!("Feltet {felt} {melding}. Ingenting er endret.{more}");
        let all: Vec<_> = self.0.iter().map(|(felt, melding)| json!({ "felt": felt, "melding": melding })).collect();
        Err(Feil::from(Feilkode::KonfigurasjonUgyldig).melding(text).fakta(json!({ "avvik": all })))
    }
}

/// One thing that must be put right, where it is seen outside of [`check`].
pub(super) fn avvik(felt: &'static str, melding: &str) -> Feil {
    let mut avvik = Avvik::default();
    avvik.add(felt, melding);
    avvik.finish().err().unwrap_or_else(|| Feilkode::KonfigurasjonUgyldig.into())
}

/// # Errors
/// 400 with everything that must be put right.
pub(super) fn check(utkast: Utkast) -> Result<(Endring, Option<SecretString>), Feil> {
    let mut avvik = Avvik::default();
    let Utkast { bydelsnummer, navn, adresse, telefon, eposter, varsel_eposter, konto, standard_mottaker } = utkast;
    let mut sertifikat = None;
    let endring = Endring {
        bydelsnummer: bydelsnummer.and_then(|text| avvik.take("bydelsnummer", text.parse())),
        navn: navn.and_then(|navn| avvik.take("bydelsnavn", line(&navn, NAVN_MAX))),
        adresse: adresse.map(|adresse| address(adresse, &mut avvik)),
        telefon: telefon.and_then(|number| avvik.take("telefon", telephone(&number))),
        eposter: eposter.and_then(|eposter| own_addresses(eposter, &mut avvik)),
        varsel_eposter: varsel_eposter.map(|list| addresses("varselEposter", &list, &mut avvik)),
        konto: konto.and_then(|konto| account(konto, &mut sertifikat, &mut avvik)),
        standard_mottaker,
    };
    avvik.finish()?;
    Ok((endring, sertifikat))
}

/// One line of text that is fit for a letter and for the header of an e-mail.
pub(in crate::domain) fn line(text: &str, max: usize) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("skal ikke være tomt".to_owned()),
        _ if text.chars().any(char::is_control) => Err("skal være én linje uten styretegn".to_owned()),
        length if length > max => Err(format!("skal ha høyst {max} tegn")),
        _ => Ok(text.to_owned()),
    }
}

fn address(given: Postadresse, avvik: &mut Avvik) -> Postadresse {
    let mut required = |felt, text: &str| avvik.take(felt, line(text, LINJE_MAX)).unwrap_or_default();
    let navn = required("adresse.navn", &given.navn);
    let adresselinje1 = required("adresse.adresselinje1", &given.adresselinje1);
    let poststed = required("adresse.poststed", &given.poststed);
    let mut optional = |felt, text: Option<String>| {
        let text = text.filter(|text| !text.trim().is_empty())?;
        avvik.take(felt, line(&text, LINJE_MAX))
    };
    let adresselinje2 = optional("adresse.adresselinje2", given.adresselinje2);
    let adresselinje3 = optional("adresse.adresselinje3", given.adresselinje3);
    let postnummer = given.postnummer.trim().to_owned();
    if postnummer.len() != 4 || !postnummer.bytes().all(|byte| byte.is_ascii_digit()) {
        avvik.add("adresse.postnummer", "skal ha fire sifre");
    }
    Postadresse { navn, adresselinje1, adresselinje2, adresselinje3, postnummer, poststed }
}

/// As KS's contract writes it: digits in groups with a hyphen or space between, and perhaps a plus sign before. An empty
/// text is no number: that is how version 1 shows an office without one.
fn telephone(text: &str) -> Result<Option<String>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    let groups = text.strip_prefix('+').unwrap_or(text).split(['-', ' ']);
    let digits = |group: &str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() <= TELEFON_MAX && groups.into_iter().all(digits) {
        Ok(Some(text.to_owned()))
    } else {
        Err("skal være et telefonnummer, for eksempel +47 22 33 44 55")
    }
}

fn own_addresses(given: Eposter, avvik: &mut Avvik) -> Option<Eposter> {
    match given {
        Eposter::Alle(list) => Some(Eposter::Alle(addresses("eposter", &list, avvik))),
        Eposter::Forste(one) => avvik.take("epost", email(&one)).map(Eposter::Forste),
    }
}

/// A list without repetitions, in the order given.
fn addresses(felt: &'static str, given: &[String], avvik: &mut Avvik) -> Vec<String> {
    if given.len() > EPOSTER_MAX {
        avvik.add(felt, format!("skal ha høyst {EPOSTER_MAX} adresser"));
    }
    let mut list = Vec::new();
    for (n, text) in given.iter().enumerate() {
        match email(text) {
            Ok(address) if !list.contains(&address) => list.push(address),
            Ok(_) => {}
            Err(error) => avvik.add(felt, format!("nummer {} {error}", n + 1)),
        }
    }
    list
}

pub(in crate::domain) fn email(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.len() > EPOST_MAX {
        return Err(format!("skal ha høyst {EPOST_MAX} tegn"));
    }
    text.parse::<Adresse>().map(|_| text.to_owned()).map_err(|error| error.to_string())
}

fn account(given: Kontoutkast, sertifikat: &mut Option<SecretString>, avvik: &mut Avvik) -> Option<Kontoendring> {
    let Kontoutkast { fagsystem, stottet_versjon, kanaler, orgnr, sertifikat: pem } = given;
    *sertifikat = pem;
    let orgnr = orgnr.and_then(|text| match text.as_str() {
        "" => Some(None),
        text => avvik.take("orgnr", text.parse::<Organisasjonsnummer>()).map(Some),
    });
    let [kanal] = kanaler[..] else {
        avvik.add("konto", "skal ha nøyaktig én av fiksioKonto, svarinnKonto og manuellMottakKonto");
        return None;
    };
    if let Some(fagsystem) = fagsystem {
        if fagsystem == Fagsystem::Ukjent {
            avvik.add("fagsystem", "skal være et bestemt fagsystem; UKJENT vises bare når ingen har oppgitt det");
        } else if (fagsystem == Fagsystem::ManuellMottak) != (kanal == Kanal::ManuellMottak) {
            avvik.add("fagsystem", "skal være MANUELL_MOTTAK når kontoen er manuellMottakKonto, og bare da");
        }
        if stottet_versjon.is_some_and(|versjon| !fagsystem.versjoner().contains(&versjon)) {
            avvik.add("stottetVersjon", "skal være en versjon som fagsystemet støtter");
        }
    }
    Some(Kontoendring { kanal, fagsystem, stottet_versjon, orgnr })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_numbers_are_those_of_the_contract() {
        for good in ["22334455", "+47 22 33 44 55", "22-33-44-55", "112"] {
            assert_eq!(telephone(good), Ok(Some(good.to_owned())));
        }
        assert_eq!(telephone(""), Ok(None));
        for bad in ["+", "22  33", "-22", "22-", "tlf 22", "22+33", "２２", &"1".repeat(33)] {
            assert!(telephone(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(line(" Lillevik ", 10), Ok("Lillevik".to_owned()));
        assert!(line("æøåÆØÅæøå1", 10).is_ok());
        for bad in ["", "  ", "a\nb", "a\u{0}b", "elleve tegn"] {
            assert!(line(bad, 10).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once_and_nothing_is_repeated() {
        let utkast = Utkast {
            bydelsnummer: Some("1".to_owned()),
            navn: Some("\n".to_owned()),
            telefon: Some("Kari".to_owned()),
            eposter: Some(Eposter::Alle(vec!["a@b.example".to_owned(), "Kari <kari@b.example>".to_owned()])),
            konto: Some(Kontoutkast { orgnr: Some("12".to_owned()), ..Kontoutkast::default() }),
            ..Utkast::default()
        };
        let feil = check(utkast).unwrap_err();
        let avvik = feil.fakta.clone().unwrap()["avvik"].clone();
        let felt: Vec<_> = avvik.as_array().unwrap().iter().map(|one| one["felt"].as_str().unwrap()).collect();
        assert_eq!(felt, ["bydelsnummer", "bydelsnavn", "telefon", "eposter", "orgnr", "konto"]);
        assert!(!format!("{feil:?}").contains("Kari"), "{feil:?}");
    }

    #[test]
    fn the_case_system_goes_with_the_account() {
        let account = |fagsystem, kanaler: &[Kanal]| {
            let konto = Kontoutkast { fagsystem: Some(fagsystem), kanaler: kanaler.to_vec(), ..Kontoutkast::default() };
            check(Utkast { konto: Some(konto), ..Utkast::default() }).is_ok()
        };
        assert!(account(Fagsystem::ManuellMottak, &[Kanal::ManuellMottak]));
        assert!(account(Fagsystem::VismaFamilia, &[Kanal::Svarinn]));
        assert!(!account(Fagsystem::ManuellMottak, &[Kanal::Fagsystem]));
        assert!(!account(Fagsystem::VismaFamilia, &[Kanal::ManuellMottak]));
        assert!(!account(Fagsystem::VismaFamilia, &[Kanal::Svarinn, Kanal::Fagsystem]));
        assert!(!account(Fagsystem::VismaFamilia, &[]));
        assert!(!account(Fagsystem::Ukjent, &[Kanal::Fagsystem]));
    }
}

//! What a caller wrote, checked. All that must be put right is told at once, with a JSON Pointer for each; nothing of what
//! was written is repeated.

use serde_json::json;

use crate::{
    domain::konfigurasjon::kontroll::{email, line},
    model::{Feil, Feilkode, bevisoppsett::Bevisadresse, fnr::Fnr},
    system::SecretString,
};

/// Shortest and longest name of a group, in characters (KS).
pub(super) const GRUPPENAVN: std::ops::RangeInclusive<usize> = 2..=200;
/// Longest name of a person, in characters.
const NAVN_MAX: usize = 200;
/// Longest line of an address, in characters.
const LINJE_MAX: usize = 100;
/// Most e-mail addresses of an organisation (KS).
const EPOSTER_MAX: usize = 20;

/// Collects what must be put right.
#[derive(Debug, Default)]
pub(super) struct Avvik(Vec<(String, String)>);

impl Avvik {
    fn add(&mut self, peker: impl Into<String>, melding: impl Into<String>) {
        self.0.push((peker.into(), melding.into()));
    }

    /// The value, or a note of what is wrong with it.
    fn take<T, E: ToString>(&mut self, peker: impl Into<String>, value: Result<T, E>) -> Option<T> {
        value.map_err(|error| self.add(peker, error.to_string())).ok()
    }

    /// # Errors
    /// 400 with everything that must be put right.
    pub(super) fn finish(self) -> Result<(), Feil> {
        let Some((first, melding)) = self.0.first() else { return Ok(()) };
        let felt = |peker: &str| peker.trim_start_matches('/').replace('/', ".");
        let more = if self.0.len() > 1 { " Svaret viser også annet som må rettes." } else { "" };
        let text = format!("Feltet {} {melding}. Ingenting er endret.{more}", felt(first));
        let shown =
            |(peker, melding): &(String, String)| json!({ "felt": felt(peker), "peker": peker, "melding": melding });
        let all: Vec<_> = self.0.iter().map(shown).collect();
        Err(Feil::from(Feilkode::KonfigurasjonUgyldig).melding(text).fakta(json!({ "avvik": all })))
    }

    /// A list without repetitions, in the order given.
    pub(super) fn epost(&mut self, given: &[String]) -> Vec<String> {
        if given.len() > EPOSTER_MAX {
            self.add("/epost", format!("skal ha høyst {EPOSTER_MAX} adresser"));
            return Vec::new();
        }
        let mut list = Vec::new();
        for (n, text) in given.iter().enumerate() {
            if let Some(address) = self.take(format!("/epost/{n}"), email(text))
                && !list.contains(&address)
            {
                list.push(address);
            }
        }
        list
    }

    /// Eight digits: a Norwegian number, as KS has it.
    pub(super) fn tlf(&mut self, given: &SecretString) {
        let text = given.expose();
        if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            self.add("/tlf", "skal ha åtte sifre");
        }
    }

    pub(super) fn adresse(&mut self, given: &Bevisadresse) -> Bevisadresse {
        let mut part = |peker: &str, text: &str| self.take(peker, line(text, LINJE_MAX)).unwrap_or_default();
        let postadressenavn = part("/postAdresse/postadressenavn", &given.postadressenavn);
        let poststed = part("/postAdresse/poststed", &given.poststed);
        let postnummer = given.postnummer.clone();
        if postnummer.len() != 4 || !postnummer.bytes().all(|byte| byte.is_ascii_digit()) {
            self.add("/postAdresse/postnummer", "skal ha fire sifre");
        }
        Bevisadresse { postadressenavn, postnummer, poststed }
    }

    pub(super) fn gruppenavn(&mut self, given: &str) {
        if !GRUPPENAVN.contains(&given.chars().count()) {
            self.add("/gruppenavn", format!("skal ha fra {} til {} tegn", GRUPPENAVN.start(), GRUPPENAVN.end()));
        } else if !given.chars().all(|c| c == ' ' || in_name(c)) {
            self.add("/gruppenavn", "kan ha bokstaver, tall, mellomrom og vanlige skilletegn, og ikke andre tegn");
        } else if given.starts_with(' ') || given.ends_with(' ') {
            self.add("/gruppenavn", "skal ikke begynne eller slutte med mellomrom");
        }
    }

    pub(super) fn navn(&mut self, given: &SecretString) -> Option<SecretString> {
        self.take("/navn", line(given.expose(), NAVN_MAX)).map(SecretString::new)
    }
}

/// KS's set of characters, besides the space.
fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "ÆØÅæøåÁáÀàÂâÉéÈèÊêÍíÌìÎîÓóÒòÔôÚúÙùÛûÝýÄäËëÏïÖöÜü,.!?-:;/\\'()&+*=%§".contains(c)
}

/// # Errors
/// 400 for what cannot be a fødselsnummer or a D-number.
pub(super) fn fnr(given: &SecretString) -> Result<(), Feil> {
    let wrong = |_| Feil::from(Feilkode::UgyldigFnr).fakta(json!({ "peker": "/fnr" }));
    Fnr::kontroller(given.expose()).map(drop).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::Secret;

    fn pekere(check: impl FnOnce(&mut Avvik)) -> Vec<String> {
        let mut avvik = Avvik::default();
        check(&mut avvik);
        avvik.0.into_iter().map(|(peker, _)| peker).collect()
    }

    #[test]
    fn a_group_s_name_is_what_the_contract_s_pattern_says() {
        for good in ["Åå", "Servicetorget (øst) nr. 2", "a/b\\c'd", "NAV & kommune, 100 % §"] {
            assert!(pekere(|avvik| avvik.gruppenavn(good)).is_empty(), "{good}");
        }
        for bad in ["", "a", " ab", "ab ", "a\tb", "a_b", "a\"b", "ab\n", "Ђук", &"a".repeat(201)] {
            assert_eq!(pekere(|avvik| avvik.gruppenavn(bad)), ["/gruppenavn"], "{bad:?}");
        }
        assert!(pekere(|avvik| avvik.gruppenavn(&"a".repeat(200))).is_empty());
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once_and_nothing_is_repeated() {
        let mut avvik = Avvik::default();
        avvik.epost(&["a@b.example".to_owned(), "Kari <kari@b.example>".to_owned()]);
        avvik.tlf(&Secret::new("2233445".to_owned()));
        let postnummer = "kari".to_owned();
        avvik.adresse(&Bevisadresse { postadressenavn: " ".to_owned(), postnummer, poststed: "LILLEVIK".to_owned() });
        let feil = avvik.finish().unwrap_err();
        let told = feil.fakta.clone().unwrap()["avvik"].clone();
        let pekere: Vec<_> = told.as_array().unwrap().iter().map(|one| one["peker"].as_str().unwrap()).collect();
        assert_eq!(pekere, ["/epost/1", "/tlf", "/postAdresse/postadressenavn", "/postAdresse/postnummer"]);
        assert_eq!(told[2]["felt"], "postAdresse.postadressenavn");
        assert!(!format!("{feil:?}").to_lowercase().contains("kari"), "{feil:?}");
    }

    #[test]
    fn an_address_stands_once_in_a_list() {
        let mut avvik = Avvik::default();
        let given = ["a@b.example", " a@b.example", "c@d.example"].map(str::to_owned);
        assert_eq!(avvik.epost(&given), ["a@b.example", "c@d.example"]);
        assert!(avvik.finish().is_ok());
        assert_eq!(pekere(|avvik| drop(avvik.epost(&vec!["a@b.example".to_owned(); 21]))), ["/epost"]);
    }
}

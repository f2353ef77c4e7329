//! Names and references in the form that they are compared in.
//!
//! Case, accents and the way a letter is put together count for nothing. `å`, `æ` and `ø` are the same as `aa`, `ae` and
//! `oe`, and Swedish and German letters as ours; besides, a name with `å` or `ø` is found by `a` and `o`, since that is what
//! is at hand on many keyboards. Everything but letters and digits is between words, apostrophes aside.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use crate::system::secret::SecretString;

/// One word of a name.
#[derive(Debug)]
pub struct Navneord {
    form: SecretString,
    /// With plain letters for Nordic ones, when that is another word.
    enkel: Option<SecretString>,
}

impl Navneord {
    /// What is compared when somebody looks for the word.
    pub fn form(&self) -> &str {
        self.form.expose()
    }

    /// Every way in which the word is written.
    pub fn former(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.form).chain(&self.enkel).map(|form| form.expose().as_str())
    }

    /// Whether somebody who looks for `sokt` finds this word.
    pub fn begynner_med(&self, sokt: &Self) -> bool {
        self.former().any(|form| form.starts_with(sokt.form()))
    }
}

/// The words of a name.
pub fn navneord(navn: &str) -> Vec<Navneord> {
    let mut found = Vec::new();
    let (mut form, mut enkel) = (String::new(), String::new());
    let letters = navn.chars().filter(|c| !passes_unseen(*c)).nfkc().flat_map(char::to_lowercase);
    // The space ends the last word.
    for letter in letters.chain([' ']) {
        let (written, plain) = match letter {
            'å' | 'ǻ' => ("aa", "a"),
            'ø' | 'ö' | 'ǿ' => ("oe", "o"),
            'ä' => ("ae", "a"),
            'æ' | 'ǽ' => ("ae", "ae"),
            'œ' => ("oe", "oe"),
            'ß' => ("ss", "ss"),
            'þ' => ("th", "th"),
            'đ' | 'ð' => ("d", "d"),
            'ł' => ("l", "l"),
            'ŋ' => ("n", "n"),
            'ŧ' => ("t", "t"),
            'ı' => ("i", "i"),
            other => {
                let mut is_letter = false;
                for base in std::iter::once(other).nfkd() {
                    if base.is_alphanumeric() {
                        is_letter = true;
                        form.push(base);
                        enkel.push(base);
                    } else {
                        is_letter |= is_combining_mark(base);
                    }
                }
                if !is_letter && !form.is_empty() {
                    let (form, enkel) = (std::mem::take(&mut form), SecretString::new(std::mem::take(&mut enkel)));
                    let enkel = Some(enkel).filter(|enkel| *enkel.expose() != form);
                    found.push(Navneord { form: SecretString::new(form), enkel });
                }
                continue;
            }
        };
        form.push_str(written);
        enkel.push_str(plain);
    }
    found
}

/// Apostrophes, and what is there for the layout only.
fn passes_unseen(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | '`' | '´' | 'ʼ' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// A reference, however it is spaced and whatever the case.
pub fn referanseform(text: &str) -> SecretString {
    let form: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let form = SecretString::new(form);
    SecretString::new(form.expose().split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(navn: &str) -> Vec<String> {
        navneord(navn).iter().map(|word| word.form().to_owned()).collect()
    }

    fn finds(sokt: &str, navn: &str) -> bool {
        let on = navneord(navn);
        navneord(sokt).iter().all(|sokt| on.iter().any(|word| word.begynner_med(sokt)))
    }

    #[test]
    fn words_lose_what_does_not_matter() {
        assert_eq!(words("  Anne-Marie  ÅSE Øyærås "), ["anne", "marie", "aase", "oeyaeraas"]);
        assert_eq!(words("André O’Brien d'Arc"), ["andre", "obrien", "darc"]);
        assert_eq!(words("A\u{30a}se"), words("Åse"), "a ring put on afterwards");
        assert_eq!(
            words("ＫＡＲＩ ﬁn Čáhci Đorđe Łukasz Müller Straße İpek"),
            ["kari", "fin", "cahci", "dorde", "lukasz", "muller", "strasse", "ipek"]
        );
        assert_eq!(words("Мария العربية 李小龍"), ["мария", "العربية", "李小龍"]);
        assert_eq!(words("Kari 🌻👩‍👩‍👧 Nordmann"), ["kari", "nordmann"]);
        for nothing in ["", " ", "%", "_*%", "🌻", "-'-"] {
            assert_eq!(words(nothing), Vec::<String>::new(), "{nothing}");
        }
    }

    #[test]
    fn what_norwegians_write_finds_what_they_mean() {
        for (sokt, navn) in [
            ("håkon", "Haakon"),
            ("haakon", "Håkon"),
            ("hakon", "Håkon"),
            ("bjørn", "Bjoern"),
            ("bjorn", "Bjørn"),
            ("bjoern", "BJØRN"),
            ("kjær", "Kjaer"),
            ("öberg", "Øberg"),
            ("äse", "Æse"),
            ("rene", "René"),
            ("né", "Nelly"),
            ("mari", "Anne-Marie"),
            ("anne-m", "Anne Marie"),
        ] {
            assert!(finds(sokt, navn), "{sokt} {navn}");
        }
        for (sokt, navn) in
            [("bjørn", "Bjorn"), ("håkon", "Hakon"), ("ari", "Kari"), ("kari", "Ka ri"), ("ar%", "Kari")]
        {
            assert!(!finds(sokt, navn), "{sokt} {navn}");
        }
    }

    #[test]
    fn a_reference_has_one_form() {
        let form = |text: &str| referanseform(text).expose().clone();
        assert_eq!(form("  Sak\t2027/17\u{a0}B "), form("SAK 2027/17 b"));
        assert_ne!(form("sak1"), form("sak 1"));
    }
}

//! What follows the form, but is probably not meant. A warning never refuses a report: the schemas accept what KS's do,
//! and what KS's forgot to demand is said here.

use serde_json::{Map, Value};

use super::{felt::Felt, registry::register, setning::Place};
use crate::model::{
    fnr::{Fnr, UgyldigFnr},
    skjema::{Skjema, SkjemaId, Variant},
};

/// So many warnings are given.
const MAKS_ADVARSLER: usize = 1000;

/// So many unknown names in one object are compared with the known ones.
const MAKS_NAVN: usize = 20;

/// The pattern that means «one line». What ends a line differs between the languages that read it.
const EN_LINJE: &str = "^(.*)$";

/// One warning. Holds nothing of the payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advarsel {
    pub kode: Advarselkode,
    /// JSON Pointer into the payload; for unknown fields to the object that has them, for their names may be personal.
    pub peker: String,
    /// What is odd and what to do about it, in Norwegian.
    pub melding: String,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)+) => {
        /// A kind of warning, with its stable code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Advarselkode {
            $($(#[$doc])* $variant,)+
        }

        impl Advarselkode {
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }
    };
}

codes! {
    /// A private report without a child. KS's schema says `minLength` of the list, which means nothing.
    IngenBarn = "SKJEMA.INGEN_BARN",
    /// Eleven digits that are no fødselsnummer or D-number.
    FnrUgyldig = "SKJEMA.FNR_UGYLDIG",
    /// A number from a test series, or an H-number.
    FnrSyntetisk = "SKJEMA.FNR_SYNTETISK",
    /// Nine digits whose control digit is wrong.
    OrgnrUgyldig = "SKJEMA.ORGNR_UGYLDIG",
    /// The form does not know the field, so nobody may ever see it.
    UkjentFelt = "SKJEMA.UKJENT_FELT",
    /// A field that must be there is there, but blank.
    TomTekst = "SKJEMA.TOM_TEKST",
    /// A line separator that some receivers refuse in a field of one line.
    Linjeskille = "SKJEMA.LINJESKILLE",
}

/// Everything odd, in the order of the schema's fields.
pub(super) fn find(id: SkjemaId, root: Felt<'_>, payload: &Value) -> Vec<Advarsel> {
    let mut finder = Finder { id, root, found: Vec::new() };
    finder.walk(root, payload, &mut String::new());
    match (id.skjema, id.variant) {
        (Skjema::Bekymringsmelding, Variant::Offentlig) => finder.offentlig(payload),
        (Skjema::Bekymringsmelding, Variant::Privat) => finder.privat(payload),
        (Skjema::Ledsagerbevis, _) => finder.personer(payload, &mut String::new()),
        (Skjema::Bekymringsmelding, _) => {}
    }
    finder.found
}

struct Finder<'a> {
    id: SkjemaId,
    root: Felt<'a>,
    found: Vec<Advarsel>,
}

impl Finder<'_> {
    fn warn(&mut self, kode: Advarselkode, peker: &str, sentence: impl FnOnce(&str) -> String) {
        if self.found.len() < MAKS_ADVARSLER {
            let melding = sentence(&Place::find(Some(self.root), peker).name);
            self.found.push(Advarsel { kode, peker: peker.to_owned(), melding: super::setning::capital(&melding) });
        }
    }

    /// What can be seen from any schema.
    fn walk(&mut self, felt: Felt<'_>, value: &Value, peker: &mut String) {
        if self.found.len() >= MAKS_ADVARSLER {
            return;
        }
        let here = peker.len();
        match value {
            Value::Object(members) => {
                for name in felt.properties() {
                    let (Some(field), Some(member)) = (felt.property(name), members.get(name)) else { continue };
                    peker.push('/');
                    peker.push_str(name);
                    if felt.requires(name) && member.as_str().is_some_and(|text| text.trim().is_empty()) {
                        self.warn(Advarselkode::TomTekst, peker, |name| {
                            format!("{name} skal fylles ut, men er tomt. Skriv «Ukjent» hvis du ikke vet det.")
                        });
                    }
                    self.walk(field, member, peker);
                    peker.truncate(here);
                }
                self.unknown(felt, members, peker);
            }
            Value::Array(items) => {
                let Some(field) = felt.items() else { return };
                for (index, item) in items.iter().enumerate() {
                    peker.push('/');
                    peker.push_str(&index.to_string());
                    self.walk(field, item, peker);
                    peker.truncate(here);
                }
            }
            Value::String(text) if felt.text("pattern") == Some(EN_LINJE) && disputed(text) => {
                self.warn(Advarselkode::Linjeskille, peker, |name| {
                    format!("{name} har et tegn for linjeskille som noen mottakere ikke godtar. Skriv på én linje.")
                });
            }
            _ => {}
        }
    }

    fn unknown(&mut self, felt: Felt<'_>, members: &Map<String, Value>, peker: &str) {
        if felt.keyword("properties").is_none() {
            return;
        }
        let unknown: Vec<&String> = members.keys().filter(|name| felt.property(name).is_none()).collect();
        if unknown.is_empty() {
            return;
        }
        let compared = unknown.get(..MAKS_NAVN).unwrap_or(&unknown);
        let mut hints = String::new();
        for known in felt.properties().filter(|known| !members.contains_key(*known)) {
            if compared.iter().any(|name| resembles(name, known)) {
                hints.push_str(&format!(" Mente du «{known}»?"));
            }
        }
        for (known, version) in self.elsewhere(peker, compared) {
            hints.push_str(&format!(" «{known}» hører til versjon {version} av skjemaet."));
        }
        let count = match unknown.len() {
            1 => "ett felt".to_owned(),
            count => format!("{count} felt"),
        };
        self.warn(Advarselkode::UkjentFelt, peker, |name| {
            format!("{name} har {count} som skjemaet ikke kjenner. Det som står der, blir kanskje ikke lest.{hints}")
        });
    }

    /// Names that another version of this form knows at this place.
    fn elsewhere(&self, peker: &str, unknown: &[&String]) -> Vec<(String, u16)> {
        let mut names = Vec::new();
        let siblings = register().forms().iter().filter(|form| {
            form.id.skjema == self.id.skjema && form.id.variant == self.id.variant && form.id != self.id
        });
        for form in siblings {
            let felt = Place::find(register().dokumenter.root(&form.dokument.path), peker).felt;
            for name in unknown.iter().filter(|name| felt.is_some_and(|felt| felt.property(name).is_some())) {
                names.push(((*name).clone(), form.id.versjon));
            }
        }
        names
    }

    fn offentlig(&mut self, payload: &Value) {
        let children = payload.get("offentligBarn").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (index, child) in children.iter().enumerate() {
            if let Some(text) = child.get("fnr").and_then(Value::as_str) {
                self.fnr(text, &format!("/offentligBarn/{index}/fnr"));
            }
        }
        let orgnr = payload.pointer("/offentligMelder/virksomhet/orgnr").and_then(Value::as_str);
        if orgnr.is_some_and(|text| wrong_orgnr(&digits(text))) {
            self.warn(Advarselkode::OrgnrUgyldig, "/offentligMelder/virksomhet/orgnr", |name| {
                format!("{name} har ni sifre, men kontrollsifferet stemmer ikke. Se etter skrivefeil.")
            });
        }
    }

    fn privat(&mut self, payload: &Value) {
        if payload.get("privatBarn").and_then(Value::as_array).is_some_and(Vec::is_empty) {
            self.warn(Advarselkode::IngenBarn, "/privatBarn", |name| {
                format!("{name} er tom. Legg til barnet som meldingen gjelder, med det du vet om det.")
            });
        }
    }

    /// Every number in a request about a card. Our schemas are shallow, and so is what we look through.
    fn personer(&mut self, value: &Value, peker: &mut String) {
        let here = peker.len();
        if let Some(text) = value.get("fnr").and_then(Value::as_str) {
            self.fnr(text, &format!("{peker}/fnr"));
        }
        for name in ["eier", "forvalter"] {
            let Some(person) = value.get(name) else { continue };
            peker.push('/');
            peker.push_str(name);
            self.personer(person, peker);
            peker.truncate(here);
        }
        let forvaltere = value.get("forvaltere").and_then(Value::as_array);
        for (index, forvalter) in forvaltere.into_iter().flatten().enumerate() {
            peker.push_str(&format!("/forvaltere/{index}"));
            self.personer(forvalter, peker);
            peker.truncate(here);
        }
    }

    /// The field is free text: only eleven digits, however they are grouped, claim to be a number.
    fn fnr(&mut self, text: &str, peker: &str) {
        match Fnr::kontroller(&digits(text)) {
            Err(UgyldigFnr::IkkeElleveSifre) => {}
            Err(UgyldigFnr::Dato) => self.warn(Advarselkode::FnrUgyldig, peker, |name| {
                format!("{name} har elleve sifre, men de seks første er ikke en dato. Se etter skrivefeil.")
            }),
            Err(UgyldigFnr::Kontrollsiffer) => self.warn(Advarselkode::FnrUgyldig, peker, |name| {
                format!("{name} har elleve sifre, men kontrollsifrene stemmer ikke. Se etter skrivefeil.")
            }),
            Ok(fnr) if fnr.syntetisk() => self.warn(Advarselkode::FnrSyntetisk, peker, |name| {
                format!("{name} er et syntetisk nummer eller et hjelpenummer. Bruk syntetiske numre bare i test.")
            }),
            Ok(_) => {}
        }
    }
}

/// Whether a text has a line separator that the pattern for one line lets through here, but not everywhere: `.` leaves
/// out only `\n` here, also `\r`, U+2028 and U+2029 in ECMAScript, and U+0085 too in Java. (With `\n` it is an error.)
fn disputed(text: &str) -> bool {
    text.contains(['\r', '\u{85}', '\u{2028}', '\u{2029}']) && !text.contains('\n')
}

/// The text without the spaces, points and hyphens that people group digits with.
fn digits(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-')).collect()
}

/// Nine digits whose weighted sum is not divisible by eleven (Enhetsregisteret).
fn wrong_orgnr(text: &str) -> bool {
    let weights = [3, 2, 7, 6, 5, 4, 3, 2, 1];
    text.len() == weights.len()
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && text.bytes().zip(weights).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum::<u32>() % 11 != 0
}

/// Whether a name is probably a known one, misspelt: at most two letters wrong, or only case and punctuation.
fn resembles(name: &str, known: &str) -> bool {
    let plain = |text: &str| -> Vec<char> {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(64).collect()
    };
    let (name, known) = (plain(name), plain(known));
    let allowed = if known.len() < 6 { 0 } else { 2 };
    name.len().abs_diff(known.len()) <= allowed && distance(&name, &known) <= allowed
}

/// Levenshtein.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, a) in one.iter().enumerate() {
        let mut left = index + 1;
        let mut diagonal = index;
        let mut next = vec![left];
        for (b, above) in other.iter().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(a != b)).min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests;

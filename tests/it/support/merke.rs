//! Marked values: what the tests call people, where they let them live, what they let them write. None of it, and no number
//! that a person could have, may stand in a log line, in a metric or in an error, whatever a test is about.

use std::sync::Mutex;

use meldeport::model::fnr::Fnr;

/// Parts of what people are called in the tests, and live at, and write. Organisations are called other things.
const MARKS: &[&str] = &[
    "Fiktivt Barn",
    "Testesen",
    "Nordmann",
    "Merkelund",
    "Kvitrebekk",
    "Oppdiktveien",
    "Hemmeligveien",
    "Fiktivgata",
    "Strandveien",
    "er også bekymret",
    "Oppdiktet: æ",
];
/// Their telephone numbers, with or without the country's.
const PHONES: &[&str] = &["99999991", "99999992", "99999993", "99999994", "99999998"];
/// What everybody else is called by, and the organisations that are called so too.
const FIRST: &str = "Fiktiv ";
const NO_PERSON: &[&str] = &["Brevutskrift"];

/// More would say no more.
const MOST: usize = 20;

static FOUND: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// What of a person stands in a text.
pub fn marked(text: &str) -> Option<String> {
    let mark = MARKS.iter().find(|mark| text.contains(**mark)).map(|mark| (*mark).to_owned());
    mark.or_else(|| name(text)).or_else(|| number(text))
}

fn name(text: &str) -> Option<String> {
    let mut names = text.match_indices(FIRST).filter_map(|(at, first)| text.get(at + first.len()..));
    let named = names.find(|rest| {
        rest.starts_with(char::is_uppercase) && !NO_PERSON.iter().any(|organisation| rest.starts_with(organisation))
    });
    named.and_then(|rest| rest.split_whitespace().next()).map(|last| format!("{FIRST}{last}"))
}

/// Digits by themselves that could be somebody's number, or are a telephone number. Those within an id or a fraction do not stand
/// by themselves.
fn number(text: &str) -> Option<String> {
    let within = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let is_fraction = before == Some(&b'.') && at > 1 && bytes[at - 2].is_ascii_digit();
        if matches!(length, 8 | 10 | 11) && !within(before) && !within(bytes.get(at + length)) && !is_fraction {
            let digits = &text[at..at + length];
            if Fnr::kontroller(digits).is_ok() || length < 11 && PHONES.iter().any(|phone| digits.ends_with(phone)) {
                return Some(digits.to_owned());
            }
        }
        at += length.max(1);
    }
    None
}

/// Remembers what is found until some test comes to its end.
pub fn look(place: &str, text: &str) {
    let Some(mark) = marked(text) else { return };
    let mut found = FOUND.lock().unwrap();
    if found.len() < MOST {
        found.push(format!("{mark} {place}: {text}"));
    }
}

/// Fails when anything was found, by this test or by one beside it: the line tells which.
pub fn check() {
    let found = std::mem::take(&mut *FOUND.lock().unwrap());
    assert!(found.is_empty(), "of a person:\n{}", found.join("\n"));
}

#[test]
fn what_is_a_person_s_is_noticed() {
    for text in
        ["navn=Fiktiv Eier", "fnr=12849190014.", "«12849190014»", "tlf +4799999991", "Fiktiv Brevutskrift, Fiktiv Ny"]
    {
        assert!(marked(text).is_some(), "{text}");
    }
    for text in [
        "Fiktiv Brevutskrift",
        "Fiktiv tjener",
        "0189-12849190014a",
        "ms=0.12849190014",
        "ms=0.99999991",
        "128491900145",
        "12849190015",
        "x12849190014",
    ] {
        assert_eq!(marked(text), None);
    }
}

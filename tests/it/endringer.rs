//! What may change in a published API: a table of pairs, each read in both directions. `grunnlag.json` is the document
//! before; `par.json` says what is removed and set to get the one after, and which rules must find it, on the way there
//! (`frem`) and on the way back (`tilbake`), each with its class.

use std::{collections::BTreeMap, panic};

use drift::ChangeClass;
use meldeport::versions::{
    endring::{Endring, Klasse, Regel, compare, worst},
    utgivelse::{Dom, judge, needed},
};
use semver::Version;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::support::fixture;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Par {
    navn: String,
    #[serde(default)]
    fjern: Vec<String>,
    #[serde(default)]
    sett: Map<String, Value>,
    frem: Vec<String>,
    tilbake: Vec<String>,
    /// Where the change must be said to be, on the way there.
    ved: Option<String>,
}

fn before() -> Value {
    serde_json::from_slice(&fixture("endringer/grunnlag.json")).unwrap()
}

/// Every pair, with the documents before and after.
fn pairs() -> Vec<(Par, Value, Value)> {
    let pairs: Vec<Par> = serde_json::from_slice(&fixture("endringer/par.json")).unwrap();
    let with_documents = |pair: Par| {
        let mut after = before();
        pair.fjern.iter().for_each(|place| remove(&mut after, place));
        pair.sett.iter().for_each(|(place, value)| set(&mut after, place, value.clone()));
        (pair, before(), after)
    };
    pairs.into_iter().map(with_documents).collect()
}

fn parent<'d>(document: &'d mut Value, place: &str) -> (&'d mut Value, String) {
    let (parent, name) = place.rsplit_once('/').unwrap();
    let value = document.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {parent}"));
    (value, name.replace("~1", "/").replace("~0", "~"))
}

fn remove(document: &mut Value, place: &str) {
    match parent(document, place) {
        (Value::Object(object), name) => assert!(object.remove(&name).is_some(), "nothing at {place}"),
        (Value::Array(items), index) => drop(items.remove(index.parse().unwrap())),
        (other, _) => panic!("{other}"),
    }
}

fn set(document: &mut Value, place: &str, value: Value) {
    match parent(document, place) {
        (Value::Object(object), name) => drop(object.insert(name, value)),
        (Value::Array(items), index) if index == items.len().to_string() => items.push(value),
        (Value::Array(items), index) => items[index.parse::<usize>().unwrap()] = value,
        (other, _) => panic!("{other}"),
    }
}

/// The rules that were found, with their classes, each once.
fn rules(changes: &[Endring]) -> Vec<String> {
    let mut found: Vec<String> =
        changes.iter().map(|change| format!("{} {}", change.regel.klasse().name(), change.regel.name())).collect();
    found.sort();
    found.dedup();
    found
}

fn sorted(expected: &[String]) -> Vec<String> {
    let mut expected = expected.to_vec();
    expected.sort();
    expected
}

#[test]
fn every_pair_is_found_out_in_both_directions() {
    let mut wrong = Vec::new();
    for (pair, before, after) in pairs() {
        assert_ne!(before, after, "{}: nothing is changed", pair.navn);
        let (there, back) = (compare(&before, &after), compare(&after, &before));
        if rules(&there) != sorted(&pair.frem) {
            wrong.push(format!("{}: frem {:?}", pair.navn, rules(&there)));
        }
        if rules(&back) != sorted(&pair.tilbake) {
            wrong.push(format!("{}: tilbake {:?}", pair.navn, rules(&back)));
        }
        if let Some(place) = &pair.ved
            && !there.iter().any(|change| change.peker == *place)
        {
            wrong.push(format!("{}: {:?}", pair.navn, there.iter().map(|change| &change.peker).collect::<Vec<_>>()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_is_shown_twice() {
    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    for (pair, ..) in pairs() {
        for rule in pair.frem.into_iter().chain(pair.tilbake) {
            *shown.entry(rule).or_default() += 1;
        }
    }
    for regel in Regel::ALL {
        let name = format!("{} {}", regel.klasse().name(), regel.name());
        let times = shown.remove(&name).unwrap_or_default();
        assert!(times >= 2, "{name} is shown {times} times");
        assert!(regel.text().ends_with('.'), "{name}");
    }
    assert!(shown.is_empty(), "not rules: {shown:?}");
    let names: std::collections::BTreeSet<_> = Regel::ALL.iter().map(|regel| regel.name()).collect();
    assert_eq!(names.len(), Regel::ALL.len());
}

#[test]
fn a_document_is_like_itself_in_any_order() {
    let before = before();
    assert_eq!(compare(&before, &before), []);
    let mut sorted = before.clone();
    sorted.sort_all_objects();
    assert_eq!(compare(&before, &sorted), []);
}

/// Where the crate `drift` sees a break and we do not: errors and answers that were asked for may come anew, and headers'
/// names are read without regard to case.
const OTHERWISE: [&str; 4] = [
    "en feilstatus til",
    "304 til den som spør med ETag",
    "206 til den som ber om en del",
    "et hode skrives med små bokstaver",
];

/// Wherever the crate `drift` sees a client break, so do we. What it leaves open is why the rules are our own.
#[test]
fn a_second_opinion_finds_no_break_that_we_do_not() {
    let (mut breaks, mut unclassified, mut silent, mut refused) = (0, 0, 0, 0);
    let mut wrong = Vec::new();
    for (pair, before, after) in pairs() {
        for (from, to, way) in [(&before, &after, "frem"), (&after, &before, "tilbake")] {
            let ours = worst(&compare(from, to));
            // It panics at a media type that comes or goes.
            let Ok(Ok(changes)) = panic::catch_unwind(|| drift::compare(from, to)) else {
                refused += 1;
                continue;
            };
            let classes: Vec<ChangeClass> =
                changes.iter().flat_map(|change| &change.changes).map(|change| change.class).collect();
            let broken = [ChangeClass::BackwardIncompatible, ChangeClass::Incompatible];
            if classes.iter().any(|class| broken.contains(class)) {
                breaks += 1;
                if ours != Some(Klasse::Brudd) && !OTHERWISE.contains(&&*pair.navn) {
                    wrong.push(format!("{} ({way}): {ours:?}", pair.navn));
                }
            } else if ours > Some(Klasse::Uvesentlig) {
                let open = classes.contains(&ChangeClass::Unhandled);
                unclassified += usize::from(open);
                silent += usize::from(!open && ours == Some(Klasse::Brudd));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let figures = format!("{breaks} breaks, {unclassified} left open, {silent} of ours not seen, {refused} panics");
    assert!(breaks > 20, "it no longer has an opinion: {figures}");
    assert!(unclassified + silent + refused > 100, "it could be the first opinion now: {figures}");
}

#[test]
fn the_number_follows_from_what_has_changed() {
    let number = |text: &str| text.parse::<Version>().unwrap();
    let edition = number("1.2.3");
    let found = |name: &str| {
        let (_, before, after) = pairs().into_iter().find(|(pair, ..)| pair.navn == name).unwrap();
        compare(&before, &after)
    };
    let (trivial, addition) = (found("en beskrivelse er en annen"), found("en feilstatus til"));
    let breaking = found("et felt i svaret er borte");
    for (changes, number_needed, good) in [
        (&Vec::new(), "1.2.3", &["1.2.3"][..]),
        (&trivial, "1.2.4", &["1.2.3", "1.2.4"]),
        (&addition, "1.3.0", &["1.3.0"]),
        (&breaking, "2.0.0", &[]),
    ] {
        assert_eq!(needed(&edition, changes), number(number_needed));
        for tried in ["1.2.2", "1.2.3", "1.2.4", "1.3.0", "1.3.1", "1.4.0", "2.0.0"] {
            let verdict = judge(&edition, &number(tried), changes);
            assert_eq!(verdict == Dom::Godtatt, good.contains(&tried), "{tried}: {verdict:?}");
        }
    }
    assert_eq!(judge(&edition, &number("2.0.0"), &breaking), Dom::Brudd(number("2.0.0")));
    assert_eq!(judge(&edition, &number("1.2.4"), &addition), Dom::Trenger(number("1.3.0")));
}

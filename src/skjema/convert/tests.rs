use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;
use crate::{
    model::skjema::Variant,
    skjema::{register, tests::valid_examples},
};

fn offentlig(versjon: u16) -> SkjemaId {
    SkjemaId { skjema: Skjema::Bekymringsmelding, variant: Variant::Offentlig, versjon }
}

fn converted(payload: &Value, fra: SkjemaId, til: u16) -> (Value, Vec<Flytting>) {
    let done = convert(Innhold::new(payload.clone()), fra, til);
    ((*done.innhold).clone(), done.flyttet)
}

#[test]
fn other_views_go_to_the_end_of_the_history_under_a_heading() {
    let v2 = json!({"melding": {"melding": "A", "andreSynspunkter": "C\nD", "historie": "B"}, "annet": 1});
    let (v1, flyttet) = converted(&v2, offentlig(2), 1);
    assert_eq!(v1, json!({"melding": {"melding": "A", "historie": "B\n\nAndre synspunkter:\nC\nD"}, "annet": 1}));
    assert_eq!(flyttet, [Flytting { fra: "/melding/andreSynspunkter", til: "/melding/historie" }]);
    assert_eq!(converted(&v1, offentlig(2), 1), (v1.clone(), vec![]), "nothing is left to move");

    let empty = json!({"melding": {"melding": "A", "historie": "", "andreSynspunkter": "C"}});
    assert_eq!(converted(&empty, offentlig(2), 1).0["melding"]["historie"], "Andre synspunkter:\nC");
    let none = json!({"melding": {"melding": "A", "historie": "B", "andreSynspunkter": ""}});
    assert_eq!(converted(&none, offentlig(2), 1), (json!({"melding": {"melding": "A", "historie": "B"}}), vec![]));
}

#[test]
fn every_valid_example_converts_to_every_version_and_follows_its_form() {
    for form in register().forms() {
        for (name, innhold) in valid_examples(form.id) {
            for target in register()
                .forms()
                .iter()
                .filter(|target| target.id.skjema == form.id.skjema && target.id.variant == form.id.variant)
            {
                let (payload, _) = converted(&innhold, form.id, target.id.versjon);
                assert!(target.follows(&payload), "{} {name} as {}", form.id, target.id);
            }
        }
    }
}

/// Every text in a payload, names too.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        _ => {}
    }
}

fn characters(value: &Value) -> std::collections::BTreeMap<char, usize> {
    let mut found = Vec::new();
    texts(value, &mut found);
    let mut counts = std::collections::BTreeMap::new();
    for c in found.iter().flat_map(|text| text.chars()) {
        *counts.entry(c).or_default() += 1;
    }
    counts
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf =
        prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), any::<String>().prop_map(Value::from)];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let names = prop_oneof!["melding", "historie", "andreSynspunkter", "\\PC{0,4}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Payloads of the public form with any texts; with other views or without.
fn payload(views: bool) -> impl Strategy<Value = Value> {
    (any::<String>(), any::<String>(), any::<String>(), any_json()).prop_map(move |(melding, historie, andre, rest)| {
        let mut payload = json!({"melding": {"melding": melding, "historie": historie}, "rest": rest});
        if views {
            payload["melding"]["andreSynspunkter"] = Value::String(andre);
        }
        payload
    })
}

proptest! {
    #[test]
    fn down_keeps_every_character_of_every_text(v2 in payload(true)) {
        let (v1, _) = converted(&v2, offentlig(2), 1);
        let (before, after) = (characters(&v2), characters(&v1));
        for (c, count) in before {
            prop_assert!(after.get(&c).copied().unwrap_or(0) >= count, "{c:?}");
        }
        // And in order: the moved text stands whole at the end of the one that took it.
        let historie = v1["melding"]["historie"].as_str().unwrap();
        prop_assert!(historie.starts_with(v2["melding"]["historie"].as_str().unwrap()));
        prop_assert!(historie.ends_with(v2["melding"]["andreSynspunkter"].as_str().unwrap()));
        prop_assert!(v1["melding"].get("andreSynspunkter").is_none());
        prop_assert_eq!(&v1["melding"]["melding"], &v2["melding"]["melding"]);
        prop_assert_eq!(&v1["rest"], &v2["rest"]);
    }

    #[test]
    fn up_and_down_are_identity_on_version_1_payloads(v1 in payload(false)) {
        let (up, moved) = converted(&v1, offentlig(1), 2);
        prop_assert_eq!((&up, moved.len()), (&v1, 0));
        let (down, moved) = converted(&up, offentlig(2), 1);
        prop_assert_eq!((&down, moved.len()), (&v1, 0));
        prop_assert_eq!(&converted(&converted(&v1, offentlig(2), 1).0, offentlig(1), 2).0, &v1);
    }

    #[test]
    fn the_private_form_is_the_same_in_both_versions(any in any_json()) {
        let v2 = SkjemaId { variant: Variant::Privat, ..offentlig(2) };
        prop_assert_eq!(converted(&any, v2, 1), (any.clone(), vec![]));
    }

    /// Not only payloads that follow their form: conversion has an answer to anything, and never loses a character.
    #[test]
    fn conversion_is_total(any in any_json()) {
        let (down, _) = converted(&any, offentlig(2), 1);
        let after = characters(&down);
        for (c, count) in characters(&any) {
            prop_assert!(after.get(&c).copied().unwrap_or(0) >= count);
        }
        prop_assert_eq!(&converted(&down, offentlig(2), 1).0, &down);
    }
}

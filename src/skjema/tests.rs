//! The committed examples against the committed schemas, and the register and the lock.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{
    lock::{self, LOCK, Lock, Tilstand},
    *,
};
use crate::model::skjema::{SkjemaId, Variant};

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

fn examples(id: SkjemaId, kind: &str) -> Vec<(String, Innhold)> {
    let folder = schemas().join(id.to_string()).join(kind);
    let mut found: Vec<(String, Innhold)> = fs::read_dir(&folder)
        .unwrap_or_else(|_| panic!("{} has no examples", folder.display()))
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, parse::parse(&fs::read(path).unwrap()).unwrap())
        })
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

pub(super) fn valid_examples(id: SkjemaId) -> Vec<(String, Innhold)> {
    examples(id, "valid")
}

#[test]
fn every_schema_in_the_folder_is_in_the_register_and_in_the_lock() {
    fn walk(dir: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.to_string_lossy().ends_with(".schema.json") {
                let name = path.strip_prefix(schemas().parent().unwrap()).unwrap();
                found.insert(name.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    let mut files = BTreeSet::new();
    walk(&schemas(), &mut files);
    let registered: BTreeSet<String> = register().documents().map(|document| lock::file(document).to_owned()).collect();
    assert_eq!(files, registered, "each schema has its line in skjema/registry.rs");

    let lock = Lock::read(LOCK).unwrap();
    for (path, tilstand) in lock.compare(register()) {
        assert_eq!(tilstand, Tilstand::Stemmer, "{path}: run `meldeport forms check`");
    }
    assert_eq!(lock.write(), LOCK);
}

#[test]
fn valid_examples_follow_their_form() {
    for form in register().forms() {
        let examples = valid_examples(form.id);
        assert!(examples.len() >= 6, "{} has {}", form.id, examples.len());
        for (name, innhold) in examples {
            assert_eq!(form.validate(&innhold).avvik, [], "{}: {name}", form.id);
            assert!(form.follows(&innhold));
        }
    }
}

/// How many rules there are to break: a short form does not have twelve.
fn rules(felt: felt::Felt<'_>) -> usize {
    const ONE_EACH: [&str; 6] = ["type", "pattern", "maxLength", "maxItems", "minimum", "maximum"];
    let own = ONE_EACH.iter().filter(|keyword| felt.keyword(keyword).is_some()).count();
    let required = felt.keyword("required").and_then(Value::as_array).map_or(0, Vec::len);
    let inner = felt.properties().filter_map(|name| felt.property(name)).chain(felt.items());
    own + required + inner.map(rules).sum::<usize>()
}

/// An invalid example is called after its one fault: `<keyword>-<path with points>`, `rot` for the whole; for
/// `required` the path is that of the missing field.
#[test]
fn invalid_examples_have_the_one_fault_they_are_called_after() {
    for form in register().forms() {
        let examples = examples(form.id, "invalid");
        let root = register().dokumenter.root(&form.dokument.path).unwrap();
        assert!(examples.len() >= rules(root).min(12), "{} has {}", form.id, examples.len());
        for (name, innhold) in examples {
            let (keyword, path) = name.split_once('-').unwrap();
            let mut segments: Vec<&str> = path.split('.').filter(|segment| *segment != "rot").collect();
            let missing = if keyword == "required" { segments.pop() } else { None };
            let pointer: String = segments.iter().map(|segment| format!("/{segment}")).collect();
            let vurdering = form.validate(&innhold);
            let [avvik] = vurdering.avvik.as_slice() else { panic!("{}: {name}: {vurdering:#?}", form.id) };
            assert_eq!((avvik.nokkelord.as_str(), &avvik.peker), (keyword, &pointer), "{}: {name}", form.id);
            if let Some(missing) = missing {
                assert!(avvik.melding.contains(&format!("«{missing}»")), "{name}: {}", avvik.melding);
            }
            assert!(!form.follows(&innhold));
        }
    }
}

fn same_form(one: SkjemaId, other: SkjemaId) -> bool {
    one.skjema == other.skjema && one.variant == other.variant
}

#[test]
fn a_version_2_payload_follows_version_1_and_the_other_way_round() {
    for form in register().forms() {
        for (name, innhold) in valid_examples(form.id) {
            for other in register().forms().iter().filter(|other| same_form(form.id, other.id)) {
                // Unless version 1 has used the name of a version 2 field for something else; none of ours does.
                assert!(other.follows(&innhold), "{} {name} as {}", form.id, other.id);
            }
        }
    }
}

#[test]
fn all_faults_come_at_once_in_order_with_place_and_sentence() {
    let form = register().find("bekymringsmelding/offentlig/v2".parse().unwrap()).unwrap();
    let (_, innhold) = valid_examples(form.id).into_iter().find(|(name, _)| name == "alle-felt").unwrap();
    let mut payload: Value = (*innhold).clone();
    let child = payload["offentligBarn"][0].clone();
    payload["offentligBarn"] = Value::Array(vec![child; 11]);
    payload["offentligBarn"][10]["ufoedt"] = json!("hemmelig");
    payload["offentligBarn"][2]["adresse"] = json!({"postnummer": 7});
    payload["offentligMelder"]["epost"] = json!("hemmelig");
    payload["foresatte"] = json!([]);
    payload.as_object_mut().unwrap().shift_remove("kommunenummer");

    let found = form.validate(&payload).avvik;
    let places: Vec<_> = found.iter().map(|avvik| (avvik.peker.as_str(), avvik.nokkelord.as_str())).collect();
    assert_eq!(
        places,
        [
            ("", "required"),
            ("/foresatte", "minItems"),
            ("/offentligBarn/2/adresse", "required"),
            ("/offentligBarn/2/adresse/postnummer", "type"),
            ("/offentligBarn/10/ufoedt", "type"),
            ("/offentligMelder/epost", "pattern"),
        ]
    );
    assert_eq!(found[0].skjemasted, "/schemas/bekymringsmelding/offentlig/v2.schema.json#/required");
    assert_eq!(
        found[3].skjemasted,
        "/schemas/bekymringsmelding/felles/v1/adresse.schema.json#/properties/postnummer/type"
    );
    assert_eq!(
        found[3].melding,
        "«postnummer» i «adresse» i «offentligBarn» nr. 3 skal være tekst, skrevet i anførselstegn. Utelat feltet hvis \
         det ikke skal fylles ut. Postnummer som tekst, slik at innledende nuller blir med."
    );
    assert_eq!(
        found[4].melding,
        "«ufoedt» i «offentligBarn» nr. 11 skal være true eller false, uten anførselstegn. true når meldingen gjelder \
         et barn som ikke er født ennå, ellers false."
    );
    assert_eq!(
        found[0].melding,
        "Feltet «kommunenummer» mangler i meldingen. Legg det til. Nummeret på kommunen som skal ha meldingen: nøyaktig \
         fire sifre."
    );
    for avvik in &found {
        assert!(!avvik.melding.contains("hemmelig") && avvik.melding.ends_with('.'), "{}", avvik.melding);
    }
}

#[test]
fn no_sentence_repeats_the_payload() {
    // Every text and every unknown name is marked; nothing that comes back holds the mark.
    fn mark(value: &mut Value) {
        match value {
            Value::String(text) => *text = format!("MERKET{text}\r\u{2028}"),
            Value::Array(items) => items.iter_mut().for_each(mark),
            Value::Object(members) => {
                members.values_mut().for_each(mark);
                members.insert("MERKETnavn".to_owned(), json!("MERKET"));
            }
            Value::Bool(_) => *value = json!("MERKET"),
            _ => {}
        }
    }
    for form in register().forms() {
        for (name, innhold) in valid_examples(form.id).into_iter().chain(examples(form.id, "invalid")) {
            let mut payload = (*innhold).clone();
            mark(&mut payload);
            let vurdering = form.validate(&payload);
            // A case worker's reason may be any text, and a change need not have any.
            let any_text = matches!(form.id.variant, Variant::Revoker | Variant::Endre);
            assert!(
                (any_text || !vurdering.gyldig()) && (!payload.is_object() || !vurdering.advarsler.is_empty()),
                "{name}"
            );
            assert!(!format!("{vurdering:?}").contains("MERKET"), "{name}");
        }
    }
}

#[test]
fn many_faults_are_counted_rather_than_described() {
    let form = register().find("bekymringsmelding/offentlig/v1".parse().unwrap()).unwrap();
    let (_, innhold) = valid_examples(form.id).into_iter().find(|(name, _)| name == "minste-mulige").unwrap();
    let mut payload = (*innhold).clone();
    payload["offentligBarn"] = json!(vec![0; 5000]);
    let vurdering = form.validate(&payload);
    assert_eq!((vurdering.avvik.len(), vurdering.utelatt), (1000, 4000));
    assert_eq!(vurdering.avvik[999].peker, "/offentligBarn/999");
}

#[test]
fn every_field_has_a_title_and_a_description() {
    fn walk(place: &str, schema: &Value) {
        for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            for keyword in ["title", "description"] {
                let text = field[keyword].as_str().unwrap_or_default();
                assert!(!text.is_empty(), "{place}/{name} has no {keyword}");
                assert!(keyword == "title" || text.ends_with('.'), "{place}/{name}: {text}");
            }
            walk(&format!("{place}/{name}"), field);
        }
        for keyword in ["items", "$defs"] {
            let Some(part) = schema.get(keyword) else { continue };
            walk(&format!("{place}/{keyword}"), part);
            part.as_object().unwrap().values().for_each(|inner| walk(&format!("{place}/{keyword}"), inner));
        }
    }
    for document in register().documents() {
        let schema: Value = serde_json::from_str(document.text).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2019-09/schema", "{}", document.path);
        assert!(schema["title"].is_string() && schema["description"].is_string());
        walk(&document.path, &schema);
        assert!(jsonschema::meta::is_valid(&schema), "{}", document.path);
    }
}

#[test]
fn a_changed_or_lost_schema_is_found_by_the_lock() {
    let document = register().documents().next().unwrap();
    let changed = LOCK.replace(&document.sha256, &"0".repeat(64));
    let lock = Lock::read(&changed).unwrap();
    assert_eq!(lock.compare(register())[lock::file(document)], Tilstand::Endret);
    let mut kept = lock.clone();
    kept.add(register());
    assert_eq!(kept, lock, "a published hash is never written anew");

    let more = format!("{LOCK}{}  schemas/borte.schema.json\n", "0".repeat(64));
    assert_eq!(Lock::read(&more).unwrap().compare(register())["schemas/borte.schema.json"], Tilstand::Borte);
    let empty = Lock::default();
    let states = empty.compare(register());
    for document in register().documents() {
        let expected = if document.status == Status::Draft { Tilstand::Stemmer } else { Tilstand::Ny };
        assert_eq!(states[lock::file(document)], expected, "{}", document.path);
    }
    assert!(Lock::read("ikke en lås\n").is_err());
}

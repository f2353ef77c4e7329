//! What is secret, or says who somebody is, has a type that neither prints nor lingers. Reads the sources as text: a field is
//! judged by its name.

use std::{fs, path::Path};

/// Parts of the names of fields that hold such a thing.
const NAMES: &[&str] = &[
    "passord",
    "password",
    "token",
    "secret",
    "hemmelig",
    "engangskode",
    "fnr",
    "fodselsnummer",
    "pid",
    "personnavn",
    "telefon",
    "tlf",
    "private",
    "key_pem",
    "klartekst",
    "payload",
];

/// Types that print what they hold, and leave it in memory.
const PLAIN: &[&str] = &["String", "str", "Vec<u8>", "Value", "Bytes", "Map"];

/// Fields with such a name that hold no such thing, each with its reason. May only become fewer.
const INNOCENT: &[(&str, &str)] = &[
    // What a form has, for the OpenAPI document: no value is ever made of these.
    ("http/bekymringsmelding/v1/skjema.rs", ""),
    ("http/bekymringsmelding/v2/skjema.rs", ""),
    // The number of a public office.
    ("model/kommune.rs", "telefon"),
    ("domain/konfigurasjon/kontroll.rs", "telefon"),
    ("domain/konfigurasjon/mod.rs", "telefon"),
    ("http/bekymringsmelding/v1/inngrep.rs", "telefon"),
    ("http/bekymringsmelding/v1/konfigurasjon/wire.rs", "telefon"),
    // Sealed, or a digest under a key; or the number of a public office.
    ("store/", ""),
    ("model/gruppe.rs", "fnr"),
    ("model/bevisoppsett.rs", "tlf"),
    // Where tokens are asked for, not one of them.
    ("client/", "token_endepunkt"),
    ("client/", "token_url"),
    // A status list, which is published.
    ("domain/ledsagerbevis/sperreliste.rs", "token"),
    // An organisation is nobody: the field is there because SvarUt has it.
    ("http/svarinn_mottak/v1.rs", "fnr"),
    // A script that shows a token to whoever has just made one.
    ("http/docs/utproving.rs", "token"),
    // Made-up people of the demo's, who are shown.
    ("sandbox/", ""),
];

fn sources(folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
            let name = name.display().to_string();
            if !name.contains("/tests") {
                into.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
}

/// The fields of what is printed by `derive(Debug)`, that should not be: `Type.field`.
fn printed(source: &str) -> Vec<(String, String)> {
    let (mut found, mut derives, mut within) = (Vec::new(), false, None);
    for line in source.lines() {
        let text = line.trim();
        let words: Vec<&str> = text.split([' ', '<', '(']).filter(|word| !word.is_empty()).collect();
        if line == "}" {
            (within, derives) = (None, false);
        } else if text.starts_with("#[derive(") {
            derives = text.contains("Debug");
        } else if let Some(at) = words.iter().position(|word| *word == "struct")
            && line.ends_with('{')
        {
            within = words.get(at + 1).filter(|_| derives).map(|name| (*name).to_owned());
        } else if let Some(name) = &within
            && let Some((field, kind)) = text.trim_end_matches(',').split_once(": ")
            && !text.starts_with("//")
        {
            let field = field.rsplit(' ').next().unwrap_or_default();
            let kinds: Vec<&str> = kind.split([' ', '<', '>', '(', ')', '&', ',']).collect();
            let is_plain =
                PLAIN.iter().any(|plain| kinds.contains(plain) || *plain == "Vec<u8>" && kind.contains(plain));
            if is_plain && !kind.contains("Secret") && NAMES.iter().any(|part| field.contains(part)) {
                found.push((name.clone(), field.to_owned()));
            }
        }
    }
    found
}

#[test]
fn what_is_secret_has_a_type_that_says_so() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    let mut used = vec![false; INNOCENT.len()];
    let mut wrong = Vec::new();
    for (path, source) in &all {
        for (name, field) in printed(source) {
            let excused = INNOCENT
                .iter()
                .position(|(place, which)| path.starts_with(place) && (which.is_empty() || *which == field));
            match excused {
                Some(n) => used[n] = true,
                None => wrong.push(format!("{path}: {name}.{field}")),
            }
        }
    }
    assert_eq!(
        wrong,
        Vec::<String>::new(),
        "wrap it in `Secret`, or write `Debug` by hand and overwrite it when dropped"
    );
    let unused: Vec<_> = INNOCENT.iter().zip(&used).filter(|(_, used)| !**used).map(|(excuse, _)| excuse).collect();
    assert!(unused.is_empty(), "nothing to excuse any more: {unused:?}");
}

#[test]
fn a_field_that_prints_is_noticed() {
    let source = "#[derive(Debug, Clone)]\npub struct Innlogging<'a> {\n    /// Passordet.\n    pub passord: String,\n    \
                  pub fnr: Option<&'a str>,\n    pub token: SecretString,\n    pub navn: String,\n}\n\n\
                  struct Taus {\n    passord: String,\n}\n";
    let found: Vec<String> = printed(source).into_iter().map(|(name, field)| format!("{name}.{field}")).collect();
    assert_eq!(found, ["Innlogging.passord", "Innlogging.fnr"]);
}

//! The published schemas: part of the program, compiled once, never fetched from anywhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use jsonschema::Validator;
use openssl::sha::sha256;
use serde_json::Value;

use super::felt::Dokumenter;
use crate::model::skjema::SkjemaId;

/// One line for each version of a form.
const FORMS: &[(&str, Status, &str)] = &[
    (
        "bekymringsmelding/offentlig/v1",
        Status::Live,
        include_str!("../../schemas/bekymringsmelding/offentlig/v1.schema.json"),
    ),
    (
        "bekymringsmelding/offentlig/v2",
        Status::Live,
        include_str!("../../schemas/bekymringsmelding/offentlig/v2.schema.json"),
    ),
    (
        "bekymringsmelding/privat/v1",
        Status::Live,
        include_str!("../../schemas/bekymringsmelding/privat/v1.schema.json"),
    ),
    (
        "bekymringsmelding/privat/v2",
        Status::Live,
        include_str!("../../schemas/bekymringsmelding/privat/v2.schema.json"),
    ),
    ("ledsagerbevis/opprett/v1", Status::Live, include_str!("../../schemas/ledsagerbevis/opprett/v1.schema.json")),
    ("ledsagerbevis/revoker/v1", Status::Live, include_str!("../../schemas/ledsagerbevis/revoker/v1.schema.json")),
    (
        "ledsagerbevis/legg-til-forvalter/v1",
        Status::Live,
        include_str!("../../schemas/ledsagerbevis/legg-til-forvalter/v1.schema.json"),
    ),
    (
        "ledsagerbevis/fjern-forvalter/v1",
        Status::Live,
        include_str!("../../schemas/ledsagerbevis/fjern-forvalter/v1.schema.json"),
    ),
    ("ledsagerbevis/personsok/v1", Status::Live, include_str!("../../schemas/ledsagerbevis/personsok/v1.schema.json")),
    (
        "ledsagerbevis/hent-bilde/v1",
        Status::Live,
        include_str!("../../schemas/ledsagerbevis/hent-bilde/v1.schema.json"),
    ),
    ("ledsagerbevis/endre/v1", Status::Live, include_str!("../../schemas/ledsagerbevis/endre/v1.schema.json")),
    ("ledsagerbevis/del/v1", Status::Live, include_str!("../../schemas/ledsagerbevis/del/v1.schema.json")),
];

/// What several forms refer to.
const SHARED: &[(&str, Status, &str)] = &[
    (
        "bekymringsmelding/felles/v1/adresse",
        Status::Live,
        include_str!("../../schemas/bekymringsmelding/felles/v1/adresse.schema.json"),
    ),
    (
        "ledsagerbevis/felles/v1/person",
        Status::Live,
        include_str!("../../schemas/ledsagerbevis/felles/v1/person.schema.json"),
    ),
];

/// Schemas say their `$id` as a path only (see `schemas/README.md`), and the library wants to know what the path is on:
/// on a host that cannot exist. It is taken off again before anyone sees it.
pub(super) const BASE: &str = "https://meldeport.invalid";

/// What stage of its life a form version is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// May still change.
    Draft,
    /// Published: its schema never changes again.
    Live,
    /// Published, and to be taken out of use.
    Deprecated,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Live => "live",
            Self::Deprecated => "deprecated",
        }
    }
}

/// A schema as it is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dokument {
    /// `$id`, and the path that it is served at: `/schemas/…`.
    pub path: String,
    /// Byte for byte what is committed.
    pub text: &'static str,
    /// In hexadecimal; also fit for an `ETag`.
    pub sha256: String,
    pub status: Status,
}

/// A form version: its schema, ready to judge payloads.
#[derive(Debug)]
pub struct Publisert {
    pub id: SkjemaId,
    pub tittel: String,
    pub dokument: Dokument,
    pub(super) validator: Validator,
}

/// Every schema that this program knows.
#[derive(Debug)]
pub struct Register {
    forms: Vec<Publisert>,
    shared: Vec<Dokument>,
    pub(super) dokumenter: Dokumenter,
    names: BTreeSet<String>,
}

/// A schema in the program is wrong. The tests find it before a user can.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct RegisterError {
    path: String,
    reason: String,
}

/// The register, compiled when it is first asked for; ask for it at start.
pub fn register() -> &'static Register {
    static REGISTER: LazyLock<Register> = LazyLock::new(|| {
        #[expect(clippy::expect_used, reason = "the schemas are part of the program, and a test compiles each")]
        Register::compile().expect("the schemas are well-formed")
    });
    &REGISTER
}

impl Register {
    /// Reads and compiles every schema.
    pub fn compile() -> Result<Self, RegisterError> {
        let mut documents = BTreeMap::new();
        for (name, _, text) in FORMS.iter().chain(SHARED) {
            let path = format!("/schemas/{name}.schema.json");
            let schema: Value = serde_json::from_str(text).map_err(wrong(&path))?;
            if schema.get("$id").and_then(Value::as_str) != Some(path.as_str()) {
                return Err(RegisterError { path, reason: "$id is not the path".to_owned() });
            }
            documents.insert(path, schema);
        }

        let mut registry = jsonschema::Registry::new();
        for (path, schema) in &documents {
            registry = registry.add(format!("{BASE}{path}"), schema).map_err(wrong(path))?;
        }
        let registry = registry.prepare().map_err(wrong("/schemas"))?;
        let mut forms = Vec::new();
        for (name, status, text) in FORMS {
            let path = format!("/schemas/{name}.schema.json");
            let id = name.parse().map_err(wrong(&path))?;
            let schema = documents.get(&path).unwrap_or(&Value::Null);
            let validator = jsonschema::options()
                .with_base_uri(format!("{BASE}{path}"))
                .with_registry(&registry)
                .should_validate_formats(false)
                .offline()
                .build(schema)
                .map_err(wrong(&path))?;
            let tittel = schema.get("title").and_then(Value::as_str).unwrap_or_default().to_owned();
            forms.push(Publisert { id, tittel, dokument: Dokument::new(path, text, *status), validator });
        }
        let shared = SHARED
            .iter()
            .map(|(name, status, text)| Dokument::new(format!("/schemas/{name}.schema.json"), text, *status))
            .collect();
        drop(registry);
        let dokumenter = Dokumenter::new(documents);
        let names = dokumenter.property_names();
        Ok(Self { forms, shared, dokumenter, names })
    }

    /// Every version of every form, in the order of the index.
    pub fn forms(&self) -> &[Publisert] {
        &self.forms
    }

    pub fn find(&self, id: SkjemaId) -> Option<&Publisert> {
        self.forms.iter().find(|form| form.id == id)
    }

    /// Every schema that is served, forms and what they share.
    pub fn documents(&self) -> impl Iterator<Item = &Dokument> {
        self.forms.iter().map(|form| &form.dokument).chain(&self.shared)
    }

    /// The schema with this `$id`.
    pub fn document(&self, path: &str) -> Option<&Dokument> {
        self.documents().find(|document| document.path == path)
    }

    /// Whether some form has a field of this name; other names may be somebody's own and are not repeated.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

impl Dokument {
    fn new(path: String, text: &'static str, status: Status) -> Self {
        Self { path, text, sha256: hex::encode(sha256(text.as_bytes())), status }
    }
}

fn wrong<E: std::fmt::Display>(path: &str) -> impl FnOnce(E) -> RegisterError {
    let path = path.to_owned();
    move |error| RegisterError { path, reason: error.to_string() }
}

//! The published documents, and every answer that a test gets held against them: what a client generated from them would
//! not understand fails the test that met it.

use std::{
    collections::HashMap,
    env, fs,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex},
};

use jsonschema::{Registry, Validator};
use meldeport::{
    http::spec::{self, Utgave},
    versions::Versjonert,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::Answer;

/// One operation of a document in OpenAPI 3.1, whose schemas are JSON Schemas.
struct Operasjon {
    method: Method,
    /// The parts of its path; a parameter is `None`.
    path: Vec<Option<String>>,
    name: String,
    base: String,
    operation: Value,
    /// Where in the document it stands.
    pointer: String,
}

struct Dokumenter {
    registry: Registry<'static>,
    operasjoner: Vec<Operasjon>,
    documents: HashMap<String, Value>,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
    recorded: Mutex<HashMap<String, Value>>,
}

static DOKUMENTER: LazyLock<Dokumenter> = LazyLock::new(Dokumenter::read);

impl Dokumenter {
    fn read() -> Self {
        let mut operasjoner = Vec::new();
        let mut documents = HashMap::new();
        let mut registry = Registry::new();
        for version in Versjonert::ALL {
            let document: Value = serde_json::from_str(&spec::document(version, Utgave::V31).unwrap()).unwrap();
            let base = format!("https://meldeport.example/{}.json", version.name());
            for (path, methods) in document["paths"].as_object().unwrap() {
                for (method, operation) in methods.as_object().unwrap() {
                    let whole = format!("{}{path}", version.prefix());
                    let part = |part: &str| (!part.starts_with('{')).then(|| part.to_owned());
                    let place = path.replace('~', "~0").replace('/', "~1");
                    operasjoner.push(Operasjon {
                        method: method.to_uppercase().parse().unwrap(),
                        path: whole.split('/').map(part).collect(),
                        name: format!("{} {}", version.name(), operation["operationId"].as_str().unwrap()),
                        base: base.clone(),
                        operation: operation.clone(),
                        pointer: format!("/paths/{place}/{method}"),
                    });
                }
            }
            documents.insert(base.clone(), document.clone());
            registry = registry.add(base, document).unwrap();
        }
        Self {
            documents,
            registry: registry.prepare().unwrap(),
            operasjoner,
            validators: Mutex::default(),
            recorded: Mutex::default(),
        }
    }

    fn find(&self, method: &Method, path: &str) -> Option<&Operasjon> {
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |operasjon: &&Operasjon| {
            operasjon.method == *method
                && operasjon.path.len() == parts.len()
                && operasjon
                    .path
                    .iter()
                    .zip(&parts)
                    .all(|(own, given)| own.as_deref().map_or(!given.is_empty(), |own| own == *given))
        };
        // A path that is named wins over one with a parameter in its place.
        self.operasjoner.iter().filter(fits).min_by_key(|found| found.path.iter().filter(|part| part.is_none()).count())
    }

    /// Made once for each schema: they are large.
    /// Keeps the fullest of the short answers that an operation gave, and what was asked.
    fn record(&self, folder: &Path, operasjon: &Operasjon, request: Option<&[u8]>, answer: &Answer) {
        const LONG: usize = 6000;
        let parsed = |bytes: &[u8]| {
            let mut value = serde_json::from_slice::<Value>(bytes).ok()?;
            if let Some(items) = value.as_array_mut().filter(|_| bytes.len() > LONG) {
                items.truncate(1);
            }
            (value.to_string().len() < LONG).then_some(value)
        };
        let mut kept = self.recorded.lock().unwrap();
        let (document, id) = operasjon.name.split_once(' ').unwrap();
        let file = folder.join(document).with_extension("json");
        let known = fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let of = kept.entry(document.to_owned()).or_insert_with(|| known.unwrap_or_else(|| json!({})));
        let entry = &mut of[id];
        if entry.is_null() {
            *entry = json!({});
        }
        let longer = |old: &Value, new: &Value| old.is_null() || old.to_string().len() < new.to_string().len();
        let status = answer.status.to_string();
        if let Some(body) = parsed(&answer.body)
            && longer(&entry["response"][&status], &body)
        {
            entry["response"][&status] = body;
        }
        if let Some(body) = request.and_then(parsed)
            && longer(&entry["request"], &body)
        {
            entry["request"] = body;
        }
        let empty = |value: &Value| value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
        entry.as_object_mut().unwrap().retain(|_, value| !empty(value));
        of.sort_all_objects();
        fs::write(file, format!("{of:#}\n")).unwrap();
    }

    fn validator(&self, base: &str, pointer: &str) -> Arc<Validator> {
        let reference = format!("{base}#{}", pointer.replace('{', "%7B").replace('}', "%7D"));
        let made = self.validators.lock().unwrap().get(&reference).cloned();
        made.unwrap_or_else(|| {
            let schema = json!({ "$ref": reference });
            let validator = Arc::new(jsonschema::options().with_registry(&self.registry).build(&schema).unwrap());
            self.validators.lock().unwrap().insert(reference, validator.clone());
            validator
        })
    }
}

/// What of a document's examples is missing, or is not as its own schema says.
pub fn faulty_examples() -> Vec<String> {
    let dokumenter = &*DOKUMENTER;
    let mut faults = Vec::new();
    for operasjon in &dokumenter.operasjoner {
        let operation = &operasjon.operation;
        let mut places = vec![("requestBody".to_owned(), &operation["requestBody"])];
        let responses = operation["responses"].as_object().unwrap();
        places.extend(responses.iter().map(|(status, response)| (format!("responses/{status}"), response)));
        for (place, holder) in places {
            let content = &holder["content"]["application/json"];
            // KS's document of one operation says what a 204 has in it. It has nothing.
            if content.is_null() || place.ends_with("204") {
                continue;
            }
            let name = format!("{} {place}", operasjon.name);
            let example = match content["examples"]["feil"]["$ref"].as_str() {
                Some(reference) => dokumenter.documents[&operasjon.base].pointer(&format!("{}/value", &reference[1..])),
                None => content.get("example"),
            };
            let Some(example) = example else {
                faults.push(format!("{name}: no example"));
                continue;
            };
            let pointer = match content["schema"]["$ref"].as_str() {
                Some(reference) => reference[1..].to_owned(),
                None => format!("{}/{place}/content/application~1json/schema", operasjon.pointer),
            };
            if let Err(error) = dokumenter.validator(&operasjon.base, &pointer).validate(example) {
                faults.push(format!("{name}: {error} at {}", error.instance_path()));
            }
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["schema"]["examples"].is_null() && parameter["example"].is_null() {
                faults.push(format!("{} parameter {}: no example", operasjon.name, parameter["name"]));
            }
        }
    }
    faults
}

/// Holds an answer against its operation's document. What is no operation's has nothing to be held against.
pub fn hold(method: &Method, path: &str, request: Option<&[u8]>, answer: &Answer) {
    let dokumenter = &*DOKUMENTER;
    let Some(operasjon) = dokumenter.find(method, path).filter(|_| answer.status != 405) else { return };
    // What a version says when it is no more is no answer of the operation's.
    if answer.status == 410 && answer.text().contains("VERSJON_AVVIKLET") {
        return;
    }
    let name = &operasjon.name;
    let status = answer.status.to_string();
    let response = &operasjon.operation["responses"][&status];
    assert!(response.is_object(), "{name}: {status} is not in the document: {}", answer.text());
    let kind = answer.header("content-type").unwrap_or_default().split(';').next().unwrap().to_owned();
    if let Ok(folder) = env::var("MELDEPORT_RECORD_EXAMPLES")
        && answer.status < 300
    {
        dokumenter.record(&PathBuf::from(folder), operasjon, request, answer);
    }
    if answer.body.is_empty() {
        return;
    }
    if kind == "application/problem+json" {
        return;
    }
    let content = response["content"].as_object().unwrap_or_else(|| panic!("{name} {status}: no body is documented"));
    assert!(content.contains_key(&kind), "{name} {status}: {kind} is not in the document");
    if kind != "application/json" {
        return;
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let schema = &response["content"]["application/json"]["schema"];
    let place = match schema["$ref"].as_str() {
        Some(reference) => reference.trim_start_matches('#').to_owned(),
        None => format!("{}/responses/{status}/content/application~1json/schema", operasjon.pointer),
    };
    let validator = dokumenter.validator(&operasjon.base, &place);
    if let Err(error) = validator.validate(&body) {
        panic!("{name} {status}: {} at {}: {body}", error, error.instance_path());
    }
    if answer.status >= 400 {
        let codes = response["x-feilkoder"].as_array().unwrap();
        assert!(codes.contains(&body["errorCode"]), "{name} {status}: {} is not in the document", body["errorCode"]);
    }
}

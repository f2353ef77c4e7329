//! Documents as they are published: what poem-openapi writes, made canonical and complete.

use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::{operations, publish};
use crate::versions::Versjonert;

mod bounds;
mod examples;
mod feilkoder;
mod forms;
mod responses;
mod security;
mod v31;

pub use security::AllRequired;

/// The two forms in which a document is published: the same operations in the words of either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Utgave {
    /// OpenAPI 3.0.3, for today's generators.
    V30,
    /// OpenAPI 3.1, whose schemas are JSON Schema 2020-12.
    V31,
}

impl Utgave {
    pub const ALL: [Self; 2] = [Self::V30, Self::V31];

    /// Where the gateway serves the document of a version.
    pub fn address(self, version: Versjonert) -> String {
        match self {
            Self::V30 => format!("/openapi/{}.json", version.name()),
            Self::V31 => format!("/openapi/{}.3.1.json", version.name()),
        }
    }

    /// Where the document of a version stands below the folder of documents.
    pub fn file(self, version: Versjonert) -> String {
        match self {
            Self::V30 => format!("{}.json", version.name()),
            Self::V31 => format!("3.1/{}.json", version.name()),
        }
    }
}

/// The document of one version, ready to be written: sorted, so that the same program always writes the same bytes.
///
/// # Errors
/// When the generated text is not JSON, which a test excludes.
pub fn document(version: Versjonert, utgave: Utgave) -> serde_json::Result<String> {
    let mut document: Value = serde_json::from_str(&publish::document(version))?;
    normalise(&mut document);
    complete(&mut document, version);
    if utgave == Utgave::V31 {
        v31::translate(&mut document);
    }
    document.sort_all_objects();
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

/// [`document`], made when it is first asked for: it is the same for as long as the program runs, and a gateway that starts has
/// better things to do.
pub fn published(version: Versjonert, utgave: Utgave) -> Option<&'static str> {
    type Made = OnceLock<Option<String>>;
    static MADE: [[Made; Utgave::ALL.len()]; Versjonert::ALL.len()] =
        [const { [const { Made::new() }; Utgave::ALL.len()] }; Versjonert::ALL.len()];
    let made = MADE.get(version as usize)?.get(utgave as usize)?;
    made.get_or_init(|| document(version, utgave).ok()).as_deref()
}

/// Generators read 3.0.3 (the same language as 3.0.0), and a media type's parameters confuse them.
fn normalise(document: &mut Value) {
    match document {
        Value::Object(object) => {
            if let Some(version) = object.get_mut("openapi") {
                *version = "3.0.3".into();
            }
            if let Some(json) = object.remove("application/json; charset=utf-8") {
                object.insert("application/json".to_owned(), json);
            }
            lift_description(object);
            object.values_mut().for_each(normalise);
        }
        Value::Array(items) => items.iter_mut().for_each(normalise),
        _ => {}
    }
}

/// A described reference comes as `allOf` of the reference and the description; generators understand it with the
/// description beside, and take the other form for a type of its own.
fn lift_description(schema: &mut Map<String, Value>) {
    let Some(parts) = schema.get_mut("allOf").and_then(Value::as_array_mut) else { return };
    let described =
        |part: &Value| part.as_object().is_some_and(|part| part.len() == 1 && part.contains_key("description"));
    if let [reference, words] = parts.as_mut_slice()
        && reference.get("$ref").is_some()
        && described(words)
    {
        let description = words.get_mut("description").map(Value::take);
        parts.truncate(1);
        schema.extend(description.map(|description| ("description".to_owned(), description)));
    }
}

/// Adds what poem-openapi has no words for: each error status with its body, licence, and the parts of a multipart body.
fn complete(document: &mut Value, version: Versjonert) {
    if let Some(info) = document.get_mut("info").and_then(Value::as_object_mut) {
        info.insert(
            "license".to_owned(),
            json!({ "name": "MIT OR Apache-2.0", "url": "https://spdx.org/licenses/MIT.html" }),
        );
        info.insert(
            "contact".to_owned(),
            json!({
                "name": "Meldeport",
                "url": "https://github.com/meldeport/meldeport",
                "email": "utviklere@meldeport.example",
            }),
        );
    }
    let mut schemas = Map::new();
    let (recorded, mut shown) = (examples::recorded(version), Vec::new());
    // Sent as explicit nulls, like KS's own, which poem-openapi has no word for.
    for property in ["originalPath", "errorJson"] {
        let place = document.pointer_mut(&format!("/components/schemas/Feil/properties/{property}"));
        if let Some(property) = place.and_then(Value::as_object_mut) {
            property.insert("nullable".to_owned(), true.into());
            property.entry("type").or_insert_with(|| "object".into());
        }
    }
    // Looked at by the operation itself, which has better words for it.
    let reason = document.pointer_mut("/components/schemas/Avvisning/properties/arsak");
    if let Some(reason) = reason.and_then(Value::as_object_mut) {
        reason.insert("minLength".to_owned(), 1.into());
        reason.insert("maxLength".to_owned(), 500.into());
    }
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        let row = operation.get("operationId").and_then(Value::as_str).and_then(|id| operations::find(version, id));
        let (Some(row), Some(operation)) = (row, operation.as_object_mut()) else { continue };
        describe_multipart(operation);
        responses::describe(operation, row);
        if row.krav == operations::Krav::Apen {
            // That nobody is asked for credentials is said outright, so that it is not taken for forgotten.
            operation.insert("security".to_owned(), json!([{}]));
        }
        describe_texts(operation);
        examples::describe_parameters(operation);
        shown.extend(examples::describe(operation, recorded.get(row.id).unwrap_or(&Value::Null)));
        operation.insert("x-audience".to_owned(), row.krav.audience().into());
        if let Some(versjon) = version.versjon() {
            forms::describe(operation, row.id, versjon, &mut schemas);
        }
    }
    if let Some(all) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        all.extend(schemas);
    }
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.insert("headers".to_owned(), responses::headers());
        components.insert("examples".to_owned(), examples::errors(&shown));
    }
    if let Some(server) = document.pointer_mut("/servers/0").and_then(Value::as_object_mut) {
        server.insert("description".to_owned(), "Adressen til installasjonen kommer foran.".into());
        server.insert("x-internal".to_owned(), false.into());
    }
    security::describe(document);
    bounds::describe(document, None);
}

/// To poem-openapi these are any text; what they may be is looked at by the operations themselves.
fn describe_texts(operation: &mut Map<String, Value>) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten().filter_map(Value::as_object_mut) {
        let schema = match parameter.get("name").and_then(Value::as_str) {
            Some("Idempotency-Key") => {
                json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" })
            }
            Some("advarsel") => {
                json!({ "type": "string", "pattern": "^(|IKKE_SENDT|IKKE_BEKREFTET_FAGSYSTEM|IKKE_BEKREFTET_PRINT)$" })
            }
            _ => continue,
        };
        parameter.insert("schema".to_owned(), schema);
    }
}

/// What a report's two parts are called in a document.
const REPORT: &str = "#/components/schemas/BekymringsmeldingMultipart";

fn describe_multipart(operation: &mut Map<String, Value>) {
    let body = operation.get_mut("requestBody").and_then(|body| body.pointer_mut("/content/multipart~1form-data"));
    if let Some(multipart) = body.and_then(Value::as_object_mut)
        && multipart.get("schema").and_then(|schema| schema.get("$ref")).is_some_and(|name| name == REPORT)
    {
        let octets = json!({ "contentType": "application/octet-stream" });
        multipart.insert("encoding".to_owned(), json!({ "bekymringsmelding": octets, "asice": octets }));
    }
}

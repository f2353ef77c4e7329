//! Documents as they are published: what poem-openapi writes, made canonical and complete.

use std::collections::HashMap;

use poem::{
    endpoint::BoxEndpoint,
    http::{Method, StatusCode},
};
use poem_openapi::{
    OpenApi,
    registry::{MetaApi, MetaPath, Registry},
};
use serde_json::{Map, Value, json};

use super::{
    credentials,
    operations::{self, Krav, Operasjon},
    publish::publish,
};
use crate::versions::Versjonert;

mod forms;

/// Makes the credentials of an operation one requirement. poem-openapi documents several schemes as alternatives
/// although it asks for all of them.
#[derive(Debug)]
pub struct AllRequired<T>(pub T);

impl<T: OpenApi> OpenApi for AllRequired<T> {
    fn meta() -> Vec<MetaApi> {
        let mut meta = T::meta();
        let operations = meta.iter_mut().flat_map(|api| &mut api.paths).flat_map(|path| &mut path.operations);
        for operation in operations {
            let all: HashMap<_, _> = operation.security.drain(..).flatten().collect();
            // Who manages is a system with its three credentials, or a person with one.
            if all.contains_key(credentials::TOKEN) && all.contains_key(credentials::ID_PORTEN) {
                let (person, system) = all.into_iter().partition(|(name, _)| *name == credentials::ID_PORTEN);
                operation.security.extend([system, person]);
            } else if !all.is_empty() {
                operation.security.push(all);
            }
        }
        merge_paths(&mut meta);
        meta
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn add_routes(self, routes: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {
        self.0.add_routes(routes);
    }
}

/// Two resources may share a path with a method each. poem-openapi would write that path twice, and JSON keeps one.
fn merge_paths(meta: &mut [MetaApi]) {
    let mut seen: Vec<MetaPath> = Vec::new();
    for path in meta.iter_mut().flat_map(|api| std::mem::take(&mut api.paths)) {
        match seen.iter_mut().find(|twin| twin.path == path.path) {
            Some(twin) => twin.operations.extend(path.operations),
            None => seen.push(path),
        }
    }
    if let Some(first) = meta.first_mut() {
        first.paths = seen;
    }
}

/// The document of one version, ready to be written: sorted, so that the same program always writes the same bytes.
///
/// # Errors
/// When the generated text is not JSON, which a test excludes.
pub fn document(version: Versjonert) -> serde_json::Result<String> {
    let mut document: Value = serde_json::from_str(&publish(version).document)?;
    normalise(&mut document);
    complete(&mut document, version);
    document.sort_all_objects();
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
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

/// Statuses that any operation may answer with.
const ALWAYS: [u16; 6] = [400, 401, 403, 429, 500, 503];

/// Adds what poem-openapi has no words for: each error status with its body, licence, and the parts of a multipart body.
fn complete(document: &mut Value, version: Versjonert) {
    if let Some(info) = document.get_mut("info").and_then(Value::as_object_mut) {
        info.insert(
            "license".to_owned(),
            json!({ "name": "MIT OR Apache-2.0", "url": "https://spdx.org/licenses/MIT.html" }),
        );
        info.insert(
            "contact".to_owned(),
            json!({ "name": "Meldeport", "url": "https://github.com/meldeport/meldeport" }),
        );
    }
    let mut schemas = Map::new();
    // Sent as explicit nulls, like KS's own, which poem-openapi has no word for.
    for property in ["originalPath", "errorJson"] {
        let place = document.pointer_mut(&format!("/components/schemas/Feil/properties/{property}"));
        if let Some(property) = place.and_then(Value::as_object_mut) {
            property.insert("nullable".to_owned(), true.into());
        }
    }
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        let row = operation.get("operationId").and_then(Value::as_str).and_then(|id| operations::find(version, id));
        let (Some(row), Some(operation)) = (row, operation.as_object_mut()) else { continue };
        describe_errors(operation, row);
        describe_multipart(operation);
        describe_content(operation, row);
        describe_successor(operation, row);
        if let Some(versjon) = version.versjon() {
            forms::describe(operation, row.id, versjon, &mut schemas);
        }
    }
    if let Some(all) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        all.extend(schemas);
    }
}

fn describe_errors(operation: &mut Map<String, Value>, row: &Operasjon) {
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    for status in ALWAYS.iter().chain(row.feil) {
        let reason = StatusCode::from_u16(*status).ok().and_then(|status| status.canonical_reason());
        let schema = json!({ "$ref": "#/components/schemas/Feil" });
        let mut response = json!({
            "description": reason.unwrap_or("Error"),
            "content": { "application/json": { "schema": schema } },
        });
        let header = match status {
            401 => {
                let rfc = if row.krav == Krav::Svarinn { 7617 } else { 6750 };
                Some(("WWW-Authenticate", format!("Hva kallet mangler (RFC {rfc})."), json!({ "type": "string" })))
            }
            409 | 429 | 503 => {
                let words = "Sekunder til det er verdt å prøve igjen.".to_owned();
                Some(("Retry-After", words, json!({ "type": "integer" })))
            }
            _ => None,
        };
        if let (Some((name, description, schema)), Some(response)) = (header, response.as_object_mut()) {
            let header = json!({ name: { "description": description, "schema": schema } });
            response.insert("headers".to_owned(), header);
        }
        responses.insert(status.to_string(), response);
    }
}

fn describe_multipart(operation: &mut Map<String, Value>) {
    let body = operation.get_mut("requestBody").and_then(|body| body.pointer_mut("/content/multipart~1form-data"));
    if let Some(multipart) = body.and_then(Value::as_object_mut) {
        let octets = json!({ "contentType": "application/octet-stream" });
        multipart.insert("encoding".to_owned(), json!({ "bekymringsmelding": octets, "asice": octets }));
    }
}

/// Look-ups by a municipality's number tell when the answer is another municipality's.
fn describe_successor(operation: &mut Map<String, Value>, row: &Operasjon) {
    if row.krav != Krav::Oppslag || !row.path.contains("{kommunenummer}") {
        return;
    }
    let header = json!({ "Content-Location": {
        "description": "Adressen som svaret gjelder, når kommunen er slått sammen med en annen. Mangler ellers.",
        "schema": { "type": "string" },
    } });
    let answer = operation.get_mut("responses").and_then(|responses| responses.get_mut("200"));
    if let Some(answer) = answer.and_then(Value::as_object_mut) {
        answer.insert("headers".to_owned(), header);
    }
}

/// An operation that answers with bytes tells how to check and resume them.
fn describe_content(operation: &mut Map<String, Value>, row: &Operasjon) {
    if !matches!(row.id, "getInnhold" | "getBrevInnhold" | "getFil") {
        return;
    }
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    let headers = json!({
        "Content-Disposition": text("`attachment` med det samme filnavnet som i listen."),
        "Content-Digest": text("SHA-256 av bytene i dette svaret (RFC 9530)."),
        "Repr-Digest": text("SHA-256 av hele innholdet (RFC 9530)."),
        "ETag": text("Merke for innholdet; bruk det i `If-Range`."),
        "Accept-Ranges": text("`bytes`."),
    });
    if let Some(whole) = responses.get_mut("200").and_then(Value::as_object_mut) {
        whole.insert("headers".to_owned(), headers);
        let mut part = whole.clone();
        part.insert("description".to_owned(), "Den delen av innholdet som `Range` ba om.".into());
        responses.insert("206".to_owned(), part.into());
    }
    responses.insert("304".to_owned(), json!({ "description": "Innholdet er det som `If-None-Match` nevner." }));
}

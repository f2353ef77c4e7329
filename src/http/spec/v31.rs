//! The same document in OpenAPI 3.1, where a schema is JSON Schema 2020-12.

use serde_json::{Map, Value, json};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Turns a finished 3.0.3 document into a 3.1 one that says the same.
pub fn translate(document: &mut Value) {
    if let Some(root) = document.as_object_mut() {
        root.insert("openapi".to_owned(), "3.1.0".into());
        root.insert("jsonSchemaDialect".to_owned(), DIALECT.into());
    }
    if let Some(all) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        all.values_mut().for_each(schema);
    }
    walk(document);
}

/// Finds the schemas outside of the components.
fn walk(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match key.as_str() {
                    "schema" => schema(value),
                    // Values, and schemas that are done.
                    "schemas" | "example" | "examples" => {}
                    _ => walk(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(walk),
        _ => {}
    }
}

fn schema(value: &mut Value) {
    let Some(object) = value.as_object_mut() else { return };
    for (key, value) in object.iter_mut() {
        match key.as_str() {
            "properties" => value.as_object_mut().into_iter().flat_map(Map::values_mut).for_each(schema),
            "allOf" | "anyOf" | "oneOf" => value.as_array_mut().into_iter().flatten().for_each(schema),
            "items" | "additionalProperties" | "not" => schema(value),
            _ => {}
        }
    }
    if let Some(example) = object.remove("example") {
        object.insert("examples".to_owned(), json!([example]));
    }
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if let Some(Value::Bool(is)) = object.get(exclusive).cloned() {
            object.remove(exclusive);
            if is && let Some(number) = object.remove(bound) {
                object.insert(exclusive.to_owned(), number);
            }
        }
    }
    match object.get("format").and_then(Value::as_str) {
        Some("binary") => {
            object.remove("type");
            object.remove("format");
            object.insert("contentMediaType".to_owned(), "application/octet-stream".into());
        }
        Some("byte") => {
            object.remove("format");
            object.insert("contentEncoding".to_owned(), "base64".into());
        }
        _ => {}
    }
    if object.remove("nullable") == Some(true.into()) {
        allow_null(object);
    }
}

fn allow_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(values)) = object.get_mut("enum") {
        values.push(Value::Null);
    }
    match object.get("type").cloned() {
        Some(kind) => {
            object.insert("type".to_owned(), json!([kind, "null"]));
        }
        None if object.contains_key("$ref") || object.contains_key("allOf") => {
            let mut other = Map::new();
            for key in ["$ref", "allOf"] {
                other.extend(object.remove(key).map(|value| (key.to_owned(), value)));
            }
            object.insert("anyOf".to_owned(), json!([other, { "type": "null" }]));
        }
        // A schema without a type takes null as it is.
        None => {}
    }
}

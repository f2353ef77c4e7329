//! The forms' JSON Schemas inside an OpenAPI 3.0 document: the same rules in the words that 3.0 has.

use serde_json::{Map, Value, json};

use crate::{
    model::{
        melding::Versjon,
        skjema::{SkjemaId, Variant},
    },
    skjema::register,
};

/// Puts the form that an operation takes into its JSON body, and the form's schema into the document.
pub fn describe(operation: &mut Map<String, Value>, id: &str, versjon: Versjon, schemas: &mut Map<String, Value>) {
    let variant = match id {
        "opprettOffentligBekymringsmelding" => Variant::Offentlig,
        "opprettPrivatBekymringsmelding" => Variant::Privat,
        _ => return,
    };
    let form = SkjemaId::bekymringsmelding(variant, versjon);
    let body = operation.get_mut("requestBody").and_then(|body| body.pointer_mut("/content/application~1json"));
    if let Some(body) = body.and_then(Value::as_object_mut) {
        let name = add(schemas, &form.path());
        body.insert("schema".to_owned(), json!({ "$ref": format!("#/components/schemas/{name}") }));
    }
}

/// Adds a schema and all that it refers to; answers with its name in the document.
fn add(schemas: &mut Map<String, Value>, path: &str) -> String {
    let name = name_of(path);
    if schemas.contains_key(&name) {
        return name;
    }
    let found = register().document(path);
    let parsed = found.and_then(|document| serde_json::from_str::<Value>(document.text).ok());
    let Some(mut schema) = parsed else { return name };
    schemas.insert(name.clone(), Value::Null);
    let parts = schema.as_object_mut().and_then(|schema| schema.remove("$defs"));
    let parts = parts.and_then(|parts| parts.as_object().cloned()).unwrap_or_default();
    let link = schema.get("$id").and_then(Value::as_str).map(|id| format!("JSON Schema: `{id}`."));
    for (part, mut value) in parts {
        translate(&mut value, path, schemas);
        let part = part_name(&name, &part);
        name_parts(&mut value, &part, schemas);
        schemas.insert(part, value);
    }
    translate(&mut schema, path, schemas);
    if let (Some(link), Some(schema)) = (link, schema.as_object_mut()) {
        let words = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        schema.insert("description".to_owned(), format!("{words} {link}").into());
    }
    name_parts(&mut schema, &name, schemas);
    schemas.insert(name.clone(), schema);
    name
}

/// Gives each object within an object a name of its own: of one without, a generator makes a type that nobody can
/// build by hand.
fn name_parts(schema: &mut Value, name: &str, schemas: &mut Map<String, Value>) {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (property, value) in properties.into_iter().flatten() {
        let part = match value.get("items") {
            Some(_) => value.get_mut("items"),
            None => Some(value),
        };
        let Some(part) = part.filter(|part| part.get("properties").is_some()) else { continue };
        let own = part_name(name, property);
        name_parts(part, &own, schemas);
        schemas.insert(own.clone(), part.take());
        *part = json!({ "$ref": format!("#/components/schemas/{own}") });
    }
}

/// `/schemas/bekymringsmelding/offentlig/v2.schema.json` is `BekymringsmeldingOffentligV2`.
fn name_of(path: &str) -> String {
    let words = path.trim_start_matches("/schemas/").trim_end_matches(".schema.json").split('/');
    words.map(capitalised).collect()
}

fn part_name(form: &str, part: &str) -> String {
    format!("{form}{}", capitalised(part))
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What 3.0 says otherwise than JSON Schema 2019-09.
fn translate(schema: &mut Value, base: &str, schemas: &mut Map<String, Value>) {
    match schema {
        Value::Object(object) => {
            // Some generators name a type by its title, and two forms have parts with the same one.
            for name in ["$schema", "$id", "$comment", "title"] {
                if object.get(name).is_some_and(Value::is_string) {
                    object.remove(name);
                }
            }
            if let Some(Value::Array(mut examples)) = object.remove("examples")
                && !examples.is_empty()
            {
                object.insert("example".to_owned(), examples.swap_remove(0));
            }
            // A format is no rule here: KS's own examples carry times without a zone under `date-time`.
            if object.get("type").is_some_and(|kind| kind == "string") {
                object.remove("format");
            }
            if let Some(target) = object.get("$ref").and_then(Value::as_str).map(str::to_owned) {
                let name = match target.strip_prefix("#/$defs/") {
                    Some(part) => part_name(&name_of(base), part),
                    None => add(schemas, &resolve(base, &target)),
                };
                object.clear();
                object.insert("$ref".to_owned(), format!("#/components/schemas/{name}").into());
                return;
            }
            object.values_mut().for_each(|value| translate(value, base, schemas));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| translate(item, base, schemas)),
        _ => {}
    }
}

/// A reference relative to the schema that holds it.
fn resolve(base: &str, target: &str) -> String {
    if target.starts_with('/') {
        return target.to_owned();
    }
    let mut path: Vec<&str> = base.split('/').collect();
    path.pop();
    for part in target.split('/') {
        if part == ".." {
            path.pop();
        } else {
            path.push(part);
        }
    }
    path.join("/")
}

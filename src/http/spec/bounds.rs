//! How large a whole number may be. What an operation bounds itself keeps its bounds; the rest get those of their type.

use serde_json::{Map, Value};

/// The largest whole number that every reader of JSON takes exactly (RFC 8259 §6).
const EXACT: i64 = (1 << 53) - 1;

/// Bounds every whole number in the document.
pub fn describe(value: &mut Value, name: Option<&str>) {
    match value {
        Value::Object(object) => {
            if object.get("type").is_some_and(|kind| kind == "integer") {
                bound(object, name);
            }
            for (key, value) in object {
                describe(value, Some(key));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| describe(item, None)),
        _ => {}
    }
}

/// poem-openapi writes every bound as a fraction.
fn whole(bound: &Value) -> Option<i64> {
    bound.as_i64().or_else(|| bound.as_f64()?.to_string().parse().ok())
}

fn bound(schema: &mut Map<String, Value>, name: Option<&str>) {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or("int64");
    let counts = name.is_some_and(|name| name.starts_with("antall") || name.starts_with("totalt"));
    // OpenAPI knows two formats, both with a sign.
    let (format, least, most) = match format {
        "uint8" => ("int32", 0, i64::from(u8::MAX)),
        "uint16" => ("int32", 0, i64::from(u16::MAX)),
        "uint32" => ("int64", 0, i64::from(u32::MAX)),
        "uint64" => ("int64", 0, EXACT),
        "int32" => ("int32", if counts { 0 } else { i64::from(i32::MIN) }, i64::from(i32::MAX)),
        _ => ("int64", if counts { 0 } else { -EXACT }, EXACT),
    };
    schema.insert("format".to_owned(), format.into());
    for (name, of_the_type) in [("minimum", least), ("maximum", most)] {
        let own = schema.get(name).and_then(whole);
        schema.insert(name.to_owned(), own.unwrap_or(of_the_type).into());
    }
}

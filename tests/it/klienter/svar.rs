//! Whether an answer still has what a client relied on: an object must have at least the fields that are named, an array
//! at least the items, and a value must be equal, or of the kind that a pattern such as `<uuid>` names.

use meldeport::crypto::certificate::Certificate;
use serde_json::Value;
use uuid::Uuid;

/// What a pattern stands for; `None` for a text that is none.
fn fits(pattern: &str, value: &Value) -> Option<bool> {
    let text = value.as_str();
    let parses = |parse: fn(&str) -> bool| text.is_some_and(parse);
    Some(match pattern {
        "<tekst>" => text.is_some(),
        "<heltall>" => value.is_i64() || value.is_u64(),
        "<tall>" => value.is_number(),
        "<boolsk>" => value.is_boolean(),
        "<liste>" => value.is_array(),
        "<objekt>" => value.is_object(),
        "<uuid>" => parses(is_uuid),
        "<tidspunkt>" => parses(is_time),
        "<sertifikat>" => parses(is_certificate),
        _ => return None,
    })
}

pub fn is_uuid(text: &str) -> bool {
    Uuid::parse_str(text).is_ok()
}

/// With a zone or, as KS's clients read it, without.
pub fn is_time(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok() || (text.contains('T') && text.parse::<jiff::civil::DateTime>().is_ok())
}

pub fn is_certificate(text: &str) -> bool {
    text.starts_with("-----BEGIN") && Certificate::from_pem(text.as_bytes()).is_ok()
}

/// Adds what is missing or otherwise, each with its JSON Pointer. Values are told by their kind only, for what goes wrong
/// may be read by anyone.
pub fn compare(expected: &Value, actual: Option<&Value>, peker: &str, faults: &mut Vec<String>) {
    let here = if peker.is_empty() { "/" } else { peker };
    let Some(actual) = actual else {
        faults.push(format!("{here}: mangler"));
        return;
    };
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            for (name, value) in expected {
                let step = name.replace('~', "~0").replace('/', "~1");
                compare(value, actual.get(name), &format!("{peker}/{step}"), faults);
            }
        }
        (Value::Array(expected), Value::Array(actual)) => {
            for (index, value) in expected.iter().enumerate() {
                compare(value, actual.get(index), &format!("{peker}/{index}"), faults);
            }
        }
        (Value::String(pattern), actual) if fits(pattern, actual) == Some(true) => {}
        (Value::String(pattern), actual) if fits(pattern, actual) == Some(false) => {
            faults.push(format!("{here}: er ikke {pattern}"));
        }
        (expected, actual) if expected != actual => faults.push(format!("{here}: er ikke {expected}")),
        _ => {}
    }
}

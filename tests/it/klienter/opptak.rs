//! Writing down what a client can rely on in an answer: the kinds of its values, and the fixed words among them. Who
//! records takes away afterwards what the client does not look at.

use std::collections::BTreeMap;

use serde_json::Value;

use super::svar::{is_certificate, is_time, is_uuid};
use crate::support::Answer;

/// What the client has kept, by name.
type Navn = BTreeMap<String, Value>;

/// The shape of an answer's body; `None` when it is empty or not JSON.
pub fn shape(answer: &Answer, navn: &Navn) -> Option<Value> {
    serde_json::from_slice(&answer.body).ok().map(|body| of(&body, navn))
}

fn of(value: &Value, navn: &Navn) -> Value {
    match value {
        Value::Null | Value::Bool(_) => value.clone(),
        Value::Number(number) => if number.is_f64() { "<tall>" } else { "<heltall>" }.into(),
        // The id of something that the client knows already, or of what kind it is.
        Value::String(text) => match navn.iter().find(|(_, kept)| *kept == value && is_uuid(text)) {
            Some((name, _)) => format!("{{{name}}}").into(),
            None => kind(text).into(),
        },
        // The items of a list are of one kind, and there may be more or fewer the next time.
        Value::Array(items) => items.iter().take(1).map(|item| of(item, navn)).collect(),
        // Nobody relies on what is not there.
        Value::Object(fields) => {
            let there = fields.iter().filter(|(_, value)| !value.is_null());
            there.map(|(name, value)| (name.clone(), of(value, navn))).collect()
        }
    }
}

fn kind(text: &str) -> String {
    let fixed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "_.".contains(c);
    let word = text.starts_with(|c: char| c.is_ascii_uppercase()) && text.chars().all(fixed) && text.len() > 1;
    if is_uuid(text) {
        "<uuid>".to_owned()
    } else if is_time(text) {
        "<tidspunkt>".to_owned()
    } else if is_certificate(text) {
        "<sertifikat>".to_owned()
    } else if word {
        text.to_owned()
    } else {
        "<tekst>".to_owned()
    }
}

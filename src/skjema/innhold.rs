//! A payload in memory.

use std::{fmt, mem, ops::Deref};

use serde_json::Value;
use zeroize::Zeroize as _;

/// The payload of a form. It is not shown by `Debug`, and its texts are overwritten when it is dropped.
///
/// Reading goes through `Deref`. A clone of the inner [`Value`] is not overwritten: convert or serialise instead.
pub struct Innhold(Value);

impl Innhold {
    pub fn new(value: Value) -> Self {
        Self(value)
    }

    /// Changes the payload; what `change` takes out of it is its own to overwrite.
    pub fn with(mut self, change: impl FnOnce(&mut Value)) -> Self {
        change(&mut self.0);
        self
    }
}

impl Deref for Innhold {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl Drop for Innhold {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

impl fmt::Debug for Innhold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Innhold(…)")
    }
}

/// Overwrites every text and every name. Goes as deep as the parser lets a payload be.
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => {
            for (mut name, mut member) in mem::take(members) {
                name.zeroize();
                wipe(&mut member);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn debug_shows_nothing_and_wiping_leaves_no_text() {
        let innhold = Innhold::new(json!({"melding": "hemmelig"}));
        assert_eq!(format!("{innhold:?}"), "Innhold(…)");
        let mut value = json!([{"navn": "hemmelig", "liste": ["hemmelig"]}, "hemmelig", 1, null]);
        wipe(&mut value);
        assert!(!value.to_string().contains("hemmelig"));
    }
}

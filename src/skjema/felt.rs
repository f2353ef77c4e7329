//! Walks a schema beside a payload, to find what is said about a field: its title, its help, what may stand beside it.
//! It knows the keywords that our schemas use to say which fields there are: `properties`, `items` and `$ref`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Every schema, by path.
#[derive(Debug)]
pub struct Dokumenter(BTreeMap<String, Value>);

/// A place in a schema. `$ref` has been followed, but what stands beside it is kept: it is closer to the field.
#[derive(Debug, Clone, Copy)]
pub struct Felt<'a> {
    documents: &'a Dokumenter,
    /// Where relative references start from.
    path: &'a str,
    /// From the place itself, through each `$ref`, to the end; at most this many.
    nodes: [Option<&'a Value>; 4],
}

impl Dokumenter {
    pub fn new(documents: BTreeMap<String, Value>) -> Self {
        Self(documents)
    }

    /// The top of a schema.
    pub fn root(&self, path: &str) -> Option<Felt<'_>> {
        let (path, schema) = self.0.get_key_value(path)?;
        Some(Felt::at(self, path, schema))
    }

    /// The name of every field in every schema.
    pub fn property_names(&self) -> BTreeSet<String> {
        fn collect(value: &Value, names: &mut BTreeSet<String>) {
            if let Some(properties) = value.get("properties").and_then(Value::as_object) {
                names.extend(properties.keys().cloned());
            }
            match value {
                Value::Object(members) => members.values().for_each(|member| collect(member, names)),
                Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
                _ => {}
            }
        }
        let mut names = BTreeSet::new();
        self.0.values().for_each(|schema| collect(schema, &mut names));
        names
    }

    /// What a reference in the document at `path` points to.
    fn resolve(&self, path: &str, reference: &str) -> Option<(&str, &Value)> {
        let (file, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let mut target: Vec<&str> = path.split('/').collect();
        if !file.is_empty() {
            target.pop();
            for part in file.split('/') {
                match part {
                    "." => {}
                    ".." => drop(target.pop()),
                    part => target.push(part),
                }
            }
        }
        let (path, schema) = self.0.get_key_value(&target.join("/"))?;
        Some((path, schema.pointer(fragment)?))
    }
}

impl<'a> Felt<'a> {
    fn at(documents: &'a Dokumenter, path: &'a str, node: &'a Value) -> Self {
        let mut felt = Self { documents, path, nodes: [None; 4] };
        let mut next = Some(node);
        for slot in &mut felt.nodes {
            let Some(node) = next else { break };
            *slot = Some(node);
            let resolved =
                node.get("$ref").and_then(Value::as_str).and_then(|reference| documents.resolve(felt.path, reference));
            next = resolved.map(|(path, node)| {
                felt.path = path;
                node
            });
        }
        felt
    }

    /// Whether it is about a companion card, and not part of a report.
    pub fn of_card(&self) -> bool {
        self.path.starts_with("/schemas/ledsagerbevis/")
    }

    /// The first of the nodes that has this keyword says what holds.
    pub fn keyword(&self, keyword: &str) -> Option<&'a Value> {
        self.nodes.iter().flatten().find_map(|node| node.get(keyword))
    }

    pub fn text(&self, keyword: &str) -> Option<&'a str> {
        self.keyword(keyword).and_then(Value::as_str)
    }

    pub fn property(&self, name: &str) -> Option<Self> {
        let node = self.keyword("properties")?.get(name)?;
        Some(Self::at(self.documents, self.path, node))
    }

    /// The fields of an object, by name.
    pub fn properties(&self) -> impl Iterator<Item = &'a String> {
        self.keyword("properties").and_then(Value::as_object).into_iter().flat_map(|properties| properties.keys())
    }

    pub fn items(&self) -> Option<Self> {
        Some(Self::at(self.documents, self.path, self.keyword("items")?))
    }

    pub fn requires(&self, name: &str) -> bool {
        let required = self.keyword("required").and_then(Value::as_array);
        required.is_some_and(|names| names.iter().any(|required| required.as_str() == Some(name)))
    }
}

//! Finding one's way in a document.

use std::collections::BTreeMap;

use serde_json::Value;

/// How many references may follow one another before a document is taken to run in a circle.
const MOST_REFERENCES: usize = 16;

/// A value in a document, and where it stands.
#[derive(Debug, Clone)]
pub struct Sted<'d> {
    document: &'d Value,
    pub value: &'d Value,
    /// JSON Pointer (RFC 6901).
    pub peker: String,
}

/// The old and the new of the same thing, where there are both.
pub type Par<'d> = (Option<Sted<'d>>, Option<Sted<'d>>);

impl<'d> Sted<'d> {
    pub fn root(document: &'d Value) -> Self {
        Self { document, value: document, peker: String::new() }
    }

    fn below(&self, value: &'d Value, step: &str) -> Self {
        let peker = format!("{}/{}", self.peker, step.replace('~', "~0").replace('/', "~1"));
        Self { document: self.document, value, peker }
    }

    /// What stands under a name in an object.
    pub fn get(&self, name: &str) -> Option<Self> {
        self.value.get(name).map(|value| self.below(value, name))
    }

    pub fn str(&self, name: &str) -> Option<&'d str> {
        self.value.get(name).and_then(Value::as_str)
    }

    /// A flag that is off when it is left out.
    pub fn flag(&self, name: &str) -> bool {
        self.value.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The names in an object and what stands under each.
    pub fn entries(&self) -> impl Iterator<Item = (&'d str, Self)> {
        let entries = self.value.as_object().into_iter().flatten();
        entries.map(|(name, value)| (name.as_str(), self.below(value, name)))
    }

    /// The items of an array.
    pub fn items(&self) -> impl Iterator<Item = Self> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, value)| self.below(value, &index.to_string()))
    }

    /// The last part of the reference that stands here.
    pub fn reference(&self) -> Option<&'d str> {
        self.str("$ref").and_then(|reference| reference.rsplit('/').next())
    }

    /// What the reference here leads to.
    pub fn target(&self) -> Option<Self> {
        let peker = self.str("$ref")?.strip_prefix('#')?;
        let value = self.document.pointer(peker)?;
        Some(Self { document: self.document, value, peker: peker.to_owned() })
    }

    /// This, or what it refers to.
    pub fn resolved(self) -> Self {
        let mut here = self;
        for _ in 0..MOST_REFERENCES {
            match here.target() {
                Some(target) => here = target,
                None => break,
            }
        }
        here
    }
}

/// Puts what stands under the same name on both sides together.
pub fn pair<'d, K: Ord>(
    old: impl IntoIterator<Item = (K, Sted<'d>)>,
    new: impl IntoIterator<Item = (K, Sted<'d>)>,
) -> BTreeMap<K, Par<'d>> {
    let mut pairs: BTreeMap<K, Par<'d>> = BTreeMap::new();
    for (key, sted) in old {
        pairs.entry(key).or_default().0 = Some(sted);
    }
    for (key, sted) in new {
        pairs.entry(key).or_default().1 = Some(sted);
    }
    pairs
}

/// The objects' entries that have the same name; one that is missing has none.
pub fn entries<'d>(old: Option<&Sted<'d>>, new: Option<&Sted<'d>>) -> BTreeMap<&'d str, Par<'d>> {
    pair(old.into_iter().flat_map(Sted::entries), new.into_iter().flat_map(Sted::entries))
}

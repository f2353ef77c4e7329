//! Puts disclosures where the issuer's digests say that they belong (RFC 9901 §7.1).

use std::{
    collections::{HashMap, HashSet},
    mem,
};

use serde_json::{Map, Value};

use super::{
    ALWAYS_VISIBLE, DEPTH_MAX, SdJwtFault,
    disclosure::{Content, digest, reserved},
};

/// The claims of a payload, with what the disclosures disclose in its place and nothing of the format left.
pub(super) fn resolve<'d>(
    mut payload: Map<String, Value>,
    disclosures: impl Iterator<Item = &'d str>,
) -> Result<Map<String, Value>, SdJwtFault> {
    match payload.shift_remove("_sd_alg") {
        None => {}
        Some(Value::String(name)) if name == "sha-256" => {}
        Some(_) => return Err(SdJwtFault::Digest),
    }
    let mut resolver = Resolver::default();
    for encoded in disclosures {
        if resolver.disclosed.insert(digest(encoded), Content::parse(encoded)?).is_some() {
            return Err(SdJwtFault::Duplicate);
        }
    }
    let claims = resolver.object(payload, 0)?;
    if resolver.disclosed.is_empty() { Ok(claims) } else { Err(SdJwtFault::Unreferenced) }
}

#[derive(Default)]
struct Resolver {
    /// By digest; taken out when placed.
    disclosed: HashMap<String, Content>,
    /// Every digest in the payload and in the disclosures, decoys too.
    seen: HashSet<String>,
}

impl Resolver {
    fn value(&mut self, value: Value, depth: usize) -> Result<Value, SdJwtFault> {
        match value {
            Value::Object(map) => self.object(map, depth + 1).map(Value::Object),
            Value::Array(list) => self.array(list, depth + 1).map(Value::Array),
            plain => Ok(plain),
        }
    }

    fn object(&mut self, mut map: Map<String, Value>, depth: usize) -> Result<Map<String, Value>, SdJwtFault> {
        check(depth)?;
        let digests = map.shift_remove("_sd");
        let mut claims = Map::new();
        for (name, value) in map {
            if reserved(&name) {
                return Err(SdJwtFault::Reserved);
            }
            claims.insert(name, self.value(value, depth)?);
        }
        for digest in strings(digests)? {
            let Some(mut content) = self.take(digest)? else { continue };
            let Content::Property { name, value } = &mut content else { return Err(SdJwtFault::WrongKind) };
            if depth == 0 && ALWAYS_VISIBLE.contains(&name.as_str()) {
                return Err(SdJwtFault::Hidden);
            }
            if claims.contains_key(name) {
                return Err(SdJwtFault::Overwritten);
            }
            let value = self.value(mem::take(value), depth)?;
            claims.insert(mem::take(name), value);
        }
        Ok(claims)
    }

    fn array(&mut self, list: Vec<Value>, depth: usize) -> Result<Vec<Value>, SdJwtFault> {
        check(depth)?;
        let mut elements = Vec::with_capacity(list.len());
        for element in list {
            let Some(digest) = placeholder(&element)? else {
                elements.push(self.value(element, depth)?);
                continue;
            };
            match self.take(digest)? {
                None => {}
                Some(Content::Element(ref mut value)) => elements.push(self.value(mem::take(value), depth)?),
                Some(Content::Property { .. }) => return Err(SdJwtFault::WrongKind),
            }
        }
        Ok(elements)
    }

    fn take(&mut self, digest: String) -> Result<Option<Content>, SdJwtFault> {
        let content = self.disclosed.remove(&digest);
        if self.seen.insert(digest) { Ok(content) } else { Err(SdJwtFault::Duplicate) }
    }
}

fn check(depth: usize) -> Result<(), SdJwtFault> {
    if depth > DEPTH_MAX { Err(SdJwtFault::TooDeep) } else { Ok(()) }
}

fn strings(digests: Option<Value>) -> Result<Vec<String>, SdJwtFault> {
    let list = match digests {
        None => Vec::new(),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(SdJwtFault::Reserved),
    };
    let text = |value| if let Value::String(text) = value { Ok(text) } else { Err(SdJwtFault::Reserved) };
    list.into_iter().map(text).collect()
}

/// The digest of an element that stands for a hidden one: `{"...": "<digest>"}` and nothing else in it.
fn placeholder(element: &Value) -> Result<Option<String>, SdJwtFault> {
    match element.as_object().map(|map| (map.len(), map.get("..."))) {
        Some((1, Some(Value::String(digest)))) => Ok(Some(digest.clone())),
        Some((_, Some(_))) => Err(SdJwtFault::Reserved),
        _ => Ok(None),
    }
}

//! Schemas: what a value may be, in the direction in which it travels.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Regel, Retning, Sammenligning,
    operasjon::became,
    sted::{Sted, pair},
};

/// Bounds from below, and what holds where nothing is said.
const LOWER: [(&str, Option<f64>); 5] = [
    ("minimum", None),
    ("exclusiveMinimum", None),
    ("minLength", Some(0.0)),
    ("minItems", Some(0.0)),
    ("minProperties", Some(0.0)),
];
/// Bounds from above.
const UPPER: [&str; 5] = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];
/// Bounds that are there or not.
const SWITCHES: [&str; 3] = ["exclusiveMinimum", "exclusiveMaximum", "uniqueItems"];
/// What is looked at by name.
const KNOWN: [&str; 23] = [
    "type",
    "format",
    "nullable",
    "enum",
    "const",
    "minimum",
    "exclusiveMinimum",
    "minLength",
    "minItems",
    "minProperties",
    "maximum",
    "exclusiveMaximum",
    "maxLength",
    "maxItems",
    "maxProperties",
    "uniqueItems",
    "pattern",
    "default",
    "additionalProperties",
    "items",
    "oneOf",
    "anyOf",
    "deprecated",
];

/// A schema with its references followed and its `allOf` taken together.
#[derive(Debug, Default)]
struct Skjema<'d> {
    /// The objects that it is made of: for telling whether it has been seen.
    parts: Vec<String>,
    words: BTreeMap<&'d str, Sted<'d>>,
    /// Properties; each may be described in several parts.
    felt: BTreeMap<&'d str, Vec<Sted<'d>>>,
    pakrevd: BTreeSet<&'d str>,
}

impl<'d> Skjema<'d> {
    fn read(parts: &[Sted<'d>]) -> Self {
        let mut schema = Self::default();
        parts.iter().for_each(|part| schema.take(part));
        schema
    }

    fn take(&mut self, part: &Sted<'d>) {
        if self.parts.contains(&part.peker) {
            return;
        }
        if let Some(target) = part.target() {
            self.take(&target);
        } else {
            self.parts.push(part.peker.clone());
        }
        for (name, sted) in part.entries() {
            match name {
                "$ref" => {}
                "allOf" => sted.items().for_each(|part| self.take(&part)),
                "properties" => {
                    sted.entries().for_each(|(name, property)| self.felt.entry(name).or_default().push(property));
                }
                "required" => self.pakrevd.extend(sted.items().filter_map(|name| name.value.as_str())),
                _ => {
                    self.words.entry(name).or_insert(sted);
                }
            }
        }
    }

    fn value(&self, name: &str) -> Option<&'d Value> {
        self.words.get(name).map(|sted| sted.value)
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.value(name).and_then(Value::as_f64)
    }

    fn flag(&self, name: &str) -> bool {
        self.value(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The types, without null, which is asked for apart.
    fn kinds(&self) -> BTreeSet<&'d str> {
        let kinds = match self.value("type") {
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(kind)) => BTreeSet::from([kind.as_str()]),
            // What has properties is an object, said or not.
            _ if !self.felt.is_empty() => BTreeSet::from(["object"]),
            _ => BTreeSet::new(),
        };
        kinds.into_iter().filter(|kind| *kind != "null").collect()
    }

    fn nullable(&self) -> bool {
        let listed = self.value("type").and_then(Value::as_array);
        self.flag("nullable") || listed.is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"))
    }

    fn values(&self) -> Option<BTreeSet<String>> {
        let one = self.value("const").map(|value| vec![value.clone()]);
        let all = self.value("enum").and_then(Value::as_array).cloned().or(one)?;
        // Null is asked for apart.
        Some(all.iter().filter(|value| !value.is_null()).map(shown).collect())
    }
}

/// Whether it is one value, not a list or an object.
pub(super) fn is_scalar(sted: Sted<'_>) -> bool {
    let kinds = Skjema::read(&[sted]).kinds();
    !kinds.is_empty() && !kinds.contains("array") && !kinds.contains("object")
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn maybe(value: Option<&Value>) -> String {
    value.map_or_else(|| "ikke angitt".to_owned(), shown)
}

impl Sammenligning {
    /// The schema of a parameter, body or header.
    pub(super) fn schemas(&mut self, retning: Retning, old: Option<Sted<'_>>, new: Option<Sted<'_>>) {
        match (old, new) {
            (Some(old), Some(new)) => self.schema(retning, &[old], &[new]),
            (Some(gone), None) => self.add(Regel::TypeEndret, &gone, "ikke lenger beskrevet"),
            (None, Some(come)) => self.add(Regel::TypeEndret, &come, "ikke beskrevet før"),
            (None, None) => {}
        }
    }

    fn schema(&mut self, retning: Retning, old_parts: &[Sted<'_>], new_parts: &[Sted<'_>]) {
        let (old, new) = (Skjema::read(old_parts), Skjema::read(new_parts));
        if !self.seen.insert((retning, old.parts.clone(), new.parts.clone())) {
            return;
        }
        let Some(first) = new_parts.first() else { return };
        let here = first.clone().resolved();
        if let ([was], [is]) = (old_parts, new_parts)
            && let (Some(was), Some(now)) = (was.reference(), is.reference())
            && was != now
        {
            self.add(Regel::SkjemanavnEndret, is, became(was, now));
        }
        let (was, is) = (old.kinds(), new.kinds());
        if was != is {
            let names = |kinds: BTreeSet<&str>| match kinds.len() {
                0 => "hva som helst".to_owned(),
                _ => kinds.into_iter().collect::<Vec<_>>().join("/"),
            };
            self.add(Regel::TypeEndret, &here, became(names(was), names(is)));
            return;
        }
        self.value(retning, &old, &new, &here);
        self.bounds(retning, &old, &new, &here);
        self.alternatives(retning, &old, &new);
        self.fields(retning, &old, &new);
        self.schemas(retning, old.words.get("items").cloned(), new.words.get("items").cloned());
        if new.flag("deprecated") && !old.flag("deprecated") {
            self.add(Regel::Utfases, &here, "");
        } else if old.flag("deprecated") && !new.flag("deprecated") {
            self.add(Regel::Beskrivelse, &here, "deprecated");
        }
        let words = |schema: &Skjema<'_>| schema.words.keys().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        for name in words(&old).union(&words(&new)).filter(|name| !KNOWN.contains(&name.as_str())) {
            self.unlooked(name, (old.words.get(&**name).cloned(), new.words.get(&**name).cloned()));
        }
    }

    /// Null, fixed values, format, pattern, and what holds where it is left out.
    fn value(&mut self, retning: Retning, old: &Skjema<'_>, new: &Skjema<'_>, here: &Sted<'_>) {
        match (old.nullable(), new.nullable()) {
            (true, false) => self.add(retning.of(Regel::NullNektet, Regel::NullKommerIkke), here, ""),
            (false, true) => self.add(retning.of(Regel::NullTillatt, Regel::NullKanKomme), here, ""),
            _ => {}
        }
        match (old.values(), new.values()) {
            (Some(was), Some(is)) => {
                for gone in was.difference(&is) {
                    self.add(Regel::VerdiFjernet, here, gone.as_str());
                }
                // Error codes are promised to be an open list.
                let open = here.peker.ends_with("/properties/errorCode");
                let ut = if open { Regel::FeilkodeNy } else { Regel::SvarverdiNy };
                for come in is.difference(&was) {
                    self.add(retning.of(Regel::VerdiNy, ut), here, come.as_str());
                }
            }
            (None, Some(_)) => self.add(retning.of(Regel::VerdierLaste, Regel::SvarverdierLaste), here, ""),
            (Some(_), None) => self.add(retning.of(Regel::VerdierFrie, Regel::SvarverdierFrie), here, ""),
            (None, None) => {}
        }
        let differ = |name: &str| (old.value(name) != new.value(name)).then(|| (old.value(name), new.value(name)));
        if let Some((was, is)) = differ("format") {
            self.add(Regel::FormatEndret, here, became(maybe(was), maybe(is)));
        }
        match differ("pattern") {
            Some((Some(was), Some(is))) => self.add(Regel::MonsterEndret, here, became(shown(was), shown(is))),
            Some((was, is)) => self.bound(retning, is.is_some(), here, "pattern", (maybe(was), maybe(is))),
            None => {}
        }
        // What the client leaves out is filled in by the one who receives.
        if let Some((was, is)) = differ("default") {
            let regel = match (retning, was) {
                (Retning::Ut, _) => Regel::Beskrivelse,
                (Retning::Inn, None) => Regel::StandardverdiNy,
                (Retning::Inn, Some(_)) => Regel::StandardverdiEndret,
            };
            self.add(regel, here, became(maybe(was), maybe(is)));
        }
    }

    fn bounds(&mut self, retning: Retning, old: &Skjema<'_>, new: &Skjema<'_>, here: &Sted<'_>) {
        let lower = LOWER.iter().map(|(name, unsaid)| (*name, *unsaid, 1.0));
        let upper = UPPER.iter().map(|name| (*name, None, -1.0));
        for (name, unsaid, sign) in lower.chain(upper) {
            let (was, is) = (old.number(name).or(unsaid), new.number(name).or(unsaid));
            // The greater, the tighter; none is the least.
            let strict = |bound: Option<f64>| bound.map_or(f64::NEG_INFINITY, |bound| bound * sign);
            let words = || (maybe(old.value(name)), maybe(new.value(name)));
            if strict(was) != strict(is) {
                self.bound(retning, strict(is) > strict(was), here, name, words());
            }
        }
        for name in SWITCHES.into_iter().filter(|name| old.flag(name) != new.flag(name)) {
            let words = (old.flag(name).to_string(), new.flag(name).to_string());
            self.bound(retning, new.flag(name), here, name, words);
        }
    }

    fn bound(&mut self, retning: Retning, tighter: bool, here: &Sted<'_>, name: &str, (was, is): (String, String)) {
        let regel = if tighter {
            retning.of(Regel::GrenseInnsnevret, Regel::SvargrenseInnsnevret)
        } else {
            retning.of(Regel::GrenseUtvidet, Regel::SvargrenseUtvidet)
        };
        self.add(regel, here, format!("{name}: {}", became(was, is)));
    }

    /// Alternatives with the same name, or without one the same place in the list, are the same alternative.
    fn alternatives(&mut self, retning: Retning, old: &Skjema<'_>, new: &Skjema<'_>) {
        for (name, alternative) in pair(named(old), named(new)) {
            match alternative {
                (Some(was), Some(is)) => self.schema(retning, &[was], &[is]),
                (Some(gone), None) => self.add(Regel::AlternativFjernet, &gone, name),
                (None, Some(come)) => {
                    self.add(retning.of(Regel::AlternativNytt, Regel::SvaralternativNytt), &come, name);
                }
                (None, None) => {}
            }
        }
    }

    fn fields(&mut self, retning: Retning, old: &Skjema<'_>, new: &Skjema<'_>) {
        let names: BTreeSet<&str> = old.felt.keys().chain(new.felt.keys()).copied().collect();
        for name in names {
            let (was, is) = (old.felt.get(name), new.felt.get(name));
            let (required, requires) = (old.pakrevd.contains(name), new.pakrevd.contains(name));
            match (was.map(Vec::as_slice), is.map(Vec::as_slice)) {
                (Some(was), Some(is @ [place, ..])) => {
                    match (required, requires) {
                        (false, true) => self.add(retning.of(Regel::FeltPakrevd, Regel::FeltLovet), place, name),
                        (true, false) => self.add(retning.of(Regel::FeltValgfritt, Regel::FeltIkkeLovet), place, name),
                        _ => {}
                    }
                    self.schema(retning, was, is);
                }
                (Some([gone, ..]), None) => self.add(Regel::FeltFjernet, gone, name),
                (None, Some([come, ..])) => {
                    let regel =
                        if requires { retning.of(Regel::FeltNyttPakrevd, Regel::FeltNy) } else { Regel::FeltNy };
                    self.add(regel, come, name);
                }
                _ => {}
            }
        }
        self.further(retning, (old.words.get("additionalProperties"), new.words.get("additionalProperties")));
    }

    /// Fields that are not described by name: refused, of one kind, or anything, which is what holds where nothing is said.
    fn further(&mut self, retning: Retning, pair: (Option<&Sted<'_>>, Option<&Sted<'_>>)) {
        let refused = |sted: Option<&Sted<'_>>| sted.is_some_and(|sted| sted.value == &Value::Bool(false));
        let schema = |sted: Option<&Sted<'_>>| sted.is_some_and(|sted| sted.value.is_object());
        let (old, new) = pair;
        let Some(place) = new.or(old) else { return };
        match (refused(old), refused(new)) {
            (false, true) => self.add(retning.of(Regel::EkstrafeltNektet, Regel::EkstrafeltKommerIkke), place, ""),
            (true, false) => self.add(Regel::EkstrafeltTillatt, place, ""),
            (true, true) => {}
            (false, false) => match (old.filter(|_| schema(old)), new.filter(|_| schema(new))) {
                (Some(was), Some(is)) => self.schema(retning, std::slice::from_ref(was), std::slice::from_ref(is)),
                (None, None) => {}
                _ => self.add(Regel::TypeEndret, place, "additionalProperties"),
            },
        }
    }
}

/// A schema's alternatives, each by the name that it refers to, or else by its place in the list.
fn named<'d>(schema: &Skjema<'d>) -> Vec<(String, Sted<'d>)> {
    let lists = ["oneOf", "anyOf"].into_iter().filter_map(|name| schema.words.get(name));
    let items = lists.flat_map(Sted::items).enumerate();
    items.map(|(index, item)| (item.reference().map_or_else(|| index.to_string(), str::to_owned), item)).collect()
}

//! What differs between two editions of an OpenAPI document, and what that means to a client made for the former.
//!
//! The documents are walked as a client uses them: operation by operation, and each schema in the direction in which it
//! travels. What a client sends may be asked less strictly of it, never more; what it receives may be promised more
//! strictly, never less. A difference that no rule knows counts as breaking, so that nothing passes by being unforeseen.
//!
//! The crate `drift` has the same purpose and cannot do the work here: which property, required name, enum value or bound
//! of a schema has changed, and which way, it leaves unclassified; security, operation ids, response headers and the
//! encoding of parts it does not look at; and it panics when a media type comes or goes. It is the tests' second opinion:
//! what it calls breaking must be so here.
//!
//! To add a rule: a line in `regler.rs`, the place that finds it in `operasjon.rs` or `skjema.rs`, and two pairs in
//! `tests/fixtures/endringer/par.json`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

mod operasjon;
mod regler;
mod skjema;
mod sted;

pub use regler::{Klasse, Regel};
use sted::{Sted, entries};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endring {
    pub regel: Regel,
    /// Where, as a JSON Pointer: in the new document, or in the old one for what is no longer there.
    pub peker: String,
    /// What it is about: a name, or a value before and after. May be empty.
    pub detalj: String,
    /// The operations that it touches; none for what concerns the whole document.
    pub operasjoner: BTreeSet<String>,
}

/// Everything that is not the same, breaking changes first.
pub fn compare(old: &Value, new: &Value) -> Vec<Endring> {
    let mut work = Sammenligning::default();
    work.document(&Sted::root(old), &Sted::root(new));
    let mut found: Vec<Endring> = work
        .found
        .into_iter()
        .map(|((regel, peker, detalj), operasjoner)| Endring { regel, peker, detalj, operasjoner })
        .collect();
    found.sort_by(|a, b| b.regel.klasse().cmp(&a.regel.klasse()).then_with(|| a.peker.cmp(&b.peker)));
    found
}

/// The worst that is among them.
pub fn worst(changes: &[Endring]) -> Option<Klasse> {
    changes.iter().map(|change| change.regel.klasse()).max()
}

/// Which way a schema travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Retning {
    /// The client sends it.
    Inn,
    /// The client receives it.
    Ut,
}

impl Retning {
    /// The rule that fits.
    fn of(self, inn: Regel, ut: Regel) -> Regel {
        match self {
            Self::Inn => inn,
            Self::Ut => ut,
        }
    }
}

/// What says something to readers and changes nothing on the wire.
const WORDS: [&str; 10] = [
    "description",
    "summary",
    "title",
    "example",
    "examples",
    "externalDocs",
    "termsOfService",
    "contact",
    "license",
    "links",
];

fn is_words(name: &str) -> bool {
    WORDS.contains(&name) || name.starts_with("x-")
}

/// A comparison on its way.
#[derive(Debug, Default)]
struct Sammenligning {
    found: BTreeMap<(Regel, String, String), BTreeSet<String>>,
    /// The operation that is being looked at.
    operasjon: Option<String>,
    /// Pairs of schemas that have been compared for that operation.
    seen: BTreeSet<(Retning, Vec<String>, Vec<String>)>,
}

impl Sammenligning {
    fn add(&mut self, regel: Regel, sted: &Sted<'_>, detalj: impl Into<String>) {
        let operations = self.found.entry((regel, sted.peker.clone(), detalj.into())).or_default();
        operations.extend(self.operasjon.clone());
    }

    fn document(&mut self, old: &Sted<'_>, new: &Sted<'_>) {
        let urls = |document: &Sted<'_>| -> BTreeSet<String> {
            let servers = document.get("servers");
            servers.iter().flat_map(Sted::items).filter_map(|server| server.str("url").map(str::to_owned)).collect()
        };
        let (before, after) = (urls(old), urls(new));
        for url in before.difference(&after) {
            self.add(Regel::AdresseFjernet, old, url.as_str());
        }
        for url in after.difference(&before) {
            self.add(Regel::AdresseNy, new, url.as_str());
        }
        self.operations(old, new);
        if let (Some(old), Some(new)) = (old.get("info"), new.get("info")) {
            self.rest(&old, &new, &["version"]);
        }
        // A group's words, and the order of groups; which operation is in which is compared there.
        if old.value.get("tags") != new.value.get("tags") {
            self.add(Regel::Beskrivelse, new, "tags");
        }
        // Components count where they are used.
        let known = ["servers", "paths", "info", "tags", "components", "security"];
        self.rest(old, new, &known);
        // Written otherwise, and to the same effect: another order, a reference for what it refers to, what nobody uses.
        let unnumbered = |document: &Sted<'_>| {
            let mut document = document.value.clone();
            if let Some(number) = document.pointer_mut("/info/version") {
                *number = Value::Null;
            }
            document
        };
        if self.found.is_empty() && unnumbered(old) != unnumbered(new) {
            self.add(Regel::Beskrivelse, new, "skrivemåten");
        }
    }

    /// What of two objects is not looked at by name.
    fn rest(&mut self, old: &Sted<'_>, new: &Sted<'_>, known: &[&str]) {
        for (name, pair) in entries(Some(old), Some(new)) {
            if !known.contains(&name) {
                self.unlooked(name, pair);
            }
        }
    }

    /// Something that no rule looks at by name: words, or unknown.
    fn unlooked(&mut self, name: &str, pair: sted::Par<'_>) {
        let regel = if is_words(name) { Regel::Beskrivelse } else { Regel::Ukjent };
        match pair {
            (Some(old), Some(new)) if old.value != new.value => self.add(regel, &new, name),
            (Some(gone), None) => self.add(regel, &gone, name),
            (None, Some(come)) => self.add(regel, &come, name),
            _ => {}
        }
    }

    /// `deprecated`: a notice when it comes, nothing when it goes.
    fn deprecation(&mut self, old: &Sted<'_>, new: &Sted<'_>) {
        match (old.flag("deprecated"), new.flag("deprecated")) {
            (false, true) => self.add(Regel::Utfases, new, ""),
            (true, false) => self.add(Regel::Beskrivelse, new, "deprecated"),
            _ => {}
        }
    }
}

//! Instances: a report that follows the form, with or without each optional field, then spoilt in up to five ways.

use meldeport::model::skjema::{SkjemaId, Variant};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Map, Value, json};

use crate::texts::{NAMES, TEXTS};

pub struct Generator {
    random: StdRng,
    id: SkjemaId,
}

impl Generator {
    pub fn new(seed: u64, id: SkjemaId) -> Self {
        Self { random: StdRng::seed_from_u64(seed), id }
    }

    pub fn instance(&mut self) -> Value {
        let mut instance = match self.id.variant {
            Variant::Privat => self.privat(),
            // Forms that are no reports are not compared.
            _ => self.offentlig(),
        };
        // One in four is left as it is.
        for _ in 0..self.random.random_range(0..=5_u32).saturating_sub(1).min(4) {
            self.spoil(&mut instance);
        }
        if self.random.random_ratio(1, 500) {
            instance = self.any(3);
        }
        instance
    }

    fn chance(&mut self) -> bool {
        self.random.random()
    }

    fn pick<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts.choose(&mut self.random).copied().unwrap_or_default()
    }

    /// Any text that stands on one line in every language.
    fn line(&mut self) -> Value {
        let text = self.pick(&["Fiktiv Navn", "", "Æ Ø Å 🧸", "a", "مثال", " ", "a\t<b>"]);
        if self.random.random_ratio(1, 50) { json!(text.repeat(500)) } else { json!(text) }
    }

    fn text(&mut self) -> Value {
        json!(self.pick(TEXTS))
    }

    fn phone(&mut self) -> Value {
        json!(self.pick(&["99999999", "+47 99 99 99 99", "99-99-99-99", "0", "+0", "1-1 1"]))
    }

    fn optional(&mut self, object: &mut Value, name: &str, value: impl FnOnce(&mut Self) -> Value) {
        if self.chance() {
            let value = value(self);
            insert(object, name, value);
        }
    }

    fn address(&mut self) -> Value {
        let mut address = json!({"adresselinje1": self.text()});
        for name in ["adresselinje2", "adresselinje3", "postnummer", "poststed"] {
            self.optional(&mut address, name, Self::text);
        }
        address
    }

    fn list(&mut self, sizes: std::ops::RangeInclusive<usize>, item: impl Fn(&mut Self) -> Value) -> Value {
        (0..self.random.random_range(sizes)).map(|_| item(self)).collect()
    }

    fn common(&mut self) -> Value {
        json!({
            "kommunenummer": self.pick(&["9901", "0000", "4601"]),
            "kommunenavn": self.line(),
            "bydelsnummer": self.pick(&["00", "02", "99"]),
            "bydelsnavn": self.line(),
            "sendingstidspunkt": self.text(),
            "leveringskanal": self.text(),
        })
    }

    fn offentlig(&mut self) -> Value {
        let mut report = self.common();
        let mut company = json!({"navn": self.line(), "adresse": self.address()});
        self.optional(&mut company, "orgnr", Self::line);
        let epost = self.pick(&["a@b.no", "æøå@æøå.no", "a.b-c_d@e.f.no", "-@-.no", "A@B.NO"]);
        let melder = json!({
            "personnavn": self.line(), "rolle": self.line(), "telefonnummer": self.phone(), "epost": epost,
            "virksomhet": company,
        });
        insert(&mut report, "offentligMelder", melder);
        let children = self.list(1..=3, |this| {
            let mut child = json!({
                "fnr": this.text(), "ufoedt": this.chance(), "personnavn": this.line(), "adresse": this.address(),
                "orientert": this.chance(),
            });
            this.optional(&mut child, "telefonnummer", Self::text);
            this.optional(&mut child, "orientertGrunn", Self::line);
            child
        });
        insert(&mut report, "offentligBarn", children);
        let parents = self.list(1..=2, |this| {
            let mut parent = json!({"personnavn": this.line(), "orientert": this.chance()});
            this.optional(&mut parent, "telefonnummer", Self::line);
            this.optional(&mut parent, "orientertGrunn", Self::line);
            parent
        });
        insert(&mut report, "foresatte", parents);
        self.optional(&mut report, "behovForTolk", Self::text);
        self.optional(&mut report, "andreHjelpeinstanser", Self::text);
        let mut melding = json!({"melding": self.text(), "historie": self.text()});
        self.optional(&mut melding, "andreSynspunkter", Self::text);
        insert(&mut report, "melding", melding);
        report
    }

    fn privat(&mut self) -> Value {
        let mut report = self.common();
        let mut melder = json!({"personnavn": self.text()});
        self.optional(&mut melder, "telefonnummer", Self::phone);
        self.optional(&mut melder, "adresse", Self::address);
        insert(&mut report, "privatMelder", melder);
        let children = self.list(0..=3, |this| {
            let mut child = json!({"personnavn": this.text(), "adresse": this.address()});
            this.optional(&mut child, "antattAlder", Self::text);
            this.optional(&mut child, "relasjon", Self::text);
            child
        });
        insert(&mut report, "privatBarn", children);
        let text = self.text();
        insert(&mut report, "melding", text);
        report
    }

    /// Any JSON at all.
    fn any(&mut self, depth: u32) -> Value {
        match self.random.random_range(0..if depth == 0 { 6_u32 } else { 8 }) {
            0 => Value::Null,
            1 => json!(self.chance()),
            2 => json!(self.random.random_range(-2..10_000)),
            3 => json!(1.5),
            4 | 5 => self.text(),
            6 => self.list(0..=3, |this| this.any(depth - 1)),
            _ => {
                let mut object = Map::new();
                for _ in 0..self.random.random_range(0..4_u32) {
                    object.insert(self.pick(NAMES).to_owned(), self.any(depth - 1));
                }
                Value::Object(object)
            }
        }
    }

    /// Goes to a random place and changes it.
    fn spoil(&mut self, value: &mut Value) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                let at = self.random.random_range(0..members.len());
                if self.random.random_ratio(3, 5) {
                    if let Some((_, member)) = members.iter_mut().nth(at) {
                        self.spoil(member);
                    }
                    return;
                }
                let name = members.keys().nth(at).cloned().unwrap_or_default();
                match self.random.random_range(0..6_u32) {
                    0 | 1 => drop(members.remove(&name)),
                    2 => {
                        let member = members.remove(&name).unwrap_or_default();
                        let new = if self.chance() { self.pick(NAMES).to_owned() } else { name.to_uppercase() };
                        members.insert(new, member);
                    }
                    3 => drop(members.insert(self.pick(NAMES).to_owned(), self.any(2))),
                    4 => drop(members.insert(name, Value::Null)),
                    _ => drop(members.insert(name, self.any(2))),
                }
            }
            Value::Array(items) if self.random.random_ratio(1, 2) => {
                let size = self.random.random_range(0..=3);
                let filler = items.first().cloned().unwrap_or_else(|| self.any(2));
                items.resize(size, filler);
            }
            Value::Array(items) if !items.is_empty() => {
                let at = self.random.random_range(0..items.len());
                if let Some(item) = items.get_mut(at) {
                    self.spoil(item);
                }
            }
            Value::String(_) if self.random.random_ratio(3, 4) => *value = self.text(),
            Value::String(text) if self.chance() => text.push_str(self.pick(TEXTS)),
            other => *other = self.any(2),
        }
    }
}

fn insert(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value);
    }
}

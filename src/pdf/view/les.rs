//! Reads a payload and keeps an account of it: what nobody asked for is what is left.

use serde_json::{Map, Value};

/// A step on the way to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Steg<'a> {
    Navn(&'a str),
    /// Place in an array, from 1: people read it.
    Nummer(usize),
}

/// A value without a label of its own.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Opplysning<'a> {
    pub sti: Vec<Steg<'a>>,
    pub verdi: Verdi<'a>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdi<'a> {
    Tekst(&'a str),
    /// A number, `true`, `null`, or something empty, as JSON writes it.
    Annet(String),
}

/// Everything that has no label, in the payload's order.
#[derive(Debug, Default)]
pub(super) struct Rest<'a>(pub Vec<Opplysning<'a>>);

impl<'a> Rest<'a> {
    fn add(&mut self, sti: &[Steg<'a>], value: &'a Value) {
        let under = |step| [sti, &[step]].concat();
        match value {
            Value::Object(map) if !map.is_empty() => {
                map.iter().for_each(|(key, value)| self.add(&under(Steg::Navn(key)), value));
            }
            Value::Array(items) if !items.is_empty() => {
                (1..).zip(items).for_each(|(number, value)| self.add(&under(Steg::Nummer(number)), value));
            }
            Value::String(text) => self.0.push(Opplysning { sti: sti.to_vec(), verdi: Verdi::Tekst(text) }),
            other => self.0.push(Opplysning { sti: sti.to_vec(), verdi: Verdi::Annet(other.to_string()) }),
        }
    }
}

/// An object being read. What is asked for and has the expected type counts as read; [`finish`](Self::finish) hands
/// over the rest. An object that is missing reads as empty.
pub(super) struct Objekt<'a> {
    map: Option<&'a Map<String, Value>>,
    sti: Vec<Steg<'a>>,
    read: Vec<&'static str>,
}

impl<'a> Objekt<'a> {
    pub fn root(value: &'a Value, rest: &mut Rest<'a>) -> Self {
        Self::new(value, Vec::new(), rest)
    }

    fn new(value: &'a Value, sti: Vec<Steg<'a>>, rest: &mut Rest<'a>) -> Self {
        let map = value.as_object();
        if map.is_none() {
            rest.add(&sti, value);
        }
        Self { map, sti, read: Vec::new() }
    }

    pub fn tekst(&mut self, key: &'static str) -> Option<&'a str> {
        self.read(key, Value::as_str)
    }

    pub fn flagg(&mut self, key: &'static str) -> Option<bool> {
        self.read(key, Value::as_bool)
    }

    pub fn objekt(&mut self, key: &'static str, rest: &mut Rest<'a>) -> Self {
        let sti = [self.sti.as_slice(), &[Steg::Navn(key)]].concat();
        match self.read(key, Some) {
            Some(value) => Self::new(value, sti, rest),
            None => Self { map: None, sti, read: Vec::new() },
        }
    }

    pub fn liste(&mut self, key: &'static str, rest: &mut Rest<'a>) -> Vec<Self> {
        let under = |number| [self.sti.as_slice(), &[Steg::Navn(key), Steg::Nummer(number)]].concat();
        let items = self.map.and_then(|map| map.get(key)).and_then(Value::as_array).filter(|items| !items.is_empty());
        let objekter = (1..)
            .zip(items.into_iter().flatten())
            .filter_map(|(number, value)| {
                let objekt = Self::new(value, under(number), rest);
                objekt.map.is_some().then_some(objekt)
            })
            .collect();
        if items.is_some() {
            self.read.push(key);
        }
        objekter
    }

    fn read<T>(&mut self, key: &'static str, as_type: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.map?.get(key).and_then(as_type)?;
        self.read.push(key);
        Some(value)
    }

    /// Hands over the fields that were not read.
    pub fn finish(self, rest: &mut Rest<'a>) {
        for (key, value) in self.map.into_iter().flatten() {
            if !self.read.contains(&key.as_str()) {
                rest.add(&[self.sti.as_slice(), &[Steg::Navn(key)]].concat(), value);
            }
        }
    }
}

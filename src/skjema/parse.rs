//! Bytes to JSON, stricter than JSON itself where readers disagree: no name twice in an object, no half characters,
//! bounded depth and number of values. How many bytes there may be is the caller's to decide.

use std::{cell::RefCell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value, error::Category};

use super::{Innhold, Skjemafeil, registry::register};

/// How many arrays and objects may stand inside each other.
pub const MAKS_DYBDE: usize = 64;
/// How many values there may be: bounds the memory that a payload of a given size can cost. A report has about fifty.
pub const MAKS_VERDIER: usize = 100_000;

/// Why the bytes cannot be read, and where. Holds nothing of the payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", feil.code())]
pub struct Lesefeil {
    pub feil: Skjemafeil,
    /// JSON Pointer to the member, for a name that stands twice. A name that no form knows is shown as `*`.
    pub peker: Option<String>,
    /// Line and column, counted from one, where that is known.
    pub sted: Option<(usize, usize)>,
}

impl Lesefeil {
    fn at(feil: Skjemafeil, sted: Option<(usize, usize)>) -> Self {
        Self { feil, peker: None, sted }
    }

    /// What is wrong, where, and what to do about it.
    pub fn melding(&self) -> String {
        match self.sted {
            Some((line, column)) => format!("{} Se linje {line}, kolonne {column}.", self.feil.text()),
            None => self.feil.text().to_owned(),
        }
    }
}

/// Reads one JSON document.
pub fn parse(bytes: &[u8]) -> Result<Innhold, Lesefeil> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Lesefeil::at(Skjemafeil::IkkeUtf8, place(bytes, error.valid_up_to())))?;
    if text.starts_with('\u{feff}') {
        return Err(Lesefeil::at(Skjemafeil::Bom, None));
    }
    if text.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
        return Err(Lesefeil::at(Skjemafeil::Tom, None));
    }
    scan(bytes).map_err(|(feil, offset)| Lesefeil::at(feil, place(bytes, offset)))?;

    let reading = Reading::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let innhold = match (Node { reading: &reading }).deserialize(&mut deserializer) {
        Ok(value) => Innhold::new(value),
        Err(error) => {
            let sted = Some((error.line(), error.column()));
            if let Some(peker) = reading.twice.into_inner() {
                return Err(Lesefeil { feil: Skjemafeil::DobbeltFelt, peker: Some(peker), sted });
            }
            let feil = if error.classify() == Category::Eof { Skjemafeil::Avkortet } else { Skjemafeil::IkkeJson };
            return Err(Lesefeil::at(feil, sted));
        }
    };
    match deserializer.end() {
        Ok(()) => Ok(innhold),
        Err(error) => Err(Lesefeil::at(Skjemafeil::EkstraInnhold, Some((error.line(), error.column())))),
    }
}

/// One pass over the tokens, before anything is built, that enforces the limits and finds half characters. It does not
/// judge the grammar; whatever it lets through goes to the real parser.
fn scan(bytes: &[u8]) -> Result<(), (Skjemafeil, usize)> {
    let (mut depth, mut values) = (0_usize, 0_usize);
    let mut rest = bytes.iter().enumerate();
    while let Some((offset, byte)) = rest.next() {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                values += 1;
                if depth > MAKS_DYBDE {
                    return Err((Skjemafeil::ForDypt, offset));
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            b'"' => string(bytes, &mut rest)?,
            _ => {}
        }
        if values > MAKS_VERDIER {
            return Err((Skjemafeil::ForMangeVerdier, offset));
        }
    }
    Ok(())
}

/// Goes to the end of a string whose opening quote has been read.
fn string(bytes: &[u8], rest: &mut std::iter::Enumerate<std::slice::Iter<'_, u8>>) -> Result<(), (Skjemafeil, usize)> {
    // Where a high half stands that waits for its low half in the very next escape.
    let mut high: Option<usize> = None;
    while let Some((offset, byte)) = rest.next() {
        let unit = match byte {
            b'\\' => match rest.next() {
                Some((_, b'u')) => {
                    let unit = bytes.get(offset + 2..offset + 6).and_then(hex);
                    if unit.is_some() {
                        rest.nth(3);
                    }
                    unit
                }
                _ => None,
            },
            _ => None,
        };
        match (high, unit) {
            (None, Some(0xDC00..=0xDFFF)) => return Err((Skjemafeil::EnsligSurrogat, offset)),
            (None, Some(0xD800..=0xDBFF)) => high = Some(offset),
            (Some(_), Some(0xDC00..=0xDFFF)) => high = None,
            (Some(start), _) => return Err((Skjemafeil::EnsligSurrogat, start)),
            (None, _) => {}
        }
        if *byte == b'"' {
            break;
        }
    }
    Ok(())
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
}

/// Line and column of an offset, counted from one, columns in characters.
fn place(bytes: &[u8], offset: usize) -> Option<(usize, usize)> {
    let before = bytes.get(..offset)?;
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let column = String::from_utf8_lossy(before.get(start..)?).chars().count() + 1;
    Some((line, column))
}

enum Segment {
    Name(String),
    Index(usize),
}

/// Where the parser is, and the name that it met twice.
#[derive(Default)]
struct Reading {
    path: RefCell<Vec<Segment>>,
    twice: RefCell<Option<String>>,
}

impl Reading {
    /// A JSON Pointer to a member of the object at hand, with unknown names hidden: they may be somebody's.
    fn pointer(&self, name: &str) -> String {
        let shown = |name: &str| if register().knows(name) { name.to_owned() } else { "*".to_owned() };
        let mut pointer = String::new();
        for segment in self.path.borrow().iter() {
            pointer.push('/');
            match segment {
                Segment::Name(name) => pointer.push_str(&shown(name)),
                Segment::Index(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer.push('/');
        pointer.push_str(&shown(name));
        pointer
    }

    fn enter(&self, segment: Segment) {
        self.path.borrow_mut().push(segment);
    }

    fn leave(&self) {
        self.path.borrow_mut().pop();
    }
}

/// Builds a value while it watches for names that stand twice.
#[derive(Clone, Copy)]
struct Node<'r> {
    reading: &'r Reading,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        loop {
            self.reading.enter(Segment::Index(array.len()));
            let Some(item) = items.next_element_seed(self)? else { break };
            array.push(item);
            self.reading.leave();
        }
        self.reading.leave();
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                *self.reading.twice.borrow_mut() = Some(self.reading.pointer(&name));
                return Err(A::Error::custom("a name stands twice"));
            }
            self.reading.enter(Segment::Name(name.clone()));
            let member = members.next_value_seed(self)?;
            self.reading.leave();
            object.insert(name, member);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests;

//! One version of a form becomes another without losing a word. Pure and total: a payload that does not follow its form
//! is left as it is where a step does not apply.
//!
//! | step | what happens |
//! |---|---|
//! | up, 1 → 2 | nothing: a version 1 payload is a version 2 payload |
//! | down, 2 → 1, privat | nothing: the two versions are alike |
//! | down, 2 → 1, offentlig | `melding.andreSynspunkter` goes to the end of `melding.historie`, under a heading |
//!
//! To add a version: an arm in `step`; the tests go through every pair of published versions.

use serde_json::Value;

use super::Innhold;
use crate::model::skjema::{Skjema, SkjemaId, Variant};

/// What stands between the history and the other views carried over.
pub const OVERSKRIFT: &str = "Andre synspunkter:";

/// A text that was moved. For the event: it tells where, never what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flytting {
    /// JSON Pointer in the payload as it came.
    pub fra: &'static str,
    /// JSON Pointer in the payload as it became.
    pub til: &'static str,
}

/// A payload in the version that was asked for.
#[derive(Debug)]
pub struct Konvertert {
    pub innhold: Innhold,
    pub flyttet: Vec<Flytting>,
}

/// Turns a payload of form version `fra` into one of version `til` of the same form.
pub fn convert(innhold: Innhold, fra: SkjemaId, til: u16) -> Konvertert {
    let mut flyttet = Vec::new();
    let innhold = innhold.with(|payload| {
        let mut versjon = fra.versjon;
        while versjon != til {
            let next = if versjon < til { versjon + 1 } else { versjon - 1 };
            flyttet.extend(step(payload, SkjemaId { versjon, ..fra }, next));
            versjon = next;
        }
    });
    Konvertert { innhold, flyttet }
}

/// One version up or down.
fn step(payload: &mut Value, fra: SkjemaId, til: u16) -> Option<Flytting> {
    match (fra.skjema, fra.variant, fra.versjon, til) {
        (Skjema::Bekymringsmelding, Variant::Offentlig, 2, 1) => carry_over(payload),
        _ => None,
    }
}

/// `andreSynspunkter` came with version 2. Version 1 shows `historie` last of the free texts and sets no limit to it.
fn carry_over(payload: &mut Value) -> Option<Flytting> {
    let melding = payload.get_mut("melding")?.as_object_mut()?;
    let (Some(Value::String(_)), Some(Value::String(_))) = (melding.get("historie"), melding.get("andreSynspunkter"))
    else {
        return None;
    };
    let Some(Value::String(synspunkter)) = melding.shift_remove("andreSynspunkter") else { return None };
    let synspunkter = zeroize::Zeroizing::new(synspunkter);
    if synspunkter.is_empty() {
        return None;
    }
    let Some(Value::String(historie)) = melding.get_mut("historie") else { return None };
    // A text that outgrows its place would leave a copy behind: it is moved by hand, and the old place overwritten.
    let gap = if historie.is_empty() { "" } else { "\n\n" };
    let mut samlet = String::with_capacity(historie.len() + gap.len() + OVERSKRIFT.len() + 1 + synspunkter.len());
    for part in [historie.as_str(), gap, OVERSKRIFT, "\n", synspunkter.as_str()] {
        samlet.push_str(part);
    }
    drop(zeroize::Zeroizing::new(std::mem::replace(historie, samlet)));
    Some(Flytting { fra: "/melding/andreSynspunkter", til: "/melding/historie" })
}

#[cfg(test)]
mod tests;

//! The kind of card as a document (SD-JWT VC, «Type Metadata»), found at the address that is the card's `vct`: what it and
//! its claims are called, and which of them the holder may keep back.

use serde_json::{Value, json};

use super::{ANTALL, BILDE, FODSELSDATO, FODSELSNUMMER, GYLDIG_TIL, NAVN, VARIG};

/// A claim: whether the holder may keep it back, whether every card has it, and what it is called.
struct Opplysning {
    navn: &'static str,
    skjules: bool,
    alltid: bool,
    nb: &'static str,
    en: &'static str,
}

const fn synlig(navn: &'static str, alltid: bool, nb: &'static str, en: &'static str) -> Opplysning {
    Opplysning { navn, skjules: false, alltid, nb, en }
}

const fn skjult(navn: &'static str, nb: &'static str, en: &'static str) -> Opplysning {
    Opplysning { navn, skjules: true, alltid: false, nb, en }
}

const OPPLYSNINGER: [Opplysning; 7] = [
    synlig(ANTALL, true, "Antall ledsagere", "Number of companions"),
    synlig(GYLDIG_TIL, false, "Gyldig til og med", "Valid through"),
    synlig(VARIG, false, "Varig", "Without an end"),
    synlig(BILDE, false, "Bildets sammendrag", "Digest of the photo"),
    skjult(NAVN, "Navn", "Name"),
    skjult(FODSELSDATO, "Fødselsdato", "Date of birth"),
    skjult(FODSELSNUMMER, "Fødselsnummer", "National identity number"),
];

/// What is printed says the name, too, and cannot keep it back.
const PA_PAPIR: [Opplysning; 4] = [
    synlig(NAVN, true, "Navn", "Name"),
    synlig(ANTALL, true, "Antall ledsagere", "Number of companions"),
    synlig(GYLDIG_TIL, false, "Gyldig til og med", "Valid through"),
    synlig(VARIG, false, "Varig", "Without an end"),
];

/// The document of an issuer's kind of card.
pub fn dokument(vct: &str) -> Value {
    describe(vct, ["Ledsagerbevis", "Companion card"], &OPPLYSNINGER)
}

/// The document of the kind of card that is printed.
pub fn papirdokument(vct: &str) -> Value {
    describe(vct, ["Ledsagerbevis på papir", "Companion card on paper"], &PA_PAPIR)
}

fn describe(vct: &str, [nb, en]: [&str; 2], claims: &[Opplysning]) -> Value {
    let claims = claims.iter().map(|opplysning| {
        json!({
            "path": [opplysning.navn],
            "display": [
                { "locale": "nb-NO", "label": opplysning.nb },
                { "locale": "en", "label": opplysning.en },
            ],
            "mandatory": opplysning.alltid,
            "sd": if opplysning.skjules { "always" } else { "never" },
        })
    });
    json!({
        "vct": vct,
        "name": nb,
        "description": "Companion card: whoever accompanies the holder goes in free.",
        "display": [
            {
                "locale": "nb-NO",
                "name": nb,
                "description": "Den som følger innehaveren, slipper inn uten å betale.",
            },
            {
                "locale": "en",
                "name": en,
                "description": "Whoever accompanies the holder goes in free.",
            },
        ],
        "claims": claims.collect::<Vec<_>>(),
    })
}

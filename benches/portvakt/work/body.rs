//! What is sent as JSON, with a place for a number.

use jiff::tz::TimeZone;
use meldeport::{
    domain::ledsagerbevis::NyttBevis,
    model::ledsagerbevis::{Adresse, Person},
    sandbox::personregister::{Oppdiktet, PERSONER},
    system::{Clock as _, Secret, SystemClock},
};
use serde_json::{Value, json};

use super::PLACE;

const REPORT: &str = include_str!("../../../src/sandbox/sample/bekymringsmelding.json");

/// The demo's report, sent now, with a place for a number.
pub fn report() -> String {
    let mut report: Value = serde_json::from_str(REPORT).unwrap();
    let local = SystemClock.now().to_zoned(TimeZone::get("Europe/Oslo").unwrap());
    report["sendingstidspunkt"] = local.strftime("%Y-%m-%dT%H:%M:%S").to_string().into();
    report["melding"]["historie"] = format!("Oppdiktet melding nummer {PLACE}.").into();
    report.to_string()
}

pub fn card() -> Value {
    let [owner, guardian, ..] = PERSONER;
    let person = |of: Oppdiktet| {
        json!({
            "navn": of.navn,
            "fnr": of.fnr,
            "adresse": { "adressenavn": of.adressenavn, "postnummer": of.postnummer, "poststed": of.poststed },
            "telefonnummer": of.telefonnummer,
        })
    };
    json!({ "eier": person(owner), "antallLedsagere": 1, "forvaltere": [person(guardian)], "eksternId": format!("Sak {PLACE}") })
}

pub fn read_card(text: &str) -> NyttBevis {
    let card: Value = serde_json::from_str(text).unwrap();
    let secret = |value: &Value| Secret::new(value.as_str().unwrap().to_owned());
    let person = |of: &Value| Person {
        navn: secret(&of["navn"]),
        fnr: secret(&of["fnr"]),
        telefonnummer: secret(&of["telefonnummer"]),
        adresse: Some(Adresse {
            adressenavn: secret(&of["adresse"]["adressenavn"]),
            postnummer: secret(&of["adresse"]["postnummer"]),
            poststed: secret(&of["adresse"]["poststed"]),
        }),
    };
    NyttBevis {
        eier: person(&card["eier"]),
        antall_ledsagere: 1,
        utlopsdato: None,
        varig: false,
        forvaltere: vec![person(&card["forvaltere"][0])],
        ekstern_id: Some(secret(&card["eksternId"])),
        bilde: None,
    }
}

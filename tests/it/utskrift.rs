//! The print supplier's API: which letters wait, what is in them, and what became of them.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::SignedDuration;
use meldeport::versions::Versjonert;
use openssl::sha::sha256;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{task::yield_now, time::timeout};

use crate::{
    brev::{fail, feilet, laid_out, mottatt},
    coverage::Seen,
    support::{Answer, Gate, PRINT, answer},
};

on_every_database! {
    letters_are_listed_page_by_page,
    a_waiting_call_wakes_up_when_a_letter_comes,
    the_sealed_pdf_can_be_fetched_again_and_again,
    a_posted_letter_is_delivered_and_erased,
    a_refused_letter_needs_a_person,
    a_reason_with_a_birth_number_is_refused,
}

async fn get(t: &Gate, rest: &str) -> Answer {
    t.caller(&t.town.utskrift).get(format!("{PRINT}/brev{rest}")).await
}

async fn post(t: &Gate, rest: &str, body: Option<Value>) -> Answer {
    let request = t.caller(&t.town.utskrift).request(Method::POST, format!("{PRINT}/brev{rest}"));
    answer(body.iter().fold(request, |request, body| request.json(body))).await
}

/// A letter that waits: the report's id and the letter's.
async fn letter(t: &Gate) -> (String, String) {
    let id = fail(t).await;
    t.run_jobs().await;
    let letters = t.letters().await;
    let letter = letters.iter().find(|letter| letter["bekymringsmeldingId"] == id).unwrap();
    let brev = letter["brevId"].as_str().unwrap().to_owned();
    (id, brev)
}

/// Provokes each error that the documents name.
pub async fn statuses(t: &Gate, seen: &mut Seen) {
    let ((_, posted), (_, refused), unknown) = (letter(t).await, letter(t).await, t.ids.uuid().to_string());
    let supplier = t.caller(&t.town.utskrift);
    let path = |brev: &str, rest: &str| format!("{PRINT}/brev/{brev}/{rest}");
    let content = |brev: &str| supplier.request(Method::GET, path(brev, "innhold"));
    let done = |brev: &str| supplier.request(Method::POST, path(brev, "postlagt"));
    let wrong = |brev: &str| supplier.request(Method::POST, path(brev, "avvist"));
    let reason = json!({ "arsak": "Feil 17" });
    for (id, request) in [
        ("getBrev", supplier.request(Method::GET, format!("{PRINT}/brev/{unknown}"))),
        ("getBrevInnhold", content(&unknown)),
        ("postBrevPostlagt", done(&unknown)),
        ("postBrevAvvist", wrong(&unknown).json(&reason)),
        ("getBrevInnhold", content(&posted).header("Range", "bytes=999999-")),
        ("postBrevAvvist", wrong(&posted).json(&json!({ "arsak": "x".repeat(70_000) }))),
        ("postBrevAvvist", wrong(&posted).body("x")),
        ("postBrevPostlagt", done(&posted)),
        ("getBrevInnhold", content(&posted)),
        ("postBrevAvvist", wrong(&posted).json(&reason)),
        ("postBrevAvvist", wrong(&refused).json(&reason)),
        ("getBrevInnhold", content(&refused)),
        ("postBrevPostlagt", done(&refused)),
    ] {
        seen.add(Versjonert::PrintV1, id, answer(request).await.status);
    }
}

async fn letters_are_listed_page_by_page(t: &mut Gate) {
    assert_eq!(get(t, "").await.json(200), json!({ "brev": [] }));
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(letter(t).await.1);
        t.clock.advance(SignedDuration::from_millis(1));
    }
    let (mut seen, mut path, mut pages) = (Vec::new(), "?antall=2".to_owned(), 0);
    loop {
        let page = get(t, &path).await.json(200);
        seen.extend(page["brev"].as_array().unwrap().iter().map(|row| row["brevId"].as_str().unwrap().to_owned()));
        pages += 1;
        if pages == 1 {
            // What has been seen may be posted while one goes on.
            post(t, &format!("/{}/postlagt", seen[0]), None).await.json(200);
        }
        let Some(next) = page["nesteMarkor"].as_str() else { break };
        path = format!("?antall=2&markor={next}");
    }
    assert_eq!(seen, all, "oldest first");
    assert_eq!(pages, 3);
    for wrong in ["antall=0", "vent=61", "markor=x"] {
        get(t, &format!("?{wrong}")).await.problem(400, "FORESPORSEL.PARAMETER");
    }
}

async fn a_waiting_call_wakes_up_when_a_letter_comes(t: &mut Gate) {
    let request = t.caller(&t.town.utskrift).request(Method::GET, format!("{PRINT}/brev?vent=60"));
    let call = tokio::spawn(answer(request));
    while t.services().signaler.brev.receiver_count() == 0 {
        yield_now().await;
    }
    let id = fail(t).await;
    t.run_jobs().await;
    let page = timeout(Duration::from_secs(30), call).await.expect("an answer before `vent` is over").unwrap();
    assert_eq!(page.json(200)["brev"][0]["bekymringsmeldingId"], id.as_str());
}

async fn the_sealed_pdf_can_be_fetched_again_and_again(t: &mut Gate) {
    let (id, report) = t.deliver().await;
    feilet(t, &id).await.json(200);
    t.run_jobs().await;
    let listed = t.letters().await.remove(0);
    let brev = listed["brevId"].as_str().unwrap();
    assert_eq!(get(t, &format!("/{brev}")).await.json(200), listed);
    assert_eq!(
        listed,
        json!({
            "brevId": brev,
            "bekymringsmeldingId": id,
            "opprettet": "2027-01-15T12:00:00.000Z",
            "adresse": {
                "navn": "Lillevik sentrum barnevern",
                "adresselinje1": "Fiktivgata 1",
                "postnummer": "9999",
                "poststed": "LILLEVIK",
            },
            "filnavn": "brev.pdf.cms",
            "sha256": hex::encode(sha256(&report.letter)),
            "storrelse": report.letter.len(),
            "mottakerSertifikatSerienummer": t.town.print.certificate.serial(),
            "status": "KLAR",
        })
    );
    for _ in 0..2 {
        let whole = get(t, &format!("/{brev}/innhold")).await;
        assert_eq!((whole.status, &whole.body[..]), (200, &report.letter[..]));
        let digest = format!("sha-256=:{}:", STANDARD.encode(sha256(&report.letter)));
        assert_eq!(whole.header("content-digest"), Some(digest.as_str()));
        assert_eq!(whole.header("content-disposition"), Some("attachment; filename=\"brev.pdf.cms\""));
        t.clock.advance(SignedDuration::from_mins(1));
    }
    let part = t.caller(&t.town.utskrift).request(Method::GET, format!("{PRINT}/brev/{brev}/innhold"));
    let part = answer(part.header("Range", "bytes=0-9")).await;
    assert_eq!((part.status, &part.body[..]), (206, &report.letter[..10]));
    let fetched = get(t, &format!("/{brev}")).await.json(200);
    assert_eq!(fetched["hentetTidspunkt"], "2027-01-15T12:00:00.000Z", "the first time");
    assert_eq!(t.letters().await.len(), 1, "it waits until it is posted");
    // Neither side's privilege is the other's.
    t.kommune().get(format!("{PRINT}/brev/{brev}/innhold")).await.problem(403, "TILGANG.PRIVILEGIUM_MANGLER");
    let queue = t.caller(&t.town.utskrift).get(t.queue("")).await;
    queue.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
}

async fn a_posted_letter_is_delivered_and_erased(t: &mut Gate) {
    let (id, brev) = letter(t).await;
    assert_eq!(laid_out(t), [brev.as_str()]);
    t.clock.advance(SignedDuration::from_hours(20));
    let first = post(t, &format!("/{brev}/postlagt"), None).await.json(200);
    assert_eq!(
        first,
        json!({
            "brevId": brev,
            "bekymringsmeldingId": id,
            "status": "POSTLAGT",
            "tidspunkt": "2027-01-16T08:00:00.000Z",
        })
    );
    t.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(post(t, &format!("/{brev}/postlagt"), None).await.json(200), first, "the same answer");
    let states = t.states(&id).await;
    assert_eq!(states, ["AKSEPTERT", "SENDT_FAGSYSTEM", "AVVIST_FAGSYSTEM", "SENDT_PRINT", "LEVERT"]);
    for table in ["innhold", "jobb"] {
        assert_eq!(t.database.count(table, "1 = 1").await, 0, "{table}");
    }
    assert_eq!(t.database.count("melding", "slettet IS NOT NULL AND levert = slettet").await, 1);
    assert!(laid_out(t).is_empty() && t.letters().await.is_empty());
    get(t, &format!("/{brev}/innhold")).await.problem(410, "BREV.SLETTET");
    let refused = post(t, &format!("/{brev}/avvist"), Some(json!({ "arsak": "Feil 17" }))).await;
    assert_eq!(refused.problem(409, "BREV.FEIL_STATUS")["errorJson"], json!({ "status": "POSTLAGT" }));
    let row = get(t, &format!("/{brev}")).await.json(200);
    assert_eq!((&row["status"], &row["ferdigTidspunkt"]), (&json!("POSTLAGT"), &first["tidspunkt"]));
    mottatt(t, &id).await.problem(409, "BEKYMRINGSMELDING.FEIL_TILSTAND");
    post(t, &format!("/{}/postlagt", t.ids.uuid()), None).await.problem(404, "BREV.IKKE_FUNNET");
}

async fn a_refused_letter_needs_a_person(t: &mut Gate) {
    let (id, brev) = letter(t).await;
    let reason = |text: &str| Some(json!({ "arsak": text }));
    let first = post(t, &format!("/{brev}/avvist"), reason("Skriveren tok fyr")).await.json(200);
    assert_eq!(first["status"], "AVVIST");
    t.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(post(t, &format!("/{brev}/avvist"), reason("Noe annet")).await.json(200), first, "the same answer");
    let history = t.history(crate::support::V2, &id).await;
    let last = history.last().unwrap();
    assert_eq!(last["tilstand"], "AVVIST_PRINT");
    assert!(last["beskrivelse"].as_str().unwrap().ends_with("Skriveren tok fyr"));
    assert!(laid_out(t).is_empty() && t.letters().await.is_empty(), "nobody prints it now");
    assert_eq!(t.database.count("innhold", "1 = 1").await, 1, "a person still needs it");
    get(t, &format!("/{brev}/innhold")).await.problem(409, "BREV.FEIL_STATUS");
    post(t, &format!("/{brev}/postlagt"), None).await.problem(409, "BREV.FEIL_STATUS");
    assert_eq!(t.states(&id).await.last().unwrap(), "AVVIST_PRINT");
}

async fn a_reason_with_a_birth_number_is_refused(t: &mut Gate) {
    let (_, brev) = letter(t).await;
    let path = format!("/{brev}/avvist");
    let refused = post(t, &path, Some(json!({ "arsak": "gjelder 010101 12345" }))).await;
    refused.problem(400, "BEKYMRINGSMELDING.FEILMELDING_PERSONDATA");
    assert!(!refused.text().contains("12345"));
    let empty = post(t, &path, Some(json!({ "arsak": " " }))).await;
    assert_eq!(empty.problem(400, "FORESPORSEL.KROPP")["errorJson"], json!({ "peker": "/arsak" }));
    post(t, &path, Some(json!({ "melding": "Feil" }))).await.problem(400, "FORESPORSEL.KROPP");
    post(t, "/x/postlagt", None).await.problem(400, "FORESPORSEL.PARAMETER");
}

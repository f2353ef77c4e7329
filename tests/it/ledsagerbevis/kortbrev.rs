//! Letters with cards: who gets one, what is in it, and what becomes of it whatever fails on the way.

use std::fs;

use jiff::SignedDuration;
use meldeport::{
    crypto::cms,
    delivery,
    domain::ledsagerbevis::{Kortbrevsteg, Kortbrevutfall},
    sandbox::personregister::PERSONER,
    store::kortbrev::Kortbrevleie,
};
use openssl::sha::sha256;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    OPPSETT,
    hendelser::{hendelser, typer},
    papir,
};
use crate::{
    brev::laid_out,
    coverage::Seen,
    support::{
        Answer, Gate, PRINT, Settings, answer,
        bevis::{EIER, FORELDER, Oppdiktet, foto, kort, last_opp, nytt, person, utsted},
        keep_log, log,
    },
};
use meldeport::versions::Versjonert;

on_every_database! {
    whoever_has_chosen_letters_sends_them_in_its_language,
    the_letter_goes_where_the_case_worker_or_the_register_says,
    a_letter_outlives_those_who_make_it,
    several_workers_send_each_letter_once,
    a_revoked_card_is_not_sent,
    the_supplier_says_what_became_of_it,
    what_cannot_be_sent_is_given_up_and_told,
    nothing_of_a_person_lies_about,
}

pub async fn velg_brev(t: &Gate, oppsett: Value) {
    let organisasjon = t.town.kommune.organisasjon.id;
    let request = t.kommune().request(Method::POST, format!("{OPPSETT}/organisasjoner/{organisasjon}/oppdater"));
    assert_eq!(answer(request.json(&oppsett)).await.status, 200);
}

fn brev() -> Value {
    json!({ "utsendingBrev": "SENDE_BREV" })
}

/// Makes and lays out the letters that are due.
pub async fn send(t: &Gate) {
    while delivery::kortbrev::send_due(t.services()).await.unwrap() > 0 {}
}

/// A card of whom, without the address.
fn uten_adresse(of: Oppdiktet) -> Value {
    let mut eier = person(of);
    eier.as_object_mut().unwrap().remove("adresse");
    json!({ "eier": eier, "antallLedsagere": 1 })
}

fn id(card: &Value) -> String {
    card["id"].as_str().unwrap().to_owned()
}

async fn get(t: &Gate, rest: &str) -> Answer {
    t.caller(&t.town.utskrift).get(format!("{PRINT}/kortbrev{rest}")).await
}

async fn post(t: &Gate, rest: &str, body: Option<Value>) -> Answer {
    let request = t.caller(&t.town.utskrift).request(Method::POST, format!("{PRINT}/kortbrev{rest}"));
    answer(body.iter().fold(request, |request, body| request.json(body))).await
}

async fn ventende(t: &Gate) -> Vec<Value> {
    get(t, "").await.json(200)["brev"].as_array().unwrap().clone()
}

/// The letter that waits with a card.
async fn brev_om(t: &Gate, card: &str) -> Value {
    let mut all = ventende(t).await.into_iter();
    all.find(|letter| letter["ledsagerbevisId"] == card).unwrap()
}

/// A card whose letter waits: the card's id and the letter's.
pub async fn ventende_brev(t: &Gate) -> (String, String) {
    velg_brev(t, brev()).await;
    let card = utsted(t, &json!({ "eier": person(EIER), "antallLedsagere": 1, "eksternId": t.ids.uuid() })).await;
    send(t).await;
    velg_brev(t, json!({ "utsendingBrev": "IKKE_SENDE_BREV" })).await;
    let found = brev_om(t, &id(&card)).await;
    (id(&card), found["brevId"].as_str().unwrap().to_owned())
}

/// Where the letter stands, as the case worker sees it.
async fn status(t: &Gate, card: &str) -> Value {
    hendelser(t, card).await["brev"].clone()
}

fn open(t: &Gate, sealed: &[u8]) -> Vec<u8> {
    cms::open(sealed, &[t.town.print.private_key().unwrap()]).unwrap().expose().clone()
}

fn text(pdf: &[u8]) -> String {
    let text = pdf_extract::extract_text_from_mem(pdf).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A worker's lease on the only letter that is due.
async fn lease(t: &Gate) -> Kortbrevleie {
    let mut taken = t.services().ta_kortbrev(10, SignedDuration::from_mins(5)).await.unwrap();
    assert_eq!(taken.len(), 1);
    taken.remove(0)
}

async fn revoke(t: &Gate, card: &str) {
    let revoke = t.kommune().request(Method::PATCH, kort(t, &format!("/{card}")));
    assert_eq!(answer(revoke.json(&json!({ "revokertGrunn": "Utstedt ved en feil." }))).await.status, 200);
}

async fn whoever_has_chosen_letters_sends_them_in_its_language(t: &mut Gate) {
    last_opp(t, foto(), Some(EIER.fnr)).await.json(200);
    let before = utsted(t, &nytt()).await;
    send(t).await;
    assert!(laid_out(t).is_empty() && ventende(t).await.is_empty());
    assert_eq!(status(t, &id(&before)).await, Value::Null, "nobody has chosen letters");
    for (sprak, tittel, kortet) in [
        ("BOKMAAL", "Vedtak om ledsagerbevis", "Gjelder for én ledsager"),
        ("NYNORSK", "Vedtak om ledsagarbevis", "Gjeld for éin ledsagar"),
    ] {
        velg_brev(t, json!({ "utsendingBrev": "SENDE_BREV", "spraak": sprak })).await;
        let mut body = nytt();
        body["eksternId"] = json!(format!("2027/{sprak}"));
        let card = utsted(t, &body).await;
        assert_eq!(utsted(t, &body).await["id"], card["id"], "repeating it is no second letter");
        assert_eq!(status(t, &id(&card)).await["status"], "BESTILT");
        send(t).await;
        let listed = brev_om(t, &id(&card)).await;
        let brev = listed["brevId"].as_str().unwrap().to_owned();
        let folder = t.spool().join(&brev);
        let sealed = fs::read(folder.join("brev.pdf.cms")).unwrap();
        let mut expected = json!({
            "type": "LEDSAGERBEVIS",
            "brevId": brev,
            "ledsagerbevisId": card["id"],
            "opprettet": "2027-01-15T12:00:00.000Z",
            "filnavn": "brev.pdf.cms",
            "sha256": hex::encode(sha256(&sealed)),
            "storrelse": sealed.len(),
            "mottakerSertifikatSerienummer": t.town.print.certificate.serial(),
        });
        let manifest: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
        assert_eq!(manifest, expected);
        expected["status"] = json!("KLAR");
        assert_eq!(listed, expected);
        let fetched = get(t, &format!("/{brev}/innhold")).await;
        assert_eq!((fetched.status, &fetched.body[..]), (200, &sealed[..]));
        let pdf = open(t, &sealed);
        let said = text(&pdf);
        let to = format!("{} {} {} {}", EIER.navn, EIER.adressenavn, EIER.postnummer, EIER.poststed);
        for part in [tittel, kortet, &to, FORELDER.navn, &format!("2027/{sprak}")] {
            assert!(said.contains(part), "{part}:\n{said}");
        }
        assert!(papir::code(&pdf).is_some(), "the card can be checked");
        let document = lopdf::Document::load_mem(&pdf).unwrap();
        let pages = document.get_pages().len();
        assert!(document.catalog().unwrap().has(b"StructTreeRoot") && pages >= 2, "{pages}");
        let events = typer(t, &id(&card)).await;
        assert_eq!(events.iter().filter(|event| *event == "SENDT_PRINT").count(), 1, "{events:?}");
        assert_eq!(status(t, &id(&card)).await["status"], "TIL_UTSKRIFT");
        let historikk = t.kommune().get(kort(t, &format!("/{}/historikk", id(&card)))).await.text();
        assert!(historikk.contains("SENDT_PRINT"), "{historikk}");
    }
    assert_eq!(laid_out(t).len(), 2);
    velg_brev(t, json!({ "utsendingBrev": "IKKE_SENDE_BREV" })).await;
    utsted(t, &uten_adresse(FORELDER)).await;
    send(t).await;
    assert_eq!(laid_out(t).len(), 2);
}

async fn the_letter_goes_where_the_case_worker_or_the_register_says(t: &mut Gate) {
    velg_brev(t, brev()).await;
    let hidden = PERSONER[4];
    let mut protected = json!({ "eier": person(hidden), "antallLedsagere": 1, "eksternId": "1" });
    protected["eier"]["adresse"] =
        json!({ "adressenavn": "Verge Fiktiv, Kontorgata 2", "postnummer": "9999", "poststed": "LILLEVIK" });
    for (body, to, never) in [
        (uten_adresse(EIER), Some("Oppdiktveien 1 9999 LILLEVIK"), None),
        (uten_adresse(hidden), None, None),
        (protected, Some("Verge Fiktiv, Kontorgata 2 9999 LILLEVIK"), Some(hidden.adressenavn)),
    ] {
        let card = id(&utsted(t, &body).await);
        send(t).await;
        let Some(to) = to else {
            not_sent(t, &card, "ingen adresse").await;
            continue;
        };
        let letter = brev_om(t, &card).await;
        let content = get(t, &format!("/{}/innhold", letter["brevId"].as_str().unwrap())).await;
        let said = text(&open(t, &content.body));
        assert!(said.contains(to), "{said}");
        assert!(never.is_none_or(|never| !said.contains(never)), "{said}");
    }
    assert_eq!(t.database.count("revisjon", "handling = 'sendKortbrev'").await, 4, "two questions, and two codes");
    // Nobody to ask.
    t.restart_with(Settings { has_register: false, ..Settings::default() }).await;
    let card = id(&utsted(t, &uten_adresse(FORELDER)).await);
    send(t).await;
    not_sent(t, &card, "ingen adresse").await;
}

/// The case worker is told that there is no letter, and why.
async fn not_sent(t: &Gate, card: &str, why: &str) {
    let brev = status(t, card).await;
    assert_eq!(brev["status"], "IKKE_SENDT");
    assert!(brev["arsak"].as_str().unwrap().contains(why), "{brev}");
    let events = typer(t, card).await;
    assert_eq!(events.iter().filter(|event| *event == "IKKE_SENDT_PRINT").count(), 1, "{events:?}");
    assert!(!events.contains(&"SENDT_PRINT".to_owned()));
    assert!(ventende(t).await.iter().all(|letter| letter["ledsagerbevisId"] != card));
    let left = "brev_id IN (SELECT id FROM kortbrev WHERE status = 'IKKE_SENDT')";
    assert_eq!(t.database.count("kortbrevinnhold", left).await, 0, "what was sealed is erased");
}

async fn a_letter_outlives_those_who_make_it(t: &mut Gate) {
    velg_brev(t, brev()).await;
    let card = id(&utsted(t, &nytt()).await);
    // Dies over the first step.
    let first = lease(t).await;
    send(t).await;
    assert!(laid_out(t).is_empty(), "it is leased");
    t.restart().await;
    t.clock.advance(SignedDuration::from_mins(6));
    // Dies after it.
    let second = lease(t).await;
    let Kortbrevsteg::LeggUt(sealed) = t.services().forsegl_kortbrev(&second).await.unwrap() else { panic!() };
    let slow = t.services().forsegl_kortbrev(&first).await.unwrap();
    assert_eq!(slow, Kortbrevsteg::Slutt(Kortbrevutfall::Overtatt), "who was slow has lost it");
    t.restart().await;
    t.clock.advance(SignedDuration::from_mins(6));
    // Dies when it is laid out, and before that is written down.
    let third = lease(t).await;
    let Kortbrevsteg::LeggUt(again) = t.services().forsegl_kortbrev(&third).await.unwrap() else { panic!() };
    assert_eq!(again.forseglet, sealed.forseglet, "it is not made twice");
    t.services().legg_ut_kortbrev(&third, &again).await.unwrap();
    t.database.execute("UPDATE kortbrev SET lagt_ut = NULL").await;
    t.database.execute("DELETE FROM ledsagerbevishendelse WHERE hendelse = 'SENDT_PRINT'").await;
    let before = laid_out(t);
    assert_eq!(before.len(), 1);
    t.services().rydd().await.unwrap();
    assert_eq!(laid_out(t), before, "somebody may be at it");
    send(t).await;
    assert_eq!(laid_out(t), before, "under the same name");
    let late = t.services().legg_ut_kortbrev(&second, &sealed).await.unwrap();
    assert_eq!(late, Kortbrevutfall::Overtatt);
    assert_eq!(typer(t, &card).await.iter().filter(|event| *event == "SENDT_PRINT").count(), 1);
    assert_eq!(ventende(t).await.len(), 1);
    // The supplier was quicker than whoever took over from a dead worker.
    let brev = before[0].clone();
    t.database.execute("UPDATE kortbrev SET lagt_ut = NULL").await;
    post(t, &format!("/{brev}/postlagt"), None).await.json(200);
    send(t).await;
    assert!(laid_out(t).is_empty());
    let events = typer(t, &card).await;
    assert_eq!(events.last().unwrap(), "BREV_POSTLAGT");
}

async fn several_workers_send_each_letter_once(t: &mut Gate) {
    velg_brev(t, brev()).await;
    let mut cards = Vec::new();
    for n in 0..6 {
        let mut body = nytt();
        body["eksternId"] = json!(format!("sak {n}"));
        cards.push(id(&utsted(t, &body).await));
    }
    let workers: Vec<_> = (0..4).map(|_| send(t)).collect();
    futures_util::future::join_all(workers).await;
    assert_eq!((laid_out(t).len(), ventende(t).await.len()), (6, 6));
    for card in cards {
        assert_eq!(typer(t, &card).await.iter().filter(|event| *event == "SENDT_PRINT").count(), 1);
    }
    // Page by page.
    let first = get(t, "?antall=4").await.json(200);
    let rest = get(t, &format!("?antall=4&markor={}", first["nesteMarkor"].as_str().unwrap())).await.json(200);
    assert_eq!((first["brev"].as_array().unwrap().len(), rest["brev"].as_array().unwrap().len()), (4, 2));
    assert!(rest.get("nesteMarkor").is_none());
}

async fn a_revoked_card_is_not_sent(t: &mut Gate) {
    velg_brev(t, brev()).await;
    let issue = async |t: &Gate, n: u8| {
        let mut body = nytt();
        body["eksternId"] = json!(format!("sak {n}"));
        id(&utsted(t, &body).await)
    };
    let card = issue(t, 1).await;
    revoke(t, &card).await;
    send(t).await;
    not_sent(t, &card, "trukket tilbake").await;
    // Between the steps.
    let card = issue(t, 2).await;
    let ours = lease(t).await;
    let Kortbrevsteg::LeggUt(brev) = t.services().forsegl_kortbrev(&ours).await.unwrap() else { panic!() };
    revoke(t, &card).await;
    let ended = t.services().legg_ut_kortbrev(&ours, &brev).await.unwrap();
    assert_eq!(ended, Kortbrevutfall::IkkeSendt);
    not_sent(t, &card, "trukket tilbake").await;
    // When it lay in the folder already, and nobody had said so.
    let card = issue(t, 3).await;
    let ours = lease(t).await;
    let Kortbrevsteg::LeggUt(brev) = t.services().forsegl_kortbrev(&ours).await.unwrap() else { panic!() };
    t.services().legg_ut_kortbrev(&ours, &brev).await.unwrap();
    t.database.execute("UPDATE kortbrev SET lagt_ut = NULL WHERE status = 'KLAR'").await;
    t.database.execute("DELETE FROM ledsagerbevishendelse WHERE hendelse = 'SENDT_PRINT'").await;
    revoke(t, &card).await;
    send(t).await;
    not_sent(t, &card, "trukket tilbake").await;
    assert!(laid_out(t).is_empty());
    let refused = post(t, &format!("/{}/postlagt", brev.id), None).await;
    assert_eq!(refused.problem(409, "BREV.FEIL_STATUS")["errorJson"], json!({ "status": "IKKE_SENDT" }));
}

async fn the_supplier_says_what_became_of_it(t: &mut Gate) {
    let (card, brev) = ventende_brev(t).await;
    let (other, refused) = ventende_brev(t).await;
    assert_eq!(laid_out(t).len(), 2);
    t.clock.advance(SignedDuration::from_hours(20));
    let first = post(t, &format!("/{brev}/postlagt"), None).await.json(200);
    let expected = json!({
        "brevId": brev, "ledsagerbevisId": card, "status": "POSTLAGT", "tidspunkt": "2027-01-16T08:00:00.000Z",
    });
    assert_eq!(first, expected);
    t.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(post(t, &format!("/{brev}/postlagt"), None).await.json(200), first, "the same answer");
    assert_eq!(t.database.count("kortbrevinnhold", "1 = 1").await, 1, "the other one's");
    assert_eq!(laid_out(t), [refused.as_str()]);
    get(t, &format!("/{brev}/innhold")).await.problem(410, "BREV.SLETTET");
    let reason = |text: &str| Some(json!({ "arsak": text }));
    post(t, &format!("/{brev}/avvist"), reason("Feil 17")).await.problem(409, "BREV.FEIL_STATUS");
    let brevet = status(t, &card).await;
    assert_eq!(brevet, json!({ "status": "POSTLAGT", "tidspunkt": "2027-01-16T08:00:00.000Z" }));
    assert_eq!(typer(t, &card).await.last().unwrap(), "BREV_POSTLAGT");

    let birth_number = format!("Gjelder {}", EIER.fnr);
    post(t, &format!("/{refused}/avvist"), reason(&birth_number))
        .await
        .problem(400, "BEKYMRINGSMELDING.FEILMELDING_PERSONDATA");
    let said = post(t, &format!("/{refused}/avvist"), reason("Skriveren tok fyr")).await.json(200);
    assert_eq!(post(t, &format!("/{refused}/avvist"), reason("Noe annet")).await.json(200), said);
    let brevet = status(t, &other).await;
    assert_eq!((&brevet["status"], &brevet["arsak"]), (&json!("AVVIST"), &json!("Skriveren tok fyr")));
    assert_eq!(typer(t, &other).await.last().unwrap(), "AVVIST_PRINT");
    assert!(laid_out(t).is_empty() && ventende(t).await.is_empty());
    assert_eq!(t.database.count("kortbrevinnhold", "1 = 1").await, 0);
    get(t, &format!("/{refused}/innhold")).await.problem(409, "BREV.FEIL_STATUS");
    // A report's letters are others, and neither list has the other's.
    assert!(t.letters().await.is_empty());
    t.caller(&t.town.utskrift).post(format!("{PRINT}/brev/{brev}/postlagt")).await.problem(404, "BREV.IKKE_FUNNET");
    post(t, &format!("/{}/postlagt", t.ids.uuid()), None).await.problem(404, "BREV.IKKE_FUNNET");
    t.kommune().get(format!("{PRINT}/kortbrev")).await.problem(403, "TILGANG.PRIVILEGIUM_MANGLER");
}

async fn what_cannot_be_sent_is_given_up_and_told(t: &mut Gate) {
    velg_brev(t, brev()).await;
    // A folder that cannot be made.
    fs::write(t.spool(), b"in the way").unwrap();
    let card = id(&utsted(t, &nytt()).await);
    send(t).await;
    assert_eq!(status(t, &card).await["status"], "BESTILT");
    t.clock.advance(SignedDuration::from_secs(10));
    fs::remove_file(t.spool()).unwrap();
    send(t).await;
    assert_eq!(laid_out(t).len(), 1, "when it can be, it is");
    // Nobody to seal to, for days.
    t.database.execute("DELETE FROM nokkel WHERE kommunenummer IS NULL").await;
    let card = id(&utsted(t, &uten_adresse(FORELDER)).await);
    for _ in 0..3 {
        send(t).await;
        assert_eq!(status(t, &card).await["status"], "BESTILT");
        t.clock.advance(SignedDuration::from_hours(24));
    }
    send(t).await;
    not_sent(t, &card, "gjentatte forsøk").await;
    assert_eq!(t.database.count("kortbrev", "leie_merke IS NOT NULL").await, 0);
}

async fn nothing_of_a_person_lies_about(t: &mut Gate) {
    keep_log();
    velg_brev(t, brev()).await;
    last_opp(t, foto(), Some(EIER.fnr)).await.json(200);
    let mut body = json!({ "eier": person(EIER), "antallLedsagere": 1 });
    body["eier"]["navn"] = json!("Brevmerke Fantasisen");
    body["eier"]["adresse"]["adressenavn"] = json!("Postmerkeveien 9");
    utsted(t, &body).await;
    send(t).await;
    t.send_sms().await;
    let letter = ventende(t).await.remove(0);
    let folder = t.spool().join(letter["brevId"].as_str().unwrap());
    let sealed = fs::read(folder.join("brev.pdf.cms")).unwrap();
    let said = text(&open(t, &sealed));
    let dump = t.database.dump().await;
    let manifest = fs::read(folder.join("manifest.json")).unwrap();
    let everything = [&dump[..], &sealed, &manifest, letter.to_string().as_bytes(), log().as_bytes()].concat();
    assert!(everything.len() > 20_000, "the letter is in the dump");
    for mark in ["Brevmerke Fantasisen", "Postmerkeveien 9"] {
        assert!(said.contains(mark), "{said}");
        assert!(!everything.windows(mark.len()).any(|window| window == mark.as_bytes()), "{mark}");
    }
    for mark in ["%PDF", EIER.fnr] {
        assert!(!everything.windows(mark.len()).any(|window| window == mark.as_bytes()), "{mark}");
    }
}

/// Provokes each error that the documents name.
pub async fn statuses(t: &Gate, seen: &mut Seen) {
    let ((_, posted), (_, refused)) = (ventende_brev(t).await, ventende_brev(t).await);
    let unknown = t.ids.uuid().to_string();
    let supplier = t.caller(&t.town.utskrift);
    let path = |brev: &str, rest: &str| format!("{PRINT}/kortbrev/{brev}/{rest}");
    let content = |brev: &str| supplier.request(Method::GET, path(brev, "innhold"));
    let done = |brev: &str| supplier.request(Method::POST, path(brev, "postlagt"));
    let wrong = |brev: &str| supplier.request(Method::POST, path(brev, "avvist"));
    let reason = json!({ "arsak": "Feil 17" });
    for (id, request) in [
        ("getKortbrevInnhold", content(&unknown)),
        ("postKortbrevPostlagt", done(&unknown)),
        ("postKortbrevAvvist", wrong(&unknown).json(&reason)),
        ("getKortbrevInnhold", content(&posted).header("Range", "bytes=999999999-")),
        ("postKortbrevAvvist", wrong(&posted).json(&json!({ "arsak": "x".repeat(70_000) }))),
        ("postKortbrevAvvist", wrong(&posted).body("x")),
        ("postKortbrevPostlagt", done(&posted)),
        ("getKortbrevInnhold", content(&posted)),
        ("postKortbrevAvvist", wrong(&posted).json(&reason)),
        ("postKortbrevAvvist", wrong(&refused).json(&reason)),
        ("getKortbrevInnhold", content(&refused)),
        ("postKortbrevPostlagt", done(&refused)),
    ] {
        seen.add(Versjonert::PrintV1, id, answer(request).await.status);
    }
}

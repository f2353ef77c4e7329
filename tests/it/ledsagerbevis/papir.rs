//! A card on paper, through the door: what it says, in whose language, and who gets it.

use jiff::SignedDuration;
use lopdf::Document;
use meldeport::{
    crypto::issuers::TrustedIssuers,
    domain::oppsett::Oppsett,
    kort::kontroll::{self, Avslag, Godtatt, Grunnlag, Sperring},
    model::{gruppe::Medlemsart, integrasjon::Privilegium},
    sandbox::town::ANSATTE,
    system::Clock as _,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{OPPSETT, gruppe, medlem};
use crate::support::{
    Answer, Gate, Settings, UTSTEDER, answer,
    bevis::{EIER, FORELDER, HJELPER, foto, kort, last_opp, nytt, person, utsted},
};

on_every_database! {
    a_case_worker_prints_the_card_and_the_letter,
    the_organisation_s_language_and_contacts_are_on_the_letter,
    only_the_organisation_s_case_workers_print,
    a_revoked_card_is_not_printed,
    the_code_is_judged_with_nothing_but_what_is_public,
    paper_that_says_too_much_counts_no_longer,
    without_an_issuer_s_key_there_is_no_code,
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
    assert_eq!(photos.count(), 2, "the owner's photo, and the code");

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

/// What a camera reads in the code on a card.
pub fn code(pdf: &[u8]) -> Option<String> {
    let document = Document::load_mem(pdf).unwrap();
    let pictures = document.objects.values().filter_map(|object| object.as_stream().ok());
    let name = |stream: &lopdf::Stream, key: &[u8]| {
        stream.dict.get(key).ok().and_then(|value| value.as_name().ok()).unwrap_or_default().to_vec()
    };
    // The photo is a JPEG as it stands.
    let mut drawn =
        pictures.filter(|stream| name(stream, b"Subtype") == b"Image" && name(stream, b"Filter") != b"DCTDecode");
    let picture = drawn.next()?;
    let number = |key: &[u8]| usize::try_from(picture.dict.get(key).unwrap().as_i64().unwrap()).unwrap();
    let (width, height) = (number(b"Width"), number(b"Height"));
    assert_eq!(number(b"BitsPerComponent"), 8);
    let pixels = picture.decompressed_content().unwrap();
    let channels = pixels.len() / (width * height);
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[(y * width + x) * channels]);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1);
    Some(grids[0].decode().unwrap().1)
}

async fn open(t: &Gate, address: &str) -> Answer {
    answer(t.http.get(format!("{}{}", t.url, address.strip_prefix(UTSTEDER).unwrap_or(address)))).await
}

/// The list and the place that a code has.
fn place(code: &str) -> (String, u64) {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let payload = URL_SAFE_NO_PAD.decode(code.split('.').nth(1).unwrap()).unwrap();
    let status = &serde_json::from_slice::<Value>(&payload).unwrap()["status"]["status_list"];
    (status["uri"].as_str().unwrap().to_owned(), status["idx"].as_u64().unwrap())
}

/// The verdict of somebody who fetched everything a moment ago.
async fn judge(t: &Gate, code: &str) -> Result<Godtatt, Avslag> {
    // Until lists are made anew.
    t.clock.advance(SignedDuration::from_secs(10));
    let issuers = TrustedIssuers::from_json(&open(t, "/ledsagerbevis/issuers.json").await.body).unwrap();
    let list = open(t, &place(code).0).await;
    assert_eq!(list.status, 200, "{}", list.text());
    let grunnlag = Grunnlag {
        utstedere: &issuers,
        sperrelister: &[list.text()],
        bilde: None,
        mottaker: Some("https://kino.example"),
        utfordring: None,
        maks_alder: kontroll::MAKS_ALDER,
        now: t.clock.now(),
    };
    kontroll::kontroller(code, &grunnlag)
}

async fn the_code_is_judged_with_nothing_but_what_is_public(t: &mut Gate) {
    last_opp(t, foto(), Some(EIER.fnr)).await.json(200);
    let card = utsted(t, &nytt()).await;
    let paper = code(&print(t, &card, "kort.pdf").await.body).unwrap();
    let godtatt = judge(t, &paper).await.unwrap();
    assert!(godtatt.papir && godtatt.utsteder == UTSTEDER, "{godtatt:?}");
    assert_eq!(godtatt.vist.navn.as_ref().unwrap().expose(), EIER.navn);
    assert!(matches!(godtatt.sperring, Sperring::Fersk { .. }));
    let (list, _) = place(&paper);
    assert_eq!(list, format!("{UTSTEDER}/ledsagerbevis/status/papir/1"));
    assert_eq!(open(t, "/ledsagerbevis-papir/v1").await.json(200)["vct"], format!("{UTSTEDER}/ledsagerbevis-papir/v1"));
    open(t, "/ledsagerbevis/status/papir/2").await.problem(404, "FORESPORSEL.UKJENT_ADRESSE");

    // The same again has the same place, and another card another one.
    let again = code(&print(t, &card, "kort.pdf").await.body).unwrap();
    assert_eq!(place(&again), place(&paper));
    let other = utsted(t, &json!({ "eier": person(HJELPER), "antallLedsagere": 1 })).await;
    let other = code(&print(t, &other, "kort.pdf").await.body).unwrap();
    assert_ne!(place(&other), place(&paper));
    assert_eq!(t.database.count("papirkort", "1 = 1").await, 2);

    let revoke = t.kommune().request(Method::PATCH, kort(t, &format!("/{}", card["id"].as_str().unwrap())));
    assert_eq!(answer(revoke.json(&json!({ "revokertGrunn": "Utstedt ved en feil." }))).await.status, 200);
    assert_eq!(judge(t, &paper).await.unwrap_err().code(), "SPERRELISTE.TRUKKET");
    assert!(judge(t, &other).await.is_ok());
}

async fn paper_that_says_too_much_counts_no_longer(t: &mut Gate) {
    let body = json!({ "eier": person(EIER), "antallLedsagere": 2, "utlopsdato": "2029-01-15" });
    let card = utsted(t, &body).await;
    let change = async |t: &Gate, to: &str| t.database.execute(&format!("UPDATE ledsagerbevis SET {to}")).await;
    let paper = async |t: &Gate| code(&print(t, &card, "kort.pdf").await.body).unwrap();
    let two = paper(t).await;
    // What says less than the card does is still true.
    change(t, "utlopsdato = '2030-01-15'").await;
    assert!(judge(t, &two).await.is_ok());
    change(t, "antall_ledsagere = 1").await;
    assert_eq!(judge(t, &two).await.unwrap_err().code(), "SPERRELISTE.TRUKKET");
    let one = paper(t).await;
    assert_ne!(place(&one), place(&two));
    assert!(judge(t, &one).await.is_ok());
    change(t, "utlopsdato = NULL").await;
    let varig = paper(t).await;
    assert!(judge(t, &varig).await.is_ok() && judge(t, &one).await.is_ok());
    change(t, "utlopsdato = '2028-12-31'").await;
    for gone in [&one, &varig] {
        assert_eq!(judge(t, gone).await.unwrap_err().code(), "SPERRELISTE.TRUKKET");
    }
    let last = paper(t).await;
    assert!(judge(t, &last).await.is_ok());
    let photo = last_opp(t, foto(), Some(EIER.fnr)).await.json(200)["bildeId"].as_str().unwrap().to_owned();
    change(t, &format!("bilde_id = {}", t.database.uuid(&photo))).await;
    assert_eq!(judge(t, &last).await.unwrap_err().code(), "SPERRELISTE.TRUKKET", "another photo");
}

async fn without_an_issuer_s_key_there_is_no_code(t: &mut Gate) {
    t.restart_with(Settings { issuer_keys: &[], ..Settings::default() }).await;
    let card = utsted(t, &nytt()).await;
    let pdf = print(t, &card, "kort.pdf").await;
    assert_eq!(code(&pdf.body), None);
    assert!(!text(&pdf).contains("Skann koden"));
}

//! The SvarInn look-alike: list, fetch and receipt by HTTP Basic.

use jiff::SignedDuration;
use meldeport::{
    http::RateSettings,
    model::{Organisasjonsnummer, melding::Kanal},
    versions::Versjonert,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    coverage::Seen,
    support::{Answer, Gate, Sak, Settings, Svarinn, V2, answer},
};

on_every_database! {
    a_report_is_listed_fetched_and_receipted,
    an_office_without_an_address_is_listed_all_the_same,
    only_the_office_s_own_account_is_let_in,
    an_account_sees_its_own_office_only,
    at_most_two_hundred_are_listed_oldest_first,
    a_permanent_failure_becomes_a_letter,
    a_temporary_failure_leaves_the_report_in_the_list,
    a_failure_tells_nothing_about_persons,
    receipts_need_a_report_that_waits,
    one_account_cannot_use_up_the_gateway,
    parameters_are_named_as_in_the_path,
}

/// An account of the first office, and a report that waits in it.
async fn begin(t: &Gate) -> (Svarinn, String, crate::support::Report) {
    let account = t.svarinn(0).await;
    let (id, report) = t.deliver_in(Kanal::Svarinn).await;
    (account, id, report)
}

async fn fail(account: &Svarinn, id: &str, body: &Value) -> Answer {
    answer(account.request(Method::POST, format!("/mottakFeilet/forsendelse/{id}")).json(body)).await
}

async fn a_report_is_listed_fetched_and_receipted(t: &mut Gate) {
    let (account, id, report) = begin(t).await;
    let list = account.get("/mottaker/hentNyeForsendelser").await.json(200);
    let filename = format!("FiksIO_encrypted_{}_01.zip", t.town.kommune.organisasjon.id);
    let sha256 = hex::encode(meldeport::crypto::sha256(&report.asice));
    let url = format!("{}/bekymringsmelding-svarinn-mottak/api/v1/forsendelse/{id}", t.url);
    let expected = json!([{
        "avsender": { "navn": "Fjelltoppen skole" },
        "mottaker": {
            "navn": "Lillevik sentrum barnevern",
            "adresse1": "Fiktivgata 1",
            "postnr": "9999",
            "poststed": "LILLEVIK",
            "land": "Norge",
            "orgnr": "999999984",
        },
        "id": id,
        "tittel": "Bekymringsmelding",
        "date": t.now(),
        "serverUrl": t.url,
        "status": "Akseptert",
        "niva": "4",
        "filmetadata": [{
            "filnavn": filename,
            "mimetype": "application/zip",
            "sha256hash": sha256,
            "size": report.asice.len(),
        }],
        "forsendelseType": "no.ks.fiks.bekymringsmelding.offentlig.v2",
        "eksternRef": id,
        "downloadUrl": url,
    }]);
    assert_eq!(list, expected);
    let file = answer(t.http.get(&url).basic_auth(account.integrasjon, Some(&account.passord))).await;
    assert_eq!((file.status, &file.body[..]), (200, &report.asice[..]), "byte for byte");
    assert_eq!(file.header("content-type"), Some("application/pdf"));
    assert_eq!(file.header("content-disposition"), Some(&*format!("attachment; filename=\"{filename}\"")));
    let part = answer(account.request(Method::GET, format!("/forsendelse/{id}")).header("Range", "bytes=0-9")).await;
    assert_eq!((part.status, &part.body[..]), (206, &report.asice[..10]));
    assert_eq!(account.waiting().await, [id.as_str()], "fetching is not receipting");
    for _ in 0..2 {
        let receipt = account.post(format!("/kvitterMottak/forsendelse/{id}")).await;
        assert_eq!((receipt.status, receipt.body.len()), (200, 0));
    }
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "LEVERT"]);
    assert!(account.waiting().await.is_empty());
    account.get(format!("/forsendelse/{id}")).await.problem(410, "BEKYMRINGSMELDING.SLETTET");
    assert_eq!(t.database.count("innhold", "1 = 1").await + t.database.count("jobb", "1 = 1").await, 0);
}

async fn an_office_without_an_address_is_listed_all_the_same(t: &mut Gate) {
    let (account, ..) = begin(t).await;
    let own: Organisasjonsnummer = "999999976".parse().unwrap();
    t.database.execute(&format!("UPDATE bydel SET adresse = NULL, svarinn_orgnr = '{own}'")).await;
    let list = account.get("/mottaker/hentNyeForsendelser").await.json(200);
    let expected = json!({ "navn": "Lillevik sentrum barnevern", "land": "Norge", "orgnr": own });
    assert_eq!(list[0]["mottaker"], expected);
}

async fn only_the_office_s_own_account_is_let_in(t: &mut Gate) {
    let (account, id, _) = begin(t).await;
    let calls = [
        (Method::GET, "/mottaker/hentNyeForsendelser".to_owned()),
        (Method::GET, format!("/forsendelse/{id}")),
        (Method::POST, format!("/kvitterMottak/forsendelse/{id}")),
        (Method::POST, format!("/mottakFeilet/forsendelse/{id}")),
    ];
    let system = t.kommune();
    let turned_off = t.svarinn(1).await;
    let off = t.database.uuid(&turned_off.integrasjon.to_string());
    t.database.execute(&format!("UPDATE integrasjon SET aktiv = false WHERE id = {off}")).await;
    for (method, path) in calls {
        let url = format!("{}/bekymringsmelding-svarinn-mottak/api/v1{path}", t.url);
        let bare = || t.http.request(method.clone(), &url);
        let name = account.integrasjon.to_string();
        // The system of the municipality may do more elsewhere, and nothing here; its token neither.
        let wrong = [
            (bare(), "MANGLER"),
            (bare().bearer_auth(&system.token), "MANGLER"),
            (bare().header("Authorization", "Basic"), "MANGLER"),
            (bare().header("Authorization", "Basic !!!"), "MANGLER"),
            (bare().basic_auth(&name, None::<&str>), "UGYLDIG"),
            (bare().basic_auth(&name, Some("feil")), "UGYLDIG"),
            (bare().basic_auth(&name, Some(&turned_off.passord)), "UGYLDIG"),
            (bare().basic_auth("barnevernet", Some(&account.passord)), "UGYLDIG"),
            (bare().basic_auth(t.ids.uuid(), Some(&account.passord)), "UGYLDIG"),
            (bare().basic_auth(&system.integrasjon, Some(&system.passord)), "UGYLDIG"),
        ];
        for (request, code) in wrong {
            let refused = answer(request).await;
            refused.problem(401, &format!("TILGANG.SVARINN_{code}"));
            assert_eq!(refused.header("www-authenticate"), Some(r#"Basic realm="meldeport", charset="UTF-8""#));
        }
        let refused = answer(turned_off.request(method, path)).await;
        refused.problem(403, "TILGANG.INTEGRASJON_DEAKTIVERT");
    }
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM"]);
    // The account opens nothing else.
    let elsewhere = crate::support::Caller {
        integrasjon: account.integrasjon.to_string(),
        passord: account.passord.clone(),
        ..t.kommune()
    };
    elsewhere.get(t.queue("")).await.problem(404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET");
    elsewhere.get(format!("{V2}/kommuner")).await.problem(403, "TILGANG.PRIVILEGIUM_MANGLER");
}

async fn an_account_sees_its_own_office_only(t: &mut Gate) {
    let (account, id, _) = begin(t).await;
    let other = t.svarinn(1).await;
    t.set_kanal(1, Kanal::Svarinn).await;
    let (theirs, report) = t.deliver_to(1, Sak::Privat).await;
    assert_eq!(account.waiting().await, [id]);
    assert_eq!(other.waiting().await, [theirs.as_str()]);
    for path in ["/forsendelse/", "/kvitterMottak/forsendelse/", "/mottakFeilet/forsendelse/"] {
        let method = if path == "/forsendelse/" { Method::GET } else { Method::POST };
        for id in [&theirs, &t.ids.uuid().to_string()] {
            let refused = answer(account.request(method.clone(), format!("{path}{id}"))).await;
            refused.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
        }
    }
    fail(&account, &theirs, &json!({ "permanent": false })).await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    assert_eq!(other.get(format!("/forsendelse/{theirs}")).await.body, report.asice);
    let list = other.get("/mottaker/hentNyeForsendelser").await.json(200);
    assert_eq!(list[0]["forsendelseType"], "no.ks.fiks.bekymringsmelding.privat.v1");
    // An office that takes no new reports still has its old ones.
    t.database.execute("UPDATE bydel SET aktiv = false").await;
    assert_eq!(other.waiting().await, [theirs]);
}

async fn at_most_two_hundred_are_listed_oldest_first(t: &mut Gate) {
    let account = t.svarinn(0).await;
    t.set_kanal(0, Kanal::Svarinn).await;
    let mut sent = Vec::new();
    for _ in 0..201 {
        sent.push(t.send(&t.report()).await);
        t.clock.advance(SignedDuration::from_millis(1));
    }
    t.run_jobs().await;
    assert_eq!(account.waiting().await, sent[..200]);
    assert_eq!(account.post(format!("/kvitterMottak/forsendelse/{}", sent[0])).await.status, 200);
    assert_eq!(account.waiting().await, sent[1..]);
}

async fn a_permanent_failure_becomes_a_letter(t: &mut Gate) {
    let (account, ..) = begin(t).await;
    let long = "x".repeat(2000);
    let cases = [
        (None, "uten oppgitt grunn."),
        (Some(json!({})), "uten oppgitt grunn."),
        (Some(json!({ "feilmelding": "Feil 17", "permanent": true })), "Feil 17"),
        (Some(json!({ "feilmelding": " " })), "uten oppgitt grunn."),
        (Some(json!({ "feilmelding": long })), &long[..500]),
    ];
    for (body, reason) in cases {
        let (id, _) = t.deliver_in(Kanal::Svarinn).await;
        for _ in 0..2 {
            let request = account.request(Method::POST, format!("/mottakFeilet/forsendelse/{id}"));
            let request = body.iter().fold(request, |request, body| request.json(body));
            let receipt = answer(request).await;
            assert_eq!((receipt.status, receipt.body.len()), (200, 0), "{}", receipt.text());
        }
        let history = t.history(V2, &id).await;
        assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "AVVIST_FAGSYSTEM"]);
        let text = history[2]["beskrivelse"].as_str().unwrap();
        assert_eq!(text, format!("Mottakerens system kunne ikke ta imot meldingen: {reason}"));
        let jobs = format!("kanal = 'PRINT' AND melding_id = {}", t.database.uuid(&id));
        assert_eq!(t.database.count("jobb", &jobs).await, 1);
        assert_eq!(t.database.count("jobb", &format!("{jobs} AND tidligst <= {}", t.now())).await, 1, "at once");
        assert!(!account.waiting().await.contains(&id));
        account.get(format!("/forsendelse/{id}")).await.problem(409, "BEKYMRINGSMELDING.FEIL_TILSTAND");
        let late = account.post(format!("/kvitterMottak/forsendelse/{id}")).await;
        late.problem(409, "BEKYMRINGSMELDING.FEIL_TILSTAND");
    }
}

async fn a_temporary_failure_leaves_the_report_in_the_list(t: &mut Gate) {
    let (account, id, report) = begin(t).await;
    let body = json!({ "feilmelding": "Arkivet svarer ikke", "permanent": false });
    for _ in 0..2 {
        assert_eq!(fail(&account, &id, &body).await.status, 200);
    }
    assert_eq!(account.waiting().await, [id.as_str()]);
    assert_eq!(account.get(format!("/forsendelse/{id}")).await.body, report.asice);
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM"], "nothing has happened to the report");
    let later = format!("kanal = 'PRINT' AND tidligst > {}", t.now());
    assert_eq!(t.database.count("jobb", &later).await, 1, "the deadline is the same");
    let trail = t.trail(&id).await;
    assert_eq!(trail.len(), 2);
    assert_eq!(trail[0].handling, "postFeilet");
    assert_eq!(trail[0].etter_endring, Some(body.clone()));
    assert_eq!(account.post(format!("/kvitterMottak/forsendelse/{id}")).await.status, 200);
    fail(&account, &id, &body).await.problem(409, "BEKYMRINGSMELDING.FEIL_TILSTAND");
}

async fn a_failure_tells_nothing_about_persons(t: &mut Gate) {
    let (account, id, _) = begin(t).await;
    for permanent in [true, false] {
        let body = json!({ "feilmelding": "Gjelder 010101 12345", "permanent": permanent });
        fail(&account, &id, &body).await.problem(400, "BEKYMRINGSMELDING.FEILMELDING_PERSONDATA");
    }
    assert_eq!(account.waiting().await, [id]);
    assert_eq!(t.database.count("revisjon", "1 = 1").await, 0);
}

async fn receipts_need_a_report_that_waits(t: &mut Gate) {
    let account = t.svarinn(0).await;
    t.set_kanal(0, Kanal::Svarinn).await;
    let accepted = t.send(&t.report()).await;
    for path in ["kvitterMottak", "mottakFeilet"] {
        let refused = account.post(format!("/{path}/forsendelse/{accepted}")).await;
        refused.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    }
    account.get(format!("/forsendelse/{accepted}")).await.problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    t.run_jobs().await;
    for wrong in [json!([]), json!({ "permanent": "nei" }), json!("x")] {
        fail(&account, &accepted, &wrong).await.problem(400, "FORESPORSEL.KROPP");
    }
    let xml = account.request(Method::POST, format!("/mottakFeilet/forsendelse/{accepted}")).body("<x/>");
    answer(xml.header("Content-Type", "application/xml")).await.problem(415, "FORESPORSEL.INNHOLDSTYPE");
    assert_eq!(account.waiting().await, [accepted]);
}

async fn one_account_cannot_use_up_the_gateway(t: &mut Gate) {
    let account = t.svarinn(0).await;
    t.restart_with(Settings { rate: RateSettings { per_second: 1, burst: 3 }, ..Settings::default() }).await;
    let account = Svarinn { url: t.url.clone(), http: t.http.clone(), ..account };
    let mut answers = Vec::new();
    for _ in 0..50 {
        answers.push(account.get("/mottaker/hentNyeForsendelser").await);
    }
    let refused = answers.iter().find(|answer| answer.status != 200).expect("a limit");
    refused.problem(429, "FORESPORSEL.FOR_MANGE");
}

async fn parameters_are_named_as_in_the_path(t: &mut Gate) {
    let account = t.svarinn(0).await;
    let refused = account.get("/forsendelse/ola-nordmann-01010112345").await;
    let body = refused.problem(400, "FORESPORSEL.PARAMETER");
    assert!(body["message"].as_str().unwrap().contains("forsendelseId skal være"), "{body}");
    assert!(!body.to_string().contains("nordmann"), "{body}");
}

/// What the look-alike answers besides success, for the table of operations.
pub async fn statuses(t: &Gate, seen: &mut Seen) {
    let (account, id, _) = begin(t).await;
    let (done, _) = t.deliver().await;
    let (refused, _) = t.deliver().await;
    account.post(format!("/kvitterMottak/forsendelse/{done}")).await;
    account.post(format!("/mottakFeilet/forsendelse/{refused}")).await;
    t.set_kanal(0, Kanal::Fagsystem).await;
    let mut add = |id: &str, answer: Answer| seen.add(Versjonert::SvarinnMottakV1, id, answer.status);
    add("getForsendelser", account.get("/mottaker/hentNyeForsendelser").await);
    for report in [&done, &refused, &account.integrasjon.to_string()] {
        add("getFil", account.get(format!("/forsendelse/{report}")).await);
        add("postMottatt", account.post(format!("/kvitterMottak/forsendelse/{report}")).await);
        add("postFeilet", account.post(format!("/mottakFeilet/forsendelse/{report}")).await);
    }
    let beyond = account.request(Method::GET, format!("/forsendelse/{id}")).header("Range", "bytes=9999999-");
    add("getFil", answer(beyond).await);
    let feilet = || account.request(Method::POST, format!("/mottakFeilet/forsendelse/{id}"));
    add("postFeilet", answer(feilet().body("x")).await);
    add("postFeilet", answer(feilet().json(&json!({ "feilmelding": "x".repeat(70_000) }))).await);
}

//! Reports in the clear: validated, converted, rendered and sealed before anything of them is written down.

use std::{collections::BTreeSet, fs, path::Path};

use jiff::SignedDuration;
use meldeport::{
    client::keyring::Keyring,
    crypto::{
        asice::{self, Trust},
        cms, jose,
    },
    domain::oppsett::Oppsett,
    model::{
        kommune::Bydel,
        melding::{Format, Versjon},
    },
    sandbox::town::GATEWAY_ORGNR,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Gate, Sak, V1, V2, answer, fixture, id_of, start_of_tests};

on_every_database! {
    a_json_report_arrives_signed_and_readable,
    a_private_report_too,
    an_office_that_takes_version_1_gets_version_1,
    an_office_may_choose_jwe,
    our_client_believes_a_gateway_only_when_it_is_told_to,
    every_deviation_is_told_at_once_and_nothing_is_stored,
    path_and_payload_must_name_the_same_office,
    the_time_of_sending_must_be_about_now,
    a_repeated_json_report_is_the_same_report,
    bodies_that_are_no_report,
    a_payload_can_be_judged_without_being_sent,
    schemas_are_public_and_can_be_cached,
    the_office_s_key_comes_as_jwk,
}

/// A report to the first office, as its case system would write it at the start of the tests.
pub fn payload() -> Value {
    let mut payload: Value = serde_json::from_slice(&fixture("plain/bekymringsmelding.json")).unwrap();
    payload["bydelsnummer"] = "01".into();
    payload["sendingstidspunkt"] = "2027-01-15T12:58:00".into();
    payload
}

fn private() -> Value {
    json!({
        "kommunenummer": "9999", "kommunenavn": "Lillevik kommune",
        "bydelsnummer": "01", "bydelsnavn": "Lillevik sentrum barnevern",
        "privatMelder": { "personnavn": "Fiktiv Nabo", "telefonnummer": "00000000" },
        "privatBarn": [{ "personnavn": "Fiktivt Barn", "adresse": { "adresselinje1": "Strandveien 2" } }],
        "melding": "Oppdiktet: æ, ø, å – «#set» og $x$ står som de er.",
        "sendingstidspunkt": "2027-01-15T13:00:00", "leveringskanal": "Fagsystem"
    })
}

async fn post(t: &Gate, version: &str, kontor: usize, sak: Sak, body: impl Into<reqwest::Body>) -> Answer {
    let request = t.skole().request(Method::POST, t.send_path(version, kontor, sak));
    answer(request.header("Content-Type", "application/json").body(body)).await
}

/// What the municipality gets out of a report that the gateway sealed.
async fn fetched(t: &Gate, kontor: usize, id: &str) -> Vec<(String, Vec<u8>)> {
    t.run_jobs().await;
    let row = t.kommune().get(t.queue(format!("/{id}"))).await.json(200);
    assert_eq!((&row["format"], &row["forsegletAv"]), (&json!("ASICE"), &json!(GATEWAY_ORGNR)));
    let content = t.kommune().get(t.queue(format!("/{id}/innhold"))).await;
    assert_eq!(content.header("content-type"), Some("application/octet-stream"));
    let zip = cms::open(&content.body, &[t.kontor(kontor).nokkel.private_key().unwrap()]).unwrap();
    let trust = Trust { anchors: vec![t.town.authority.certificate.clone()], orgnr: Some(GATEWAY_ORGNR.to_owned()) };
    let container = asice::open(zip.expose(), &trust, start_of_tests()).unwrap();
    container.files.into_iter().map(|(name, content)| (name, content.expose().clone())).collect()
}

async fn a_json_report_arrives_signed_and_readable(t: &mut Gate) {
    // Bytes, not meaning, must survive: spaces and the order of fields are the sender's own.
    let sent = serde_json::to_vec_pretty(&payload()).unwrap();
    for version in [V2, V1] {
        let mut sent = sent.clone();
        if version == V1 {
            let mut older = payload();
            older["melding"].as_object_mut().unwrap().remove("andreSynspunkter");
            sent = serde_json::to_vec_pretty(&older).unwrap();
        }
        let id = id_of(&post(t, version, 0, Sak::Offentlig, sent.clone()).await);
        let files = fetched(t, 0, &id).await;
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["bekymringsmelding.json", "bekymringsmelding.pdf"]);
        assert_eq!(files[0].1, sent);
        assert!(files[1].1.starts_with(b"%PDF-"));
        t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
        assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "LEVERT"]);
    }
}

async fn a_private_report_too(t: &mut Gate) {
    let sent = private().to_string();
    let id = id_of(&post(t, V2, 0, Sak::Privat, sent.clone()).await);
    assert_eq!(fetched(t, 0, &id).await[0].1, sent.into_bytes());
}

async fn an_office_that_takes_version_1_gets_version_1(t: &mut Gate) {
    choose(t, 1, Format::Asice).await;
    let mut report = payload();
    report["bydelsnummer"] = "02".into();
    report["melding"]["andreSynspunkter"] = "Fiktiv helsesykepleier er også bekymret.".into();
    let id = id_of(&post(t, V2, 1, Sak::Offentlig, report.to_string()).await);
    let files = fetched(t, 1, &id).await;
    let got: Value = serde_json::from_slice(&files[0].1).unwrap();
    assert!(got["melding"].get("andreSynspunkter").is_none());
    let history = got["melding"]["historie"].as_str().unwrap();
    assert!(history.contains("Andre synspunkter") && history.contains("Fiktiv helsesykepleier er også bekymret."));
    let told = &t.history(V2, &id).await[0];
    let told = told["beskrivelse"].as_str().unwrap();
    assert!(told.contains("V1") && told.contains("andreSynspunkter") && !told.contains("helsesykepleier"), "{told}");
}

async fn choose(t: &Gate, kontor: usize, leveringsformat: Format) {
    let bydel = Bydel { leveringsformat, ..t.kontor(kontor).bydel.clone() };
    t.apply(Oppsett { bydeler: vec![bydel], ..Oppsett::default() }).await;
}

async fn an_office_may_choose_jwe(t: &mut Gate) {
    choose(t, 0, Format::Jwe).await;
    let sent = payload().to_string();
    let id = id_of(&post(t, V2, 0, Sak::Offentlig, sent.clone()).await);
    t.run_jobs().await;
    let row = t.kommune().get(t.queue(format!("/{id}"))).await.json(200);
    assert_eq!(row["format"], "JWE");
    let content = t.kommune().get(t.queue(format!("/{id}/innhold"))).await;
    assert_eq!(content.header("content-type"), Some("application/jose"));
    let opened = jose::open(&content.text(), &[t.kontor(0).nokkel.private_key().unwrap()]).unwrap();
    assert_eq!(opened.json.expose(), sent.as_bytes());
    assert_eq!(opened.form.as_deref(), Some("bekymringsmelding/offentlig/v2"));
    // What a sender has sealed stays as it is.
    let (id, report) = t.deliver().await;
    let content = t.kommune().get(t.queue(format!("/{id}/innhold"))).await;
    assert_eq!(content.body, report.asice);
}

async fn our_client_believes_a_gateway_only_when_it_is_told_to(t: &mut Gate) {
    for format in [Format::Asice, Format::Jwe] {
        choose(t, 0, format).await;
        let mut report = payload();
        report["melding"]["historie"] = format.as_str().into();
        let id = id_of(&post(t, V2, 0, Sak::Offentlig, report.to_string()).await);
        t.run_jobs().await;
        let listed = serde_json::from_value(t.kommune().get(t.queue(format!("/{id}"))).await.json(200)).unwrap();
        let content = t.kommune().get(t.queue(format!("/{id}/innhold"))).await.body;
        let keyring = || {
            let key = t.kontor(0).nokkel.private_key().unwrap();
            Keyring::new(vec![key], vec![t.town.authority.certificate.clone()], true)
        };
        let refused = keyring().open(&content, &listed, start_of_tests()).unwrap_err();
        assert_eq!(refused.code, "HENTING.UKJENT_FORSEGLER");
        let told = keyring().with_gateways(vec![GATEWAY_ORGNR.to_owned()]);
        let opened = told.open(&content, &listed, start_of_tests()).unwrap();
        assert_eq!(opened.files[0].1.expose(), report.to_string().as_bytes());
    }
}

async fn every_deviation_is_told_at_once_and_nothing_is_stored(t: &mut Gate) {
    let mut report = payload();
    report["offentligMelder"]["telefonnummer"] = "hemmelig".into();
    report["offentligBarn"] = json!([]);
    report["melding"].as_object_mut().unwrap().remove("melding");
    let refused = post(t, V2, 0, Sak::Offentlig, report.to_string()).await;
    let told = refused.problem(400, "SKJEMA.AVVIK");
    let found: Vec<(&str, &str)> = told["errorJson"]["avvik"]
        .as_array()
        .unwrap()
        .iter()
        .map(|avvik| (avvik["peker"].as_str().unwrap(), avvik["nokkelord"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        [("/melding", "required"), ("/offentligBarn", "minItems"), ("/offentligMelder/telefonnummer", "pattern")]
    );
    assert!(!refused.text().contains("hemmelig"));
    assert_eq!(t.database.count("melding", "1 = 1").await, 0);
    assert_eq!(t.database.count("duplikatvern", "1 = 1").await, 0);
}

async fn path_and_payload_must_name_the_same_office(t: &mut Gate) {
    for (field, value) in [("kommunenummer", "4601"), ("bydelsnummer", "02")] {
        let mut report = payload();
        report[field] = value.into();
        let refused = post(t, V2, 0, Sak::Offentlig, report.to_string()).await;
        let told = refused.problem(400, "SKJEMA.FEIL_ADRESSE");
        assert_eq!(told["errorJson"]["peker"], format!("/{field}"));
    }
}

async fn the_time_of_sending_must_be_about_now(t: &mut Gate) {
    let at = |time: &str| {
        let mut report = payload();
        report["sendingstidspunkt"] = time.into();
        report.to_string()
    };
    // It is 13:00 in Norway.
    for wrong in
        ["2027-01-15T14:00:00", "2026-11-15T12:00:00", "2027-01-15T13:00:00Z", "2027-01-15T13:00:00+01:00", "i dag"]
    {
        let refused = post(t, V2, 0, Sak::Offentlig, at(wrong)).await;
        assert_eq!(
            refused.problem(400, "SKJEMA.SENDINGSTIDSPUNKT")["errorJson"]["peker"],
            "/sendingstidspunkt",
            "{wrong}"
        );
    }
    for good in ["2027-01-15T13:00:00", "2027-01-15T13:10:00.123", "2027-01-01T08:00:00"] {
        id_of(&post(t, V2, 0, Sak::Offentlig, at(good)).await);
    }
    t.run_jobs().await;
}

async fn a_repeated_json_report_is_the_same_report(t: &mut Gate) {
    let sent = payload().to_string();
    let first = id_of(&post(t, V2, 0, Sak::Offentlig, sent.clone()).await);
    assert_eq!(id_of(&post(t, V2, 0, Sak::Offentlig, sent.clone()).await), first);
    t.restart().await;
    assert_eq!(id_of(&post(t, V2, 0, Sak::Offentlig, sent.clone()).await), first);
    let with_key = async |body: String| {
        let request = t.skole().request(Method::POST, t.send_path(V2, 0, Sak::Offentlig));
        answer(request.header("Content-Type", "application/json").header("Idempotency-Key", "k-1").body(body)).await
    };
    assert_eq!(id_of(&with_key(sent.clone()).await), first);
    with_key(format!("{sent} ")).await.problem(422, "IDEMPOTENS.ANNET_INNHOLD");
    let other = id_of(&post(t, V2, 0, Sak::Offentlig, format!("{sent}\n")).await);
    assert_ne!(other, first, "other bytes are another report");
    t.clock.advance(SignedDuration::from_hours(25));
    assert_ne!(id_of(&post(t, V2, 0, Sak::Offentlig, sent).await), first);
    assert_eq!(t.database.count("melding", "1 = 1").await, 3);
    t.run_jobs().await;
}

async fn bodies_that_are_no_report(t: &mut Gate) {
    let report = payload().to_string();
    let twice = report.replacen('{', r#"{"kommunenummer":"9999","#, 1);
    let mut latin1 = report.replace('æ', "e").into_bytes();
    latin1.extend(b"\xe6");
    let cases: Vec<(Vec<u8>, u16, &str)> = vec![
        (Vec::new(), 400, "SKJEMA.TOM"),
        (b"[]".to_vec(), 400, "SKJEMA.AVVIK"),
        (b"{".to_vec(), 400, "SKJEMA.AVKORTET"),
        (format!("{report}{report}").into_bytes(), 400, "SKJEMA.EKSTRA_INNHOLD"),
        (twice.into_bytes(), 400, "SKJEMA.DOBBELT_FELT"),
        (latin1, 400, "SKJEMA.IKKE_UTF8"),
        (br#"{"a":"\ud800"}"#.to_vec(), 400, "SKJEMA.ENSLIG_SURROGAT"),
        (vec![b'['; 1_000_000], 400, "SKJEMA.FOR_DYPT"),
        (vec![b' '; 6 * 1024 * 1024], 413, "FORESPORSEL.FOR_STOR"),
    ];
    for (body, status, code) in cases {
        post(t, V2, 0, Sak::Offentlig, body).await.problem(status, code);
    }
    assert_eq!(t.database.count("melding", "1 = 1").await, 0);
}

async fn a_payload_can_be_judged_without_being_sent(t: &mut Gate) {
    let judge = async |version: &str, body: String| {
        let request = t.skole().request(Method::POST, format!("{version}/skjema/offentlig/valider"));
        answer(request.header("Content-Type", "application/json").body(body)).await
    };
    let good = judge(V2, payload().to_string()).await.json(200);
    assert_eq!((&good["gyldig"], &good["avvik"]), (&json!(true), &json!([])));
    let bad = judge(V2, "{}".to_owned()).await;
    assert_eq!(bad.json(200)["gyldig"], false);
    assert_eq!(bad.json(200)["avvik"].as_array().unwrap().len(), 10);
    judge(V1, "{".to_owned()).await.problem(400, "SKJEMA.AVKORTET");
    assert_eq!(t.database.count("melding", "1 = 1").await, 0);
}

async fn schemas_are_public_and_can_be_cached(t: &mut Gate) {
    let get = |path: &str| t.http.get(format!("{}{path}", t.url));
    let index = answer(get("/schemas")).await.json(200);
    let published = forms_below(Path::new("schemas"));
    let forms = index["skjemaer"].as_array().unwrap();
    let listed: BTreeSet<&str> = forms.iter().map(|form| form["adresse"].as_str().unwrap()).collect();
    assert_eq!((listed.len(), listed), (forms.len(), BTreeSet::from_iter(published.iter().map(String::as_str))));
    for form in forms {
        let path = form["adresse"].as_str().unwrap();
        let schema = answer(get(path)).await;
        assert_eq!(schema.json(200)["$id"], path);
        assert_eq!(schema.header("content-type"), Some("application/schema+json"));
        let tag = schema.header("etag").unwrap().to_owned();
        assert_eq!(tag, format!("\"{}\"", form["sha256"].as_str().unwrap()));
        assert!(schema.header("cache-control").unwrap().starts_with("public"));
        assert_eq!(answer(get(path).header("If-None-Match", tag)).await.status, 304);
    }
    answer(get("/schemas/finnes-ikke")).await.problem(404, "FORESPORSEL.UKJENT_ADRESSE");
}

/// The addresses of the forms whose schemas lie in a folder; what they share is no form.
fn forms_below(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let files = files.iter().map(|file| format!("/{}", file.display()));
    let forms = files.filter(|file| file.ends_with(".schema.json") && !file.contains("/felles/"));
    forms.chain(folders.iter().flat_map(|folder| forms_below(folder))).collect()
}

async fn the_office_s_key_comes_as_jwk(t: &mut Gate) {
    let path = format!("{V2}/mottak/fagsystem/9999/01/krypteringsnokler");
    let set = t.skole().get(format!("{path}/jwks")).await.json(200);
    let certificate = &t.kontor(0).nokkel.certificate;
    assert_eq!(set, json!({ "keys": [jose::jwk(certificate).unwrap()] }));
    assert_eq!(t.kontor(0).bydel.stottet_versjon, Versjon::V2);
}

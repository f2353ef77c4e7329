//! The life of a version: what every answer says of it, and what it answers when it is over.

use jiff::Timestamp;
use meldeport::{
    system::Clock as _,
    versions::{Livslop, Manifest, Versjonert},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Gate, Settings, V1, V2, answer};

on_every_database! {
    a_version_without_an_end_says_nothing_of_one,
    a_deprecated_version_says_so_with_every_answer,
    one_that_is_announced_says_so_before,
    a_version_stops_at_its_sunset_and_says_where_to_go,
    what_is_retired_is_so_before_its_date,
    the_list_of_versions_goes_by_the_clock,
}

/// What a test writes down about the first version of the concern reports.
pub fn first(status: &str, deprecated: &str, sunset: Option<&str>) -> Livslop {
    let sunset = sunset.map(|day| format!("sunset = \"{day}\"\n")).unwrap_or_default();
    let manifest = |text: &str| toml::from_str::<Manifest>(text).unwrap();
    let v1 = format!(
        "version = \"1.4.0\"\nstatus = \"{status}\"\npublished = \"2025-02-01\"\ndeprecated = \"{deprecated}\"\n{sunset}\
         successor = \"v2\"\nforms = [\"bekymringsmelding/offentlig/v1\"]"
    );
    let v2 = manifest("version = \"2.1.0\"\nstatus = \"live\"\npublished = \"2026-02-01\"");
    let livslop = Livslop::embedded().with(Versjonert::BekymringsmeldingV1, manifest(&v1));
    let livslop = livslop.with(Versjonert::BekymringsmeldingV2, v2);
    assert_eq!(livslop.faults(), Vec::<String>::new());
    livslop
}

pub async fn live_by(t: &mut Gate, livslop: Livslop) {
    t.restart_with(Settings { livslop, ..Settings::default() }).await;
}

fn life(answer: &Answer) -> [Option<&str>; 3] {
    ["deprecation", "sunset", "link"].map(|name| answer.header(name))
}

async fn a_version_without_an_end_says_nothing_of_one(t: &mut Gate) {
    for version in [V1, V2] {
        let kommuner = t.skole().get(format!("{version}/kommuner")).await;
        kommuner.json(200);
        assert_eq!(life(&kommuner), [None; 3]);
    }
}

async fn a_deprecated_version_says_so_with_every_answer(t: &mut Gate) {
    live_by(t, first("deprecated", "2026-07-01", Some("2027-12-01"))).await;
    let skole = t.skole();
    let good = skole.get(format!("{V1}/kommuner")).await;
    good.json(200);
    // Whose credentials are wrong, what is not there, what is too large, and what only the router knows.
    let anonymous = answer(t.http.get(format!("{}{V1}/kommuner", t.url))).await;
    let missing = skole.get(format!("{V1}/finnes-ikke")).await;
    let method = skole.post(format!("{V1}/kommuner")).await;
    let large = skole.request(Method::POST, format!("{V1}/skjema/offentlig/valider")).json(&"x".repeat(2_000_000));
    let large = answer(large).await;
    assert_eq!([&anonymous, &missing, &method, &large].map(|a| a.status), [401, 404, 405, 413]);
    for told in [good, anonymous, missing, method, large] {
        let [deprecation, sunset, link] = life(&told);
        // Norwegian midnight, in summer and in winter.
        let since: Timestamp = "2026-06-30T22:00:00Z".parse().unwrap();
        assert_eq!(deprecation, Some(format!("@{}", since.as_second()).as_str()));
        assert_eq!(sunset, Some("Tue, 30 Nov 2027 23:00:00 GMT"));
        assert_eq!(
            link,
            Some(
                "</bekymringsmelding/api/v2>; rel=\"successor-version\", </>; rel=\"deprecation\"; type=\"text/html\", \
                 </>; rel=\"sunset\"; type=\"text/html\""
            )
        );
    }
    for other in [format!("{V2}/kommuner"), "/versjoner".to_owned()] {
        assert_eq!(life(&skole.get(other).await), [None; 3]);
    }
}

async fn one_that_is_announced_says_so_before(t: &mut Gate) {
    live_by(t, first("live", "2027-07-01", None)).await;
    let kommuner = t.skole().get(format!("{V1}/kommuner")).await;
    let [deprecation, sunset, link] = life(&kommuner);
    let from: Timestamp = "2027-06-30T22:00:00Z".parse().unwrap();
    assert!(t.clock.now() < from);
    assert_eq!((deprecation, sunset), (Some(format!("@{}", from.as_second()).as_str()), None));
    assert!(link.unwrap().starts_with("</bekymringsmelding/api/v2>; rel=\"successor-version\""));
    assert_eq!(status_of(t, "bekymringsmelding-v1").await, "live");
}

/// One version of the public list.
async fn listed(t: &Gate, name: &str) -> Value {
    let all = answer(t.http.get(format!("{}/versjoner", t.url))).await.json(200);
    let found = all["versjoner"].as_array().unwrap().iter().find(|version| version["navn"] == name);
    found.unwrap().clone()
}

async fn status_of(t: &Gate, name: &str) -> String {
    listed(t, name).await["status"].as_str().unwrap().to_owned()
}

async fn a_version_stops_at_its_sunset_and_says_where_to_go(t: &mut Gate) {
    live_by(t, first("deprecated", "2026-07-01", Some("2027-12-01"))).await;
    t.clock.set("2027-11-30T22:59:59.999Z".parse().unwrap());
    t.skole().get(format!("{V1}/kommuner")).await.json(200);
    t.clock.set("2027-11-30T23:00:00Z".parse().unwrap());
    let skole = t.skole();
    // Whoever asks, for whatever: nobody is asked for credentials first.
    for answer in [
        skole.get(format!("{V1}/kommuner")).await,
        answer(t.http.get(format!("{}{V1}/kommuner/9999", t.url))).await,
        answer(t.http.post(format!("{}{V1}/finnes-ikke", t.url)).body("x")).await,
    ] {
        let body = answer.problem(410, "FORESPORSEL.VERSJON_AVVIKLET");
        assert_eq!(
            body["errorJson"],
            json!({
                "versjon": "bekymringsmelding-v1",
                "avviklet": "2027-12-01",
                "etterfolger": {
                    "versjon": "bekymringsmelding-v2",
                    "prefiks": V2,
                    "dokumentasjon": "/docs/bekymringsmelding-v2",
                },
                "versjoner": "/versjoner",
            })
        );
        let message = body["message"].as_str().unwrap();
        assert!(message.contains("Bruk Bekymringsmelding v2 på /bekymringsmelding/api/v2."), "{message}");
        assert_eq!(answer.header("sunset"), Some("Tue, 30 Nov 2027 23:00:00 GMT"));
        assert!(answer.header("link").unwrap().contains("rel=\"successor-version\""));
    }
    skole.get(format!("{V2}/kommuner")).await.json(200);
    // What it was can still be read.
    assert_eq!(answer(t.http.get(format!("{}/openapi/bekymringsmelding-v1.json", t.url))).await.status, 200);
}

async fn what_is_retired_is_so_before_its_date(t: &mut Gate) {
    live_by(t, first("retired", "2026-07-01", Some("2027-12-01"))).await;
    t.skole().get(format!("{V1}/kommuner")).await.problem(410, "FORESPORSEL.VERSJON_AVVIKLET");
    assert_eq!(status_of(t, "bekymringsmelding-v1").await, "retired");
}

async fn the_list_of_versions_goes_by_the_clock(t: &mut Gate) {
    live_by(t, first("live", "2026-07-01", Some("2027-12-01"))).await;
    let address = format!("{}/versjoner", t.url);
    let list = answer(t.http.get(&address)).await;
    assert_eq!(list.header("content-type"), Some("application/json"));
    let tag = list.header("etag").unwrap();
    assert_eq!(answer(t.http.get(&address).header("If-None-Match", tag)).await.status, 304);
    let expected = json!({
        "tjeneste": "bekymringsmelding",
        "navn": "bekymringsmelding-v1",
        "tittel": "Bekymringsmelding v1",
        "versjon": "1.4.0",
        "status": "deprecated",
        "publisert": "2025-02-01",
        "frarades": "2026-07-01",
        "avvikles": "2027-12-01",
        "etterfolger": "bekymringsmelding-v2",
        "prefiks": V1,
        "dokumentasjon": "/docs/bekymringsmelding-v1",
        "dokumenter": [
            { "openapi": "3.0.3", "adresse": "/openapi/bekymringsmelding-v1.json" },
            { "openapi": "3.1.0", "adresse": "/openapi/bekymringsmelding-v1.3.1.json" },
        ],
        "skjemaer": [{
            "skjema": "bekymringsmelding/offentlig/v1",
            "adresse": "/schemas/bekymringsmelding/offentlig/v1.schema.json",
        }],
    });
    assert_eq!(listed(t, "bekymringsmelding-v1").await, expected);
    // Every address in it leads somewhere.
    let all = list.json(200);
    let versions = all["versjoner"].as_array().unwrap();
    assert_eq!(versions.len(), Versjonert::ALL.len());
    for version in versions {
        let listed = ["dokumenter", "skjemaer"].iter().flat_map(|list| version[*list].as_array().unwrap());
        let pages = listed.map(|one| &one["adresse"]).chain([&version["dokumentasjon"]]);
        for page in pages {
            let page = page.as_str().unwrap();
            assert_eq!(answer(t.http.get(format!("{}{page}", t.url))).await.status, 200, "{page}");
        }
    }
    t.clock.set("2027-11-30T23:00:00Z".parse().unwrap());
    assert_eq!(status_of(t, "bekymringsmelding-v1").await, "retired");
    assert_eq!(answer(t.http.get(&address).header("If-None-Match", tag)).await.status, 200, "it is another list now");
}

//! Finding the right office and its keys, in both versions.

use meldeport::domain::oppsett::Oppsett;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Gate, Sak, V1, V2, answer, answer_as_it_is, fixture, register};

on_every_database! {
    the_town_is_found,
    unknown_municipalities_are_told_apart_from_wrong_numbers,
    an_inactive_office_is_hidden,
    a_municipality_without_active_offices_does_not_take_part,
    keys_come_as_ks_clients_read_them,
    keys_that_cannot_be_used_are_not_given_out,
}

fn bydel(nummer: &str, navn: &str, standard: bool, version: Option<&str>) -> Value {
    let mut bydel = json!({ "bydelsnummer": nummer, "bydelsnavn": navn, "standardMottaker": standard });
    if let Some(version) = version {
        bydel["stottetVersjon"] = version.into();
    }
    bydel
}

async fn the_town_is_found(t: &mut Gate) {
    let skole = t.skole();
    for version in [V1, V2] {
        let supports = |newest| (version == V2).then_some(newest);
        let first = bydel("01", "Lillevik sentrum barnevern", true, supports("V2"));
        let second = bydel("02", "Lillevik øst barnevern", false, supports("V1"));
        let get = async |path: &str| skole.get(format!("{version}{path}")).await.json(200);
        assert_eq!(get("/kommuner").await, json!([{ "kommunenr": "9999", "navn": "Lillevik kommune" }]));
        assert_eq!(get("/kommuner?sprakKode=nn").await, get("/kommuner").await);
        assert_eq!(
            get("/kommuner/9999").await,
            json!({ "kommunenr": "9999", "navn": "Lillevik kommune", "bydeler": [first, second] })
        );
        assert_eq!(get("/kommuner/9999/bydeler").await, json!([first, second]));
        assert_eq!(get("/kommuner/9999/bydeler/02").await, second);
    }
}

async fn unknown_municipalities_are_told_apart_from_wrong_numbers(t: &mut Gate) {
    let skole = t.skole();
    for version in [V1, V2] {
        let get = async |path: &str| skole.get(format!("{version}{path}")).await;
        // KS: an empty list means that the municipality does not take part.
        assert_eq!(get("/kommuner/0301/bydeler").await.json(200), json!([]));
        get("/kommuner/0301").await.problem(404, "BEKYMRINGSMELDING.KOMMUNE_UKJENT");
        get("/kommuner/0301/bydeler/00").await.problem(404, "BEKYMRINGSMELDING.BYDEL_UKJENT");
        get("/kommuner/9999/bydeler/00").await.problem(404, "BEKYMRINGSMELDING.BYDEL_UKJENT");
        let keys = get("/mottak/fagsystem/9999/00/krypteringsnokler").await;
        keys.problem(404, "BEKYMRINGSMELDING.BYDEL_UKJENT");
        for wrong in ["/kommuner/301", "/kommuner/03010", "/kommuner/9999/bydeler/1", "/kommuner/abcd/bydeler"] {
            get(wrong).await.problem(400, "FORESPORSEL.PARAMETER");
        }
    }
}

/// The town's set-up with some offices turned off.
fn with_offices(t: &Gate, active: [bool; 2]) -> Oppsett {
    let mut oppsett = t.town.oppsett();
    for (bydel, active) in oppsett.bydeler.iter_mut().zip(active) {
        bydel.aktiv = active;
    }
    oppsett
}

async fn an_inactive_office_is_hidden(t: &mut Gate) {
    t.apply(with_offices(t, [true, false])).await;
    let skole = t.skole();
    for version in [V1, V2] {
        let get = async |path: &str| skole.get(format!("{version}{path}")).await;
        assert_eq!(get("/kommuner/9999/bydeler").await.json(200).as_array().unwrap().len(), 1);
        assert_eq!(get("/kommuner/9999").await.json(200)["bydeler"].as_array().unwrap().len(), 1);
        get("/kommuner/9999/bydeler/02").await.problem(404, "BEKYMRINGSMELDING.BYDEL_UKJENT");
        let keys = get("/mottak/fagsystem/9999/02/krypteringsnokler").await;
        keys.problem(404, "BEKYMRINGSMELDING.BYDEL_UKJENT");
        let report = skole.request(Method::POST, t.send_path(version, 1, Sak::Offentlig));
        let refused = answer(report.multipart(t.report_to(1).form())).await;
        refused.problem(404, "BEKYMRINGSMELDING.BYDEL_UKJENT");
    }
    assert_eq!(t.database.count("melding", "1 = 1").await, 0);
}

async fn a_municipality_without_active_offices_does_not_take_part(t: &mut Gate) {
    t.apply(with_offices(t, [false, false])).await;
    let skole = t.skole();
    for version in [V1, V2] {
        let get = async |path: &str| skole.get(format!("{version}{path}")).await;
        assert_eq!(get("/kommuner").await.json(200), json!([]));
        assert_eq!(get("/kommuner/9999/bydeler").await.json(200), json!([]));
        get("/kommuner/9999").await.problem(404, "BEKYMRINGSMELDING.KOMMUNE_UKJENT");
    }
}

async fn keys_come_as_ks_clients_read_them(t: &mut Gate) {
    const JERSEY: &str = "Jersey/3.1.8 (HttpUrlConnection 17.0.15)";
    let skole = t.skole();
    // KS's Java client dies on `gyldig`, and only ever calls version 1.
    for (version, agent, with_gyldig) in
        [(V1, JERSEY, false), (V1, "Apache-HttpClient/5.3", true), (V2, JERSEY, true), (V2, "curl/8.5.0", true)]
    {
        let path = format!("{version}/mottak/fagsystem/9999/01/krypteringsnokler");
        let request = skole.request(Method::GET, path).header("User-Agent", agent);
        let answer = if with_gyldig { answer(request).await } else { answer_as_it_is(request).await };
        let keys = answer.json(200);
        let names: Vec<_> = keys.as_object().unwrap().keys().collect();
        assert_eq!(names, ["printOffentligNokkel", "fiksIOOffentligNokkel"]);
        for (name, certificate) in [
            ("printOffentligNokkel", &t.town.print.certificate),
            ("fiksIOOffentligNokkel", &t.kontor(0).nokkel.certificate),
        ] {
            let mut expected = json!({
                "nokkel": certificate.to_pem(),
                "validFrom": "2027-01-15T12:00:00.000Z",
                "validTo": "2029-01-14T12:00:00.000Z",
                "serial": certificate.serial(),
                "subjectDN": certificate.subject_dn(),
                "issuerDN": certificate.issuer_dn(),
            });
            if with_gyldig {
                expected["gyldig"] = true.into();
            }
            assert_eq!(keys[name], expected, "{version} {agent}");
        }
        assert!(keys["printOffentligNokkel"]["serial"].as_str().unwrap().bytes().all(|b| b.is_ascii_digit()));
    }
}

async fn keys_that_cannot_be_used_are_not_given_out(t: &mut Gate) {
    let keys = async || t.skole().get(format!("{V2}/mottak/fagsystem/9999/01/krypteringsnokler")).await;
    for certificate in ["kommune-a-enc-expired", "weak-enc-rsa1024"] {
        register(t, Some(0), &fixture(&format!("keys/TEST-ONLY-{certificate}.cert.pem"))).await;
        keys().await.problem(409, "BEKYMRINGSMELDING.NOKKEL_MANGLER");
        t.clock.advance(jiff::SignedDuration::from_millis(1));
    }
    t.apply(t.town.oppsett()).await;
    let given = keys().await.json(200);
    assert_eq!(given["fiksIOOffentligNokkel"]["serial"], t.kontor(0).nokkel.certificate.serial());
}

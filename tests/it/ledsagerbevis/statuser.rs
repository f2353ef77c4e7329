//! Every status that the operations for cards promise, provoked.

use meldeport::versions::Versjonert;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{
    coverage::Seen,
    support::{
        Gate, answer,
        bevis::{EIER, FORELDER, INNBYGGER, UKJENT, bilder, foto, kort, logg_inn, nytt, person, skjema},
    },
};

const VERSION: Versjonert = Versjonert::LedsagerbevisV1;

/// What the operations answer, besides what every caller sees. Works in an installation without cards as well.
pub async fn statuses(t: &Gate, seen: &mut Seen) {
    let made = answer(t.kommune().request(Method::POST, kort(t, "")).json(&nytt())).await;
    seen.add(VERSION, "opprettLedsagerbevis", made.status);
    let id = if made.status == 201 { made.json(201)["id"].as_str().unwrap().to_owned() } else { UKJENT.to_owned() };
    let organisasjon = t.town.kommune.organisasjon.id.to_string();
    let elsewhere = |path: String| path.replace(&organisasjon, &t.ids.uuid().to_string());
    let sok = format!("/digitalt-ledsagerbevis/api/v1/personsok/organisasjoner/{organisasjon}");
    let forvalter = json!({ "forvalter": person(EIER) });
    let fjern = json!({ "fnr": FORELDER.fnr });
    let grunn = json!({ "revokertGrunn": "Utstedt ved en feil." });
    let av = json!({ "fnr": "23891590032" });
    for (operation, method, path, body) in [
        ("hentLedsagerbevisForFiksOrg", "GET", kort(t, ""), Value::Null),
        ("hentLedsagerbevis", "GET", kort(t, &format!("/{UKJENT}")), Value::Null),
        ("hentLedsagerbevisHistorikk", "GET", kort(t, &format!("/{UKJENT}/historikk")), Value::Null),
        ("opprettLedsagerbevis", "POST", kort(t, ""), nytt()),
        ("oppslag", "POST", sok, av.clone()),
        ("hentBilde", "POST", bilder(t, "/sistOpplastet"), av),
        ("revokerLedsagerbevis", "PATCH", kort(t, &format!("/{id}")), grunn),
        // Revoked by now.
        ("hentKortTilUtskrift", "GET", kort(t, &format!("/{id}/kort.pdf")), Value::Null),
        ("hentVedtaksbrev", "GET", kort(t, &format!("/{id}/vedtaksbrev.pdf")), Value::Null),
        ("leggTilForvalter", "POST", kort(t, &format!("/{id}/forvalter")), forvalter),
        ("fjernForvalter", "PATCH", kort(t, &format!("/{id}/forvalter")), fjern),
    ] {
        let call = |path: &str| t.kommune().request(method.parse().unwrap(), path);
        let with = |request: RequestBuilder| if body.is_null() { request } else { request.json(&body) };
        let mut requests = vec![with(call(&path)), with(call(&elsewhere(path.clone())))];
        if !body.is_null() {
            requests.push(call(&path).body("x"));
            requests.push(call(&path).json(&"x".repeat(70_000)));
        }
        for request in requests {
            seen.add(VERSION, operation, answer(request).await.status);
        }
    }
    for (n, antall) in [1, 2].into_iter().enumerate() {
        let mut body = nytt();
        body["antallLedsagere"] = antall.into();
        let request = t.kommune().request(Method::POST, kort(t, "")).header("Idempotency-Key", "samme").json(&body);
        seen.add(VERSION, "opprettLedsagerbevis", answer(request).await.status);
        let photo = || t.kommune().request(Method::POST, if n == 0 { bilder(t, "") } else { elsewhere(bilder(t, "")) });
        for request in [
            photo().multipart(skjema(foto(), None)),
            photo().multipart(skjema(vec![0; 11 * 1024 * 1024], None)),
            photo().body("x"),
        ] {
            seen.add(VERSION, "lastOppBilde", answer(request).await.status);
        }
    }
    citizens(t, seen, made.status == 201).await;
}

async fn citizens(t: &Gate, seen: &mut Seen, has_cards: bool) {
    let call =
        |method: &str, path: &str| t.http.request(method.parse().unwrap(), format!("{}{INNBYGGER}{path}", t.url));
    let photo = format!("/ledsagerbevis/{UKJENT}/bilde");
    let copy = format!("/ledsagerbevis/{UKJENT}/kort");
    let proof = json!({ "innehaverbevis": "x" });
    if has_cards {
        let expired = json!({ "eier": person(EIER), "antallLedsagere": 2, "utlopsdato": "2029-02-03" });
        let expired = answer(t.kommune().request(Method::POST, kort(t, "")).json(&expired)).await.json(201);
        t.database.execute("UPDATE ledsagerbevis SET utlopsdato = '2026-02-03' WHERE utlopsdato = '2029-02-03'").await;
        let token = logg_inn(t, EIER.telefonnummer).await;
        seen.add(VERSION, "hentMittBilde", answer(call("GET", &photo).bearer_auth(&token)).await.status);
        let expired = format!("/ledsagerbevis/{}/kort", expired["id"].as_str().unwrap());
        for path in [&copy, &expired] {
            seen.add(VERSION, "hentKort", answer(call("POST", path).json(&proof).bearer_auth(&token)).await.status);
        }
        for request in [call("POST", &copy).body("x"), call("POST", &copy).json(&"x".repeat(70_000))] {
            seen.add(VERSION, "hentKort", answer(request.bearer_auth(&token)).await.status);
        }
    }
    seen.add(VERSION, "hentKort", answer(call("POST", &copy).json(&proof).bearer_auth("x")).await.status);
    let challenge = call("POST", "/kort/engangsverdi").bearer_auth("x");
    seen.add(VERSION, "utstedEngangsverdi", answer(challenge).await.status);
    seen.add(VERSION, "hentMittBilde", answer(call("GET", &photo).bearer_auth("x")).await.status);
    let body = json!({ "otp": "000000", "telefonnummer": EIER.telefonnummer });
    for (operation, request) in [
        ("hentLedsagerbevisList", call("GET", "/ledsagerbevis").bearer_auth("x")),
        ("utstedEngangspassord", call("POST", "/99999999")),
        ("utstedToken", call("GET", "/token").json(&body)),
        ("utstedToken", call("GET", "/token").body("x")),
        ("utstedToken", call("GET", "/token").json(&"x".repeat(70_000))),
        ("utstedTokenMedPost", call("POST", "/token").json(&body)),
        ("utstedTokenMedPost", call("POST", "/token").body("x")),
        ("utstedTokenMedPost", call("POST", "/token").json(&"x".repeat(70_000))),
    ] {
        seen.add(VERSION, operation, answer(request).await.status);
    }
}

//! One shape for everything that goes wrong, and nothing of a person's in it.

use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::json;

use crate::support::{Caller, Gate, Sak, V1, V2, answer, calls, raw};

on_every_database! {
    unknown_addresses,
    wrong_methods_are_told_the_right_ones,
    wrong_content_types,
    bad_ids_in_each_path,
    bodies_that_cannot_be_read,
    a_failure_message_must_be_as_documented,
    problem_details_for_who_asks_for_them,
    methods_and_bodies_that_http_itself_does_not_like,
    health_and_documents_need_no_credentials,
}

async fn unknown_addresses(t: &mut Gate) {
    for path in ["/finnes-ikke", V1, V2, &format!("{V2}/finnes-ikke"), "/bekymringsmelding/api/v3/kommuner", "/health"]
    {
        let unknown = t.skole().get(path).await;
        let body = unknown.problem(404, "FORESPORSEL.UKJENT_ADRESSE");
        let shown = path.replace("finnes-ikke", "…").replace("v3", "…").replace("health", "…");
        assert_eq!(body["path"], shown, "our own words are repeated, and no others");
    }
    // The municipality's side is not part of version 1.
    let path = t.queue("").replace(V2, V1);
    t.kommune().get(path).await.problem(404, "FORESPORSEL.UKJENT_ADRESSE");
}

async fn wrong_methods_are_told_the_right_ones(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    for call in calls(t, &id) {
        let here = calls(t, &id).into_iter().filter(|other| other.path == call.path).map(|other| other.row.method);
        let allowed: Vec<_> = here.collect();
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"].into_iter().filter(|method| !allowed.contains(method)) {
            let refused = answer(t.skole().request(method.parse().unwrap(), &call.path)).await;
            refused.problem(405, "FORESPORSEL.METODE");
            assert_eq!(refused.header("allow"), Some(&*allowed.join(", ")), "{method} {call:?}");
        }
    }
    for path in ["/health/live", "/", "/openapi/bekymringsmelding-v1.json"] {
        let refused = answer(t.http.delete(format!("{}{path}", t.url))).await;
        refused.problem(405, "FORESPORSEL.METODE");
        assert_eq!(refused.header("allow"), Some("GET"), "{path}");
    }
}

async fn wrong_content_types(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    for call in calls(t, &id) {
        let caller = match call.row.id {
            "postFeilet" | "svarOgAck" => t.kommune(),
            id if id.starts_with("opprett") => t.skole(),
            _ => continue,
        };
        for wrong in ["text/plain", "application/xml", "application/octet-stream", "multipart/mixed; boundary=x"] {
            let request = caller.request(Method::POST, &call.path).header(CONTENT_TYPE, wrong).body("{}");
            let refused = answer(request).await;
            refused.problem(415, "FORESPORSEL.INNHOLDSTYPE");
        }
        let refused = answer(caller.request(Method::POST, &call.path).body("x")).await;
        refused.problem(415, "FORESPORSEL.INNHOLDSTYPE");
    }
}

async fn bad_ids_in_each_path(t: &mut Gate) {
    const MARK: &str = "ola-nordmann-01010112345";
    let (id, _) = t.deliver().await;
    for call in calls(t, &id) {
        let template: Vec<&str> = call.row.path.split('/').collect();
        for place in (0..template.len()).filter(|n| template[*n].starts_with('{')) {
            let prefix = call.version.prefix().len();
            let mut parts: Vec<&str> = call.path[prefix..].split('/').collect();
            parts[place] = MARK;
            let path = format!("{}{}", call.version.prefix(), parts.join("/"));
            let caller = t.caller(call.owner(t));
            let request = caller.request(call.row.method.parse().unwrap(), &path);
            let refused = answer(call.with_body(t, request)).await;
            let body = refused.problem(400, "FORESPORSEL.PARAMETER");
            let message = body["message"].as_str().unwrap().to_owned();
            assert!(message.contains("skal"), "says what the parameter should be: {message}");
            assert!(!body.to_string().contains("nordmann"), "{body}");
        }
    }
}

const BOUNDARY: &str = "grense";

fn part(name: &str, content: &str) -> String {
    format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"x\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n{content}\r\n"
    )
}

async fn bodies_that_cannot_be_read(t: &mut Gate) {
    let (pdf, asice, extra) = (part("bekymringsmelding", "a"), part("asice", "b"), part("vedlegg", "c"));
    let end = format!("--{BOUNDARY}--\r\n");
    let with_boundary = format!("multipart/form-data; boundary={BOUNDARY}");
    let cases = [
        (&*with_boundary, format!("{pdf}{end}"), "FORESPORSEL.DEL_MANGLER"),
        (&with_boundary, format!("{asice}{end}"), "FORESPORSEL.DEL_MANGLER"),
        (&with_boundary, end.clone(), "FORESPORSEL.DEL_MANGLER"),
        (&with_boundary, format!("{pdf}{asice}{extra}{end}"), "FORESPORSEL.DEL_MANGLER"),
        (&with_boundary, format!("{extra}{pdf}{asice}{end}"), "FORESPORSEL.DEL_MANGLER"),
        (&with_boundary, format!("{pdf}{asice}{pdf}{end}"), "FORESPORSEL.DEL_MANGLER"),
        (&with_boundary, format!("{asice}{asice}{end}"), "FORESPORSEL.DEL_MANGLER"),
        // Cut off, without a boundary, with another one, and no multipart at all.
        (&with_boundary, format!("{pdf}{asice}"), "FORESPORSEL.KROPP"),
        (&with_boundary, pdf.clone(), "FORESPORSEL.KROPP"),
        ("multipart/form-data", format!("{pdf}{asice}{end}"), "FORESPORSEL.KROPP"),
        ("multipart/form-data; boundary=andre", format!("{pdf}{asice}{end}"), "FORESPORSEL.KROPP"),
        (&with_boundary, String::new(), "FORESPORSEL.KROPP"),
        (&with_boundary, "01010112345 Kari Nordmann".to_owned(), "FORESPORSEL.KROPP"),
    ];
    for version in [V1, V2] {
        for sak in [Sak::Offentlig, Sak::Privat] {
            for (content_type, body, code) in &cases {
                let request = t.skole().request(Method::POST, t.send_path(version, 0, sak));
                let refused = answer(request.header(CONTENT_TYPE, *content_type).body(body.clone())).await;
                let answer = refused.json(400);
                assert_eq!(answer["errorCode"], *code, "{content_type} {body}");
                refused.problem(400, code);
                assert!(!refused.text().contains("01010112345"));
            }
        }
    }
    assert_eq!(t.database.count("melding", "1 = 1").await, 0);
}

async fn a_failure_message_must_be_as_documented(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    let post = async |body: &str| {
        let request = t.kommune().request(Method::POST, t.queue(format!("/{id}/feilet")));
        answer(request.header(CONTENT_TYPE, "application/json").body(body.to_owned())).await
    };
    for body in ["", "{", "[]", "{}", "\"x\"", r#"{"melding":{}}"#, r#"{"melding":null}"#, "\u{0}"] {
        post(body).await.problem(400, "FORESPORSEL.KROPP");
    }
    let marked = post(r#"{"melding":["Kari Nordmann"]}"#).await;
    marked.problem(400, "FORESPORSEL.KROPP");
    assert!(!marked.text().contains("Nordmann"));
    // What is added later must not break an old gateway.
    post(r#"{"melding":"Feil 17","nytt":1}"#).await.json(200);
}

async fn problem_details_for_who_asks_for_them(t: &mut Gate) {
    let ask = async |accept: &str| {
        let request = t.skole().request(Method::GET, format!("{V2}/kommuner/301"));
        answer(request.header("Accept", accept)).await
    };
    for accept in [
        "application/problem+json",
        "application/problem+json, application/json",
        "text/html, application/problem+json",
    ] {
        let problem = ask(accept).await;
        assert_eq!(problem.header("content-type"), Some("application/problem+json"), "{accept}");
        let body = problem.json(400);
        let id = problem.header("request-id").unwrap();
        assert_eq!(body["type"], "about:blank");
        assert_eq!((&body["status"], &body["title"]), (&json!(400), &json!("Bad Request")));
        assert_eq!((&body["errorId"], &body["errorCode"]), (&json!(id), &json!("FORESPORSEL.PARAMETER")));
        assert_eq!(body["instance"], format!("urn:uuid:{id}"));
        assert!(body["detail"].as_str().unwrap().contains("fire sifre"), "{body}");
    }
    for accept in ["application/json", "*/*", "application/json, application/problem+json", "text/html"] {
        ask(accept).await.problem(400, "FORESPORSEL.PARAMETER");
    }
    // The same facts in both.
    let refuse = async |accept: &str| {
        let report = t.report();
        let request = t.skole().request(Method::POST, t.send_path(V2, 0, Sak::Offentlig)).header("Accept", accept);
        answer(request.multipart(crate::support::form(&report.asice, &report.asice))).await.json(422)
    };
    let (plain, problem) = (refuse("application/json").await, refuse("application/problem+json").await);
    assert_eq!(plain["errorJson"], problem["errorJson"]);
    assert_eq!(plain["message"], problem["detail"]);
}

async fn methods_and_bodies_that_http_itself_does_not_like(t: &mut Gate) {
    let host = t.url.strip_prefix("http://").unwrap();
    // A body that announces nothing about its length has none.
    let path = t.send_path(V2, 0, Sak::Offentlig);
    let Caller { token, integrasjon, passord, .. } = t.skole();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nIntegrasjonId: {integrasjon}\r\n\
         IntegrasjonPassord: {passord}\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n"
    );
    raw(&t.url, head.as_bytes()).await.problem(400, "FORESPORSEL.KROPP");
    let invented = format!("FINN {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    raw(&t.url, invented.as_bytes()).await.problem(405, "FORESPORSEL.METODE");
    let odd = format!("GET {V2}/kommuner/%00%ff%2e%2e HTTP/1.1\r\nHost: {host}\r\n\r\n");
    assert!(matches!(raw(&t.url, odd.as_bytes()).await.status, 400 | 401 | 404));
}

async fn health_and_documents_need_no_credentials(t: &mut Gate) {
    let get = async |path: &str| answer(t.http.get(format!("{}{path}", t.url))).await;
    for path in ["/health/live", "/health/ready"] {
        assert_eq!((get(path).await.status, get(path).await.text()), (200, "ok".to_owned()));
    }
    for name in ["bekymringsmelding-v1", "bekymringsmelding-v2"] {
        let document = get(&format!("/openapi/{name}.json")).await.json(200);
        assert_eq!(document["openapi"], "3.0.3");
        assert!(get(&format!("/docs/{name}")).await.text().contains("swagger"));
        assert!(get("/").await.text().contains(name));
    }
    for path in ["/", "/docs/bekymringsmelding-v1"] {
        let page = get(path).await;
        assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
        assert!(page.header("request-id").is_some());
    }
}

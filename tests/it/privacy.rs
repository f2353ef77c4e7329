//! What a caller puts where it does not belong, a name or a birth number, is neither sent back nor logged.

use reqwest::{Method, header::CONTENT_TYPE, multipart::Part};
use serde_json::json;

use crate::support::{Answer, Caller, Gate, Report, Sak, V2, answer, calls, form, keep_log, log};

on_every_database! {
    nothing_of_a_person_comes_back_or_is_logged,
    the_log_tells_which_request_and_no_more,
}

/// Fictitious, and nowhere else in the tests.
const NAME: &str = "Merkelund";
const NUMBER: &str = "01015498765";

async fn nothing_of_a_person_comes_back_or_is_logged(t: &mut Gate) {
    keep_log();
    let mark = format!("{NAME}-{NUMBER}");
    let (id, report) = t.deliver().await;
    let mut answers: Vec<Answer> = Vec::new();
    for call in calls(t, &id) {
        let caller = t.caller(call.owner(t));
        let method: Method = call.row.method.parse().unwrap();
        let mut paths = vec![
            format!("{}/{mark}", call.path),
            format!("{}?navn={mark}&vent={mark}&antall={mark}&sprakKode={mark}", call.path),
        ];
        let parts: Vec<&str> = call.row.path.split('/').collect();
        for place in (0..parts.len()).filter(|n| parts[*n].starts_with('{')) {
            let mut given: Vec<&str> = call.path[call.version.prefix().len()..].split('/').collect();
            given[place] = &mark;
            paths.push(format!("{}{}", call.version.prefix(), given.join("/")));
        }
        for path in paths {
            let request = caller.request(method.clone(), path);
            let request =
                if call.row.id == "postMottatt" { request.header("IntegrasjonPassord", &mark) } else { request };
            answers.push(answer(call.with_body(t, request)).await);
        }
        for caller in [
            Caller { passord: mark.clone(), ..caller.clone() },
            Caller { integrasjon: mark.clone(), ..caller.clone() },
            Caller { token: mark.clone(), ..caller.clone() },
        ] {
            let request = caller.request(method.clone(), &call.path).header("User-Agent", &mark);
            answers.push(answer(call.with_body(t, request)).await);
        }
    }
    let send = || t.skole().request(Method::POST, t.send_path(V2, 0, Sak::Offentlig));
    let marked = Report { asice: mark.clone().into_bytes(), ..report.clone() };
    answers.push(answer(send().multipart(marked.form())).await);
    answers.push(answer(send().header("Idempotency-Key", format!("{mark} {NAME}")).multipart(t.report().form())).await);
    answers.push(answer(send().header(CONTENT_TYPE, format!("text/{mark}")).body(mark.clone())).await);
    answers.push(answer(send().header(CONTENT_TYPE, "multipart/form-data; boundary=x").body(mark.clone())).await);
    let named = Part::bytes(b"x".to_vec()).file_name(format!("{mark}.pdf"));
    answers.push(answer(send().multipart(form(&report.letter, &report.asice).part(mark.clone(), named))).await);
    let feilet = || t.kommune().request(Method::POST, t.queue(format!("/{id}/feilet")));
    for body in [json!({ "melding": format!("{NAME} {NUMBER}") }), json!({ "melding": [mark] }), json!([mark])] {
        answers.push(answer(feilet().json(&body)).await);
    }
    answers.push(answer(feilet().header(CONTENT_TYPE, "application/json").body(format!("{{\"{mark}"))).await);
    answers.push(t.skole().get(format!("/{mark}")).await);
    answers.push(answer(t.skole().request(Method::DELETE, format!("{V2}/kommuner/{mark}"))).await);
    assert!(answers.len() > 100);
    for answer in answers {
        let text = format!("{answer:?} {}", answer.text());
        assert!(!text.contains(NAME) && !text.contains(NUMBER), "{text}");
    }
    for line in log().lines() {
        assert!(!line.contains(NAME) && !line.contains(NUMBER), "{line}");
    }
    t.run_jobs().await;
}

async fn the_log_tells_which_request_and_no_more(t: &mut Gate) {
    keep_log();
    let refused = t.skole().get(format!("{V2}/kommuner/0301")).await;
    let id = refused.problem(404, "BEKYMRINGSMELDING.KOMMUNE_UKJENT")["errorId"].as_str().unwrap().to_owned();
    let log = log();
    let line = log.lines().rfind(|line| line.contains(&id) && line.contains("answered")).expect("a line for each call");
    for fact in ["method=GET", "getKommune", "status=404", "BEKYMRINGSMELDING.KOMMUNE_UKJENT"] {
        assert!(line.contains(fact), "{fact}: {line}");
    }
    let caller = t.skole();
    for secret in [&caller.token, &caller.passord] {
        caller.get(format!("{V2}/kommuner")).await.json(200);
        assert!(!crate::support::log().contains(secret.as_str()), "a secret is in the log");
    }
}

//! Citizens: logging in by a code, and seeing one's own cards; and what those get who try something else.

use jiff::SignedDuration;
use meldeport::http::LoginSettings;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Gate, Settings, answer,
    bevis::{EIER, FORELDER, HJELPER, INNBYGGER, innlos, kode, kort, logg_inn, mine, nytt, person, utsted},
    keep_log, log,
};

on_every_database! {
    owner_and_guardian_see_the_card_as_long_as_they_are_on_it,
    a_code_counts_once_for_a_while_and_for_its_own_number,
    guesses_come_to_an_end,
    nobody_learns_which_numbers_are_known,
    codes_are_not_sent_without_end,
    of_first_codes_asked_for_at_once_one_is_sent,
    one_address_cannot_try_for_ever,
    a_session_ends,
    a_number_is_neither_logged_nor_repeated,
}

const STRANGER: &str = "99999999";

async fn order(t: &Gate, telefon: &str) -> crate::support::Answer {
    answer(t.http.post(format!("{}{INNBYGGER}/{telefon}", t.url))).await
}

async fn owner_and_guardian_see_the_card_as_long_as_they_are_on_it(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    let other = utsted(t, &json!({ "eier": person(HJELPER), "antallLedsagere": 2, "varig": true })).await;
    let seen = |rolle: &str| {
        json!([{
            "id": card["id"], "antallLedsagere": 1, "utlopsdato": "2029-01-15", "varig": false, "tilstand": "AKTIVT",
            "rolle": rolle,
        }])
    };
    let tokens = [logg_inn(t, EIER.telefonnummer).await, logg_inn(t, FORELDER.telefonnummer).await];
    for (token, rolle) in tokens.iter().zip(["EIER", "FORVALTER"]) {
        assert_eq!(mine(t, token).await.json(200), seen(rolle));
    }
    let helper = logg_inn(t, "+4799999993").await;
    assert_eq!(mine(t, &helper).await.json(200)[0]["id"], other["id"], "and nobody else's");
    assert_eq!(mine(t, &helper).await.json(200).as_array().unwrap().len(), 1);
    // A guardian who is removed sees nothing from that moment, session or not.
    let path = kort(t, &format!("/{}/forvalter", card["id"].as_str().unwrap()));
    answer(t.kommune().request(Method::PATCH, path).json(&json!({ "fnr": FORELDER.fnr }))).await.json(201);
    assert_eq!(mine(t, &tokens[1]).await.json(200), json!([]));
    assert_eq!(mine(t, &tokens[0]).await.json(200), seen("EIER"));
    let path = kort(t, &format!("/{}", card["id"].as_str().unwrap()));
    answer(t.kommune().request(Method::PATCH, path).json(&json!({ "revokertGrunn": "Feil." }))).await;
    assert_eq!(mine(t, &tokens[0]).await.json(200), json!([]));
    // Nor does a citizen's token open anything of a case worker's, or the other way round.
    let path = kort(t, "");
    answer(t.http.get(format!("{}{path}", t.url)).bearer_auth(&tokens[0])).await.json(401);
    mine(t, &t.kommune().token).await.problem(401, "INNBYGGER.TOKEN_UGYLDIG");
}

async fn a_code_counts_once_for_a_while_and_for_its_own_number(t: &mut Gate) {
    utsted(t, &nytt()).await;
    for method in [Method::GET, Method::POST] {
        let code = kode(t, EIER.telefonnummer).await.unwrap();
        assert_eq!(code.len(), 6);
        let stolen = answer(innlos(t, method.clone(), FORELDER.telefonnummer, &code)).await;
        stolen.problem(401, "INNBYGGER.FEIL_KODE");
        let token = answer(innlos(t, method.clone(), "+47 999 99 991", &code)).await.json(200);
        let token = token["token"].as_str().unwrap();
        assert!(token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "256 bits that tell nothing");
        let again = answer(innlos(t, method, EIER.telefonnummer, &code)).await;
        again.problem(401, "INNBYGGER.FEIL_KODE");
        t.clock.advance(SignedDuration::from_secs(60));
    }
    let old = kode(t, EIER.telefonnummer).await.unwrap();
    t.clock.advance(SignedDuration::from_mins(1));
    let new = kode(t, EIER.telefonnummer).await.unwrap();
    assert_eq!(answer(innlos(t, Method::POST, EIER.telefonnummer, &old)).await.status, 401, "the newest counts");
    t.clock.advance(SignedDuration::from_mins(5));
    assert_eq!(answer(innlos(t, Method::POST, EIER.telefonnummer, &new)).await.status, 401, "five minutes are over");
    // Neither code nor token is in the database.
    assert_eq!(t.database.count("innbyggersesjon", "length(token) = 32").await, 2);
    assert_eq!(t.database.count("sms", "1 = 1").await, 0, "what was sent is forgotten");
}

async fn guesses_come_to_an_end(t: &mut Gate) {
    utsted(t, &nytt()).await;
    let code = kode(t, EIER.telefonnummer).await.unwrap();
    let wrong = format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000);
    let tries: Vec<_> = (0..8).map(|_| answer(innlos(t, Method::POST, EIER.telefonnummer, &wrong))).collect();
    for tried in futures_util::future::join_all(tries).await {
        tried.problem(401, "INNBYGGER.FEIL_KODE");
    }
    let late = answer(innlos(t, Method::POST, EIER.telefonnummer, &code)).await;
    late.problem(401, "INNBYGGER.FEIL_KODE");
    t.clock.advance(SignedDuration::from_mins(1));
    let code = kode(t, EIER.telefonnummer).await.unwrap();
    for _ in 0..4 {
        answer(innlos(t, Method::POST, EIER.telefonnummer, &wrong)).await.json(401);
    }
    answer(innlos(t, Method::POST, EIER.telefonnummer, &code)).await.json(200);
}

/// What an answer tells, without what is new in each.
fn told(answer: &crate::support::Answer) -> (u16, Value, Vec<String>) {
    let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    if let Some(body) = body.as_object_mut() {
        body.remove("errorId");
    }
    (answer.status, body, answer.headers.keys().map(ToString::to_string).collect())
}

async fn nobody_learns_which_numbers_are_known(t: &mut Gate) {
    utsted(t, &nytt()).await;
    t.send_sms().await;
    t.sms.take();
    let mut answers = [Vec::new(), Vec::new()];
    for (into, telefon) in answers.iter_mut().zip([EIER.telefonnummer, STRANGER]) {
        into.push(told(&order(t, telefon).await));
        into.push(told(&order(t, telefon).await));
        for _ in 0..6 {
            into.push(told(&answer(innlos(t, Method::POST, telefon, "000000")).await));
        }
    }
    let [known, unknown] = answers;
    assert_eq!(known, unknown);
    t.send_sms().await;
    let sent = t.sms.take();
    assert_eq!(sent.len(), 1, "one code, to the number that is on a card");
    assert_eq!(sent[0].til, "+4799999991");
}

async fn codes_are_not_sent_without_end(t: &mut Gate) {
    utsted(t, &nytt()).await;
    t.send_sms().await;
    t.sms.take();
    assert_eq!(order(t, EIER.telefonnummer).await.status, 201);
    let soon = order(t, EIER.telefonnummer).await;
    soon.problem(429, "INNBYGGER.FOR_MANGE_KODER");
    assert_eq!(soon.header("retry-after"), Some("31"));
    // Ten a day, and the same for a number that nobody has.
    order(t, STRANGER).await;
    for _ in 0..9 {
        t.clock.advance(SignedDuration::from_mins(1));
        assert_eq!((order(t, EIER.telefonnummer).await.status, order(t, STRANGER).await.status), (201, 201));
    }
    t.clock.advance(SignedDuration::from_mins(1));
    let full = order(t, EIER.telefonnummer).await;
    full.problem(429, "INNBYGGER.FOR_MANGE_KODER");
    assert_eq!(told(&full), told(&order(t, STRANGER).await));
    let wait: i64 = full.header("retry-after").unwrap().parse().unwrap();
    t.send_sms().await;
    // Codes that had run out before the background came to them are not sent.
    assert!(t.sms.take().len() <= 5);
    t.clock.advance(SignedDuration::from_secs(wait));
    assert_eq!(order(t, EIER.telefonnummer).await.status, 201);
    order(t, "ikke-et-nummer").await.problem(400, "INNBYGGER.UGYLDIG_TELEFONNUMMER");
}

async fn of_first_codes_asked_for_at_once_one_is_sent(t: &mut Gate) {
    utsted(t, &nytt()).await;
    t.send_sms().await;
    t.sms.take();
    let all = futures_util::future::join_all((0..8).map(|_| order(t, EIER.telefonnummer))).await;
    let mut statuses: Vec<u16> = all.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 429, 429, 429, 429, 429, 429, 429]);
    t.send_sms().await;
    assert_eq!(t.sms.take().len(), 1);
}

async fn one_address_cannot_try_for_ever(t: &mut Gate) {
    let innlogging = LoginSettings {
        per_minute: 1,
        burst: 5,
        header: Some("X-Forwarded-For".to_owned()),
        ..LoginSettings::default()
    };
    t.restart_with(Settings { innlogging, ..Settings::default() }).await;
    let from = async |address: &str, n: u32| {
        let request = t.http.post(format!("{}{INNBYGGER}/999999{n:02}", t.url));
        answer(request.header("X-Forwarded-For", format!("10.0.0.1, {address}"))).await
    };
    let mut refused = None;
    for n in 0..10 {
        let answered = from("192.0.2.1", n).await;
        if answered.status != 201 {
            refused = Some((n, answered));
            break;
        }
    }
    let (n, refused) = refused.expect("a limit");
    assert_eq!(n, 5);
    refused.problem(429, "INNBYGGER.FOR_MANGE_KODER");
    assert!(refused.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);
    assert_eq!(from("192.0.2.2", 50).await.status, 201, "another address has its own share");
    let guess = innlos(t, Method::POST, STRANGER, "000000").header("X-Forwarded-For", "192.0.2.1");
    answer(guess).await.problem(429, "INNBYGGER.FOR_MANGE_KODER");
}

async fn a_session_ends(t: &mut Gate) {
    utsted(t, &nytt()).await;
    let token = logg_inn(t, EIER.telefonnummer).await;
    t.clock.advance(SignedDuration::from_hours(12) - SignedDuration::from_secs(1));
    mine(t, &token).await.json(200);
    t.clock.advance(SignedDuration::from_secs(1));
    let ended = mine(t, &token).await;
    ended.problem(401, "INNBYGGER.TOKEN_UGYLDIG");
    assert!(ended.header("www-authenticate").unwrap().contains("invalid_token"));
    let none = answer(t.http.get(format!("{}{INNBYGGER}/ledsagerbevis", t.url))).await;
    none.problem(401, "INNBYGGER.TOKEN_MANGLER");
}

async fn a_number_is_neither_logged_nor_repeated(t: &mut Gate) {
    keep_log();
    // Of a series that is set aside for fiction.
    let number = "447700900133";
    let mut answers = vec![order(t, &format!("+{number}")).await, order(t, &format!("+{number}")).await];
    answers.push(order(t, &format!("+{number}/videre")).await);
    answers.push(answer(t.http.get(format!("{}{INNBYGGER}/{number}", t.url))).await);
    answers.push(answer(innlos(t, Method::POST, &format!("+{number}"), "918273")).await);
    t.send_sms().await;
    for answer in answers {
        assert!(!answer.text().contains(number), "{}", answer.text());
        assert!(!format!("{:?}", answer.headers).contains(number));
    }
    let log = log();
    for private in [number, "918273"] {
        let found = log.lines().find(|line| has_by_itself(line, private));
        assert_eq!(found, None, "{private} is in the log");
    }
}

/// Six digits may well be the microseconds of a line's time, or stand in an id.
fn has_by_itself(line: &str, digits: &str) -> bool {
    line.match_indices(digits).any(|(at, _)| {
        let (before, after) = (line[..at].chars().next_back(), line[at + digits.len()..].chars().next());
        let within = |next: Option<char>| next.is_some_and(char::is_alphanumeric);
        !within(before) && !within(after) && before != Some('.')
    })
}

#[test]
fn digits_by_themselves_are_noticed() {
    assert!(has_by_itself("kode=918273", "918273") && has_by_itself("«918273»", "918273"));
    assert!(!has_by_itself("2027-01-01T10:00:00.918273Z", "918273") && !has_by_itself("a0918273", "918273"));
}

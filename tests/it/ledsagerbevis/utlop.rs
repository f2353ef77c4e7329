//! Cards that are about to expire: who is told when, and the municipality's list.

use jiff::SignedDuration;
use meldeport::sms::{Grunn, SendFeil};
use reqwest::Method;
use serde_json::{Value, json};

use super::hendelser::typer;
use crate::support::{
    Gate, Settings, answer,
    bevis::{EIER, FORELDER, HJELPER, kort, nytt, person, utsted},
};

on_every_database! {
    owner_and_guardian_are_told_twice_and_each_time_once,
    nobody_is_told_of_a_card_that_is_revoked_extended_or_everlasting,
    nobody_is_told_at_night,
    many_nodes_tell_once,
    the_municipality_has_a_list_the_soonest_first,
}

/// Looks for cards that expire, and sends what came of it. Gives the numbers that were told.
async fn told(t: &Gate) -> Vec<String> {
    t.services().varsle_utlop().await.unwrap();
    t.send_sms().await;
    let mut to: Vec<String> = t.sms.take().into_iter().map(|sent| sent.til).collect();
    to.sort();
    to
}

fn set(t: &Gate, moment: &str) {
    t.clock.set(moment.parse().unwrap());
}

fn until(date: &str) -> Value {
    let mut card = nytt();
    card["utlopsdato"] = date.into();
    card
}

async fn owner_and_guardian_are_told_twice_and_each_time_once(t: &mut Gate) {
    let card = utsted(t, &until("2027-06-30")).await;
    let id = card["id"].as_str().unwrap();
    assert_eq!(told(t).await.len(), 2, "that there is a card");
    let nobody: [&str; 0] = [];
    let both = ["+4799999991", "+4799999992"];
    for (moment, expected) in [
        ("2027-04-30T12:00:00Z", &nobody[..]),
        ("2027-05-01T12:00:00Z", &both[..]),
        ("2027-05-01T13:00:00Z", &nobody[..]),
        ("2027-06-15T12:00:00Z", &nobody[..]),
        ("2027-06-16T12:00:00Z", &both[..]),
        ("2027-06-20T12:00:00Z", &nobody[..]),
    ] {
        set(t, moment);
        assert_eq!(told(t).await, expected, "{moment}");
        t.restart().await;
        assert_eq!(told(t).await, nobody, "not after a restart either");
    }
    assert_eq!(typer(t, id).await.iter().filter(|event| *event == "SENDT_UTLOPSVARSEL").count(), 4);
    assert_eq!(t.database.count("utlopsvarsel", "1 = 1").await, 0, "nothing more is to come");
    // Extended: everything anew. In between, the supplier refuses.
    let path = kort(t, &format!("/{id}/opplysninger"));
    let extend = t.kommune().request(Method::PATCH, path).json(&json!({ "utlopsdato": "2027-12-31" }));
    answer(extend).await.json(200);
    assert_eq!(told(t).await, nobody);
    set(t, "2027-11-01T12:00:00Z");
    t.sms.refuse(Some(SendFeil::Permanent(Grunn::Svar(422))));
    assert_eq!(told(t).await, nobody);
    t.sms.refuse(None);
    assert_eq!(typer(t, id).await.iter().filter(|event| *event == "IKKE_SENDT_UTLOPSVARSEL").count(), 2);
    // Down over the threshold, and later than it: told once, when it is up.
    set(t, "2027-12-20T12:00:00Z");
    t.services().varsle_utlop().await.unwrap();
    t.send_sms().await;
    let sent = t.sms.take();
    assert_eq!(sent.len(), 2);
    for sent in sent {
        assert!(sent.tekst.contains("Lillevik kommune") && sent.tekst.contains("31.12.2027"), "{}", sent.tekst);
        for private in [EIER.navn, FORELDER.navn, EIER.fnr] {
            assert!(!sent.tekst.contains(private));
        }
    }
}

async fn nobody_is_told_of_a_card_that_is_revoked_extended_or_everlasting(t: &mut Gate) {
    let revoked = utsted(t, &until("2027-06-30")).await;
    let extended = utsted(t, &until("2027-07-01")).await;
    utsted(t, &json!({ "eier": person(HJELPER), "antallLedsagere": 1, "varig": true })).await;
    // Issued within the sixty days: whoever gave it the day knows; there are still fourteen to come.
    utsted(t, &json!({ "eier": person(HJELPER), "antallLedsagere": 1, "utlopsdato": "2027-02-15" })).await;
    told(t).await;
    let at = |card: &Value, rest: &str| kort(t, &format!("/{}{rest}", card["id"].as_str().unwrap()));
    let revoke = t.kommune().request(Method::PATCH, at(&revoked, "")).json(&json!({ "revokertGrunn": "Feil." }));
    assert_eq!(answer(revoke).await.status, 200);
    let extend = t.kommune().request(Method::PATCH, at(&extended, "/opplysninger"));
    answer(extend.json(&json!({ "utlopsdato": "2029-07-01" }))).await.json(200);
    set(t, "2027-01-31T12:00:00Z");
    assert_eq!(told(t).await, Vec::<String>::new());
    set(t, "2027-02-01T12:00:00Z");
    assert_eq!(told(t).await, ["+4799999993"]);
    set(t, "2027-06-25T12:00:00Z");
    assert_eq!(told(t).await, Vec::<String>::new());
    assert_eq!(t.database.count("utlopsvarsel", "1 = 1").await, 1, "the extended card's");
    // Revoked between the look and the sending.
    let card = utsted(t, &until("2027-12-31")).await;
    told(t).await;
    set(t, "2027-11-10T12:00:00Z");
    assert_eq!(t.services().varsle_utlop().await.unwrap(), 1);
    let revoke = t.kommune().request(Method::PATCH, at(&card, "")).json(&json!({ "revokertGrunn": "Feil." }));
    assert_eq!(answer(revoke).await.status, 200);
    t.send_sms().await;
    assert_eq!(t.sms.take(), []);
}

async fn nobody_is_told_at_night(t: &mut Gate) {
    let card = utsted(t, &until("2027-06-30")).await;
    told(t).await;
    for night in ["2027-05-01T18:00:00Z", "2027-05-02T06:59:59Z"] {
        set(t, night);
        assert_eq!(t.services().varsle_utlop().await.unwrap(), 0, "{night}");
    }
    // A supplier that is down in the evening is not tried again before the morning.
    set(t, "2027-05-02T17:59:58Z");
    t.sms.refuse(Some(SendFeil::Midlertidig(Grunn::Svar(503))));
    assert_eq!(told(t).await, Vec::<String>::new());
    t.sms.refuse(None);
    t.clock.advance(SignedDuration::from_hours(2));
    t.send_sms().await;
    assert_eq!(t.sms.take(), []);
    set(t, "2027-05-03T07:00:00Z");
    t.send_sms().await;
    assert_eq!(t.sms.take().len(), 2);
    // Without a way to send, the history says so at once; the municipality has the list.
    t.restart_with(Settings { sends_sms: false, ..Settings::default() }).await;
    set(t, "2027-06-16T12:00:00Z");
    assert_eq!(t.services().varsle_utlop().await.unwrap(), 1);
    let events = typer(t, card["id"].as_str().unwrap()).await;
    assert_eq!(events.iter().filter(|event| *event == "IKKE_SENDT_UTLOPSVARSEL").count(), 2);
}

async fn many_nodes_tell_once(t: &mut Gate) {
    for n in 0..5 {
        let mut card = until("2027-06-30");
        card["eksternId"] = format!("sak {n}").into();
        // One number for both: one message.
        card["forvaltere"][0]["telefonnummer"] = EIER.telefonnummer.into();
        utsted(t, &card).await;
    }
    told(t).await;
    set(t, "2027-05-01T12:00:00Z");
    let nodes: Vec<_> = (0..4).map(|_| t.services().varsle_utlop()).collect();
    let cards: u64 = futures_util::future::join_all(nodes).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(cards, 5);
    t.send_sms().await;
    assert_eq!(t.sms.take().len(), 5);
}

async fn the_municipality_has_a_list_the_soonest_first(t: &mut Gate) {
    for (n, date) in ["2027-03-01", "2027-02-01", "2027-03-01", "2027-01-15", "2027-03-16", "2027-03-17", "2027-02-02"]
        .into_iter()
        .enumerate()
    {
        let mut card = until(date);
        card["eksternId"] = format!("sak {n}").into();
        let id = utsted(t, &card).await["id"].as_str().unwrap().to_owned();
        if date == "2027-02-02" {
            let revoke = t.kommune().request(Method::PATCH, kort(t, &format!("/{id}")));
            assert_eq!(answer(revoke.json(&json!({ "revokertGrunn": "Feil." }))).await.status, 200);
        }
    }
    let dates = |cards: &Value| -> Vec<String> {
        cards.as_array().unwrap().iter().map(|card| card["utlopsdato"].as_str().unwrap().to_owned()).collect()
    };
    let all = t.kommune().get(kort(t, "/utloper")).await;
    assert_eq!(dates(&all.json(200)), ["2027-01-15", "2027-02-01", "2027-03-01", "2027-03-01", "2027-03-16"]);
    assert_eq!(all.header("neste-markor"), None);
    assert_eq!(dates(&t.kommune().get(kort(t, "/utloper?innen=17")).await.json(200)), ["2027-01-15", "2027-02-01"]);
    let (mut seen, mut next, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = t.kommune().get(kort(t, &format!("/utloper?antall=2&innen=61{next}"))).await;
        seen.extend(page.json(200).as_array().unwrap().iter().map(|card| card["id"].clone()));
        pages += 1;
        let Some(marker) = page.header("neste-markor") else { break };
        next = format!("&markor={marker}");
    }
    let whole = t.kommune().get(kort(t, "/utloper?innen=61")).await.json(200);
    let whole: Vec<_> = whole.as_array().unwrap().iter().map(|card| card["id"].clone()).collect();
    assert_eq!((seen, pages), (whole, 3), "each once");
    for bad in ["innen=0", "innen=x", "markor=2027-03-01", "markor=x_y"] {
        t.kommune().get(kort(t, &format!("/utloper?{bad}"))).await.problem(400, "FORESPORSEL.PARAMETER");
    }
    // The next day one has expired, and is on this list no more.
    t.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(dates(&t.kommune().get(kort(t, "/utloper?innen=20")).await.json(200)), ["2027-02-01"]);
    t.send_sms().await;
}

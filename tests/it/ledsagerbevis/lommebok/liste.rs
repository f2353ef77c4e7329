//! The lists that tell which copies count no longer.

use std::{collections::HashSet, io::Read as _};

use reqwest::header::CONTENT_TYPE;

use super::*;
use crate::support::{Settings, keep_log, log};

on_every_database! {
    a_list_is_published_for_everyone,
    copies_that_are_fetched_at_once_do_not_share_a_place,
    a_list_that_fills_up_is_followed_by_another,
    nothing_personal_is_in_lists_logs_or_the_database,
}

async fn a_list_is_published_for_everyone(t: &mut Gate) {
    let list = open(t, "/ledsagerbevis/status/1").await;
    assert_eq!((list.status, list.header("content-type")), (200, Some("application/statuslist+jwt")));
    assert_eq!(list.header("access-control-allow-origin"), Some("*"));
    assert_eq!(list.header("vary"), Some("Accept-Encoding"));
    let claims = payload(&list.text());
    let names: HashSet<&str> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, HashSet::from(["sub", "iss", "iat", "exp", "ttl", "status_list"]));
    assert_eq!(claims["sub"], format!("{UTSTEDER}/ledsagerbevis/status/1"));
    let seconds = |name: &str| claims[name].as_i64().unwrap();
    assert_eq!((seconds("ttl"), seconds("exp") - seconds("iat")), (3600, 72 * 3600));
    // Handed out as it is for a while, and told apart by its tag.
    let ask = |header: &str, value: &str| t.http.get(format!("{}/ledsagerbevis/status/1", t.url)).header(header, value);
    assert_eq!(answer(ask("If-None-Match", list.header("etag").unwrap())).await.status, 304);
    let packed = answer(ask("Accept-Encoding", "br, gzip")).await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*packed.body).read_to_string(&mut text).unwrap();
    assert_eq!(text, list.text());
    assert_eq!(answer(ask("Accept-Encoding", "gzip;q=0")).await.text(), list.text());
    wait(t);
    let newer = open(t, "/ledsagerbevis/status/1").await;
    assert_ne!(newer.header("etag"), list.header("etag"));
    for unknown in ["0", "2", "01", "-1", "x", "99999999999", "1/2"] {
        let none = open(t, &format!("/ledsagerbevis/status/{unknown}")).await;
        none.problem(404, "FORESPORSEL.UKJENT_ADRESSE");
    }
}

async fn copies_that_are_fetched_at_once_do_not_share_a_place(t: &mut Gate) {
    t.restart_with(Settings { status_list: (64, SignedDuration::from_secs(10)), ..Settings::default() }).await;
    let card = utsted(t, &nytt()).await;
    let token = logg_inn(t, EIER.telefonnummer).await;
    let phones: Vec<Telefon> = (0..12).map(|seed| Telefon::with(seed / 2, token.clone())).collect();
    let copies = futures_util::future::join_all(phones.iter().map(|phone| phone.kort(t, &card))).await;
    let places: Vec<_> = copies.iter().map(|copy| plass(copy)).collect();
    assert!(places.chunks(2).all(|pair| pair[0] == pair[1]), "a phone that asks twice at once has one place");
    assert_eq!(places.iter().collect::<HashSet<_>>().len(), 6, "{places:?}");
}

async fn a_list_that_fills_up_is_followed_by_another(t: &mut Gate) {
    const PLACES: u32 = 8;
    let settings = || Settings { status_list: (PLACES, SignedDuration::ZERO), ..Settings::default() };
    t.restart_with(settings()).await;
    let card = utsted(t, &nytt()).await;
    let token = logg_inn(t, EIER.telefonnummer).await;
    let fetch = async |seeds: std::ops::Range<u64>| {
        let mut places = Vec::new();
        for seed in seeds {
            places.push(plass(&Telefon::with(seed, token.clone()).kort(t, &card).await));
        }
        places
    };
    let first = fetch(0..20).await;
    assert_eq!(first.iter().collect::<HashSet<_>>().len(), 20, "nobody shares a place: {first:?}");
    let lists: HashSet<&str> = first.iter().map(|(uri, _)| uri.as_str()).collect();
    assert!(lists.len() >= 3 && first.iter().all(|(_, index)| *index < u64::from(PLACES)), "{first:?}");
    for uri in &lists {
        assert_eq!(open(t, uri).await.status, 200, "{uri}");
    }
    let after = format!("{UTSTEDER}/ledsagerbevis/status/{}", lists.len() + 1);
    open(t, &after).await.problem(404, "FORESPORSEL.UKJENT_ADRESSE");
    // A place is given away again only when no list can still say something of the copy that had it.
    t.clock.advance(SignedDuration::from_hours(59 * 24));
    t.services().rydd().await.unwrap();
    assert_eq!(t.database.count("kortkopi", "1 = 1").await, 20);
    t.clock.advance(SignedDuration::from_hours(2 * 24));
    t.services().rydd().await.unwrap();
    assert_eq!(t.database.count("kortkopi", "1 = 1").await, 0);
}

async fn nothing_personal_is_in_lists_logs_or_the_database(t: &mut Gate) {
    keep_log();
    let card = utsted(t, &nytt()).await;
    let telefon = Telefon::new(t, 1, EIER.telefonnummer).await;
    let copy = telefon.kort(t, &card).await;
    revoker(t, &card).await;
    wait(t);
    let list = open(t, "/ledsagerbevis/status/1").await;
    let places = payload(&list.text())["status_list"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(places, ["bits", "lst"]);
    let thumbprint = telefon.nokkel.public().thumbprint();
    let signature = copy.split('~').next().unwrap().rsplit('.').next().unwrap();
    for mark in [EIER.navn, EIER.fnr, EIER.telefonnummer, &thumbprint, signature] {
        assert_eq!(t.database.tables_with(mark).await, Vec::<String>::new(), "{mark}");
        assert!(!log().contains(mark), "{mark} is in the log");
        assert!(!list.text().contains(mark), "{mark}");
    }
    let raw = {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        URL_SAFE_NO_PAD.decode(&thumbprint).unwrap()
    };
    let dump = t.database.dump().await;
    assert!(!dump.windows(raw.len()).any(|window| window == raw), "the phone's key follows its owner about");
    let other = t.http.post(format!("{}{INNBYGGER}/kort/engangsverdi", t.url)).header(CONTENT_TYPE, "text/plain");
    answer(other.bearer_auth("hemmelig-token")).await.problem(401, "INNBYGGER.TOKEN_UGYLDIG");
    assert!(!log().contains("hemmelig-token"));
}

//! A report that comes in the clear leaves no trace of its words: not in the database or its log of writes, not in our
//! log, and not in a file on the side.

use std::{
    fs,
    path::{Path, PathBuf},
};

use futures_util::future::{join_all, select_all};
use jiff::tz::TimeZone;
use meldeport::system::{Clock as _, SystemClock};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    skjema::payload,
    support::{Gate, Sak, Site, V2, answer, id_of, keep_log, log},
};

on_every_database! {
    the_words_of_a_report_are_written_nowhere,
    a_killed_gateway_leaves_no_words_behind,
}

/// In every text of the report; nowhere else in the tests.
const MARK: &str = "Kvitrebekk";

/// The report with the mark in each of its texts that may hold one.
fn marked(bydel: &str) -> Value {
    let mut report = payload();
    report["bydelsnummer"] = bydel.into();
    for place in [
        "/kommunenavn",
        "/bydelsnavn",
        "/offentligMelder/personnavn",
        "/offentligMelder/rolle",
        "/offentligMelder/virksomhet/navn",
        "/offentligBarn/0/personnavn",
        "/offentligBarn/0/fnr",
        "/offentligBarn/0/adresse/adresselinje1",
        "/foresatte/0/personnavn",
        "/behovForTolk",
        "/melding/melding",
        "/melding/historie",
        "/melding/andreSynspunkter",
        "/leveringskanal",
    ] {
        *report.pointer_mut(place).unwrap() = format!("{MARK} {place}").into();
    }
    report
}

async fn the_words_of_a_report_are_written_nowhere(t: &mut Gate) {
    keep_log();
    let post = async |kontor: usize, body: String| {
        let request = t.skole().request(Method::POST, t.send_path(V2, kontor, Sak::Offentlig));
        answer(request.header("Content-Type", "application/json").body(body)).await
    };
    // Accepted as it is; converted and sealed as JWE; refused by the form, by the office, by the time, half sent.
    let mut ids =
        vec![id_of(&post(0, marked("01").to_string()).await), id_of(&post(1, marked("02").to_string()).await)];
    let mut wrong = marked("01");
    wrong["offentligMelder"]["telefonnummer"] = MARK.into();
    wrong["offentligBarn"] = json!([MARK]);
    wrong[MARK] = MARK.into();
    let mut late = marked("01");
    late["sendingstidspunkt"] = MARK.into();
    let whole = marked("01").to_string();
    for body in [wrong.to_string(), marked("02").to_string(), late.to_string(), whole[..whole.len() / 2].to_owned()] {
        let refused = post(0, body.clone()).await;
        assert_eq!(refused.status, 400, "{}", refused.text());
        assert!(!refused.text().contains(MARK), "{}", refused.text());
        let judge = t.skole().request(Method::POST, format!("{V2}/skjema/offentlig/valider"));
        let judged = answer(judge.header("Content-Type", "application/json").body(body)).await;
        assert!(!judged.text().contains(MARK), "{}", judged.text());
    }
    t.run_jobs().await;
    look(t);
    let received = ids.remove(0);
    t.kommune().post(t.queue(format!("/{received}/mottatt"))).await.json(200);
    look(t);
    t.restart().await;
    look(t);
}

async fn a_killed_gateway_leaves_no_words_behind(t: &mut Site) {
    let mut server = t.serve().await;
    let now = SystemClock.now().to_zoned(TimeZone::get("Europe/Oslo").unwrap());
    let caller = t.caller(&server, &t.town.skole);
    let senders: Vec<_> = (0..8)
        .map(|n| {
            let mut report = marked("01");
            report["sendingstidspunkt"] = now.strftime("%Y-%m-%dT%H:%M:%S").to_string().into();
            report["melding"]["historie"] = format!("{MARK} {n}").into();
            let request = caller.request(Method::POST, t.send_path()).json(&report);
            tokio::spawn(async move { request.send().await.map(|answer| answer.status().as_u16()) })
        })
        .collect();
    // One is through, and the others are being read, rendered, sealed or written.
    let (first, _, others) = select_all(senders).await;
    assert_eq!(first.unwrap().unwrap(), 201);
    server.kill();
    join_all(others).await;
    scan(&files(&server.folder.path().join("tmp")));
    assert!(!server.log.lock().unwrap().contains(MARK), "in the log");
    if let Some(file) = t.database.settings.file() {
        scan(&files(file.parent().unwrap()));
    }
    // Every sealed report that is there is whole, so there is nothing half-written to look into.
    assert_eq!(t.database.count("innhold", "1 = 1").await, t.database.count("melding", "1 = 1").await);
}

/// Looks through the database's files (PostgreSQL's are its server's: there the rows are what can be seen) and the log.
fn look(t: &Gate) {
    assert!(!log().contains(MARK), "in the log");
    if let Some(file) = t.database.settings.file() {
        let seen = files(file.parent().unwrap());
        assert!(!seen.is_empty());
        scan(&seen);
    }
}

fn scan(paths: &[PathBuf]) {
    for path in paths {
        let content = fs::read(path).unwrap();
        let found = content.windows(MARK.len()).any(|window| window == MARK.as_bytes());
        assert!(!found, "in {}", path.display());
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
}

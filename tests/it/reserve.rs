//! A disk that is nearly full: new reports are refused before they take the room that receipts need, and SQLite's log takes a
//! bounded part of it.

use std::fs;

use meldeport::{crypto::cms, store::Backend};
use reqwest::Method;

use crate::support::{Gate, Sak, V2, answer, form, id_of};

on_every_database! {
    receipts_have_room_that_reports_may_not_take,
    the_log_begins_anew_while_somebody_writes,
}

async fn receipts_have_room_that_reports_may_not_take(t: &mut Gate) {
    let (first, report) = t.deliver().await;
    let kept = t.database.settings.reserve;
    // As if nearly nothing were left.
    t.database.settings.reserve = u64::MAX / 2;
    t.restart().await;
    let sqlite = t.services().store.backend() == Backend::Sqlite;
    let answer = t.post(&t.report(), None).await;
    if sqlite {
        answer.problem(507, "SERVER.LAGRING_FULL");
    } else {
        answer.json(201);
    }
    assert_eq!(id_of(&t.post(&report, None).await), first, "who lost the answer is told where the report is");
    t.kommune().post(t.queue(format!("/{first}/mottatt"))).await.json(200);
    assert_eq!(t.states(&first).await.last().unwrap(), "LEVERT");
    assert_eq!(t.database.count("melding", "1 = 1").await, if sqlite { 1 } else { 2 });
    t.database.settings.reserve = kept;
    t.restart().await;
    t.send(&t.report()).await;
    t.run_jobs().await;
}

async fn the_log_begins_anew_while_somebody_writes(t: &mut Gate) {
    const REPORTS: u64 = 40;
    const BYTES: usize = 500_000;
    t.database.settings.reserve = 4 << 20;
    t.restart().await;
    let (path, letter) = (t.send_path(V2, 0, Sak::Offentlig), t.report().letter);
    for _ in 0..REPORTS {
        let envelope = cms::seal(&vec![0; BYTES], &t.kontor(0).nokkel.certificate, &*t.rng).unwrap();
        id_of(&answer(t.skole().request(Method::POST, &path).multipart(form(&letter, &envelope))).await);
    }
    if let Some(file) = t.database.settings.file() {
        let stored = fs::metadata(&file).unwrap().len();
        let log = fs::metadata(format!("{}-wal", file.display())).unwrap().len();
        assert!(log < 8 << 20, "{log} bytes of log");
        assert!(stored > (REPORTS - 8) * BYTES as u64, "{stored} bytes in the file");
    }
    t.run_jobs().await;
}

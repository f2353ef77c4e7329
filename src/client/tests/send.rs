use std::{path::Path, time::Duration};

use super::{
    super::{
        Exit,
        outbox::{Outbox, Receipt},
        sender::Outcome,
        watch::Step,
    },
    Kill, files,
    gateway::{Fault, Gateway},
    nobody,
    world::{MARKER, ORGNR, Screen, WORLD, now, report, report_json, report_pdf, sender},
};
use crate::{
    crypto::{
        asice::{self, Trust},
        cms,
    },
    system::SeededRng,
};

fn outbox(dir: &Path) -> Outbox {
    Outbox::open(dir, &SeededRng::new(9)).unwrap()
}

/// As the command does it: empty the outbox, then send. The seed is the process: another run has other random bytes.
async fn run(gateway: &Gateway, dir: &Path, seed: u64) -> (Outcome, String) {
    let screen = Screen::default();
    let (sender, outbox) = (sender(&gateway.url, nobody(), &screen, seed), outbox(dir));
    sender.flush(&outbox).await.unwrap();
    (sender.send(&outbox, &report(1), false).await.unwrap(), screen.text())
}

fn waiting(dir: &Path) -> usize {
    files(&dir.join("venter")).len()
}

#[tokio::test]
async fn the_municipality_and_the_printer_can_open_what_was_sent() {
    let (gateway, dir) = (Gateway::start().await, tempfile::tempdir().unwrap());
    let (outcome, text) = run(&gateway, dir.path(), 1).await;
    let books = gateway.books();
    let sent = books.submissions.values().next().unwrap();
    assert_eq!(outcome, Outcome::Sent(sent.id));
    assert_eq!(text, format!("sendt {}\n", sent.id));
    // To the office that takes reports when the right one is not known.
    assert!(sent.path.ends_with("/3301/02/offentlig"), "{}", sent.path);
    let names: Vec<_> = sent.parts.iter().map(|(name, file, _)| (name.as_str(), file.as_str())).collect();
    assert_eq!(names, [("bekymringsmelding", "bekymringsmelding.pdf"), ("asice", "asice.zip")]);
    let pdf = cms::open(&sent.parts[0].2, &[WORLD.print.private_key().unwrap()]).unwrap();
    assert_eq!(pdf.expose(), report_pdf(1).as_bytes());
    let container = cms::open(&sent.parts[1].2, &[WORLD.kommune.private_key().unwrap()]).unwrap();
    let trust = Trust { anchors: vec![WORLD.ca.certificate.clone()], orgnr: Some(ORGNR.to_owned()) };
    let opened = asice::open(container.expose(), &trust, now()).unwrap();
    let content: Vec<_> = opened.files.iter().map(|(name, bytes)| (name.as_str(), bytes.expose().clone())).collect();
    assert_eq!(
        content,
        [
            ("bekymringsmelding.json", report_json(1).into_bytes()),
            ("bekymringsmelding.pdf", report_pdf(1).into_bytes())
        ]
    );
}

#[tokio::test]
async fn killed_after_any_step_the_report_is_sent_once() {
    for at in [Step::Sealed, Step::Queued, Step::Accepted, Step::Receipted, Step::Cleared] {
        let (gateway, dir) = (Gateway::start().await, tempfile::tempdir().unwrap());
        let dying = sender(&gateway.url, Kill::at(at, 1), &Screen::default(), 1);
        assert!(dying.send(&outbox(dir.path()), &report(1), false).await.is_err(), "{at:?}");
        let plain = |(_, bytes): &(String, Vec<u8>)| String::from_utf8_lossy(bytes).contains(MARKER);
        assert!(!files(dir.path()).iter().any(plain), "{at:?}: plaintext on disk");
        // The same command again, and once more for good measure.
        for seed in [2, 3] {
            let (outcome, text) = run(&gateway, dir.path(), seed).await;
            assert!(matches!(outcome, Outcome::Sent(_)), "{at:?}: {text}");
        }
        assert_eq!(gateway.books().submissions.len(), 1, "{at:?}");
        assert_eq!((files(&dir.path().join("kvitteringer")).len(), waiting(dir.path())), (1, 0), "{at:?}");
    }
}

#[tokio::test]
async fn a_lost_answer_and_a_twin_in_flight_are_the_same_report() {
    let (gateway, dir) = (Gateway::start().await, tempfile::tempdir().unwrap());
    gateway.fail("send", Fault::LoseAnswer);
    gateway.fail("send", Fault::Answer { status: 409, code: "IDEMPOTENS.UNDERVEIS", retry_after: Some("1") });
    gateway.fail("send", Fault::Answer { status: 503, code: "", retry_after: None });
    let (outcome, text) = run(&gateway, dir.path(), 1).await;
    assert!(matches!(outcome, Outcome::Sent(_)), "{text}");
    assert_eq!(gateway.count("send"), 4);
    assert_eq!(gateway.books().submissions.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_sent_now_is_sent_by_the_next_run() {
    let (gateway, dir) = (Gateway::start().await, tempfile::tempdir().unwrap());
    gateway.fail("send", Fault::Answer { status: 500, code: "FEIL", retry_after: None });
    let (outcome, text) = run(&gateway, dir.path(), 1).await;
    assert!(outcome == Outcome::Waiting && text.contains("trygt i utboksen"), "{text}");
    let stored = files(&dir.path().join("venter")).into_iter().find(|(name, _)| name.ends_with(".bin")).unwrap().1;
    let sender = sender(&gateway.url, nobody(), &Screen::default(), 2);
    assert_eq!(sender.flush(&outbox(dir.path())).await.unwrap(), Exit::Done);
    let books = gateway.books();
    let (key, sent) = books.submissions.iter().next().unwrap();
    assert_eq!(sent.body, stored);
    let receipt: Receipt = serde_json::from_slice(&files(&dir.path().join("kvitteringer"))[0].1).unwrap();
    assert_eq!((receipt.order.idempotency_key.to_string(), receipt.bekymringsmelding_id), (key.clone(), sent.id));
}

#[tokio::test]
async fn a_stale_certificate_is_for_a_person_and_a_new_sealing() {
    let (gateway, dir) = (Gateway::start().await, tempfile::tempdir().unwrap());
    gateway.fail("send", Fault::Answer { status: 400, code: "KONVOLUTT.FEIL_MOTTAKER", retry_after: None });
    let (outcome, text) = run(&gateway, dir.path(), 1).await;
    assert!(outcome == Outcome::Rejected && text.contains("--ny"), "{text}");
    // Kept with its reason, not sent again by itself.
    let kept: Vec<_> = files(&dir.path().join("avvist")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(kept.len(), 3, "{kept:?}");
    let (outcome, text) = run(&gateway, dir.path(), 2).await;
    assert!(outcome == Outcome::Rejected && text.contains("KONVOLUTT.FEIL_MOTTAKER"), "{text}");
    assert_eq!((gateway.count("send"), waiting(dir.path())), (1, 0));
    // With the original and --ny it goes.
    let again = sender(&gateway.url, nobody(), &Screen::default(), 3);
    let outcome = again.send(&outbox(dir.path()), &report(1), true).await.unwrap();
    assert!(matches!(outcome, Outcome::Sent(_)));
}

#[tokio::test]
async fn a_request_for_another_gateway_or_a_damaged_one_is_not_sent() {
    let (gateway, other, dir) = (Gateway::start().await, Gateway::start().await, tempfile::tempdir().unwrap());
    let dying = sender(&gateway.url, Kill::at(Step::Queued, 1), &Screen::default(), 1);
    assert!(dying.send(&outbox(dir.path()), &report(1), false).await.is_err());
    let elsewhere = sender(&other.url, nobody(), &Screen::default(), 2);
    assert_eq!(elsewhere.flush(&outbox(dir.path())).await.unwrap(), Exit::Failed);
    let entry = std::fs::read_dir(dir.path().join("venter")).unwrap().next().unwrap().unwrap().path();
    std::fs::write(entry.join("forespoersel.bin"), "x").unwrap();
    let screen = Screen::default();
    let exit = sender(&gateway.url, nobody(), &screen, 3).flush(&outbox(dir.path())).await.unwrap();
    assert!(exit == Exit::NeedsPerson && screen.text().contains("skadet"), "{}", screen.text());
    assert_eq!(gateway.count("send") + other.count("send"), 0);
}

#[tokio::test]
async fn delivery_is_awaited_and_each_status_shown_once() {
    let gateway = Gateway::start().await;
    let screen = Screen::default();
    let sender = sender(&gateway.url, nobody(), &screen, 1);
    let id = uuid::Uuid::from_u128(1);
    assert!(!sender.await_delivery(id, Duration::ZERO).await.unwrap());
    assert!(sender.await_delivery(id, Duration::from_secs(30)).await.unwrap());
    let lines: Vec<_> = screen.text().lines().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(lines, ["AKSEPTERT", "AKSEPTERT", "SENDT_FAGSYSTEM", "LEVERT"]);
}

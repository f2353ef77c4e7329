use std::{path::Path, time::Duration};

use super::{
    super::{
        Exit,
        config::OnFailure,
        fetcher::{TakeError, Taken},
        files::LockError,
        inbox::Inbox,
        watch::Step,
    },
    Kill, files,
    gateway::{Fault, Gateway, State, id},
    nobody,
    world::{MARKER, Screen, WORLD, fetcher, report_json, report_pdf},
};

/// Each run is a new process, with other random numbers.
async fn run(gateway: &Gateway, dir: &Path) -> (Exit, String) {
    let (screen, seed) = (Screen::default(), 100 + gateway.count("token") as u64);
    let fetcher = fetcher(&gateway.url, nobody(), &screen, seed);
    let exit = fetcher.run(&Inbox::open(dir).unwrap(), None, false).await.unwrap();
    (exit, screen.text())
}

/// Every report is there once, whole, receipted, and there is nothing else.
fn assert_complete(gateway: &Gateway, dir: &Path, count: usize, case: &str) {
    let mut expected = vec![".meldeport.lock".to_owned()];
    for number in 1..=count {
        let id = id(number);
        for name in ["bekymringsmelding.json", "bekymringsmelding.pdf", "kvittering.json", "metadata.json"] {
            expected.push(format!("{id}/{name}"));
        }
        let read = |name: &str| std::fs::read_to_string(dir.join(id.to_string()).join(name)).unwrap();
        assert_eq!(read("bekymringsmelding.json"), report_json(number), "{case}");
        assert_eq!(read("bekymringsmelding.pdf"), report_pdf(number), "{case}");
        assert!(!read("metadata.json").contains(MARKER), "{case}");
    }
    let found: Vec<_> = files(dir).into_iter().map(|(name, _)| name).collect();
    expected.sort();
    assert_eq!(found, expected, "{case}");
    assert!(gateway.books().held.iter().all(|held| held.state == State::Mottatt), "{case}");
}

#[tokio::test]
async fn all_pages_are_fetched_and_receipted() {
    let (gateway, dir) = (Gateway::with_reports(5).await, tempfile::tempdir().unwrap());
    let (exit, text) = run(&gateway, dir.path()).await;
    assert_eq!(exit, Exit::Done, "{text}");
    assert_complete(&gateway, dir.path(), 5, "");
    assert_eq!((gateway.count("innhold"), gateway.count("mottatt"), gateway.count("token")), (5, 5, 1));
    assert_eq!(text.lines().filter(|line| line.starts_with("hentet ")).count(), 5);
    assert!(!text.contains(MARKER));
}

#[tokio::test]
async fn killed_after_any_step_nothing_is_lost_and_nothing_comes_twice() {
    let steps = [Step::Downloaded, Step::Opened, Step::Written, Step::Published, Step::Confirmed, Step::Noted];
    for (at, nth) in steps.into_iter().flat_map(|step| [(step, 1), (step, 2), (step, 3)]) {
        let (gateway, dir) = (Gateway::with_reports(3).await, tempfile::tempdir().unwrap());
        let case = format!("{at:?} for the {nth}. time");
        let dying = fetcher(&gateway.url, Kill::at(at, nth), &Screen::default(), 2);
        assert!(dying.run(&Inbox::open(dir.path()).unwrap(), None, false).await.is_err(), "{case}");
        // A receipt was never sent for what is not safe on the disk.
        for held in gateway.books().held.iter().filter(|held| held.state == State::Mottatt) {
            assert!(dir.path().join(held.id.to_string()).join("bekymringsmelding.pdf").exists(), "{case}");
        }
        let (exit, text) = run(&gateway, dir.path()).await;
        assert_eq!(exit, Exit::Done, "{case}: {text}");
        assert_complete(&gateway, dir.path(), 3, &case);
        // Only what was not yet published was downloaded again.
        let again = usize::from(matches!(at, Step::Downloaded | Step::Opened | Step::Written));
        assert_eq!(gateway.count("innhold"), 3 + again, "{case}");
    }
}

#[tokio::test]
async fn a_broken_transfer_is_picked_up_where_it_broke() {
    let (gateway, dir) = (Gateway::with_reports(1).await, tempfile::tempdir().unwrap());
    gateway.fail("innhold", Fault::CutAfter(300));
    gateway.fail("innhold", Fault::Answer { status: 503, code: "", retry_after: Some("1") });
    gateway.fail("innhold", Fault::CutAfter(200));
    assert_eq!(run(&gateway, dir.path()).await.0, Exit::Done);
    assert_complete(&gateway, dir.path(), 1, "");
    assert_eq!(gateway.books().ranges, ["bytes=300-", "bytes=500-"]);
}

#[tokio::test]
async fn a_server_without_ranges_starts_over() {
    let (gateway, dir) = (Gateway::with_reports(1).await, tempfile::tempdir().unwrap());
    gateway.fail("innhold", Fault::CutAfter(300));
    gateway.fail("innhold", Fault::IgnoreRange);
    assert_eq!(run(&gateway, dir.path()).await.0, Exit::Done);
    assert_complete(&gateway, dir.path(), 1, "");
}

#[tokio::test]
async fn changed_content_is_fetched_again_and_never_opened() {
    let (gateway, dir) = (Gateway::with_reports(1).await, tempfile::tempdir().unwrap());
    // Changed in a part: the part's own digest is right, only the listing's sum shows it.
    gateway.fail("innhold", Fault::CutAfter(300));
    gateway.fail("innhold", Fault::Flip);
    assert_eq!(run(&gateway, dir.path()).await.0, Exit::Done);
    assert_complete(&gateway, dir.path(), 1, "");

    let (gateway, dir) = (Gateway::with_reports(1).await, tempfile::tempdir().unwrap());
    gateway.fail("innhold", Fault::Flip);
    gateway.fail("innhold", Fault::Flip);
    let (exit, text) = run(&gateway, dir.path()).await;
    assert!(exit == Exit::Failed && text.contains("kontrollsummen"), "{text}");
    assert_eq!((gateway.count("mottatt"), gateway.count("feilet")), (0, 0));
}

#[tokio::test]
async fn a_lost_receipt_is_sent_again() {
    let (gateway, dir) = (Gateway::with_reports(2).await, tempfile::tempdir().unwrap());
    gateway.fail("mottatt", Fault::LoseAnswer);
    assert_eq!(run(&gateway, dir.path()).await.0, Exit::Done);
    assert_complete(&gateway, dir.path(), 2, "");
    assert_eq!(gateway.count("mottatt"), 3);
}

#[tokio::test]
async fn a_receipt_that_is_owed_is_an_error_until_it_is_sent() {
    let (gateway, dir) = (Gateway::with_reports(1).await, tempfile::tempdir().unwrap());
    let down = || Fault::Answer { status: 500, code: "FEIL", retry_after: None };
    gateway.fail("mottatt", down());
    assert_eq!(run(&gateway, dir.path()).await.0, Exit::Failed);
    // At the start of the next run it fails again, but then the report comes up in the listing.
    gateway.fail("mottatt", down());
    let (exit, text) = run(&gateway, dir.path()).await;
    assert_eq!(exit, Exit::Done, "{text}");
    assert_complete(&gateway, dir.path(), 1, "");
    assert_eq!(gateway.count("innhold"), 1);
}

#[tokio::test]
async fn a_receipt_that_comes_too_late_is_noted_and_not_repeated() {
    let (gateway, dir) = (Gateway::with_reports(1).await, tempfile::tempdir().unwrap());
    gateway.fail("mottatt", Fault::Answer { status: 409, code: "TILSTAND", retry_after: None });
    gateway.fail("mottatt", Fault::Answer { status: 500, code: "FEIL", retry_after: None });
    let (exit, text) = run(&gateway, dir.path()).await;
    // The fake still lists it, so a second receipt is tried in the same run; that one fails for another reason.
    assert!(exit == Exit::Failed && text.contains("for sent å kvittere"), "{text}");
    let note = std::fs::read_to_string(dir.path().join(id(1).to_string()).join("kvittering.json")).unwrap();
    assert!(note.contains("UKJENT") && note.contains("TILSTAND"), "{note}");
}

#[tokio::test]
async fn what_others_fetched_is_passed_by() {
    let (gateway, dir) = (Gateway::with_reports(2).await, tempfile::tempdir().unwrap());
    gateway.fail("innhold", Fault::Answer { status: 410, code: "SLETTET", retry_after: None });
    let screen = Screen::default();
    let fetcher = fetcher(&gateway.url, nobody(), &screen, 1);
    let inbox = Inbox::open(dir.path()).unwrap();
    let melding = fetcher.api.melding(id(1)).await.unwrap();
    assert_eq!(fetcher.take(&inbox, &melding).await.unwrap(), Taken::Gone);
    assert_eq!(files(dir.path()).len(), 1);
}

#[tokio::test]
async fn what_cannot_be_opened_is_left_and_the_others_are_fetched() {
    let gateway = Gateway::start().await;
    gateway.hold(1, &WORLD.sender, &WORLD.print);
    gateway.hold(2, &WORLD.sender, &WORLD.former);
    gateway.hold(3, &WORLD.stranger, &WORLD.kommune);
    gateway.hold(4, &WORLD.sender, &WORLD.kommune);
    gateway.hold(5, &WORLD.other, &WORLD.kommune);
    let dir = tempfile::tempdir().unwrap();
    let (exit, text) = run(&gateway, dir.path()).await;
    assert_eq!(exit, Exit::NeedsPerson, "{text}");
    let states: Vec<_> = gateway.books().held.iter().map(|held| held.state.clone()).collect();
    assert_eq!(states, [State::Waiting, State::Mottatt, State::Waiting, State::Mottatt, State::Waiting], "{text}");
    for code in ["APNING.DEKRYPTERING", "ASICE.UKJENT_UTSTEDER", "ASICE.FEIL_AVSENDER"] {
        assert!(text.contains(code), "{text}");
    }
    assert_eq!(files(dir.path()).len(), 1 + 2 * 4);
}

#[tokio::test]
async fn what_cannot_be_opened_goes_to_print_when_asked_for() {
    let gateway = Gateway::start().await;
    gateway.hold(1, &WORLD.sender, &WORLD.print);
    let (dir, screen) = (tempfile::tempdir().unwrap(), Screen::default());
    let mut fetcher = fetcher(&gateway.url, nobody(), &screen, 1);
    fetcher.on_failure = OnFailure::Feilet;
    let exit = fetcher.run(&Inbox::open(dir.path()).unwrap(), None, false).await.unwrap();
    assert_eq!(exit, Exit::NeedsPerson);
    let State::Feilet(text) = gateway.books().held[0].state.clone() else { unreachable!() };
    assert!(text.starts_with("APNING.DEKRYPTERING") && !text.contains(MARKER), "{text}");
}

#[tokio::test]
async fn the_container_may_be_kept() {
    let (gateway, dir) = (Gateway::with_reports(1).await, tempfile::tempdir().unwrap());
    let mut fetcher = fetcher(&gateway.url, nobody(), &Screen::default(), 1);
    fetcher.keep_container = true;
    fetcher.run(&Inbox::open(dir.path()).unwrap(), None, false).await.unwrap();
    assert!(std::fs::read(dir.path().join(id(1).to_string()).join("asice.zip")).unwrap().starts_with(b"PK"));
}

#[tokio::test]
async fn a_foreign_folder_is_never_written_into_nor_receipted() {
    let (gateway, dir) = (Gateway::with_reports(1).await, tempfile::tempdir().unwrap());
    std::fs::create_dir(dir.path().join(id(1).to_string())).unwrap();
    let fetcher = fetcher(&gateway.url, nobody(), &Screen::default(), 1);
    let melding = fetcher.api.melding(id(1)).await.unwrap();
    let taken = fetcher.take(&Inbox::open(dir.path()).unwrap(), &melding).await;
    assert!(matches!(taken, Err(TakeError::Foreign(_))));
    assert_eq!(gateway.count("mottatt"), 0);
}

#[tokio::test]
async fn one_folder_has_one_fetcher() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Inbox::open(dir.path()).unwrap();
    let second = Inbox::open(dir.path()).unwrap_err();
    assert!(matches!(second, LockError::Taken(_)) && second.to_string().contains("en annen meldeport-prosess"));
}

#[tokio::test]
async fn a_follower_takes_what_comes_while_it_waits() {
    let (gateway, dir) = (Gateway::with_reports(1).await, tempfile::tempdir().unwrap());
    let fetcher = fetcher(&gateway.url, nobody(), &Screen::default(), 1);
    let inbox = Inbox::open(dir.path()).unwrap();
    let following = tokio::spawn(async move { fetcher.run(&inbox, None, true).await });
    for number in 2..=3 {
        while gateway.books().held.iter().any(|held| held.state == State::Waiting) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        gateway.hold(number, &WORLD.sender, &WORLD.kommune);
    }
    while !dir.path().join(id(3).to_string()).join("kvittering.json").exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    following.abort();
    assert_complete(&gateway, dir.path(), 3, "");
    assert!(gateway.count("liste") <= 5, "{}", gateway.count("liste"));
}

/// `meldeport demo` runs them beside the server.
#[test]
fn the_commands_may_run_in_a_task() {
    fn sendable<A, B, C, T: Send>(_: impl Fn(A, B, C) -> T) {}
    sendable(super::super::fetch::run);
    sendable(super::super::send::run);
}

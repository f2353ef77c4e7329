//! Warnings by e-mail: who is told of what and when, and that it is once.

use std::{fs, time::Duration};

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZoneDatabase};
use meldeport::{
    delivery::varsler::send_due,
    epost::{Epost, Grunn, SendFeil},
    model::{MeldingId, melding::Tilstand},
    store::{self, StoreError, melding::Part},
    system::Clock as _,
};
use reqwest::Method;

use crate::support::{Gate, Report, Sak, Settings, Site, V2, answer, id_of, keep_log, log};

mod sertifikat;
mod utskrift;

on_every_database! {
    an_office_is_told_after_two_hours_and_then_three_times_a_day,
    each_office_is_told_of_its_own,
    one_that_comes_later_is_told_of_with_the_others,
    the_last_day_is_told_of_once,
    many_planners_and_senders_and_a_restart_make_one_of_each,
    two_nodes_warn_once,
    what_the_mail_server_does_not_take_is_tried_again,
    what_it_will_never_take_is_noted_and_the_next_is_sent,
    after_days_it_is_given_up,
    what_is_no_longer_so_is_not_sent,
    an_old_warning_is_not_sent_beside_a_newer_one,
    each_address_gets_one,
    an_office_without_an_address_is_the_operator_s_matter,
    an_office_reads_its_own_written_form,
    a_closed_office_is_told_of_what_still_waits,
    no_address_is_logged_and_no_warning_names_the_sender,
    what_was_sent_long_ago_is_forgotten,
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Norwegian wall-clock time.
fn oslo(text: &str) -> Timestamp {
    let oslo = TimeZoneDatabase::bundled().get("Europe/Oslo").unwrap();
    text.parse::<DateTime>().unwrap().to_zoned(oslo).unwrap().timestamp()
}

/// What a node does every now and then. Gives the e-mails that it led to.
async fn tick(t: &Gate) -> Vec<Epost> {
    t.services().planlegg_varsler().await.unwrap();
    send(t).await
}

async fn send(t: &Gate) -> Vec<Epost> {
    while send_due(t.services()).await.unwrap() > 0 {}
    t.post.take()
}

/// The same at a Norwegian time.
async fn tick_at(t: &Gate, time: &str) -> Vec<Epost> {
    t.clock.set(oslo(time));
    tick(t).await
}

fn to(epost: &Epost) -> &str {
    let [til] = &epost.til[..] else { panic!("one recipient") };
    til.as_str()
}

/// The subjects of what went to an address.
fn subjects<'a>(sent: &'a [Epost], address: &str) -> Vec<&'a str> {
    sent.iter().filter(|epost| to(epost) == address).map(|epost| epost.emne.as_str()).collect()
}

const SENTRUM: &str = "barnevern-01@lillevik.example";
const OST: &str = "barnevern-02@lillevik.example";
const VAKT: &str = "vakt@lillevik.example";
const DRIFT: &str = "drift@meldeport.example";

/// Puts a report in another state, as the letter channel and the print supplier do.
async fn put(t: &Gate, id: &str, tilstand: Tilstand) {
    let context = (MeldingId(id.parse().unwrap()), tilstand, t.clock.now());
    let work = t.services().store.write("test", context, |tx, (id, tilstand, now)| {
        Box::pin(async move {
            store::melding::lock(tx, Part::Plattform, *id).await?;
            store::melding::set_tilstand(tx, *id, *tilstand, *now, None).await
        })
    });
    work.await.map_err(|error: StoreError| error).unwrap();
}

async fn receipt(t: &Gate, id: &str) {
    t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
}

/// Sends a report to the second office and puts it in the queue.
async fn deliver_to_the_other(t: &Gate) -> String {
    let request = t.skole().request(Method::POST, t.send_path("/bekymringsmelding/api/v1", 1, Sak::Offentlig));
    let id = id_of(&answer(request.multipart(t.report_to(1).form())).await);
    t.run_jobs().await;
    id
}

fn later() -> SendFeil {
    SendFeil::Midlertidig(Grunn::Tidsavbrudd)
}

/// Friday 13:00 until the next Friday, over a weekend. That the times follow the clock over its changes and over
/// holidays is tested beside the rules.
async fn an_office_is_told_after_two_hours_and_then_three_times_a_day(t: &mut Gate) {
    t.clock.set(oslo("2027-01-15T13:34"));
    t.deliver().await;
    t.clock.set(oslo("2027-01-15T15:34") - SignedDuration::from_millis(1));
    assert!(tick(t).await.is_empty());
    let first = tick_at(t, "2027-01-15T15:34").await;
    for address in [SENTRUM, VAKT] {
        assert_eq!(subjects(&first, address), ["Én bekymringsmelding er ikke hentet – Lillevik sentrum barnevern"]);
    }
    assert_eq!(first.len(), 2);
    let text = &first[0].tekst;
    for fact in ["kom fredag 15. januar 2027 kl. 13.34", "Fristen er tirsdag 19. januar", "https://meldeport.example\n"]
    {
        assert!(text.contains(fact), "{fact}: {text}");
    }
    assert_eq!(first[0].tidspunkt, t.clock.now());
    let mut times = Vec::new();
    for half_hour in 1..=7 * 48 {
        t.clock.set(oslo("2027-01-15T15:30") + 30 * half_hour * MINUTE);
        let sent = tick(t).await;
        let waits = subjects(&sent, SENTRUM).into_iter().filter(|subject| subject.contains("er ikke hentet"));
        times.extend(waits.map(|_| (t.clock.now() - oslo("2027-01-16T00:00")).total(jiff::Unit::Hour).unwrap()));
    }
    let days = (0..7).flat_map(|day| [8, 12, 15].map(|hour| f64::from(24 * day + hour)));
    assert_eq!(times, days.collect::<Vec<_>>());
}

async fn each_office_is_told_of_its_own(t: &mut Gate) {
    t.deliver().await;
    let other = deliver_to_the_other(t).await;
    deliver_to_the_other(t).await;
    t.clock.advance(120 * MINUTE);
    let sent = tick(t).await;
    assert_eq!(subjects(&sent, SENTRUM), ["Én bekymringsmelding er ikke hentet – Lillevik sentrum barnevern"]);
    assert_eq!(subjects(&sent, OST), ["2 bekymringsmeldinger er ikke hentet – Lillevik øst barnevern"]);
    assert_eq!(subjects(&sent, VAKT).len(), 2);
    receipt(t, &other).await;
    let sent = tick_at(t, "2027-01-16T08:00").await;
    assert_eq!(subjects(&sent, OST), ["Én bekymringsmelding er ikke hentet – Lillevik øst barnevern"]);
}

async fn one_that_comes_later_is_told_of_with_the_others(t: &mut Gate) {
    t.clock.set(oslo("2027-01-15T16:00"));
    let (first, _) = t.deliver().await;
    for minutes in [10, 20] {
        t.clock.set(oslo("2027-01-15T16:00") + minutes * MINUTE);
        t.deliver().await;
    }
    assert_eq!(tick_at(t, "2027-01-15T18:00").await.len(), 2);
    for time in ["18:10", "18:20", "18:59"] {
        assert!(tick_at(t, &format!("2027-01-15T{time}")).await.is_empty(), "{time}");
    }
    let sent = tick_at(t, "2027-01-15T19:00").await;
    assert_eq!(subjects(&sent, SENTRUM), ["3 bekymringsmeldinger er ikke hentet – Lillevik sentrum barnevern"]);
    receipt(t, &first).await;
    assert!(tick_at(t, "2027-01-15T23:00").await.is_empty(), "nothing new");
    let sent = tick_at(t, "2027-01-16T08:01").await;
    assert!(sent[0].tekst.contains("Den eldste kom fredag 15. januar 2027 kl. 16.10"), "{}", sent[0].tekst);
    // With all fetched, the next one is a first one again, in the middle of the evening.
    for id in t.waiting().await {
        receipt(t, &id).await;
    }
    assert!(tick_at(t, "2027-01-16T15:00").await.is_empty());
    t.clock.set(oslo("2027-01-16T15:30"));
    t.deliver().await;
    assert_eq!(tick_at(t, "2027-01-16T17:30").await.len(), 2);
}

async fn the_last_day_is_told_of_once(t: &mut Gate) {
    t.deliver().await;
    t.clock.advance(SignedDuration::from_hours(30));
    // On Saturday: the same deadline, Tuesday.
    t.deliver().await;
    let near = |sent: &[Epost]| sent.iter().filter(|epost| epost.emne.starts_with("Fristen")).count();
    assert_eq!(near(&tick_at(t, "2027-01-18T09:00").await), 0);
    t.clock.set(oslo("2027-01-19T09:00") - SignedDuration::from_millis(1));
    assert_eq!(near(&tick(t).await), 0);
    let sent = tick_at(t, "2027-01-19T09:00").await;
    let subject = "Fristen for å hente 2 bekymringsmeldinger går snart ut – Lillevik sentrum barnevern";
    assert_eq!(subjects(&sent, SENTRUM), [subject]);
    assert!(sent[0].tekst.contains("fristen går ut tirsdag 19. januar 2027"), "{}", sent[0].tekst);
    for time in ["09:02", "12:00", "23:59"] {
        assert_eq!(near(&tick_at(t, &format!("2027-01-19T{time}")).await), 0, "{time}");
    }
}

async fn many_planners_and_senders_and_a_restart_make_one_of_each(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    deliver_to_the_other(t).await;
    put(t, &id, Tilstand::SendtPrint).await;
    put(t, &id, Tilstand::AvvistPrint).await;
    t.clock.advance(120 * MINUTE);
    let plans = join_all((0..8).map(|_| t.services().planlegg_varsler())).await;
    assert!(plans.into_iter().all(|planned| planned.is_ok()));
    join_all((0..4).map(|_| send_due(t.services()))).await;
    let sent = t.post.take();
    let mut all: Vec<_> = sent.iter().map(|epost| (to(epost).to_owned(), epost.emne.clone())).collect();
    // Two offices, two addresses each, and the operator.
    assert_eq!(all.len(), 5, "{all:?}");
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 5, "{all:?}");
    t.restart().await;
    assert!(tick(t).await.is_empty());
    assert_eq!(t.database.count("varsel", "utfall = 'SENDT' AND til IS NULL").await, 5);
}

/// Gateways in processes of their own, by the machine's clock.
async fn two_nodes_warn_once(t: &mut Site) {
    let node = t.serve().await;
    let send = t.caller(&node, &t.town.skole).request(Method::POST, t.send_path());
    id_of(&answer(send.multipart(t.report().form())).await);
    while t.database.count("melding", "tilstand = 'SENDT_FAGSYSTEM'").await == 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(node);
    let three_hours = 3 * 60 * 60 * 1000;
    t.database.execute(&format!("UPDATE hendelse SET tidspunkt = tidspunkt - {three_hours}")).await;
    let nodes = [t.serve().await, t.serve().await];
    // Each has its own folder here, so a warning that two nodes sent would be there twice.
    for _ in 0..600 {
        let (sent, left) =
            (t.database.count("varsel", "utfall = 'SENDT'").await, t.database.count("varsel", "ferdig IS NULL").await);
        if sent >= 2 && left == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mails = nodes.iter().flat_map(|node| fs::read_dir(node.folder.path().join("varsler")).into_iter().flatten());
    let mails: Vec<String> = mails.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let waits: Vec<&String> = mails.iter().filter(|mail| mail.contains("To: ")).collect();
    assert_eq!(waits.len(), 2, "{mails:#?}");
    for address in ["barnevern-01@lillevik.example", "vakt@lillevik.example"] {
        assert_eq!(waits.iter().filter(|mail| mail.contains(&format!("To: {address}"))).count(), 1, "{mails:#?}");
    }
}

async fn what_the_mail_server_does_not_take_is_tried_again(t: &mut Gate) {
    t.deliver().await;
    t.clock.advance(120 * MINUTE);
    t.post.refuse("vakt", later());
    let sent = tick(t).await;
    assert_eq!(sent.iter().map(to).collect::<Vec<_>>(), [SENTRUM], "the others do not wait for it");
    let waits = "ferdig IS NULL AND til = 'vakt@lillevik.example'";
    assert_eq!(t.database.count("varsel", &format!("{waits} AND forsok = 1")).await, 1);
    t.post.accept();
    t.clock.advance(MINUTE - SignedDuration::from_millis(1));
    assert!(tick(t).await.is_empty(), "not at once");
    t.clock.advance(MINUTE);
    t.post.refuse("vakt", later());
    assert!(tick(t).await.is_empty());
    assert_eq!(t.database.count("varsel", &format!("{waits} AND forsok = 2")).await, 1);
    t.clock.advance(3 * MINUTE);
    t.post.accept();
    let sent = tick(t).await;
    assert_eq!(sent.iter().map(to).collect::<Vec<_>>(), [VAKT]);
    assert_eq!(t.database.count("varsel", &format!("id = {}", quoted(t, &sent[0]))).await, 1, "its id is the row's");
    assert!(sent[0].tidspunkt < t.clock.now() - 4 * MINUTE, "it says when it was written");
}

/// A UUID as the database writes it.
fn quoted(t: &Gate, epost: &Epost) -> String {
    if t.database.settings.url.starts_with("sqlite") {
        format!("X'{}'", epost.id.simple())
    } else {
        format!("'{}'", epost.id)
    }
}

async fn what_it_will_never_take_is_noted_and_the_next_is_sent(t: &mut Gate) {
    t.deliver().await;
    t.clock.advance(120 * MINUTE);
    t.post.refuse("barnevern-01", SendFeil::Permanent(Grunn::Svar(550)));
    assert_eq!(tick(t).await.iter().map(to).collect::<Vec<_>>(), [VAKT]);
    assert_eq!(t.database.count("varsel", "utfall = 'AVVIST' AND til IS NULL").await, 1);
    t.post.accept();
    t.clock.advance(SignedDuration::from_hours(1));
    assert!(send(t).await.is_empty(), "never again");
}

async fn after_days_it_is_given_up(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    put(t, &id, Tilstand::SendtPrint).await;
    t.clock.advance(5 * MINUTE);
    t.post.refuse("", later());
    tick(t).await;
    t.clock.advance(SignedDuration::from_hours(71));
    send(t).await;
    assert_eq!(t.database.count("varsel", "ferdig IS NULL AND forsok = 2").await, 2);
    t.clock.advance(SignedDuration::from_hours(1));
    send(t).await;
    assert_eq!(t.database.count("varsel", "utfall = 'OPPGITT' AND forsok = 3").await, 2);
    t.post.accept();
    t.clock.advance(SignedDuration::from_hours(1));
    assert!(tick(t).await.is_empty());
}

async fn what_is_no_longer_so_is_not_sent(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    let refused = deliver_to_the_other(t).await;
    t.clock.set(oslo("2027-01-19T09:00"));
    put(t, &refused, Tilstand::SendtPrint).await;
    put(t, &refused, Tilstand::AvvistPrint).await;
    t.post.refuse("", later());
    tick(t).await;
    assert_eq!(t.database.count("varsel", "ferdig IS NULL").await, 7, "two kinds to one office, one to the other");
    receipt(t, &id).await;
    put(t, &refused, Tilstand::Levert).await;
    t.post.accept();
    t.clock.advance(5 * MINUTE);
    assert!(tick(t).await.is_empty());
    assert_eq!(t.database.count("varsel", "utfall = 'FRAFALT'").await, 7);
}

async fn an_old_warning_is_not_sent_beside_a_newer_one(t: &mut Gate) {
    t.deliver().await;
    t.clock.advance(120 * MINUTE);
    t.post.refuse("", later());
    tick(t).await;
    tick_at(t, "2027-01-16T08:00").await;
    t.post.accept();
    let sent = tick_at(t, "2027-01-16T12:00").await;
    assert_eq!(sent.len(), 2, "one to each address");
    assert!(sent.iter().all(|epost| epost.tidspunkt == t.clock.now()));
    t.clock.advance(SignedDuration::from_hours(1));
    assert!(send(t).await.is_empty());
    assert_eq!(t.database.count("varsel", "utfall = 'FRAFALT'").await, 4);
}

async fn set_addresses(t: &Gate, eposter: &str, varsel_eposter: &str) {
    let values = format!("eposter = '{eposter}', varsel_eposter = '{varsel_eposter}'");
    t.database.execute(&format!("UPDATE bydel SET {values} WHERE bydelsnummer = '01'")).await;
}

async fn each_address_gets_one(t: &mut Gate) {
    let eposter = r#"["Post@Lillevik.example", "ikke en adresse", "vakt@lillevik.example"]"#;
    set_addresses(t, eposter, r#"["post@lillevik.EXAMPLE", "VAKT@lillevik.example", "leder@lillevik.example"]"#).await;
    t.deliver().await;
    t.clock.advance(120 * MINUTE);
    let sent = tick(t).await;
    let mut addresses: Vec<String> = sent.iter().map(|epost| to(epost).to_lowercase()).collect();
    addresses.sort();
    assert_eq!(addresses, ["leder@lillevik.example", "post@lillevik.example", "vakt@lillevik.example"]);
}

async fn an_office_without_an_address_is_the_operator_s_matter(t: &mut Gate) {
    set_addresses(t, "[]", r#"["ugyldig"]"#).await;
    t.deliver().await;
    t.clock.advance(120 * MINUTE);
    let sent = tick(t).await;
    assert_eq!(sent.iter().map(to).collect::<Vec<_>>(), [DRIFT]);
    assert!(sent[0].tekst.contains("Kontoret har ingen e-postadresse"), "{}", sent[0].tekst);
    // Nobody at all: noted once, and not looked at again and again.
    t.restart_with(Settings { operations: None, ..Settings::default() }).await;
    for time in ["08:00", "08:02", "12:00"] {
        assert!(tick_at(t, &format!("2027-01-16T{time}")).await.is_empty());
    }
    assert_eq!(t.database.count("varsel", "utfall = 'UTEN_MOTTAKER' AND ferdig IS NOT NULL").await, 2);
}

async fn an_office_reads_its_own_written_form(t: &mut Gate) {
    t.database.execute("UPDATE bydel SET malform = 'nn' WHERE bydelsnummer = '01'").await;
    t.deliver().await;
    t.clock.advance(120 * MINUTE);
    let sent = tick(t).await;
    assert_eq!(subjects(&sent, SENTRUM), ["Éi bekymringsmelding er ikkje henta – Lillevik sentrum barnevern"]);
    assert!(sent[0].tekst.contains("Dette må de gjere"), "{}", sent[0].tekst);
}

async fn a_closed_office_is_told_of_what_still_waits(t: &mut Gate) {
    t.deliver().await;
    t.database.execute("UPDATE bydel SET aktiv = FALSE WHERE bydelsnummer = '01'").await;
    t.clock.advance(120 * MINUTE);
    assert_eq!(tick(t).await.len(), 2);
}

async fn no_address_is_logged_and_no_warning_names_the_sender(t: &mut Gate) {
    keep_log();
    set_addresses(t, r#"["navn.navnesen@varslet.example", "feil adresse@varslet.example"]"#, "[]").await;
    let (id, _) = t.deliver().await;
    t.clock.advance(120 * MINUTE);
    let mut sent = Vec::new();
    for how in [later(), SendFeil::Permanent(Grunn::Svar(550))] {
        t.post.refuse("", how);
        sent.extend(tick(t).await);
        t.clock.advance(SignedDuration::from_hours(24));
        t.post.accept();
        sent.extend(tick(t).await);
    }
    put(t, &id, Tilstand::SendtPrint).await;
    t.clock.advance(5 * MINUTE);
    sent.extend(tick(t).await);
    put(t, &id, Tilstand::AvvistPrint).await;
    sent.extend(tick(t).await);
    assert!(sent.len() >= 4, "{sent:?}");
    for epost in &sent {
        let text = format!("{} {}", epost.emne, epost.tekst);
        for secret in ["Fjelltoppen", "999999992", "varslet.example", "navnesen"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
    let log = log();
    assert!(log.contains("warning planned"));
    assert!(!log.contains("varslet.example"), "an address is in the log");
}

async fn what_was_sent_long_ago_is_forgotten(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    t.clock.advance(120 * MINUTE);
    tick(t).await;
    receipt(t, &id).await;
    t.clock.advance(SignedDuration::from_hours(400 * 24));
    t.services().rydd().await.unwrap();
    assert_eq!(t.database.count("varsel", "1 = 1").await, 2);
    t.clock.advance(MINUTE);
    t.services().rydd().await.unwrap();
    assert_eq!(t.database.count("varsel", "1 = 1").await, 0);
}

//! Letters: what nobody receipted in time, or could not take, reaches the office on paper, once.

use std::{collections::BTreeMap, fs, time::Duration};

use futures_util::future::join_all;
use jiff::SignedDuration;
use meldeport::{
    crypto::cms,
    delivery::{Worker, WorkerSettings},
    domain::{brev::Bestilling, leveranse::Utfall},
    model::{MeldingId, melding::Kanal, virkedag::kvitteringsfrist},
    store::{self, StoreError, jobb::Jobb},
    system::Clock as _,
};
use openssl::sha::sha256;
use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Gate, Settings, V2, answer, start_of_tests};

on_every_database! {
    a_report_that_nobody_receipts_goes_out_at_its_deadline_and_not_before,
    a_report_from_before_there_were_deadlines_gets_one,
    a_report_that_could_not_be_taken_goes_out_at_once,
    the_print_folder_holds_what_was_sealed_and_where_it_goes,
    a_worker_that_dies_between_two_steps_is_taken_over,
    a_slow_worker_does_not_bring_a_posted_letter_back,
    a_receipt_that_comes_first_means_no_letter,
    a_letter_that_comes_first_means_no_receipt,
    receipts_and_workers_at_once_agree_on_each_report,
    several_workers_lay_each_letter_out_once,
    an_office_without_an_address_needs_a_person,
    an_envelope_that_nobody_can_open_needs_a_person,
    a_full_disk_is_tried_again,
    what_cannot_be_laid_out_is_given_up_where_somebody_sees_it,
    what_somebody_died_over_is_swept_away,
}

pub const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// Leases the letters that are due, as a worker does.
async fn claim(t: &Gate) -> Vec<Jobb> {
    let now = t.clock.now();
    let context = (t.ids.uuid(), now, now + LEASE);
    let work = t.services().store.write("leie", context, |tx, (mark, now, until)| {
        Box::pin(async move { store::jobb::claim(tx, &[Kanal::Print], *mark, *now, *until, 100).await })
    });
    work.await.unwrap()
}

async fn claim_one(t: &Gate) -> Jobb {
    let [job] = &claim(t).await[..] else { panic!("one job") };
    job.clone()
}

/// What a person does who has the report sent as a letter again.
async fn send_again(t: &Gate, id: &str) {
    let context = (t.ids.uuid(), MeldingId(id.parse().unwrap()), t.clock.now());
    let work = t.services().store.write("jobb", context, |tx, (id, melding, now)| {
        Box::pin(async move { store::jobb::insert(tx, *id, *melding, Kanal::Print, *now).await })
    });
    let _: () = work.await.map_err(|error: StoreError| error).unwrap();
}

pub async fn mottatt(t: &Gate, id: &str) -> Answer {
    t.kommune().post(t.queue(format!("/{id}/mottatt"))).await
}

pub async fn feilet(t: &Gate, id: &str) -> Answer {
    let request = t.kommune().request(Method::POST, t.queue(format!("/{id}/feilet")));
    answer(request.json(&json!({ "melding": "Feil 17" }))).await
}

/// Delivers a report that the office's system cannot take; its letter is due.
pub async fn fail(t: &Gate) -> String {
    let (id, _) = t.deliver().await;
    feilet(t, &id).await.json(200);
    id
}

/// The names in the print folder, hidden ones too.
pub fn laid_out(t: &Gate) -> Vec<String> {
    let Ok(folder) = fs::read_dir(t.spool()) else { return Vec::new() };
    let mut names: Vec<_> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The ids of the letters that wait, by their reports.
async fn letters(t: &Gate) -> BTreeMap<String, String> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    t.letters().await.iter().map(|letter| (text(&letter["bekymringsmeldingId"]), text(&letter["brevId"]))).collect()
}

async fn last_words(t: &Gate, id: &str) -> String {
    t.history(V2, id).await.last().unwrap()["beskrivelse"].as_str().unwrap().to_owned()
}

async fn a_report_that_nobody_receipts_goes_out_at_its_deadline_and_not_before(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    // Handed over on Friday 15 January: Monday, Tuesday.
    let frist = kvitteringsfrist(start_of_tests());
    assert_eq!(frist.to_string(), "2027-01-19T23:00:00Z");
    t.clock.set(frist - SignedDuration::from_millis(1));
    t.run_jobs().await;
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM"]);
    assert_eq!(t.waiting().await, [id.as_str()], "the office may still fetch it");
    t.clock.set(frist);
    t.run_jobs().await;
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "SENDT_PRINT"]);
    assert_eq!(last_words(t, &id).await, "Ikke kvittert innen fristen 19.01.2027. Meldingen sendes som brev.");
    assert!(t.waiting().await.is_empty());
    assert_eq!(letters(t).await.keys().collect::<Vec<_>>(), [&id]);
    assert_eq!(t.database.count("melding", "kanal = 'PRINT' AND frist IS NULL").await, 1);
    assert_eq!(t.database.count("jobb", "1 = 1").await, 0);
    let refused = t.kommune().get(t.queue(format!("/{id}/innhold"))).await;
    assert_eq!(
        refused.problem(409, "BEKYMRINGSMELDING.FEIL_TILSTAND")["errorJson"],
        json!({"tilstand": "SENDT_PRINT"})
    );
}

async fn a_report_from_before_there_were_deadlines_gets_one(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    let (now, frist) = (t.clock.now().as_millisecond(), kvitteringsfrist(t.clock.now()));
    t.database.execute("UPDATE melding SET frist = NULL").await;
    t.database.execute(&format!("UPDATE jobb SET tidligst = {now}")).await;
    t.clock.advance(SignedDuration::from_hours(1));
    t.run_jobs().await;
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM"]);
    let due = frist.as_millisecond();
    assert_eq!(t.database.count("melding", &format!("frist = {due}")).await, 1);
    let put_off = format!("tidligst = {due} AND forsok = 0 AND leie_merke IS NULL");
    assert_eq!(t.database.count("jobb", &put_off).await, 1, "being early is no try");
    t.clock.set(frist);
    t.run_jobs().await;
    assert_eq!(letters(t).await.len(), 1);
}

async fn a_report_that_could_not_be_taken_goes_out_at_once(t: &mut Gate) {
    let id = fail(t).await;
    t.run_jobs().await;
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "AVVIST_FAGSYSTEM", "SENDT_PRINT"]);
    assert_eq!(last_words(t, &id).await, "Mottakerens system kunne ikke ta imot meldingen. Den sendes som brev.");
    assert_eq!(letters(t).await.len(), 1);
}

async fn the_print_folder_holds_what_was_sealed_and_where_it_goes(t: &mut Gate) {
    let (id, report) = t.deliver().await;
    t.run_out_of_time().await;
    let brev = letters(t).await.remove(&id).unwrap();
    assert_eq!(laid_out(t), [brev.as_str()], "whole, and nothing beside it");
    let folder = t.spool().join(&brev);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["brev.pdf.cms", "manifest.json"]);
    let sealed = fs::read(folder.join("brev.pdf.cms")).unwrap();
    assert_eq!(sealed, report.letter, "byte for byte as the sender sealed it");
    let key = t.town.print.private_key().unwrap();
    assert_eq!(*cms::open(&sealed, &[key]).unwrap().expose(), report.pdf);
    let manifest = format!(
        "{{\n  \"brevId\": \"{brev}\",\n  \"bekymringsmeldingId\": \"{id}\",\n  \
         \"opprettet\": \"2027-01-19T23:00:00.000Z\",\n  \"adresse\": {{\n    \"navn\": \"Lillevik sentrum barnevern\",\n    \
         \"adresselinje1\": \"Fiktivgata 1\",\n    \"postnummer\": \"9999\",\n    \"poststed\": \"LILLEVIK\"\n  }},\n  \
         \"filnavn\": \"brev.pdf.cms\",\n  \"sha256\": \"{}\",\n  \"storrelse\": {},\n  \
         \"mottakerSertifikatSerienummer\": \"{}\"\n}}\n",
        hex::encode(sha256(&report.letter)),
        report.letter.len(),
        t.town.print.certificate.serial(),
    );
    assert_eq!(fs::read_to_string(folder.join("manifest.json")).unwrap(), manifest);
    let (start, words) = (&report.pdf[..8], b"Fiktivt");
    for content in [sealed, manifest.into_bytes()] {
        assert!(!content.windows(start.len()).any(|part| part == start), "nothing in the clear");
        assert!(!content.windows(words.len()).any(|part| part == words));
    }
    // The office moves; the letter that is on its way does not.
    t.database.execute("UPDATE bydel SET adresse = NULL").await;
    assert_eq!(t.letters().await[0]["adresse"]["poststed"], "LILLEVIK");
}

async fn a_worker_that_dies_between_two_steps_is_taken_over(t: &mut Gate) {
    let id = fail(t).await;
    // Before the first step.
    claim_one(t).await;
    t.clock.advance(LEASE);
    // Between them: it is decided, and nothing can be seen.
    let dead = claim_one(t).await;
    let Bestilling::LeggUt(brev) = t.services().bestill_brev(&dead).await.unwrap() else { panic!("a letter") };
    assert!(letters(t).await.is_empty() && laid_out(t).is_empty());
    t.clock.advance(LEASE - SignedDuration::from_millis(1));
    t.run_jobs().await;
    assert!(letters(t).await.is_empty(), "it is somebody's until its lease ends");
    t.clock.advance(SignedDuration::from_millis(1));
    let heir = claim_one(t).await;
    let Bestilling::LeggUt(same) = t.services().bestill_brev(&heir).await.unwrap() else { panic!("a letter") };
    assert_eq!(same, brev, "not another one");
    assert_eq!(t.services().legg_ut(&heir, &brev).await.unwrap(), Utfall::Ferdig);
    // The dead one was only slow.
    assert_eq!(t.services().legg_ut(&dead, &brev).await.unwrap(), Utfall::Overtatt);
    assert_eq!(t.services().skriv_ut(&dead).await.unwrap(), Utfall::Overtatt);
    assert_eq!(laid_out(t), [brev.id.to_string()]);
    // In the second: the folder has its name, and nobody has written that down.
    t.database.execute("UPDATE brev SET lagt_ut = NULL").await;
    send_again(t, &id).await;
    t.run_jobs().await;
    assert_eq!(laid_out(t), [brev.id.to_string()]);
    assert_eq!(letters(t).await, BTreeMap::from([(id.clone(), brev.id.to_string())]));
    assert_eq!(t.database.count("brev", "1 = 1").await, 1);
    assert_eq!(t.states(&id).await.iter().filter(|state| *state == "SENDT_PRINT").count(), 1);
    // After it: there is nothing left to do.
    send_again(t, &id).await;
    let needless = claim_one(t).await;
    assert_eq!(t.services().skriv_ut(&needless).await.unwrap(), Utfall::Overflodig);
}

async fn a_slow_worker_does_not_bring_a_posted_letter_back(t: &mut Gate) {
    let id = fail(t).await;
    let slow = claim_one(t).await;
    let Bestilling::LeggUt(brev) = t.services().bestill_brev(&slow).await.unwrap() else { panic!("a letter") };
    t.clock.advance(LEASE);
    t.run_jobs().await;
    t.caller(&t.town.utskrift).post(format!("/print/api/v1/brev/{}/postlagt", brev.id)).await.json(200);
    assert_eq!(t.services().legg_ut(&slow, &brev).await.unwrap(), Utfall::Overtatt);
    assert_eq!(t.services().skriv_ut(&slow).await.unwrap(), Utfall::Overtatt);
    assert!(laid_out(t).is_empty(), "nobody prints it again");
    assert_eq!(t.states(&id).await.last().unwrap(), "LEVERT");
}

async fn a_receipt_that_comes_first_means_no_letter(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    t.clock.set(kvitteringsfrist(t.clock.now()));
    let held = claim_one(t).await;
    assert_eq!(mottatt(t, &id).await.json(200)["tilstand"], "LEVERT", "late, and in time for us");
    assert_eq!(t.services().skriv_ut(&held).await.unwrap(), Utfall::Overtatt);
    assert!(!t.services().gi_opp_brev(&held).await.unwrap());
    t.clock.advance(LEASE);
    t.run_jobs().await;
    // Nor by a job that should not be there.
    send_again(t, &id).await;
    t.run_jobs().await;
    assert_eq!(t.states(&id).await, ["AKSEPTERT", "SENDT_FAGSYSTEM", "LEVERT"]);
    assert_eq!(t.database.count("brev", "1 = 1").await, 0);
    assert_eq!(t.database.count("jobb", "1 = 1").await, 0);
    assert!(laid_out(t).is_empty());
}

async fn a_letter_that_comes_first_means_no_receipt(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    t.clock.set(kvitteringsfrist(t.clock.now()));
    let job = claim_one(t).await;
    let Bestilling::LeggUt(brev) = t.services().bestill_brev(&job).await.unwrap() else { panic!("a letter") };
    mottatt(t, &id).await.problem(409, "BEKYMRINGSMELDING.FEIL_TILSTAND");
    feilet(t, &id).await.problem(409, "BEKYMRINGSMELDING.FEIL_TILSTAND");
    assert_eq!(t.services().legg_ut(&job, &brev).await.unwrap(), Utfall::Ferdig);
    mottatt(t, &id).await.problem(409, "BEKYMRINGSMELDING.FEIL_TILSTAND");
    assert_eq!(letters(t).await.len(), 1);
}

async fn receipts_and_workers_at_once_agree_on_each_report(t: &mut Gate) {
    const REPORTS: usize = 12;
    let mut ids = Vec::new();
    for _ in 0..REPORTS {
        ids.push(t.deliver().await.0);
    }
    t.clock.set(kvitteringsfrist(t.clock.now()));
    let jobs = claim(t).await;
    let receipts = join_all(ids.iter().map(|id| mottatt(t, id)));
    let steps = join_all(jobs.iter().rev().map(|job| t.services().skriv_ut(job)));
    let (receipts, steps) = tokio::join!(receipts, steps);
    let steps: Vec<_> = steps.into_iter().map(Result::unwrap).collect();
    let letters = letters(t).await;
    for (id, receipt) in ids.iter().zip(&receipts) {
        let letter = letters.contains_key(id);
        assert_eq!(receipt.status, if letter { 409 } else { 200 });
        let last = t.states(id).await.pop().unwrap();
        assert_eq!(last, if letter { "SENDT_PRINT" } else { "LEVERT" });
    }
    assert_eq!(steps.iter().filter(|step| **step == Utfall::Ferdig).count(), letters.len());
    assert_eq!(laid_out(t), {
        let mut all: Vec<_> = letters.into_values().collect();
        all.sort();
        all
    });
    assert_eq!(t.database.count("jobb", "1 = 1").await, 0);
}

async fn several_workers_lay_each_letter_out_once(t: &mut Gate) {
    const REPORTS: usize = 12;
    for _ in 0..REPORTS {
        t.deliver().await;
    }
    t.clock.set(kvitteringsfrist(t.clock.now()));
    let settings = WorkerSettings { batch: 2, ..WorkerSettings::default() };
    let workers = (0..4).map(|_| {
        let worker = Worker::new(t.services().clone(), settings.clone());
        async move { while worker.run_due().await.unwrap() > 0 {} }
    });
    join_all(workers).await;
    assert_eq!(letters(t).await.len(), REPORTS);
    assert_eq!(laid_out(t).len(), REPORTS);
    assert_eq!(t.database.count("hendelse", "tilstand = 'SENDT_PRINT'").await, 12);
}

async fn an_office_without_an_address_needs_a_person(t: &mut Gate) {
    t.database.execute("UPDATE bydel SET adresse = NULL").await;
    let id = fail(t).await;
    t.run_jobs().await;
    let states = t.states(&id).await;
    assert_eq!(states[2..], ["AVVIST_FAGSYSTEM", "SENDT_PRINT", "AVVIST_PRINT"]);
    assert!(last_words(t, &id).await.contains("postadresse"));
    assert_eq!(t.database.count("jobb", "1 = 1").await, 0);
    assert_eq!(t.database.count("brev", "1 = 1").await, 0);
    assert_eq!(t.database.count("innhold", "1 = 1").await, 1, "a person still needs it");
    // The person registers one, and has it sent again.
    t.apply(t.town.oppsett()).await;
    send_again(t, &id).await;
    t.run_jobs().await;
    assert_eq!(t.states(&id).await.last().unwrap(), "SENDT_PRINT");
    assert_eq!(letters(t).await.len(), 1);
}

async fn an_envelope_that_nobody_can_open_needs_a_person(t: &mut Gate) {
    // That we have no certificate of the supplier says nothing about who can open what was sealed to it.
    let fine = fail(t).await;
    t.database.execute("DELETE FROM nokkel WHERE kommunenummer IS NULL").await;
    t.run_jobs().await;
    assert!(letters(t).await.contains_key(&fine));
    t.apply(t.town.oppsett()).await;
    let broken = fail(t).await;
    t.database.execute("UPDATE innhold SET pdf = substr(pdf, 1, 100)").await;
    let missing = fail(t).await;
    let row = t.database.uuid(&missing);
    t.database.execute(&format!("DELETE FROM innhold WHERE melding_id = {row}")).await;
    // One whose content goes bad when it is a letter already.
    let late = fail(t).await;
    let jobs = claim(t).await;
    let job = jobs.iter().find(|job| job.melding.to_string() == late).unwrap();
    assert!(matches!(t.services().bestill_brev(job).await.unwrap(), Bestilling::LeggUt(_)));
    t.database.execute("UPDATE innhold SET pdf = substr(pdf, 1, 100)").await;
    t.clock.advance(LEASE);
    t.run_jobs().await;
    for id in [broken, missing, late] {
        assert_eq!(t.states(&id).await[2..], ["AVVIST_FAGSYSTEM", "SENDT_PRINT", "AVVIST_PRINT"]);
        assert!(last_words(t, &id).await.contains("ikke kryptert"));
    }
    assert_eq!(t.database.count("jobb", "1 = 1").await, 0);
    assert_eq!(t.database.count("brev", "status = 'KLAR'").await, 1);
}

async fn a_full_disk_is_tried_again(t: &mut Gate) {
    // Not a folder, which is as good as full.
    fs::write(t.spool(), "").unwrap();
    let id = fail(t).await;
    t.run_jobs().await;
    assert_eq!(t.states(&id).await.last().unwrap(), "SENDT_PRINT");
    assert!(letters(t).await.is_empty(), "what is not in the folder is not told of either");
    assert_eq!(t.database.count("jobb", "forsok = 1 AND leie_merke IS NULL").await, 1);
    fs::remove_file(t.spool()).unwrap();
    t.run_jobs().await;
    assert!(letters(t).await.is_empty(), "not before its time");
    t.clock.advance(SignedDuration::from_secs(2));
    t.run_jobs().await;
    assert_eq!(letters(t).await.len(), 1);
    assert_eq!(laid_out(t).len(), 1);
    assert_eq!(t.states(&id).await.len(), 4);
}

async fn what_cannot_be_laid_out_is_given_up_where_somebody_sees_it(t: &mut Gate) {
    const ATTEMPTS: u32 = 4;
    fs::write(t.spool(), "").unwrap();
    let id = fail(t).await;
    let worker = Worker::new(t.services().clone(), WorkerSettings { attempts: ATTEMPTS, ..WorkerSettings::default() });
    for attempt in 1..=ATTEMPTS {
        assert_eq!(t.states(&id).await.last().unwrap(), if attempt == 1 { "AVVIST_FAGSYSTEM" } else { "SENDT_PRINT" });
        assert_eq!(worker.run_due().await.unwrap(), 1);
        t.clock.advance(SignedDuration::from_mins(8));
    }
    assert_eq!(t.states(&id).await[2..], ["AVVIST_FAGSYSTEM", "SENDT_PRINT", "AVVIST_PRINT"]);
    assert!(last_words(t, &id).await.contains("kunne ikke legges ut til utskrift"));
    assert_eq!(t.database.count("brev", "status = 'AVVIST' AND arsak IS NOT NULL").await, 1);
    t.clock.advance(SignedDuration::from_hours(24 * 365));
    assert_eq!(worker.run_due().await.unwrap(), 0);
    assert_eq!(t.database.count("jobb", &format!("forsok = {ATTEMPTS} AND leie_merke IS NULL")).await, 1, "to be seen");
    assert_eq!(t.database.count("innhold", "1 = 1").await, 1);
    // The disk is mended, and somebody has it sent again.
    fs::remove_file(t.spool()).unwrap();
    send_again(t, &id).await;
    t.run_jobs().await;
    let letter = letters(t).await.remove(&id).unwrap();
    assert_eq!(laid_out(t), [letter.as_str()]);
    t.caller(&t.town.utskrift).post(format!("/print/api/v1/brev/{letter}/postlagt")).await.json(200);
    assert_eq!(t.states(&id).await.last().unwrap(), "LEVERT");
    assert_eq!(t.database.count("jobb", "1 = 1").await, 0, "nothing is left of the one that was given up");
}

async fn what_somebody_died_over_is_swept_away(t: &mut Gate) {
    let (waits, posted) = (fail(t).await, fail(t).await);
    t.run_jobs().await;
    let letters = letters(t).await;
    let (waits, posted) = (&letters[&waits], &letters[&posted]);
    let half = format!(".ny-{waits}-abc");
    fs::create_dir(t.spool().join(&half)).unwrap();
    // Killed after it was written down that it is posted, and before its folder went.
    let kept = t.spool().join("kept");
    fs::rename(t.spool().join(posted), &kept).unwrap();
    t.caller(&t.town.utskrift).post(format!("/print/api/v1/brev/{posted}/postlagt")).await.json(200);
    fs::rename(&kept, t.spool().join(posted)).unwrap();
    let stranger = t.ids.uuid().to_string();
    for name in [&stranger, "README"] {
        fs::create_dir(t.spool().join(name)).unwrap();
    }
    t.services().rydd().await.unwrap();
    let mut left = vec![waits.clone(), stranger, "README".to_owned()];
    left.sort();
    assert_eq!(laid_out(t), left);
    // Without the folder the letters are all the same the API's.
    t.restart_with(Settings { spool: false, ..Settings::default() }).await;
    let id = fail(t).await;
    t.run_jobs().await;
    assert!(self::letters(t).await.contains_key(&id));
    assert_eq!(laid_out(t), left);
    tokio::time::timeout(Duration::from_secs(30), t.services().rydd()).await.unwrap().unwrap();
}

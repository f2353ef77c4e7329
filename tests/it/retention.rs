//! Nothing is kept longer than it is needed.

use std::fs;

use jiff::SignedDuration;
use meldeport::{
    domain::DomainSettings,
    store::{self, Backend},
    system::Clock as _,
};
use serde_json::json;

use crate::{
    admin::{copies, literal, set, trail},
    support::{Gate, Settings},
};

on_every_database! {
    delivered_reports_are_deleted_when_they_have_been_kept_long_enough,
    a_report_that_is_not_delivered_is_kept_however_old_it_is,
    many_are_deleted_a_few_at_a_time,
    nodes_that_delete_at_once_delete_each_report_once,
    the_audit_trail_is_kept_longer_and_not_for_ever,
    what_is_kept_for_ever_is,
    erased_content_is_on_no_page_of_the_files,
}

const KEPT: SignedDuration = SignedDuration::from_hours(730 * 24);

async fn delivered_reports_are_deleted_when_they_have_been_kept_long_enough(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
    let delivered = t.clock.now();
    t.clock.advance(KEPT);
    assert!(t.services().oppbevaringsplan().await.unwrap().meldinger.is_empty());
    t.services().rydd().await.unwrap();
    assert_eq!(t.database.count("melding", "1 = 1").await, 1, "to the day");
    t.clock.advance(SignedDuration::from_millis(1));
    let plan = t.services().oppbevaringsplan().await.unwrap();
    let organisasjon = t.town.kommune.organisasjon.id;
    let [planned] = plan.meldinger[..] else { panic!("{plan:?}") };
    assert_eq!(
        (planned.mottaker, planned.antall, planned.eldste, planned.nyeste),
        (organisasjon, 1, delivered, delivered)
    );
    assert_eq!(t.database.count("melding", "1 = 1").await, 1, "a plan deletes nothing");
    t.services().rydd().await.unwrap();
    for table in ["melding", "hendelse", "innhold", "jobb"] {
        assert_eq!(t.database.count(table, "1 = 1").await, 0, "{table}");
    }
    let (handling, objekt, facts) = trail(t, organisasjon).await.remove(0);
    assert_eq!((handling.as_str(), objekt), ("slettUtgatteMeldinger", None));
    assert_eq!(facts["antall"], 1);
    assert_eq!((&facts["eldsteLevert"], &facts["nyesteLevert"]), (&json!(delivered), &json!(delivered)));
}

async fn a_report_that_is_not_delivered_is_kept_however_old_it_is(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    t.clock.advance(KEPT * 3);
    for state in ["SENDT_FAGSYSTEM", "AVVIST_FAGSYSTEM", "SENDT_PRINT", "AVVIST_PRINT"] {
        set(t, &id, &format!("tilstand = '{state}', levert = NULL")).await;
        assert!(t.services().oppbevaringsplan().await.unwrap().meldinger.is_empty());
        t.services().rydd().await.unwrap();
    }
    assert_eq!((t.database.count("melding", "1 = 1").await, t.database.count("innhold", "1 = 1").await), (1, 1));
}

/// So many delivered reports that have been kept long enough, with a letter for one of them.
async fn old(t: &Gate, many: usize) {
    let (id, _) = t.deliver().await;
    t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
    copies(t, &id, many - 1).await;
    let (letter, id) = (literal(t, &t.ids.uuid().to_string()), literal(t, &id));
    let columns = "id, melding_id, adresse, status, opprettet";
    t.database.execute(&format!("INSERT INTO brev ({columns}) VALUES ({letter}, {id}, '{{}}', 'AVVIST', 0)")).await;
    t.clock.advance(KEPT + SignedDuration::from_hours(1));
}

async fn many_are_deleted_a_few_at_a_time(t: &mut Gate) {
    old(t, 2100).await;
    let organisasjon = t.town.kommune.organisasjon.id;
    // A worker does a few batches, and goes on the next time.
    t.services().rydd().await.unwrap();
    assert_eq!(t.database.count("melding", "1 = 1").await, 100);
    let mut counted = Vec::new();
    while let Some(gone) = t.services().slett_utgatte(organisasjon).await.unwrap() {
        counted.push(gone.antall);
    }
    assert_eq!(counted, [100]);
    for table in ["melding", "hendelse", "brev"] {
        assert_eq!(t.database.count(table, "1 = 1").await, 0, "{table}");
    }
    let noted = trail(t, organisasjon).await;
    let mut noted: Vec<_> = noted.iter().map(|(.., facts)| facts["antall"].as_u64().unwrap()).collect();
    noted.sort_unstable();
    assert_eq!(noted, [100, 500, 500, 500, 500]);
}

async fn nodes_that_delete_at_once_delete_each_report_once(t: &mut Gate) {
    old(t, 1500).await;
    let all = futures_util::future::join_all((0..4).map(|_| t.services().rydd())).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    t.services().rydd().await.unwrap();
    assert_eq!(t.database.count("melding", "1 = 1").await, 0);
    let noted = trail(t, t.town.kommune.organisasjon.id).await;
    assert_eq!(noted.iter().map(|(.., facts)| facts["antall"].as_u64().unwrap()).sum::<u64>(), 1500);
}

async fn the_audit_trail_is_kept_longer_and_not_for_ever(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    t.kommune().get(format!("{}/historikk/{id}", crate::admin::V2_ADMIN)).await.json(200);
    t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
    t.clock.advance(KEPT * 2);
    t.services().rydd().await.unwrap();
    let organisasjon = t.town.kommune.organisasjon.id;
    let what = async || trail(t, organisasjon).await.into_iter().map(|(handling, ..)| handling).collect::<Vec<_>>();
    assert_eq!(what().await, ["getHistorikk", "slettUtgatteMeldinger"], "the report is gone, who read it is known");
    t.clock.advance(SignedDuration::from_hours(365 * 24 + 1));
    assert_eq!(t.services().oppbevaringsplan().await.unwrap().revisjon, 1);
    t.services().rydd().await.unwrap();
    assert_eq!(what().await, ["slettUtgatteMeldinger"]);
    let noted =
        "handling = 'slettGammelRevisjon' AND organisasjon_id IS NULL AND tilstand_etter LIKE '%\"antall\":1,%'";
    assert_eq!(t.database.count("revisjon", noted).await, 1);
}

async fn what_is_kept_for_ever_is(t: &mut Gate) {
    let domain = DomainSettings { oppbevaring: None, revisjon_oppbevaring: None, ..DomainSettings::default() };
    t.restart_with(Settings { domain, ..Settings::default() }).await;
    let (id, _) = t.deliver().await;
    t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
    t.clock.advance(KEPT * 10);
    let plan = t.services().oppbevaringsplan().await.unwrap();
    assert!(plan.grense.is_none() && plan.meldinger.is_empty() && plan.revisjon == 0, "{plan:?}");
    t.services().rydd().await.unwrap();
    assert_eq!(t.database.count("melding", "1 = 1").await, 1);
}

async fn erased_content_is_on_no_page_of_the_files(t: &mut Gate) {
    if t.services().store.backend() != Backend::Sqlite {
        return;
    }
    let (id, report) = t.deliver().await;
    let file = t.database.settings.file().unwrap();
    let log = file.with_extension("db-wal");
    let mark = &report.asice[report.asice.len() / 2..report.asice.len() / 2 + 32];
    let holds =
        |path: &std::path::Path| fs::read(path).unwrap_or_default().windows(mark.len()).any(|window| window == mark);
    assert!(holds(&file) || holds(&log), "it is stored as it came");
    t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
    t.services().rydd().await.unwrap();
    assert!(!holds(&file) && !holds(&log), "what was erased is overwritten");
    assert_eq!(fs::metadata(&log).map(|log| log.len()).unwrap_or_default(), 0);
    store::Store::open(&t.database.settings).await.unwrap().close().await;
}

//! What those who run the gateway see of it: each documented name, figures that follow what happens, and nothing of any person.

use std::{collections::BTreeSet, fs, path::Path};

use jiff::SignedDuration;
use meldeport::{
    app::{Gateway, Limits, Listening, TlsFiles},
    http::{HttpSettings, LoginSettings, RateSettings},
    model::melding::Kanal,
    store::{self, Backend, Store},
    system::{Clock as _, Metrics, RoomSettings},
};
use reqwest::Method;
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use crate::support::{Gate, Sak, Settings, Site, V2, answer, answer_as_it_is};

mod skilt;

on_every_database! {
    each_documented_name_is_told_and_no_other,
    figures_follow_a_report_from_door_to_receipt,
    a_letter_that_is_refused_is_seen,
    a_job_taken_over_is_counted_and_one_given_back_is_not,
    a_send_that_is_repeated_or_refused_is_no_second_report,
    labels_hold_nothing_that_a_caller_wrote,
    a_look_never_goes_through_a_table,
    figures_of_a_database_that_is_gone_are_not_shown,
    a_gateway_says_why_it_is_not_ready,
    nobody_finds_figures_at_the_public_door,
    a_connection_that_fails_to_agree_on_tls_is_counted,
    a_worker_that_answers_nobody_can_be_watched,
}

/// A look, when what was seen before is old.
async fn look(t: &Gate) -> String {
    t.clock.advance(SignedDuration::from_secs(6));
    look_at(&t.watch).await
}

async fn look_at(watch: &str) -> String {
    let seen = answer(reqwest::Client::new().get(format!("{watch}/metrics"))).await;
    assert_eq!(seen.status, 200);
    assert_eq!(seen.header("content-type"), Some(Metrics::CONTENT_TYPE));
    seen.text()
}

/// The value of one line, by its name and labels as they are written.
fn value(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')))?;
    Some(line.rsplit(' ').next().unwrap().parse().unwrap())
}

fn reports(text: &str, state: &str) -> f64 {
    value(text, &format!("meldeport_reports_total{{state=\"{state}\"}}")).unwrap_or(0.0)
}

fn waiting(text: &str, state: &str, age: &str) -> f64 {
    value(text, &format!("meldeport_reports_waiting{{state=\"{state}\",age=\"{age}\"}}")).unwrap()
}

async fn each_documented_name_is_told_and_no_other(t: &mut Gate) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metrics.md");
    let documented: BTreeSet<String> = fs::read_to_string(path)
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("| `meldeport_"))
        .map(|rest| format!("meldeport_{}", rest.split(['`', '{']).next().unwrap()))
        .collect();
    // Calls and problems are told of once there has been one.
    answer(t.http.get(format!("{}/metrics", t.url))).await.problem(404, "FORESPORSEL.UKJENT_ADRESSE");
    assert_eq!(skilt::told(&look(t).await), documented);
}

async fn figures_follow_a_report_from_door_to_receipt(t: &mut Gate) {
    let before = look(t).await;
    assert_eq!((reports(&before, "AKSEPTERT"), reports(&before, "LEVERT")), (0.0, 0.0));
    assert_eq!(value(&before, "meldeport_nearest_deadline_seconds"), Some(f64::INFINITY));
    assert_eq!(value(&before, "meldeport_database_up"), Some(1.0));

    let id = t.send(&t.report()).await;
    let accepted = look(t).await;
    assert_eq!(reports(&accepted, "AKSEPTERT"), 1.0);
    assert_eq!(waiting(&accepted, "AKSEPTERT", "0-1h"), 1.0);
    assert_eq!(value(&accepted, "meldeport_jobs_due{queue=\"jobb\"}"), Some(1.0));
    assert!(value(&accepted, "meldeport_job_overdue_seconds{queue=\"jobb\"}").unwrap() >= 6.0);

    t.run_jobs().await;
    t.clock.advance(SignedDuration::from_hours(2));
    let handed_over = look(t).await;
    assert_eq!(reports(&handed_over, "SENDT_FAGSYSTEM"), 1.0);
    assert_eq!(waiting(&handed_over, "AKSEPTERT", "0-1h"), 0.0);
    assert_eq!(waiting(&handed_over, "SENDT_FAGSYSTEM", "1-24h"), 1.0);
    let left = value(&handed_over, "meldeport_nearest_deadline_seconds").unwrap();
    t.clock.advance(SignedDuration::from_hours(1));
    let later = value(&look(t).await, "meldeport_nearest_deadline_seconds").unwrap();
    assert!((left - later - 3606.0).abs() < 1.0, "{left} {later}");
    t.clock.advance(SignedDuration::from_hours(48));
    assert_eq!(waiting(&look(t).await, "SENDT_FAGSYSTEM", "48h-"), 1.0);

    t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
    let delivered = look(t).await;
    assert_eq!(reports(&delivered, "LEVERT"), 1.0);
    assert_eq!(waiting(&delivered, "SENDT_FAGSYSTEM", "48h-"), 0.0);
    assert_eq!(value(&delivered, "meldeport_nearest_deadline_seconds"), Some(f64::INFINITY));
    let calls: Vec<&str> = delivered.lines().filter(|l| l.starts_with("meldeport_request_seconds_count")).collect();
    assert!(calls.iter().any(|line| line.contains("status=\"2xx\"") && line.ends_with(" 1")), "{calls:?}");
    for key in ["office", "print", "gateway"] {
        let days = value(&delivered, &format!("meldeport_key_days_left{{key=\"{key}\"}}")).unwrap();
        assert!(days > 0.0 && days < 3700.0, "{key}: {days}");
    }
    for name in ["disk_available_bytes{folder=\"print\"}", "resident_memory_bytes"] {
        assert!(value(&delivered, &format!("meldeport_{name}")).unwrap() > 1e6, "{name}");
    }
    let database = value(&delivered, "meldeport_disk_available_bytes{folder=\"database\"}");
    assert_eq!(database.is_some(), t.services().store.backend() == Backend::Sqlite);
    let idle = value(&delivered, "meldeport_pool_connections{state=\"idle\"}").unwrap();
    assert!((1.0..=4.0).contains(&idle), "{idle}");
    assert!(value(&delivered, "meldeport_write_seconds_count").unwrap() >= 3.0);
    assert_eq!(value(&delivered, "meldeport_writer_queue"), Some(0.0));
}

async fn a_letter_that_is_refused_is_seen(t: &mut Gate) {
    t.deliver().await;
    t.run_out_of_time().await;
    let printed = look(t).await;
    assert_eq!(reports(&printed, "SENDT_PRINT"), 1.0);
    assert_eq!(value(&printed, "meldeport_letters_waiting{letter=\"brev\"}"), Some(1.0));
    assert!(value(&printed, "meldeport_letter_oldest_seconds{letter=\"brev\"}").unwrap() >= 6.0);
    let letter = t.letters().await[0]["brevId"].as_str().unwrap().to_owned();
    let refused = t.caller(&t.town.utskrift).request(Method::POST, format!("/print/api/v1/brev/{letter}/avvist"));
    assert!(answer(refused.json(&serde_json::json!({ "arsak": "papirstopp" }))).await.status < 300);
    let seen = look(t).await;
    assert_eq!(reports(&seen, "AVVIST_PRINT"), 1.0);
    assert_eq!(value(&seen, "meldeport_letters_waiting{letter=\"brev\"}"), Some(0.0));
    let ages = ["0-1h", "1-24h", "24-48h", "48h-"];
    assert_eq!(ages.iter().map(|age| waiting(&seen, "AVVIST_PRINT", age)).sum::<f64>(), 1.0);
}

async fn a_job_taken_over_is_counted_and_one_given_back_is_not(t: &mut Gate) {
    const TAKEN: &str = "meldeport_lease_takeovers_total{queue=\"jobb\"}";
    let claim = async || {
        let (lease, now) = (t.ids.uuid(), t.clock.now());
        let context = (lease, now, now + SignedDuration::from_secs(60));
        let work = t.services().store.write("test", context, |tx, (lease, now, until)| {
            Box::pin(store::jobb::claim(tx, &Kanal::ALL, *lease, *now, *until, 8))
        });
        work.await.unwrap()
    };
    t.send(&t.report()).await;
    let job = claim().await.remove(0);
    assert!(claim().await.is_empty(), "it is somebody's");
    assert!(t.services().prov_igjen(&job, t.clock.now()).await.unwrap());
    assert_eq!(claim().await.len(), 1);
    assert_eq!(value(&look(t).await, TAKEN), Some(0.0), "it was given back");
    t.clock.advance(SignedDuration::from_secs(61));
    t.run_jobs().await;
    assert_eq!(value(&look(t).await, TAKEN), Some(1.0), "who held it has not been heard of since");
}

async fn a_send_that_is_repeated_or_refused_is_no_second_report(t: &mut Gate) {
    let report = t.report();
    let id = t.send(&report).await;
    assert_eq!(t.send(&report).await, id);
    let bad = t.skole().request(Method::POST, t.send_path(V2, 0, Sak::Offentlig)).body("søppel");
    let code = serde_json::from_slice::<serde_json::Value>(&answer(bad).await.body).unwrap()["errorCode"]
        .as_str()
        .unwrap()
        .to_owned();
    t.run_jobs().await;
    let seen = look(t).await;
    assert_eq!((reports(&seen, "AKSEPTERT"), reports(&seen, "SENDT_FAGSYSTEM")), (1.0, 1.0));
    assert_eq!(value(&seen, &format!("meldeport_problems_total{{code=\"{code}\"}}")), Some(1.0));
    // A share that is used up is one of the codes.
    let few = RateSettings { per_second: 1, burst: 1 };
    t.restart_with(Settings { rate: few, ..Settings::default() }).await;
    for _ in 0..3 {
        t.skole().get(format!("{V2}/kommuner")).await;
    }
    let limited = look(t).await;
    let calls = limited.lines().filter(|line| line.starts_with("meldeport_problems_total") && !line.ends_with(" 0"));
    assert_eq!(calls.count(), 1, "{limited}");
    assert!(limited.contains("status=\"4xx\""));
}

async fn labels_hold_nothing_that_a_caller_wrote(t: &mut Gate) {
    const MARK: &str = "MERKET7Q";
    let (id, _) = t.deliver().await;
    t.history(V2, &id).await;
    t.kommune().get(t.queue(format!("/{id}/innhold"))).await;
    let person = t.logged_in("21868499143");
    for path in [format!("/{MARK}"), format!("{V2}/kommuner/{MARK}?q={MARK}"), format!("{V2}/roller?navn={MARK}")] {
        t.skole().get(&path).await;
        answer(person.http.get(format!("{}{path}", t.url)).bearer_auth(&person.token).header("X-Kilde", MARK)).await;
    }
    let seen = look(t).await;
    let town = t.town;
    let personal = [
        MARK.to_owned(),
        "21868499143".to_owned(),
        id,
        town.skole.organisasjon.id.to_string(),
        town.skole.organisasjon.organisasjonsnummer.to_string(),
        town.skole.integrasjon.to_string(),
        t.kontor(0).bydel.kommunenummer.to_string(),
        "Fiktiv".to_owned(),
    ];
    for text in personal {
        let labels: Vec<&str> = seen.lines().filter_map(|line| line.rsplit_once(' ')).map(|(name, _)| name).collect();
        assert!(!labels.iter().any(|name| name.contains(&text)), "{text}");
    }
}

async fn a_look_never_goes_through_a_table(t: &mut Gate) {
    t.deliver().await;
    let mut settings = t.database.settings.clone();
    if t.services().store.backend() == Backend::Postgres {
        let joint = if settings.url.contains('?') { '&' } else { '?' };
        settings.url = format!("{}{joint}options[enable_seqscan]=off", settings.url);
    }
    let store = Store::open(&settings).await.unwrap();
    let plans = store::maling::plan(&store, t.clock.now()).await.unwrap();
    assert_eq!(plans.len(), 12);
    for plan in plans {
        let scans = plan.iter().filter(|line| {
            line.contains("Seq Scan") || (line.starts_with("SCAN ") && !line.contains("USING") && *line != "SCAN part")
        });
        assert_eq!(scans.count(), 0, "{plan:#?}");
        assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE")), "{plan:#?}");
    }
    store.close().await;
}

async fn figures_of_a_database_that_is_gone_are_not_shown(t: &mut Gate) {
    t.deliver().await;
    assert!(look(t).await.contains("meldeport_reports_waiting{"));
    t.services().store.close().await;
    let gone = look(t).await;
    assert_eq!(value(&gone, "meldeport_database_up"), Some(0.0));
    assert!(!gone.contains("meldeport_reports_waiting{"), "{gone}");
    assert!(value(&gone, "meldeport_nearest_deadline_seconds").unwrap().is_nan());
    let ready = answer(t.http.get(format!("{}/health/ready", t.watch))).await;
    assert_eq!((ready.status, ready.text()), (503, "database".to_owned()));
    let live = answer(t.http.get(format!("{}/health/live", t.watch))).await;
    assert_eq!((live.status, live.text()), (200, "ok".to_owned()));
    t.restart().await;
}

async fn a_gateway_says_why_it_is_not_ready(t: &mut Gate) {
    let ready = async |url: &str| {
        let told = answer(t.http.get(format!("{url}/health/ready"))).await;
        (told.status, told.text())
    };
    assert_eq!(ready(&t.url).await, (200, "ok".to_owned()));
    assert_eq!(ready(&t.watch).await, (200, "ok".to_owned()));
    t.database.execute("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_unknown', 0)").await;
    assert_eq!(
        ready(&t.url).await,
        (200, "ok".to_owned()),
        "a newer program has come, and is to take over when it is ready"
    );
    t.database.execute("DELETE FROM seaql_migrations WHERE version = 'm29991231_unknown'").await;
    t.database.execute("UPDATE seaql_migrations SET version = 'x' WHERE version LIKE 'm20261130%'").await;
    assert_eq!(ready(&t.watch).await, (503, "schema".to_owned()));
    t.database.execute("UPDATE seaql_migrations SET version = 'm20261130_kortbrev' WHERE version = 'x'").await;
    assert_eq!(ready(&t.url).await, (200, "ok".to_owned()));
    // What watches hears of a stop that nobody new hears of at the public door.
    t.services().signaler.stopp.send_replace(true);
    assert_eq!(ready(&t.watch).await, (503, "stopping".to_owned()));
    assert!(look_at(&t.watch).await.contains("meldeport_database_up 1"));
}

async fn nobody_finds_figures_at_the_public_door(t: &mut Gate) {
    answer(t.http.get(format!("{}/metrics", t.url))).await.problem(404, "FORESPORSEL.UKJENT_ADRESSE");
    let calls = answer_as_it_is(t.http.get(format!("{}{V2}/kommuner", t.watch))).await;
    assert_eq!(calls.status, 404);
}

async fn a_connection_that_fails_to_agree_on_tls_is_counted(t: &mut Gate) {
    let signer = t.town.portvakt.signer().unwrap();
    let folder = TempDir::new().unwrap();
    let files =
        TlsFiles { certificate: folder.path().join("cert.pem"), key: folder.path().join("key.pem"), client_ca: None };
    fs::write(&files.certificate, signer.certificate().to_pem()).unwrap();
    fs::write(&files.key, signer.key().to_pkcs8_pem().unwrap().expose()).unwrap();
    let listening = Listening::bind("127.0.0.1:0", Some(files)).await.unwrap();
    let (address, services) = (listening.address, t.services().clone());
    let http = HttpSettings {
        public_url: None,
        rate: RateSettings::default(),
        innlogging: LoginSettings::default(),
        bodies: RoomSettings::default(),
        utproving: None,
    };
    let _second = Gateway::start(services, listening, &http, None, Limits::default(), None);
    assert_eq!(value(&look(t).await, "meldeport_tls_refused_total"), Some(0.0));
    let trusting = reqwest::Client::builder().danger_accept_invalid_certs(true).build().unwrap();
    assert_eq!(answer(trusting.get(format!("https://{address}/health/live"))).await.status, 200);
    assert_eq!(value(&look(t).await, "meldeport_tls_refused_total"), Some(0.0));
    TcpStream::connect(address).await.unwrap().write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    while value(&look(t).await, "meldeport_tls_refused_total") != Some(1.0) {
        tokio::task::yield_now().await;
    }
}

async fn a_worker_that_answers_nobody_can_be_watched(t: &mut Site) {
    let mut worker = t.work_watched().await;
    let watch = worker.watch().await;
    let ready = answer(reqwest::Client::new().get(format!("{watch}/health/ready"))).await;
    assert_eq!((ready.status, ready.text()), (200, "ok".to_owned()));
    assert_eq!(value(&look_at(&watch).await, "meldeport_database_up"), Some(1.0));
    assert_eq!(worker.stop(), Some(0));
}

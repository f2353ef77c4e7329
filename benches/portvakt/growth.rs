//! The same questions with a thousand reports in the database, with a hundred times as many, and with a thousand times. All of
//! them are one municipality's, which no real one has: the worst case for each question.

use std::{collections::BTreeMap, path::PathBuf, time::Instant};

use bytes::Bytes;
use clap::Args;
use jiff::SignedDuration;
use meldeport::{
    delivery::{Worker, WorkerSettings},
    sandbox::town::Virksomhet,
    system::{Clock as _, SystemClock},
};
use serde_json::json;

use crate::{
    Common,
    fill::{self, Sql},
    http::{Connection, Outcome, stopped},
    report::Report,
    site::{Base, Site},
    work::{Callers, Operation, Work},
};

#[derive(Debug, Args)]
pub struct Growth {
    #[command(flatten)]
    pub common: Common,
    /// Reports at the end: 1,000 times 100, and 10 more.
    #[arg(long, default_value_t = 100_000)]
    most: u64,
    /// Calls of each kind.
    #[arg(long, default_value_t = 200)]
    rounds: usize,
    /// An SQLite file that is kept, or with PostgreSQL any word: the next run with the same goes on filling where this one ended.
    #[arg(long)]
    keep: Option<PathBuf>,
}

const STEPS: [u64; 3] = [1_000, 100_000, 1_000_000];
/// Reports that wait, whatever has been delivered.
const WAITING: usize = 200;
/// Reports that one claim takes.
const CLAIMED: usize = 64;
const CLAIMS: usize = 8;
const ADMIN: &str = "/bekymringsmelding/api/v2/admin";

pub async fn run(options: &Growth, report: &mut Report) {
    let site = Site::open(&options.common).await;
    let base = match &options.keep {
        Some(file) => site.database("growth", file, false).await,
        None => site.fresh("growth").await,
    };
    let sql = Sql::open(&base).await;
    let there = sql.made().await;
    let mut first: BTreeMap<&str, f64> = BTreeMap::new();
    for size in STEPS.into_iter().filter(|size| *size <= options.most) {
        if there > size {
            report.note(format!("{there} reports were there already, so nothing is told of {size}"));
            continue;
        }
        sql.delivered(&site, size, options.most, SystemClock.now()).await;
        if stopped() {
            break;
        }
        for (question, outcome) in ask(options, &site, &base, &sql).await {
            let few = *first.entry(question).or_insert(outcome.p50);
            report.row(json!({
                "question": question,
                "reports": size,
                "p50 ms": outcome.p50,
                "p99 ms": outcome.p99,
                "to the first": outcome.p50 / few,
            }));
        }
    }
    report.note("aim: at most 1.3 times what it takes with a thousand");
    sql.db.close().await.unwrap();
    if options.keep.is_none() {
        base.remove().await;
    }
}

async fn ask(options: &Growth, site: &Site, base: &Base, sql: &Sql) -> Vec<(&'static str, Outcome)> {
    let mut all = vec![("claim and hand over 64", claim(site, base).await)];
    let rounds = options.rounds;
    let prepared = [
        ("list", Work::prepare(Operation::List, site, base, rounds).await),
        ("download", Work::prepare(Operation::Download, site, base, rounds).await),
        ("receipt", Work::prepare(Operation::Receipt, site, base, rounds).await),
    ];
    let kommune = &site.town.kommune;
    let plain = [
        ("search, newest", format!("{ADMIN}/meldinger?antall=20")),
        ("search, text", format!("{ADMIN}/meldinger?antall=20&sok=sentrum")),
        ("search, warning", format!("{ADMIN}/meldinger?antall=20&advarsel=IKKE_BEKREFTET_FAGSYSTEM")),
        ("statistics", format!("{ADMIN}/statistikk")),
        ("statistics, 30 days", format!("{ADMIN}/statistikk-gitt-periode")),
        ("statistics, a year", format!("{ADMIN}/statistikk-gitt-periode?fraDato={}", a_year_ago())),
    ];
    fold(site, base, sql).await;
    let (node, _) = site.serve(base, "node", false).await;
    let mut connection = Connection::open(&node.address).await;
    for (name, work) in prepared {
        let source = work.source();
        let requests = (0..rounds as u64).map_while(|n| source(n));
        all.push((name, measure(&mut connection, requests).await));
    }
    for (name, path) in plain {
        let request = get(site, base, kommune, &path);
        // Those that read a great deal need not be asked so often.
        let requests = (0..rounds.div_ceil(4)).map(|_| vec![request.clone()]);
        all.push((name, measure(&mut connection, requests).await));
    }
    node.stop();
    all
}

fn a_year_ago() -> String {
    let then = SystemClock.now().checked_sub(SignedDuration::from_hours(365 * 24)).unwrap();
    then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn get(site: &Site, base: &Base, who: &Virksomhet, path: &str) -> Bytes {
    Bytes::from(format!("{}\r\n", site.head(base, who, "GET", path)))
}

/// One after the other over one connection, the first few not counted.
async fn measure(connection: &mut Connection, requests: impl Iterator<Item = Vec<Bytes>>) -> Outcome {
    let (mut times, all) = (Vec::new(), Instant::now());
    for (n, request) in requests.enumerate() {
        if stopped() {
            break;
        }
        let start = Instant::now();
        assert!(connection.ask(&request, 200).await, "one call at a time is not too many");
        if n >= 5 {
            times.push(start.elapsed().as_secs_f64() * 1000.0);
        }
    }
    Outcome::of(times, 0, all.elapsed().as_secs_f64())
}

/// What the delivery does: takes the jobs that are due, and hands their reports over.
async fn claim(site: &Site, base: &Base) -> Outcome {
    let services = site.services(base).await;
    let callers = Callers::new(site, base, &services).await;
    let work = Work::prepare(Operation::Envelope, site, base, 0).await.smaller(fill::envelopes(site, 2_000));
    let worker = Worker::new(services.clone(), WorkerSettings::default());
    sweep(site, base, &services).await;
    while worker.run_due().await.unwrap() > 0 {}
    let (mut times, all) = (Vec::new(), Instant::now());
    // Whatever is asked again is answered as before, so the numbers go on from those of earlier rounds.
    let mut n = u64::try_from(SystemClock.now().as_microsecond()).unwrap();
    for round in 0..=CLAIMS {
        for _ in 0..CLAIMED {
            assert_eq!(work.once(&services, &callers, n).await, Some(true));
            n += 1;
        }
        let start = Instant::now();
        let taken = worker.run_due().await.unwrap();
        assert_eq!(taken, CLAIMED as u64);
        if round > 0 {
            times.push(start.elapsed().as_secs_f64() * 1000.0);
        }
    }
    // So that as many wait at each size.
    sweep(site, base, &services).await;
    services.store.close().await;
    Outcome::of(times, 0, all.elapsed().as_secs_f64())
}

/// What the delivery does beside it: keeps the counters that figures come from.
async fn fold(site: &Site, base: &Base, sql: &Sql) {
    let services = site.services(base).await;
    while services.brett_tall().await.unwrap() {}
    services.store.close().await;
    sql.vacuum(&["meldingsendring", "meldingstall", "meldingsperiode"]).await;
}

/// Receipts all that wait.
async fn sweep(site: &Site, base: &Base, services: &meldeport::domain::Services) {
    let receiver = site.known(services, base, &site.town.kommune).await;
    let right = receiver.fullmakt::<meldeport::domain::tilgang::Hente>(site.town.kommune.organisasjon.id).unwrap();
    let none = std::time::Duration::ZERO;
    loop {
        let page = services.ko(&right, Default::default(), None, WAITING, none).await.unwrap();
        if page.rader.is_empty() {
            return;
        }
        for row in page.rader {
            services.kvitter_mottatt(&right, row.melding.id).await.unwrap();
        }
    }
}

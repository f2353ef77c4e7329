//! Every operation over HTTP, and beside it the same work in a loop in this process, and what it could cost at all.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use clap::{Args, ValueEnum as _};
use futures_util::future::join_all;
use meldeport::{
    delivery::{Worker, WorkerSettings},
    domain::Services,
};
use serde_json::json;

use crate::{
    Common, bare,
    http::{self, Outcome, WARM_UP, stopped},
    report::Report,
    site::{Base, Site, os::Process},
    work::{Callers, Operation, Work},
};

#[derive(Debug, Args)]
pub struct Speed {
    #[command(flatten)]
    pub common: Common,
    /// How long each figure is measured.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Calls at once.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64])]
    connections: Vec<usize>,
    /// Only these.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Operation>,
    /// Let the gateway, and the loop, deliver what they take as well; otherwise that is for `serve --worker` to do.
    #[arg(long)]
    worker: bool,
}

/// Receipts in a second, at most: so many reports are made to be receipted.
const RECEIPTS: f64 = 2_500.0;

pub async fn run(options: &Speed, report: &mut Report) {
    let site = Site::open(&options.common).await;
    let time = Duration::from_secs_f64(options.seconds);
    let all = if options.only.is_empty() { Operation::value_variants() } else { options.only.as_slice() };
    for operation in all {
        if stopped() {
            break;
        }
        one(options, *operation, &site, time, report).await;
    }
    if !stopped() {
        let base = site.fresh("bare").await;
        let syncs = bare::fsync(site.folder.path(), time);
        let small = bare::rows(&base, &*site.rng, [500, 500], false, time).await;
        let large = bare::rows(&base, &*site.rng, [150_000; 2], false, time).await;
        base.remove().await;
        report.note(format!(
            "bare: {syncs:.0} fsync/s of 4 kB; rows in transactions of 64: {small:.0}/s of 1 kB, {large:.0}/s of 300 kB"
        ));
    }
    report.note("limit: sha+rows = SHA-256 of both parts and a row with them, 64 to a transaction, durable; typst = the PDF alone, on all cores; loop = the same work 64 at once in one process, without HTTP");
    report.note("gw cpu = share of one core that the gateway used, load cpu = that the load did, which the gateway could not have");
}

async fn one(options: &Speed, operation: Operation, site: &Site, time: Duration, report: &mut Report) {
    let name = operation.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
    eprintln!("{name}");
    let base = site.fresh("speed").await;
    let most = options.connections.iter().copied().max().unwrap_or(1);
    let runs = f64::from(u32::try_from(options.connections.len()).unwrap()) + 1.0;
    let calls = ((time + WARM_UP).as_secs_f64() * RECEIPTS * runs) as usize;
    let work = Arc::new(Work::prepare(operation, site, &base, calls).await);
    let next = Arc::new(AtomicU64::new(0));
    let mut measured = Vec::new();
    let (node, _) = site.serve(&base, "node", options.worker).await;
    let addresses = [node.address.clone()];
    for connections in &options.connections {
        if stopped() {
            break;
        }
        let (own, start) = (Process::own().cpu(), Instant::now());
        let gateway = node.process.cpu();
        let outcome = http::load(&addresses, *connections, time, operation.expected(), &work.source(), &next).await;
        let passed = start.elapsed().as_secs_f64();
        let share = |cpu: f64| cpu / passed;
        measured.push((*connections, outcome, share(node.process.cpu() - gateway), share(Process::own().cpu() - own)));
    }
    node.stop();
    let services = site.services(&base).await;
    let alone = in_process(site, &base, &services, &work, &next, most, time, options.worker).await;
    services.store.close().await;
    drop(services);
    let (limit, most_possible, target) = limit(operation, site, &base, &work, alone.per_second, time).await;
    for (connections, outcome, gateway, own) in measured {
        report.row(json!({
            "operation": name,
            "at once": connections,
            "calls": outcome.done,
            "busy": outcome.busy,
            "req/s": outcome.per_second,
            "p50 ms": outcome.p50,
            "p99 ms": outcome.p99,
            "p99/p50": outcome.p99 / outcome.p50,
            "gw cpu": gateway,
            "load cpu": own,
            "loop/s": alone.per_second,
            "of loop": outcome.per_second / alone.per_second,
            "limit": limit,
            "limit/s": most_possible,
            "of limit": outcome.per_second / most_possible,
            "target": target,
        }));
    }
    base.remove().await;
}

/// What an operation is held against, its rate, and the share of it that is aimed at with 64 calls at once.
async fn limit(
    operation: Operation,
    site: &Site,
    base: &Base,
    work: &Work,
    alone: f64,
    time: Duration,
) -> (&'static str, f64, Option<f64>) {
    match operation {
        Operation::Envelope | Operation::Large => {
            ("sha+rows", bare::rows(base, &*site.rng, [operation.parts(); 2], true, time).await, Some(0.8))
        }
        Operation::Json => ("typst", bare::typesetting(site, work.json(), time), Some(0.85)),
        Operation::Card if base.settings.file().is_some() => ("loop", alone, Some(0.85)),
        Operation::Card => ("loop", alone, Some(0.9)),
        Operation::List | Operation::Receipt => ("loop", alone, Some(0.8)),
        Operation::Download | Operation::Kommune | Operation::Token => ("loop", alone, None),
    }
}

#[expect(clippy::too_many_arguments, reason = "what a run is made of")]
async fn in_process(
    site: &Site,
    base: &Base,
    services: &Arc<Services>,
    work: &Arc<Work>,
    next: &Arc<AtomicU64>,
    at_once: usize,
    time: Duration,
    worker: bool,
) -> Outcome {
    let callers = Arc::new(Callers::new(site, base, services).await);
    let delivery = worker.then(|| {
        let worker = Worker::new(services.clone(), WorkerSettings::default());
        tokio::spawn(async move { worker.run().await })
    });
    let from = Instant::now() + WARM_UP;
    let until = from + time;
    let tasks = (0..at_once).map(|_| {
        let (services, work, callers, next) = (services.clone(), work.clone(), callers.clone(), next.clone());
        tokio::spawn(async move {
            let (mut times, mut last) = (Vec::new(), Instant::now());
            while last < until && !stopped() {
                let start = Instant::now();
                let done = work.once(&services, &callers, next.fetch_add(1, Ordering::Relaxed)).await;
                let Some(done) = done else { break };
                last = Instant::now();
                // Whatever ends within the time counts, or a rate would lack those that take long.
                if done && last >= from && last <= until {
                    times.push((last - start).as_secs_f64() * 1000.0);
                }
                // What never waits would keep the others waiting.
                tokio::task::yield_now().await;
            }
            (times, last)
        })
    });
    let (mut times, mut last) = (Vec::new(), from);
    for task in join_all(tasks).await {
        let (some, ended) = task.unwrap();
        times.extend(some);
        last = last.max(ended);
    }
    services.signaler.stopp.send_replace(true);
    if let Some(delivery) = delivery {
        delivery.await.unwrap();
    }
    Outcome::of(times, 0, (last.min(until) - from).as_secs_f64())
}

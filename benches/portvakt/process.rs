//! The gateway as a process: its memory under load, how soon it is ready, and whether two do more than one.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use clap::Args;
use serde_json::json;

use crate::{
    Common,
    http::{self, Outcome, Source, stopped},
    office::Office,
    report::{Report, quantile},
    site::{Base, Site, os, os::Process},
    work::{Operation, Work},
};

#[derive(Debug, Args)]
pub struct Memory {
    #[command(flatten)]
    pub common: Common,
    /// How long the load lasts.
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Report as plain JSON as well, so that the typesetter is in memory, too.
    #[arg(long)]
    typeset: bool,
}

/// How often the memory is looked at, and how much of the beginning does not count for the slope.
const LOOK: Duration = Duration::from_millis(500);
const SETTLED: f64 = 0.25;

pub async fn memory(options: &Memory, report: &mut Report) {
    let site = Site::open(&options.common).await;
    let base = site.fresh("memory").await;
    let mut kinds = vec![Operation::Envelope, Operation::List, Operation::Download, Operation::Kommune];
    if options.typeset {
        kinds.push(Operation::Json);
    }
    let mut works = Vec::new();
    for kind in kinds {
        works.push((kind, Work::prepare(kind, &site, &base, 0).await));
    }
    let (node, _) = site.serve(&base, "node", true).await;
    let idle = node.process.resident();
    let time = Duration::from_secs_f64(options.minutes * 60.0);
    // Each operation has its share of the connections for as long as it lasts; an office receipts what comes in.
    let share = options.connections.div_ceil(works.len());
    let load = async {
        let addresses = [node.address.clone()];
        let runs = works.iter().map(|(kind, work)| {
            let (addresses, source) = (addresses.clone(), work.source());
            async move {
                let next = Arc::new(AtomicU64::new(0));
                (*kind, http::load(&addresses, share, time, kind.expected(), &source, &next).await)
            }
        });
        futures_util::future::join_all(runs).await
    };
    let office = Office::new(&site, &base, &node.address, works.iter().map(|(_, work)| work.waiting()).sum());
    let process = node.process;
    let watch = async {
        let (start, mut seen) = (Instant::now(), Vec::new());
        while start.elapsed() < time && !stopped() {
            tokio::time::sleep(LOOK).await;
            seen.push((start.elapsed().as_secs_f64() / 60.0, process.resident()));
        }
        seen
    };
    let (done, seen, receipted) = tokio::join!(load, watch, office.work(Instant::now() + time));
    let (peak, end) = (node.process.peak(), seen.last().map_or(idle, |(_, megabytes)| *megabytes));
    node.stop();
    base.remove().await;
    let from = seen.last().map_or(0.0, |(minute, _)| minute * SETTLED);
    let settled: Vec<_> = seen.iter().copied().filter(|(minute, _)| *minute >= from).collect();
    for (kind, outcome) in done {
        report.row(json!({
            "operation": format!("{kind:?}"), "at once": share, "req/s": outcome.per_second, "p50 ms": outcome.p50, "p99 ms": outcome.p99,
        }));
    }
    report.row(json!({
        "minutes": options.minutes,
        "receipted": receipted,
        "MB idle": idle,
        "MB at the end": end,
        "MB at most": peak,
        "MB more than idle": peak - idle,
        "aim": 64,
        "MB/min": slope(&settled),
        "seen": settled.len(),
    }));
    report.note("MB/min: least squares over the last three quarters of the time");
}

/// Of the line with the least squares through these points.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let (over, under) = points
        .iter()
        .fold((0.0, 0.0), |(over, under), point| (over + (point.0 - x) * (point.1 - y), under + (point.0 - x).powi(2)));
    over / under
}

#[derive(Debug, Args)]
pub struct Start {
    #[command(flatten)]
    pub common: Common,
    /// Starts, of which the middle one counts.
    #[arg(long, default_value_t = 21)]
    rounds: usize,
}

pub async fn start(options: &Start, report: &mut Report) {
    let site = Site::open(&options.common).await;
    let base = site.fresh("start").await;
    let mut times = Vec::new();
    for _ in 0..options.rounds {
        if stopped() {
            break;
        }
        let (node, milliseconds) = site.serve(&base, "node", true).await;
        times.push(milliseconds);
        node.stop();
    }
    base.remove().await;
    let worst = quantile(&mut times, 1.0);
    report.row(json!({
        "starts": times.len(), "median ms": quantile(&mut times, 0.5), "slowest ms": worst, "aim": 300,
    }));
    report.note("from the start of the process until /health/ready has answered 200, with an existing database");
}

#[derive(Debug, Args)]
pub struct Nodes {
    #[command(flatten)]
    pub common: Common,
    /// How long each figure is measured.
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    #[arg(long, default_value_t = 64)]
    connections: usize,
}

pub async fn nodes(options: &Nodes, report: &mut Report) {
    if options.common.database.is_none() {
        report.note("two nodes need a PostgreSQL: --database postgres://user@host/postgres");
        return;
    }
    let site = Site::open(&options.common).await;
    for operation in [Operation::Envelope, Operation::Card, Operation::List, Operation::Kommune] {
        if stopped() {
            break;
        }
        let base = site.fresh("nodes").await;
        let work = Work::prepare(operation, &site, &base, 0).await;
        let (source, next) = (work.source(), Arc::new(AtomicU64::new(0)));
        let mut alone = None;
        for count in [1, 2] {
            let (outcome, used) = together(options, &site, &base, (operation, count), &source, &next).await;
            let one = *alone.get_or_insert(outcome.per_second);
            report.row(json!({
                "operation": format!("{operation:?}"),
                "nodes": count,
                "req/s": outcome.per_second,
                "p50 ms": outcome.p50,
                "p99 ms": outcome.p99,
                "to one": outcome.per_second / one,
                "nodes cpu": used[0],
                "load cpu": used[1],
                "others cpu": used[2],
            }));
        }
        base.remove().await;
    }
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    report.note(format!(
        "cpu in cores, of {cores} that there are; others: the database, and whatever else runs here. Aim: 1.5 where neither the \
         database nor the machine is the limit"
    ));
}

async fn together(
    options: &Nodes,
    site: &Site,
    base: &Base,
    (operation, count): (Operation, usize),
    source: &Source,
    next: &Arc<AtomicU64>,
) -> (Outcome, [f64; 3]) {
    let mut nodes = Vec::new();
    for n in 0..count {
        nodes.push(site.serve(base, &format!("node{n}"), false).await.0);
    }
    let addresses: Vec<_> = nodes.iter().map(|node| node.address.clone()).collect();
    let used = || {
        let gateways: f64 = nodes.iter().map(|node| node.process.cpu()).sum();
        let own = Process::own().cpu();
        [gateways, own, os::busy() - gateways - own]
    };
    let (before, start) = (used(), Instant::now());
    let time = Duration::from_secs_f64(options.seconds);
    let outcome = http::load(&addresses, options.connections, time, operation.expected(), source, next).await;
    let (after, passed) = (used(), start.elapsed().as_secs_f64());
    for node in nodes {
        node.stop();
    }
    (outcome, std::array::from_fn(|n| (after[n] - before[n]) / passed))
}

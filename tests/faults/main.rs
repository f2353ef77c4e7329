//! Faults, one after the other, on the real `meldeport serve` in processes of its own, with the durability that it has in
//! production. Each fault says what was done, what the callers were told, and what is there afterwards; README.md beside
//! this file tells what each of them does.
//!
//! ```text
//! cargo test --test faults                     # all of them, the short form: about five minutes
//! cargo test --release --test faults -- --long # 200 kills and 20,000 reports on each database
//! cargo test --test faults -- --seed 7 --kills 50 --reports 1000 sigkill-sqlite disk-full-sqlite
//! ```

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "it stops where it is surprised, and prints what it saw"
)]

use std::{env, process::ExitCode, time::Instant};

use tokio::signal::unix::{SignalKind, signal};

mod corrupt_page;
mod disk;
mod disk_full;
mod duplicate_receipts;
mod load;
mod postgres;
mod postgres_down;
mod postgres_silent;
mod proxy;
mod sealer;
mod sigkill;
mod sigterm;
mod slow_clients;
mod support;

/// What a fault came to, when it did not end in a panic.
#[derive(Debug)]
pub enum Outcome {
    /// The figures.
    Survived(String),
    /// Why it could not be tried here.
    Skipped(String),
}

#[derive(Debug, Clone)]
pub struct Options {
    pub long: bool,
    pub seed: u64,
    /// For the two that kill: at least so many kills, and so many acknowledged reports.
    pub kills: usize,
    pub reports: usize,
}

const FAULTS: [&str; 14] = [
    "sigkill-sqlite",
    "sigkill-postgres",
    "disk-full-sqlite",
    "disk-full-postgres",
    "postgres-restarts",
    "postgres-cuts",
    "postgres-failover",
    "postgres-silent",
    "postgres-cable",
    "slow-clients",
    "sigterm",
    "duplicate-receipts",
    "corrupt-page",
    "corrupt-content",
];

const WAITS: &str = "slow-clients";

async fn run(name: &str, options: Options) -> Outcome {
    match name {
        "sigkill-sqlite" => sigkill::on_sqlite(&options).await,
        "sigkill-postgres" => sigkill::on_postgres(&options).await,
        "disk-full-sqlite" => disk_full::on_sqlite(&options).await,
        "disk-full-postgres" => disk_full::on_postgres(&options).await,
        "postgres-restarts" => postgres_down::restarts(&options).await,
        "postgres-cuts" => postgres_down::cuts(&options).await,
        "postgres-failover" => postgres_down::failover(&options).await,
        "postgres-silent" => postgres_silent::stands_still(&options).await,
        "postgres-cable" => postgres_silent::cable_out(&options).await,
        "slow-clients" => slow_clients::run(&options).await,
        "sigterm" => sigterm::run(&options).await,
        "duplicate-receipts" => duplicate_receipts::run(&options).await,
        "corrupt-page" => corrupt_page::structure(&options).await,
        "corrupt-content" => corrupt_page::content(&options).await,
        other => panic!("there is no fault called {other}; there are: {}", FAULTS.join(", ")),
    }
}

fn arguments() -> (Options, Vec<String>) {
    let mut options = Options { long: false, seed: 20_261_122, kills: 0, reports: 0 };
    let mut names = Vec::new();
    let mut rest = env::args().skip(1);
    while let Some(argument) = rest.next() {
        let mut number = || rest.next().and_then(|text| text.parse::<u64>().ok()).expect("a number follows");
        match argument.as_str() {
            "--long" => options.long = true,
            "--seed" => options.seed = number(),
            "--kills" => options.kills = usize::try_from(number()).unwrap(),
            "--reports" => options.reports = usize::try_from(number()).unwrap(),
            name => names.push(name.to_owned()),
        }
    }
    let (kills, reports) = if options.long { (200, 20_000) } else { (12, 200) };
    options.kills = if options.kills == 0 { kills } else { options.kills };
    options.reports = if options.reports == 0 { reports } else { options.reports };
    if names.is_empty() {
        names = FAULTS.map(str::to_owned).to_vec();
    }
    (options, names)
}

async fn interrupted() {
    let mut terminate = signal(SignalKind::terminate()).unwrap();
    tokio::select! {
        _ = terminate.recv() => {}
        ended = tokio::signal::ctrl_c() => ended.unwrap(),
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 4)]
async fn main() -> ExitCode {
    let (options, names) = arguments();
    println!(
        "faults: seed {}, {} form, {} cores, {} {}",
        options.seed,
        if options.long { "long" } else { "short" },
        std::thread::available_parallelism().map_or(0, usize::from),
        env::consts::OS,
        env::consts::ARCH,
    );
    let begin = |name: &str| {
        let (name, options) = (name.to_owned(), options.clone());
        tokio::spawn(async move {
            let started = Instant::now();
            (run(&name, options).await, started.elapsed())
        })
    };
    // It mostly waits, so it does that beside the others.
    let mut waiting = names.iter().any(|name| name == WAITS).then(|| begin(WAITS));
    let (mut failed, mut skipped, mut lines) = (0, 0, Vec::new());
    for name in &names {
        println!("\n--- {name}");
        let task = if name == WAITS { waiting.take() } else { None }.unwrap_or_else(|| begin(name));
        let stop = task.abort_handle();
        let ended = tokio::select! {
            ended = task => ended,
            () = interrupted() => {
                // So that it stops the servers that it has started.
                stop.abort();
                println!("interrupted in {name}\n{}", lines.join("\n"));
                return ExitCode::FAILURE;
            }
        };
        let took = ended.as_ref().map_or(0, |(_, took)| took.as_secs());
        let verdict = match ended.map(|(outcome, _)| outcome) {
            Ok(Outcome::Survived(figures)) => format!("survived  {figures}"),
            Ok(Outcome::Skipped(why)) => {
                skipped += 1;
                format!("SKIPPED   {why}")
            }
            Err(_) => {
                failed += 1;
                "FAILED    see above".to_owned()
            }
        };
        println!("{name}: {verdict}");
        lines.push(format!("{took:5} s  {name:<19} {verdict}"));
    }
    println!("\n=== Faults\n{}", lines.join("\n"));
    println!("faults: {} survived, {failed} failed, {skipped} skipped", names.len() - failed - skipped);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

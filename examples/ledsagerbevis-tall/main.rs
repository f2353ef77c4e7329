//! Two figures about companion cards that no test can hold, since they depend on the machine: how search and list grow with
//! the number of cards, and whether a stranger can tell by the clock which numbers are on a card.
//!
//! ```text
//! cargo run --release --example ledsagerbevis-tall -- vekst [DATABASE] [CARDS]     # CARDS (100000) beside 1,000
//! cargo run --release --example ledsagerbevis-tall -- kode [DATABASE] [ROUNDS]     # known and unknown numbers (2000)
//! ```
//!
//! Without a database it is SQLite in a temporary folder. On PostgreSQL, `postgres://user@host/scratch`, it makes a schema of
//! its own and removes it again. All persons, names and numbers are made up from a seed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example that measures: it stops where it is surprised, and prints"
)]

mod gate;
mod kode;
mod personer;
mod vekst;

use std::env;

const SEED: u64 = 20_270_115;

#[tokio::main]
async fn main() {
    let mut arguments = env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let database = arguments.next().filter(|url| !url.is_empty());
    let count = arguments.next().map(|count| count.parse().unwrap());
    println!("{what}, {}; seed {SEED}", machine());
    match what.as_str() {
        "vekst" => vekst::run(database.as_deref(), count.unwrap_or(100_000)).await,
        "kode" => kode::run(database.as_deref(), count.unwrap_or(2_000)).await,
        _ => panic!("say vekst or kode"),
    }
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, |cores| cores.get());
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        info.lines().find_map(|line| line.strip_prefix("model name")).map(|rest| rest.trim_matches([' ', '\t', ':']));
    let build = if cfg!(debug_assertions) { "an unoptimised build" } else { "an optimised build" };
    format!("{cores} cores of {}, {build}", model.unwrap_or("an unknown processor"))
}

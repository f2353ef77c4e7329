//! How fast a gateway is, beside how fast the same work could be done at all, in one run on one machine:
//!
//! ```text
//! cargo bench --bench portvakt -- speed                       # every operation at 1, 16 and 64 connections
//! cargo bench --bench portvakt -- growth --most 1000000       # with 1,000, 100,000 and 1,000,000 stored reports
//! cargo bench --bench portvakt -- memory --minutes 60         # resident memory under load, and its slope
//! cargo bench --bench portvakt -- start                       # from nothing to ready
//! cargo bench --bench portvakt -- nodes --database postgres://user@host/postgres
//! cargo bench --bench portvakt -- check                       # what costs no input or output
//! ```
//!
//! The gateway is `meldeport serve`, in a process of its own with an operator's settings; this process is the load. Without
//! `--database` it is SQLite in a temporary folder. On PostgreSQL it makes databases of its own, whose names begin with
//! `portvakt_`, and removes them. `--json` gives the same figures to machines. Ctrl-C ends the run, and gives what is there.
//! Nothing here asserts a time; an answer that is not the expected one ends the run.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark stops where it is surprised, and prints"
)]

mod bare;
mod check;
mod fill;
mod growth;
mod http;
mod office;
mod process;
mod report;
mod site;
mod speed;
mod work;

use clap::{Args, Parser, Subcommand};

use report::Report;

/// As in the gateway, or the loop would not be the same work.
#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[derive(Debug, Parser)]
#[command(about = "How fast a gateway is, beside how fast the same work could be done at all")]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Given by `cargo bench`.
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Every operation over HTTP, beside the same work without HTTP, and the libraries' and the disk's bare rate.
    Speed(speed::Speed),
    /// The same questions with more and more reports in the database.
    Growth(growth::Growth),
    /// Resident memory under load, and its slope.
    Memory(process::Memory),
    /// From nothing to ready, with an existing database.
    Start(process::Start),
    /// Two nodes on one PostgreSQL, against one.
    Nodes(process::Nodes),
    /// The envelope check and the token check, beside bare calls.
    Check(check::Check),
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// postgres://user@host/database; without it, SQLite in a temporary folder.
    #[arg(long)]
    database: Option<String>,
    /// Where that temporary folder is made: on the disk that is to be measured.
    #[arg(long)]
    folder: Option<std::path::PathBuf>,
    /// `database.max_connections`.
    #[arg(long, default_value_t = 8)]
    pool: u32,
    /// Of all that is made up.
    #[arg(long, default_value_t = 20_270_115)]
    seed: u64,
    /// Figures for machines.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() {
    let command = Cli::parse().command;
    let (name, common) = match &command {
        Command::Speed(options) => ("speed", &options.common),
        Command::Growth(options) => ("growth", &options.common),
        Command::Memory(options) => ("memory", &options.common),
        Command::Start(options) => ("start", &options.common),
        Command::Nodes(options) => ("nodes", &options.common),
        Command::Check(options) => ("check", &options.common),
    };
    let mut report = Report::new(name, common);
    http::stop_at_ctrl_c();
    match &command {
        Command::Speed(options) => speed::run(options, &mut report).await,
        Command::Growth(options) => growth::run(options, &mut report).await,
        Command::Memory(options) => process::memory(options, &mut report).await,
        Command::Start(options) => process::start(options, &mut report).await,
        Command::Nodes(options) => process::nodes(options, &mut report).await,
        Command::Check(options) => check::run(options, &mut report).await,
    }
    report.print();
}

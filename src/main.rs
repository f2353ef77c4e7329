//! The program: gives the rooms the machine's clock, randomness and network, and does what the command line says.

use std::{process::ExitCode, sync::Arc};

use clap::Parser as _;
use meldeport::{
    app::{HttpClient, World},
    cli::{self, Cli},
    system::{OsRng, SystemClock},
};

/// SQLite's and OpenSSL's memory comes from it, too. How soon what is given back goes on to the system is said when it is built, in
/// `.cargo/config.toml`.
#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            cli::complain(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let world = World { clock: Arc::new(SystemClock), rng: Arc::new(OsRng), fetch: Arc::new(HttpClient::new()?) };
    cli::run(cli, world).await
}

//! The program: gives the rooms the machine's clock, randomness and network, and does what the command line says.

use std::{process::ExitCode, sync::Arc};

use clap::Parser as _;
use meldeport::{
    app::{HttpClient, World},
    cli::{self, Cli},
    system::{OsRng, SystemClock},
};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    let world = World { clock: Arc::new(SystemClock), rng: Arc::new(OsRng), fetch: Arc::new(HttpClient::new()?) };
    cli::run(cli, world).await
}

//! The program: gives the rooms the machine's clock, randomness and network, and does what the command line says.

use std::{process::ExitCode, sync::Arc};

use clap::Parser as _;
use meldeport::{
    app::{HttpClient, World},
    cli::{self, Cli},
    system::{OsRng, SystemClock},
};
use tikv_jemalloc_ctl::{Access as _, AsName as _};

/// SQLite's and OpenSSL's memory comes from it, too.
#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// How long what a burst of reports needed is held, in milliseconds: jemalloc's own ten seconds are many bursts.
const HELD: isize = 1000;

fn main() -> ExitCode {
    match hold_memory_briefly().map_err(anyhow::Error::from).and_then(|()| run(Cli::parse())) {
        Ok(code) => code,
        Err(error) => {
            cli::complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// Before there is any other thread: what is set is for the arenas that threads will have, and for the first, which is there.
fn hold_memory_briefly() -> tikv_jemalloc_ctl::Result<()> {
    for arenas in ["arenas", "arena.0"] {
        format!("{arenas}.dirty_decay_ms\0").name().write(HELD)?;
    }
    Ok(())
}

#[tokio::main]
async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let world = World { clock: Arc::new(SystemClock), rng: Arc::new(OsRng), fetch: Arc::new(HttpClient::new()?) };
    cli::run(cli, world).await
}

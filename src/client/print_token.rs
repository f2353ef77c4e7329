//! `meldeport token`: an access token on standard output, for curl.

use std::{path::PathBuf, sync::Arc};

use clap::Args;

use super::{
    Exit,
    config::{self, Base, ConfigError, Connection, Identity, Maskinporten},
    connect,
    keyring::Credential,
    progress::Console,
};
use crate::{
    client::api::Api,
    system::{Clock, Rng},
};

/// Hent et token fra Maskinporten, til bruk med curl.
#[derive(Debug, Clone, Args)]
pub struct TokenOptions {
    /// Konfigurasjonsfil: den samme som for fetch eller send
    #[arg(long = "config", short, value_name = "FIL", default_value = "send.toml")]
    pub konfigurasjon: PathBuf,
}

/// What both configuration files have in common; their last section is not looked at.
#[derive(Debug, serde::Deserialize)]
struct Common {
    tilkobling: Connection,
    maskinporten: Maskinporten,
    virksomhet: Identity,
}

/// Runs the command. `Err` is exit code 1.
pub async fn run(options: TokenOptions, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> anyhow::Result<Exit> {
    let console = Console::stdio();
    let ready =
        config::load::<Common>(&options.konfigurasjon).and_then(|(config, base)| prepare(&config, &base, &clock, rng));
    match ready {
        Ok(api) => {
            console.line(api.token().await?.expose());
            Ok(Exit::Done)
        }
        Err(error) => {
            console.warn(&format!("Feil i konfigurasjonen: {error}"));
            Ok(Exit::Usage)
        }
    }
}

fn prepare(config: &Common, base: &Base, clock: &Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Result<Api, ConfigError> {
    let credential = Credential::from_config(&config.virksomhet, base)?;
    connect(&config.tilkobling, &config.maskinporten, &credential, base, clock, rng)
}

//! `meldeport fetch`: takes the reports that wait for a municipality home, one at a time, in an order that can be cut
//! anywhere:
//!
//! ```text
//! list → download → open (decrypt, verify) → write hidden, sync → rename, sync → receipt → note the receipt
//! ```
//!
//! Up to the rename nothing has happened, and the next run starts over. From the rename on the report is ours, and the
//! next run sends the receipt (again: the gateway takes it any number of times).
//!
//! Exit codes: 0 everything fetched, 1 something failed and is worth another run, 2 wrong use or configuration,
//! 3 some reports could not be opened and need a person. [`super::config`] shows the configuration file.

use std::{path::PathBuf, sync::Arc};

use clap::Args;

use super::{
    Exit,
    api::Filter,
    config::{self, ConfigError, FetchConfig},
    connect,
    fetcher::Fetcher,
    inbox::Inbox,
    keyring::{Credential, Keyring},
    progress::{Console, ShowCurl},
    watch::{Unwatched, Watch},
};
use crate::system::{Clock, Rng};

/// Hent bekymringsmeldinger som venter på kommunen.
#[derive(Debug, Clone, Args)]
pub struct FetchOptions {
    /// Konfigurasjonsfil
    #[arg(long = "config", short, value_name = "FIL", default_value = "fetch.toml")]
    pub konfigurasjon: PathBuf,
    /// Mappen meldingene legges i, i stedet for den i konfigurasjonen
    #[arg(long, value_name = "MAPPE")]
    pub ut: Option<PathBuf>,
    /// Vent inntil så mange sekunder på første melding (høyst 60)
    #[arg(long, value_name = "SEK", value_parser = clap::value_parser!(u64).range(0..=60))]
    pub vent: Option<u64>,
    /// Hent til listen er tom, og avslutt (standard)
    #[arg(long, conflicts_with = "follow")]
    pub once: bool,
    /// Fortsett å vente på nye meldinger
    #[arg(long)]
    pub follow: bool,
    /// Vis hver forespørsel som en curl-kommando
    #[arg(long)]
    pub vis_curl: bool,
}

/// Runs the command. `Err` is exit code 1.
pub async fn run(options: FetchOptions, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> anyhow::Result<Exit> {
    run_on(options, clock, rng, Console::stdio()).await
}

/// The same with other streams.
pub async fn run_on(
    options: FetchOptions,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    console: Console,
) -> anyhow::Result<Exit> {
    let watch: Arc<dyn Watch> =
        if options.vis_curl { Arc::new(ShowCurl(console.clone())) } else { Arc::new(Unwatched) };
    let (fetcher, ut) = match prepare(&options, console.clone(), clock, rng, watch) {
        Ok(ready) => ready,
        Err(error) => {
            console.warn(&format!("Feil i konfigurasjonen: {error}"));
            return Ok(Exit::Usage);
        }
    };
    let inbox = Inbox::open(&ut)?;
    fetcher.run(&inbox, options.vent, options.follow).await
}

fn prepare(
    options: &FetchOptions,
    console: Console,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    watch: Arc<dyn Watch>,
) -> Result<(Fetcher, PathBuf), ConfigError> {
    let (config, base) = config::load::<FetchConfig>(&options.konfigurasjon)?;
    let FetchConfig { tilkobling, maskinporten, virksomhet, mottak } = &config;
    let credential = Credential::from_config(virksomhet, &base)?;
    let api = connect(tilkobling, maskinporten, &credential, &base, &clock, rng)?.with_watch(watch);
    let filter =
        Filter { kommunenummer: mottak.kommunenummer.clone(), bydelsnummer: mottak.bydelsnummer.clone(), antall: None };
    let fetcher = Fetcher {
        api,
        keyring: Keyring::from_config(mottak, &base)?,
        filter,
        on_failure: mottak.ved_feil,
        keep_container: mottak.behold_asice,
        clock,
        console,
    };
    Ok((fetcher, options.ut.clone().unwrap_or_else(|| base.path(&mottak.ut))))
}

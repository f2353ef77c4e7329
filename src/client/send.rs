//! `meldeport send`: hands in one report, in an order that can be cut anywhere:
//!
//! ```text
//! keys → pack, seal → outbox, sync → POST → receipt file, sync → remove the ciphertext
//! ```
//!
//! Up to the outbox nothing has happened. From then on the same bytes go out under the same `Idempotency-Key` until the
//! gateway has answered, at this run or a later one: `meldeport send` without files only empties the outbox. The same
//! command run twice sends one report.
//!
//! Exit codes: 0 all sent, 1 something failed and is worth another run, 2 wrong use or configuration, 3 the gateway
//! refused a report for good and a person must look. [`super::config`] shows the configuration file.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::Args;
use tokio::time::Instant;

use super::{
    Exit,
    config::{self, ConfigError, SendConfig},
    connect,
    files::LockError,
    keyring::Credential,
    outbox::Outbox,
    progress::{Console, ShowCurl},
    sender::{Outcome, Report, Sender, Skjematype},
    watch::{Unwatched, Watch},
};
use crate::system::{Clock, Rng, SecretBytes};

/// Another sender at work on the same outbox is waited for so long.
const LOCK_PATIENCE: Duration = Duration::from_secs(300);

/// Send en bekymringsmelding til en kommune.
#[derive(Debug, Clone, Args)]
pub struct SendOptions {
    /// Konfigurasjonsfil
    #[arg(long = "config", short, value_name = "FIL", default_value = "send.toml")]
    pub konfigurasjon: PathBuf,
    /// Meldingen som JSON; uten filer sendes bare det som ligger i utboksen
    #[arg(long, value_name = "FIL", requires_all = ["pdf", "kommune", "type"])]
    pub json: Option<PathBuf>,
    /// Meldingen som PDF
    #[arg(long, value_name = "FIL", requires = "json")]
    pub pdf: Option<PathBuf>,
    /// Kommunenummer, fire siffer
    #[arg(long, value_name = "NR", requires = "json")]
    pub kommune: Option<String>,
    /// Bydelsnummer, to siffer (00 når kommunen ikke har bydeler)
    #[arg(long, value_name = "NR", conflicts_with = "standardmottaker", requires = "json")]
    pub bydel: Option<String>,
    /// Send til kommunens standardmottaker
    #[arg(long, requires = "json")]
    pub standardmottaker: bool,
    /// Fra det offentlige eller fra en privatperson
    #[arg(long = "type", id = "type", value_enum, requires = "json")]
    pub skjematype: Option<Skjematype>,
    /// Send selv om den samme meldingen er sendt eller avvist før
    #[arg(long, requires = "json")]
    pub ny: bool,
    /// Vent til meldingen er levert, og vis statusene underveis
    #[arg(long, requires = "json")]
    pub vent_paa_levert: bool,
    /// Vent høyst så mange sekunder på levering
    #[arg(long, value_name = "SEK", default_value_t = 600)]
    pub vent_hoyst: u64,
    /// Vis hver forespørsel som en curl-kommando
    #[arg(long)]
    pub vis_curl: bool,
}

/// Runs the command. `Err` is exit code 1.
pub async fn run(options: SendOptions, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> anyhow::Result<Exit> {
    run_on(options, clock, rng, Console::stdio()).await
}

/// The same with other streams.
pub async fn run_on(
    options: SendOptions,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    console: Console,
) -> anyhow::Result<Exit> {
    let (sender, report, utboks) = match prepare(&options, console.clone(), clock, rng.clone()) {
        Ok(ready) => ready,
        Err(error) => {
            console.warn(&format!("Feil i bruk eller konfigurasjon: {error}"));
            return Ok(Exit::Usage);
        }
    };
    let outbox = open_outbox(&utboks, &*rng).await?;
    let mut exit = sender.flush(&outbox).await?;
    let Some(report) = report else { return Ok(exit) };
    let id = match sender.send(&outbox, &report, options.ny).await? {
        Outcome::Sent(id) => id,
        Outcome::Waiting | Outcome::Unreachable => return Ok(Exit::Failed),
        Outcome::Rejected => return Ok(Exit::NeedsPerson),
    };
    drop(outbox);
    if options.vent_paa_levert && !sender.await_delivery(id, Duration::from_secs(options.vent_hoyst)).await? {
        console.warn(&format!("{id} er ikke levert ennå"));
        exit = Exit::Failed;
    }
    Ok(exit)
}

fn prepare(
    options: &SendOptions,
    console: Console,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
) -> Result<(Sender, Option<Report>, PathBuf), ConfigError> {
    let (config, base) = config::load::<SendConfig>(&options.konfigurasjon)?;
    let SendConfig { tilkobling, maskinporten, virksomhet, avsender } = &config;
    let watch: Arc<dyn Watch> =
        if options.vis_curl { Arc::new(ShowCurl(console.clone())) } else { Arc::new(Unwatched) };
    let credential = Credential::from_config(virksomhet, &base)?;
    let api = connect(tilkobling, maskinporten, &credential, &base, &clock, rng.clone())?.with_watch(watch);
    let sender = Sender { api, signer: credential.into_signer()?, clock, rng, console };
    Ok((sender, report(options)?, base.path(&avsender.utboks)))
}

fn report(options: &SendOptions) -> Result<Option<Report>, ConfigError> {
    let SendOptions { json: Some(json), pdf: Some(pdf), kommune: Some(kommune), skjematype: Some(skjematype), .. } =
        options
    else {
        return Ok(None);
    };
    let digits = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(kommune, 4) || !options.bydel.as_deref().is_none_or(|bydel| digits(bydel, 2)) {
        return Err(ConfigError::Wrong("kommunenummer har fire siffer og bydelsnummer to".to_owned()));
    }
    if options.bydel.is_none() && !options.standardmottaker {
        return Err(ConfigError::Wrong("oppgi --bydel eller --standardmottaker".to_owned()));
    }
    let read = |path: &Path| match std::fs::read(path) {
        Ok(bytes) => Ok(SecretBytes::new(bytes)),
        Err(error) => Err(ConfigError::Unreadable { path: path.to_owned(), reason: error.to_string() }),
    };
    Ok(Some(Report {
        json: read(json)?,
        pdf: read(pdf)?,
        kommunenummer: kommune.clone(),
        bydelsnummer: options.bydel.clone(),
        skjematype: *skjematype,
    }))
}

async fn open_outbox(dir: &Path, rng: &dyn Rng) -> Result<Outbox, LockError> {
    let start = Instant::now();
    loop {
        match Outbox::open(dir, rng) {
            Err(LockError::Taken(_)) if start.elapsed() < LOCK_PATIENCE => {
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
            other => return other,
        }
    }
}

//! Copying the embedded database while the gateway runs.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    pin::pin,
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, bail};
use clap::Args;
use indicatif::{HumanBytes, ProgressBar};

use super::{ConfigFile, operate::asked_to_stop, output};
use crate::{
    config::Config,
    store::{self, Backend, DatabaseSettings},
};

/// How often one sees how far the copy has come.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Debug, Args)]
pub struct Backup {
    #[command(flatten)]
    file: ConfigFile,
    /// Filen som kopien skal ligge i. Den må ikke finnes fra før.
    #[arg(value_name = "KOPI")]
    to: PathBuf,
}

pub async fn run(backup: &Backup) -> anyhow::Result<ExitCode> {
    let settings = Config::load(backup.file.config.as_deref())?.database();
    if settings.backend()? == Backend::Postgres {
        bail!("databasen er PostgreSQL. Bruk pg_dump, eller det dere ellers sikkerhetskopierer PostgreSQL med");
    }
    let to = &backup.to;
    if to.exists() {
        bail!("{} finnes fra før. Velg et annet navn", to.display());
    }
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Only its owner may read it; removed again unless all goes well.
    let copy = tempfile::Builder::new().prefix(".kopi-").tempfile_in(folder);
    let copy = copy.with_context(|| folder.display().to_string())?;
    copy_into(&settings, copy.path()).await?;
    copy.as_file().sync_all()?;
    let bytes = copy.as_file().metadata()?.len();
    copy.persist_noclobber(to).map_err(|error| error.error).with_context(|| to.display().to_string())?;
    File::open(folder)?.sync_all()?;
    output::line(format_args!(
        "{} ({}) er en hel kopi av databasen, lest og kontrollert.",
        to.display(),
        HumanBytes(bytes)
    ));
    Ok(ExitCode::SUCCESS)
}

/// Copies, shows how far it has come, and stops when asked to.
async fn copy_into(settings: &DatabaseSettings, copy: &Path) -> anyhow::Result<()> {
    let bar = ProgressBar::new_spinner();
    let mut work = pin!(store::backup(settings, copy));
    let mut stop = pin!(asked_to_stop());
    loop {
        tokio::select! {
            biased;
            _ = &mut stop => bail!("avbrutt. Det finnes ingen kopi"),
            done = &mut work => {
                bar.finish_and_clear();
                return done.context("databasen ble ikke kopiert");
            }
            () = tokio::time::sleep(LOOK) => {
                let written = fs::metadata(copy).map_or(0, |copy| copy.len());
                bar.set_message(format!("{} er kopiert", HumanBytes(written)));
                bar.tick();
            }
        }
    }
}

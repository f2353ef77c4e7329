//! Renewing the keys that personal data is sealed with: which of them are still needed, and doing without the older ones.

use std::{path::PathBuf, pin::pin, process::ExitCode};

use anyhow::bail;

use super::{ConfigFile, operate::asked_to_stop, output};
use crate::{
    app::{self, Parts, World, logging},
    config::Config,
    domain::{
        Services,
        ledsagerbevis::{Nokkelbruk, Runde},
    },
};

/// Shows how many values each key has sealed.
pub async fn show(file: &ConfigFile, world: &World) -> anyhow::Result<ExitCode> {
    let (services, files) = open(file, world).await?;
    let used = services.nokkelbruk().await?;
    services.store.close().await;
    Ok(report(&files, &used))
}

/// Seals anew what an older key has sealed, all of it.
pub async fn reseal(file: &ConfigFile, world: &World) -> anyhow::Result<ExitCode> {
    let (services, files) = open(file, world).await?;
    let mut stop = pin!(asked_to_stop());
    let mut runde = Runde::default();
    let whole = loop {
        tokio::select! {
            biased;
            _ = &mut stop => break false,
            more = services.omforsegl(&mut runde) => if !more? { break true },
        }
    };
    services.store.truncate_log().await?;
    output::line(format_args!("{} verdier er forseglet på nytt.", runde.forseglet));
    if !whole {
        output::line("Avbrutt. Kjør kommandoen igjen for å ta resten.");
        services.store.close().await;
        return Ok(ExitCode::FAILURE);
    }
    let used = services.nokkelbruk().await?;
    services.store.close().await;
    Ok(report(&files, &used))
}

async fn open(file: &ConfigFile, world: &World) -> anyhow::Result<(std::sync::Arc<Services>, Vec<PathBuf>)> {
    let config = Config::load(file.config.as_deref())?;
    logging::start(&config.log)?;
    let files = config.ledsagerbevis.data_key_files.clone();
    if files.is_empty() {
        bail!("ledsagerbevis.data_key_files er tom: denne installasjonen har ingen ledsagerbevis");
    }
    Ok((app::services(world, Parts::unhurried(&config)?).await?, files))
}

fn report(files: &[PathBuf], used: &[Nokkelbruk]) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for Nokkelbruk { nokkel, antall } in used {
        let Some(n) = nokkel else {
            output::line(format_args!(
                "{antall} verdier er forseglet med en nøkkel som ikke er blant filene, og kan ikke åpnes. Finn filen igjen, og \
                 legg den sist i ledsagerbevis.data_key_files."
            ));
            code = ExitCode::FAILURE;
            continue;
        };
        let path = files.get(*n).map(|path| path.display().to_string()).unwrap_or_default();
        output::line(match (n, antall) {
            (0, antall) => format!("{path}: {antall} verdier. Alt nytt forsegles med denne."),
            (_, 0) => format!(
                "{path}: ingen verdier. Filen kan tas ut av ledsagerbevis.data_key_files når alle noder har den nye først. \
                 Sikkerhetskopier fra før trenger den fortsatt."
            ),
            (_, antall) => format!(
                "{path}: {antall} verdier. Behold filen. `meldeport serve` forsegler dem på nytt i bakgrunnen, \
                 `meldeport card reseal` gjør det nå."
            ),
        });
    }
    code
}

//! Deleting what has been kept long enough, and seeing first what that would be.

use std::{pin::pin, process::ExitCode};

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

use super::{ConfigFile, operate::asked_to_stop, output};
use crate::{
    app::{self, Parts, World, logging},
    config::Config,
    domain::{Services, oppbevaring::Plan},
};

#[derive(Debug, Subcommand)]
pub enum RetentionCommand {
    /// Vis hva `run` ville slette nå. Sletter ingenting.
    Plan(ConfigFile),
    /// Slett opplysninger om meldinger som ble levert for lenge siden, og gamle oppføringer i revisjonssporet. Kan avbrytes
    /// og fortsettes; også `serve` sletter, noen om gangen.
    Run(ConfigFile),
}

pub async fn run(command: &RetentionCommand, world: &World) -> anyhow::Result<ExitCode> {
    let (RetentionCommand::Plan(file) | RetentionCommand::Run(file)) = command;
    let config = Config::load(file.config.as_deref())?;
    logging::start(&config.log)?;
    let services = app::services(world, Parts::unhurried(&config)?).await?;
    let plan = services.oppbevaringsplan().await?;
    let done = match command {
        RetentionCommand::Plan(_) => {
            show(&plan);
            true
        }
        RetentionCommand::Run(_) => delete(&services, &plan).await?,
    };
    services.store.close().await;
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(plan: &Plan) {
    match plan.grense {
        None => output::line("Opplysninger om leverte meldinger beholdes for alltid (retention.days = 0)."),
        Some(grense) => {
            for utgatt in &plan.meldinger {
                output::line(format_args!(
                    "{}: {} meldinger, levert {:.0} til {:.0}",
                    utgatt.mottaker, utgatt.antall, utgatt.eldste, utgatt.nyeste
                ));
            }
            let total: u64 = plan.meldinger.iter().map(|utgatt| utgatt.antall).sum();
            output::line(format_args!("{total} meldinger ble levert før {grense:.0} og kan slettes."));
        }
    }
    match plan.revisjon_grense {
        None => output::line("Revisjonssporet beholdes for alltid (retention.audit_days = 0)."),
        Some(grense) => output::line(format_args!(
            "{} oppføringer i revisjonssporet er fra før {grense:.0} og kan slettes.",
            plan.revisjon
        )),
    }
}

/// False when it was asked to stop before the end.
async fn delete(services: &Services, plan: &Plan) -> anyhow::Result<bool> {
    let total: u64 = plan.meldinger.iter().map(|utgatt| utgatt.antall).sum();
    let style =
        ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta}").unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(total.saturating_add(plan.revisjon)).with_style(style);
    let mut stop = pin!(asked_to_stop());
    let (mut meldinger, mut revisjon) = (0_u64, 0_u64);
    let mut whole = true;
    'all: for utgatt in &plan.meldinger {
        loop {
            // What a batch has deleted stays deleted, and what it has not is there for the next time.
            let gone = tokio::select! {
                biased;
                _ = &mut stop => {
                    whole = false;
                    break 'all;
                }
                gone = services.slett_utgatte(utgatt.mottaker) => gone?,
            };
            let Some(gone) = gone else { break };
            meldinger += gone.antall;
            bar.inc(gone.antall);
        }
    }
    while whole {
        let gone = tokio::select! {
            biased;
            _ = &mut stop => {
                whole = false;
                break;
            }
            gone = services.slett_gammel_revisjon() => gone?,
        };
        if gone == 0 {
            break;
        }
        revisjon += gone;
        bar.inc(gone);
    }
    bar.finish_and_clear();
    services.store.truncate_log().await?;
    output::line(format_args!("{meldinger} meldinger og {revisjon} oppføringer i revisjonssporet er slettet."));
    if !whole {
        output::line("Avbrutt. Kjør kommandoen igjen for å slette resten.");
    }
    Ok(whole)
}

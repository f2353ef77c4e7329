//! Running the gateway, and looking after it.

use std::{process::ExitCode, time::Duration};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use super::{ConfigFile, output};
use crate::{
    app::{self, Gateway, Limits, Listening, Parts, Traces, World, logging},
    config::{Config, DEFAULTS},
    store,
};

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Les innstillingene og si om de kan brukes.
    Check(ConfigFile),
    /// Vis alle innstillinger med standardverdi og forklaring.
    Defaults,
}

#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    file: ConfigFile,
    /// Lever meldinger, og ikke noe annet: ingen adresse å kalle. For noder ved siden av dem som svarer.
    #[arg(long)]
    worker: bool,
}

#[derive(Debug, Args)]
pub struct Healthcheck {
    /// Adressen til portvakten.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
}

/// Completes when the process is asked to stop, by SIGTERM or Ctrl-C. From now on nothing else comes of those, whether or not
/// anybody waits for this yet: before that, they would end the process with calls and jobs under way.
pub fn asked_to_stop() -> impl Future<Output = anyhow::Result<()>> {
    let asked = |kind| signal(kind).context("signals cannot be listened for");
    let (terminate, interrupt) = (asked(SignalKind::terminate()), asked(SignalKind::interrupt()));
    async move {
        let (mut terminate, mut interrupt) = (terminate?, interrupt?);
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(())
    }
}

pub async fn serve(serve: &Serve, world: &World) -> anyhow::Result<ExitCode> {
    let config = Config::load(serve.file.config.as_deref())?;
    let traces = config.traces()?.map(|traces| Traces::open(traces, world.rng.clone()).context("traces"));
    let traces = traces.transpose()?;
    logging::start_traced(&config.log, traces.as_ref())?;
    let stop = asked_to_stop();
    let gateway = if serve.worker { deliver(&config, world).await? } else { answer(&config, world).await? };
    stop.await?;
    tracing::info!("stopping: nothing new is taken, what is under way may finish");
    let stopped = gateway.stop().await;
    if let Some(traces) = traces {
        traces.stop().await;
    }
    stopped?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

fn limits(config: &Config) -> Limits {
    Limits {
        drain: Duration::from_secs(config.server.drain_seconds),
        idle: Duration::from_secs(config.server.idle_seconds),
        request: Duration::from_secs(config.server.request_seconds),
        connections: config.server.max_connections,
    }
}

async fn deliver(config: &Config, world: &World) -> anyhow::Result<Gateway> {
    let services = app::services(world, Parts::configured(config)?).await?;
    let watch = watch(config).await?;
    tracing::info!(worker = true, database = ?services.store.backend(), "ready");
    Ok(watched(Gateway::deliver(services, limits(config), config.worker()), watch))
}

async fn answer(config: &Config, world: &World) -> anyhow::Result<Gateway> {
    let services = app::services(world, Parts::configured(config)?).await?;
    let listening = Listening::bind(&config.server.address, config.tls()).await?;
    let watch = watch(config).await?;
    let (address, database) = (listening.address, services.store.backend());
    let worker = config.delivery.worker.then(|| config.worker());
    let gateway = Gateway::start(services, listening, &config.http(), None, limits(config), worker);
    tracing::info!(%address, ?database, "ready");
    Ok(watched(gateway, watch))
}

/// The socket of those who run the gateway, if it has one.
async fn watch(config: &Config) -> anyhow::Result<Option<Listening>> {
    let Some(address) = config.metrics() else { return Ok(None) };
    let listening = Listening::bind(address, None).await.context("metrics.address")?;
    tracing::info!(address = %listening.address, "watched");
    Ok(Some(listening))
}

fn watched(gateway: Gateway, watch: Option<Listening>) -> Gateway {
    match watch {
        Some(listening) => gateway.watched(listening),
        None => gateway,
    }
}

pub async fn migrate(file: &ConfigFile) -> anyhow::Result<ExitCode> {
    let config = Config::load(file.config.as_deref())?;
    let run = store::migrate(&config.database()).await?;
    output::line(format_args!("{run} migreringer er kjørt; databasen er oppdatert."));
    Ok(ExitCode::SUCCESS)
}

pub fn config(command: &ConfigCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Defaults => output::line(DEFAULTS.trim_end()),
        ConfigCommand::Check(file) => {
            let config = Config::load(file.config.as_deref())?;
            config.kort()?;
            if let Some(tls) = config.tls() {
                tls.acceptor().context("server.tls")?;
            }
            output::line(format_args!("{config:#?}"));
            output::line("Innstillingene kan brukes.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub async fn healthcheck(healthcheck: &Healthcheck) -> anyhow::Result<ExitCode> {
    let url = format!("{}/health/ready", healthcheck.url.trim_end_matches('/'));
    let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?;
    let answer = client.get(&url).send().await?;
    let status = answer.status();
    output::line(answer.text().await?);
    Ok(if status.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

//! The command line.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::app::World;

mod envelope;
mod openapi;
mod operate;
mod output;
mod provision;

/// Open gateway for concern reports (bekymringsmeldinger).
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway.
    Serve(ConfigFile),
    /// Bring the database up to this version of the program.
    Migrate(ConfigFile),
    /// Look at the settings.
    #[command(subcommand)]
    Config(operate::ConfigCommand),
    /// Ask a running gateway whether it is ready. Exits 0 when it is.
    Healthcheck(operate::Healthcheck),
    /// Register organisations, municipalities with offices and certificates, and integrations, from a file.
    Provision(provision::Provision),
    /// Judge envelopes as the gateway does.
    #[command(subcommand)]
    Envelope(envelope::EnvelopeCommand),
    /// Write the OpenAPI documents, or check that they are current.
    #[command(subcommand)]
    Openapi(openapi::OpenapiCommand),
}

/// Where the settings are.
#[derive(Debug, Args)]
pub struct ConfigFile {
    /// Settings (TOML). Environment variables MELDEPORT_… win over it; see `meldeport config defaults`.
    #[arg(long, value_name = "FILE", env = "MELDEPORT_CONFIG")]
    config: Option<PathBuf>,
}

/// Runs what the command line says.
pub async fn run(cli: Cli, world: World) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Serve(file) => operate::serve(&file, &world).await,
        Command::Migrate(file) => operate::migrate(&file).await,
        Command::Config(command) => operate::config(&command),
        Command::Healthcheck(healthcheck) => operate::healthcheck(&healthcheck).await,
        Command::Provision(provision) => provision::run(&provision, &world).await,
        Command::Envelope(command) => envelope::run(&command, &*world.clock),
        Command::Openapi(command) => openapi::run(&command),
    }
}

//! The command line.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::{
    app::{World, logging},
    client::{
        fetch::{self, FetchOptions},
        print_token::{self, TokenOptions},
        send::{self, SendOptions},
    },
    config::{Log, LogFormat},
    sandbox::demo::{self, DemoOptions},
};

mod backup;
mod card;
mod envelope;
mod forms;
mod keys;
mod openapi;
mod operate;
mod output;
mod provision;
mod retention;

/// Åpen portvakt for bekymringsmeldinger.
#[derive(Debug, Parser)]
#[command(version, about = "Åpen portvakt for bekymringsmeldinger", max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(DemoOptions),
    /// Kjør portvakten.
    Serve(operate::Serve),
    /// Oppgrader databasen til denne versjonen av programmet.
    Migrate(ConfigFile),
    /// Kopier den innebygde databasen (SQLite) mens portvakten går.
    Backup(backup::Backup),
    /// Se på innstillingene.
    #[command(subcommand)]
    Config(operate::ConfigCommand),
    /// Spør en portvakt om den er klar. Avslutter med 0 når den er det.
    Healthcheck(operate::Healthcheck),
    /// Registrer organisasjoner, kommuner med bydeler og sertifikater, og integrasjoner, fra en fil.
    Provision(provision::Provision),
    /// Slett det som er oppbevart lenge nok.
    #[command(subcommand)]
    Retention(retention::RetentionCommand),
    Fetch(FetchOptions),
    Send(SendOptions),
    Token(TokenOptions),
    /// Kontroller og vis ledsagerbevis uten nett, og forny nøklene som de er forseglet med.
    #[command(subcommand)]
    Card(card::CardCommand),
    /// Bedøm konvolutter slik portvakten gjør.
    #[command(subcommand)]
    Envelope(envelope::EnvelopeCommand),
    /// Se på skjemaene, og kontroller meldinger mot dem.
    #[command(subcommand)]
    Forms(forms::FormsCommand),
    /// Skriv, kontroller, gi ut og sammenlign OpenAPI-dokumentene.
    #[command(subcommand)]
    Openapi(openapi::OpenapiCommand),
}

/// Where the settings are.
#[derive(Debug, Args)]
pub struct ConfigFile {
    /// Innstillinger (TOML). Miljøvariabler MELDEPORT_… går foran; se `meldeport config defaults`.
    #[arg(long, value_name = "FIL", env = "MELDEPORT_CONFIG")]
    config: Option<PathBuf>,
}

/// Tells a person why a command did not do what it should: the error and its causes, without a backtrace.
pub fn complain(error: &anyhow::Error) {
    output::complain(format_args!("Feil: {error:#}"));
}

/// Runs what the command line says.
pub async fn run(cli: Cli, world: World) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Demo(options) => {
            logging::start(&Log { format: LogFormat::Text, filter: "warn".to_owned() })?;
            // Until it stays up, Ctrl-C ends it at once.
            demo::run(&options, &world, async { operate::asked_to_stop().await }).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Serve(serve) => operate::serve(&serve, &world).await,
        Command::Migrate(file) => operate::migrate(&file).await,
        Command::Backup(backup) => backup::run(&backup).await,
        Command::Config(command) => operate::config(&command),
        Command::Healthcheck(healthcheck) => operate::healthcheck(&healthcheck).await,
        Command::Provision(provision) => provision::run(&provision, &world).await,
        Command::Retention(command) => retention::run(&command, &world).await,
        Command::Fetch(options) => Ok(fetch::run(options, world.clock, world.rng).await?.into()),
        Command::Token(options) => Ok(print_token::run(options, world.clock, world.rng).await?.into()),
        Command::Send(options) => Ok(send::run(options, world.clock, world.rng).await?.into()),
        Command::Card(command) => card::run(&command, &world).await,
        Command::Envelope(command) => envelope::run(&command, &*world.clock),
        Command::Forms(command) => forms::run(&command),
        Command::Openapi(command) => openapi::run(&command),
    }
}

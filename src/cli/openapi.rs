//! The committed OpenAPI documents. Needs no database.

use std::{fs, path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};

use super::output;
use crate::{http::spec, versions::Versjonert};

#[derive(Debug, Subcommand)]
pub enum OpenapiCommand {
    /// Skriv alle dokumentene.
    Write(Folder),
    /// Avslutt med feil når et dokument ikke er det programmet ville skrevet.
    Check(Folder),
}

#[derive(Debug, Args)]
pub struct Folder {
    /// Mappen med dokumentene.
    #[arg(long, default_value = "api-spec")]
    dir: PathBuf,
}

pub fn run(command: &OpenapiCommand) -> anyhow::Result<ExitCode> {
    let (OpenapiCommand::Write(Folder { dir }) | OpenapiCommand::Check(Folder { dir })) = command;
    let write = matches!(command, OpenapiCommand::Write(_));
    let mut stale = 0;
    for version in Versjonert::ALL {
        let path = dir.join(version.name()).with_extension("json");
        let document = spec::document(version)?;
        let current = fs::read_to_string(&path).is_ok_and(|committed| committed == document);
        if write && !current {
            fs::create_dir_all(dir)?;
            fs::write(&path, document)?;
        }
        stale += usize::from(!current);
        let state = match (current, write) {
            (true, _) => "oppdatert",
            (false, true) => "skrevet",
            (false, false) => "avviker: kjør `meldeport openapi write` og lagre resultatet",
        };
        output::line(format_args!("{}: {state}", path.display()));
    }
    Ok(if write || stale == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

//! The committed OpenAPI documents. Needs no database.

use std::{fs, path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};

use super::output;
use crate::{
    http::spec::{self, Utgave},
    versions::Versjonert,
};

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
    for (version, utgave) in Versjonert::ALL.into_iter().flat_map(|version| Utgave::ALL.map(|utgave| (version, utgave)))
    {
        let path = dir.join(utgave.file(version));
        let document = spec::document(version, utgave)?;
        let current = fs::read_to_string(&path).is_ok_and(|committed| committed == document);
        if write && !current {
            fs::create_dir_all(path.parent().unwrap_or(dir))?;
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

//! Judging envelopes without the key, as the gateway does before it accepts a report.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::output;
use crate::{
    crypto::{
        certificate::Certificate,
        cms::{self, Profile},
    },
    system::Clock,
};

#[derive(Debug, Subcommand)]
pub enum EnvelopeCommand {
    /// Print `FILE<TAB>accept|accept-flag|reject<TAB>errorCode` for each file.
    ///
    /// Exits 0 when all were judged, whatever the verdicts.
    Check(Check),
}

#[derive(Debug, Args)]
pub struct Check {
    /// The receiver's certificate (PEM).
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// Judge as of this time (RFC 3339) instead of now.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Print what is wrong and what to do as a fourth column, in Norwegian.
    #[arg(long)]
    explain: bool,
    /// Envelopes (CMS).
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub fn run(EnvelopeCommand::Check(check): &EnvelopeCommand, clock: &dyn Clock) -> anyhow::Result<ExitCode> {
    let path = &check.certificate;
    let pem = fs::read(path).with_context(|| path.display().to_string())?;
    let certificate = Certificate::from_pem(&pem).map_err(|fault| anyhow!("{}: {fault}", path.display()))?;
    let at = check.at.unwrap_or_else(|| clock.now());
    for file in &check.files {
        let envelope = fs::read(file).with_context(|| file.display().to_string())?;
        let (verdict, code, why) = match cms::inspect(&envelope, &[&certificate], at) {
            Ok(inspection) if inspection.profile == Profile::Ks => ("accept", "", String::new()),
            Ok(_) => ("accept-flag", "", String::new()),
            Err(fault) => ("reject", fault.code(), fault.melding()),
        };
        let why = if check.explain { format!("\t{why}") } else { String::new() };
        output::line(format_args!("{}\t{verdict}\t{code}{why}", file.display()));
    }
    Ok(ExitCode::SUCCESS)
}

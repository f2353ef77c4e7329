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
    /// Skriv `FIL<TAB>accept|accept-flag|reject<TAB>errorCode` for hver fil.
    ///
    /// Avslutter med 0 når alle er bedømt, uansett utfall.
    Check(Check),
}

#[derive(Debug, Args)]
pub struct Check {
    /// Mottakerens sertifikat (PEM).
    #[arg(long, value_name = "FIL")]
    certificate: PathBuf,
    /// Bedøm som på dette tidspunktet (RFC 3339) i stedet for nå.
    #[arg(long, value_name = "TID")]
    at: Option<Timestamp>,
    /// Skriv også hva som er galt og hva du kan gjøre, i en fjerde kolonne.
    #[arg(long)]
    explain: bool,
    /// Konvolutter (CMS).
    #[arg(required = true, value_name = "FIL")]
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

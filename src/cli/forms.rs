//! Forms: which there are, whether a published one has been changed, and whether payloads follow them. Needs neither a
//! database nor a network.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand};

use super::output;
use crate::{
    model::skjema::SkjemaId,
    skjema::{
        Publisert,
        lock::{self, Lock, Tilstand},
        parse, register,
    },
};

#[derive(Debug, Subcommand)]
pub enum FormsCommand {
    /// Skriv `SKJEMA<TAB>STATUS<TAB>SHA256<TAB>STI` for hver versjon av hvert skjema.
    List,
    /// Avslutt med feil når et utgitt skjema er endret, borte eller ikke låst.
    Check(Repository),
    /// Lås nye skjemaer. Et utgitt skjema blir aldri låst på nytt.
    Lock(Repository),
    /// Skriv `FIL<TAB>valid|invalid<TAB>PEKER NØKKELORD` for hver fil, med en linje for hver feil.
    ///
    /// PEKER er en JSON Pointer, og er tom når feilen gjelder hele meldingen. Når filen ikke kan leses som JSON, står
    /// feilkoden i stedet for nøkkelordet. Avslutter med 0 når alle filene følger skjemaet, ellers med 1.
    Validate(Validate),
}

#[derive(Debug, Args)]
pub struct Repository {
    /// Mappen som har mappene schemas og versions.
    #[arg(long, value_name = "MAPPE", default_value = ".")]
    dir: PathBuf,
}

#[derive(Debug, Args)]
pub struct Validate {
    /// Skjemaet, for eksempel bekymringsmelding/offentlig/v2.
    #[arg(value_name = "SKJEMA")]
    form: SkjemaId,
    /// Skriv også hva som er galt og hva du kan gjøre, i en fjerde kolonne.
    #[arg(long)]
    explain: bool,
    /// Skriv også linjer med `warning` for det som er tillatt, men neppe er ment.
    #[arg(long)]
    warnings: bool,
    /// Meldinger (JSON).
    #[arg(required = true, value_name = "FIL")]
    files: Vec<PathBuf>,
}

pub fn run(command: &FormsCommand) -> anyhow::Result<ExitCode> {
    match command {
        FormsCommand::List => {
            list();
            Ok(ExitCode::SUCCESS)
        }
        FormsCommand::Check(repository) => check(repository),
        FormsCommand::Lock(repository) => write_lock(repository),
        FormsCommand::Validate(options) => validate(options),
    }
}

fn list() {
    for form in register().forms() {
        let document = &form.dokument;
        let status = document.status.as_str();
        output::line(format_args!("{}\t{status}\t{}\t{}", form.id, document.sha256, document.path));
    }
}

fn check(Repository { dir }: &Repository) -> anyhow::Result<ExitCode> {
    let lock = read_lock(dir)?;
    let mut wrong = report(&lock);
    for file in schema_files(&dir.join("schemas"))? {
        let name = file.strip_prefix(dir).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        let known = register().documents().find(|document| lock::file(document) == name);
        let state = match known {
            None => "ikke med i programmet: legg skjemaet til i src/skjema/registry.rs",
            Some(document) if fs::read(&file)? != document.text.as_bytes() => "en annen enn programmet ble bygd med",
            Some(_) => continue,
        };
        wrong += 1;
        output::line(format_args!("{name}: {state}"));
    }
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write_lock(Repository { dir }: &Repository) -> anyhow::Result<ExitCode> {
    let mut lock = read_lock(dir)?;
    lock.add(register());
    if report(&lock) > 0 {
        return Ok(ExitCode::FAILURE);
    }
    let path = dir.join("versions/forms.lock");
    fs::write(&path, lock.write()).with_context(|| path.display().to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// Says how each schema stands to the lock, and how many stand wrongly.
fn report(lock: &Lock) -> usize {
    let states = lock.compare(register());
    for (path, tilstand) in &states {
        let state = match tilstand {
            Tilstand::Stemmer => "stemmer",
            Tilstand::Ny => "ikke låst: kjør `meldeport forms lock` og lagre resultatet",
            Tilstand::Endret => "endret etter at det ble utgitt: sett det tilbake, og lag en ny versjon i stedet",
            Tilstand::Borte => "låst, men ikke med i programmet: et utgitt skjema kan ikke fjernes",
        };
        output::line(format_args!("{path}: {state}"));
    }
    states.values().filter(|tilstand| **tilstand != Tilstand::Stemmer).count()
}

fn read_lock(dir: &Path) -> anyhow::Result<Lock> {
    let path = dir.join("versions/forms.lock");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Lock::read(&text).map_err(|error| anyhow!("{}: {error}", path.display()))
}

/// Every schema in a folder and the folders in it, in order of name.
fn schema_files(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(schema_files(&path)?);
        } else if path.to_string_lossy().ends_with(".schema.json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn validate(options: &Validate) -> anyhow::Result<ExitCode> {
    let Some(form) = register().find(options.form) else {
        bail!("{} finnes ikke; se `meldeport forms list`", options.form);
    };
    let mut all = true;
    for file in &options.files {
        let bytes = fs::read(file).with_context(|| file.display().to_string())?;
        all &= judge(form, options, &file.display().to_string(), &bytes);
    }
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes what there is to say about one file, and tells whether it follows the form.
fn judge(form: &Publisert, options: &Validate, file: &str, bytes: &[u8]) -> bool {
    let say = |verdict: &str, what: &str, why: &str| {
        let why = if options.explain { format!("\t{why}") } else { String::new() };
        output::line(format_args!("{file}\t{verdict}\t{what}{why}"));
    };
    let innhold = match parse::parse(bytes) {
        Ok(innhold) => innhold,
        Err(feil) => {
            let peker = feil.peker.as_deref().unwrap_or_default();
            say("invalid", &format!("{peker} {}", feil.feil.code()), &feil.melding());
            return false;
        }
    };
    let vurdering = form.validate(&innhold);
    if vurdering.gyldig() {
        say("valid", "", "");
    }
    for avvik in &vurdering.avvik {
        say("invalid", &format!("{} {}", avvik.peker, avvik.nokkelord), &avvik.melding);
    }
    if vurdering.utelatt > 0 {
        let more = format!("Det er {} avvik til.", vurdering.utelatt);
        say("invalid", " SKJEMA.FLERE_AVVIK", &more);
    }
    for advarsel in vurdering.advarsler.iter().filter(|_| options.warnings) {
        say("warning", &format!("{} {}", advarsel.peker, advarsel.kode.code()), &advarsel.melding);
    }
    vurdering.gyldig()
}

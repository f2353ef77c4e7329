//! The committed OpenAPI documents, and the editions that were published of them. Needs no database.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::output;
use crate::{
    http::spec::{self, Utgave},
    versions::{
        Status, Versjonert,
        endring::{self, Endring, Klasse},
        utgivelse::{self, Dom},
    },
};

mod utgivelser;

use utgivelser::{Utgivelse, Utgivelser};

#[derive(Debug, Subcommand)]
pub enum OpenapiCommand {
    /// Skriv alle dokumentene.
    Write(Folder),
    /// Avslutt med feil når et dokument ikke er det programmet ville skrevet, eller bryter med det som er utgitt.
    Check(Folders),
    /// Gi ut dokumentene: lagre dem som de er, under sitt versjonsnummer, for alltid.
    Bless(Chosen),
    /// Vis hva som er endret siden siste utgave, eller mellom to filer.
    Diff(Diff),
}

#[derive(Debug, Args)]
pub struct Folder {
    /// Mappen med dokumentene.
    #[arg(long, default_value = "api-spec")]
    dir: PathBuf,
}

#[derive(Debug, Args)]
pub struct Folders {
    #[command(flatten)]
    documents: Folder,
    /// Mappen med det som er utgitt.
    #[arg(long, default_value = "versions")]
    versions: PathBuf,
}

#[derive(Debug, Args)]
pub struct Chosen {
    #[command(flatten)]
    folders: Folders,
    /// Dokumentene det gjelder, som `bekymringsmelding-v2`; alle når ingen er nevnt.
    #[arg(value_name = "DOKUMENT", value_parser = version_named)]
    only: Vec<Versjonert>,
}

#[derive(Debug, Args)]
pub struct Diff {
    #[command(flatten)]
    chosen: Chosen,
    /// En fil å sammenligne fra, i stedet for siste utgave.
    #[arg(long, value_name = "FIL", requires = "to", conflicts_with = "only")]
    from: Option<PathBuf>,
    /// En fil å sammenligne med.
    #[arg(long, value_name = "FIL", requires = "from")]
    to: Option<PathBuf>,
}

fn version_named(name: &str) -> Result<Versjonert, String> {
    let known = Versjonert::ALL.map(Versjonert::name).join(", ");
    let found = Versjonert::ALL.into_iter().find(|version| version.name() == name);
    found.ok_or_else(|| format!("dokumentet finnes ikke; det finnes {known}"))
}

pub fn run(command: &OpenapiCommand) -> anyhow::Result<ExitCode> {
    let good = match command {
        OpenapiCommand::Write(folder) => write(folder)?,
        OpenapiCommand::Check(folders) => check(folders)?,
        OpenapiCommand::Bless(chosen) => bless(chosen)?,
        OpenapiCommand::Diff(Diff { from: Some(from), to: Some(to), .. }) => {
            let (old, new) = (read(from)?, read(to)?);
            tell(&format!("{} → {}", from.display(), to.display()), &old, &endring::compare(&old, &new));
            true
        }
        OpenapiCommand::Diff(diff) => changes_since(&diff.chosen)?,
    };
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Folder {
    /// The document that is published.
    fn path(&self, version: Versjonert) -> PathBuf {
        self.dir.join(version.name()).with_extension("json")
    }
}

impl Chosen {
    fn versions(&self) -> Vec<Versjonert> {
        if self.only.is_empty() { Versjonert::ALL.to_vec() } else { self.only.clone() }
    }
}

/// Every file that the program writes of a version, with what should be in it.
fn generated(folder: &Folder, version: Versjonert) -> anyhow::Result<Vec<(PathBuf, String)>> {
    Utgave::ALL
        .into_iter()
        .map(|utgave| Ok((folder.dir.join(utgave.file(version)), spec::document(version, utgave)?)))
        .collect()
}

fn write(folder: &Folder) -> anyhow::Result<bool> {
    for version in Versjonert::ALL {
        for (path, document) in generated(folder, version)? {
            let current = fs::read_to_string(&path).is_ok_and(|committed| committed == document);
            if !current {
                fs::create_dir_all(path.parent().unwrap_or(&folder.dir))?;
                fs::write(&path, document)?;
            }
            say(&path, if current { "oppdatert" } else { "skrevet" });
        }
    }
    Ok(true)
}

fn check(Folders { documents, versions }: &Folders) -> anyhow::Result<bool> {
    let mut good = true;
    for version in Versjonert::ALL {
        let mut stale = false;
        for (path, document) in generated(documents, version)? {
            if !fs::read_to_string(&path).is_ok_and(|committed| committed == document) {
                stale = true;
                say(&path, "avviker: kjør `meldeport openapi write` og lagre resultatet");
            }
        }
        if stale {
            good = false;
            continue;
        }
        let utgivelser = Utgivelser::read(versions, version)?;
        for wrong in utgivelser.faults() {
            good = false;
            output::line(wrong);
        }
        let path = documents.path(version);
        let document = read(&path)?;
        match utgivelser.newest() {
            None if version.manifest().status == Status::Draft => say(&path, "oppdatert; utkast, ikke utgitt"),
            None => {
                good = false;
                say(&path, "tatt i bruk, men aldri utgitt: kjør `meldeport openapi bless`");
            }
            Some(edition) => good &= stands(&path, edition, &document)?,
        }
    }
    Ok(good)
}

/// Says how a document stands to the newest edition, and whether well.
fn stands(path: &Path, edition: &Utgivelse, document: &Value) -> anyhow::Result<bool> {
    let number = utgivelse::number(document).context("dokumentet mangler versjonsnummer")?;
    let changes = endring::compare(&edition.document, document);
    let (good, verdict) = match utgivelse::judge(&edition.number, &number, &changes) {
        Dom::Godtatt if changes.is_empty() => (true, format!("oppdatert; som utgave {}", edition.number)),
        Dom::Godtatt => (true, format!("oppdatert; passer med utgave {}", edition.number)),
        Dom::Trenger(needed) => {
            list(changes.iter().filter(|change| change.regel.klasse() == Klasse::Tillegg));
            (false, format!("endret siden utgave {}: skal ha versjon {needed}, ikke {number}", edition.number))
        }
        Dom::Brudd(next) => {
            list(changes.iter().filter(|change| change.regel.klasse() == Klasse::Brudd));
            let major = next.major;
            (false, format!("bryter med utgave {}: sett det tilbake, eller lag v{major} ved siden av", edition.number))
        }
    };
    say(path, &verdict);
    Ok(good)
}

fn bless(chosen: &Chosen) -> anyhow::Result<bool> {
    let Folders { documents, versions } = &chosen.folders;
    let mut good = true;
    for version in chosen.versions() {
        let path = documents.path(version);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let document: Value = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        let number = utgivelse::number(&document).with_context(|| format!("{}: uten versjon", path.display()))?;
        let mut utgivelser = Utgivelser::read(versions, version)?;
        if utgivelser.faults().next().is_some() {
            bail!("{}: det som er utgitt, er endret; se `meldeport openapi check`", version.name());
        }
        if number.major != utgivelser.major || !number.pre.is_empty() || !number.build.is_empty() {
            good = false;
            say(&path, &format!("versjon {number} hører ikke til v{}", utgivelser.major));
            continue;
        }
        if let Some(edition) = utgivelser.newest() {
            if edition.text == text {
                say(&path, &format!("er alt utgitt som {number}"));
                continue;
            }
            if !stands(&path, edition, &document)? {
                good = false;
                continue;
            }
            if number == edition.number {
                let needed = utgivelse::needed(&edition.number, &endring::compare(&edition.document, &document));
                let needed = if needed == number { "en ny patch".to_owned() } else { needed.to_string() };
                good = false;
                say(&path, &format!("{number} er alt utgitt med et annet innhold: neste er {needed}"));
                continue;
            }
        }
        let file = utgivelser.add(&number, &text)?;
        say(&path, &format!("utgitt som {}", file.display()));
    }
    Ok(good)
}

fn changes_since(chosen: &Chosen) -> anyhow::Result<bool> {
    let Folders { documents, versions } = &chosen.folders;
    for version in chosen.versions() {
        let document = read(&documents.path(version))?;
        match Utgivelser::read(versions, version)?.newest() {
            None => output::line(format_args!("{}: utkast, ikke utgitt", version.name())),
            Some(edition) => {
                let heading = format!("{} siden utgave {}", version.name(), edition.number);
                tell(&heading, &edition.document, &endring::compare(&edition.document, &document));
            }
        }
    }
    Ok(true)
}

fn read(path: &Path) -> anyhow::Result<Value> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

fn say(path: &Path, what: &str) {
    output::line(format_args!("{}: {what}", path.display()));
}

/// All that differs, and what it asks of the version number.
fn tell(heading: &str, old: &Value, changes: &[Endring]) {
    output::line(format_args!("{heading}:"));
    list(changes.iter());
    let count = |klasse| changes.iter().filter(|change| change.regel.klasse() == klasse).count();
    let (breaks, additions, other) = (count(Klasse::Brudd), count(Klasse::Tillegg), count(Klasse::Uvesentlig));
    output::line(format_args!("  {breaks} brudd, {additions} tillegg, {other} uvesentlige."));
    if let (Some(number), false) = (utgivelse::number(old), changes.is_empty()) {
        let needed = utgivelse::needed(&number, changes);
        output::line(match endring::worst(changes) {
            Some(Klasse::Brudd) => format!("  Etter {number} hører dette til i en ny hovedversjon: {needed}."),
            Some(Klasse::Tillegg) => format!("  Etter {number} kommer {needed}."),
            _ => format!("  Versjonen kan fortsatt være {number}, eller {needed}."),
        });
    }
}

fn list<'e>(changes: impl Iterator<Item = &'e Endring>) {
    for change in changes {
        let (klasse, regel) = (change.regel.klasse().name(), change.regel.name());
        let peker = if change.peker.is_empty() { "/" } else { &change.peker };
        output::line(format_args!("  {klasse:<10} {regel}  {peker}"));
        let about = if change.detalj.is_empty() { String::new() } else { format!(" «{}»", change.detalj) };
        output::line(format_args!("             {}{about}{}", change.regel.text(), touched(change)));
    }
}

/// The operations that a change touches, the first few by name.
fn touched(change: &Endring) -> String {
    const NAMED: usize = 3;
    let names: Vec<&str> = change.operasjoner.iter().take(NAMED).map(String::as_str).collect();
    match change.operasjoner.len() {
        0 => String::new(),
        all if all > NAMED => format!(" Gjelder {} og {} til.", names.join(", "), all - NAMED),
        _ => format!(" Gjelder {}.", names.join(", ")),
    }
}

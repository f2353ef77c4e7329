//! Compares our schemas with those that KS published, on instances made and then spoilt at random.
//!
//! ```text
//! cargo run --features differential --example skjema-differential -- FOLDER [--count N] [--seed N]
//! ```
//!
//! FOLDER holds KS's schemas, at any depth, under their own names. Nothing of theirs is part of this repository. Each
//! instance is judged three times: by KS's schema, by ours, and by what the gateway tells a caller. They must agree on
//! whether it is valid, and on the place and keyword of every fault. Exit code 1 when they do not, 2 when there is
//! nothing to compare with.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow};
use clap::Parser;
use jsonschema::Validator;
use meldeport::{
    model::skjema::Skjema,
    skjema::{Publisert, Register, parse},
};
use serde_json::Value;

mod generator;
mod texts;

/// Where KS's schemas think they are. Their `$ref` to `adresse.json` does not name the `$id` of that file, but the file.
const KS: &str = "https://fiks.ks.no";

#[derive(Debug, Parser)]
struct Options {
    /// The folder with KS's schemas, and with their example messages if there are any.
    folder: PathBuf,
    /// Instances for each schema.
    #[arg(long, default_value_t = 100_000)]
    count: u64,
    #[arg(long, default_value_t = 2032)]
    seed: u64,
}

/// What came of one schema.
#[derive(Debug, Default)]
struct Figures {
    instances: u64,
    /// How many of them are KS's own example messages.
    examples: u64,
    valid: u64,
    disagreements: u64,
    /// How often each fault was seen, by place (numbers left out) and keyword.
    faults: BTreeMap<String, u64>,
    judging: Duration,
    explaining: Duration,
}

fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    let mut files = Vec::new();
    collect(&options.folder, &mut files)?;
    let started = Instant::now();
    let register = Register::compile()?;
    say(format_args!("compiled {} schemas in {:.1?}", register.forms().len(), started.elapsed()));

    // KS has published no schemas of requests about cards.
    let reports = register.forms().iter().filter(|form| form.id.skjema == Skjema::Bekymringsmelding);
    let forms: Vec<&Publisert> = reports.collect();
    let results: Vec<anyhow::Result<Option<Figures>>> = thread::scope(|scope| {
        let running: Vec<_> = forms.iter().map(|form| scope.spawn(|| run(form, &files, &options))).collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("a comparison panicked"))))
            .collect()
    });
    let (mut compared, mut wrong) = (0, 0);
    for (form, result) in forms.iter().zip(results) {
        let Some(figures) = result? else {
            say(format_args!("{}: KS's schema is not in the folder; nothing was compared", form.id));
            continue;
        };
        say(format_args!(
            "{}: {} instances ({} of them KS's examples), {} valid, {} invalid, {} kinds of fault, {} disagreements; \
             {:.1} µs to judge, {:.1} µs to explain",
            form.id,
            figures.instances,
            figures.examples,
            figures.valid,
            figures.instances - figures.valid,
            figures.faults.len(),
            figures.disagreements,
            micros(figures.judging, figures.instances),
            micros(figures.explaining, figures.instances),
        ));
        compared += figures.instances;
        wrong += figures.disagreements;
    }
    say(format_args!("{compared} instances compared, {wrong} disagreements"));
    Ok(match (compared, wrong) {
        (0, _) => ExitCode::from(2),
        (_, 0) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Compares one schema with KS's, when it is there.
fn run(form: &Publisert, files: &[PathBuf], options: &Options) -> anyhow::Result<Option<Figures>> {
    let Some(theirs) = reference(form, files)? else { return Ok(None) };
    let mut figures = Figures::default();
    examples(form, &theirs, files, &mut figures)?;
    figures.examples = figures.instances;
    let mut generator = generator::Generator::new(options.seed, form.id);
    for _ in 0..options.count {
        compare(form, &theirs, &generator.instance(), &mut figures)?;
    }
    Ok(Some(figures))
}

/// Judges one instance by both schemas.
fn compare(form: &Publisert, theirs: &Validator, instance: &Value, figures: &mut Figures) -> anyhow::Result<()> {
    let started = Instant::now();
    let follows = form.follows(instance);
    figures.judging += started.elapsed();
    let started = Instant::now();
    let vurdering = form.validate(instance);
    figures.explaining += started.elapsed();

    let mut reference: Vec<(String, String)> = theirs
        .iter_errors(instance)
        .map(|error| (error.instance_path().to_string(), error.kind().keyword().to_owned()))
        .collect();
    // KS's private form says `minLength` of a list. Only a text can break that, and a text is the wrong type already.
    let wrong_type = ("/privatBarn".to_owned(), "type".to_owned());
    if reference.contains(&wrong_type) {
        reference.retain(|(place, keyword)| (place.as_str(), keyword.as_str()) != ("/privatBarn", "minLength"));
    }
    reference.sort();
    let mut ours: Vec<(String, String)> =
        vurdering.avvik.iter().map(|avvik| (avvik.peker.clone(), avvik.nokkelord.clone())).collect();
    ours.sort();

    figures.instances += 1;
    figures.valid += u64::from(reference.is_empty());
    for (place, keyword) in &reference {
        let place: Vec<&str> =
            place.split('/').map(|part| if part.parse::<u64>().is_ok() { "*" } else { part }).collect();
        *figures.faults.entry(format!("{} {keyword}", place.join("/"))).or_default() += 1;
    }
    if theirs.is_valid(instance) != follows || reference != ours || vurdering.gyldig() != follows {
        figures.disagreements += 1;
        if figures.disagreements <= 5 {
            let text = serde_json::to_string(instance)?;
            say(format_args!("DISAGREE on {}: KS {reference:?}, ours {ours:?}: {text}", form.id));
        }
    }
    Ok(())
}

/// KS's schema for the same form version, compiled.
fn reference(form: &Publisert, files: &[PathBuf]) -> anyhow::Result<Option<Validator>> {
    let name = format!("{}.bekymringsmelding.v{}.json", form.id.variant.as_str(), form.id.versjon);
    let (Some(schema), Some(address)) = (read(files, &name)?, read(files, "adresse.json")?) else {
        return Ok(None);
    };
    let registry = jsonschema::Registry::new().add(format!("{KS}/adresse.json"), &address)?.prepare()?;
    let validator = jsonschema::options().with_registry(&registry).offline().build(&schema);
    Ok(Some(validator.map_err(|error| anyhow!("{name}: {error}"))?))
}

/// KS's own example messages of this form version must be valid by both.
fn examples(form: &Publisert, theirs: &Validator, files: &[PathBuf], figures: &mut Figures) -> anyhow::Result<()> {
    let name = format!("{}BekymringsmeldingV{}.json", form.id.variant.as_str(), form.id.versjon);
    for file in files.iter().filter(|file| file.ends_with(&name)) {
        let innhold = parse::parse(&fs::read(file)?)?;
        compare(form, theirs, &innhold, figures)?;
        if figures.valid != figures.instances {
            figures.disagreements += 1;
            say(format_args!("KS's own example {name} is not valid"));
        }
    }
    Ok(())
}

fn read(files: &[PathBuf], name: &str) -> anyhow::Result<Option<Value>> {
    let Some(file) = files.iter().find(|file| file.ends_with(name)) else { return Ok(None) };
    Ok(Some(serde_json::from_slice(&fs::read(file)?).with_context(|| name.to_owned())?))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

fn micros(time: Duration, count: u64) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(u32::try_from(count).unwrap_or(u32::MAX).max(1))
}

#[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
fn say(text: std::fmt::Arguments<'_>) {
    println!("{text}");
}

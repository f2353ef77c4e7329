//! Tells what happens: for people, or as JSON lines for programs.

use std::{
    io::{self, Write as _},
    path::Path,
    sync::{Mutex, PoisonError},
};

use serde_json::{Value, json};

use super::Sandbox;
use crate::client::watch::Watch;

/// Collects the requests of a step until the step is told.
#[derive(Debug, Default)]
pub struct Requests(Mutex<Vec<String>>);

impl Requests {
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Watch for Requests {
    fn request(&self, curl: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(curl.to_owned());
    }
}

/// One step of the main job, done.
#[derive(Debug)]
pub struct Told<'a> {
    /// A stable word for programs.
    pub name: &'a str,
    pub title: &'a str,
    /// What came of it: name and value.
    pub facts: Vec<(&'a str, String)>,
    pub curl: Vec<String>,
}

#[derive(Debug)]
pub struct Narrator {
    json: bool,
    steps: Mutex<u32>,
}

impl Narrator {
    pub fn new(json: bool) -> Self {
        Self { json, steps: Mutex::new(0) }
    }

    pub fn opening(&self) {
        if !self.json {
            say("Meldeport – demo. Alle personer, organisasjoner og nøkler er oppdiktet og lages nå.\n");
        }
    }

    pub fn ready(&self, sandbox: &Sandbox) {
        if self.json {
            return print(&json!({ "name": "klar", "baseUrl": sandbox.base_url }));
        }
        let Sandbox { town, base_url, .. } = sandbox;
        say(&format!("Portvakten svarer på {base_url}, med en Maskinporten for utviklere."));
        say(&format!(
            "  avsender   {} ({})",
            town.skole.organisasjon.navn, town.skole.organisasjon.organisasjonsnummer
        ));
        for kontor in &town.kontorer {
            let bydel = &kontor.bydel;
            let navn = &bydel.navn;
            say(&format!("  mottaker   {navn}, bydel {} i kommune {}", bydel.bydelsnummer, bydel.kommunenummer));
        }
        say("  brev       Fiktiv Brevutskrift\n");
        say("Hemmelighetene står som $TOKEN, $ID og $PASSORD i curl-linjene. Med --kit MAPPE skrives de til filer.\n");
    }

    pub fn kit(&self, folder: &Path) {
        if self.json {
            print(&json!({ "name": "kit", "mappe": folder }));
        } else {
            say(&format!("Alt en klient trenger, ligger i {}\n", folder.display()));
        }
    }

    /// Tells one step of the main job.
    pub fn step(&self, told: Told<'_>) {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        *steps += 1;
        if self.json {
            let facts: serde_json::Map<String, Value> =
                told.facts.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            let line =
                json!({ "step": *steps, "name": told.name, "title": told.title, "facts": facts, "curl": told.curl });
            return print(&line);
        }
        say(&format!("{:>2}  {}", *steps, told.title));
        for (name, value) in told.facts {
            say(&format!("      {name:<14} {value}"));
        }
        for curl in told.curl {
            say(&format!("      $ {curl}"));
        }
        say("");
    }

    pub fn staying(&self, sandbox: &Sandbox) {
        if !self.json {
            say("Meldingen er levert. Ingen mellom avsender og kommune kunne lese den.");
            say(&format!("Utviklerportalen er på {}/ . Avslutt med Ctrl-C.", sandbox.base_url));
        }
    }
}

/// A reader that has gone away is no reason to stop.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn print(line: &Value) {
    say(&line.to_string());
}

//! Editions on disk: `versions/<service>/vN/openapi-X.Y.Z.json`, and `versions/openapi.lock`, which tells when one of
//! them has been changed.

use std::{
    collections::BTreeMap,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use semver::Version;
use serde_json::Value;

use crate::{crypto::sha256, versions::Versjonert};

const HEADING: &str =
    "# SHA-256 of every published API document. Written by `meldeport openapi bless`; never changed by hand.\n";

/// One edition.
#[derive(Debug)]
pub struct Utgivelse {
    pub number: Version,
    pub text: String,
    pub document: Value,
}

/// All editions of one major version.
#[derive(Debug)]
pub struct Utgivelser {
    versions: PathBuf,
    /// Of this major version, below `versions`.
    folder: PathBuf,
    pub major: u64,
    /// Oldest first.
    editions: Vec<Utgivelse>,
    /// SHA-256 by path below `versions`, of every document that was ever published.
    lock: BTreeMap<String, String>,
}

impl Utgivelser {
    pub fn read(versions: &Path, version: Versjonert) -> anyhow::Result<Self> {
        let major = version.name().rsplit_once("-v").map_or("", |(_, major)| major);
        let folder = Path::new(version.tjeneste()).join(format!("v{major}"));
        let mut editions = Vec::new();
        let entries = match fs::read_dir(versions.join(&folder)) {
            Ok(entries) => entries.collect::<Result<Vec<_>, _>>()?,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error).with_context(|| folder.display().to_string()),
        };
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let number = name.strip_prefix("openapi-").and_then(|name| name.strip_suffix(".json"));
            if let Some(number) = number {
                let here = || entry.path().display().to_string();
                let number = number.parse().with_context(here)?;
                let text = fs::read_to_string(entry.path()).with_context(here)?;
                let document = serde_json::from_str(&text).with_context(here)?;
                editions.push(Utgivelse { number, text, document });
            }
        }
        editions.sort_by(|a, b| a.number.cmp(&b.number));
        let major = major.parse().with_context(|| version.name().to_owned())?;
        Ok(Self { versions: versions.to_owned(), folder, major, editions, lock: read_lock(versions)? })
    }

    pub fn newest(&self) -> Option<&Utgivelse> {
        self.editions.last()
    }

    fn path(&self, number: &Version) -> String {
        format!("{}/openapi-{number}.json", self.folder.display())
    }

    /// What has been changed that was published, as lines for a person.
    pub fn faults(&self) -> impl Iterator<Item = String> {
        let here: BTreeMap<String, String> =
            self.editions.iter().map(|edition| (self.path(&edition.number), hash(&edition.text))).collect();
        let own = format!("{}/", self.folder.display());
        let gone = self.lock.keys().filter(move |path| path.starts_with(&own)).cloned();
        let mut all: Vec<String> = gone.chain(here.keys().cloned()).collect();
        all.sort();
        all.dedup();
        all.into_iter().filter_map(move |path| match (here.get(&path), self.lock.get(&path)) {
            (Some(is), Some(locked)) if is == locked => None,
            (Some(_), Some(_)) => Some(format!("{path}: endret etter at den ble utgitt; sett den tilbake")),
            (Some(_), None) => Some(format!("{path}: ikke låst; bare `meldeport openapi bless` gir ut")),
            (None, _) => Some(format!("{path}: borte; en utgave kan ikke fjernes")),
        })
    }

    /// Publishes a document. There must be none of this number.
    pub fn add(&mut self, number: &Version, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.path(number);
        let file = self.versions.join(&path);
        fs::create_dir_all(self.versions.join(&self.folder))?;
        fs::File::create_new(&file).with_context(|| file.display().to_string())?;
        fs::write(&file, text)?;
        self.lock.insert(path, hash(text));
        let lines: String = self.lock.iter().map(|(path, hash)| format!("{hash}  {path}\n")).collect();
        fs::write(self.versions.join("openapi.lock"), format!("{HEADING}{lines}"))?;
        Ok(file)
    }
}

fn hash(text: &str) -> String {
    hex::encode(sha256(text.as_bytes()))
}

/// The form that `sha256sum -c` reads in that folder.
fn read_lock(versions: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let path = versions.join("openapi.lock");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let entry = |line: &str| {
        let (hash, path) = line.split_once("  ")?;
        Some((path.to_owned(), hash.to_owned()))
    };
    lines.map(|line| entry(line).ok_or_else(|| anyhow!("{}: «{line}»", path.display()))).collect()
}

//! The folder that reports are fetched into. A report is a folder named by its id:
//!
//! | file | |
//! |---|---|
//! | `bekymringsmelding.json`, `bekymringsmelding.pdf` | the report |
//! | `asice.zip` | the signed container, when `behold_asice` is on |
//! | `metadata.json` | the gateway's listing, who signed, when it was fetched |
//! | `kvittering.json` | the gateway's receipt; written last |
//!
//! A folder appears whole. A system that imports from here takes the folders that have `kvittering.json`: those are
//! finished, and may be moved away. A folder without it gets its receipt at the next run.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    files::{self, DirLock, LockError},
    watch::{Step, Stopped, Watch},
    wire::{Kvittering, Melding},
};
use crate::system::SecretBytes;

/// What is being written is hidden until it is whole.
const NEW: &str = ".ny-";
const METADATA: &str = "metadata.json";
const RECEIPT: &str = "kvittering.json";
pub(super) const CONTAINER: &str = "asice.zip";

/// `metadata.json`: the listing, and what the fetching added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    pub fiks_org_id: Uuid,
    pub hentet_tidspunkt: jiff::Timestamp,
    pub signert_av: Signert,
    pub melding: Melding,
}

/// Who signed the container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Signert {
    pub organisasjonsnummer: Option<String>,
    pub serienummer: String,
}

/// How far a report has come on this disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    No,
    /// Stored, not yet receipted as far as we know.
    Stored,
    /// Stored and receipted.
    Receipted,
    /// There is something under that name that is not this report.
    Foreign,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// The folder, ours alone while this lives.
#[derive(Debug)]
pub struct Inbox {
    dir: PathBuf,
    _lock: DirLock,
}

impl Inbox {
    /// Locks the folder and removes what an interrupted run left half written.
    pub fn open(dir: &Path) -> Result<Self, LockError> {
        let lock = DirLock::acquire(dir)?;
        files::sweep(dir, NEW)?;
        Ok(Self { dir: dir.to_owned(), _lock: lock })
    }

    pub fn folder(&self, id: Uuid) -> PathBuf {
        self.dir.join(id.to_string())
    }

    pub fn held(&self, melding: &Melding) -> io::Result<Held> {
        let folder = self.folder(melding.bekymringsmelding_id);
        if !folder.try_exists()? {
            return Ok(Held::No);
        }
        match metadata(&folder) {
            Some(known) if known.melding.sha256.eq_ignore_ascii_case(&melding.sha256) => {
                Ok(if folder.join(RECEIPT).try_exists()? { Held::Receipted } else { Held::Stored })
            }
            _ => Ok(Held::Foreign),
        }
    }

    /// The reports of an earlier run that were stored and, as far as we know, not receipted.
    pub fn unreceipted(&self, fiks_org_id: Uuid) -> io::Result<Vec<Melding>> {
        let mut waiting = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            let folder = entry.path();
            if !entry.file_type()?.is_dir() || folder.join(RECEIPT).try_exists()? {
                continue;
            }
            match metadata(&folder) {
                Some(known) if known.fiks_org_id == fiks_org_id => waiting.push(known.melding),
                _ => {}
            }
        }
        waiting.sort_by_key(|melding| melding.bekymringsmelding_id);
        Ok(waiting)
    }

    /// Writes a report: every file synced in a hidden folder, then the one rename that makes it exist.
    pub fn store(
        &self,
        report: &[(&str, &SecretBytes)],
        metadata: &Metadata,
        watch: &dyn Watch,
    ) -> Result<PathBuf, StoreError> {
        let id = metadata.melding.bekymringsmelding_id;
        let hidden = self.dir.join(format!("{NEW}{id}"));
        if let Err(error) = fill(&hidden, report, metadata) {
            // Plaintext does not lie about until the next run. Removing is best effort: the error is what matters.
            let _ = fs::remove_dir_all(&hidden);
            return Err(error.into());
        }
        watch.step(Step::Written)?;
        let folder = self.folder(id);
        files::publish(&hidden, &folder)?;
        watch.step(Step::Published)?;
        Ok(folder)
    }

    /// Notes the gateway's receipt beside the report.
    pub fn note(&self, id: Uuid, receipt: &Kvittering) -> io::Result<()> {
        files::write_atomic(&self.folder(id).join(RECEIPT), &pretty(receipt)?)
    }
}

fn fill(hidden: &Path, report: &[(&str, &SecretBytes)], metadata: &Metadata) -> io::Result<()> {
    files::make_dir(hidden)?;
    for (name, bytes) in report {
        files::write_new(&hidden.join(name), bytes.expose())?;
    }
    files::write_new(&hidden.join(METADATA), &pretty(metadata)?)
}

fn metadata(folder: &Path) -> Option<Metadata> {
    serde_json::from_slice(&fs::read(folder.join(METADATA)).ok()?).ok()
}

pub(super) fn pretty(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(text)
}

/// Whether a name out of a container may become a file: a plain name, not hidden, and none of ours.
pub fn is_safe_name(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ' | '(' | ')');
    let ours = [METADATA, RECEIPT, CONTAINER].iter().any(|known| known.eq_ignore_ascii_case(name));
    !ours
        && (1..=120).contains(&name.len())
        && name.chars().all(plain)
        && !name.starts_with(['.', ' ', '-'])
        && !name.ends_with(['.', ' '])
}

//! The parts of `meldeport fetch`, each to be used alone if need be.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;
use uuid::Uuid;

use super::{
    Exit,
    api::{Api, Filter},
    config::OnFailure,
    download::{DownloadError, download},
    error::ApiError,
    inbox::{CONTAINER, Held, Inbox, Metadata, StoreError},
    keyring::{CannotOpen, Keyring},
    progress::Console,
    watch::{Step, Stopped},
    wire::{Kvittering, Melding},
};
use crate::system::Clock;

/// Pause before reports that failed are tried again, when following.
const PAUSE: Duration = Duration::from_secs(30);
/// A gateway that does not hold the line is not asked more often than this, when following.
const BREATH: Duration = Duration::from_secs(5);

/// Why one report was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    #[error(transparent)]
    Download(#[from] DownloadError),
    #[error("kan ikke åpnes: {0}")]
    CannotOpen(CannotOpen),
    #[error("kan ikke skrives til disk: {0}")]
    Disk(#[from] std::io::Error),
    #[error("{} finnes fra før med noe annet i", .0.display())]
    Foreign(PathBuf),
    #[error("er lagret, men kvitteringen kom ikke fram: {0}")]
    Receipt(ApiError),
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl TakeError {
    /// Nobody answered.
    fn unreachable(&self) -> bool {
        matches!(
            self,
            Self::Receipt(ApiError::Connection { .. })
                | Self::Download(DownloadError::Api(ApiError::Connection { .. }))
        )
    }
}

impl From<StoreError> for TakeError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Io(error) => Self::Disk(error),
            StoreError::Stopped(stopped) => Self::Stopped(stopped),
        }
    }
}

/// How one report ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    Fetched(PathBuf),
    /// It was here already; now it is receipted too.
    Receipted(PathBuf),
    /// The gateway no longer has it: somebody else fetched it, or it went to print.
    Gone,
}

/// What one pass over the listing met.
#[derive(Debug, Default)]
struct Tally {
    listed: usize,
    /// Settled now, and not earlier in this run.
    settled: usize,
    failed: usize,
}

/// What this run knows of reports that the listing may still show.
#[derive(Debug, Default)]
struct Memory {
    settled: HashSet<Uuid>,
    unopened: HashSet<Uuid>,
}

/// Fetches with one configuration. Its parts may be used one by one.
#[derive(Debug)]
pub struct Fetcher {
    pub api: Api,
    pub keyring: Keyring,
    pub filter: Filter,
    pub on_failure: OnFailure,
    pub keep_container: bool,
    pub clock: Arc<dyn Clock>,
    pub console: Console,
}

impl Fetcher {
    /// The whole command: settle what an earlier run left, then pass over the listing until it is empty, or forever.
    pub async fn run(&self, inbox: &Inbox, wait: Option<u64>, follow: bool) -> anyhow::Result<Exit> {
        let mut memory = Memory::default();
        self.settle(inbox).await?;
        let mut wait = wait.unwrap_or(if follow { 60 } else { 0 });
        loop {
            let asked = Instant::now();
            let tally = match self.pass(inbox, wait, &mut memory).await {
                Err(Halt::Listing(error)) if follow => {
                    self.console.warn(&format!("Får ikke listen: {error}. Prøver igjen."));
                    Tally { failed: 1, ..Tally::default() }
                }
                Err(Halt::Listing(error)) => anyhow::bail!("får ikke listen over meldinger: {error}"),
                Err(Halt::Stopped(stopped)) => return Err(stopped.into()),
                Ok(tally) => tally,
            };
            let stuck = tally.failed > 0 || (tally.listed > 0 && tally.settled == 0);
            if follow && stuck {
                // What stays in the listing ends every long-poll at once: without a pause this would spin.
                tokio::time::sleep(PAUSE).await;
                self.settle(inbox).await?;
            } else if follow && tally.settled == 0 {
                tokio::time::sleep(BREATH.saturating_sub(asked.elapsed())).await;
            } else if !follow && (stuck || tally.settled == 0) {
                let owed = inbox.unreceipted(self.api.fiks_org_id())?.len();
                return Ok(self.conclude(owed + tally.failed, &memory.unopened));
            } else if !follow {
                wait = 0;
            }
        }
    }

    fn conclude(&self, failed: usize, unopened: &HashSet<Uuid>) -> Exit {
        if !unopened.is_empty() {
            let mut ids: Vec<_> = unopened.iter().map(Uuid::to_string).collect();
            ids.sort();
            self.console.warn(&format!("Kunne ikke åpnes, trenger et menneske: {}", ids.join(", ")));
        }
        match (failed, unopened.is_empty()) {
            (0, true) => Exit::Done,
            (0, false) => Exit::NeedsPerson,
            _ => Exit::Failed,
        }
    }

    /// Sends the receipts that an earlier run owes. What fails here is still owed.
    pub async fn settle(&self, inbox: &Inbox) -> anyhow::Result<()> {
        for melding in inbox.unreceipted(self.api.fiks_org_id())? {
            match self.receipt(inbox, &melding).await {
                Ok(()) => self.console.line(&format!("kvittert {}", melding.bekymringsmelding_id)),
                Err(TakeError::Stopped(stopped)) => return Err(stopped.into()),
                Err(error) => self.console.warn(&format!("{} {error}", melding.bekymringsmelding_id)),
            }
        }
        Ok(())
    }

    /// Once over all pages. Reports that are known not to open are passed by.
    async fn pass(&self, inbox: &Inbox, wait: u64, memory: &mut Memory) -> Result<Tally, Halt> {
        let mut tally = Tally::default();
        let (mut cursor, mut wait) = (None::<String>, wait);
        loop {
            let page = self.api.list(&self.filter, cursor.as_deref(), wait).await.map_err(Halt::Listing)?;
            for melding in &page.meldinger {
                let id = melding.bekymringsmelding_id;
                tally.listed += 1;
                if memory.unopened.contains(&id) {
                    continue;
                }
                match self.take(inbox, melding).await {
                    Ok(taken) => {
                        tally.settled += usize::from(memory.settled.insert(id));
                        self.console.line(&describe(id, &taken));
                    }
                    Err(TakeError::Stopped(stopped)) => return Err(Halt::Stopped(stopped)),
                    Err(error) => {
                        self.console.warn(&format!("{id} {error}"));
                        if let TakeError::CannotOpen(fault) = &error {
                            memory.unopened.insert(id);
                            self.give_up(id, fault).await;
                            continue;
                        }
                        tally.failed += 1;
                        if error.unreachable() {
                            // The rest would wait as long for the same.
                            return Ok(tally);
                        }
                    }
                }
            }
            match page.neste_markor {
                Some(next) if cursor.as_ref() != Some(&next) => (cursor, wait) = (Some(next), 0),
                _ => return Ok(tally),
            }
        }
    }

    /// Takes one report home: all of the way, or as much of it as remains.
    pub async fn take(&self, inbox: &Inbox, melding: &Melding) -> Result<Taken, TakeError> {
        let id = melding.bekymringsmelding_id;
        match inbox.held(melding)? {
            Held::No => {}
            Held::Foreign => return Err(TakeError::Foreign(inbox.folder(id))),
            Held::Stored | Held::Receipted => {
                self.receipt(inbox, melding).await?;
                return Ok(Taken::Receipted(inbox.folder(id)));
            }
        }
        let bar = self.console.download(&id.to_string(), melding.storrelse);
        let ciphertext = match download(&self.api, melding, &|bytes| bar.at(bytes)).await {
            Err(DownloadError::Api(error)) if error.status() == Some(410) => return Ok(Taken::Gone),
            other => other?,
        };
        drop(bar);
        self.api.watch().step(Step::Downloaded)?;
        let folder = self.deposit(inbox, melding, &ciphertext)?;
        self.receipt(inbox, melding).await?;
        Ok(Taken::Fetched(folder))
    }

    /// Opens the ciphertext and writes the report to disk.
    pub fn deposit(&self, inbox: &Inbox, melding: &Melding, ciphertext: &[u8]) -> Result<PathBuf, TakeError> {
        let now = self.clock.now();
        let opened = self.keyring.open(ciphertext, melding, now).map_err(TakeError::CannotOpen)?;
        self.api.watch().step(Step::Opened)?;
        let metadata = Metadata {
            fiks_org_id: self.api.fiks_org_id(),
            hentet_tidspunkt: now,
            signert_av: opened.signer,
            melding: melding.clone(),
        };
        let mut report: Vec<_> = opened.files.iter().map(|(name, bytes)| (name.as_str(), bytes)).collect();
        if self.keep_container {
            report.push((CONTAINER, &opened.container));
        }
        Ok(inbox.store(&report, &metadata, self.api.watch())?)
    }

    /// Tells the gateway that the report is ours, and notes its answer.
    pub async fn receipt(&self, inbox: &Inbox, melding: &Melding) -> Result<(), TakeError> {
        let id = melding.bekymringsmelding_id;
        let receipt = match self.api.confirm(id).await {
            Err(ApiError::Refused(refusal)) if refusal.too_late() => {
                self.console
                    .warn(&format!("{id} er lagret, men det var for sent å kvittere; den kan komme på papir også"));
                let (tilstand, tidspunkt) = ("UKJENT".to_owned(), self.clock.now().to_string());
                Kvittering { bekymringsmelding_id: id, tilstand, tidspunkt, merknad: Some(refusal.to_string()) }
            }
            other => other.map_err(TakeError::Receipt)?,
        };
        self.api.watch().step(Step::Confirmed)?;
        inbox.note(id, &receipt)?;
        self.api.watch().step(Step::Noted)?;
        Ok(())
    }

    /// A report that will not open: left, or sent to print, as the configuration says.
    async fn give_up(&self, id: Uuid, fault: &CannotOpen) {
        if self.on_failure == OnFailure::LaLigge {
            return;
        }
        match self.api.reject(id, &fault.to_string()).await {
            Ok(_) => self.console.warn(&format!("{id} er meldt som feilet og går til print")),
            Err(error) => self.console.warn(&format!("{id} kunne ikke meldes som feilet: {error}")),
        }
    }
}

/// What ends a pass before its time.
enum Halt {
    Listing(ApiError),
    Stopped(Stopped),
}

fn describe(id: Uuid, taken: &Taken) -> String {
    let place = |folder: &Path| folder.display().to_string();
    match taken {
        Taken::Fetched(folder) => format!("hentet {id} {}", place(folder)),
        Taken::Receipted(folder) => format!("kvittert {id} {}", place(folder)),
        Taken::Gone => format!("borte {id} (hentet av andre, eller sendt til print)"),
    }
}

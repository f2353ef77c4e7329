//! What those who run the gateway see of it: is it well, and how much is there to do. Nothing of any report or person.

use std::{path::PathBuf, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::{sync::Mutex, time::timeout};

use super::{Result, Services};
use crate::{
    store::{self, Backend, StoreError},
    system::{
        machine,
        metrics::{Folder, Key, Letter, Metrics, Queue, Use, Waiting},
    },
};

/// How long figures from the database are shown before they are looked up anew, however many ask.
const FERSKE: SignedDuration = SignedDuration::from_secs(5);
/// The same of the days that certificates have left.
const FERSKE_DAGER: SignedDuration = SignedDuration::from_hours(1);
/// How long the database may take to tell.
const TALMODIG: Duration = Duration::from_secs(5);

/// How long a report has waited, as it is told.
const ALDRE: [&str; 4] = ["0-1h", "1-24h", "24-48h", "48h-"];

/// When each kind of figure was looked up.
#[derive(Debug, Default)]
pub(super) struct Sett {
    tall: Mutex<Option<Timestamp>>,
    dager: Mutex<Option<Timestamp>>,
}

/// Whether calls should be sent here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beredskap {
    Klar,
    /// The process is about to stop.
    Stopper,
    /// Migrations are missing.
    Skjema,
    /// The database does not answer.
    Database,
}

impl Services {
    /// What this process tells about itself.
    pub fn metrics(&self) -> &Arc<Metrics> {
        self.store.metrics()
    }

    /// Whether calls should be sent here, and if not, why.
    pub async fn beredskap(&self) -> Beredskap {
        if *self.signaler.stopp.borrow() {
            return Beredskap::Stopper;
        }
        let error = match timeout(TALMODIG, self.store.ping()).await {
            Ok(Ok(())) => return Beredskap::Klar,
            Ok(Err(error)) => error,
            Err(_) => StoreError::Unavailable("it did not answer in time".to_owned()),
        };
        tracing::warn!(%error, "not ready");
        if matches!(error, StoreError::Schema(_)) { Beredskap::Skjema } else { Beredskap::Database }
    }

    /// Everything that is told to whoever watches, as it is now, or was a few seconds ago.
    pub async fn malinger(&self) -> Result<String> {
        let metrics = self.metrics();
        metrics.writer_queue.set(real(self.store.skriveko()));
        let connections = self.store.forbindelser();
        metrics.connections.get_or_create(&Use { state: "idle" }).set(real(connections.ledige));
        metrics.connections.get_or_create(&Use { state: "used" }).set(real(connections.opptatt));
        metrics.memory.set(machine::resident_memory().map_or(f64::NAN, real));
        self.se_etter_plass().await;
        if let Err(error) = self.se_etter_tall().await {
            tracing::warn!(%error, "the database does not tell what waits");
        }
        Ok(metrics.text().map_err(|error| StoreError::Internal(error.to_string()))?)
    }

    async fn se_etter_plass(&self) {
        let folders = self.mapper.clone();
        let look = move || {
            let room = |(name, path): &(&'static str, PathBuf)| machine::available(path).map(|room| (*name, room));
            folders.iter().filter_map(room).collect::<Vec<_>>()
        };
        // A folder on another machine may not answer.
        let Ok(Ok(found)) = timeout(TALMODIG, tokio::task::spawn_blocking(look)).await else { return };
        for (folder, room) in found {
            self.metrics().disk.get_or_create(&Folder { folder }).set(real(room));
        }
    }

    /// Looks up what is told of the database. What it does not tell is not shown: a figure from before it fell silent would
    /// look like one of now.
    async fn se_etter_tall(&self) -> Result<()> {
        let now = self.clock.now();
        let mut seen = self.sett.tall.lock().await;
        if fresh(*seen, now, FERSKE) {
            return Ok(());
        }
        *seen = Some(now);
        let told = match timeout(TALMODIG, self.tell_opp(now)).await {
            Ok(told) => told,
            Err(_) => Err(StoreError::Unavailable("it did not answer in time".to_owned()).into()),
        };
        let metrics = self.metrics();
        metrics.database_up.set(if told.is_ok() { 1.0 } else { 0.0 });
        if told.is_err() {
            metrics.waiting.clear();
            metrics.nearest_deadline.set(f64::NAN);
            metrics.due.clear();
            metrics.overdue.clear();
            metrics.letters.clear();
            metrics.oldest_letter.clear();
            metrics.counter_changes.set(f64::NAN);
        }
        told
    }

    async fn tell_opp(&self, now: Timestamp) -> Result<()> {
        let metrics = self.metrics();
        for tilstand in store::maling::UNDERVEIS {
            let counts = store::maling::ventende(&self.store, tilstand, now).await?;
            for (age, count) in ALDRE.into_iter().zip(counts) {
                metrics.waiting.get_or_create(&Waiting { state: tilstand.as_str(), age }).set(real(count));
            }
        }
        let left = store::maling::frist(&self.store).await?.map_or(f64::INFINITY, |frist| seconds(now, frist));
        metrics.nearest_deadline.set(left);
        for ko in store::maling::koer(&self.store, now).await? {
            let queue = Queue { queue: ko.navn };
            metrics.due.get_or_create(&queue).set(real(ko.forfalt));
            metrics.overdue.get_or_create(&queue).set(ko.siden.map_or(0.0, |since| seconds(since, now)));
        }
        for (letter, pile) in store::maling::brev(&self.store).await? {
            let letter = Letter { letter };
            metrics.letters.get_or_create(&letter).set(real(pile.antall));
            metrics.oldest_letter.get_or_create(&letter).set(pile.eldste.map_or(0.0, |oldest| seconds(oldest, now)));
        }
        metrics.counter_changes.set(real(store::tall::ventende(&self.store, store::maling::MOST).await?));
        self.se_etter_dager(now).await
    }

    async fn se_etter_dager(&self, now: Timestamp) -> Result<()> {
        let mut seen = self.sett.dager.lock().await;
        if fresh(*seen, now, FERSKE_DAGER) {
            return Ok(());
        }
        let mut nearest: Vec<(&'static str, Timestamp)> = Vec::new();
        for (key, ends) in self.sertifikatslutt().await? {
            match nearest.iter_mut().find(|(known, _)| *known == key) {
                Some((_, known)) => *known = ends.min(*known),
                None => nearest.push((key, ends)),
            }
        }
        let metrics = self.metrics();
        metrics.key_days.clear();
        for (key, ends) in nearest {
            metrics.key_days.get_or_create(&Key { key }).set(seconds(now, ends) / 86_400.0);
        }
        *seen = Some(now);
        Ok(())
    }

    /// When each certificate that is in use expires: the offices', the print supplier's, the gateway's own.
    async fn sertifikatslutt(&self) -> Result<Vec<(&'static str, Timestamp)>> {
        let mut all = Vec::new();
        for current in store::varselgrunn::sertifikater(&self.store).await? {
            let key = if current.bydel.is_some() { "office" } else { "print" };
            if current.aktiv
                && let Ok(certificate) = self.parsed(&current.nokkel)
            {
                all.push((key, certificate.valid_to()));
            }
        }
        if let Some(forsegler) = &self.forsegler {
            all.push(("gateway", forsegler.utloper()));
        }
        Ok(all)
    }

    /// Folders whose room is watched, besides where an embedded database is.
    #[must_use]
    pub fn with_mapper(self, database: Option<PathBuf>, utskrift: Option<PathBuf>) -> Self {
        let database = database.filter(|_| self.store.backend() == Backend::Sqlite);
        let named = database.map(|path| ("database", path)).into_iter().chain(utskrift.map(|path| ("print", path)));
        Self { mapper: named.collect(), ..self }
    }
}

/// Time that goes backwards makes nothing fresh for ever.
fn fresh(seen: Option<Timestamp>, now: Timestamp, holds: SignedDuration) -> bool {
    seen.is_some_and(|seen| seen <= now && now.duration_since(seen) < holds)
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "figures are looked at, and none is near 2^53")]
fn real(number: u64) -> f64 {
    number as f64
}

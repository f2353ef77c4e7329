//! Takes jobs from the outbox by lease and has a channel do them. Any number of workers may run, in one process or
//! many: a lease is claimed in one statement, every step is shorter than its lease, and a job whose worker died is
//! taken over when the lease has run out.

use std::{fmt, sync::Arc, time::Duration};

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::time::{sleep, timeout};
use tracing::Instrument as _;

use super::{
    channels::{self, Channel},
    kortbrev, sms, tall, utlop, varsler, vedlikehold,
};
use crate::{
    domain::{Result, Services, leveranse::Utfall},
    model::melding::Kanal,
    store::{self, StoreError, Tx, jobb::Jobb},
    system::{metrics::Queue, rng::random, spor::SPOR},
};

#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// How long a job is ours once we have taken it.
    pub lease: Duration,
    /// How long one step may take; must be shorter than the lease.
    pub step: Duration,
    /// How often to look for jobs that another node wrote, or whose time has come.
    pub poll: Duration,
    /// Jobs taken at once.
    pub batch: u64,
    /// Longest wait between two tries of a job.
    pub longest_retry: Duration,
    /// Tries of a job before it is given up, where there is something to give up.
    pub attempts: u32,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(60),
            step: Duration::from_secs(20),
            poll: Duration::from_secs(1),
            batch: 64,
            longest_retry: Duration::from_secs(300),
            // With the waits between them, about an hour and a half.
            attempts: 20,
        }
    }
}

/// What jobs are called in figures.
const KO: Queue = Queue { queue: "jobb" };
/// How often what is no longer needed is swept away.
const SWEEP: Duration = Duration::from_secs(3600);

pub struct Worker {
    services: Arc<Services>,
    settings: WorkerSettings,
    channels: Vec<Box<dyn Channel>>,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Worker {
    pub fn new(services: Arc<Services>, settings: WorkerSettings) -> Self {
        Self { services, settings, channels: channels::all() }
    }

    /// Works until the process is told to stop; what is under way is finished.
    pub async fn run(&self) {
        let (warnings, messages) = (varsler::start(&self.services), sms::start(&self.services));
        let (expiries, cards) = (utlop::start(&self.services), kortbrev::start(&self.services));
        let (upkeep, counters) = (vedlikehold::start(&self.services), tall::start(&self.services));
        let mut stop = self.services.signaler.stopp.subscribe();
        // At the start, too: somebody may have died over something.
        let mut swept: Option<tokio::time::Instant> = None;
        while !*stop.borrow_and_update() {
            let done = match self.run_due().await {
                Ok(done) => done,
                Err(error) => {
                    tracing::error!(%error, "could not take jobs from the outbox");
                    0
                }
            };
            if swept.is_none_or(|at| at.elapsed() >= SWEEP) {
                swept = Some(tokio::time::Instant::now());
                if let Err(error) = self.services.rydd().await {
                    tracing::warn!(%error, "could not sweep");
                }
            }
            if done < self.settings.batch {
                tokio::select! {
                    () = self.services.signaler.jobb.notified() => {}
                    () = sleep(self.settings.poll) => {}
                    _ = stop.changed() => {}
                }
            }
        }
        let _ = tokio::join!(warnings, messages, expiries, cards, upkeep, counters);
    }

    /// Takes what is due now and does it. Returns how many jobs were taken.
    pub async fn run_due(&self) -> Result<u64> {
        if let Err(error) = self.services.flytt_ventende().await {
            tracing::warn!(%error, "could not give reports to a municipality's successor");
        }
        let jobs = self.claim().await?;
        let spor = |job: &Jobb| {
            let Jobb { id, melding, kanal, forsok, .. } = job;
            tracing::debug_span!(target: SPOR, "job", otel.name = %kanal, job = %id, %melding, forsok)
        };
        join_all(jobs.iter().map(|job| self.run_one(job).instrument(spor(job)))).await;
        Ok(jobs.len() as u64)
    }

    async fn claim(&self) -> Result<Vec<Jobb>> {
        let now = self.services.clock.now();
        let lease = SignedDuration::try_from(self.settings.lease).unwrap_or(SignedDuration::from_secs(60));
        let claim = Claim {
            kanaler: self.channels.iter().map(|channel| channel.kanal()).collect(),
            leie: self.services.ids.uuid(),
            now,
            until: now.checked_add(lease).unwrap_or(Timestamp::MAX),
            antall: self.settings.batch,
        };
        // Most of the time there is nothing to do, and finding that out must not cost a write.
        match store::jobb::next_due(&self.services.store, &claim.kanaler).await? {
            Some(due) if due <= now => {}
            _ => return Ok(Vec::new()),
        }
        Ok(self.services.store.write("leie", claim, |tx, claim| Box::pin(claim.take(tx))).await?)
    }

    async fn run_one(&self, job: &Jobb) {
        let Some(channel) = self.channels.iter().find(|channel| channel.kanal() == job.kanal) else { return };
        let outcome = timeout(self.settings.step, channel.deliver(&self.services, job)).await;
        let reason = match outcome {
            Ok(Ok(Utfall::Umulig)) => {
                tracing::warn!(job = %job.id, melding = %job.melding, kanal = %job.kanal, "it cannot be delivered like this: a person must act");
                return;
            }
            Ok(Ok(utfall)) => {
                tracing::debug!(job = %job.id, melding = %job.melding, kanal = %job.kanal, ?utfall, "job done");
                return;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the step took too long".to_owned(),
        };
        self.services.metrics().failed.get_or_create(&KO).inc();
        if job.forsok >= self.settings.attempts && self.gave_up(channel.as_ref(), job, &reason).await {
            return;
        }
        let wait = self.backoff(job.forsok);
        tracing::warn!(job = %job.id, melding = %job.melding, kanal = %job.kanal, forsok = job.forsok, reason, ?wait,
            "job failed, trying again");
        let at = self.services.clock.now().checked_add(wait).unwrap_or(Timestamp::MAX);
        if let Err(error) = self.services.prov_igjen(job, at).await {
            // The lease runs out by itself.
            tracing::warn!(job = %job.id, %error, "could not give the job back");
        }
    }

    async fn gave_up(&self, channel: &dyn Channel, job: &Jobb, reason: &str) -> bool {
        match timeout(self.settings.step, channel.give_up(&self.services, job)).await {
            Ok(Ok(true)) => {
                self.services.metrics().given_up.get_or_create(&KO).inc();
                tracing::error!(job = %job.id, melding = %job.melding, kanal = %job.kanal, forsok = job.forsok, reason,
                    "job given up: a person must act");
                true
            }
            Ok(Ok(false)) => false,
            // Next time, then.
            Ok(Err(error)) => {
                tracing::warn!(job = %job.id, %error, "could not give the job up");
                false
            }
            Err(_) => false,
        }
    }

    /// 1, 2, 4 … seconds, up to the longest, each with up to half as much again by chance.
    fn backoff(&self, attempt: u32) -> SignedDuration {
        let longest = self.settings.longest_retry.as_millis();
        let base = 1000_u128.checked_shl(attempt.saturating_sub(1).min(20)).unwrap_or(longest).min(longest);
        let chance = u128::from(u32::from_be_bytes(random(&*self.services.rng)));
        let jitter = (base / 2) * chance / u128::from(u32::MAX);
        SignedDuration::from_millis(i64::try_from(base + jitter).unwrap_or(i64::MAX))
    }
}

struct Claim {
    kanaler: Vec<Kanal>,
    leie: uuid::Uuid,
    now: Timestamp,
    until: Timestamp,
    antall: u64,
}

impl Claim {
    async fn take(&self, tx: &Tx) -> std::result::Result<Vec<Jobb>, StoreError> {
        store::jobb::claim(tx, &self.kanaler, self.leie, self.now, self.until, self.antall).await
    }
}

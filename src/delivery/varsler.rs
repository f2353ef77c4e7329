//! Plans warnings every now and then, and sends what is due. Runs beside the worker: a slow mail server must not hold up
//! a report.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use crate::{
    domain::{Result, Services, varsling::Sending},
    model::varsel::Utfall,
    store::varsel::Varselleie,
    system::{metrics::Queue, rng::random},
};

/// What warnings are called in figures.
const KO: Queue = Queue { queue: "varsel" };
/// How often to look for what offices should be told.
const PLAN: Duration = Duration::from_secs(120);
/// How often to look for warnings that another node planned, or whose time has come again.
const POLL: Duration = Duration::from_secs(15);
/// How long a warning is ours once we have taken it.
const LEASE: Duration = Duration::from_secs(600);
/// How long sending one may take; more than `mail.smtp.timeout_seconds` may be.
const STEP: Duration = Duration::from_secs(150);
/// Warnings taken at once. They are sent one after the other.
const BATCH: u64 = 32;
/// The wait after the first try of a warning, and the longest one between two.
const FIRST_RETRY: SignedDuration = SignedDuration::from_mins(1);
const LONGEST_RETRY: SignedDuration = SignedDuration::from_mins(30);

/// Begins to warn, until the process is told to stop.
pub fn start(services: &Arc<Services>) -> JoinHandle<()> {
    let services = services.clone();
    tokio::spawn(async move {
        if services.varsler() {
            run(&services).await;
        }
    })
}

async fn run(services: &Services) {
    let mut stop = services.signaler.stopp.subscribe();
    let mut planned: Option<Instant> = None;
    while !*stop.borrow_and_update() {
        if planned.is_none_or(|planned| planned.elapsed() >= PLAN) {
            planned = Some(Instant::now());
            if let Err(error) = services.planlegg_varsler().await {
                tracing::error!(%error, "could not plan warnings");
            }
        }
        let taken = send_due(services).await.unwrap_or_else(|error| {
            tracing::error!(%error, "could not send warnings");
            0
        });
        if taken < BATCH {
            tokio::select! {
                () = sleep(POLL) => {}
                _ = stop.changed() => {}
            }
        }
    }
}

/// Takes warnings that are due and sends them. Returns how many were taken.
///
/// # Errors
/// When the database does not answer. What the mail server says is no error: the warning is tried again later.
pub async fn send_due(services: &Services) -> Result<u64> {
    let begun = Instant::now();
    let lease = SignedDuration::try_from(LEASE).unwrap_or(LONGEST_RETRY);
    let warnings = services.ta_varsler(BATCH, lease).await?;
    for warning in &warnings {
        // Those that are left are ours no more when their turn comes. Their lease runs out by itself.
        if *services.signaler.stopp.borrow() || begun.elapsed() + STEP >= LEASE {
            break;
        }
        let again = match timeout(STEP, services.send_varsel(warning)).await {
            Ok(Ok(Sending::Ferdig(utfall))) => {
                if matches!(utfall, Utfall::Avvist | Utfall::Oppgitt) {
                    services.metrics().given_up.get_or_create(&KO).inc();
                }
                tracing::debug!(varsel = %warning.id, bydel = %warning.bydel, slag = %warning.slag, %utfall, "warning done");
                false
            }
            Ok(Ok(Sending::Overtatt)) => false,
            Ok(Ok(Sending::Igjen)) => true,
            Ok(Err(error)) => {
                tracing::warn!(varsel = %warning.id, %error, "warning failed, trying again");
                true
            }
            Err(_) => {
                tracing::warn!(varsel = %warning.id, "warning failed, trying again: it took too long");
                true
            }
        };
        if again {
            services.metrics().failed.get_or_create(&KO).inc();
            give_back(services, warning).await;
        }
    }
    Ok(warnings.len() as u64)
}

async fn give_back(services: &Services, warning: &Varselleie) {
    let at = services.clock.now().checked_add(backoff(services, warning.forsok)).unwrap_or(Timestamp::MAX);
    if let Err(error) = services.utsett_varsel(warning, at).await {
        // The lease runs out by itself.
        tracing::warn!(varsel = %warning.id, %error, "could not give the warning back");
    }
}

/// 1, 2, 4 … minutes, up to the longest, each with up to half as much again by chance.
fn backoff(services: &Services, attempt: u32) -> SignedDuration {
    let doubled = 1_i32.checked_shl(attempt.saturating_sub(1).min(10)).unwrap_or(1);
    let base = FIRST_RETRY.checked_mul(doubled).unwrap_or(LONGEST_RETRY).min(LONGEST_RETRY);
    let chance = f64::from(u32::from_be_bytes(random(&*services.rng))) / f64::from(u32::MAX);
    base.checked_add(base.mul_f64(chance / 2.0)).unwrap_or(base)
}

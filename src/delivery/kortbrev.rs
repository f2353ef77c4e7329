//! Makes letters with cards and lays them out. Runs beside the worker: typesetting must not hold up a report.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{
    domain::{Result, Services, ledsagerbevis::Kortbrevutfall},
    store::kortbrev::Kortbrevleie,
    system::metrics::Queue,
};

/// What letters with cards are called in figures.
const KO: Queue = Queue { queue: "kortbrev" };
/// How often to look for letters that another node ordered, or whose time has come again.
const POLL: Duration = Duration::from_secs(5);
/// How long a letter is ours once we have taken it; those taken with it are made first.
const LEASE: SignedDuration = SignedDuration::from_mins(5);
/// How long making one may take.
const STEP: Duration = Duration::from_secs(60);
/// Letters taken at once. Each is made after the other.
const BATCH: u64 = 4;
/// The wait after the first try of a letter, and the longest one between two.
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(10);
const LONGEST_RETRY: SignedDuration = SignedDuration::from_mins(30);

/// Begins, until the process is told to stop.
pub fn start(services: &Arc<Services>) -> JoinHandle<()> {
    let services = services.clone();
    tokio::spawn(async move {
        if services.har_ledsagerbevis() {
            run(&services).await;
        }
    })
}

async fn run(services: &Services) {
    let mut stop = services.signaler.stopp.subscribe();
    while !*stop.borrow_and_update() {
        let taken = send_due(services).await.unwrap_or_else(|error| {
            tracing::error!(%error, "could not send letters with cards");
            0
        });
        if taken < BATCH {
            tokio::select! {
                () = services.signaler.kortbrev.notified() => {}
                () = sleep(POLL) => {}
                _ = stop.changed() => {}
            }
        }
    }
}

/// Takes letters that are due, and makes and lays them out. Returns how many were taken.
///
/// # Errors
/// When the database does not answer. A letter that fails is no error: it is tried again later.
pub async fn send_due(services: &Services) -> Result<u64> {
    let letters = services.ta_kortbrev(BATCH, LEASE).await?;
    for letter in &letters {
        send(services, letter).await;
    }
    Ok(letters.len() as u64)
}

async fn send(services: &Services, letter: &Kortbrevleie) {
    let brev = letter.brev.id;
    match timeout(STEP, services.send_kortbrev(letter)).await {
        Ok(Ok(Kortbrevutfall::Utlagt | Kortbrevutfall::Overtatt)) => return,
        Ok(Ok(Kortbrevutfall::IkkeSendt)) => {
            services.metrics().given_up.get_or_create(&KO).inc();
            tracing::warn!(%brev, "a letter with a card is not sent: a case worker must act");
            return;
        }
        Ok(Err(error)) => {
            tracing::warn!(%brev, forsok = letter.forsok, %error, "a letter with a card failed, trying again");
        }
        Err(_) => tracing::warn!(%brev, forsok = letter.forsok, "a letter with a card took too long, trying again"),
    }
    services.metrics().failed.get_or_create(&KO).inc();
    let at = services.clock.now().checked_add(backoff(letter.forsok)).unwrap_or(Timestamp::MAX);
    if let Err(error) = services.utsett_kortbrev(letter, at).await {
        // The lease runs out by itself.
        tracing::warn!(%brev, %error, "could not give the letter back");
    }
}

/// 10, 20, 40 … seconds, up to the longest.
fn backoff(attempt: u32) -> SignedDuration {
    let doubled = 1_i32.checked_shl(attempt.saturating_sub(1).min(10)).unwrap_or(1);
    FIRST_RETRY.checked_mul(doubled).unwrap_or(LONGEST_RETRY).min(LONGEST_RETRY)
}

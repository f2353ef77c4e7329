//! Sends text messages that are due. Runs beside the worker: a slow supplier must not hold up a report, nor a report a code
//! that somebody waits for.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{
    domain::{Result, Services, ledsagerbevis::Smsutfall},
    store::sms::Smsleie,
    system::metrics::Queue,
};

/// What text messages are called in figures.
const KO: Queue = Queue { queue: "sms" };
/// How often to look for messages that another node wrote, or whose time has come again.
const POLL: Duration = Duration::from_secs(2);
/// How long a message is ours once we have taken it.
const LEASE: SignedDuration = SignedDuration::from_mins(3);
/// How long sending one may take; more than `sms.http.timeout_seconds` may be, and less than the lease.
const STEP: Duration = Duration::from_secs(90);
/// Messages taken, and sent, at once.
const BATCH: u64 = 16;
/// The wait after the first try of a message, and the longest one between two.
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(5);
const LONGEST_RETRY: SignedDuration = SignedDuration::from_mins(15);

/// Begins to send, until the process is told to stop.
pub fn start(services: &Arc<Services>) -> JoinHandle<()> {
    let services = services.clone();
    tokio::spawn(async move {
        if services.sender_sms() {
            run(&services).await;
        }
    })
}

async fn run(services: &Services) {
    let mut stop = services.signaler.stopp.subscribe();
    while !*stop.borrow_and_update() {
        let taken = send_due(services).await.unwrap_or_else(|error| {
            tracing::error!(%error, "could not send text messages");
            0
        });
        if taken < BATCH {
            tokio::select! {
                () = services.signaler.sms.notified() => {}
                () = sleep(POLL) => {}
                _ = stop.changed() => {}
            }
        }
    }
}

/// Takes messages that are due and sends them. Returns how many were taken.
///
/// # Errors
/// When the database does not answer. What the supplier says is no error: the message is tried again later.
pub async fn send_due(services: &Services) -> Result<u64> {
    let messages = services.ta_sms(BATCH, LEASE).await?;
    join_all(messages.iter().map(|message| send(services, message))).await;
    Ok(messages.len() as u64)
}

async fn send(services: &Services, message: &Smsleie) {
    match timeout(STEP, services.send_sms(message)).await {
        Ok(Ok(Smsutfall::Sendt | Smsutfall::Frafalt | Smsutfall::Overtatt)) => return,
        Ok(Ok(Smsutfall::Igjen)) => {}
        Ok(Err(error)) => tracing::warn!(sms = %message.rad.id, %error, "a text message failed, trying again"),
        Err(_) => tracing::warn!(sms = %message.rad.id, "a text message took too long, trying again"),
    }
    services.metrics().failed.get_or_create(&KO).inc();
    let at = services.clock.now().checked_add(backoff(message.forsok)).unwrap_or(Timestamp::MAX);
    if let Err(error) = services.utsett_sms(message, at).await {
        // The lease runs out by itself.
        tracing::warn!(sms = %message.rad.id, %error, "could not give the text message back");
    }
}

/// 5, 10, 20 … seconds, up to the longest.
fn backoff(attempt: u32) -> SignedDuration {
    let doubled = 1_i32.checked_shl(attempt.saturating_sub(1).min(10)).unwrap_or(1);
    FIRST_RETRY.checked_mul(doubled).unwrap_or(LONGEST_RETRY).min(LONGEST_RETRY)
}

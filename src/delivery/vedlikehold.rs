//! What is done beside the real work, some rows at a time: finding what cards are found by, and sealing anew what an older
//! key has sealed.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinHandle, time::timeout};

use crate::domain::{
    Result, Services,
    ledsagerbevis::{Fremdrift, Runde},
};

/// The pause between two bunches, so that nobody notices.
const MELLOM: Duration = Duration::from_millis(20);
/// How often to look whether there is anything: another node may still have an older key first.
const IGJEN: Duration = Duration::from_secs(6 * 3600);
/// The wait after the database did not answer.
const ETTER_FEIL: Duration = Duration::from_secs(60);
/// How many are done between two lines in the log.
const LINJE: u64 = 10_000;

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
        let done = async {
            index(services, &mut stop).await?;
            reseal(services, &mut stop).await
        };
        let wait = match done.await {
            Ok(()) => IGJEN,
            Err(error) => {
                tracing::warn!(%error, "could not go on with what older cards need");
                ETTER_FEIL
            }
        };
        pause(&mut stop, wait).await;
    }
}

/// True when the process is to stop.
async fn pause(stop: &mut watch::Receiver<bool>, time: Duration) -> bool {
    timeout(time, stop.wait_for(|stop| *stop)).await.is_ok()
}

async fn index(services: &Services, stop: &mut watch::Receiver<bool>) -> Result<()> {
    let mut all = Fremdrift::default();
    loop {
        let before = all.indeksert / LINJE;
        let part = services.fyll_sokeindeks(all.neste).await?;
        all.indeksert += part.indeksert;
        all.feilet += part.feilet;
        all.neste = part.neste;
        if all.indeksert / LINJE > before {
            tracing::info!(indeksert = all.indeksert, "making cards searchable");
        }
        if part.neste.is_none() {
            break;
        }
        if pause(stop, MELLOM).await {
            return Ok(());
        }
    }
    if all.indeksert + all.feilet > 0 {
        tracing::info!(indeksert = all.indeksert, feilet = all.feilet, "all cards are searchable");
    }
    Ok(())
}

async fn reseal(services: &Services, stop: &mut watch::Receiver<bool>) -> Result<()> {
    if !services.har_eldre_nokler() {
        return Ok(());
    }
    let mut runde = Runde::default();
    loop {
        let before = runde.forseglet / LINJE;
        if !services.omforsegl(&mut runde).await? {
            break;
        }
        if runde.forseglet / LINJE > before {
            tracing::info!(forseglet = runde.forseglet, "sealing anew what an older key has sealed");
        }
        if pause(stop, MELLOM).await {
            return Ok(());
        }
    }
    if runde.feilet > 0 {
        tracing::error!(feilet = runde.feilet, "values that no key of ledsagerbevis.data_key_files opens");
    }
    tracing::info!(
        forseglet = runde.forseglet,
        "nothing that can be opened is sealed with an older key; `meldeport card keys` says which key files may go"
    );
    Ok(())
}

//! The ways to deliver. A channel does one step of one job and says how it went; retrying, giving up and leases are the
//! worker's.

use async_trait::async_trait;

use crate::{
    domain::{Result, Services, leveranse::Utfall},
    model::melding::Kanal,
    store::jobb::Jobb,
};

mod ko;
mod print;

/// One way to deliver.
#[async_trait]
pub trait Channel: Send + Sync {
    fn kanal(&self) -> Kanal;

    /// Does the job. An error means that it may succeed later; the worker tries again.
    /// What can never succeed, the channel says on the report itself: [`Utfall::Umulig`].
    async fn deliver(&self, services: &Services, jobb: &Jobb) -> Result<Utfall>;

    /// Ends a job that has failed as often as the operator allows, in a way that somebody sees. False, and the worker goes
    /// on trying, where there is nothing to give up: a report that waits to be fetched has its letter as the way out.
    async fn give_up(&self, _services: &Services, _jobb: &Jobb) -> Result<bool> {
        Ok(false)
    }
}

/// Every channel that this program has. A job for another one waits in the outbox until a version that knows it runs.
pub fn all() -> Vec<Box<dyn Channel>> {
    vec![
        Box::new(ko::Ko(Kanal::Fagsystem)),
        Box::new(ko::Ko(Kanal::Svarinn)),
        Box::new(ko::Ko(Kanal::ManuellMottak)),
        Box::new(print::Print),
    ]
}

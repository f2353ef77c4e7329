//! The ways to deliver. A channel does one step of one job and says how it went; retrying, giving up and leases are the
//! worker's.

use async_trait::async_trait;

use crate::{
    domain::{Result, Services, leveranse::Utfall},
    model::melding::Kanal,
    store::jobb::Jobb,
};

mod fagsystem;

/// One way to deliver.
#[async_trait]
pub trait Channel: Send + Sync {
    fn kanal(&self) -> Kanal;

    /// Does the job. An error means that it may succeed later; the worker tries again.
    async fn deliver(&self, services: &Services, jobb: &Jobb) -> Result<Utfall>;
}

/// Every channel that this program has. A job for another one waits in the outbox until a version that knows it runs.
pub fn all() -> Vec<Box<dyn Channel>> {
    vec![Box::new(fagsystem::Fagsystem)]
}

//! Queues that an office takes its reports from itself. Nothing leaves this process: the step makes the report visible
//! in the channel that the office has chosen.

use async_trait::async_trait;

use super::Channel;
use crate::{
    domain::{Result, Services, leveranse::Utfall},
    model::melding::Kanal,
    store::jobb::Jobb,
};

/// Jobs of one such channel. Which channel the report is handed over in is the office's choice at that moment, so a job
/// that was written for another one is done all the same.
#[derive(Debug)]
pub struct Ko(pub Kanal);

#[async_trait]
impl Channel for Ko {
    fn kanal(&self) -> Kanal {
        self.0
    }

    async fn deliver(&self, services: &Services, jobb: &Jobb) -> Result<Utfall> {
        services.overlever(jobb).await
    }
}

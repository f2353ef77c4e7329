//! Letters. A job of this channel waits in the outbox from the moment that the report is handed over, and is due when
//! the deadline has passed or the office's system could not take the report.

use async_trait::async_trait;

use super::Channel;
use crate::{
    domain::{Result, Services, leveranse::Utfall},
    model::melding::Kanal,
    store::jobb::Jobb,
};

#[derive(Debug)]
pub struct Print;

#[async_trait]
impl Channel for Print {
    fn kanal(&self) -> Kanal {
        Kanal::Print
    }

    async fn deliver(&self, services: &Services, jobb: &Jobb) -> Result<Utfall> {
        services.skriv_ut(jobb).await
    }

    async fn give_up(&self, services: &Services, jobb: &Jobb) -> Result<bool> {
        services.gi_opp_brev(jobb).await
    }
}

//! The queue from which a municipality's own system fetches its reports. Nothing leaves this process: the step makes
//! the report visible to the municipality.

use async_trait::async_trait;

use super::Channel;
use crate::{
    domain::{Result, Services, leveranse::Utfall},
    model::melding::Kanal,
    store::jobb::Jobb,
};

#[derive(Debug)]
pub struct Fagsystem;

#[async_trait]
impl Channel for Fagsystem {
    fn kanal(&self) -> Kanal {
        Kanal::Fagsystem
    }

    async fn deliver(&self, services: &Services, jobb: &Jobb) -> Result<Utfall> {
        services.overlever(jobb).await
    }
}

//! Sealed content on its way out, which is in memory for as long as its receiver reads: so all of it together has an end.

use super::{Result, Services};
use crate::{
    model::{Feil, Feilkode},
    store::melding::Part,
    system::room::Place,
};

/// Seconds after which there may be room for content that found none.
const KOM_TILBAKE: u64 = 5;

impl Services {
    /// Room for content that `til` is about to get; ask before reading it.
    ///
    /// # Errors
    /// 503 with `Retry-After` when there was none for too long.
    pub(super) async fn plass(&self, til: Part, storrelse: u64) -> Result<Place> {
        let plass = self.utlevering.take(til, storrelse).await;
        let plass = plass.ok_or_else(|| {
            tracing::warn!(?til, storrelse, "no room in memory for content on its way out");
            Feil::from(Feilkode::Utilgjengelig).vent(KOM_TILBAKE)
        });
        Ok(plass?)
    }
}

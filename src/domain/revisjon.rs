//! Writing down who changed or read what, in the transaction that does it.

use serde_json::Value;
use uuid::Uuid;

use super::Services;
use crate::model::{
    FiksOrgId,
    revisjon::{Aktor, Revisjon},
};

impl Services {
    /// An entry that is still to be written. `handling` is the `operationId` of what was done.
    pub(in crate::domain) fn revisjon(
        &self,
        aktor: Aktor,
        organisasjon: Option<FiksOrgId>,
        handling: &'static str,
        objekt: Option<Uuid>,
    ) -> Revisjon {
        Revisjon {
            id: self.ids.uuid(),
            tidspunkt: self.clock.now(),
            aktor,
            organisasjon,
            handling: handling.to_owned(),
            objekt,
            for_endring: None,
            etter_endring: None,
        }
    }
}

impl Revisjon {
    /// The same entry, for a change. Neither value may hold a secret or a person's name or number.
    #[must_use]
    pub(in crate::domain) fn endring(self, before: Option<Value>, after: Option<Value>) -> Self {
        Self { for_endring: before, etter_endring: after, ..self }
    }
}

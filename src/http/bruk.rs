//! Which integration a call is by, found out on the way in and counted on the way out. Travels with the request: only the
//! extractors of credentials learn who calls, and only the answer knows the operation.

use std::sync::{Arc, OnceLock};

use poem::Request;

use crate::{domain::Services, model::IntegrasjonId, versions::Versjonert};

#[derive(Debug, Clone, Default)]
pub struct Kaller(Arc<OnceLock<IntegrasjonId>>);

impl Kaller {
    /// Goes along with a request.
    pub fn follow(request: &mut Request) -> Self {
        let kaller = Self::default();
        request.set_data(kaller.clone());
        kaller
    }

    /// An integration has shown who it is.
    pub fn known(request: &Request, integrasjon: IntegrasjonId) {
        if let Some(kaller) = request.data::<Self>() {
            // A call is by one.
            let _ = kaller.0.set(integrasjon);
        }
    }

    /// Who has shown who it is; `None` before that, and in a call without an integration.
    pub fn integrasjon(&self) -> Option<IntegrasjonId> {
        self.0.get().copied()
    }

    /// Counts the call, if it was by an integration and of an operation.
    pub fn count(&self, services: &Services, version: Option<Versjonert>, operation: Option<&'static str>) {
        if let (Some(integrasjon), Some(version), Some(operation)) = (self.0.get(), version, operation) {
            services.tell_bruk(*integrasjon, version, operation);
        }
    }
}

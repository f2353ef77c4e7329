//! Alive and ready, for whoever runs us. No credentials, and nothing to learn from the answers.

use std::sync::Arc;

use poem::{Route, get, handler, http::StatusCode, web::Data};

use crate::domain::Services;

pub fn mount(route: Route) -> Route {
    route.at("/health/live", get(live)).at("/health/ready", get(ready))
}

/// The process runs.
#[handler]
fn live() -> &'static str {
    "ok"
}

/// The database answers and has the right schema, and we are not about to stop.
#[handler]
async fn ready(services: Data<&Arc<Services>>) -> (StatusCode, &'static str) {
    if *services.signaler.stopp.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    match services.store.ping().await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "database")
        }
    }
}

//! Alive and ready, for whoever runs us. No credentials, and nothing to learn from the answers.

use std::sync::Arc;

use poem::{Route, get, handler, http::StatusCode, web::Data};

use crate::domain::{Services, drift::Beredskap};

pub fn mount(route: Route) -> Route {
    route.at("/health/live", get(live)).at("/health/ready", get(ready))
}

/// The process runs.
#[handler]
fn live() -> &'static str {
    "ok"
}

/// The database answers and has the right schema, and we are not about to stop. If not, which of these it is.
#[handler]
async fn ready(services: Data<&Arc<Services>>) -> (StatusCode, &'static str) {
    let why = match services.beredskap().await {
        Beredskap::Klar => return (StatusCode::OK, "ok"),
        Beredskap::Stopper => "stopping",
        Beredskap::Skjema => "schema",
        Beredskap::Database => "database",
    };
    (StatusCode::SERVICE_UNAVAILABLE, why)
}

//! What those who run the gateway ask it for, on a socket of its own: figures, and whether it is well. Nobody is asked who
//! it is, so the socket is for those who may reach it.

use std::sync::Arc;

use poem::{EndpointExt as _, Response, Route, endpoint::BoxEndpoint, get, handler, http::StatusCode, web::Data};

use super::{health, vern};
use crate::{domain::Services, system::Metrics};

pub fn app(services: Arc<Services>) -> BoxEndpoint<'static, Response> {
    let route = health::mount(Route::new().at("/metrics", get(metrics)));
    let route = route.data(services).map_to_response().map(|mut response: Response| async move {
        vern::protect(&mut response, false);
        response
    });
    route.boxed()
}

#[handler]
async fn metrics(services: Data<&Arc<Services>>) -> Response {
    match services.malinger().await {
        Ok(text) => Response::builder().content_type(Metrics::CONTENT_TYPE).body(text),
        Err(error) => {
            tracing::error!(%error, "no figures could be written");
            Response::builder().status(StatusCode::INTERNAL_SERVER_ERROR).finish()
        }
    }
}

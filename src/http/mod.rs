//! The public face: parse, find out who calls, hand over to the domain, answer. No rule lives here and nothing here
//! knows the database.

use std::sync::Arc;

use poem::{EndpointExt as _, Response, Route, endpoint::BoxEndpoint};

use crate::{
    domain::Services,
    system::{RoomSettings, metrics::Body},
    versions::Versjonert,
};

pub mod bekymringsmelding;
mod body;
mod bruk;
mod cached;
mod content;
mod credentials;
mod docs;
mod edge;
mod fiksio_manuell;
mod health;
mod idempotency;
mod ledsagerbevis;
mod ledsagerbevis_konfigurasjon;
mod livslop;
mod lommebok;
pub mod metrics;
mod multipart;
pub mod operations;
mod optional_body;
mod print;
mod problem;
mod public_url;
mod publish;
mod rapport;
mod ratelimit;
mod skjema_body;
mod skjemaer;
pub mod spec;
mod svarinn_mottak;
mod vern;
mod versjoner;
mod wire;

pub use docs::{Part, Utproving};
pub use rapport::Rapport;
pub use ratelimit::{AddressLimiter, LoginSettings, RateSettings};

/// What the operator may choose about the public face.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Where callers reach us, without a final slash; shown in documents.
    pub public_url: Option<String>,
    pub rate: RateSettings,
    pub innlogging: LoginSettings,
    pub bodies: RoomSettings,
    /// What the portal lets a newcomer try; `None` everywhere but in a sandbox.
    pub utproving: Option<Utproving>,
}

/// Everything that is served, for all versions side by side. `extra` is the sandbox's part, or nothing.
pub fn app(services: Arc<Services>, settings: &HttpSettings, extra: Option<Route>) -> BoxEndpoint<'static, Response> {
    let mut route = extra.unwrap_or_default();
    for service in Versjonert::ALL {
        route = route.nest(service.prefix(), publish::endpoint(service));
    }
    route = docs::mount(route, settings);
    route = skjemaer::mount(route);
    route = versjoner::mount(route);
    route = lommebok::mount(route);
    route = health::mount(route);
    let limiter = Arc::new(ratelimit::RateLimiter::new(&settings.rate));
    let logins = Arc::new(ratelimit::LoginLimiter::new(&settings.innlogging));
    let public_url = public_url::PublicUrl(settings.public_url.clone());
    let tls = settings.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
    let taken = services.metrics().bodies.get_or_create_owned(&Body { body: "request" });
    let bodies = body::Room::new(&settings.bodies, taken);
    let edge = edge::Edge::new(services.clone(), ratelimit::Calls::new(&settings.innlogging), bodies, tls);
    route.data(services).data(limiter).data(logins).data(public_url).with(edge).map_to_response().boxed()
}

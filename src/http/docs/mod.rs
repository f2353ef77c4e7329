//! The developer portal: what a vendor needs, served by the program itself and without anything from elsewhere.
//!
//! - `/`: services, versions, first steps, forms ([`portal`]); in a sandbox also a way to try it ([`utproving`]).
//! - `/feilkoder`: every `errorCode`, for programs as JSON and for people as a page ([`feilkoder`]).
//! - `/endringer/<service>`: what is new in it ([`endringer`]).
//! - `/docs/<name>`: Swagger UI for one document ([`swagger`]).
//! - `/openapi/<name>.json` and `.3.1.json`: the documents.
//! - `/kontroll`: the page that checks a companion card ([`kontroll`]).
//!
//! What it says stands in [`tekst`] and in the catalogue's files, one for each language; how it looks, in `assets`.

use std::sync::Arc;

use poem::{
    Endpoint, EndpointExt as _, IntoResponse, Response, Route,
    endpoint::make_sync,
    get,
    http::{HeaderMap, HeaderName, HeaderValue, header},
};
use serde_json::Value;

use self::feilkoder::Katalog;
use super::{
    HttpSettings,
    cached::respond,
    spec::{self, Utgave},
};
use crate::versions::Versjonert;

mod endringer;
mod feilkoder;
mod kontroll;
mod portal;
mod ramme;
mod sprak;
mod swagger;
mod tekst;
mod utproving;

pub use utproving::{Part, Utproving};

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
/// Asked for each time, and sent again only when the program has a new one.
const ASSET_CACHE: &str = "no-cache";

/// What the pages are made of.
#[derive(Debug)]
struct Innhold {
    katalog: Katalog,
    /// What only a sandbox has.
    utproving: Option<Utproving>,
}

pub fn mount(mut route: Route, settings: &HttpSettings) -> Route {
    let mut documents = Vec::new();
    let mut versions = Vec::new();
    for version in Versjonert::ALL {
        // A document that cannot be made is found by the tests; a gateway that delivers reports must start all the same.
        let Ok(document) = spec::document(version, Utgave::V30) else { continue };
        documents.extend(serde_json::from_str::<Value>(&document).map(|parsed| (version, parsed)));
        route = route.at(Utgave::V30.address(version), get(json(document)));
        if let Ok(document) = spec::document(version, Utgave::V31) {
            route = route.at(Utgave::V31.address(version), get(json(document)));
        }
        versions.push(version);
    }
    let utproving = settings.utproving.clone();
    route = kontroll::mount(swagger::mount_assets(route));
    route = route
        .at("/portal/portal.css", get(asset(include_str!("assets/portal.css"), CSS)))
        .at("/portal/ikon.svg", get(asset(include_str!("assets/ikon.svg"), "image/svg+xml")));
    if utproving.is_some() {
        route = route.at("/portal/prov.js", get(asset(include_str!("assets/prov.js"), SCRIPT)));
    }
    let innhold = Arc::new(Innhold { katalog: Katalog::new(&documents), utproving });
    for version in versions.iter().copied() {
        route = route.at(format!("/docs/{}", version.name()), get(swagger::Page(version, innhold.clone())));
        // A service has one page, whatever versions it has.
        if versions.iter().find(|other| other.tjeneste() == version.tjeneste()) == Some(&version) {
            route = route.at(endringer::address(version), get(endringer::Page(version, innhold.clone())));
        }
    }
    route
        .at("/", get(portal::page).data(innhold.clone()))
        .at("/feilkoder", get(feilkoder::catalogue).data(innhold.clone()))
        .at("/feilkoder.json", get(feilkoder::for_programs).data(innhold))
}

/// What a page may load and do.
#[derive(Debug, Clone, Copy)]
enum Policy {
    /// Our style and icon, and no script at all.
    Read,
    /// Also our scripts, which may call this host.
    Script,
}

impl Policy {
    const fn text(self) -> &'static str {
        match self {
            Self::Read => {
                "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
                 frame-ancestors 'none'"
            }
            // Swagger UI draws its arrows from data: addresses in its style. It sets styles from its script by the DOM,
            // which needs no 'unsafe-inline'.
            Self::Script => {
                "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                 base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            }
        }
    }
}

/// An HTML page, with all that keeps it to itself.
fn html(markup: maud::Markup, policy: Policy) -> Response {
    let mut response = poem::web::Html(markup.into_string()).into_response();
    let headers: &mut HeaderMap = response.headers_mut();
    let mut set = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_SECURITY_POLICY, policy.text());
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    response
}

/// A file of the portal's.
fn asset(content: &str, kind: &'static str) -> impl Endpoint<Output = Response> + use<> {
    let content = content.to_owned();
    let tag = hex::encode(crate::crypto::sha256(content.as_bytes()));
    make_sync(move |request| respond(&request, content.clone(), kind, &tag, ASSET_CACHE))
}

fn json(document: String) -> impl Endpoint<Output = Response> {
    make_sync(move |_| Response::builder().content_type("application/json").body(document.clone()))
}

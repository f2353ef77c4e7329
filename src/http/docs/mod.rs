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

use std::sync::{Arc, OnceLock};

use poem::{
    Endpoint, EndpointExt as _, IntoResponse, Response, Route,
    endpoint::make_sync,
    get,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
};

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

/// What the pages are made of, besides what the program always has.
#[derive(Debug)]
struct Innhold {
    /// What only a sandbox has.
    utproving: Option<Utproving>,
}

pub fn mount(mut route: Route, settings: &HttpSettings) -> Route {
    let utproving = settings.utproving.clone();
    route = kontroll::mount(swagger::mount_assets(route));
    route = route
        .at("/portal/portal.css", get(asset(|| include_str!("assets/portal.css"), CSS)))
        .at("/portal/ikon.svg", get(asset(|| include_str!("assets/ikon.svg"), "image/svg+xml")));
    if utproving.is_some() {
        route = route.at("/portal/prov.js", get(asset(|| include_str!("assets/prov.js"), SCRIPT)));
    }
    let innhold = Arc::new(Innhold { utproving });
    for version in Versjonert::ALL {
        for utgave in Utgave::ALL {
            route = route.at(utgave.address(version), get(document(version, utgave)));
        }
        route = route.at(format!("/docs/{}", version.name()), get(swagger::Page(version, innhold.clone())));
        // A service has one page, whatever versions it has.
        if Versjonert::ALL.iter().find(|other| other.tjeneste() == version.tjeneste()) == Some(&version) {
            route = route.at(endringer::address(version), get(endringer::Page(version, innhold.clone())));
        }
    }
    route
        .at("/", get(portal::page).data(innhold.clone()))
        .at("/feilkoder", get(feilkoder::catalogue).data(innhold.clone()))
        .at("/feilkoder.json", get(feilkoder::for_programs))
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
fn asset<F>(content: F, kind: &'static str) -> impl Endpoint<Output = Response> + use<F>
where
    F: Fn() -> &'static str + Send + Sync + 'static,
{
    let tag = OnceLock::new();
    make_sync(move |request| {
        let tag = tag.get_or_init(|| hex::encode(crate::crypto::sha256(content().as_bytes())));
        respond(&request, content(), kind, tag, ASSET_CACHE)
    })
}

fn document(version: Versjonert, utgave: Utgave) -> impl Endpoint<Output = Response> {
    make_sync(move |_| match spec::published(version, utgave) {
        Some(document) => Response::builder().content_type("application/json").body(document),
        // Which a test excludes; a gateway that delivers reports must run all the same.
        None => StatusCode::NOT_FOUND.into(),
    })
}

//! The page with which a companion card is checked at a door, with no network once it has been opened. It asks nothing of
//! this gateway: its files may as well lie on any other host.

use poem::{
    Endpoint, EndpointExt as _, IntoResponse as _, Response, Route, get,
    http::{HeaderValue, header},
    web::Redirect,
};

use super::{CSS, SCRIPT, asset};

/// Where the page is.
pub const ADDRESS: &str = "/kontroll/kontroll.html";
const HTML: &str = "text/html; charset=utf-8";
/// What the page's own policy says, and that its service worker may fetch the page's files anew.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; worker-src 'self'; \
     media-src blob: mediastream:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

pub fn mount(route: Route) -> Route {
    route
        .at("/kontroll", get(poem::endpoint::make_sync(|_| Redirect::temporary(ADDRESS).into_response())))
        .at(ADDRESS, get(file(include_str!("assets/kontroll/kontroll.html"), HTML)))
        .at("/kontroll/kontroll.css", get(file(include_str!("assets/kontroll/kontroll.css"), CSS)))
        .at("/kontroll/kontroll.js", get(file(include_str!("assets/kontroll/kontroll.js"), SCRIPT)))
        .at("/kontroll/kort.js", get(file(include_str!("assets/kontroll/kort.js"), SCRIPT)))
        .at("/kontroll/ord.js", get(file(include_str!("assets/kontroll/ord.js"), SCRIPT)))
        .at("/kontroll/sw.js", get(file(include_str!("assets/kontroll/sw.js"), SCRIPT)))
}

fn file(content: &'static str, kind: &'static str) -> impl Endpoint<Output = Response> {
    asset(move || content, kind).map(|mut response: Response| async move {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
        response
    })
}

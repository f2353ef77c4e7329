//! Documentation, served by the program itself and without anything from elsewhere.

use poem::{
    Endpoint, EndpointExt as _, IntoResponse, Response, Route, endpoint::make_sync, get, http::header, web::Html,
};
use poem_openapi::OpenApiService;

use super::spec::{self, Utgave};
use crate::versions::Versjonert;

/// Scripts and styles come from the page itself, and nothing may be loaded from or sent to another host.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const PORTAL: &str = include_str!("docs/portal.html");

pub fn mount(mut route: Route, public_url: Option<&str>) -> Route {
    let base = public_url.unwrap_or_default();
    let mut rows = String::new();
    for version in Versjonert::ALL {
        let name = version.name();
        // A document that cannot be made is found by the tests; a gateway that delivers reports must start all the same.
        let Ok(document) = spec::document(version, Utgave::V30) else { continue };
        let manifest = version.manifest();
        rows.push_str(&format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td><code>{base}{}</code></td>\
             <td><a href=\"/docs/{name}\">Les og prøv</a></td><td><a href=\"/openapi/{name}.json\">OpenAPI</a></td></tr>",
            version.title(),
            manifest.version,
            version.prefix(),
        ));
        route = route.at(format!("/docs/{name}"), get(page(swagger(&document))));
        route = route.at(Utgave::V30.address(version), get(json(document)));
        if let Ok(document) = spec::document(version, Utgave::V31) {
            route = route.at(Utgave::V31.address(version), get(json(document)));
        }
    }
    route.at("/", get(page(PORTAL.replace("<!--versions-->", &rows))))
}

/// Swagger UI with a document of ours in place of the one that it was made with.
fn swagger(document: &str) -> String {
    let shell = OpenApiService::new((), "Meldeport", "1");
    // The document stands inside a script: nothing in it may end that.
    shell.swagger_ui_html().replacen(&shell.spec(), &document.replace("</", "<\\/"), 1)
}

fn page(html: String) -> impl Endpoint<Output = Response> {
    make_sync(move |_| Html(html.clone()).into_response()).after(|response| async move {
        response.map(|response: Response| response.with_header(header::CONTENT_SECURITY_POLICY, POLICY).into_response())
    })
}

fn json(document: String) -> impl Endpoint<Output = Response> {
    make_sync(move |_| Response::builder().content_type("application/json").body(document.clone()))
}

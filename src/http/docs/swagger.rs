//! Swagger UI for each document. poem-openapi carries it as one page with everything inline; here its script and its style
//! are files, so that the page needs no 'unsafe-inline'.

use std::sync::{Arc, LazyLock};

use maud::{DOCTYPE, html};
use poem::{Endpoint, Request, Response, Result, Route, get, http::HeaderValue, http::header};
use poem_openapi::OpenApiService;

use super::{CSS, Innhold, Policy, SCRIPT, asset, html as respond, ramme::head, sprak::Valg};
use crate::versions::Versjonert;

/// The page of one document.
#[derive(Debug)]
pub struct Page(pub Versjonert, pub Arc<Innhold>);

/// poem-openapi's page, taken apart when somebody first looks at it.
static WHOLE: LazyLock<String> = LazyLock::new(|| OpenApiService::new((), "Meldeport", "1").swagger_ui_html());

pub fn mount_assets(route: Route) -> Route {
    let style = || between(&WHOLE, "<style charset=\"UTF-8\">", "</style>");
    let script = || between(&WHOLE, "<script charset=\"UTF-8\">", "</script>");
    route
        .at("/portal/swagger-ui.css", get(asset(style, CSS)))
        .at("/portal/swagger-ui.js", get(asset(script, SCRIPT)))
        .at("/portal/swagger.css", get(asset(|| include_str!("assets/swagger.css"), CSS)))
        .at("/portal/swagger.js", get(asset(|| include_str!("assets/swagger.js"), SCRIPT)))
}

/// Empty where the page is made otherwise than we know, which a test would find.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let inside = text.split_once(start).and_then(|(_, rest)| rest.split_once(end));
    inside.map_or("", |(inside, _)| inside)
}

impl Endpoint for Page {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let valg = Valg::of(&request);
        let Self(version, innhold) = self;
        let tekst = valg.sprak.tekst();
        let om = valg.sprak.tjeneste(*version);
        let document = format!("/openapi/{}.json", version.name());
        let title = format!("{} – {}", om.tittel, tekst.dokumentasjon);
        let page = html! {
            (DOCTYPE)
            html lang=(valg.sprak.tag()) {
                (head(&title, om.tekst, &["/portal/swagger-ui.css", "/portal/portal.css", "/portal/swagger.css"], None))
                body.swagger {
                    a.hopp href="#innhold" { (tekst.hopp) }
                    header.topp {
                        div.bredde {
                            a.merke href=(valg.link("/")) { "← " (tekst.forside) }
                            @if let Some(utproving) = &innhold.utproving {
                                label for="som" { (tekst.prov.som) }
                                select #som autocomplete="off" data-token=(utproving.token) {
                                    @for part in &utproving.parter {
                                        option value=(part.id) data-id=(part.integrasjon_id) data-passord=(part.passord.expose())
                                            selected[part.id == who(*version)] {
                                            (valg.sprak.rolle(part.id).unwrap_or(&part.navn))
                                        }
                                    }
                                    option value="" selected[who(*version).is_empty()] { (tekst.prov.ingen) }
                                }
                            }
                        }
                    }
                    main #innhold tabindex="-1" {
                        div.bredde { h1 { (tekst.dokumentasjon) } p { (tekst.swagger_ingress) } }
                        noscript { div.bredde { p.merk { (tekst.swagger_uten_script) " " a href=(document) { (document) } } } }
                        div #ui lang="nb" data-dokument=(document) {}
                    }
                    script src="/portal/swagger-ui.js" {}
                    script src="/portal/swagger.js" {}
                }
            }
        };
        let mut response = respond(page, Policy::Script);
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Language"));
        Ok(response)
    }
}

/// Whom a newcomer is, to begin with, in a sandbox.
fn who(version: Versjonert) -> &'static str {
    match version {
        Versjonert::BekymringsmeldingV1 | Versjonert::BekymringsmeldingV2 => "skole",
        Versjonert::PrintV1 => "utskrift",
        Versjonert::FiksIoManuellV1 | Versjonert::LedsagerbevisV1 | Versjonert::LedsagerbevisKonfigurasjonV1 => {
            "kommune"
        }
        Versjonert::SvarinnMottakV1 => "",
    }
}

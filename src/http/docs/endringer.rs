//! What is new in a service, for those who have made something with it: its `CHANGES.md`, as a page.
//!
//! pulldown-cmark, because the logs are written in CommonMark, and it is the parser that rustdoc itself uses.

use std::sync::Arc;

use maud::{PreEscaped, html};
use poem::{Endpoint, Request, Response, Result};
use pulldown_cmark::{Event, Options, Parser};

use super::{Innhold, Policy, ramme::Side, sprak::Valg};
use crate::versions::Versjonert;

/// Where the changes of a version's service are told.
pub fn address(version: Versjonert) -> String {
    format!("/endringer/{}", version.tjeneste())
}

fn text(version: Versjonert) -> &'static str {
    match version {
        Versjonert::BekymringsmeldingV1 | Versjonert::BekymringsmeldingV2 => {
            include_str!("../../../versions/bekymringsmelding/CHANGES.md")
        }
        Versjonert::PrintV1 => include_str!("../../../versions/print/CHANGES.md"),
        Versjonert::FiksIoManuellV1 => include_str!("../../../versions/fiksio-manuell/CHANGES.md"),
        Versjonert::SvarinnMottakV1 => include_str!("../../../versions/bekymringsmelding-svarinn-mottak/CHANGES.md"),
        Versjonert::LedsagerbevisV1 => include_str!("../../../versions/ledsagerbevis/CHANGES.md"),
        Versjonert::LedsagerbevisKonfigurasjonV1 => {
            include_str!("../../../versions/ledsagerbevis-konfigurasjon/CHANGES.md")
        }
    }
}

/// The page of the service that this is a version of.
#[derive(Debug)]
pub struct Page(pub Versjonert, pub Arc<Innhold>);

impl Endpoint for Page {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let Self(version, innhold) = self;
        let valg = Valg::of(&request);
        let path = address(*version);
        let tittel = format!("{} {}", valg.sprak.tekst().endringer, version.tjeneste());
        // A page is text: markup in a log is shown, not obeyed.
        let events = Parser::new_ext(text(*version), Options::ENABLE_TABLES).map(|event| match event {
            Event::Html(markup) | Event::InlineHtml(markup) => Event::Text(markup),
            other => other,
        });
        let mut log = String::new();
        pulldown_cmark::html::push_html(&mut log, events);
        let body = html! { article.logg lang="nb" { (PreEscaped(log)) } };
        Ok(Side { path: &path, tittel: &tittel, policy: Policy::Read, script: None }.render(valg, innhold, &body))
    }
}

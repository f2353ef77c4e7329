//! What stands round every page: head, skip link, menu, language and foot.
//!
//! maud, because a page is then checked by the compiler, values cannot be put in without being escaped, and there is no
//! second language of templates to learn.

use maud::{DOCTYPE, Markup, html};
use poem::Response;

use super::{
    Innhold, Policy, html as respond, kontroll,
    sprak::{Sprak, Valg},
};

pub struct Side<'a> {
    /// Without a query.
    pub path: &'a str,
    pub tittel: &'a str,
    pub policy: Policy,
    /// A file of the portal's.
    pub script: Option<&'static str>,
}

impl Side<'_> {
    pub fn render(&self, valg: Valg, innhold: &Innhold, body: &Markup) -> Response {
        let tekst = valg.sprak.tekst();
        let page = html! {
            (DOCTYPE)
            html lang=(valg.sprak.tag()) {
                (head(self.tittel, tekst.beskrivelse, &["/portal/portal.css"], self.script))
                body {
                    a.hopp href="#innhold" { (tekst.hopp) }
                    header.topp {
                        div.bredde {
                            a.merke href=(valg.link("/")) { (logo()) "Meldeport" }
                            nav aria-label=(tekst.meny) {
                                ul {
                                    li { a href=(valg.link("/#tjenester")) { (tekst.meny_tjenester) } }
                                    li { a href=(valg.link("/#kom-i-gang")) { (tekst.meny_kom_i_gang) } }
                                    @if innhold.utproving.is_some() {
                                        li { a href=(valg.link("/#prov")) { (tekst.prov.tittel) } }
                                    }
                                    li {
                                        a href=(valg.link("/feilkoder")) aria-current=[(self.path == "/feilkoder").then_some("page")] {
                                            (tekst.feilkoder.tittel)
                                        }
                                    }
                                    @for other in Sprak::ALL.into_iter().filter(|other| *other != valg.sprak) {
                                        li.sprak {
                                            a href=(format!("{}?lang={}", self.path, other.tag())) lang=(other.tag()) hreflang=(other.tag()) rel="alternate" {
                                                (other.tekst().sprak)
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                    @if innhold.utproving.is_some() {
                        aside.demo aria-label="Demo" { div.bredde { p { (tekst.demo) } } }
                    }
                    main #innhold tabindex="-1" { div.bredde { (body) } }
                    footer.bunn { div.bredde { p { a href=(kontroll::ADDRESS) { (tekst.kontroll) } } p { (tekst.bunn) } } }
                }
            }
        };
        respond(page, self.policy)
    }
}

pub fn head(tittel: &str, beskrivelse: &str, styles: &[&str], script: Option<&str>) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="description" content=(beskrivelse);
            title { (tittel) @if !tittel.starts_with("Meldeport") { " – Meldeport" } }
            link rel="icon" href="/portal/ikon.svg" type="image/svg+xml";
            @for style in styles { link rel="stylesheet" href=(style); }
            @if let Some(script) = script { script src=(script) defer {} }
        }
    }
}

/// A sealed letter in a gate.
fn logo() -> Markup {
    html! {
        svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false" {
            path d="M4.5 28V15.5a11.5 11.5 0 0 1 23 0V28" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" {}
            rect x="9.5" y="15" width="13" height="9.5" rx="1.5" fill="currentColor" {}
            path.klaff d="M11 17l5 3.7 5-3.7" fill="none" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" {}
        }
    }
}

/// Text in which words between backticks are code.
pub fn prose(text: &str) -> Markup {
    html! {
        @for (at, part) in text.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// Lines to copy into a terminal. Can be reached by the keyboard, for it may have to be scrolled.
pub fn terminal(navn: &str, lines: &str) -> Markup {
    html! { pre.terminal tabindex="0" role="region" aria-label=(navn) { code { (lines) } } }
}

//! The catalogue as a page.

use maud::{Markup, html};
use poem::Response;

use super::{Innhold, KATALOG, Katalog, Kilde, Kode, en, nb};
use crate::{
    http::docs::{
        Policy,
        ramme::{Side, prose},
        sprak::{Sprak, Valg},
        tekst::Tekst,
    },
    versions::Versjonert,
};

pub fn page(valg: Valg, innhold: &Innhold) -> Response {
    let tekst = valg.sprak.tekst();
    let groups = groups(&KATALOG);
    let body = html! {
        header.ingress {
            h1 { (tekst.feilkoder.tittel) }
            p.stor { (prose(tekst.feilkoder.tekst)) }
            p { a href="/feilkoder.json" type="application/json" { (tekst.feilkoder_json) } }
        }
        nav.innhold aria-label=(tekst.innhold) {
            ul {
                @for (prefix, codes) in &groups {
                    li { a href=(format!("#{prefix}")) { (title(valg.sprak, prefix)) } " " span.antall { (codes.len()) } }
                }
            }
        }
        @for (prefix, codes) in &groups {
            section aria-labelledby=(prefix) {
                h2 id=(prefix) { (title(valg.sprak, prefix)) }
                @for (kode, kilder) in codes { (entry(valg, tekst, **kode, kilder)) }
            }
        }
    };
    let side = Side { path: "/feilkoder", tittel: tekst.feilkoder.tittel, policy: Policy::Read, script: None };
    side.render(valg, innhold, &body)
}

type Group<'a> = (&'static str, Vec<(&'a Kode, &'a [Kilde])>);

fn groups(katalog: &Katalog) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (kode, kilder) in &katalog.koder {
        match groups.last_mut() {
            Some((prefix, group)) if *prefix == kode.prefix() => group.push((kode, kilder)),
            _ => groups.push((kode.prefix(), vec![(kode, kilder)])),
        }
    }
    groups
}

/// A group that has no name yet goes by its own.
fn title(sprak: Sprak, prefix: &'static str) -> &'static str {
    let name = match sprak {
        Sprak::Nb => nb::gruppe(prefix),
        Sprak::En => en::gruppe(prefix),
    };
    name.unwrap_or(prefix)
}

fn entry(valg: Valg, tekst: &Tekst, kode: Kode, kilder: &[Kilde]) -> Markup {
    let forklaring = kode.forklar(valg.sprak);
    let code = kode.code();
    html! {
        article.feil id=(code) {
            h3 {
                a href=(format!("#{code}")) { code { (code) } }
                " " span.status-kode { (kode.status().as_str()) " " span lang="en" { (kode.status().canonical_reason().unwrap_or_default()) } }
            }
            dl {
                div { dt { (tekst.betyr) } dd { (forklaring.betyr) } }
                div { dt { (tekst.gjor) } dd { (forklaring.gjor) } }
                div { dt { (tekst.hvor) } dd { (sources(valg, tekst, kilder)) } }
            }
        }
    }
}

fn sources(valg: Valg, tekst: &Tekst, kilder: &[Kilde]) -> Markup {
    let everywhere = kilder.iter().filter(|kilde| !matches!(kilde, Kilde::Noen(..))).count();
    html! {
        @if everywhere == Versjonert::ALL.len() {
            (tekst.alle_tjenester)
        } @else if kilder.is_empty() {
            (tekst.ingen_operasjon)
        } @else {
            ul.kilder {
                @for kilde in kilder {
                    li {
                        a href=(valg.link(&format!("/docs/{}", kilde.version().name()))) { (valg.sprak.tjeneste(kilde.version()).tittel) }
                        @match kilde {
                            Kilde::Noen(_, operations) => {
                                @if operations.len() > 4 {
                                    details {
                                        summary { (operations.len()) " " (tekst.operasjoner) }
                                        @for operation in operations { code { (operation) } " " }
                                    }
                                } @else {
                                    ": " @for operation in operations { code { (operation) } " " }
                                }
                            }
                            Kilde::Alle(_) | Kilde::Ukjent(_) => { ": " (tekst.alle_operasjoner) }
                        }
                    }
                }
            }
        }
    }
}

//! What a newcomer can try on the front page, where the gateway is a sandbox: somebody to be, and a report to send.
//! `serve` has none of it: it never makes a [`Utproving`].

use std::sync::Arc;

use maud::{Markup, html};

use super::{
    ramme::prose,
    tekst::{Avsnitt, Tekst},
};
use crate::system::SecretString;

/// What the sandbox tells of itself.
#[derive(Debug, Clone)]
pub struct Utproving {
    /// The sender comes first, the municipality second.
    pub parter: Vec<Part>,
    /// Where a POST to `<path>/<part>` gives a token.
    pub token: &'static str,
    pub kommunenummer: String,
    pub bydelsnummer: String,
    /// A public report in the form's version 2, as JSON.
    pub rapport: &'static str,
}

/// Somebody fictitious whom the reader can be.
#[derive(Debug, Clone)]
pub struct Part {
    /// `skole`, `kommune` or `utskrift`.
    pub id: &'static str,
    pub navn: String,
    pub fiks_org_id: String,
    pub integrasjon_id: String,
    pub passord: Arc<SecretString>,
}

const API: &str = "/bekymringsmelding/api/v2";

pub fn section(tekst: &Tekst, utproving: &Utproving) -> Markup {
    let prov = &tekst.prov;
    let org = |id: &str| utproving.parter.iter().find(|part| part.id == id).map_or("", |part| &part.fiks_org_id);
    let Utproving { kommunenummer, bydelsnummer, token, .. } = utproving;
    let (skole, kommune) = (org("skole"), org("kommune"));
    let step =
        |om: &Avsnitt, id: &str, part: &str, method: &str, path: &str| call(tekst, om, id, part, method, path, None);
    let submit = format!("{API}/mottak/fagsystem/{skole}/{kommunenummer}/{bydelsnummer}/offentlig");
    let status = format!("{API}/mottak/fagsystem/{skole}/bekymringsmelding/{{uuid}}/status");
    let queue = format!("{API}/avhenting/{kommune}/meldinger");
    html! {
        section #prov-del aria-labelledby="prov" data-token=(token)
            data-venter=(prov.venter) data-mangler=(prov.mangler_uuid) data-feilkode=(prov.feilkode) data-nede=(prov.nede) {
            h2 #prov { (prov.tittel) }
            p { (prov.ingress) }
            noscript { p.merk { (prov.uten_script) } }
            h3 { (prov.hvem) }
            div.tabell tabindex="0" role="region" aria-label=(prov.hvem_tabell) {
                table {
                    thead { tr {
                        th scope="col" { (prov.virksomhet) } th scope="col" { "Fiks-org-id" }
                        th scope="col" { "IntegrasjonId" } th scope="col" { "IntegrasjonPassord" }
                    } }
                    tbody {
                        @for part in &utproving.parter {
                            tr data-part=(part.id) data-id=(part.integrasjon_id) data-passord=(part.passord.expose()) {
                                th scope="row" { (part.navn) }
                                td { code { (part.fiks_org_id) } }
                                td { code { (part.integrasjon_id) } }
                                td { code { (part.passord.expose()) } }
                            }
                        }
                    }
                }
            }
            ol.steg.forsok {
                (step(&prov.token, "token", "skole", "TOKEN", token))
                (step(&prov.bydeler, "bydeler", "skole", "GET", &format!("{API}/kommuner/{kommunenummer}/bydeler")))
                (step(&prov.nokler, "nokler", "skole", "GET",
                    &format!("{API}/mottak/fagsystem/{kommunenummer}/{bydelsnummer}/krypteringsnokler")))
                (call(tekst, &prov.send, "send", "skole", "POST", &submit, Some(utproving.rapport)))
                (step(&prov.status, "status", "skole", "GET", &status))
                (step(&prov.ko, "ko", "kommune", "GET", &format!("{queue}?vent=20")))
                (step(&prov.kvitter, "kvitter", "kommune", "POST", &format!("{queue}/{{uuid}}/mottatt")))
            }
        }
    }
}

/// One call: a button, and a place for what comes of it.
fn call(tekst: &Tekst, om: &Avsnitt, id: &str, part: &str, method: &str, path: &str, rapport: Option<&str>) -> Markup {
    let title = format!("prov-{id}");
    let knapp = format!("prov-{id}-knapp");
    html! {
        li data-kall=(id) data-som=(part) data-metode=(method) data-sti=(path) {
            h3 id=(title) { (om.tittel) }
            p { (prose(om.tekst)) }
            @if let Some(rapport) = rapport {
                label for="prov-rapport" { (tekst.prov.rapport) }
                textarea #prov-rapport rows="12" spellcheck="false" autocomplete="off" lang="nb" { (rapport) }
            }
            // Shown by the script, without which it could do nothing.
            button.knapp type="button" id=(knapp) aria-labelledby=(format!("{knapp} {title}")) hidden { (tekst.prov.knapp) }
            p.utfall role="status" {}
            pre.terminal tabindex="0" role="region" aria-label=(format!("{}: {}", tekst.prov.svar, om.tittel)) hidden { code {} }
        }
    }
}

//! The front page.

use std::sync::Arc;

use maud::{Markup, html};
use poem::{
    Request, Response, handler,
    http::{HeaderValue, header},
    web::Data,
};

use super::{
    Innhold, Policy, endringer,
    ramme::{Side, prose, terminal},
    sprak::{Sprak, Valg},
    tekst::{STEG, Tekst},
    utproving,
};
use crate::{
    http::public_url::PublicUrl,
    skjema::{self, register},
    versions::{Status, Versjonert},
};

/// The language in which an example is written, and its folder below `sdk-examples`.
const EKSEMPLER: [(&str, &str); 8] = [
    ("curl", "curl-json"),
    ("TypeScript", "typescript"),
    ("Python", "python"),
    ("Go", "go"),
    ("Java", "java"),
    ("Kotlin", "kotlin"),
    ("Rust", "rust"),
    ("Java (KS)", "java-ks"),
];

#[handler]
pub fn page(request: &Request, public_url: Data<&PublicUrl>, innhold: Data<&Arc<Innhold>>) -> Response {
    let valg = Valg::of(request);
    let tekst = valg.sprak.tekst();
    let base = public_url.of(request);
    let body = html! {
        header.ingress {
            h1 { (tekst.overskrift) }
            p.stor { (prose(tekst.ingress)) }
            p.valg {
                a.knapp href="#kom-i-gang" { (tekst.kom_i_gang.tittel) }
                @if innhold.utproving.is_some() { a.knapp.stille href="#prov" { (tekst.prov.tittel) } }
                @else { a.knapp.stille href="#tjenester" { (tekst.tjenester.tittel) } }
            }
        }
        section.flyt aria-labelledby="flyt" {
            h2 #flyt { (tekst.flyt_tittel) }
            ol { @for steg in &tekst.flyt { li { h3 { (steg.tittel) } p { (prose(steg.tekst)) } } } }
        }
        (services(valg, tekst, &base))
        (first_steps(tekst, &base))
        @if let Some(utproving) = &innhold.utproving { (utproving::section(tekst, utproving)) }
        (credentials(tekst, &base))
        (forms(valg.sprak, tekst))
        (errors(valg, tekst))
    };
    // Only a sandbox' page has anything to run.
    let (policy, script) =
        if innhold.utproving.is_some() { (Policy::Script, Some("/portal/prov.js")) } else { (Policy::Read, None) };
    let side = Side { path: "/", tittel: tekst.tittel, policy, script };
    let mut response = side.render(valg, innhold.0, &body);
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Language"));
    response
}

fn services(valg: Valg, tekst: &Tekst, base: &str) -> Markup {
    html! {
        section aria-labelledby="tjenester" {
            h2 #tjenester { (tekst.tjenester.tittel) }
            p { (prose(tekst.tjenester.tekst)) }
            div.kort { @for version in Versjonert::ALL { (service(valg, tekst, base, version)) } }
            p { (tekst.versjoner) a href="/versjoner" type="application/json" { (tekst.versjoner_lenke) } "." }
        }
    }
}

fn service(valg: Valg, tekst: &Tekst, base: &str, version: Versjonert) -> Markup {
    let (name, manifest, om) = (version.name(), version.manifest(), valg.sprak.tjeneste(version));
    let id = format!("tjeneste-{name}");
    let dates =
        [(tekst.publisert, manifest.published), (tekst.utgar, manifest.deprecated), (tekst.slutt, manifest.sunset)];
    let badge = match manifest.status {
        Status::Draft => "utkast",
        Status::Live => "bruk",
        Status::Deprecated => "utgar",
        Status::Retired => "slutt",
    };
    html! {
        article aria-labelledby=(id) {
            h3 id=(id) { (om.tittel) }
            p.merkelapp data-status=(badge) { (valg.sprak.status(manifest.status)) }
            p { (om.tekst) }
            dl {
                div { dt { (tekst.versjon) } dd { (manifest.version) } }
                @for (word, date) in dates {
                    @if let Some(date) = date { div { dt { (word) } dd { time datetime=(date) { (date) } } } }
                }
                @if let Some(successor) = &manifest.successor {
                    div { dt { (tekst.avlost_av) } dd { a href=(format!("#tjeneste-{}-{successor}", version.tjeneste())) { (successor) } } }
                }
                div.bred { dt { (tekst.adresse) } dd { code { (base) (version.prefix()) } } }
                @if !manifest.forms.is_empty() {
                    div.bred { dt { (tekst.skjemaer_i) }
                        dd { ul.kilder { @for form in &manifest.forms { li { a href=(format!("/schemas/{form}.schema.json")) { (form) } } } } }
                    }
                }
            }
            ul.lenker aria-label=(format!("{} {}", tekst.dokumenter_for, om.tittel)) {
                li { a href=(valg.link(&format!("/docs/{name}"))) { (tekst.les) } }
                li { a href=(valg.link(&endringer::address(version))) { (tekst.endringer) } }
                li { a href=(format!("/openapi/{name}.json")) { "OpenAPI 3.0.3" } }
                li { a href=(format!("/openapi/{name}.3.1.json")) { "OpenAPI 3.1" } }
            }
        }
    }
}

fn first_steps(tekst: &Tekst, base: &str) -> Markup {
    html! {
        section aria-labelledby="kom-i-gang" {
            h2 #kom-i-gang { (tekst.kom_i_gang.tittel) }
            p { (prose(tekst.kom_i_gang.tekst)) }
            ol.steg {
                @for (steg, lines) in tekst.steg.iter().zip(commands(base)) {
                    li {
                        h3 { (steg.tittel) }
                        p { (prose(steg.tekst)) }
                        (terminal(steg.tittel, &lines))
                    }
                }
            }
            h3 { (tekst.eksempler.tittel) }
            p { (prose(tekst.eksempler.tekst)) }
            div.tabell tabindex="0" role="region" aria-label=(tekst.eksempler.tittel) {
                table {
                    thead { tr { th scope="col" { (tekst.sprakvalg) } th scope="col" { (tekst.kommando) } } }
                    tbody {
                        @for (language, folder) in EKSEMPLER {
                            tr { th scope="row" { (language) } td { code { "sdk-examples/" (folder) "/ci.sh kit" } } }
                        }
                    }
                }
            }
        }
    }
}

/// What to type, step by step; CI types it too.
fn commands(base: &str) -> [String; STEG] {
    let own = |text: &str| text.to_owned();
    [
        own("cargo run -- demo --kit kit"),
        format!(
            r#"BASE={base}/bekymringsmelding/api/v2
ID=$(jq -r .fagsystem.integrasjonId kit/kit.json)
PASSORD=$(jq -r .fagsystem.integrasjonPassord kit/kit.json)
FIKS_ORG_ID=$(jq -r .fagsystem.fiksOrgId kit/kit.json)
kall() {{
  curl -sS -H "Authorization: Bearer $(meldeport token --config kit/send.toml)" \
    -H "IntegrasjonId: $ID" -H "IntegrasjonPassord: $PASSORD" "$@"
}}"#
        ),
        own(r#"kall "$BASE/kommuner/9999/bydeler" | jq"#),
        own(r#"jq --arg naa "$(TZ=Europe/Oslo date +%FT%T)" '.sendingstidspunkt = $naa' \
  kit/rapport/bekymringsmelding.json > melding.json
kall -H "Content-Type: application/json" -H "Idempotency-Key: $(uuidgen)" \
  --data-binary @melding.json \
  "$BASE/mottak/fagsystem/$FIKS_ORG_ID/9999/01/offentlig" | tee svar.json
UUID=$(jq -r .uuid svar.json)"#),
        own(r#"kall "$BASE/mottak/fagsystem/$FIKS_ORG_ID/bekymringsmelding/$UUID/status" | jq"#),
        own(r#"meldeport fetch --config kit/fetch.toml
kall "$BASE/mottak/fagsystem/$FIKS_ORG_ID/bekymringsmelding/$UUID/status" | jq"#),
    ]
}

fn credentials(tekst: &Tekst, base: &str) -> Markup {
    let grant = r#"{ "alg": "RS256", "x5c": ["MIIE…"] }
{
  "aud": "https://maskinporten.no/",
  "iss": "<klient-id>",
  "scope": "ks:fiks",
  "iat": 1767268800,
  "exp": 1767268920,
  "jti": "<uuid>"
}"#;
    let exchange = r#"curl https://maskinporten.no/token \
  -d grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer \
  -d assertion="$BEVIS""#;
    let call = format!(
        r#"curl -H "Authorization: Bearer $TOKEN" \
  -H "IntegrasjonId: $ID" -H "IntegrasjonPassord: $PASSORD" \
  {base}/bekymringsmelding/api/v2/kommuner"#
    );
    html! {
        section aria-labelledby="token" {
            h2 #token { (tekst.token.tittel) }
            p { (prose(tekst.token.tekst)) }
            dl.rader { @for del in &tekst.legitimasjon { div { dt { (del.tittel) } dd { (prose(del.tekst)) } } } }
            @for (del, lines) in [(&tekst.bevis, grant), (&tekst.bytte, exchange), (&tekst.kall, call.as_str())] {
                h3 { (del.tittel) }
                p { (prose(del.tekst)) }
                (terminal(del.tittel, lines))
            }
        }
    }
}

fn forms(sprak: Sprak, tekst: &Tekst) -> Markup {
    let status = |status| match status {
        skjema::Status::Draft => sprak.status(Status::Draft),
        skjema::Status::Live => sprak.status(Status::Live),
        skjema::Status::Deprecated => sprak.status(Status::Deprecated),
    };
    html! {
        section aria-labelledby="skjemaer" {
            h2 #skjemaer { (tekst.skjemaer.tittel) }
            p { (prose(tekst.skjemaer.tekst)) }
            div.tabell tabindex="0" role="region" aria-label=(tekst.schema) {
                table {
                    thead { tr { th scope="col" { (tekst.skjema) } th scope="col" { (tekst.status) } th scope="col" { (tekst.schema) } } }
                    tbody {
                        @for form in register().forms() {
                            tr {
                                th scope="row" lang="nb" { (form.tittel) }
                                td { (status(form.dokument.status)) }
                                td { a href=(form.dokument.path) { (form.id) } }
                            }
                        }
                    }
                }
            }
            p { a href="/schemas" type="application/json" { (tekst.indeks) } }
        }
    }
}

fn errors(valg: Valg, tekst: &Tekst) -> Markup {
    html! {
        section aria-labelledby="feil" {
            h2 #feil { (tekst.feil.tittel) }
            p { (prose(tekst.feil.tekst)) }
            dl.rader { @for (field, words) in tekst.feil_felt { div { dt { code { (field) } } dd { (words) } } } }
            p { a href=(valg.link("/feilkoder")) { (tekst.alle_feilkoder) } }
        }
    }
}

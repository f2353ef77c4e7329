//! The catalogue of errors: every `errorCode`, what it means, what to do, and where it can come.
//!
//! `/feilkoder` answers in JSON, or with a page to whoever likes `text/html` better, and `/feilkoder.json` always in JSON.
//! `/feilkoder#CODE` is each code's own address, for ever. A new code in a table that [`Kode`] knows does not compile before both languages tell of it.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use poem::{
    Request, Response, handler,
    http::{HeaderValue, StatusCode, header},
    web::{Accept, Data},
};
use serde_json::{Value, json};

use super::{
    Innhold,
    sprak::{Sprak, Valg},
};
use crate::{
    crypto::{certificate::CertificateFault, cms::EnvelopeFault},
    http::{
        cached::respond,
        spec::{self, Utgave},
    },
    model::Feilkode,
    skjema::Skjemafeil,
    versions::Versjonert,
};

mod en;
mod nb;
mod side;

const CACHE: &str = "public, max-age=300";
/// What the documents say on each error response: the codes that may come with it.
const EXTENSION: &str = "x-feilkoder";

/// A code that can leave the gateway, and the table that defines it.
#[derive(Debug, Clone, Copy)]
pub enum Kode {
    Generell(Feilkode),
    /// An envelope that nobody could open.
    Konvolutt(EnvelopeFault),
    /// A certificate that is uploaded.
    Sertifikat(CertificateFault),
    /// A report in plain JSON.
    Skjema(Skjemafeil),
}

/// What a code means and what to do about it.
#[derive(Debug)]
pub struct Forklaring {
    pub betyr: Cow<'static, str>,
    pub gjor: Cow<'static, str>,
}

impl Kode {
    pub fn all() -> Vec<Self> {
        let general = Feilkode::ALL.iter().copied().map(Self::Generell);
        let envelopes = EnvelopeFault::ALL.iter().copied().map(Self::Konvolutt);
        let certificates = CertificateFault::ALL.iter().copied().map(Self::Sertifikat);
        let forms = Skjemafeil::ALL.iter().copied().map(Self::Skjema);
        general.chain(envelopes).chain(certificates).chain(forms).collect()
    }

    pub fn code(self) -> &'static str {
        match self {
            Self::Generell(kode) => kode.code(),
            Self::Konvolutt(fault) => fault.code(),
            Self::Sertifikat(fault) => fault.code(),
            Self::Skjema(fault) => fault.code(),
        }
    }

    pub fn status(self) -> StatusCode {
        let status = match self {
            Self::Generell(kode) => kode.status(),
            Self::Konvolutt(_) | Self::Sertifikat(_) => 422,
            Self::Skjema(_) => 400,
        };
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub fn forklar(self, sprak: Sprak) -> Forklaring {
        match sprak {
            Sprak::Nb => nb::forklar(self),
            Sprak::En => en::forklar(self),
        }
    }

    /// The part before the first dot: what it is about.
    pub fn prefix(self) -> &'static str {
        self.code().split('.').next().unwrap_or_default()
    }
}

/// Where a code can come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kilde {
    /// The document does not say.
    Ukjent(Versjonert),
    /// Every operation of the version.
    Alle(Versjonert),
    /// These operations.
    Noen(Versjonert, Vec<String>),
}

impl Kilde {
    pub fn version(&self) -> Versjonert {
        match self {
            Self::Ukjent(version) | Self::Alle(version) | Self::Noen(version, _) => *version,
        }
    }
}

/// The catalogue, in the order in which it is shown: group by group.
#[derive(Debug)]
struct Katalog {
    koder: Vec<(Kode, Vec<Kilde>)>,
    json: String,
    tag: String,
}

/// Made of the documents when somebody first asks.
static KATALOG: LazyLock<Katalog> = LazyLock::new(|| {
    let parsed = |version| serde_json::from_str(spec::published(version, Utgave::V30)?).ok();
    let documents: Vec<_> =
        Versjonert::ALL.into_iter().filter_map(|version| Some((version, parsed(version)?))).collect();
    Katalog::new(&documents)
});

impl Katalog {
    fn new(documents: &[(Versjonert, Value)]) -> Self {
        let documents: Vec<_> = documents.iter().map(|(version, document)| (*version, Koder::of(document))).collect();
        let mut groups: Vec<(&str, Vec<Kode>)> = Vec::new();
        for kode in Kode::all() {
            match groups.iter_mut().find(|(prefix, _)| *prefix == kode.prefix()) {
                Some((_, group)) => group.push(kode),
                None => groups.push((kode.prefix(), vec![kode])),
            }
        }
        let koder: Vec<_> = groups
            .into_iter()
            .flat_map(|(_, group)| group)
            .map(|kode| {
                let sources = documents.iter().filter_map(|(version, koder)| koder.kilde(*version, kode.code()));
                (kode, sources.collect::<Vec<_>>())
            })
            .collect();
        let entries: Vec<Value> = koder.iter().map(|(kode, kilder)| entry(*kode, kilder)).collect();
        let json = json!({ "feilkoder": entries }).to_string();
        let tag = hex::encode(crate::crypto::sha256(json.as_bytes()));
        Self { koder, json, tag }
    }

    fn respond(&self, request: &Request) -> Response {
        respond(request, self.json.clone(), "application/json", &self.tag, CACHE)
    }
}

/// The codes that a document names, each with the operations that may answer with it.
struct Koder {
    operations: usize,
    by_code: BTreeMap<String, Vec<String>>,
}

impl Koder {
    fn of(document: &Value) -> Self {
        let mut found = Self { operations: 0, by_code: BTreeMap::new() };
        let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
        for operation in paths.filter_map(|(_, path)| path.as_object()).flatten().map(|(_, operation)| operation) {
            let Some(id) = operation.get("operationId").and_then(Value::as_str) else { continue };
            found.operations += 1;
            let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
            let codes = responses.filter_map(|(_, response)| response.get(EXTENSION)?.as_array()).flatten();
            for code in codes.filter_map(Value::as_str) {
                let operations = found.by_code.entry(code.to_owned()).or_default();
                if operations.last().is_none_or(|last| last != id) {
                    operations.push(id.to_owned());
                }
            }
        }
        found
    }

    /// `None` where the document says that the code does not come from there.
    fn kilde(&self, version: Versjonert, code: &str) -> Option<Kilde> {
        if self.by_code.is_empty() {
            return Some(Kilde::Ukjent(version));
        }
        let operations = self.by_code.get(code)?;
        Some(if operations.len() == self.operations {
            Kilde::Alle(version)
        } else {
            Kilde::Noen(version, operations.clone())
        })
    }
}

fn entry(kode: Kode, kilder: &[Kilde]) -> Value {
    let [nb, en] = Sprak::ALL.map(|sprak| kode.forklar(sprak));
    let sources = kilder.iter().map(|kilde| {
        let operations = match kilde {
            Kilde::Noen(_, operations) => json!(operations),
            Kilde::Alle(_) | Kilde::Ukjent(_) => Value::Null,
        };
        let version = kilde.version();
        json!({
            "dokument": version.name(),
            "tjeneste": version.tjeneste(),
            "versjon": version.manifest().version,
            // null: any of them.
            "operasjoner": operations,
        })
    });
    json!({
        "errorCode": kode.code(),
        "status": kode.status().as_u16(),
        "betyr": { "nb": nb.betyr, "en": en.betyr },
        "gjor": { "nb": nb.gjor, "en": en.gjor },
        "kanKommeFra": sources.collect::<Vec<_>>(),
        "adresse": format!("/feilkoder#{}", kode.code()),
    })
}

#[handler]
pub fn catalogue(request: &Request, Accept(accept): Accept, innhold: Data<&Arc<Innhold>>) -> Response {
    let mut response = if prefers_html(accept.iter().map(|kind| kind.essence_str())) {
        side::page(Valg::of(request), innhold.0)
    } else {
        KATALOG.respond(request)
    };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept, Accept-Language"));
    response
}

#[handler]
pub fn for_programs(request: &Request) -> Response {
    KATALOG.respond(request)
}

/// Browsers name `text/html` first; programs say nothing of it.
fn prefers_html<'a>(mut accept: impl Iterator<Item = &'a str>) -> bool {
    accept.find_map(|kind| match kind {
        "text/html" | "application/xhtml+xml" => Some(true),
        "application/json" | "application/*" | "*/*" => Some(false),
        _ => None,
    }) == Some(true)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::*;

    #[test]
    fn every_code_is_told_of_in_both_languages_in_whole_sentences() {
        let mut codes = HashSet::new();
        for kode in Kode::all() {
            assert!(codes.insert(kode.code()), "{} is there twice", kode.code());
            let [nb, en] = Sprak::ALL.map(|sprak| kode.forklar(sprak));
            for text in [&nb.betyr, &nb.gjor, &en.betyr, &en.gjor] {
                assert!(text.ends_with('.') && text.len() > 10 && !text.contains("  "), "{}: {text}", kode.code());
                assert!(text.starts_with(|c: char| !c.is_lowercase()) || text.starts_with("no.ks"), "{text}");
            }
            assert!(nb.betyr != en.betyr && nb.gjor != en.gjor, "{}", kode.code());
            assert!(nb::gruppe(kode.prefix()).is_some() && en::gruppe(kode.prefix()).is_some(), "{}", kode.code());
        }
        assert!(codes.len() > 120, "{}", codes.len());
    }

    #[test]
    fn where_a_code_can_come_is_read_from_the_documents() {
        let operation = |id: &str, codes: &[&str]| {
            json!({ "operationId": id, "responses": {
            "200": {}, "400": { EXTENSION: codes }, "409": { EXTENSION: ["BOTH"] } } })
        };
        let koder = Koder::of(&json!({ "paths": {
            "/a": { "parameters": [], "get": operation("one", &["BOTH", "ONE"]) },
            "/b": { "post": operation("two", &["TWO"]) },
        } }));
        let version = Versjonert::PrintV1;
        assert_eq!(koder.kilde(version, "BOTH"), Some(Kilde::Alle(version)));
        assert_eq!(koder.kilde(version, "ONE"), Some(Kilde::Noen(version, vec!["one".to_owned()])));
        assert_eq!(koder.kilde(version, "NEVER"), None);
        let silent = Koder::of(&json!({ "paths": { "/a": { "get": { "operationId": "one", "responses": {} } } } }));
        assert_eq!(silent.kilde(version, "ANY"), Some(Kilde::Ukjent(version)));
    }

    #[test]
    fn browsers_get_a_page_and_programs_get_json() {
        let cases: [(&[&str], bool); 5] = [
            (&["text/html", "application/xhtml+xml", "*/*"], true),
            (&["*/*"], false),
            (&[], false),
            (&["application/json", "text/html"], false),
            (&["image/png", "text/html"], true),
        ];
        for (accept, html) in cases {
            assert_eq!(prefers_html(accept.iter().copied()), html, "{accept:?}");
        }
    }
}

//! What a caller is told about the life of the version that it calls: when it was or will be deprecated (RFC 9745), when it
//! stops answering (RFC 8594), and what takes over. Every answer says it, errors too. One that has stopped answers 410.

use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};
use poem::http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::json;

use crate::{
    model::{Feil, Feilkode},
    versions::{Livslop, Status, Versjonert},
};

pub const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
pub const SUNSET: HeaderName = HeaderName::from_static("sunset");
/// The list of all versions, with their dates.
pub const VERSJONER: &str = "/versjoner";
/// Where a person reads about the versions.
const PORTAL: &str = "/";

/// Nothing for a version that has no end in sight.
pub fn tell(headers: &mut HeaderMap, livslop: &Livslop, version: Versjonert) {
    let manifest = livslop.manifest(version);
    // A date that is yet to come is told as well: so early is best.
    let Some(deprecated) = manifest.deprecated_at() else { return };
    // A structured-field date.
    set(headers, DEPRECATION, &format!("@{}", deprecated.as_second()));
    let mut links = vec![format!("<{PORTAL}>; rel=\"deprecation\"; type=\"text/html\"")];
    if let Some(sunset) = manifest.sunset_at() {
        if let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&sunset) {
            set(headers, SUNSET, &date);
        }
        links.push(format!("<{PORTAL}>; rel=\"sunset\"; type=\"text/html\""));
    }
    if let Some(successor) = livslop.successor(version) {
        links.insert(0, format!("<{}>; rel=\"successor-version\"", successor.prefix()));
    }
    if let Ok(value) = HeaderValue::from_str(&links.join(", ")) {
        headers.append(header::LINK, value);
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// What every call of a version that has stopped is answered, whoever calls. `None` for one that answers.
pub fn stopped(livslop: &Livslop, version: Versjonert, now: Timestamp) -> Option<Feil> {
    if livslop.status(version, now) != Status::Retired {
        return None;
    }
    let successor = livslop.successor(version);
    let (hva, title) = (Feilkode::VersjonAvviklet.text(), version.title());
    let melding = match successor {
        Some(next) => format!(
            "{title} er avviklet og svarer ikke lenger. Bruk {} på {}. Dokumentasjonen er på /docs/{}.",
            next.title(),
            next.prefix(),
            next.name()
        ),
        None => format!("{hva} Det gjelder {title}, som ingen ny versjon tar over etter."),
    };
    let next = successor.map(|next| {
        json!({ "versjon": next.name(), "prefiks": next.prefix(), "dokumentasjon": format!("/docs/{}", next.name()) })
    });
    let sunset = livslop.manifest(version).sunset;
    let facts = json!({
        "versjon": version.name(),
        "avviklet": sunset.map(|day| day.to_string()),
        "etterfolger": next,
        "versjoner": VERSJONER,
    });
    Some(Feil::from(Feilkode::VersjonAvviklet).melding(melding).fakta(facts))
}

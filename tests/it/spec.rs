//! The documents: current, complete, and true to the table of operations.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use meldeport::{
    http::{
        operations::{Krav, OPERASJONER, find},
        spec::{self, Utgave},
    },
    versions::Versjonert,
};
use serde_json::{Value, json};

use crate::support::dokument::faulty_examples;

/// What stands in both versions: what KS publishes, and plain JSON.
const BOTH: [&str; 31] = [
    "getKommuner",
    "getKommune",
    "getBydeler",
    "getBydel",
    "hentKryperingsnokler",
    "opprettOffentligBekymringsmelding",
    "opprettPrivatBekymringsmelding",
    "getStatusBekymringsmelding",
    "hentKrypteringsnoklerJwks",
    "validerSkjema",
    "opprettOffentligBekymringsmeldingFraSkjema",
    "opprettPrivatBekymringsmeldingFraSkjema",
    "getBydelerKonfigurasjon",
    "createBydel",
    "getBydelerByBydelsnummer",
    "getBydelerBySok",
    "getBydelByIntegrasjonId",
    "aktiverBydel",
    "aktiverBydeler",
    "deaktiverBydel",
    "deaktiverBydeler",
    "updateStandardMottaker",
    "bekreftNokkelbevis",
    "getHistorikk",
    "getMeldinger",
    "getStatistikk",
    "getStatistikkBydeler",
    "getStatistikkSkjematyper",
    "oppdaterStatusByBekymringsmeldingId",
    "oppdaterStatusByMeldingId",
    "sendOrdreById",
];

/// What KS's version 2 has put something else in the place of.
const ONLY_V1: [&str; 2] = ["getBydelerByRessursId", "updateBydel"];

fn document(version: Versjonert) -> Value {
    serde_json::from_str(&spec::document(version, Utgave::V30).unwrap()).unwrap()
}

/// Every operation of a document: its name, with method, path and content.
fn operations(document: &Value) -> BTreeMap<String, (String, String, Value)> {
    let mut found = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().expect("every operation has a name").to_owned();
            let twin = found.insert(id.clone(), (method.to_uppercase(), path.clone(), operation.clone()));
            assert!(twin.is_none(), "{id} stands twice");
        }
    }
    found
}

#[test]
fn the_committed_documents_are_current() {
    for (version, utgave) in Versjonert::ALL.into_iter().flat_map(|version| Utgave::ALL.map(|utgave| (version, utgave)))
    {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("api-spec").join(utgave.file(version));
        let committed = fs::read_to_string(&path).unwrap();
        assert!(committed == spec::document(version, utgave).unwrap(), "{version:?}: run `meldeport openapi write`");
        assert_eq!(spec::document(version, utgave).unwrap(), spec::document(version, utgave).unwrap());
    }
}

#[test]
fn the_table_and_the_documents_hold_the_same_operations() {
    for version in Versjonert::ALL {
        let documented: BTreeSet<_> =
            operations(&document(version)).into_iter().map(|(id, (method, path, _))| (id, method, path)).collect();
        let table: BTreeSet<_> = OPERASJONER
            .iter()
            .filter(|row| row.versjoner.contains(&version))
            .map(|row| (row.id.to_owned(), row.method.to_owned(), row.path.to_owned()))
            .collect();
        assert_eq!(documented, table, "{version:?}");
    }
}

#[test]
fn an_operation_has_the_same_name_in_every_version() {
    let ids = |version| operations(&document(version)).into_keys().collect::<BTreeSet<_>>();
    let both: BTreeSet<_> = BOTH.into_iter().map(str::to_owned).collect();
    let first: BTreeSet<_> = both.iter().cloned().chain(ONLY_V1.map(str::to_owned)).collect();
    assert_eq!(ids(Versjonert::BekymringsmeldingV1), first);
    assert!(ids(Versjonert::BekymringsmeldingV2).is_superset(&both));
}

#[test]
fn each_document_says_which_credentials_a_call_needs() {
    for version in Versjonert::ALL {
        let document = document(version);
        for (id, (_, path, operation)) in operations(&document) {
            // Those who look after the service have credentials of their own kind.
            let kind =
                if path.starts_with("/admin/") || path.ends_with("/administratorer") { "Administrasjon" } else { "" };
            let person = json!({ format!("IDporten{kind}"): [] });
            let machine = json!({ "IntegrasjonId": [], "IntegrasjonPassord": [], format!("Maskinporten{kind}"): [] });
            let needed = match find(version, &id).unwrap().krav {
                Krav::Oppslag | Krav::Privilegium(_) => json!([machine]),
                Krav::Svarinn => json!([{ "SvarInn": [] }]),
                Krav::Innbygger => json!([{ "Innbygger": [] }]),
                // No credentials, said outright.
                Krav::Apen => json!([{}]),
                Krav::Forvalter(..)
                | Krav::Administrator(_)
                | Krav::Enhver
                | Krav::Legitimert
                | Krav::Gruppeadministrator
                | Krav::Behandler => json!([machine, person]),
                Krav::Innlogget => json!([{ "IDporten": [] }]),
                Krav::Person(_) => json!([{ "IDporten": [], "IntegrasjonId": [], "IntegrasjonPassord": [] }]),
            };
            assert_eq!(operation["security"], needed, "{id}: {}", operation["security"]);
            for scheme in needed.as_array().unwrap().iter().flat_map(|all| all.as_object().unwrap().keys()) {
                let described = &document["components"]["securitySchemes"][scheme];
                match scheme.as_str() {
                    name if name.starts_with("Maskinporten") || name.starts_with("IDporten") => {
                        assert_eq!(described["scheme"], "bearer");
                    }
                    "SvarInn" => assert_eq!(described["scheme"], "basic"),
                    "Innbygger" => assert_eq!(described["scheme"], "bearer"),
                    header => {
                        assert_eq!(described["type"], "apiKey");
                        assert_eq!((&described["in"], &described["name"]), (&json!("header"), &json!(header)));
                    }
                }
            }
        }
    }
}

#[test]
fn every_error_is_documented_with_its_body() {
    for version in Versjonert::ALL {
        for (id, (.., operation)) in operations(&document(version)) {
            let row = find(version, &id).unwrap();
            // Who has no integration and no role can have the wrong one for nothing.
            let citizen = matches!(row.krav, Krav::Innbygger | Krav::Apen);
            let always: &[u16] = if citizen { &[400, 401, 429, 500, 503] } else { &[400, 401, 403, 429, 500, 503] };
            for status in always.iter().chain(row.feil) {
                let schema = &operation["responses"][status.to_string()]["content"]["application/json"]["schema"];
                assert_eq!(*schema, json!({ "$ref": "#/components/schemas/Feil" }), "{version:?} {id} {status}");
            }
            assert!(operation["responses"]["401"]["headers"]["WWW-Authenticate"].is_object(), "{id}");
            for (status, response) in operation["responses"].as_object().unwrap() {
                assert!(response["headers"]["Request-Id"].is_object(), "{id} {status}");
                let codes = response["x-feilkoder"].as_array().map_or(0, Vec::len);
                let by_others = row.krav == Krav::Apen && status == "401";
                assert!(by_others || (codes > 0) == (status.as_str() >= "400"), "{version:?} {id} {status}");
            }
        }
    }
}

#[test]
fn every_request_answer_and_parameter_has_an_example_that_fits() {
    let faults = faulty_examples();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                into.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
                object.values().for_each(|value| references(value, into));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, into)),
            _ => {}
        }
    }
    for version in Versjonert::ALL {
        let document = document(version);
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.contains("#/components/schemas/Feil"));
        for reference in found {
            let place = reference.strip_prefix('#').expect("within the document");
            assert!(document.pointer(place).is_some(), "{version:?}: {reference}");
        }
    }
}

//! An example of every request and every answer. Those of what goes well were recorded from a gateway by the tests (see
//! CONTRIBUTING.md), and a test holds each against its schema; those of errors are made of the catalogue.

use poem::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::{domain::feilkatalog, model::Feil, versions::Versjonert};

const JSON: &str = "application/json";
const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// The recorded examples of a document, by operation: `request`, and `response` by status.
pub fn recorded(version: Versjonert) -> Value {
    let text = match version {
        Versjonert::BekymringsmeldingV1 => include_str!("examples/bekymringsmelding-v1.json"),
        Versjonert::BekymringsmeldingV2 => include_str!("examples/bekymringsmelding-v2.json"),
        Versjonert::PrintV1 => include_str!("examples/print-v1.json"),
        Versjonert::FiksIoManuellV1 => include_str!("examples/fiksio-manuell-v1.json"),
        Versjonert::SvarinnMottakV1 => include_str!("examples/bekymringsmelding-svarinn-mottak-v1.json"),
        Versjonert::LedsagerbevisV1 => include_str!("examples/ledsagerbevis-v1.json"),
        Versjonert::LedsagerbevisKonfigurasjonV1 => include_str!("examples/ledsagerbevis-konfigurasjon-v1.json"),
    };
    serde_json::from_str(text).unwrap_or_default()
}

/// Puts the examples of one operation into it. Answers with the codes of the errors that were shown.
pub fn describe(operation: &mut Map<String, Value>, recorded: &Value) -> Vec<String> {
    if let Some(request) = recorded.get("request") {
        let body = operation.get_mut("requestBody").and_then(|body| body.pointer_mut("/content/application~1json"));
        if let Some(body) = body.and_then(Value::as_object_mut) {
            body.insert("example".to_owned(), request.clone());
        }
    }
    let mut shown = Vec::new();
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten();
    for (status, response) in responses {
        let code = response.pointer("/x-feilkoder/0").and_then(Value::as_str).map(str::to_owned);
        let Some(content) = response.get_mut("content").and_then(|content| content.get_mut(JSON)) else { continue };
        let Some(content) = content.as_object_mut() else { continue };
        if let Some(answer) = recorded.get("response").and_then(|response| response.get(status)) {
            content.insert("example".to_owned(), answer.clone());
        }
        if let Some(code) = code {
            let example = json!({ "$ref": format!("#/components/examples/{code}") });
            content.insert("examples".to_owned(), json!({ "feil": example }));
            shown.push(code);
        }
    }
    shown
}

/// Shows one value of each parameter that has none.
pub fn describe_parameters(operation: &mut Map<String, Value>) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten().filter_map(Value::as_object_mut) {
        let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
        let schema = parameter.get("schema").unwrap_or(&Value::Null);
        if schema.get("example").is_some() {
            continue;
        }
        let own = schema.pointer("/enum/0").or_else(|| schema.get("default")).cloned();
        let item = || schema.pointer("/items/example").map(|item| json!([item]));
        if let Some(example) = own.or_else(item).or_else(|| value_of(name)) {
            parameter.insert("example".to_owned(), example);
        }
    }
}

fn value_of(parameter: &str) -> Option<Value> {
    Some(match parameter {
        "Idempotency-Key" | "markor" => ID.into(),
        "antall" => 50.into(),
        "ledsagerbevisId" => ID.into(),
        "tlf" => "99999999".into(),
        "advarsel" => "IKKE_BEKREFTET_FAGSYSTEM".into(),
        "fraDato" => "2027-01-01T00:00:00Z".into(),
        "tilDato" => "2027-02-01T00:00:00Z".into(),
        "fraFagsystem" => true.into(),
        "kanal" => "FIKS_IO".into(),
        "sisteDager" => 30.into(),
        "innen" => 60.into(),
        "skjemaType" => "OFFENTLIG".into(),
        "sok" => "Lillevik".into(),
        "sprak" | "sprakKode" => "nb".into(),
        "versjon" => "bekymringsmelding-v1".into(),
        _ => return None,
    })
}

/// The bodies of these errors.
pub fn errors(codes: &[String]) -> Value {
    let all = feilkatalog::alle();
    let wanted = all.iter().filter(|feil| codes.iter().any(|code| code == feil.code));
    wanted.map(|feil| (feil.code.to_owned(), json!({ "value": body(feil) }))).collect::<Map<_, _>>().into()
}

/// The body of an error.
pub fn body(feil: &Feil) -> Value {
    let error = StatusCode::from_u16(feil.status).ok().and_then(|status| status.canonical_reason());
    let message = if feil.status >= 500 { format!("{} Feil-id: {ID}.", feil.melding) } else { feil.melding.clone() };
    json!({
        "timestamp": 1_800_014_400_000_i64,
        "status": feil.status,
        "error": error,
        "errorId": ID,
        "path": "/…",
        "originalPath": null,
        "message": message,
        "errorCode": feil.code,
        "errorJson": null,
    })
}

//! What an operation answers with besides its body: each error with its codes, and the headers.

use serde_json::{Map, Value, json};

use super::{examples, feilkoder};
use crate::{
    http::{
        operations::{Krav, Operasjon},
        ratelimit,
    },
    model::Feilkode,
};

/// Statuses that any operation may answer with.
const ALWAYS: [u16; 6] = [400, 401, 403, 429, 500, 503];

/// Headers of every answer.
const EVERYWHERE: [&str; 4] = ["Request-Id", "Deprecation", "Sunset", "Link"];

/// Headers of what an integration is answered, when it is known which one it is.
const COUNTED: [&str; 2] = [ratelimit::REMAINING, ratelimit::POLICY];

/// The headers that answers refer to.
pub fn headers() -> Value {
    let text = |description: &str, example: &str| json!({ "description": description, "schema": { "type": "string", "example": example } });
    json!({
        "Request-Id": text(
            "Id-en til kallet, den samme som `errorId` i en feil. Oppgi den når du spør driften.",
            "01890a5d-ac96-774b-bcce-b302099a8057",
        ),
        "Deprecation": text(
            "Når versjonen ble frarådet (RFC 9745). Mangler så lenge den er i vanlig bruk.",
            "@1798761600",
        ),
        "Sunset": text(
            "Når versjonen slutter å svare (RFC 8594). Mangler så lenge det ikke er bestemt.",
            "Fri, 31 Dec 2027 23:00:00 GMT",
        ),
        "Link": text(
            "Versjonen som tar over, med `rel=\"successor-version\"` (RFC 8288). Mangler så lenge versjonen er i vanlig bruk.",
            "</bekymringsmelding/api/v2>; rel=\"successor-version\"",
        ),
        "RateLimit": text(
            "Hvor mange kall integrasjonen har igjen (`r`), og sekunder til den har alle igjen (`t`), etter \
             draft-ietf-httpapi-ratelimit-headers. Mangler når vi ikke vet hvem som kaller, og når grensen er slått av.",
            "\"integrasjon\";r=399;t=1",
        ),
        "RateLimit-Policy": text(
            "Hvor mange kall integrasjonen kan ha (`q`) i et tidsrom på så mange sekunder (`w`).",
            "\"integrasjon\";q=400;w=4",
        ),
        "Retry-After": {
            "description": "Sekunder til det er verdt å prøve igjen (RFC 9110).",
            "schema": { "type": "integer", "format": "int32", "minimum": 0, "maximum": 86400, "example": 1 },
        },
        "WWW-Authenticate": text("Hva kallet mangler (RFC 6750; RFC 7617 for SvarInn).", "Bearer realm=\"meldeport\""),
    })
}

pub fn describe(operation: &mut Map<String, Value>, row: &Operasjon) {
    describe_content(operation, row);
    describe_successor(operation, row);
    describe_errors(operation, row);
    describe_headers(operation);
}

fn describe_errors(operation: &mut Map<String, Value>, row: &Operasjon) {
    let codes = feilkoder::of(operation, row);
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    for status in ALWAYS.iter().chain(row.feil) {
        let Some(codes) = codes.get(status).cloned() else {
            // A call that needs no credentials, or no right besides them, is not refused for those.
            if *status == 401 {
                responses.insert("401".to_owned(), by_others());
            }
            continue;
        };
        let schema = json!({ "$ref": "#/components/schemas/Feil" });
        let told: Vec<_> = codes.iter().map(|code| format!("`{code}`")).collect();
        let response = json!({
            "description": format!("{} `errorCode` er én av disse: {}.", meaning(*status, row), told.join(", ")),
            "content": { "application/json": { "schema": schema } },
            "x-feilkoder": codes,
        });
        responses.insert(status.to_string(), response);
    }
}

/// 401 of a call that anybody may make: not ours, but whatever stands between may ask for credentials of its own.
fn by_others() -> Value {
    let example = examples::body(&Feilkode::InnbyggertokenMangler.into());
    json!({
        "description": "Kommer ikke fra oss: kallet trenger ingen legitimasjon. En proxy på veien kan kreve det.",
        "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/Feil" }, "example": example,
        } },
    })
}

/// What a status means here, in a sentence.
fn meaning(status: u16, row: &Operasjon) -> &'static str {
    match status {
        400 => "Noe i forespørselen kan ikke brukes.",
        401 if row.krav == Krav::Svarinn => "Brukernavnet eller passordet mangler eller er ikke godtatt.",
        401 => "Legitimasjonen mangler eller er ikke godtatt.",
        403 => "Den som kaller, har ikke lov til dette.",
        404 => "Det som adressen viser til, finnes ikke.",
        409 => "Det går ikke nå, slik tilstanden er.",
        410 => "Innholdet er slettet.",
        413 => "Forespørselen er for stor.",
        415 => "Innholdstypen støttes ikke.",
        416 => "Den delen av innholdet finnes ikke.",
        422 => "Innholdet kan leses, men ikke tas imot.",
        429 => "Det kommer for mange kall. Vent så lenge som `Retry-After` sier.",
        501 => "Installasjonen er ikke satt opp for dette.",
        503 => "Noe er nede akkurat nå. Prøv igjen om litt.",
        507 => "Det er ikke plass til å lagre.",
        _ => "Noe gikk galt hos oss.",
    }
}

fn describe_headers(operation: &mut Map<String, Value>) {
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    for (status, response) in responses {
        let Some(response) = response.as_object_mut() else { continue };
        if response.get("description").is_none_or(|words| words == "") {
            response.insert("description".to_owned(), "Kallet lyktes.".into());
        }
        let mut names = EVERYWHERE.to_vec();
        if !status.starts_with('5') {
            names.extend(COUNTED);
        }
        match status.as_str() {
            "401" => names.push("WWW-Authenticate"),
            "409" | "429" | "503" => names.push("Retry-After"),
            _ => {}
        }
        let headers = response.entry("headers").or_insert_with(|| json!({}));
        for name in names {
            if let Some(headers) = headers.as_object_mut() {
                headers.insert(name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }));
            }
        }
    }
}

/// Look-ups by a municipality's number tell when the answer is another municipality's.
fn describe_successor(operation: &mut Map<String, Value>, row: &Operasjon) {
    if row.krav != Krav::Oppslag || !row.path.contains("{kommunenummer}") {
        return;
    }
    let header = json!({ "Content-Location": {
        "description": "Adressen som svaret gjelder, når kommunen er slått sammen med en annen. Mangler ellers.",
        "schema": { "type": "string" },
    } });
    let answer = operation.get_mut("responses").and_then(|responses| responses.get_mut("200"));
    if let Some(answer) = answer.and_then(Value::as_object_mut) {
        answer.insert("headers".to_owned(), header);
    }
}

/// The headers by which a caller asks for a part of the bytes, or for none that it has.
fn conditional() -> [Value; 3] {
    let header = |name: &str, description: &str, example: &str| {
        json!({
            "name": name, "in": "header", "required": false, "description": description,
            "schema": { "type": "string", "example": example },
        })
    };
    [
        header("Range", "Den delen av innholdet som ønskes (RFC 9110).", "bytes=0-"),
        header("If-Range", "`ETag` til innholdet som delen skal være av (RFC 9110).", "\"a1b2c3\""),
        header("If-None-Match", "`ETag` til innholdet som dere har (RFC 9110).", "\"a1b2c3\""),
    ]
}

/// An operation that answers with bytes tells how to check and resume them.
fn describe_content(operation: &mut Map<String, Value>, row: &Operasjon) {
    if !matches!(row.id, "getInnhold" | "getBrevInnhold" | "getKortbrevInnhold" | "getFil") {
        return;
    }
    if let Some(parameters) = operation.entry("parameters").or_insert_with(|| json!([])).as_array_mut() {
        parameters.extend(conditional());
    }
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    let headers = json!({
        "Content-Disposition": text("`attachment` med det samme filnavnet som i listen."),
        "Content-Digest": text("SHA-256 av bytene i dette svaret (RFC 9530)."),
        "Repr-Digest": text("SHA-256 av hele innholdet (RFC 9530)."),
        "ETag": text("Merke for innholdet; bruk det i `If-Range`."),
        "Accept-Ranges": text("`bytes`."),
    });
    if let Some(whole) = responses.get_mut("200").and_then(Value::as_object_mut) {
        // An office may choose JWE in the place of CMS.
        if row.id == "getInnhold"
            && let Some(content) = whole.get_mut("content").and_then(Value::as_object_mut)
        {
            content
                .insert("application/jose".to_owned(), json!({ "schema": { "type": "string", "format": "binary" } }));
        }
        whole.insert("headers".to_owned(), headers);
        let mut part = whole.clone();
        part.insert("description".to_owned(), "Den delen av innholdet som `Range` ba om.".into());
        responses.insert("206".to_owned(), part.into());
    }
    responses.insert("304".to_owned(), json!({ "description": "Innholdet er det som `If-None-Match` nevner." }));
}

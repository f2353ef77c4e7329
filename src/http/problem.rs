//! One shape for everything that goes wrong: KS's error body, or RFC 9457 for who asks for it, with the same facts.

use jiff::Timestamp;
use poem::{
    Error, Response,
    error::{MethodNotAllowedError, NotFoundError, ResponseError},
    http::{HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse, Object,
    error::{ContentTypeError, ParseParamError, ParsePathError, ParseRequestPayloadError},
    registry::{MetaMediaType, MetaResponse, MetaResponses, Registry},
    types::Type,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::wire::FOR_CALLER;
use crate::{
    domain::DomainError,
    model::{Feil, Feilkode},
};

/// Feil
///
/// Svaret på alle kall som ikke lykkes. Formen er den samme som i KS Fiks. Be om `application/problem+json` i hodet
/// `Accept` for å få de samme opplysningene etter RFC 9457.
#[derive(Debug, Object)]
#[oai(rename = "Feil", rename_all = "camelCase")]
pub struct FeilBody {
    /// Når feilen oppsto: millisekunder siden 1970-01-01T00:00:00Z.
    pub timestamp: i64,
    /// HTTP-status.
    pub status: u16,
    /// HTTP-statusens navn, på engelsk.
    pub error: String,
    /// Feilens id. Oppgi den når du spør driften.
    #[oai(validator(pattern = "^[0-9a-f-]{36}$"))]
    pub error_id: String,
    /// Adressen som ble kalt, uten spørredel. Ledd vi ikke kjenner, vises som `…`.
    pub path: String,
    /// Brukes ikke her; med for at formen skal være lik KS Fiks sin.
    pub original_path: Option<String>,
    /// Hva som skjedde og hva du kan gjøre, i klart språk. Kan endres: les `errorCode` i program.
    pub message: String,
    /// Feilens faste kode. Endres aldri.
    pub error_code: String,
    /// Opplysninger for program; innholdet avhenger av koden.
    pub error_json: Option<Value>,
}

impl ResponseError for DomainError {
    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.feil().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// A [`Feil`] on its way out of a handler.
pub fn error(feil: impl Into<Feil>) -> Error {
    DomainError::from(feil.into()).into()
}

/// The error side of an operation: whatever went wrong, documented as one shape.
#[derive(Debug)]
pub struct ApiError(Error);

impl<E: Into<DomainError>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into().into())
    }
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        error.0
    }
}

impl ApiResponse for ApiError {
    fn meta() -> MetaResponses {
        // Which statuses an operation answers with stands in the table of operations; `spec` writes them out. One is
        // here because poem-openapi leaves out a schema that it sees no use of.
        let schema = <FeilBody as Type>::schema_ref();
        let content = vec![MetaMediaType { content_type: "application/json", schema }];
        let any = MetaResponse { description: "", status: Some(500), status_range: None, content, headers: Vec::new() };
        MetaResponses { responses: vec![any] }
    }

    fn register(registry: &mut Registry) {
        <FeilBody as Type>::register(registry);
    }
}

/// What the caller is told about an error. The second part is for the log.
pub fn explain(error: &Error) -> (Feil, Option<String>) {
    if let Some(domain) = error.downcast_ref::<DomainError>() {
        return (domain.feil(), domain.internal());
    }
    if error.is::<NotFoundError>() {
        return (Feilkode::UkjentAdresse.into(), None);
    }
    if error.is::<MethodNotAllowedError>() {
        return (Feilkode::Metode.into(), None);
    }
    if error.is::<ContentTypeError>() {
        return (Feilkode::Innholdstype.into(), None);
    }
    if let Some(reason) = parameter_reason(error) {
        return (reason, None);
    }
    match error.status() {
        StatusCode::NOT_FOUND => (Feilkode::UkjentAdresse.into(), None),
        StatusCode::METHOD_NOT_ALLOWED => (Feilkode::Metode.into(), None),
        StatusCode::PAYLOAD_TOO_LARGE => (Feilkode::ForStor.into(), None),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (Feilkode::Innholdstype.into(), None),
        status if status.is_client_error() => (Feilkode::Kropp.into(), None),
        _ => (Feilkode::Intern.into(), Some(error.to_string())),
    }
}

/// What a parser said. Its own words may hold the value, so only texts that were made for the caller go on.
fn parameter_reason(error: &Error) -> Option<Feil> {
    let ours = |reason: &str, code: Feilkode| {
        let text = reason.split_once(FOR_CALLER).map(|(_, text)| text.split(" (occurred").next().unwrap_or(text));
        match text {
            Some(text) => Feil::from(code).melding(format!("Et parameter i kallet har feil form: {text}.")),
            None => code.into(),
        }
    };
    if let Some(ParsePathError { reason, .. }) = error.downcast_ref() {
        return Some(ours(reason, Feilkode::Parameter));
    }
    if let Some(ParseParamError { reason, .. }) = error.downcast_ref() {
        return Some(ours(reason, Feilkode::Parameter));
    }
    error.downcast_ref::<ParseRequestPayloadError>().map(|_| Feilkode::Kropp.into())
}

/// Where and when an error came up.
#[derive(Debug)]
pub struct Context<'a> {
    pub error_id: Uuid,
    pub path: &'a str,
    pub now: Timestamp,
    pub problem_json: bool,
}

/// Renders an error for the caller.
pub fn render(feil: &Feil, context: &Context<'_>) -> Response {
    let status = StatusCode::from_u16(feil.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let error_id = context.error_id.to_string();
    let message =
        if status.is_server_error() { format!("{} Feil-id: {error_id}.", feil.melding) } else { feil.melding.clone() };
    let title = status.canonical_reason().unwrap_or_default();
    let (content_type, body) = if context.problem_json {
        let mut body = json!({
            "type": "about:blank",
            "title": title,
            "status": feil.status,
            "detail": message,
            "instance": format!("urn:uuid:{error_id}"),
            "errorCode": feil.code,
            "errorId": error_id,
            "timestamp": context.now.as_millisecond(),
        });
        if let (Some(fakta), Some(body)) = (&feil.fakta, body.as_object_mut()) {
            body.insert("errorJson".to_owned(), Value::clone(fakta));
        }
        ("application/problem+json", body)
    } else {
        // Explicit nulls, as KS's own answers have them.
        let body = json!({
            "timestamp": context.now.as_millisecond(),
            "status": feil.status,
            "error": title,
            "errorId": error_id,
            "path": context.path,
            "originalPath": null,
            "message": message,
            "errorCode": feil.code,
            "errorJson": feil.fakta,
        });
        ("application/json", body)
    };
    let mut response = Response::builder().status(status).content_type(content_type).body(body.to_string());
    let headers = response.headers_mut();
    if let Some(seconds) = feil.vent {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(challenge) = challenge(feil) {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if let Some(range) = unsatisfied_range(feil) {
        headers.insert(header::CONTENT_RANGE, range);
    }
    response
}

/// RFC 9110 §15.5.17: how long the content is that a range lies outside of.
fn unsatisfied_range(feil: &Feil) -> Option<HeaderValue> {
    let total = feil.fakta.as_ref().filter(|_| feil.status == 416)?.get("storrelse")?;
    HeaderValue::from_str(&format!("bytes */{total}")).ok()
}

/// What a caller must bring: a token (RFC 6750 §3), or a user name and a password (RFC 7617).
fn challenge(feil: &Feil) -> Option<&'static str> {
    let is = |kode: Feilkode| feil.code == kode.code();
    if is(Feilkode::InnbyggertokenUgyldig) {
        Some(r#"Bearer realm="meldeport-innbygger", error="invalid_token""#)
    } else if is(Feilkode::InnbyggertokenMangler) || is(Feilkode::EngangspassordFeil) {
        Some(r#"Bearer realm="meldeport-innbygger""#)
    } else if is(Feilkode::ScopeMangler) {
        Some(r#"Bearer realm="meldeport", error="insufficient_scope", scope="ks:fiks""#)
    } else if is(Feilkode::TokenUgyldig) || is(Feilkode::TokenUtlopt) {
        Some(r#"Bearer realm="meldeport", error="invalid_token""#)
    } else if is(Feilkode::SvarinnMangler) || is(Feilkode::SvarinnUgyldig) {
        Some(r#"Basic realm="meldeport", charset="UTF-8""#)
    } else if feil.status == 401 {
        Some(r#"Bearer realm="meldeport", scope="ks:fiks""#)
    } else {
        None
    }
}

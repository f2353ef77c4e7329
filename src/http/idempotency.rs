//! The key by which a caller makes a repeat harmless.

use poem::{Request, http::HeaderValue};

use crate::model::Feilkode;

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// The caller's `Idempotency-Key`. Read from the request: poem-openapi passes over a header that is not ASCII, and a
/// sender must not believe that it has a key when it has none.
pub fn idempotency_key(request: &Request) -> Result<Option<String>, Feilkode> {
    let mut values = request.headers().get_all(IDEMPOTENCY_KEY).iter();
    match (values.next().map(HeaderValue::as_bytes), values.next()) {
        (None, _) => Ok(None),
        (Some(key), None) if matches!(key.len(), 1..=255) && key.iter().all(u8::is_ascii_graphic) => {
            Ok(Some(String::from_utf8_lossy(key).into_owned()))
        }
        _ => Err(Feilkode::IdempotensNokkel),
    }
}

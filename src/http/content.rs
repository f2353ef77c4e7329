//! Sending stored bytes exactly, with what a careful client needs: digests (RFC 9530), a validator and ranges
//! (RFC 9110 §14).

use std::ops::Bound;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use poem::{
    IntoResponse, Request, Response,
    http::{HeaderName, StatusCode, header},
    web::headers::{ETag, HeaderMapExt as _, IfNoneMatch, IfRange, Range},
};
use poem_openapi::{
    ApiResponse,
    payload::Binary,
    registry::{MetaResponses, Registry},
};

use crate::{
    crypto::sha256,
    model::{Feil, Feilkode},
};

const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// A file as it lies in the store.
pub struct File<'a> {
    pub name: &'a str,
    pub content_type: &'a str,
    pub sha256: [u8; 32],
    pub content: Bytes,
}

/// The answer to a GET for a file. Statuses and headers are documented in `spec`, which poem-openapi has no words for.
#[derive(Debug)]
pub struct SealedContent(Response);

impl IntoResponse for SealedContent {
    fn into_response(self) -> Response {
        self.0
    }
}

impl ApiResponse for SealedContent {
    fn meta() -> MetaResponses {
        <Binary<Vec<u8>> as ApiResponse>::meta()
    }

    fn register(_: &mut Registry) {}
}

/// Answers a GET for a file: all of it, a range, or that the caller has it already.
pub fn respond(request: &Request, file: &File<'_>) -> Result<SealedContent, Feil> {
    let tag = format!("\"{}\"", hex::encode(file.sha256));
    let Ok(etag) = tag.parse::<ETag>() else { return Err(Feilkode::Intern.into()) };
    let headers = request.headers();
    let builder = Response::builder()
        .header(header::ETAG, &tag)
        .header(header::ACCEPT_RANGES, "bytes")
        .header(REPR_DIGEST, digest(file.sha256));
    if headers.typed_get::<IfNoneMatch>().is_some_and(|known| !known.precondition_passes(&etag)) {
        return Ok(SealedContent(builder.status(StatusCode::NOT_MODIFIED).finish()));
    }
    let builder = builder
        .content_type(file.content_type)
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file.name));
    // A range of something else than what the caller has the beginning of would be worse than sending all.
    let unchanged = headers.typed_get::<IfRange>().is_none_or(|known| !known.is_modified(Some(&etag), None));
    let range = headers.typed_get::<Range>().filter(|_| unchanged);
    let total = file.content.len();
    let (status, from, to) = match range.map(|range| one_range(&range, total)) {
        None | Some(Wanted::All) => (StatusCode::OK, 0, total),
        Some(Wanted::Part(from, to)) => (StatusCode::PARTIAL_CONTENT, from, to),
        Some(Wanted::Nothing) => {
            return Err(Feil::from(Feilkode::Rekkevidde).fakta(serde_json::json!({ "storrelse": total })));
        }
    };
    let content = file.content.slice(from..to);
    // Who read it from the store has compared the whole with its digest.
    let sent = if status == StatusCode::OK { file.sha256 } else { sha256(&content) };
    let mut builder = builder.status(status).header(CONTENT_DIGEST, digest(sent));
    if status == StatusCode::PARTIAL_CONTENT {
        builder = builder.header(header::CONTENT_RANGE, format!("bytes {from}-{}/{total}", to - 1));
    }
    Ok(SealedContent(builder.body(content)))
}

fn digest(sha256: [u8; 32]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(sha256))
}

enum Wanted {
    All,
    Part(usize, usize),
    Nothing,
}

/// One range is served; several in one request are answered with everything, which RFC 9110 allows.
fn one_range(range: &Range, total: usize) -> Wanted {
    let mut ranges = range.satisfiable_ranges(total as u64);
    let Some((start, end)) = ranges.next() else { return Wanted::Nothing };
    if ranges.next().is_some() {
        return Wanted::All;
    }
    let at = |n: u64| usize::try_from(n).unwrap_or(total).min(total);
    let from = match start {
        Bound::Included(n) => at(n),
        Bound::Excluded(n) => at(n.saturating_add(1)),
        Bound::Unbounded => 0,
    };
    let to = match end {
        Bound::Included(n) => at(n.saturating_add(1)),
        Bound::Excluded(n) => at(n),
        Bound::Unbounded => total,
    };
    if from < to { Wanted::Part(from, to) } else { Wanted::Nothing }
}

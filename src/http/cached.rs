//! Answers that a caller may keep: with a tag, and 304 for who has it already.

use poem::{
    Body, IntoResponse, Request, Response,
    http::{StatusCode, header},
    web::headers::{ETag, HeaderMapExt as _, IfNoneMatch},
};

/// `tag` changes whenever the text does; a digest of it is one.
pub fn respond(request: &Request, text: impl Into<Body>, content_type: &str, tag: &str, cache: &str) -> Response {
    let tag = format!("\"{tag}\"");
    let known = match (tag.parse::<ETag>(), request.headers().typed_get::<IfNoneMatch>()) {
        (Ok(etag), Some(known)) => !known.precondition_passes(&etag),
        _ => false,
    };
    let response = Response::builder().header(header::ETAG, tag).header(header::CACHE_CONTROL, cache);
    if known {
        return response.status(StatusCode::NOT_MODIFIED).finish();
    }
    response.content_type(content_type).body(text.into()).into_response()
}

//! Headers that keep an answer to whoever asked for it, on everything that is served, whatever it is.

use poem::{
    Response,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
};

/// Nothing that we answer is to be run, drawn or framed, unless a page says what it needs.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// A year: whoever has spoken TLS with us speaks nothing else. Names below ours are not ours to decide on.
const ONLY_TLS: &str = "max-age=31536000";

/// Puts on what the answer does not say itself. `tls`: callers reach us by HTTPS, whether or not it is we who speak it.
pub fn protect(response: &mut Response, tls: bool) {
    let not_modified = response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    or(headers, header::REFERRER_POLICY, "no-referrer");
    // 304 stands for an answer that the caller has, with the headers that it has.
    if !not_modified {
        or(headers, header::CACHE_CONTROL, "no-store");
    }
    // The policy of a script is that of a worker made from it, not of the page.
    if !not_modified && !is_script(headers) {
        or(headers, header::CONTENT_SECURITY_POLICY, NOTHING);
    }
    if tls {
        or(headers, header::STRICT_TRANSPORT_SECURITY, ONLY_TLS);
    }
}

fn or(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}

fn is_script(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.contains("javascript"))
}

#[cfg(test)]
mod tests {
    use poem::{Response, http::StatusCode};

    use super::protect;

    fn protected(response: Response, tls: bool) -> Response {
        let mut response = response;
        protect(&mut response, tls);
        response
    }

    #[test]
    fn what_an_answer_says_itself_is_left() {
        let own = Response::builder().header("Cache-Control", "public").header("Content-Security-Policy", "x").finish();
        let own = protected(own, false);
        assert_eq!((own.header("cache-control"), own.header("content-security-policy")), (Some("public"), Some("x")));
        let script = protected(Response::builder().content_type("text/javascript").finish(), false);
        assert_eq!(script.header("content-security-policy"), None);
        let known = protected(Response::builder().status(StatusCode::NOT_MODIFIED).finish(), false);
        assert_eq!((known.header("cache-control"), known.header("content-security-policy")), (None, None));
        assert_eq!(known.header("x-content-type-options"), Some("nosniff"));
    }

    #[test]
    fn tls_is_demanded_of_those_only_who_can_have_it() {
        assert_eq!(protected(Response::default(), false).header("strict-transport-security"), None);
        assert_eq!(protected(Response::default(), true).header("strict-transport-security"), Some("max-age=31536000"));
    }
}

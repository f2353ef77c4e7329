//! One request as a value: what is sent and what is shown as `curl` come from the same fields, so they cannot differ.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;

/// The body of a request.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    None,
    Json(String),
    /// A finished `multipart/form-data` body, with the form fields for `curl`.
    Multipart {
        boundary: String,
        bytes: Bytes,
        shown: Vec<String>,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub method: Method,
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
    /// For the whole exchange; `None` only bounds the silence between two reads.
    pub timeout: Option<Duration>,
}

impl Call {
    pub fn get(path: String) -> Self {
        Self::new(Method::GET, path, Body::None)
    }

    pub fn post(path: String, body: Body) -> Self {
        Self::new(Method::POST, path, body)
    }

    fn new(method: Method, path: String, body: Body) -> Self {
        let timeout = Some(Duration::from_secs(30));
        Self { method, path, query: Vec::new(), headers: Vec::new(), body, timeout }
    }

    pub fn query(mut self, name: &'static str, value: Option<String>) -> Self {
        self.query.extend(value.map(|value| (name, value)));
        self
    }

    pub fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    pub fn timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeout = timeout;
        self
    }

    /// The command a person could type. Secrets stand as shell variables.
    pub fn curl(&self, base: &str) -> String {
        let query: Vec<_> = self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let mut line = format!("curl -sS '{base}{}{mark}{}'", self.path, query.join("&"));
        line.push_str(
            r#" -H "Authorization: Bearer $TOKEN" -H "IntegrasjonId: $ID" -H "IntegrasjonPassord: $PASSORD""#,
        );
        for (name, value) in &self.headers {
            line.push_str(&format!(" -H '{name}: {value}'"));
        }
        match &self.body {
            Body::None if self.method == Method::POST => line.push_str(" -X POST"),
            Body::None => {}
            Body::Json(json) => line.push_str(&format!(" --json '{json}'")),
            Body::Multipart { shown, .. } => shown.iter().for_each(|field| line.push_str(&format!(" -F '{field}'"))),
        }
        line
    }
}

/// A `multipart/form-data` body with one file per part. Our own, because the boundary must be the same when an entry
/// in the outbox is sent again: same key, same bytes.
pub(crate) fn multipart(boundary: &str, parts: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::with_capacity(parts.iter().map(|(_, _, bytes)| bytes.len() + 256).sum());
    for (name, filename, bytes) in parts {
        body.extend_from_slice(
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body
}

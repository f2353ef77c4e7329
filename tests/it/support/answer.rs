//! What the gateway answered, and whether it has the one shape that errors have.

use bytes::Bytes;
use reqwest::{RequestBuilder, header::HeaderMap};
use serde_json::Value;

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Sends a request and reads the whole answer.
pub async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.bytes().await.unwrap() }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The body of an error with this status and code, after a look at its form.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let body = self.json(status);
        assert_eq!(body["errorCode"], code, "{body}");
        assert_eq!(self.header("content-type"), Some("application/json"));
        let mut keys: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(
            keys,
            ["error", "errorCode", "errorId", "errorJson", "message", "originalPath", "path", "status", "timestamp"]
        );
        assert_eq!(body["status"], status);
        assert_eq!(body["errorId"].as_str(), self.header("request-id"));
        assert!(body["timestamp"].is_i64() && body["path"].is_string() && body["originalPath"].is_null(), "{body}");
        assert!(body["message"].as_str().is_some_and(|text| text.ends_with('.')), "{body}");
        assert_eq!(self.header("www-authenticate").is_some(), status == 401 || code == "TILGANG.SCOPE_MANGLER");
        body
    }
}

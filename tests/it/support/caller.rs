//! Someone who calls the gateway, with all three credentials.

use reqwest::{Method, RequestBuilder};

use super::{Answer, answer};

/// An integration with a token.
#[derive(Debug, Clone)]
pub struct Caller {
    pub http: reqwest::Client,
    pub url: String,
    pub token: String,
    pub integrasjon: String,
    pub passord: String,
}

impl Caller {
    /// A request with credentials. `path` starts with a slash.
    pub fn request(&self, method: Method, path: impl AsRef<str>) -> RequestBuilder {
        self.request_without_token(method, path).bearer_auth(&self.token)
    }

    pub fn request_without_token(&self, method: Method, path: impl AsRef<str>) -> RequestBuilder {
        self.http
            .request(method, format!("{}{}", self.url, path.as_ref()))
            .header("IntegrasjonId", &self.integrasjon)
            .header("IntegrasjonPassord", &self.passord)
    }

    pub async fn get(&self, path: impl AsRef<str>) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: impl AsRef<str>) -> Answer {
        answer(self.request(Method::POST, path)).await
    }
}

/// Somebody who has logged in with ID-porten.
#[derive(Debug, Clone)]
pub struct Person {
    pub http: reqwest::Client,
    pub url: String,
    pub token: String,
}

impl Person {
    pub fn request(&self, method: Method, path: impl AsRef<str>) -> RequestBuilder {
        self.http.request(method, format!("{}{}", self.url, path.as_ref())).bearer_auth(&self.token)
    }

    pub async fn get(&self, path: impl AsRef<str>) -> Answer {
        answer(self.request(Method::GET, path)).await
    }
}

//! The real HTTP client, for documents that the gateway needs from others.

use std::time::Duration;

use async_trait::async_trait;

use crate::system::http::{Fetch, FetchError};

/// A key set or a metadata document is small.
const MAX_DOCUMENT: usize = 1024 * 1024;

#[derive(Debug, Clone, Default)]
pub struct HttpClient(reqwest::Client);

impl HttpClient {
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new() -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(10))
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self(client))
    }
}

#[async_trait]
impl Fetch for HttpClient {
    async fn get(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        let failed = |reason: String| FetchError { url: url.to_owned(), reason };
        let mut response = self.0.get(url).send().await.map_err(|error| failed(error.without_url().to_string()))?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(failed(format!("status {}", response.status().as_u16())));
        }
        let mut document = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failed(error.without_url().to_string()))? {
            document.extend_from_slice(&chunk);
            if document.len() > MAX_DOCUMENT {
                return Err(failed("too long".to_owned()));
            }
        }
        Ok(document)
    }
}

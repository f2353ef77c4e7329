//! Fetching a document as an argument, so that no room below the composition root opens a connection of its own.

use std::fmt::Debug;

use async_trait::async_trait;

/// Why a document could not be had. Carries no content of the answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{url}: {reason}")]
pub struct FetchError {
    pub url: String,
    pub reason: String,
}

/// Fetches a small document with GET; anything but 200 is an error.
#[async_trait]
pub trait Fetch: Send + Sync + Debug {
    async fn get(&self, url: &str) -> Result<Vec<u8>, FetchError>;
}

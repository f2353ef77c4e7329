//! What goes wrong between the client and the gateway. The texts are for the operator, so they are Norwegian; none of
//! them carries a token, a password or a word of a report.

use std::{fmt, time::Duration};

use serde::Deserialize;

/// Who answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    Gateway,
    TokenIssuer,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gateway => "Meldeport",
            Self::TokenIssuer => "token-endepunktet",
        })
    }
}

/// An answer that was not the one hoped for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub peer: Peer,
    pub status: u16,
    pub code: Option<String>,
    pub message: Option<String>,
    pub error_id: Option<String>,
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// The report has already gone another way (409, for good), or is gone (410).
    pub fn too_late(&self) -> bool {
        self.status == 410 || (self.status == 409 && self.retry_after.is_none())
    }

    /// No use in sending the same bytes again. A 404 counts only with a code: without one it is some other server's.
    pub fn for_good(&self) -> bool {
        match self.status {
            400 | 410 | 413 | 415 | 422 => true,
            404 => self.code.is_some(),
            409 => self.retry_after.is_none(),
            _ => false,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} svarte {}", self.peer, self.status)?;
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        if let Some(id) = &self.error_id {
            write!(f, " (feil-id {id})")?;
        }
        Ok(())
    }
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum ApiError {
    #[error("{0}")]
    Refused(Box<Refusal>),
    #[error("mistet kontakten med {peer}: {reason}")]
    Connection { peer: Peer, reason: String },
    #[error("{peer} svarte noe uventet: {reason}")]
    Unexpected { peer: Peer, reason: String },
    #[error("kunne ikke signere token-forespørselen: {0}")]
    Grant(String),
}

/// Whether the same request may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    No,
    Soon,
    After(Duration),
}

impl ApiError {
    /// A lost connection. The URL is left out of the text and the causes are put in: `reqwest` hides the useful part.
    pub(crate) fn connection(peer: Peer, error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut reason = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            reason = format!("{reason}: {inner}");
            cause = inner.source();
        }
        Self::Connection { peer, reason }
    }

    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }

    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => refusal.code.as_deref(),
            _ => None,
        }
    }

    pub fn again(&self) -> Again {
        match self {
            Self::Connection { .. } => Again::Soon,
            Self::Refused(refusal) => match (refusal.status, refusal.retry_after) {
                (409 | 429 | 502..=504, Some(wait)) => Again::After(wait),
                (429 | 502..=504, None) => Again::Soon,
                _ => Again::No,
            },
            Self::Unexpected { .. } | Self::Grant(_) => Again::No,
        }
    }
}

/// The error bodies of the gateway (`errorCode`, `message`) and of OAuth (`error`, `error_description`). KS sends
/// explicit nulls.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Problem {
    error: Option<String>,
    error_id: Option<String>,
    error_code: Option<String>,
    message: Option<String>,
    #[serde(rename = "error_description")]
    error_description: Option<String>,
}

/// Reads an answer that is not a success. A body that is not JSON is left out: it may be anything.
pub(crate) async fn refusal(peer: Peer, response: reqwest::Response) -> ApiError {
    let status = response.status().as_u16();
    let retry_after = response
        .headers()
        .get(reqwest::header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().parse().ok())
        .map(Duration::from_secs);
    let problem: Problem = response.json().await.unwrap_or_default();
    let (code, message) = match peer {
        Peer::Gateway => (problem.error_code, problem.message.or(problem.error)),
        Peer::TokenIssuer => (problem.error, problem.error_description),
    };
    ApiError::Refused(Box::new(Refusal { peer, status, code, message, error_id: problem.error_id, retry_after }))
}

//! Bodies with an end: no request is read further than it may be long, however it is sent.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use poem::{
    Body, Request,
    http::{Method, header},
};

use super::operations;
use crate::{
    domain::{ledsagerbevis::MAX_BILDE, mottak::MAX_INNHOLD},
    model::{Feil, Feilkode},
};

/// Boundaries and part headers of a multipart body, generously.
const MULTIPART_OVERHEAD: u64 = 64 * 1024;
/// A report in the clear: more than a thousand pages of text.
const MAX_SKJEMA: u64 = 1024 * 1024;
/// Everything else is small.
const MAX_OTHER: u64 = 64 * 1024;
/// What is thrown away of a body that nobody reads, so that the caller gets to see our answer: a connection that is
/// closed while it still sends looks broken to it.
const MAX_DRAIN: u64 = 64 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// Tells whether the body went past its bound.
#[derive(Debug, Clone)]
pub struct Overflow {
    happened: Arc<AtomicBool>,
    limit: u64,
}

impl Overflow {
    /// What to tell the caller, if the body went past its bound.
    pub fn feil(&self) -> Option<Feil> {
        self.happened.load(Ordering::Relaxed).then(|| too_large(self.limit))
    }
}

fn too_large(limit: u64) -> Feil {
    if limit > MAX_BILDE as u64 {
        return Feilkode::BildeForStort.into();
    }
    let feil = Feil::from(Feilkode::ForStor);
    if limit > MAX_INNHOLD as u64 {
        return feil;
    }
    feil.melding(format!("Forespørselen er for stor. Den kan være {} kB.", limit / 1024))
}

/// Puts a bound on the request's body.
///
/// # Errors
/// When the `Content-Length` alone is too much; then not a byte is read into memory.
pub fn bound(request: &mut Request) -> Result<Overflow, Feil> {
    let multipart = request.content_type().is_some_and(|kind| kind.starts_with("multipart/"));
    let form = ["/mottak/", "/skjema/"].iter().any(|part| request.uri().path().contains(part));
    let photo = request.method() == Method::POST && operations::takes_photo(request.uri().path());
    let limit = match (multipart, form) {
        _ if photo => MAX_BILDE as u64 + MULTIPART_OVERHEAD,
        (true, _) => MAX_INNHOLD as u64 + MULTIPART_OVERHEAD,
        (false, true) => MAX_SKJEMA,
        (false, false) => MAX_OTHER,
    };
    let declared = declared(request);
    let overflow = Overflow { happened: Arc::default(), limit };
    let stream = request.take_body().into_bytes_stream();
    let bounded = Bounded { stream: Some(Box::pin(stream)), left: limit, overflow: overflow.clone() };
    if declared.is_some_and(|length| length > limit) {
        drop(bounded);
        return Err(too_large(limit));
    }
    request.set_body(Body::from_bytes_stream(bounded));
    Ok(overflow)
}

/// How long the body is, as far as that was said.
pub fn declared(request: &Request) -> Option<u64> {
    request.header(header::CONTENT_LENGTH)?.parse().ok()
}

type Source = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

struct Bounded {
    stream: Option<Source>,
    left: u64,
    overflow: Overflow,
}

impl Stream for Bounded {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(stream) = self.stream.as_mut() else { return Poll::Ready(None) };
        match stream.poll_next_unpin(context) {
            Poll::Ready(Some(Ok(chunk))) => match self.left.checked_sub(chunk.len() as u64) {
                Some(left) => {
                    self.left = left;
                    Poll::Ready(Some(Ok(chunk)))
                }
                None => {
                    self.overflow.happened.store(true, Ordering::Relaxed);
                    Poll::Ready(Some(Err(io::Error::other("body too large"))))
                }
            },
            Poll::Ready(None) => {
                self.stream = None;
                Poll::Ready(None)
            }
            other => other,
        }
    }
}

impl Drop for Bounded {
    fn drop(&mut self) {
        if let (Some(stream), Ok(runtime)) = (self.stream.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(tokio::time::timeout(DRAIN_TIME, drain(stream)));
        }
    }
}

async fn drain(mut stream: Source) {
    let mut left = MAX_DRAIN;
    while let Some(Ok(chunk)) = stream.next().await {
        match left.checked_sub(chunk.len() as u64) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

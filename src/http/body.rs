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
use poem::{Body, Request, http::header};

use crate::{
    domain::mottak::MAX_INNHOLD,
    model::{Feil, Feilkode},
};

/// Boundaries and part headers of a multipart body, generously.
const MULTIPART_OVERHEAD: u64 = 64 * 1024;
/// Everything that is not a multipart body is small.
const MAX_OTHER: u64 = 64 * 1024;
/// What is thrown away of a body that nobody reads, so that the caller gets to see our answer: a connection that is
/// closed while it still sends looks broken to it.
const MAX_DRAIN: u64 = 64 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// Tells whether the body went past its bound.
#[derive(Debug, Clone, Default)]
pub struct Overflow(Arc<AtomicBool>);

impl Overflow {
    pub fn happened(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Puts a bound on the request's body.
///
/// # Errors
/// When the `Content-Length` alone is too much; then not a byte is read into memory.
pub fn bound(request: &mut Request) -> Result<Overflow, Feil> {
    let multipart = request.content_type().is_some_and(|kind| kind.starts_with("multipart/"));
    let limit = if multipart { MAX_INNHOLD as u64 + MULTIPART_OVERHEAD } else { MAX_OTHER };
    let declared = request.header(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    let overflow = Overflow::default();
    let stream = request.take_body().into_bytes_stream();
    let bounded = Bounded { stream: Some(Box::pin(stream)), left: limit, overflow: overflow.clone() };
    if declared.is_some_and(|length| length > limit) {
        let tells_multipart = multipart.then_some(Feilkode::ForStor);
        drop(bounded);
        return Err(tells_multipart.map_or_else(too_large_json, Feil::from));
    }
    request.set_body(Body::from_bytes_stream(bounded));
    Ok(overflow)
}

fn too_large_json() -> Feil {
    Feil::from(Feilkode::ForStor).melding("Forespørselen er for stor. Den kan være 64 kB.")
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
                    self.overflow.0.store(true, Ordering::Relaxed);
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

//! Bodies with an end: no request is read further than it may be long, however it is sent, and none that is large before there
//! is [`Room`] for it.

use std::{
    io,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{FutureExt as _, Stream, StreamExt as _, future::BoxFuture};
use poem::{
    Body, Request,
    http::{Method, header},
};

use super::{bruk::Kaller, operations};
use crate::{
    domain::{ledsagerbevis::MAX_BILDE, mottak::MAX_INNHOLD},
    model::{Feil, Feilkode, IntegrasjonId},
    system::room::{self, Place},
};

/// No integration gets more than half of it, nor all who call without one together.
pub type Room = room::Room<Option<IntegrasjonId>>;

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

/// Seconds after which there may be room for a body that found none.
const COME_BACK: u64 = 5;

/// What became of a body. Keep it until the call is answered: the body's place in memory goes with it.
#[derive(Debug, Clone)]
pub struct Bound(Arc<Fate>);

#[derive(Debug)]
struct Fate {
    limit: u64,
    /// Why it was not read to its end.
    stopped: OnceLock<Feil>,
    place: OnceLock<Place>,
}

impl Bound {
    /// What to tell the caller, if the body was not read to its end.
    pub fn feil(&self) -> Option<Feil> {
        self.0.stopped.get().cloned()
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
pub fn bound(request: &mut Request, room: &Room, kaller: &Kaller) -> Result<Bound, Feil> {
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
    let bound = Bound(Arc::new(Fate { limit, stopped: OnceLock::new(), place: OnceLock::new() }));
    let bytes = declared.unwrap_or(limit).min(limit);
    let waiting = (bytes > MAX_OTHER).then(|| place(room.clone(), kaller.clone(), bytes).boxed());
    let stream = request.take_body().into_bytes_stream();
    let bounded = Bounded { stream: Some(Box::pin(stream)), waiting, left: limit, bound: bound.clone() };
    if declared.is_some_and(|length| length > limit) {
        drop(bounded);
        return Err(too_large(limit));
    }
    request.set_body(Body::from_bytes_stream(bounded));
    Ok(bound)
}

/// Who calls is asked when this is awaited, not before.
async fn place(room: Room, kaller: Kaller, bytes: u64) -> Option<Place> {
    let integrasjon = kaller.integrasjon();
    let place = room.take(integrasjon, bytes).await;
    if place.is_none() {
        let integrasjon = integrasjon.map_or_else(|| "-".to_owned(), |id| id.to_string());
        tracing::warn!(integrasjon, bytes, "no room in memory for a body");
    }
    place
}

/// How long the body is, as far as that was said.
pub fn declared(request: &Request) -> Option<u64> {
    request.header(header::CONTENT_LENGTH)?.parse().ok()
}

type Source = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

struct Bounded {
    stream: Option<Source>,
    /// For room. Asked for when somebody wants to read, and so not before the caller has shown who it is.
    waiting: Option<BoxFuture<'static, Option<Place>>>,
    left: u64,
    bound: Bound,
}

impl Bounded {
    fn stop(&self, feil: Feil) -> Poll<Option<io::Result<Bytes>>> {
        let stopped = io::Error::other(feil.code);
        let _ = self.bound.0.stopped.set(feil);
        Poll::Ready(Some(Err(stopped)))
    }
}

impl Stream for Bounded {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(waiting) = self.waiting.as_mut() {
            let place = ready!(waiting.poll_unpin(context));
            self.waiting = None;
            match place {
                Some(place) => drop(self.bound.0.place.set(place)),
                None => return self.stop(Feil::from(Feilkode::Utilgjengelig).vent(COME_BACK)),
            }
        }
        let Some(stream) = self.stream.as_mut() else { return Poll::Ready(None) };
        match stream.poll_next_unpin(context) {
            Poll::Ready(Some(Ok(chunk))) => match self.left.checked_sub(chunk.len() as u64) {
                Some(left) => {
                    self.left = left;
                    Poll::Ready(Some(Ok(chunk)))
                }
                None => self.stop(too_large(self.bound.0.limit)),
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

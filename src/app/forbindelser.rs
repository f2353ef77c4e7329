//! Connections with an end: how many there may be at once, and how long a caller may take over anything.

use std::{
    future::Future as _,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use poem::{
    http::uri::Scheme,
    listener::{Acceptor, BoxAcceptor, BoxIo},
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep, sleep},
};

use super::Limits;

/// How long to wait after the system could not give a connection: it has run out of something, and asking again at once
/// would take what is left.
const OUT_OF_SOMETHING: Duration = Duration::from_millis(100);

/// Most bytes that are read from a connection at once. hyper gives a connection that always has more twice the buffer, up to some
/// 400 kB, and the multipart reader holds as much again: with many senders that is more memory than their reports.
const AT_ONCE: u64 = 32 * 1024;

/// Takes connections while there is room for more; others wait in the system's queue.
pub(super) struct Bounded {
    inner: BoxAcceptor,
    limits: Limits,
    room: Arc<Semaphore>,
}

impl Bounded {
    pub fn new(inner: BoxAcceptor, limits: Limits) -> Self {
        let room = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
        Self { inner, limits, room }
    }
}

impl Acceptor for Bounded {
    type Io = Watched;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.inner.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(Watched, LocalAddr, RemoteAddr, Scheme)> {
        let place = self.room.clone().acquire_owned().await.map_err(io::Error::other)?;
        loop {
            match self.inner.accept().await {
                Ok((io, local, remote, scheme)) => {
                    return Ok((Watched::new(io, self.limits, place), local, remote, scheme));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    sleep(OUT_OF_SOMETHING).await;
                }
            }
        }
    }
}

/// A connection that ends when nothing gets on in it, or when its caller takes too long over a request. poem's own limit
/// waits for what is under way, and so for ever for a caller that has died in the middle of it.
pub(super) struct Watched {
    inner: BoxIo,
    idle: Duration,
    request: Duration,
    /// Until when something must have got on.
    until: Pin<Box<Sleep>>,
    /// When the caller began with the request that is coming in.
    began: Option<Instant>,
    _place: OwnedSemaphorePermit,
}

impl Watched {
    fn new(inner: BoxIo, limits: Limits, place: OwnedSemaphorePermit) -> Self {
        let Limits { idle, request, .. } = limits;
        Self { inner, idle, request, until: Box::pin(sleep(idle)), began: None, _place: place }
    }

    fn got_on(&mut self, now: Instant) {
        self.until.as_mut().reset(now + self.idle);
    }

    /// What to say of a connection on which nothing happens just now.
    fn still<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        self.until.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }

    fn written(&mut self, context: &mut Context<'_>, outcome: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match outcome {
            Poll::Pending => self.still(context),
            Poll::Ready(Ok(count)) => {
                // It is our turn now; the next byte that comes begins another request.
                self.began = None;
                self.got_on(Instant::now());
                Poll::Ready(Ok(count))
            }
            failed @ Poll::Ready(Err(_)) => failed,
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        match Pin::new(&mut (&mut self.inner).take(AT_ONCE)).poll_read(context, buf) {
            Poll::Pending => self.still(context),
            Poll::Ready(Ok(())) if buf.filled().len() > before => {
                let now = Instant::now();
                let (began, request) = (*self.began.get_or_insert(now), self.request);
                if now.duration_since(began) > request {
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
                self.got_on(now);
                Poll::Ready(Ok(()))
            }
            ended => ended,
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.inner).poll_write(context, buf);
        self.written(context, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.inner).poll_write_vectored(context, bufs);
        self.written(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.inner).poll_flush(context) {
            Poll::Pending => self.still(context),
            done => done,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.inner).poll_shutdown(context) {
            Poll::Pending => self.still(context),
            done => done,
        }
    }
}

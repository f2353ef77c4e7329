//! Counts connections that end before both sides agreed on TLS: a scanner, a caller with an old library, a certificate that
//! nobody trusts any more.

use std::{
    io::{IoSlice, Result},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use poem::{
    http::uri::Scheme,
    listener::{Acceptor, BoxAcceptor},
    web::{LocalAddr, RemoteAddr},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::system::Metrics;

pub(super) struct Counted {
    pub inner: BoxAcceptor,
    pub metrics: Arc<Metrics>,
}

impl Acceptor for Counted {
    type Io = Counting;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.inner.local_addr()
    }

    async fn accept(&mut self) -> Result<(Counting, LocalAddr, RemoteAddr, Scheme)> {
        let (inner, local, remote, scheme) = self.inner.accept().await?;
        let undecided = (scheme == Scheme::HTTPS).then(|| self.metrics.clone());
        Ok((Counting { inner: Box::pin(inner), undecided }, local, remote, scheme))
    }
}

trait Stream: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Stream for T {}

/// A connection whose first read or write is the handshake's end.
pub(super) struct Counting {
    inner: Pin<Box<dyn Stream>>,
    undecided: Option<Arc<Metrics>>,
}

impl Counting {
    fn decide<T>(&mut self, polled: Poll<Result<T>>) -> Poll<Result<T>> {
        if let Poll::Ready(result) = &polled
            && let Some(metrics) = self.undecided.take()
            && result.is_err()
        {
            metrics.tls_refused.inc();
        }
        polled
    }
}

impl AsyncRead for Counting {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let polled = self.inner.as_mut().poll_read(cx, buf);
        self.decide(polled)
    }
}

impl AsyncWrite for Counting {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let polled = self.inner.as_mut().poll_write(cx, bytes);
        self.decide(polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.inner.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.inner.as_mut().poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let polled = self.inner.as_mut().poll_write_vectored(cx, bytes);
        self.decide(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

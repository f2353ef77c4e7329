//! TLS of our own: OpenSSL, by Mozilla's intermediate recommendation of today (TLS 1.2 and 1.3), client certificates where the
//! operator asks for them, and new files taken into use without a restart.

use std::{
    fs, io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, ensure};
use openssl::{
    pkey::PKey,
    ssl::{AlpnError, Ssl, SslAcceptor, SslMethod, SslOptions, SslVerifyMode, select_next_proto},
    x509::{X509, store::X509StoreBuilder},
};
use poem::{
    http::uri::Scheme,
    listener::Acceptor,
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, timeout},
};
use tokio_openssl::SslStream;
use zeroize::Zeroizing;

/// How long a caller may take over the handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often the files are looked at, when somebody calls.
const LOOK: Duration = Duration::from_secs(10);
/// What we speak, the newest first (RFC 7301).
const PROTOCOLS: &[u8] = b"\x02h2\x08http/1.1";

/// Where certificates and key lie, in PEM.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// Ours, with the chain above it.
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// Who issues the certificates that callers must have; `None` where they need none.
    pub client_ca: Option<PathBuf>,
}

impl TlsFiles {
    /// Reads everything, and says what does not go together.
    ///
    /// # Errors
    /// With the file that cannot be used.
    pub fn acceptor(&self) -> anyhow::Result<SslAcceptor> {
        let read = |path: &Path| fs::read(path).with_context(|| path.display().to_string());
        let unusable = |path: &Path| format!("{} cannot be used", path.display());
        let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
        // A client that asks again and again costs us more than itself.
        builder.set_options(SslOptions::NO_RENEGOTIATION);
        let chain = X509::stack_from_pem(&read(&self.certificate)?).with_context(|| unusable(&self.certificate))?;
        let mut chain = chain.into_iter();
        let own = chain.next().with_context(|| format!("{} holds no certificate", self.certificate.display()))?;
        builder.set_certificate(&own).with_context(|| unusable(&self.certificate))?;
        chain.try_for_each(|above| builder.add_extra_chain_cert(above))?;
        let key = Zeroizing::new(read(&self.key)?);
        // The callback keeps OpenSSL from ever asking at the terminal.
        let key = PKey::private_key_from_pem_callback(&key, |_| Ok(0)).with_context(|| unusable(&self.key))?;
        // Fails when the key does not belong to the certificate.
        builder
            .set_private_key(&key)
            .with_context(|| format!("{} is not the key of {}", self.key.display(), self.certificate.display()))?;
        builder.set_alpn_select_callback(|_, offered| select_next_proto(PROTOCOLS, offered).ok_or(AlpnError::NOACK));
        if let Some(path) = &self.client_ca {
            let authorities = X509::stack_from_pem(&read(path)?).with_context(|| unusable(path))?;
            ensure!(!authorities.is_empty(), "{} holds no certificate", path.display());
            let mut store = X509StoreBuilder::new()?;
            for authority in authorities {
                builder.add_client_ca(&authority)?;
                store.add_cert(authority)?;
            }
            builder.set_verify_cert_store(store.build())?;
            builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
            builder.set_session_id_context(b"meldeport")?;
        }
        Ok(builder.build())
    }

    /// What tells that a file was replaced.
    fn versions(&self) -> Vec<Option<(SystemTime, u64)>> {
        let paths = [&self.certificate, &self.key].into_iter().chain(&self.client_ca);
        let version =
            |path: &PathBuf| fs::metadata(path).ok().and_then(|file| Some((file.modified().ok()?, file.len())));
        paths.map(version).collect()
    }
}

struct Current {
    acceptor: SslAcceptor,
    versions: Vec<Option<(SystemTime, u64)>>,
    looked: Instant,
}

/// The files in use. New ones are tried whole: until certificate and key fit each other, the former ones stay.
struct Files {
    files: TlsFiles,
    current: Mutex<Current>,
}

impl Files {
    fn open(files: TlsFiles) -> anyhow::Result<Self> {
        let (versions, acceptor) = (files.versions(), files.acceptor()?);
        Ok(Self { files, current: Mutex::new(Current { acceptor, versions, looked: Instant::now() }) })
    }

    fn acceptor(&self) -> SslAcceptor {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.looked.elapsed() >= LOOK {
            current.looked = Instant::now();
            let versions = self.files.versions();
            if versions != current.versions {
                match self.files.acceptor() {
                    Ok(acceptor) => {
                        tracing::info!("the new TLS certificate is in use");
                        (current.acceptor, current.versions) = (acceptor, versions);
                    }
                    Err(error) => {
                        tracing::error!(
                            error = format!("{error:#}"),
                            "new TLS files cannot be used; the former ones stay"
                        );
                    }
                }
            }
        }
        current.acceptor.clone()
    }
}

/// Encrypts what another acceptor takes.
pub(super) struct Tls<A> {
    inner: A,
    files: Arc<Files>,
}

impl<A> Tls<A> {
    pub fn new(inner: A, files: TlsFiles) -> anyhow::Result<Self> {
        Ok(Self { inner, files: Arc::new(Files::open(files)?) })
    }
}

impl<A: Acceptor> Acceptor for Tls<A> {
    type Io = Encrypted<A::Io>;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.inner.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(Self::Io, LocalAddr, RemoteAddr, Scheme)> {
        let (stream, local, remote, _) = self.inner.accept().await?;
        let files = self.files.clone();
        let handshake = async move {
            let ssl = Ssl::new(files.acceptor().context()).map_err(io::Error::other)?;
            let mut stream = SslStream::new(ssl, stream).map_err(io::Error::other)?;
            match timeout(HANDSHAKE, Pin::new(&mut stream).accept()).await {
                Ok(done) => done.map_err(io::Error::other)?,
                Err(_) => return Err(io::ErrorKind::TimedOut.into()),
            }
            Ok(stream)
        };
        Ok((Encrypted::Handshake(Box::pin(handshake)), local, remote, Scheme::HTTPS))
    }
}

type Handshake<S> = Pin<Box<dyn Future<Output = io::Result<SslStream<S>>> + Send>>;

/// A connection whose handshake runs where it is read: who dawdles holds up nobody else.
pub(super) enum Encrypted<S> {
    Handshake(Handshake<S>),
    Ready(SslStream<S>),
}

impl<S> Encrypted<S> {
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Pin<&mut SslStream<S>>>>
    where
        S: Unpin,
    {
        loop {
            match self {
                Self::Ready(stream) => return Poll::Ready(Ok(Pin::new(stream))),
                Self::Handshake(handshake) => *self = Self::Ready(ready!(handshake.as_mut().poll(context))?),
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Encrypted<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(self.get_mut().poll_ready(context))?.poll_read(context, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Encrypted<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.get_mut().poll_ready(context))?.poll_write(context, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.get_mut().poll_ready(context))?.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            // Nothing was said that could be lost.
            Self::Handshake(_) => Poll::Ready(Ok(())),
            Self::Ready(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

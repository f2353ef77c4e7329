//! The composition root: puts the rooms together and runs them. The only place that names the machine's clock and the
//! operating system's randomness is its caller, `main`.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use poem::{
    Response, Route, Server,
    endpoint::BoxEndpoint,
    listener::{Acceptor as _, AcceptorExt as _, BoxAcceptor, Listener as _, TcpListener},
};
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

use crate::{
    auth::{PersonSettings, PersonVerifier, TokenVerifier, VerifierSettings},
    config::Config,
    crypto::{
        at_rest::{BlindIndex, Hvelv},
        certificate::Signer,
    },
    delivery::{Worker, WorkerSettings},
    domain::{DomainSettings, Services, forsegling::Forsegler, ledsagerbevis::Kortoppsett, varsling::Varsling},
    epost,
    http::{self, HttpSettings},
    personregister::{self, Personregister},
    skjema,
    sms::{self, Smsport},
    spool::Spool,
    store::{self, DatabaseSettings, Store},
    system::{Clock, Rng, SecretBytes, http::Fetch},
    versions::Livslop,
};

mod bruk;
mod fetch;
mod forbindelser;
mod handshake;
pub mod logging;
mod tls;
mod traces;

pub use fetch::HttpClient;
use forbindelser::Bounded;
pub use tls::TlsFiles;
pub use traces::{TraceSettings, Traces};

/// What the outside world gives the program.
#[derive(Debug, Clone)]
pub struct World {
    pub clock: Arc<dyn Clock>,
    pub rng: Arc<dyn Rng>,
    pub fetch: Arc<dyn Fetch>,
}

/// What a gateway is made of, besides the world.
#[derive(Debug)]
pub struct Parts {
    pub database: DatabaseSettings,
    /// Run missing migrations first.
    pub migrate: bool,
    pub verifier: VerifierSettings,
    /// `None` where persons cannot report.
    pub persons: Option<PersonSettings>,
    /// What digests of fødselsnumre are keyed with; `None` where no person can hold a role.
    pub person_key: Option<SecretBytes>,
    /// What personal data is sealed with, the newest first; empty where there are no companion cards.
    pub data_keys: Vec<SecretBytes>,
    /// Who issues cards to phones; `None` where nobody does.
    pub kort: Option<Kortoppsett>,
    /// How text messages are sent; `None` where nobody is told of a card, nor can log in with a code.
    pub sms: Option<Arc<dyn Smsport>>,
    /// Who persons are; `None` where case workers write it themselves.
    pub personregister: Option<Arc<dyn Personregister>>,
    /// The gateway's own certificate; `None` where plain JSON is not taken.
    pub signer: Option<Signer>,
    /// Where letters are laid out; `None` where print suppliers use the API only.
    pub spool: Option<PathBuf>,
    /// How offices are warned; `None` where nobody is.
    pub mail: Option<Varsling>,
    /// The life of each published version.
    pub livslop: Livslop,
    pub domain: DomainSettings,
}

impl Parts {
    /// A gateway that takes sealed reports only, and warns nobody.
    pub fn new(database: DatabaseSettings, verifier: VerifierSettings) -> Self {
        Self {
            database,
            migrate: true,
            verifier,
            persons: None,
            person_key: None,
            data_keys: Vec::new(),
            kort: None,
            sms: None,
            personregister: None,
            signer: None,
            spool: None,
            mail: None,
            livslop: Livslop::embedded(),
            domain: DomainSettings::default(),
        }
    }

    /// The same, for a command that somebody waits for: what it does may take as long as it needs.
    pub fn unhurried(config: &Config) -> anyhow::Result<Self> {
        let parts = Self::configured(config)?;
        Ok(Self { database: DatabaseSettings { statement: None, ..parts.database }, ..parts })
    }

    /// As an operator's settings describe it.
    pub fn configured(config: &Config) -> anyhow::Result<Self> {
        Ok(Self {
            database: config.database(),
            migrate: config.database.migrate_on_start,
            verifier: config.verifier(),
            persons: config.persons(),
            person_key: config.person_key()?,
            data_keys: config.data_keys()?,
            kort: config.kort()?,
            sms: config.sms()?.map(sms::open).transpose().context("sms")?,
            personregister: match config.personregister()? {
                None => None,
                Some(settings) => Some(Arc::new(personregister::Http::new(settings).context("personregister")?)),
            },
            signer: config.signer()?,
            spool: config.spool(),
            mail: Some(Varsling {
                postkasse: epost::open(config.mail()?).context("mail")?,
                drift: config.operations()?,
                tjeneste: config.http().public_url,
            }),
            livslop: Livslop::embedded(),
            domain: config.domain(),
        })
    }
}

/// Opens the database and puts the domain on top of it.
pub async fn services(world: &World, parts: Parts) -> anyhow::Result<Arc<Services>> {
    if parts.migrate {
        let run = store::migrate(&parts.database).await.context("the database could not be migrated")?;
        if run > 0 {
            tracing::info!(migrations = run, "database migrated");
        }
    }
    // Compiled now, so that the first report does not wait for it.
    skjema::register();
    let store = Store::open(&parts.database).await.context("the database could not be opened")?;
    let World { clock, rng, fetch } = world;
    let verifier = TokenVerifier::new(parts.verifier, fetch.clone(), clock.clone());
    let services = Services::new(store, verifier, clock.clone(), rng.clone(), parts.domain);
    let mut services = services.with_livslop(parts.livslop);
    if let Some(persons) = parts.persons {
        services = services.with_persons(PersonVerifier::new(persons, fetch.clone(), clock.clone()));
    }
    if let Some(key) = parts.person_key {
        services = services.with_person_index(BlindIndex::new(key).context("gateway.person_key_file")?);
    }
    if !parts.data_keys.is_empty() {
        services = services.with_hvelv(Hvelv::new(&parts.data_keys).context("ledsagerbevis.data_key_files")?);
    }
    if let Some(kort) = parts.kort {
        services = services.with_kort(kort);
    }
    if let Some(port) = parts.sms {
        services = services.with_sms(port);
    }
    if let Some(register) = parts.personregister {
        services = services.with_personregister(register);
    }
    if let Some(signer) = parts.signer {
        services = services.with_forsegler(Forsegler::new(signer).context("gateway.certificate")?);
    }
    services = services.with_mapper(parts.database.file(), parts.spool.clone());
    if let Some(folder) = parts.spool {
        services = services.with_spool(Spool::new(folder));
    }
    if let Some(mail) = parts.mail {
        services = services.with_mail(mail);
    }
    Ok(Arc::new(services))
}

/// A socket that listens, before anything answers on it.
pub struct Listening {
    acceptor: BoxAcceptor,
    pub address: SocketAddr,
}

impl std::fmt::Debug for Listening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listening").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Listening {
    /// Binds to an address; port 0 takes any free one.
    pub async fn bind(address: &str, tls: Option<TlsFiles>) -> anyhow::Result<Self> {
        let tcp = TcpListener::bind(address.to_owned()).into_acceptor().await;
        let tcp = tcp.with_context(|| format!("cannot listen on {address}"))?;
        let acceptor = match tls {
            None => tcp.boxed(),
            Some(files) => tls::Tls::new(tcp, files).context("server.tls")?.boxed(),
        };
        let address = acceptor.local_addr().first().and_then(|local| local.as_socket_addr().copied());
        Ok(Self { acceptor, address: address.context("the socket has no address")? })
    }
}

/// Calls at a time on one HTTP/2 connection. poem sets no limit unless asked to.
const STREAMS_MAX: u32 = 100;

/// How long the parts of the program may take to come to rest.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub drain: Duration,
    /// How long a connection may be still.
    pub idle: Duration,
    /// How long a caller may take to send a request.
    pub request: Duration,
    /// Connections at once.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            drain: Duration::from_secs(30),
            idle: Duration::from_secs(90),
            request: Duration::from_secs(120),
            connections: 800,
        }
    }
}

/// How long those who watch may say nothing, and how long a last answer to them may take.
const WATCHED_IDLE: Duration = Duration::from_secs(120);
const WATCHED_DRAIN: Duration = Duration::from_secs(1);

/// A running gateway.
#[derive(Debug)]
pub struct Gateway {
    pub services: Arc<Services>,
    server: Option<JoinHandle<std::io::Result<()>>>,
    worker: Option<JoinHandle<()>>,
    writer: Option<JoinHandle<()>>,
    watched: Option<Watched>,
    drain: Duration,
}

/// The socket of those who run the gateway. It answers until all else has stopped.
#[derive(Debug)]
struct Watched {
    server: JoinHandle<std::io::Result<()>>,
    stop: oneshot::Sender<()>,
}

impl Gateway {
    /// Starts to answer on a socket, and to deliver if there are settings for it.
    pub fn start(
        services: Arc<Services>,
        listening: Listening,
        settings: &HttpSettings,
        extra: Option<Route>,
        limits: Limits,
        deliver: Option<WorkerSettings>,
    ) -> Self {
        let app: BoxEndpoint<'static, Response> = http::app(services.clone(), settings, extra);
        let mut stop = services.signaler.stopp.subscribe();
        let stopped = async move {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        let acceptor = handshake::Counted { inner: listening.acceptor, metrics: services.metrics().clone() };
        let server = Server::new_with_acceptor(Bounded::new(acceptor.boxed(), limits));
        let server = server.http2_max_concurrent_streams(STREAMS_MAX);
        let server = tokio::spawn(server.run_with_graceful_shutdown(app, stopped, Some(limits.drain)));
        let worker = deliver.map(|settings| work(services.clone(), settings));
        let writer = Some(bruk::start(&services));
        Self { services, server: Some(server), worker, writer, watched: None, drain: limits.drain }
    }

    /// Delivers only, and answers nobody.
    pub fn deliver(services: Arc<Services>, limits: Limits, settings: WorkerSettings) -> Self {
        let worker = work(services.clone(), settings);
        Self { services, server: None, worker: Some(worker), writer: None, watched: None, drain: limits.drain }
    }

    /// Tells figures and whether all is well on a socket of its own.
    #[must_use]
    pub fn watched(self, listening: Listening) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let app = http::metrics::app(self.services.clone());
        let server = Server::new_with_acceptor(listening.acceptor).idle_timeout(WATCHED_IDLE);
        let stopped = async move {
            let _ = stopped.await;
        };
        let server = tokio::spawn(server.run_with_graceful_shutdown(app, stopped, Some(WATCHED_DRAIN)));
        Self { watched: Some(Watched { server, stop }), ..self }
    }

    /// Takes no new calls and no new jobs, lets those under way finish, and closes the database. A job that does not finish
    /// in time is somebody else's when its lease has ended.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.services.signaler.stopp.send_replace(true);
        let served = async {
            match self.server {
                Some(server) => server.await?.map_err(anyhow::Error::from),
                None => Ok(()),
            }
        };
        let worked = async {
            let Some(mut worker) = self.worker else { return Ok(()) };
            let Ok(ended) = timeout(self.drain, &mut worker).await else {
                tracing::warn!("a job did not finish in time and is left to others");
                worker.abort();
                return Ok(());
            };
            ended.map_err(anyhow::Error::from)
        };
        let (served, worked) = tokio::join!(served, worked);
        if let Some(writer) = self.writer {
            // The calls that were still under way are counted now, too.
            let _ = writer.await;
            bruk::write(&self.services).await;
        }
        if let Some(Watched { server, stop }) = self.watched {
            let _ = stop.send(());
            let _ = server.await;
        }
        served.and(worked)?;
        self.services.store.close().await;
        Ok(())
    }
}

fn work(services: Arc<Services>, settings: WorkerSettings) -> JoinHandle<()> {
    let worker = Worker::new(services, settings);
    tokio::spawn(async move { worker.run().await })
}

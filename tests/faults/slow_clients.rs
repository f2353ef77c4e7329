//! Callers that are slow on purpose, or have died without a word: heads and bodies a byte at a time, bodies that stop in
//! the middle, bodies that end before they should, answers that nobody reads. The others are served meanwhile, every
//! connection comes to an end, and nothing is half-stored.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    Options, Outcome,
    load::Load,
    support::{Database, Node, Site, Start as _, free_address},
};

/// Callers of each kind.
const EACH: usize = 30;
const SENDERS: usize = 4;
/// Much longer than any limit that is set here: a connection that is still open then is open for ever.
const FOR_EVER: Duration = Duration::from_secs(150);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    DrippingHead,
    SilentHead,
    DrippingBody,
    SilentBody,
    HalfClosed,
    NeverReading,
}

const KINDS: [Kind; 6] =
    [Kind::DrippingHead, Kind::SilentHead, Kind::DrippingBody, Kind::SilentBody, Kind::HalfClosed, Kind::NeverReading];

/// The head of a good send, and the beginning of its body.
fn upload(load: &Load) -> (String, Vec<u8>) {
    let caller = load.caller(&load.site.town.skole);
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nIntegrasjonId: {}\r\nIntegrasjonPassord: {}\r\n\
         Content-Type: multipart/form-data; boundary=grense\r\nContent-Length: 100000\r\n\r\n",
        load.site.send_path(),
        caller.token,
        caller.integrasjon,
        caller.passord,
    );
    let mut body = b"--grense\r\nContent-Disposition: form-data; name=\"bekymringsmelding\"; filename=\"a.pdf\"\r\n\
        Content-Type: application/octet-stream\r\n\r\n"
        .to_vec();
    body.resize(50_000, b'x');
    (head, body)
}

/// Writes a byte at a time until the gateway has had enough.
async fn drip(socket: &mut TcpStream, bytes: impl Iterator<Item = u8>) {
    let mut answer = [0; 1024];
    for byte in bytes {
        if socket.write_all(&[byte]).await.is_err() {
            return;
        }
        // An answer, or the end.
        if timeout(Duration::from_millis(500), socket.read(&mut answer)).await.is_ok() {
            return;
        }
    }
}

/// Behaves badly until the gateway has had enough, and tells how long that took.
async fn misbehave(kind: Kind, address: String, load: Arc<Load>) -> (Kind, Duration) {
    let begun = Instant::now();
    let mut socket = TcpStream::connect(address).await.unwrap();
    let (head, body) = upload(&load);
    drop(load);
    let all = async {
        match kind {
            Kind::DrippingHead => drip(&mut socket, head.bytes().chain(std::iter::repeat(b'x'))).await,
            Kind::SilentHead => socket.write_all(&head.as_bytes()[..60]).await.unwrap(),
            Kind::DrippingBody => {
                socket.write_all(head.as_bytes()).await.unwrap();
                drip(&mut socket, body.into_iter()).await;
            }
            Kind::SilentBody | Kind::HalfClosed => {
                socket.write_all(head.as_bytes()).await.unwrap();
                socket.write_all(&body).await.unwrap();
                if kind == Kind::HalfClosed {
                    socket.shutdown().await.unwrap();
                }
            }
            Kind::NeverReading => {
                let question = "GET /openapi/bekymringsmelding-v2.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
                let _ = socket.write_all(question.repeat(200).as_bytes()).await;
                // Whoever does not read learns of the end when nothing more can be sent.
                while socket.write_all(b"GET ").await.is_ok() {
                    sleep(Duration::from_millis(500)).await;
                }
                return;
            }
        }
        let mut rest = Vec::new();
        let _ = socket.read_to_end(&mut rest).await;
    };
    timeout(FOR_EVER, all).await.unwrap_or_else(|_| panic!("{kind:?} is never cut off"));
    (kind, begun.elapsed())
}

pub async fn run(options: &Options) -> Outcome {
    let site = Site::start(Database::sqlite()).await;
    let address = free_address();
    let server = "idle_seconds = 61\nrequest_seconds = 5\n";
    let node = Node { address: &address, server, filter: "warn,meldeport=info", ..Node::default() };
    let mut server = site.start_node(&node).await;
    let load = Load::new(site, vec![format!("http://{address}")], options.seed, 0);
    let parties = load.start(SENDERS);
    load.works(5).await;
    let mut callers = JoinSet::new();
    for kind in KINDS {
        for _ in 0..EACH {
            callers.spawn(misbehave(kind, address.clone(), load.clone()));
        }
    }
    sleep(Duration::from_secs(2)).await;
    let (before, begun) = (load.acknowledged(), Instant::now());
    load.works(20).await;
    let meanwhile = f64::from(u32::try_from(load.acknowledged() - before).unwrap()) / begun.elapsed().as_secs_f64();
    let mut longest = KINDS.map(|kind| (kind, Duration::ZERO));
    while let Some(ended) = callers.join_next().await {
        let (kind, took) = ended.unwrap();
        let entry = longest.iter_mut().find(|(of, _)| *of == kind).unwrap();
        entry.1 = entry.1.max(took);
    }
    load.works(5).await;
    load.stop(parties).await;
    let figures = load.audit(true).await;
    assert!(server.is_running());
    drop(server);
    load.finish().await;
    let longest: Vec<String> = longest.iter().map(|(kind, took)| format!("{kind:?} {} s", took.as_secs())).collect();
    Outcome::Survived(format!(
        "{EACH} of each kind, open at the longest: {}; meanwhile {meanwhile:.0} reports/s; {}",
        longest.join(", "),
        figures.hold()
    ))
}

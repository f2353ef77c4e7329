//! SIGTERM while reports are being uploaded and calls wait for news: nothing new is taken, what is under way is answered,
//! and a caller that never comes to an end does not keep the process.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Method;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::sleep,
};

use crate::{
    Options, Outcome,
    sealer::Sealer,
    support::{Caller, Database, Node, Site, Start as _, free_address},
};

const UPLOADS: usize = 8;
const POLLS: usize = 8;
const BOUNDARY: &str = "grense";

/// A whole send, head and body.
fn upload(site: &Site, caller: &Caller, sealer: &Sealer) -> Vec<u8> {
    let envelopes = sealer.seal();
    let mut body = Vec::new();
    for (name, file, bytes) in [("bekymringsmelding", "a.pdf", &envelopes.letter), ("asice", "a.zip", &envelopes.asice)]
    {
        body.extend_from_slice(
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    let mut all = format!(
        "POST {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nIntegrasjonId: {}\r\nIntegrasjonPassord: {}\r\n\
         Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {}\r\n\r\n",
        site.send_path(),
        caller.token,
        caller.integrasjon,
        caller.passord,
        body.len(),
    )
    .into_bytes();
    all.extend_from_slice(&body);
    all
}

/// Sends half of each upload.
async fn begin(address: &str, uploads: &[Vec<u8>]) -> Vec<TcpStream> {
    join_all(uploads.iter().map(async |upload| {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(&upload[..upload.len() / 2]).await.unwrap();
        socket
    }))
    .await
}

/// The id of the report that the answer tells of.
async fn acknowledged(mut socket: TcpStream) -> String {
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    let body: serde_json::Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    body["uuid"].as_str().unwrap().to_owned()
}

pub async fn run(options: &Options) -> Outcome {
    let site = Site::start(Database::sqlite()).await;
    let sealer = Sealer::new(&site, 50_000);
    let rounds = if options.long { 20 } else { 3 };
    let mut ids = Vec::new();
    let (mut longest, mut longest_cut) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..rounds {
        let address = free_address();
        let node = Node { address: &address, server: "drain_seconds = 30\n", filter: "info", ..Node::default() };
        let mut server = site.start_node(&node).await;
        let (skole, kommune) = (site.caller(&server, &site.town.skole), site.caller(&server, &site.town.kommune));
        let uploads: Vec<Vec<u8>> = (0..UPLOADS).map(|_| upload(&site, &skole, &sealer)).collect();
        let sockets = begin(&address, &uploads).await;
        // Nothing is new for somebody who has seen all that there is.
        let seen = kommune.get(site.queue("?antall=100")).await.json(200);
        let waits = seen["meldinger"].as_array().unwrap().is_empty();
        let polls: Vec<_> = (0..POLLS)
            .map(|_| tokio::spawn(kommune.request(Method::GET, site.queue("?vent=60&antall=100")).send()))
            .collect();
        sleep(Duration::from_millis(500)).await;
        let asked = Instant::now();
        server.ask_to_stop();
        for poll in polls {
            assert_eq!(poll.await.unwrap().expect("a call that waits is answered").status(), 200);
        }
        assert!(!waits || asked.elapsed() < Duration::from_secs(30), "it was not the end of the wait that answered");
        let refused = async {
            while TcpStream::connect(&address).await.is_ok() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        refused.await;
        let answers = sockets.into_iter().zip(&uploads).map(async |(mut socket, upload)| {
            socket.write_all(&upload[upload.len() / 2..]).await.unwrap();
            acknowledged(socket).await
        });
        ids.extend(join_all(answers).await);
        drop((skole, kommune));
        assert_eq!(server.ended(), Some(0), "it stops in good order");
        longest = longest.max(asked.elapsed());

        // The same, and nobody ever sends the rest.
        let node = Node { address: &address, server: "drain_seconds = 2\n", filter: "info", ..Node::default() };
        let mut server = site.start_node(&node).await;
        let caller = site.caller(&server, &site.town.skole);
        let never: Vec<Vec<u8>> = (0..UPLOADS).map(|_| upload(&site, &caller, &sealer)).collect();
        let sockets = begin(&address, &never).await;
        sleep(Duration::from_millis(300)).await;
        let asked = Instant::now();
        assert_eq!(server.stop(), Some(0), "it does not wait for ever");
        longest_cut = longest_cut.max(asked.elapsed());
        drop(sockets);
    }
    site.run_jobs_later().await;
    let server = site.serve().await;
    let skole = site.caller(&server, &site.town.skole);
    for id in &ids {
        let history = skole.get(site.status_path(id)).await.json(200);
        let states: Vec<_> = history.as_array().unwrap().iter().map(|entry| entry["tilstand"].as_str()).collect();
        assert_eq!(states, [Some("AKSEPTERT"), Some("SENDT_FAGSYSTEM")]);
    }
    let all = i64::try_from(ids.len()).unwrap();
    assert_eq!(site.database.count("melding", "1 = 1").await, all, "and nothing of what never came to an end");
    drop(server);
    site.finish().await;
    Outcome::Survived(format!(
        "{rounds} rounds: {} uploads under way acknowledged, {} calls that waited answered, {} endless uploads cut off; \
         stopped after {:.1} s, with endless ones after {:.1} s of 2",
        ids.len(),
        rounds * POLLS,
        rounds * UPLOADS,
        longest.as_secs_f64(),
        longest_cut.as_secs_f64(),
    ))
}

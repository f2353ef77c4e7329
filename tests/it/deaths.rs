//! Two gateways on one PostgreSQL, one of which dies every second. Whoever sends, fetches or prints just tries again, and
//! every report comes to its end, once.
//!
//! `MELDEPORT_TEST_KILL_SECONDS` says for how long; ten seconds when it says nothing.

use std::{
    collections::BTreeMap,
    env,
    io::Write as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use meldeport::{
    sandbox::town::Virksomhet,
    system::{Rng as _, SeededRng},
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::{Caller, Database, PATIENCE, Site, Start as _};

const SENDERS: usize = 3;
const RECEIVERS: usize = 2;
const PRINT: &str = "/print/api/v1/brev";

/// What all the parties share.
struct Play {
    site: Site,
    nodes: [Mutex<Option<String>>; 2],
    next: AtomicUsize,
    over: AtomicBool,
    rng: Arc<SeededRng>,
    /// Whoever calls, by name of integration, and when their token was issued.
    callers: Mutex<BTreeMap<String, (Instant, Caller)>>,
}

/// A Maskinporten token is good for two minutes, and a slow machine needs longer than that.
const RENEWED_AFTER: Duration = Duration::from_secs(60);

/// An answer, if there was one: the gateway may have died at any moment.
async fn attempt(request: RequestBuilder) -> Option<(u16, Value)> {
    let response = request.timeout(Duration::from_secs(10)).send().await.ok()?;
    let status = response.status().as_u16();
    let body = response.bytes().await.ok()?;
    Some((status, serde_json::from_slice(&body).unwrap_or_default()))
}

impl Play {
    /// A caller at a gateway that was alive a moment ago.
    async fn somewhere(&self, who: &Virksomhet) -> Caller {
        loop {
            let node = self.next.fetch_add(1, Ordering::Relaxed) % 2;
            let url = self.nodes[node].lock().unwrap().clone();
            match url {
                Some(url) => return Caller { url, ..self.with_token(who) },
                None => sleep(Duration::from_millis(20)).await,
            }
        }
    }

    fn with_token(&self, who: &Virksomhet) -> Caller {
        let mut callers = self.callers.lock().unwrap();
        let id = who.integrasjon.to_string();
        if callers.get(&id).is_none_or(|(issued, _)| issued.elapsed() > RENEWED_AFTER) {
            callers.insert(id.clone(), (Instant::now(), self.site.caller_at("", who)));
        }
        callers[&id].1.clone()
    }

    /// What waits at `path`; nothing while a gateway is away. A refusal ends the test.
    async fn waiting(&self, who: &Virksomhet, path: String) -> Option<Value> {
        let here = self.somewhere(who).await;
        match attempt(here.request(Method::GET, path)).await {
            Some((200, page)) => Some(page),
            Some((409 | 500..=599, _)) | None => {
                sleep(Duration::from_millis(50)).await;
                None
            }
            Some((status, body)) => panic!("{status}: {body}"),
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// One of a hundred.
    fn chance(&self) -> u8 {
        let mut byte = [0];
        self.rng.fill(&mut byte);
        byte[0] % 100
    }

    /// Sends until it is over, each report until it is accepted.
    async fn sender(&self, who: &Virksomhet, number: usize) -> Vec<String> {
        let mut accepted = Vec::new();
        while !self.is_over() {
            let report = self.site.report();
            let key = format!("avsender-{number}-{}", accepted.len());
            loop {
                let request = self.somewhere(who).await.request(Method::POST, self.site.send_path());
                let sent = attempt(request.header("Idempotency-Key", &key).multipart(report.form())).await;
                match sent {
                    Some((201, body)) => {
                        accepted.push(body["uuid"].as_str().unwrap().to_owned());
                        break;
                    }
                    Some((409 | 500..=599, _)) | None => sleep(Duration::from_millis(50)).await,
                    Some((status, body)) => panic!("{status}: {body}"),
                }
            }
        }
        accepted
    }

    /// Fetches what waits, and confirms it, or refuses it, or forgets about it, or confirms it twice.
    async fn receiver(&self, who: &Virksomhet) {
        while !self.is_over() {
            let Some(page) = self.waiting(who, self.site.queue("?vent=1&antall=20")).await else { continue };
            for row in page["meldinger"].as_array().unwrap() {
                let id = row["bekymringsmeldingId"].as_str().unwrap();
                let here = self.somewhere(who).await;
                let post = |rest: &str| here.request(Method::POST, self.site.queue(&format!("/{id}/{rest}")));
                match self.chance() {
                    0..20 => {}
                    20..40 => drop(attempt(post("feilet").json(&json!({ "melding": "Feil 17" }))).await),
                    40..50 => drop(tokio::join!(attempt(post("mottatt")), attempt(post("mottatt")))),
                    _ => drop(attempt(post("mottatt")).await),
                }
            }
        }
    }

    /// Prints what is to be printed, and sometimes cannot.
    async fn printer(&self, who: &Virksomhet) {
        while !self.is_over() {
            let Some(page) = self.waiting(who, PRINT.to_owned()).await else { continue };
            for letter in page["brev"].as_array().unwrap() {
                let id = letter["brevId"].as_str().unwrap();
                let here = self.somewhere(who).await;
                let post = |rest: &str| here.request(Method::POST, format!("{PRINT}/{id}/{rest}"));
                if self.chance() < 20 {
                    attempt(post("avvist").json(&json!({ "arsak": "Feil 17" }))).await;
                } else {
                    attempt(post("postlagt")).await;
                }
            }
            sleep(Duration::from_millis(100)).await;
        }
    }
}

fn seconds() -> u64 {
    env::var("MELDEPORT_TEST_KILL_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_report_comes_to_its_end_once_although_a_gateway_dies_every_second() {
    let Some(database) = Database::postgres().await else { return };
    let site = Site::start(database).await;
    let mut alive = [Some(site.serve().await), Some(site.serve().await)];
    let urls = [0, 1].map(|n: usize| Mutex::new(alive[n].as_ref().map(|server| server.url.clone())));
    let play = Play {
        site,
        nodes: urls,
        next: AtomicUsize::new(0),
        over: AtomicBool::new(false),
        rng: Arc::new(SeededRng::new(17)),
        callers: Mutex::default(),
    };
    let town = &play.site.town;
    let (skole, kommune, utskrift) = (&town.skole, &town.kommune, &town.utskrift);
    let killer = async {
        for second in 0..usize::try_from(seconds()).unwrap() {
            sleep(Duration::from_secs(1)).await;
            let node = second % 2;
            *play.nodes[node].lock().unwrap() = None;
            if let Some(mut server) = alive[node].take() {
                server.kill();
            }
            let server = play.site.serve().await;
            *play.nodes[node].lock().unwrap() = Some(server.url.clone());
            alive[node] = Some(server);
        }
        play.over.store(true, Ordering::Relaxed);
    };
    let senders = join_all((0..SENDERS).map(|n| play.sender(skole, n)));
    let receivers = join_all((0..RECEIVERS).map(|_| play.receiver(kommune)));
    let ((), accepted, _, ()) = tokio::join!(killer, senders, receivers, play.printer(utskrift));
    let accepted: Vec<String> = accepted.into_iter().flatten().collect();

    // Everyone goes on until nothing waits any more. What a dead gateway had taken is free again two minutes later.
    play.over.store(false, Ordering::Relaxed);
    let database = &play.site.database;
    let rest = async {
        let begun = Instant::now();
        loop {
            let left = database.count("melding", "tilstand NOT IN ('LEVERT', 'AVVIST_PRINT')").await;
            if left == 0 {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{left} reports never came to an end");
            play.site.run_jobs_later().await;
        }
        play.over.store(true, Ordering::Relaxed);
    };
    let receivers = join_all((0..RECEIVERS).map(|_| play.receiver(kommune)));
    tokio::join!(rest, receivers, play.printer(utskrift));

    let here = play.somewhere(skole).await;
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    for id in &accepted {
        let history = here.get(play.site.status_path(id)).await.json(200);
        let states = history.as_array().unwrap().iter().map(|entry| entry["tilstand"].as_str().unwrap());
        *ends.entry(states.collect::<Vec<_>>().join(" ")).or_default() += 1;
    }
    // Past libtest, which hides what passing tests print: how often each way was gone is the figure of this test.
    let _ = writeln!(std::io::stderr(), "{} reports: {ends:#?}", accepted.len());
    const ENDS: [&str; 4] = [
        "AKSEPTERT SENDT_FAGSYSTEM LEVERT",
        "AKSEPTERT SENDT_FAGSYSTEM AVVIST_FAGSYSTEM SENDT_PRINT LEVERT",
        "AKSEPTERT SENDT_FAGSYSTEM AVVIST_FAGSYSTEM SENDT_PRINT AVVIST_PRINT",
        // What could not be printed may still be receipted by who has it.
        "AKSEPTERT SENDT_FAGSYSTEM AVVIST_FAGSYSTEM SENDT_PRINT AVVIST_PRINT LEVERT",
    ];
    assert!(ends.keys().all(|end| ENDS.contains(&end.as_str())), "{ends:#?}");
    let of = |end: &str| i64::try_from(ends.get(end).copied().unwrap_or(0)).unwrap();
    assert!(of(ENDS[0]) > 0 && of(ENDS[1]) > 0, "each way was gone: {ends:#?}");
    let all = i64::try_from(accepted.len()).unwrap();
    // A sender that was not answered tries again, and nothing comes of it twice.
    assert_eq!(database.count("melding", "1 = 1").await, all);
    assert_eq!(database.count("brev", "1 = 1").await, of(ENDS[1]) + of(ENDS[2]) + of(ENDS[3]), "one letter each");
    assert_eq!(database.count("innhold", "1 = 1").await, of(ENDS[2]), "what is delivered is erased");
    assert_eq!(database.count("jobb", "1 = 1").await, 0);
    drop(alive);
    play.site.finish().await;
}

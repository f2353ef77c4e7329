//! Senders and a municipality that go on whatever happens, write down what they were told, and hold it afterwards
//! against what is there.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use meldeport::{crypto::sha256, sandbox::town::Virksomhet, system::SeededRng};
use reqwest::{Method, RequestBuilder, header};
use serde_json::Value;
use tokio::{
    task::{JoinHandle, JoinSet},
    time::sleep,
};
use uuid::Uuid;

use crate::{
    sealer::{Envelopes, Sealer},
    support::{Caller, Site, below, form},
};

/// A Maskinporten token is good for two minutes.
const RENEWED_AFTER: Duration = Duration::from_secs(60);
/// Of a hundred sends whose connection broke, so many are never tried again.
const FORGOTTEN: u64 = 10;
/// Longer than a download is leased to one who died.
const STANDS_STILL_AFTER: Duration = Duration::from_secs(90);

/// A report that somebody tried to send.
struct Sent {
    sha256: [u8; 32],
    /// As acknowledged; `None` when the sender gave up without having been told.
    id: Option<String>,
}

pub struct Load {
    pub site: Site,
    sealer: Sealer,
    rng: SeededRng,
    /// The gateways to ask, in turn.
    urls: Vec<String>,
    next: AtomicUsize,
    /// Nobody sends any more.
    over: AtomicBool,
    /// Everything that was sent is in the queue or out of it again.
    empty: AtomicBool,
    acknowledged: AtomicUsize,
    sent: Mutex<Vec<Sent>>,
    /// The digest of what was downloaded, by id.
    fetched: Mutex<HashMap<String, [u8; 32]>>,
    receipted: Mutex<HashSet<String>>,
    /// What the callers were told instead, and how often.
    told: Mutex<BTreeMap<String, usize>>,
    /// Answers that no caller should get.
    wrong: Mutex<Vec<String>>,
    callers: Mutex<BTreeMap<String, (Instant, Caller)>>,
}

/// Those who are at it.
pub struct Parties {
    sending: JoinSet<()>,
    fetching: JoinHandle<()>,
}

/// What came of a request.
enum Came {
    Good(u16, Value, Vec<u8>),
    /// No answer, or half of one.
    Cut,
    /// Told in good order that it cannot be done now.
    Told,
    Wrong,
}

impl Load {
    pub fn new(site: Site, urls: Vec<String>, seed: u64, padding: usize) -> Arc<Self> {
        Arc::new(Self {
            sealer: Sealer::new(&site, padding),
            site,
            rng: SeededRng::new(seed),
            urls,
            next: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            empty: AtomicBool::new(false),
            acknowledged: AtomicUsize::new(0),
            sent: Mutex::default(),
            fetched: Mutex::default(),
            receipted: Mutex::default(),
            told: Mutex::default(),
            wrong: Mutex::default(),
            callers: Mutex::default(),
        })
    }

    /// Starts so many senders, and a municipality that fetches.
    pub fn start(self: &Arc<Self>, senders: usize) -> Parties {
        let mut sending = JoinSet::new();
        for n in 0..senders {
            let load = self.clone();
            sending.spawn(async move { load.sender(n).await });
        }
        let load = self.clone();
        Parties { sending, fetching: tokio::spawn(async move { load.municipality().await }) }
    }

    /// Lets everyone finish what they are at: senders until they are told, the municipality until nothing waits.
    pub async fn stop(&self, mut parties: Parties) {
        self.over.store(true, Ordering::Relaxed);
        let all = async {
            while let Some(ended) = parties.sending.join_next().await {
                ended.unwrap();
            }
            while self.site.database.count("melding", "tilstand = 'AKSEPTERT'").await > 0 {
                sleep(Duration::from_millis(200)).await;
            }
            self.empty.store(true, Ordering::Relaxed);
            parties.fetching.await.unwrap();
        };
        tokio::select! {
            () = all => {}
            left = self.stands_still() => {
                panic!("not everyone came to an end: {left} reports are not delivered; told: {}", self.told());
            }
        }
    }

    /// Comes back when nothing has been delivered for a while, with how many reports wait. Many may be left when the
    /// senders stop, since one municipality fetches what several send: how long that takes says nothing, that it
    /// goes on does.
    async fn stands_still(&self) -> i64 {
        let mut left = i64::MAX;
        loop {
            sleep(STANDS_STILL_AFTER).await;
            let now = self.site.database.count("melding", "tilstand <> 'LEVERT'").await;
            if now >= left {
                return now;
            }
            left = now;
        }
    }

    pub fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Waits until so many more are acknowledged: the gateway works.
    pub async fn works(&self, more: usize) {
        let from = self.acknowledged();
        let begun = Instant::now();
        while self.acknowledged() < from + more {
            assert!(begun.elapsed() < Duration::from_secs(120), "nothing is taken any more; told: {}", self.told());
            sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn told(&self) -> String {
        let told = self.told.lock().unwrap();
        let parts: Vec<String> = told.iter().map(|(what, often)| format!("{often} × {what}")).collect();
        if parts.is_empty() { "nothing else".to_owned() } else { parts.join(", ") }
    }

    /// How often callers were told this.
    pub fn times(&self, what: &str) -> usize {
        self.told.lock().unwrap().iter().filter(|(told, _)| told.contains(what)).map(|(_, often)| often).sum()
    }

    fn tell(&self, what: &str) {
        *self.told.lock().unwrap().entry(what.to_owned()).or_default() += 1;
    }

    pub fn caller(&self, who: &Virksomhet) -> Caller {
        let mut callers = self.callers.lock().unwrap();
        let id = who.integrasjon.to_string();
        if callers.get(&id).is_none_or(|(issued, _)| issued.elapsed() > RENEWED_AFTER) {
            callers.insert(id.clone(), (Instant::now(), self.site.caller_at("", who)));
        }
        let url = self.urls[self.next.fetch_add(1, Ordering::Relaxed) % self.urls.len()].clone();
        Caller { url, ..callers[&id].1.clone() }
    }

    async fn attempt(&self, request: RequestBuilder) -> Came {
        let Ok(response) = request.timeout(Duration::from_secs(60)).send().await else {
            self.tell("no answer");
            return Came::Cut;
        };
        let status = response.status().as_u16();
        let retry_after = response.headers().contains_key(header::RETRY_AFTER);
        let Ok(bytes) = response.bytes().await else {
            self.tell("half an answer");
            return Came::Cut;
        };
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if status < 300 {
            return Came::Good(status, body, bytes.to_vec());
        }
        let code = body["errorCode"].as_str().unwrap_or("no errorCode");
        self.tell(&format!("{status} {code}"));
        match (status, code) {
            (503, "SERVER.UTILGJENGELIG") | (409, "IDEMPOTENS.UNDERVEIS") if retry_after => Came::Told,
            (507, "SERVER.LAGRING_FULL") => Came::Told,
            // Receipted by a call whose answer did not come through.
            (410, _) => Came::Told,
            _ => {
                self.wrong.lock().unwrap().push(format!("{status} {}", String::from_utf8_lossy(&bytes)));
                Came::Wrong
            }
        }
    }

    async fn sender(&self, number: usize) {
        let mut count = 0;
        while !self.over.load(Ordering::Relaxed) {
            let envelopes = self.sealer.seal();
            self.send(&format!("avsender-{number}-{count}-{}", Uuid::from_bytes(first(&envelopes))), &envelopes).await;
            count += 1;
        }
    }

    /// Sends one report until it is acknowledged, under the same key all the time.
    async fn send(&self, key: &str, envelopes: &Envelopes) {
        let skole = &self.site.town.skole;
        let id = loop {
            let request = self.caller(skole).request(Method::POST, self.site.send_path());
            let request = request.header("Idempotency-Key", key).multipart(form(&envelopes.letter, &envelopes.asice));
            match self.attempt(request).await {
                Came::Good(201, body, _) => {
                    self.acknowledged.fetch_add(1, Ordering::Relaxed);
                    break Some(body["uuid"].as_str().unwrap().to_owned());
                }
                Came::Cut if below(&self.rng, 100) < FORGOTTEN => break None,
                Came::Wrong => break None,
                Came::Good(status, body, _) => {
                    self.wrong.lock().unwrap().push(format!("{status} {body}"));
                    break None;
                }
                Came::Cut | Came::Told => sleep(Duration::from_millis(50)).await,
            }
        };
        self.sent.lock().unwrap().push(Sent { sha256: envelopes.sha256, id });
    }

    /// Fetches what waits, and says that it has it; after the end, until nothing waits.
    async fn municipality(&self) {
        loop {
            let kommune = &self.site.town.kommune;
            let page = self.caller(kommune).request(Method::GET, self.site.queue("?vent=1&antall=50"));
            let Came::Good(200, page, _) = self.attempt(page).await else {
                sleep(Duration::from_millis(100)).await;
                continue;
            };
            let rows = page["meldinger"].as_array().unwrap();
            if rows.is_empty() && self.empty.load(Ordering::Relaxed) {
                return;
            }
            let ids = rows.iter().map(|row| row["bekymringsmeldingId"].as_str().unwrap());
            stream::iter(ids).for_each_concurrent(4, |id| self.fetch(id)).await;
        }
    }

    async fn fetch(&self, id: &str) {
        let kommune = &self.site.town.kommune;
        let content = self.caller(kommune).request(Method::GET, self.site.queue(&format!("/{id}/innhold")));
        let Came::Good(200, _, bytes) = self.attempt(content).await else { return };
        self.fetched.lock().unwrap().insert(id.to_owned(), sha256(&bytes));
        let receipt = self.caller(kommune).request(Method::POST, self.site.queue(&format!("/{id}/mottatt")));
        if let Came::Good(200, ..) = self.attempt(receipt).await {
            self.receipted.lock().unwrap().insert(id.to_owned());
        }
    }

    /// Holds what callers were told against what is there, and gives the figures. Call it when everyone has stopped, with
    /// a gateway running.
    pub async fn audit(&self, delivered: bool) -> Figures {
        let wrong = self.wrong.lock().unwrap().clone();
        assert!(wrong.is_empty(), "{} answers that no caller should get, such as {}", wrong.len(), wrong[0]);
        let there = self.there().await;
        let sent = self.sent.lock().unwrap();
        let (fetched, receipted) = (self.fetched.lock().unwrap(), self.receipted.lock().unwrap());
        let mut figures = Figures { told: self.told(), ..Figures::default() };
        for report in sent.iter() {
            let rows = there.get(&report.sha256).map_or(&[] as &[Row], Vec::as_slice);
            let Some(id) = &report.id else {
                figures.forgotten += 1;
                figures.forgotten_there += usize::from(!rows.is_empty());
                figures.duplicated += rows.len().saturating_sub(1);
                figures.stateless += rows.iter().filter(|row| !row.has_a_state(false)).count();
                continue;
            };
            figures.acknowledged += 1;
            figures.lost += usize::from(!rows.iter().any(|row| row.id == *id));
            figures.duplicated += rows.len().saturating_sub(1);
            figures.stateless += rows.iter().filter(|row| !row.has_a_state(delivered)).count();
            // Whoever fetched it has what was sent, and who was told that the receipt is taken can rely on it.
            figures.lost += usize::from(delivered && fetched.get(id) != Some(&report.sha256));
            let is_delivered = rows.iter().any(|row| row.states.last().is_some_and(|state| state == "LEVERT"));
            figures.lost += usize::from(receipted.contains(id) && !is_delivered);
        }
        let known: HashSet<[u8; 32]> = sent.iter().map(|report| report.sha256).collect();
        figures.unknown = there.keys().filter(|sha256| !known.contains(*sha256)).count();
        figures
    }

    /// What the database holds, by digest.
    async fn there(&self) -> HashMap<[u8; 32], Vec<Row>> {
        let database = &self.site.database;
        let mut states: HashMap<Uuid, Vec<String>> = HashMap::new();
        for row in database.rows("SELECT melding_id, tilstand FROM hendelse ORDER BY melding_id, nr").await {
            let id = row.try_get::<Uuid>("", "melding_id").unwrap();
            states.entry(id).or_default().push(row.try_get("", "tilstand").unwrap());
        }
        let mut there: HashMap<[u8; 32], Vec<Row>> = HashMap::new();
        let sql =
            "SELECT id, asice_sha256, tilstand, (SELECT COUNT(*) FROM innhold WHERE melding_id = id) AS n FROM melding";
        for row in database.rows(sql).await {
            let id: Uuid = row.try_get("", "id").unwrap();
            let sha256: Vec<u8> = row.try_get("", "asice_sha256").unwrap();
            there.entry(sha256.try_into().unwrap()).or_default().push(Row {
                id: id.to_string(),
                state: row.try_get("", "tilstand").unwrap(),
                states: states.remove(&id).unwrap_or_default(),
                has_content: row.try_get::<i64>("", "n").unwrap() == 1,
            });
        }
        assert!(states.is_empty(), "{} histories belong to no report", states.len());
        there
    }

    pub async fn finish(self: Arc<Self>) {
        let load = Arc::into_inner(self).expect("nobody else has it");
        crate::support::Start::finish(load.site).await;
    }
}

fn first(envelopes: &Envelopes) -> [u8; 16] {
    envelopes.sha256[..16].try_into().unwrap()
}

struct Row {
    id: String,
    state: String,
    states: Vec<String>,
    has_content: bool,
}

impl Row {
    /// Whether it is somewhere on the way that a report goes, with everything that belongs to that.
    fn has_a_state(&self, delivered: bool) -> bool {
        let states: Vec<&str> = self.states.iter().map(String::as_str).collect();
        let on_the_way = match states[..] {
            ["AKSEPTERT"] | ["AKSEPTERT", "SENDT_FAGSYSTEM"] => !delivered && self.has_content,
            ["AKSEPTERT", "SENDT_FAGSYSTEM", "LEVERT"] => !self.has_content,
            _ => false,
        };
        on_the_way && states.last() == Some(&self.state.as_str())
    }
}

/// What is there of what was sent.
#[derive(Debug, Default)]
pub struct Figures {
    pub acknowledged: usize,
    /// Sends whose connection broke and that nobody tried again, and how many of them are there all the same.
    pub forgotten: usize,
    pub forgotten_there: usize,
    pub lost: usize,
    pub duplicated: usize,
    pub stateless: usize,
    /// Reports that nobody sent.
    pub unknown: usize,
    pub told: String,
}

impl Figures {
    /// The figures in words.
    ///
    /// # Panics
    /// When an acknowledged report is missing, a report is there twice, or one is in no state.
    pub fn hold(&self) -> String {
        let text = format!(
            "{} acknowledged, {} lost, {} duplicated, {} in no state, {} unknown; {} not tried again, of which {} are there; told: {}",
            self.acknowledged,
            self.lost,
            self.duplicated,
            self.stateless,
            self.unknown,
            self.forgotten,
            self.forgotten_there,
            self.told,
        );
        assert!(self.lost + self.duplicated + self.stateless + self.unknown == 0, "{text}");
        assert!(self.acknowledged > 0, "{text}");
        text
    }
}

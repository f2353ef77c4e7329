//! A running gateway with the town registered, the clock standing still, and jobs that run when the test says so.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use jiff::SignedDuration;
use meldeport::{
    app::{self, Gateway, Limits, Listening, Parts, World},
    auth::{PersonSettings, VerifierSettings},
    crypto::es256::SigningKey,
    delivery::{self, Worker, WorkerSettings},
    domain::{
        DomainSettings, Services,
        ledsagerbevis::Kortoppsett,
        oppsett::{NyIntegrasjon, Oppsett},
        varsling::Varsling,
    },
    http::{HttpSettings, LoginSettings, RateSettings},
    model::{
        FiksOrgId, GruppeId, IntegrasjonId,
        gruppe::Gruppe,
        integrasjon::Privilegium,
        nokkel::{Nokkel, NokkelEier},
        rolle::{Rolle, Rolleinnehav},
        virkedag::kvitteringsfrist,
    },
    sandbox::{
        maskinporten::{self, Maskinporten},
        personregister::Register,
        town::{Kontor, Town, Virksomhet},
    },
    store,
    system::{Clock as _, FrozenClock, Ids, RoomSettings, Secret, SeededRng},
    versions::Livslop,
};
use poem::Route;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::{
    Answer, Caller, Database, KeySource, PRINT, Person, Post, Report, Sak, Smsboks, Start, V2, answer, grant, id_of,
    ids_of, issuer_key, merke, signed_token, start_of_tests, town, watch_log,
};

const ISSUER: &str = "http://maskinporten.test/";
/// Signs with the same key as Maskinporten, so one key source serves both.
const ID_PORTEN: &str = "http://idporten.test";
/// Where the developer Maskinporten answers, on the gateway's own socket.
pub const MASKINPORTEN: &str = "/maskinporten";

/// Whom cards name as their issuer: where the gateway would answer if it were not a test.
pub const UTSTEDER: &str = "https://meldeport.example";

/// A role that somebody holds at the municipality: the one that a good call takes away.
pub const ROLLE: Uuid = Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_0001);

/// A group that the municipality has to begin with, without members.
pub const GRUPPE: GruppeId = GruppeId(Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_0004));

/// What a test may want otherwise than by default.
#[derive(Debug, Clone)]
pub struct Settings {
    pub domain: DomainSettings,
    pub rate: RateSettings,
    /// Whether the gateway has a certificate of its own, and with it takes plain JSON.
    pub takes_json: bool,
    /// Whether letters are laid out in a folder.
    pub spool: bool,
    /// Whether persons can log in and hold roles.
    pub takes_persons: bool,
    /// What personal data is sealed with, the newest first; without any there are no companion cards.
    pub data_keys: &'static [u8],
    /// Seeds of the keys that cards on phones are signed with, the newest first; without any there are none.
    pub issuer_keys: &'static [u64],
    /// Places of a status list, and how long a node hands out the list that it has made.
    pub status_list: (u32, SignedDuration),
    /// Where those who run the gateway are warned.
    pub operations: Option<&'static str>,
    /// Whether text messages can be sent.
    pub sends_sms: bool,
    /// Whether persons can be looked up.
    pub has_register: bool,
    /// How often citizens may try to log in from one address.
    pub innlogging: LoginSettings,
    pub bodies: RoomSettings,
    /// The life of each published version.
    pub livslop: Livslop,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            domain: DomainSettings::default(),
            rate: RateSettings { per_second: 0, burst: 0 },
            takes_json: true,
            spool: true,
            takes_persons: true,
            data_keys: &[9],
            issuer_keys: &[77],
            status_list: (1 << 17, SignedDuration::from_secs(10)),
            operations: Some("drift@meldeport.example"),
            sends_sms: true,
            has_register: true,
            innlogging: LoginSettings { per_minute: 0, ..LoginSettings::default() },
            bodies: RoomSettings::default(),
            livslop: Livslop::embedded(),
        }
    }
}

pub struct Gate {
    pub database: Database,
    pub clock: Arc<FrozenClock>,
    pub rng: Arc<SeededRng>,
    pub ids: Ids,
    pub town: &'static Town,
    pub maskinporten: Arc<Maskinporten>,
    pub url: String,
    /// Where those who run the gateway look.
    pub watch: String,
    pub http: reqwest::Client,
    /// Where letters are laid out, in `utskrift`.
    folder: TempDir,
    /// What offices are warned by.
    pub post: Arc<Post>,
    /// What text messages are sent by.
    pub sms: Arc<Smsboks>,
    settings: Settings,
    world: World,
    passwords: Mutex<HashMap<IntegrasjonId, String>>,
    gateway: Option<Gateway>,
}

impl Start for Gate {
    async fn start(database: Database) -> Self {
        let town = town();
        let clock = Arc::new(FrozenClock::at(start_of_tests()));
        let rng = Arc::new(SeededRng::new(42));
        let ids = Ids::new(clock.clone(), rng.clone());
        let clients = town.clients();
        let key = issuer_key();
        let maskinporten = Maskinporten::new(
            ISSUER.to_owned(),
            key,
            vec![town.authority.certificate.clone()],
            clients,
            clock.clone(),
            ids.clone(),
        );
        let keys = KeySource::new([Ok(serde_json::to_vec(&maskinporten.jwks()).unwrap())]);
        let world = World { clock: clock.clone(), rng: rng.clone(), fetch: keys };
        let mut gate = Self {
            database,
            clock,
            rng,
            ids,
            town,
            maskinporten: Arc::new(maskinporten),
            url: String::new(),
            watch: String::new(),
            http: reqwest::Client::new(),
            folder: TempDir::new().unwrap(),
            post: Arc::default(),
            sms: Arc::default(),
            settings: Settings::default(),
            world,
            passwords: Mutex::default(),
            gateway: None,
        };
        gate.open().await;
        gate.apply(town.oppsett()).await;
        gate.appoint().await;
        gate
    }

    /// No report may be left without being put in its municipality's queue.
    async fn finish(mut self) {
        let left = self.database.count("jobb", "kanal <> 'PRINT'").await;
        assert_eq!(left, 0, "jobs are left over: call run_jobs()");
        self.close().await;
        merke::check();
        self.database.remove().await;
    }
}

impl Gate {
    async fn open(&mut self) {
        watch_log();
        let verifier = VerifierSettings::new(ISSUER, format!("{ISSUER}jwk"));
        let domain = self.settings.domain.clone();
        let mut parts = Parts::new(self.database.settings.clone(), verifier);
        parts.domain = domain;
        parts.livslop = self.settings.livslop.clone();
        if self.settings.takes_persons {
            parts.persons = Some(PersonSettings::new(ID_PORTEN, format!("{ID_PORTEN}/jwks.json")));
            parts.person_key = Some(Secret::new(vec![7; 32]));
        }
        parts.data_keys = self.settings.data_keys.iter().map(|byte| Secret::new(vec![*byte; 32])).collect();
        let mut keys = self.settings.issuer_keys.iter().map(|seed| SigningKey::make(&SeededRng::new(*seed)).unwrap());
        parts.kort = keys.next().map(|newest| Kortoppsett {
            tidligere: keys.collect(),
            plasser: self.settings.status_list.0,
            liste_fornyes: self.settings.status_list.1,
            ..Kortoppsett::new(UTSTEDER, newest)
        });
        parts.sms = self.settings.sends_sms.then(|| self.sms.clone() as _);
        parts.personregister = self.settings.has_register.then(|| Arc::new(Register) as _);
        parts.spool = self.settings.spool.then(|| self.spool());
        parts.signer = self.settings.takes_json.then(|| self.town.portvakt.signer().unwrap());
        parts.mail = Some(Varsling {
            postkasse: self.post.clone(),
            drift: self.settings.operations.map(|address| address.parse().unwrap()),
            tjeneste: Some("https://meldeport.example".to_owned()),
        });
        let services = app::services(&self.world, parts).await.unwrap();
        let listening = Listening::bind("127.0.0.1:0", None).await.unwrap();
        self.url = format!("http://{}", listening.address);
        let http = HttpSettings {
            public_url: None,
            rate: self.settings.rate.clone(),
            innlogging: self.settings.innlogging.clone(),
            bodies: self.settings.bodies.clone(),
            utproving: None,
        };
        let extra = maskinporten::mount(Route::new(), MASKINPORTEN, self.maskinporten.clone());
        let gateway = Gateway::start(services, listening, &http, Some(extra), Limits::default(), None);
        let watch = Listening::bind("127.0.0.1:0", None).await.unwrap();
        self.watch = format!("http://{}", watch.address);
        self.gateway = Some(gateway.watched(watch));
    }

    /// Where letters are laid out.
    pub fn spool(&self) -> PathBuf {
        self.folder.path().join("utskrift")
    }

    /// Gives somebody [`ROLLE`], and the municipality [`GRUPPE`].
    async fn appoint(&self) {
        let role = Rolleinnehav {
            id: ROLLE,
            organisasjon: self.town.kommune.organisasjon.id,
            person: [1; 32],
            rolle: Rolle::Bruker,
            bydel: None,
            merkelapp: "ansatt 2001".to_owned(),
            gitt: self.clock.now(),
        };
        let group = Gruppe {
            id: GRUPPE,
            organisasjon: self.town.kommune.organisasjon.id,
            navn: "Kulturkontoret".to_owned(),
            opprettet: self.clock.now(),
        };
        let work = self.services().store.write("test", (role, group), |tx, (role, group)| {
            Box::pin(async move {
                store::rolle::insert(tx, role).await?;
                store::gruppe::insert(tx, group).await
            })
        });
        work.await.unwrap();
    }

    /// Stops the gateway in good order.
    pub async fn close(&mut self) {
        // The gateway waits for open connections, and ours are kept for the next call.
        self.http = reqwest::Client::new();
        if let Some(gateway) = self.gateway.take() {
            // Names and labels: a number of bytes may look like anything.
            for line in gateway.services.metrics().text().unwrap().lines().filter(|line| !line.starts_with('#')) {
                merke::look("in the figures", line.rsplit_once(' ').map_or(line, |(labels, _)| labels));
            }
            gateway.stop().await.unwrap();
        }
    }

    /// Stops the gateway and starts another one on the same database.
    pub async fn restart(&mut self) {
        self.close().await;
        self.open().await;
    }

    pub async fn restart_with(&mut self, settings: Settings) {
        self.settings = settings;
        self.restart().await;
    }

    pub fn services(&self) -> &Arc<Services> {
        &self.gateway.as_ref().unwrap().services
    }

    /// Registers more, and remembers the new passwords.
    pub async fn apply(&self, oppsett: Oppsett) {
        let done = self.services().apply(oppsett).await.unwrap();
        self.passwords
            .lock()
            .unwrap()
            .extend(done.passord.into_iter().map(|(id, password)| (id, password.expose().clone())));
    }

    /// Takes and does jobs until none is due.
    pub async fn run_jobs(&self) {
        let worker = Worker::new(self.services().clone(), WorkerSettings::default());
        while worker.run_due().await.unwrap() > 0 {}
    }

    /// Sends the text messages that are due.
    pub async fn send_sms(&self) {
        while delivery::sms::send_due(self.services()).await.unwrap() > 0 {}
    }

    /// Moves the clock to the moment from which what waits now is late, and does what is due then.
    pub async fn run_out_of_time(&self) {
        self.clock.set(kvitteringsfrist(self.clock.now()));
        self.run_jobs().await;
    }

    /// The letters that wait for the print supplier, as it sees them.
    pub async fn letters(&self) -> Vec<Value> {
        let page = self.caller(&self.town.utskrift).get(format!("{PRINT}/brev")).await.json(200);
        page["brev"].as_array().unwrap().clone()
    }

    /// A call from an organisation's own integration.
    pub fn caller(&self, virksomhet: &Virksomhet) -> Caller {
        Caller {
            http: self.http.clone(),
            url: self.url.clone(),
            token: self.token(virksomhet),
            integrasjon: virksomhet.integrasjon.to_string(),
            passord: self.password(virksomhet.integrasjon),
        }
    }

    pub fn skole(&self) -> Caller {
        self.caller(&self.town.skole)
    }

    pub fn kommune(&self) -> Caller {
        self.caller(&self.town.kommune)
    }

    pub fn token(&self, virksomhet: &Virksomhet) -> String {
        let grant = grant(&self.maskinporten, virksomhet, &*self.clock, &self.ids);
        self.maskinporten.issue(&grant).unwrap().access_token
    }

    /// A token for the school, signed as Maskinporten would, with whatever change.
    pub fn signed(&self, change: impl FnOnce(&mut Value)) -> String {
        let orgnr = self.town.skole.organisasjon.organisasjonsnummer;
        signed_token(ISSUER, self.clock.now(), &orgnr.to_string(), change)
    }

    /// A person who has logged in, and calls in that person's own name.
    pub fn logged_in(&self, fnr: &str) -> Person {
        Person {
            http: self.http.clone(),
            url: self.url.clone(),
            token: self.person(|claims| claims["pid"] = fnr.into()),
        }
    }

    /// A token for a person who has logged in, with whatever change.
    pub fn person(&self, change: impl FnOnce(&mut Value)) -> String {
        self.signed(|claims| {
            *claims = json!({
                "iss": ID_PORTEN,
                "pid": "21868499143",
                "name": "Fiktiv Melder",
                "acr": "idporten-loa-high",
                "iat": claims["iat"],
                "exp": claims["exp"],
            });
            change(claims);
        })
    }

    /// The frozen time, in milliseconds.
    pub fn now(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    pub fn password(&self, integrasjon: IntegrasjonId) -> String {
        self.passwords.lock().unwrap()[&integrasjon].clone()
    }

    pub async fn integration(
        &self,
        owner: FiksOrgId,
        aktiv: bool,
        privileges: &[(FiksOrgId, Privilegium)],
    ) -> IntegrasjonId {
        let id = IntegrasjonId(self.ids.uuid());
        let new = NyIntegrasjon {
            id,
            organisasjon: owner,
            navn: "Prøve".to_owned(),
            aktiv,
            privilegier: privileges.to_vec(),
            nytt_passord: false,
        };
        self.apply(Oppsett { integrasjoner: vec![new], ..Oppsett::default() }).await;
        id
    }

    /// The same caller, by another integration.
    pub fn through(&self, caller: Caller, integrasjon: IntegrasjonId) -> Caller {
        Caller { integrasjon: integrasjon.to_string(), passord: self.password(integrasjon), ..caller }
    }

    pub fn kontor(&self, n: usize) -> &'static Kontor {
        &self.town.kontorer[n]
    }

    pub fn report(&self) -> Report {
        self.report_to(0)
    }

    pub fn report_to(&self, kontor: usize) -> Report {
        let office = &self.kontor(kontor).nokkel.certificate;
        Report::seal(office, &self.town.print.certificate, start_of_tests(), &*self.rng)
    }

    pub fn send_path(&self, version: &str, kontor: usize, sak: Sak) -> String {
        let (from, bydel) = (self.town.skole.organisasjon.id, &self.kontor(kontor).bydel);
        let (kommune, bydel) = (bydel.kommunenummer, bydel.bydelsnummer);
        format!("{version}/mottak/fagsystem/{from}/{kommune}/{bydel}/{}", sak.path())
    }

    /// Posts a report to the first office, with an `Idempotency-Key` if given.
    pub async fn post(&self, report: &Report, key: Option<&str>) -> Answer {
        let request = self.skole().request(Method::POST, self.send_path(V2, 0, Sak::Offentlig));
        let request = key.into_iter().fold(request, |request, key| request.header("Idempotency-Key", key));
        answer(request.multipart(report.form())).await
    }

    /// Sends a report that must be accepted, and gives its id.
    pub async fn send(&self, report: &Report) -> String {
        id_of(&self.post(report, None).await)
    }

    /// Sends a new report and puts it in the municipality's queue.
    pub async fn deliver(&self) -> (String, Report) {
        let report = self.report();
        let id = self.send(&report).await;
        self.run_jobs().await;
        (id, report)
    }

    /// The history that the sender sees.
    pub async fn history(&self, version: &str, id: &str) -> Vec<Value> {
        let from = self.town.skole.organisasjon.id;
        let path = format!("{version}/mottak/fagsystem/{from}/bekymringsmelding/{id}/status");
        self.skole().get(path).await.json(200).as_array().unwrap().clone()
    }

    /// The states of the history, oldest first.
    pub async fn states(&self, id: &str) -> Vec<String> {
        let history = self.history(V2, id).await;
        history.iter().map(|entry| entry["tilstand"].as_str().unwrap().to_owned()).collect()
    }

    /// An address of the municipality's side: `""`, `"/ID"`, `"/ID/innhold"` …
    pub fn queue(&self, rest: impl AsRef<str>) -> String {
        format!("{V2}/avhenting/{}/meldinger{}", self.town.kommune.organisasjon.id, rest.as_ref())
    }

    /// The ids that wait, in the order of the list.
    pub async fn waiting(&self) -> Vec<String> {
        ids_of(&self.kommune().get(self.queue("")).await.json(200))
    }
}

/// Registers a certificate for an office, or for the print supplier, as it is: [`Services::apply`] would refuse one that
/// cannot be used.
pub async fn register(t: &Gate, kontor: Option<usize>, pem: &[u8]) {
    let eier = kontor.map_or(NokkelEier::Print, |n| {
        let bydel = &t.kontor(n).bydel;
        NokkelEier::Bydel(bydel.kommunenummer, bydel.bydelsnummer)
    });
    let pem = String::from_utf8(pem.to_vec()).unwrap();
    let key = Nokkel { id: t.ids.uuid(), eier, pem, registrert: t.clock.now(), avlost: None };
    let work = t.services().store.write("test", key, |tx, key| Box::pin(store::nokkel::replace(tx, key)));
    work.await.unwrap();
}

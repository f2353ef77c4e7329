//! Gateways in processes of their own, which a test may kill.

use std::{
    fmt::Write as _,
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, LazyLock, Mutex},
    thread,
    time::Duration,
};

use jiff::SignedDuration;
use meldeport::{
    app::{self, Parts, World},
    auth::VerifierSettings,
    delivery::{Worker, WorkerSettings},
    domain::Services,
    sandbox::{
        maskinporten::{self, Maskinporten},
        town::{Town, Virksomhet},
    },
    system::{Clock, FrozenClock, Ids, SeededRng, SystemClock},
};
use poem::{Route, Server as PoemServer, listener::Acceptor as _, listener::Listener as _, listener::TcpListener};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::{Caller, Database, KeySource, Report, V2, grant, issuer_key, merke, town::build};

/// A town whose certificates are valid by the machine's clock, which processes of their own go by.
fn town_of_today() -> &'static Town {
    static TOWN: LazyLock<Town> = LazyLock::new(|| build(SystemClock.now() - SignedDuration::from_hours(1)));
    &TOWN
}

/// The domain in this process, on a database that belongs to others.
async fn services(database: &Database, rng: Arc<SeededRng>, clock: Arc<dyn Clock>) -> Arc<Services> {
    let world = World { clock, rng, fetch: KeySource::new([]) };
    let nobody = VerifierSettings::new("nobody", "nowhere");
    app::services(&world, Parts::new(database.settings.clone(), nobody)).await.unwrap()
}

/// A database with the town in it, and a Maskinporten that answers over HTTP.
pub struct Site {
    pub database: Database,
    pub town: &'static Town,
    pub rng: Arc<SeededRng>,
    ids: Ids,
    maskinporten: Arc<Maskinporten>,
    passwords: Vec<(String, String)>,
}

impl super::Start for Site {
    async fn start(database: Database) -> Self {
        let (town, rng, clock) = (town_of_today(), Arc::new(SeededRng::new(11)), Arc::new(SystemClock));
        let ids = Ids::new(clock.clone(), rng.clone());
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = *acceptor.local_addr()[0].as_socket_addr().unwrap();
        let issuer = format!("http://{address}/maskinporten/");
        let anchors = vec![town.authority.certificate.clone()];
        let maskinporten = Maskinporten::new(issuer, issuer_key(), anchors, town.clients(), clock.clone(), ids.clone());
        let maskinporten = Arc::new(maskinporten);
        let route = maskinporten::mount(Route::new(), "/maskinporten", maskinporten.clone());
        tokio::spawn(PoemServer::new_with_acceptor(acceptor).run(route));

        let services = services(&database, rng.clone(), clock).await;
        let done = services.apply(town.oppsett()).await.unwrap();
        services.store.close().await;
        let passwords = done.passord.into_iter().map(|(id, password)| (id.to_string(), password.expose().clone()));
        Self { database, town, rng, ids, maskinporten, passwords: passwords.collect() }
    }

    async fn finish(self) {
        merke::check();
        self.database.remove().await;
    }
}

impl Site {
    /// Starts a gateway and waits until it answers.
    pub async fn serve(&self) -> Server {
        self.start_node(&Node::default()).await
    }

    /// Starts a gateway with further settings: whole tables.
    pub async fn serve_with(&self, tables: &str) -> Server {
        self.start_node(&Node { more: tables, ..Node::default() }).await
    }

    /// Starts a gateway that answers and does no jobs.
    pub async fn serve_only(&self) -> Server {
        self.start_node(&Node { more: "[delivery]\nworker = false\n", ..Node::default() }).await
    }

    /// Starts a process that does jobs and answers nobody.
    pub async fn work(&self) -> Server {
        self.start_node(&Node { command_line: &["serve", "--worker"], ..Node::default() }).await
    }

    /// The same, watched at an address of its own.
    pub async fn work_watched(&self) -> Server {
        let more = "[metrics]\naddress = \"localhost:0\"\n";
        self.start_node(&Node { command_line: &["serve", "--worker"], more, ..Node::default() }).await
    }

    /// Starts a process and waits until it is ready.
    pub async fn start_node(&self, node: &Node<'_>) -> Server {
        let (mut server, ready) = self.spawn(node);
        let address = ready.await.expect("the gateway starts");
        server.url = format!("http://{address}");
        server
    }

    /// Starts a process, and gives what tells its address once it is ready; of one that dies before that, nothing.
    pub fn spawn(&self, node: &Node<'_>) -> (Server, oneshot::Receiver<String>) {
        let folder = TempDir::new().unwrap();
        let (config, certificate) = (folder.path().join("meldeport.toml"), folder.path().join("portvakt.p12"));
        let temp = folder.path().join("tmp");
        fs::create_dir(&temp).unwrap();
        let text = format!(
            "[server]\naddress = \"{}\"\n{}[database]\nurl = \"{}\"\ntimeout_seconds = {}\nstatement_seconds = {}\nreserve_mb = {}\n\
             [maskinporten]\nissuer = \"{}\"\njwks_url = \"{}\"\n[access]\ncalls_per_second = 0\n\
             {}[mail]\nfolder = \"{}\"\n[gateway]\ncertificate = \"{}\"\n[print]\nfolder = \"{}\"\n\
             [log]\nformat = \"json\"\nfilter = \"{}\"\n",
            node.address,
            node.server,
            node.database.map_or_else(|| self.database.url(), str::to_owned),
            node.database_timeout,
            node.database_statement,
            node.database_reserve,
            self.maskinporten.issuer(),
            self.maskinporten.jwks_url(),
            node.more,
            folder.path().join("varsler").display(),
            certificate.display(),
            folder.path().join("utskrift").display(),
            node.filter,
        );
        fs::write(&config, text).unwrap();
        fs::write(&certificate, self.town.portvakt.pkcs12.expose()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_meldeport"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MELDEPORT")) {
            command.env_remove(name);
        }
        command
            .env("TMPDIR", &temp)
            .args(node.command_line)
            .arg("--config")
            .arg(config)
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (ready, address) = oneshot::channel();
        let lines = BufReader::new(child.stderr.take().unwrap());
        let log = Arc::new(Mutex::new(String::new()));
        let keep = log.clone();
        let reader = thread::spawn(move || {
            let mut ready = Some(ready);
            // To the end, or the process would stop for want of somebody who reads.
            for line in lines.lines().map_while(Result::ok) {
                merke::look("in the log of a process", &line);
                writeln!(keep.lock().unwrap(), "{line}").unwrap();
                let entry: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
                if entry["message"] == "ready"
                    && let Some(ready) = ready.take()
                {
                    let _ = ready.send(entry["address"].as_str().unwrap_or_default().to_owned());
                }
            }
        });
        (Server { child, url: String::new(), log, reader: Some(reader), folder }, address)
    }

    /// Does every job as if two minutes had gone by.
    pub async fn run_jobs_later(&self) {
        let later = FrozenClock::at(SystemClock.now() + SignedDuration::from_mins(2));
        let services = services(&self.database, self.rng.clone(), Arc::new(later)).await;
        let worker = Worker::new(services.clone(), WorkerSettings::default());
        while worker.run_due().await.unwrap() > 0 {}
        services.store.close().await;
    }

    pub fn caller(&self, server: &Server, virksomhet: &Virksomhet) -> Caller {
        self.caller_at(&server.url, virksomhet)
    }

    pub fn caller_at(&self, url: &str, virksomhet: &Virksomhet) -> Caller {
        let grant = grant(&self.maskinporten, virksomhet, &SystemClock, &self.ids);
        let integrasjon = virksomhet.integrasjon.to_string();
        Caller {
            http: reqwest::Client::new(),
            url: url.to_owned(),
            token: self.maskinporten.issue(&grant).unwrap().access_token,
            passord: self.passwords.iter().find(|(id, _)| *id == integrasjon).unwrap().1.clone(),
            integrasjon,
        }
    }

    pub fn report(&self) -> Report {
        let office = &self.town.kontorer[0].nokkel.certificate;
        Report::seal(office, &self.town.print.certificate, SystemClock.now(), &*self.rng)
    }

    pub fn send_path(&self) -> String {
        let bydel = &self.town.kontorer[0].bydel;
        let from = self.town.skole.organisasjon.id;
        format!("{V2}/mottak/fagsystem/{from}/{}/{}/offentlig", bydel.kommunenummer, bydel.bydelsnummer)
    }

    pub fn status_path(&self, id: &str) -> String {
        format!("{V2}/mottak/fagsystem/{}/bekymringsmelding/{id}/status", self.town.skole.organisasjon.id)
    }

    pub fn queue(&self, rest: &str) -> String {
        format!("{V2}/avhenting/{}/meldinger{rest}", self.town.kommune.organisasjon.id)
    }
}

/// How a process is started.
pub struct Node<'a> {
    pub command_line: &'a [&'a str],
    pub address: &'a str,
    /// More lines of `[server]`.
    pub server: &'a str,
    /// More sections.
    pub more: &'a str,
    /// Another way to the database than the tests' own.
    pub database: Option<&'a str>,
    pub database_timeout: u64,
    pub database_statement: u64,
    /// Megabytes.
    pub database_reserve: u64,
    /// What is logged.
    pub filter: &'a str,
}

impl Default for Node<'_> {
    fn default() -> Self {
        Self {
            command_line: &["serve"],
            address: "127.0.0.1:0",
            server: "",
            more: "",
            database: None,
            database_timeout: 30,
            database_statement: 20,
            database_reserve: 64,
            filter: "trace",
        }
    }
}

/// A gateway, or a worker, in a process of its own.
pub struct Server {
    child: Child,
    pub url: String,
    /// What it has written to its log, at the level of trace.
    pub log: Arc<Mutex<String>>,
    reader: Option<thread::JoinHandle<()>>,
    /// Its settings, and in `tmp` whatever it put aside.
    pub folder: TempDir,
}

impl Server {
    /// SIGKILL: nothing is finished and nothing is said.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Where it is watched, once its log says so.
    pub async fn watch(&self) -> String {
        loop {
            let log = self.log.lock().unwrap().clone();
            let entries = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
            if let Some(watched) = entries.into_iter().find(|entry| entry["message"] == "watched") {
                return format!("http://{}", watched["address"].as_str().unwrap());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// SIGTERM: gives the exit code, with the log read to its end.
    pub fn stop(&mut self) -> Option<i32> {
        self.ask_to_stop();
        self.ended()
    }

    /// SIGTERM, without waiting for what comes of it.
    pub fn ask_to_stop(&self) {
        let sent = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
    }

    /// Whether the process has not ended.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for the end: gives the exit code, with the log read to its end.
    pub fn ended(&mut self) -> Option<i32> {
        let code = self.child.wait().unwrap().code();
        self.reader.take().unwrap().join().unwrap();
        code
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.is_running() {
            self.kill();
        }
    }
}

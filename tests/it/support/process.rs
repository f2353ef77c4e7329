//! Gateways in processes of their own, which a test may kill.

use std::{
    fmt::Write as _,
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, LazyLock, Mutex},
    thread,
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

use super::{Caller, Database, KeySource, Report, V2, grant, issuer_key, town::build};

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
        self.database.remove().await;
    }
}

impl Site {
    /// Starts a gateway and waits until it answers.
    pub async fn serve(&self) -> Server {
        self.start_process(&["serve"], "").await
    }

    /// Starts a gateway with further settings: whole tables.
    pub async fn serve_with(&self, tables: &str) -> Server {
        self.start_process(&["serve"], tables).await
    }

    /// Starts a gateway that answers and does no jobs.
    pub async fn serve_only(&self) -> Server {
        self.start_process(&["serve"], "[delivery]\nworker = false\n").await
    }

    /// Starts a process that does jobs and answers nobody.
    pub async fn work(&self) -> Server {
        self.start_process(&["serve", "--worker"], "").await
    }

    async fn start_process(&self, command_line: &[&str], more: &str) -> Server {
        let folder = TempDir::new().unwrap();
        let (config, certificate) = (folder.path().join("meldeport.toml"), folder.path().join("portvakt.p12"));
        let temp = folder.path().join("tmp");
        fs::create_dir(&temp).unwrap();
        let text = format!(
            "[server]\naddress = \"127.0.0.1:0\"\n[database]\nurl = \"{}\"\ntimeout_seconds = 30\n\
             [maskinporten]\nissuer = \"{}\"\njwks_url = \"{}\"\n[access]\ncalls_per_second = 0\n\
             {more}[mail]\nfolder = \"{}\"\n[gateway]\ncertificate = \"{}\"\n[print]\nfolder = \"{}\"\n\
             [log]\nformat = \"json\"\nfilter = \"trace\"\n",
            self.database.url(),
            self.maskinporten.issuer(),
            self.maskinporten.jwks_url(),
            folder.path().join("varsler").display(),
            certificate.display(),
            folder.path().join("utskrift").display(),
        );
        fs::write(&config, text).unwrap();
        fs::write(&certificate, self.town.portvakt.pkcs12.expose()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_meldeport"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MELDEPORT")) {
            command.env_remove(name);
        }
        command
            .env("TMPDIR", &temp)
            .args(command_line)
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
                writeln!(keep.lock().unwrap(), "{line}").unwrap();
                let entry: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
                if entry["message"] == "ready"
                    && let Some(ready) = ready.take()
                {
                    let _ = ready.send(entry["address"].as_str().unwrap_or_default().to_owned());
                }
            }
        });
        let address = address.await.expect("the gateway starts");
        Server { child, url: format!("http://{address}"), log, reader: Some(reader), folder }
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

    /// SIGTERM: gives the exit code, with the log read to its end.
    pub fn stop(&mut self) -> Option<i32> {
        let sent = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
        let code = self.child.wait().unwrap().code();
        self.reader.take().unwrap().join().unwrap();
        code
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

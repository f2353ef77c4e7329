//! A gateway in a process of its own, with the settings of an operator.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::{Base, DATA_KEY, PERSON_KEY, Site, os::Process};
use crate::http::Connection;

impl Site {
    /// Starts a gateway. It answers when this returns; `.1` is how long that took, in milliseconds.
    pub async fn serve(&self, base: &Base, name: &str, worker: bool) -> (Node, f64) {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        let place = |name: &str| folder.join(name).display().to_string();
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap().to_string();
        drop(socket);
        fs::write(folder.join("portvakt.p12"), self.town.portvakt.pkcs12.expose()).unwrap();
        fs::write(folder.join("person.key"), PERSON_KEY).unwrap();
        fs::write(folder.join("data.key"), DATA_KEY).unwrap();
        let text = format!(
            "[server]\naddress = \"{address}\"\n[database]\nurl = \"{}\"\nmax_connections = {}\n\
             [maskinporten]\nissuer = \"{}\"\njwks_url = \"{}jwk\"\n\
             [access]\ncalls_per_second = 0\n[delivery]\nworker = {worker}\n\
             [gateway]\ncertificate = \"{}\"\nperson_key_file = \"{}\"\n[ledsagerbevis]\ndata_key_files = [\"{}\"]\n\
             [mail]\nfolder = \"{}\"\n[print]\nfolder = \"{}\"\n[sms]\nfolder = \"{}\"\n",
            base.settings.url,
            self.pool,
            self.issuer,
            self.issuer,
            place("portvakt.p12"),
            place("person.key"),
            place("data.key"),
            place("varsler"),
            place("utskrift"),
            place("sms"),
        );
        let config = folder.join("meldeport.toml");
        fs::write(&config, text).unwrap();
        let log = folder.join("log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_meldeport"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MELDEPORT")) {
            command.env_remove(name);
        }
        // A group of its own, or Ctrl-C would stop it before it has been asked.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.arg("serve").arg("--config").arg(config).stdout(Stdio::null()).stderr(File::create(&log).unwrap());
        let start = Instant::now();
        let child = command.spawn().unwrap();
        let mut node = Node { process: Process(child.id()), child, address, log };
        node.wait_until_ready(start).await;
        let taken = start.elapsed().as_secs_f64() * 1000.0;
        (node, taken)
    }
}

/// A gateway.
pub struct Node {
    child: Child,
    pub process: Process,
    pub address: String,
    log: PathBuf,
}

impl Node {
    async fn wait_until_ready(&mut self, start: Instant) {
        let ask = format!("GET /health/ready HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        loop {
            if std::net::TcpStream::connect(&self.address).is_ok() {
                // It listens only when its database is open; this asks whether it is well.
                let well = Connection::open(&self.address).await.ask(&[Bytes::from(ask)], 200).await;
                assert!(well, "the gateway is not ready");
                return;
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the gateway ended, {status}: {}", fs::read_to_string(&self.log).unwrap_or_default());
            }
            assert!(start.elapsed() < Duration::from_secs(60), "the gateway does not answer");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// SIGTERM, as an operator stops it.
    pub fn stop(mut self) {
        let sent = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
        let ended = self.child.wait().unwrap();
        assert!(ended.success(), "the gateway ended, {ended}: {}", fs::read_to_string(&self.log).unwrap_or_default());
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

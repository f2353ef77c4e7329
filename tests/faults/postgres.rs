//! PostgreSQL servers of our own that may be stopped, cut off and lost. Durability is as it comes: fsync is on.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use tempfile::TempDir;

pub struct Cluster {
    folder: TempDir,
    data: PathBuf,
    bin: PathBuf,
    port: u16,
    options: String,
}

/// Where the server's programs are.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = versions
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop()
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Runs a program as a user that PostgreSQL starts for; its words when it fails.
fn run(program: &Path, arguments: &[&str]) -> Result<(), String> {
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    // To a file: a server that is started keeps what it was given for as long as it lives.
    let log = TempDir::new().map_err(|error| error.to_string())?;
    let file = log.path().join("log");
    let output = fs::File::create(&file).map_err(|error| error.to_string())?;
    let errors = output.try_clone().map_err(|error| error.to_string())?;
    let status = command.current_dir("/").args(arguments).stdin(Stdio::null()).stdout(output).stderr(errors).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("{}: {}", program.display(), fs::read_to_string(&file).unwrap_or_default())),
        Err(error) => Err(format!("{}: {error}", program.display())),
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Cluster {
    fn empty(options: &str) -> Result<Self, String> {
        let bin = programs().ok_or("PostgreSQL's server programs are not here")?;
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        if is_root() {
            let owned = Command::new("chown").arg("postgres").arg(folder.path()).status();
            if !owned.is_ok_and(|status| status.success()) {
                return Err("PostgreSQL does not run as root, and there is no user called postgres".to_owned());
            }
        }
        let data = folder.path().join("data");
        Ok(Self { folder, data, bin, port: free_port(), options: options.to_owned() })
    }

    /// A new server; `options` are more of its settings, as `-c name=value`.
    pub fn start(options: &str) -> Result<Self, String> {
        Self::empty(options)?.begin()
    }

    /// A new server with its tables on another disk, but not its log.
    pub fn start_on(disk: &Path) -> Result<Self, String> {
        let mut cluster = Self::empty("")?;
        cluster.data = disk.join("data");
        cluster.begin()
    }

    fn begin(self) -> Result<Self, String> {
        let (data, log) = (self.data(), self.folder.path().join("wal").display().to_string());
        let initdb = self.bin.join("initdb");
        run(&initdb, &["-D", &data, "-X", &log, "-U", "meldeport", "--auth=trust", "--encoding=UTF8", "--no-locale"])?;
        self.up()?;
        Ok(self)
    }

    /// A server that follows this one.
    pub fn standby(&self) -> Result<Self, String> {
        let standby = Self::empty("")?;
        let backup = self.bin.join("pg_basebackup");
        let port = self.port.to_string();
        run(
            &backup,
            &[
                "-h",
                "127.0.0.1",
                "-p",
                &port,
                "-U",
                "meldeport",
                "-D",
                &standby.data(),
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
            ],
        )?;
        standby.up()?;
        Ok(standby)
    }

    fn data(&self) -> String {
        self.data.display().to_string()
    }

    fn control(&self, arguments: &[&str]) -> Result<(), String> {
        let data = self.data();
        let mut all = vec!["-D", &data, "-w"];
        all.extend(arguments);
        run(&self.bin.join("pg_ctl"), &all)
    }

    pub fn up(&self) -> Result<(), String> {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c max_connections=60 {}",
            self.port,
            self.folder.path().display(),
            self.options,
        );
        let log = self.folder.path().join("log").display().to_string();
        self.control(&["-l", &log, "-o", &options, "start"])
    }

    /// `fast` breaks the connections, `immediate` is as if the power had gone.
    pub fn down(&self, mode: &str) {
        self.control(&["-m", mode, "stop"]).unwrap();
    }

    /// Makes a standby the server.
    pub fn promote(&self) {
        self.control(&["promote"]).unwrap();
    }

    /// Its processes, that which takes connections first.
    fn processes(&self) -> Vec<String> {
        let first = fs::read_to_string(self.data.join("postmaster.pid")).unwrap_or_default();
        let Some(first) = first.lines().next().map(str::to_owned) else { return Vec::new() };
        let children = fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap_or_default();
        [first].into_iter().chain(children.split_whitespace().map(str::to_owned)).collect()
    }

    fn signal(&self, signal: &str) {
        let processes = self.processes();
        // One that has just ended makes `kill` fail, after it has told the others.
        let _ = Command::new("kill").arg(signal).args(&processes).stderr(Stdio::null()).status().unwrap();
    }

    /// Every process stands still: connections stay open, new ones are taken by the kernel, and nothing is ever answered.
    pub fn silence(&self) {
        // One that has just been forked, or that waits for the disk, takes it in a moment later.
        for _ in 0..500 {
            self.signal("-STOP");
            let mut states =
                self.processes().into_iter().filter_map(|id| fs::read_to_string(format!("/proc/{id}/stat")).ok());
            if states.all(|stat| stat.contains(") T ")) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("some go on");
    }

    pub fn wake(&self) {
        self.signal("-CONT");
    }

    /// What a statement answers, one row a line.
    pub fn ask(&self, sql: &str) -> String {
        let output = Command::new(self.bin.join("psql"))
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &self.port.to_string(),
                "-U",
                "meldeport",
                "-d",
                "postgres",
                "-X",
                "-q",
                "-At",
            ])
            .args(["-c", sql])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        self.url_by(self.port)
    }

    /// The same database by another port.
    pub fn url_by(&self, port: u16) -> String {
        format!("postgres://meldeport@127.0.0.1:{port}/postgres")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.data.join("postmaster.pid").exists() {
            self.wake();
            let _ = self.control(&["-m", "immediate", "stop"]);
        }
    }
}

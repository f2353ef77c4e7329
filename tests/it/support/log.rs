//! What this process writes to its log. Every line is looked through for what is a person's; kept are they only for the tests
//! that read them, at the most talkative setting.

use std::{
    io,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use tracing_subscriber::{
    EnvFilter, Registry,
    fmt::{self, MakeWriter},
    prelude::*,
    reload,
};

use super::merke;

/// All that we say, and what the libraries say when it matters.
const WATCHED: &str = "info,meldeport=trace";
const KEPT: &str = "trace,sqlx=debug";

#[derive(Clone, Default)]
struct Lines {
    kept: Arc<Mutex<Vec<u8>>>,
    keep: Arc<AtomicBool>,
}

impl io::Write for Lines {
    /// Is called with one event each time.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        merke::look("in the log", &String::from_utf8_lossy(bytes));
        if self.keep.load(Ordering::Relaxed) {
            self.kept.lock().unwrap().extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

struct Log {
    lines: Lines,
    filter: reload::Handle<EnvFilter, Registry>,
}

static LOG: LazyLock<Log> = LazyLock::new(|| {
    let lines = Lines::default();
    let (filter, handle) = reload::Layer::new(EnvFilter::new(WATCHED));
    let printed = fmt::layer().with_ansi(false).with_writer(lines.clone());
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(filter).with(printed)).unwrap();
    Log { lines, filter: handle }
});

/// Begins to look through the log, of all tests that run in this process.
pub fn watch_log() {
    LazyLock::force(&LOG);
}

/// Begins to keep the log, of all tests that run meanwhile.
pub fn keep_log() {
    if !LOG.lines.keep.swap(true, Ordering::Relaxed) {
        LOG.filter.reload(EnvFilter::new(KEPT)).unwrap();
    }
}

/// All that has been logged since.
pub fn log() -> String {
    String::from_utf8_lossy(&LOG.lines.kept.lock().unwrap()).into_owned()
}

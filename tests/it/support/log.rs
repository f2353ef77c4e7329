//! What this process writes to its log, at the most talkative setting, kept for the tests that read it.

use std::{
    io,
    sync::{Arc, LazyLock, Mutex},
};

use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

static LOG: LazyLock<Kept> = LazyLock::new(|| {
    let kept = Kept::default();
    let filter = EnvFilter::new("trace,sqlx=debug");
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(kept.clone());
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    kept
});

/// Begins to keep the log, of all tests that run meanwhile.
pub fn keep_log() {
    LazyLock::force(&LOG);
}

/// All that has been logged since.
pub fn log() -> String {
    String::from_utf8_lossy(&LOG.0.lock().unwrap()).into_owned()
}

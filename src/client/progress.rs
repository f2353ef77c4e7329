//! What the operator sees. Results are lines on standard output; progress, warnings and `curl` lines go to standard
//! error, the progress bar only where somebody sits in front of it.

use std::{
    fmt,
    io::{IsTerminal, Write},
    sync::{Arc, Mutex, PoisonError},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::watch::Watch;

type Sink = Mutex<Box<dyn Write + Send>>;

/// The two streams.
#[derive(Clone)]
pub struct Console(Arc<Streams>);

struct Streams {
    out: Sink,
    err: Sink,
    live: bool,
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").field("live", &self.0.live).finish_non_exhaustive()
    }
}

impl Console {
    /// The process's own streams.
    pub fn stdio() -> Self {
        let live = std::io::stderr().is_terminal();
        Self::new(Box::new(std::io::stdout()), Box::new(std::io::stderr()), live)
    }

    /// Other streams; `live` shows progress bars on standard error.
    pub fn new(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>, live: bool) -> Self {
        Self(Arc::new(Streams { out: Mutex::new(out), err: Mutex::new(err), live }))
    }

    /// A result.
    pub fn line(&self, text: &str) {
        write(&self.0.out, text);
    }

    /// Something the operator should know.
    pub fn warn(&self, text: &str) {
        write(&self.0.err, text);
    }

    /// A bar for one download; it shows nothing unless a terminal is watching, and cleans up after itself.
    pub fn download(&self, name: &str, bytes: u64) -> Download {
        let target = if self.0.live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(bytes), target);
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {bytes}/{total_bytes}") {
            bar.set_style(style);
        }
        bar.set_message(name.to_owned());
        Download(bar)
    }
}

/// A closed pipe is no reason to leave a report half fetched.
fn write(sink: &Sink, text: &str) {
    let mut sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = writeln!(sink, "{text}").and_then(|()| sink.flush());
}

/// A running download.
#[derive(Debug)]
pub struct Download(ProgressBar);

impl Download {
    pub fn at(&self, bytes: u64) {
        self.0.set_position(bytes);
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Prints the `curl` line of each request.
#[derive(Debug)]
pub struct ShowCurl(pub Console);

impl Watch for ShowCurl {
    fn request(&self, curl: &str) {
        self.0.warn(curl);
    }
}

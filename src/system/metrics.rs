//! What a process tells about itself to whoever watches it, in the OpenMetrics text format. Labels hold words that stand in
//! this program and nothing that a caller wrote; what each name means is told in `docs/metrics.md`.

use std::{fmt, sync::atomic::AtomicU64};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{
        counter::Counter as Count, family::Family as Labelled, gauge::Gauge as Value, histogram::Histogram as Spread,
        info::Info,
    },
    registry::{Metric, Registry},
};

type Counter = Count;
/// A number that goes up and down.
pub type Gauge = Value<f64, AtomicU64>;
type Histogram = Spread;

/// A metric of each combination of labels.
pub type Family<L, M> = Labelled<L, M>;

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident { $($field:ident),+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
        pub struct $name { $(pub $field: &'static str),+ }
    )+};
}

labels! {
    /// An operation of a service's version, and how it was answered: `2xx`, `4xx` …
    Call { service, operation, status }
    /// An error's code.
    Code { code }
    /// A report's state.
    State { state }
    /// How long a report has waited in a state.
    Waiting { state, age }
    /// A table whose rows are work to be done.
    Queue { queue }
    /// What letters are about.
    Letter { letter }
    /// Whose certificate.
    Key { key }
    /// Why something was not done.
    Reason { reason }
    /// What connections are doing.
    Use { state }
    /// What is kept in a folder.
    Folder { folder }
    /// Which way large bodies go: of a `request` or of a `response`.
    Body { body }
}

/// Seconds, from what answers at once to what a long poll may take.
const SECONDS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

pub struct Metrics {
    registry: Registry,

    // Counted as it happens, since the process began.
    pub requests: Family<Call, Histogram>,
    pub problems: Family<Code, Counter>,
    pub tls_refused: Counter,
    pub reports: Family<State, Counter>,
    pub takeovers: Family<Queue, Counter>,
    pub failed: Family<Queue, Counter>,
    pub given_up: Family<Queue, Counter>,
    pub write_seconds: Histogram,
    pub write_wait: Histogram,
    pub write_conflicts: Counter,
    pub write_failures: Family<Reason, Counter>,

    // As they are when somebody looks.
    pub database_up: Gauge,
    pub waiting: Family<Waiting, Gauge>,
    pub nearest_deadline: Gauge,
    pub due: Family<Queue, Gauge>,
    pub overdue: Family<Queue, Gauge>,
    pub letters: Family<Letter, Gauge>,
    pub oldest_letter: Family<Letter, Gauge>,
    pub counter_changes: Gauge,
    pub key_days: Family<Key, Gauge>,
    pub writer_queue: Gauge,
    pub bodies: Family<Body, Gauge>,
    pub connections: Family<Use, Gauge>,
    pub disk: Family<Folder, Gauge>,
    pub memory: Gauge,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("meldeport");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program", build);
        let mut all = Registering(&mut registry);
        Self {
            requests: all.add(
                "request_seconds",
                "Time from a call's head to its answer's, long polls included",
                Family::new_with_constructor(seconds),
            ),
            problems: all.add("problems", "Calls answered with an error", Family::default()),
            tls_refused: all.add("tls_refused", "Connections that ended before TLS was agreed on", Counter::default()),
            reports: all.add("reports", "Reports that came into a state", Family::default()),
            takeovers: all.add("lease_takeovers", "Jobs taken over from who did not end them", Family::default()),
            failed: all.add("tries_failed", "Tries of a job that failed and are made again", Family::default()),
            given_up: all.add("given_up", "Jobs given up", Family::default()),
            write_seconds: all.add("write_seconds", "Time of a write, until it is on disk", seconds()),
            write_wait: all.add("write_wait_seconds", "Time that a write waits for its turn", seconds()),
            write_conflicts: all.add("write_conflicts", "Transactions run again", Counter::default()),
            write_failures: all.add("write_failures", "Writes that the database did not do", Family::default()),
            database_up: all.add("database_up", "1 when the database answered just now", Gauge::default()),
            waiting: all.add("reports_waiting", "Reports on their way, by how long", Family::default()),
            nearest_deadline: all.add(
                "nearest_deadline_seconds",
                "Time until the first report that waits goes out as a letter",
                Gauge::default(),
            ),
            due: all.add("jobs_due", "Jobs whose time has come", Family::default()),
            overdue: all.add("job_overdue_seconds", "How long the first of them has been due", Family::default()),
            letters: all.add("letters_waiting", "Letters that wait for the print supplier", Family::default()),
            oldest_letter: all.add("letter_oldest_seconds", "How old the oldest of them is", Family::default()),
            counter_changes: all.add(
                "counter_changes_waiting",
                "Changes of reports that are not in the counters yet",
                Gauge::default(),
            ),
            key_days: all.add("key_days_left", "Days until the first certificate expires", Family::default()),
            writer_queue: all.add("writer_queue", "Writes that wait for SQLite's one writer", Gauge::default()),
            bodies: all.add("body_memory_bytes", "Large bodies that are in memory", Family::default()),
            connections: all.add("pool_connections", "Connections to the database", Family::default()),
            disk: all.add("disk_available_bytes", "Room left where a folder is", Family::default()),
            memory: all.add("resident_memory_bytes", "Memory that the process has in use", Gauge::default()),
            registry,
        }
    }
}

struct Registering<'r>(&'r mut Registry);

impl Registering<'_> {
    fn add<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: M) -> M {
        self.0.register(name, help, metric.clone());
        metric
    }
}

impl Metrics {
    /// What the text is, for whoever reads it.
    pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// All of it, as it is now.
    ///
    /// # Errors
    /// None that a text in memory can give.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut all = String::new();
        text::encode(&mut all, &self.registry)?;
        Ok(all)
    }

    /// How a status is told.
    pub fn class(status: u16) -> &'static str {
        match status {
            ..200 => "1xx",
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        }
    }
}

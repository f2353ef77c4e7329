//! Log lines on standard error, for people, or JSON for machines; and the spans of traces to whoever collects them.

use std::io::IsTerminal as _;

use anyhow::anyhow;
use tracing_subscriber::{EnvFilter, Layer as _, Registry, fmt, prelude::*};

use super::Traces;
use crate::config::{Log, LogFormat};

/// Starts logging; once per process.
pub fn start(log: &Log) -> anyhow::Result<()> {
    start_traced(log, None)
}

/// The same, with traces for who collects them.
pub fn start_traced(log: &Log, traces: Option<&Traces>) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.filter).map_err(|error| anyhow!("log.filter: {error}"))?;
    let lines = match log.format {
        LogFormat::Text => fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .with_filter(filter)
            .boxed(),
        LogFormat::Json => {
            fmt::layer().with_writer(std::io::stderr).json().flatten_event(true).with_filter(filter).boxed()
        }
    };
    // Each has a filter of its own: what is told in a trace does not depend on what is logged.
    let started = Registry::default().with(lines).with(traces.map(Traces::layer)).try_init();
    started.map_err(|error| anyhow!("logging: {error}"))
}

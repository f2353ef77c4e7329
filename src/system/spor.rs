//! Traces: which of the program's spans are told, and how a caller's trace goes on in ours.

use opentelemetry::{
    propagation::{Extractor, TextMapPropagator as _},
    trace::TraceContextExt as _,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The target of the spans that traces are made of. Nothing else leaves the log: what other crates write of themselves is not
/// ours to give away.
pub const SPOR: &str = "meldeport::spor";

/// The header that names the caller's trace (W3C Trace Context, §3.2).
pub const TRACEPARENT: &str = "traceparent";

/// Makes a span part of the trace that a [`TRACEPARENT`] names. One that cannot be read is as none, as §3.2.2 wants.
pub fn follow(span: &Span, traceparent: &str) {
    let caller = TraceContextPropagator::new().extract(&Caller(traceparent));
    // Where nobody collects traces, there is none to be part of.
    let _ = span.set_parent(caller);
}

/// Calls a span what it turned out to be. A field would come too late: a span with others in it has begun.
pub fn name(span: &Span, name: &'static str) {
    span.context().span().update_name(name);
}

struct Caller<'a>(&'a str);

impl Extractor for Caller<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

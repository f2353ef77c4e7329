//! Traces for OpenTelemetry: where the time of a call or a job went, sent to whoever collects it. Nobody waits for that: what
//! cannot be sent, or comes faster than it can be, is dropped.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use opentelemetry::trace::{SpanId, TraceId, TracerProvider as _};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{BatchConfigBuilder, BatchSpanProcessor, IdGenerator, Sampler, SdkTracerProvider},
};
use tokio::runtime::Handle;
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

use crate::system::{Rng, SecretString, rng::random, spor::SPOR};

/// How long the collector may take over what it is sent, and how often it is sent something.
const TIMEOUT: Duration = Duration::from_secs(10);
const EVERY: Duration = Duration::from_secs(2);
/// How long the process waits for the last of it when it stops.
const LAST: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub struct TraceSettings {
    /// OTLP over HTTP: the whole address.
    pub url: String,
    /// For `Authorization: Bearer`.
    pub token: Option<SecretString>,
    /// The share of traces that is told, from 0 to 1.
    pub ratio: f64,
}

/// What sends traces, until it is stopped.
#[derive(Debug)]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Must be called where there is a runtime, which does the sending.
    ///
    /// # Errors
    /// When an HTTP client cannot be set up for that address.
    pub fn open(settings: TraceSettings, rng: Arc<dyn Rng>) -> anyhow::Result<Self> {
        let collector = Collector {
            http: reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none()).build()?,
            runtime: Handle::current(),
            token: settings.token.map(Arc::new),
            silent: AtomicBool::new(false),
        };
        let exporter = SpanExporter::builder().with_http().with_protocol(Protocol::HttpBinary).with_timeout(TIMEOUT);
        let exporter = exporter.with_endpoint(settings.url).with_http_client(collector).build()?;
        let batch = BatchConfigBuilder::default().with_scheduled_delay(EVERY).build();
        let provider = SdkTracerProvider::builder()
            .with_resource(
                Resource::builder()
                    .with_service_name(env!("CARGO_PKG_NAME"))
                    .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
                    .build(),
            )
            // By the trace's id, whatever the caller's own sampling says: a stranger does not decide how much we send.
            .with_sampler(Sampler::TraceIdRatioBased(settings.ratio))
            .with_id_generator(RandomIds(rng))
            .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(batch).build())
            .build();
        Ok(Self(provider))
    }

    /// What takes the spans of our own traces, and nothing else, not even what is logged in them.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer(env!("CARGO_PKG_NAME")))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target() == SPOR))
    }

    /// Sends what has not been sent, for a moment.
    pub async fn stop(self) {
        // Its own thread does the sending, and this one would stand still.
        let _ = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(LAST)).await;
    }
}

#[derive(Debug)]
struct RandomIds(Arc<dyn Rng>);

impl IdGenerator for RandomIds {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from_bytes(random(&*self.0))
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from_bytes(random(&*self.0))
    }
}

/// Our own HTTP client in the thread of OpenTelemetry's, which is no thread of the runtime's.
#[derive(Debug)]
struct Collector {
    http: reqwest::Client,
    runtime: Handle,
    token: Option<Arc<SecretString>>,
    /// It failed the last time: said once, and not every two seconds.
    silent: AtomicBool,
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let mut request = self.http.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose());
        }
        let sent = self.runtime.spawn(async move {
            let answer = request.send().await.and_then(reqwest::Response::error_for_status);
            let answer = answer.map_err(reqwest::Error::without_url)?;
            let status = answer.status();
            Ok::<_, reqwest::Error>((status, answer.bytes().await.map_err(reqwest::Error::without_url)?))
        });
        let answered: Result<_, HttpError> = match sent.await {
            Ok(Ok(answered)) => Ok(answered),
            Ok(Err(error)) => Err(error.into()),
            Err(error) => Err(error.into()),
        };
        match &answered {
            Ok(_) if self.silent.swap(false, Ordering::Relaxed) => tracing::info!("traces are collected again"),
            Err(error) if !self.silent.swap(true, Ordering::Relaxed) => {
                tracing::warn!(%error, "traces cannot be sent; calls are answered all the same");
            }
            _ => {}
        }
        let (status, body) = answered?;
        Ok(Response::builder().status(status).body(body)?)
    }
}

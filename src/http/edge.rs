//! Round everything: gives each request an id, bounds its body, catches what goes wrong, and writes one line to the log.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt as _;
use poem::{
    Endpoint, Middleware, Request, Response, Result,
    http::{HeaderName, HeaderValue, Method, header, uri::Scheme},
};
use poem_openapi::OperationId;
use tracing::{Instrument as _, Span, field::Empty};
use uuid::Uuid;

use super::{
    body::{self, Bound, Room},
    bruk::Kaller,
    livslop, operations,
    problem::{self, Context},
    ratelimit::{Calls, Share},
    vern,
};
use crate::{
    domain::Services,
    model::{Feil, Feilkode},
    system::{
        metrics::{Call, Code, Metrics},
        spor::{self, SPOR, TRACEPARENT},
    },
    versions::Versjonert,
};

/// Tells which request an answer, a log line or an error belongs to. An error's `errorId` is the same.
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// Most bytes of an address with its query. The longest that an operation needs is a list of offices' ids.
const ADDRESS_MAX: usize = 8 * 1024;
/// Most bytes of all headers together, names and values. A call of ours has three; tokens have some 2 kB.
const HEADERS_MAX: usize = 32 * 1024;

pub struct Edge {
    services: Arc<Services>,
    calls: Arc<Calls>,
    bodies: Room,
    tls: bool,
}

impl Edge {
    /// `tls`: a proxy speaks TLS for us.
    pub fn new(services: Arc<Services>, calls: Calls, bodies: Room, tls: bool) -> Self {
        Self { services, calls: Arc::new(calls), bodies, tls }
    }
}

impl<E: Endpoint> Middleware<E> for Edge {
    type Output = EdgeEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        EdgeEndpoint {
            inner,
            services: self.services.clone(),
            calls: self.calls.clone(),
            bodies: self.bodies.clone(),
            tls: self.tls,
        }
    }
}

pub struct EdgeEndpoint<E> {
    inner: E,
    services: Arc<Services>,
    calls: Arc<Calls>,
    bodies: Room,
    tls: bool,
}

impl<E: Endpoint> Endpoint for EdgeEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let id = self.services.ids.uuid();
        let span = tracing::info_span!("request", errorId = %id);
        let spor = span.in_scope(|| spor(&request, id));
        Ok(self.answer(request, id, &spor).instrument(spor.clone()).instrument(span).await)
    }
}

impl<E: Endpoint> EdgeEndpoint<E> {
    async fn answer(&self, mut request: Request, id: Uuid, spor: &Span) -> Response {
        let started = tokio::time::Instant::now();
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let problem_json = prefers_problem_json(&request);
        let tls = self.tls || *request.scheme() == Scheme::HTTPS;
        let share = Share::default();
        request.set_data(share.clone());
        let kaller = Kaller::follow(&mut request);
        let let_in = self.calls.check(&request, &share).and_then(|()| head(&request));
        let bound = body::bound(&mut request, &self.bodies, &kaller);
        let version = operations::version_of(&path);
        let stopped =
            version.and_then(|version| livslop::stopped(&self.services.livslop, version, self.services.clock.now()));
        let (outcome, operation) = match (let_in, stopped, &bound) {
            (Err(feil), ..) | (Ok(()), Some(feil), _) => (Err((feil, None)), None),
            (Ok(()), None, Err(feil)) => (Err((feil.clone(), None)), None),
            (Ok(()), None, Ok(bound)) => self.run(request, bound).await,
        };
        let (mut response, code) = match outcome {
            Ok(response) => (response, None),
            Err((feil, internal)) => {
                if let Some(internal) = internal {
                    tracing::error!(errorCode = feil.code, internal, "request failed");
                }
                let shown = operations::shown(&path);
                let context = Context { error_id: id, path: &shown, now: self.services.clock.now(), problem_json };
                let mut response = problem::render(&feil, &context);
                if feil.status == 405 {
                    set_allow(&mut response, &path);
                }
                (response, Some(feil.code))
            }
        };
        share.tell(response.headers_mut());
        if let Some(version) = version {
            livslop::tell(response.headers_mut(), &self.services.livslop, version);
        }
        kaller.count(&self.services, version, operation);
        if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        vern::protect(&mut response, tls);
        let status = response.status().as_u16();
        let call = Call {
            service: version.map_or("-", Versjonert::name),
            operation: operation.unwrap_or("-"),
            status: Metrics::class(status),
        };
        let metrics = self.services.metrics();
        metrics.requests.get_or_create(&call).observe(started.elapsed().as_secs_f64());
        if let Some(code) = code {
            metrics.problems.get_or_create(&Code { code }).inc();
        }
        spor::name(spor, call.operation);
        spor.record("http.response.status_code", status);
        if let Some(code) = code {
            spor.record("error.type", code);
        }
        if status >= 500 {
            spor.record("otel.status_code", "ERROR");
        }
        // The operation's name instead of the path: a path that a caller made up may hold anything.
        tracing::info!(
            method = %method,
            service = call.service,
            operation = call.operation,
            status,
            errorCode = code.unwrap_or("-"),
            ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "answered"
        );
        response
    }

    async fn run(&self, request: Request, bound: &Bound) -> (Outcome, Option<&'static str>) {
        match AssertUnwindSafe(self.inner.get_response_or_error(request)).catch_unwind().await {
            Ok(Ok(response)) => {
                let operation = response.data::<OperationId>().map(|id| id.0);
                (Ok(response), operation)
            }
            Ok(Err(error)) => {
                let operation = error.data::<OperationId>().map(|id| id.0);
                // A reader sees a body that was stopped only as a broken one.
                let explained = bound.feil().map_or_else(|| problem::explain(&error), |feil| (feil, None));
                (Err(explained), operation)
            }
            Err(panic) => {
                let what = panic.downcast_ref::<&str>().copied().unwrap_or("panic");
                (Err((Feilkode::Intern.into(), Some(format!("panic: {what}")))), None)
            }
        }
    }
}

/// The call in a trace, and in the caller's own where there is one. Fields are named as in OpenTelemetry's conventions for HTTP.
fn spor(request: &Request, id: Uuid) -> Span {
    let span = tracing::debug_span!(
        target: SPOR,
        "call",
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = %request.method(),
        http.response.status_code = Empty,
        "error.type" = Empty,
        errorId = %id,
    );
    if let Some(caller) = request.header(TRACEPARENT) {
        spor::follow(&span, caller);
    }
    span
}

type Outcome = std::result::Result<Response, (Feil, Option<String>)>;

/// [`Endpoint::get_response`] turns errors into answers; here they must stay errors.
trait GetResponseOrError: Endpoint {
    async fn get_response_or_error(&self, request: Request) -> Result<Response> {
        self.call(request).await.map(poem::IntoResponse::into_response)
    }
}

impl<E: Endpoint> GetResponseOrError for E {}

/// Bounds what stands before the body.
fn head(request: &Request) -> std::result::Result<(), Feil> {
    if request.original_uri().path_and_query().is_some_and(|address| address.as_str().len() > ADDRESS_MAX) {
        return Err(Feilkode::AdresseForLang.into());
    }
    let bytes = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    if bytes.sum::<usize>() > HEADERS_MAX { Err(Feilkode::HoderForStore.into()) } else { Ok(()) }
}

/// True when the caller asks for problem details and does not like plain JSON at least as much.
fn prefers_problem_json(request: &Request) -> bool {
    let accept = request.headers().get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = accept.flat_map(|value| value.split(',')).map(|kind| kind.split(';').next().unwrap_or("").trim());
    kinds.find_map(|kind| match kind {
        "application/problem+json" => Some(true),
        "application/json" => Some(false),
        _ => None,
    }) == Some(true)
}

/// RFC 9110 §15.5.6: a 405 says which methods there are.
fn set_allow(response: &mut Response, path: &str) {
    let allowed = operations::methods_of(path);
    let allowed = if allowed.is_empty() { Method::GET.to_string() } else { allowed.join(", ") };
    if let Ok(value) = HeaderValue::from_str(&allowed) {
        response.headers_mut().insert(header::ALLOW, value);
    }
}

//! Traces, as who collects them gets them.

use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value,
    trace::v1::{Span, status::StatusCode},
};
use poem::{
    Endpoint, EndpointExt as _, IntoResponse as _, Request, Response, Server,
    endpoint::make,
    http::StatusCode as Status,
    listener::{Acceptor as _, Listener as _, TcpListener},
};
use prost::Message as _;
use reqwest::Method;
use tokio::{net::TcpListener as Silent, sync::Notify};

use crate::support::{Site, answer, id_of, look};

on_every_database! {
    a_trace_tells_where_a_call_went_and_nothing_of_a_person,
    a_collector_that_is_silent_delays_nobody,
    traces_that_nobody_collects_are_said_to_be_lost_once,
}

/// What was sent to a collector.
#[derive(Default)]
struct Collected {
    spans: Mutex<Vec<Span>>,
    tokens: Mutex<Vec<String>>,
    more: Notify,
}

impl Collected {
    /// The first span that is as it is asked for, once it has come.
    async fn find(&self, is: impl Fn(&Span) -> bool) -> Span {
        loop {
            let more = self.more.notified();
            if let Some(span) = self.spans.lock().unwrap().iter().find(|span| is(span)) {
                return span.clone();
            }
            more.await;
        }
    }

    fn under(&self, parent: &Span) -> Vec<String> {
        let spans = self.spans.lock().unwrap();
        spans.iter().filter(|span| span.parent_span_id == parent.span_id).map(|span| span.name.clone()).collect()
    }
}

async fn listen<E: Endpoint + 'static>(collector: E) -> String {
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
    let address = *acceptor.local_addr()[0].as_socket_addr().unwrap();
    tokio::spawn(Server::new_with_acceptor(acceptor).run(collector));
    format!("http://{address}/v1/traces")
}

async fn collector() -> (String, Arc<Collected>) {
    let collected = Arc::new(Collected::default());
    let keep = collected.clone();
    let endpoint = make(move |mut request: Request| {
        let keep = keep.clone();
        async move {
            let body = request.take_body().into_bytes().await?;
            look("in a trace", &String::from_utf8_lossy(&body));
            let told = ExportTraceServiceRequest::decode(body).unwrap();
            let scopes = told.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
            keep.spans.lock().unwrap().extend(scopes.flat_map(|scope| scope.spans));
            keep.tokens.lock().unwrap().push(request.header("Authorization").unwrap_or_default().to_owned());
            keep.more.notify_waiters();
            Ok::<_, poem::Error>(Response::default())
        }
    });
    (listen(endpoint.boxed()).await, collected)
}

fn attribute(span: &Span, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        other => Some(format!("{other:?}")),
    }
}

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

async fn a_trace_tells_where_a_call_went_and_nothing_of_a_person(t: &mut Site) {
    let (url, collected) = collector().await;
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "hemmelig-token\n").unwrap();
    let mut gateway =
        t.serve_with(&format!("[traces]\nurl = \"{url}\"\ntoken_file = \"{}\"\n", token.path().display())).await;
    let school = t.caller(&gateway, &t.town.skole);
    let request = school.request(Method::POST, t.send_path()).multipart(t.report().form());
    let id = id_of(&answer(request.header("traceparent", format!("00-{TRACE}-{PARENT}-01"))).await);

    let call = collected
        .find(|span| hex::encode(&span.trace_id) == TRACE && span.name == "opprettOffentligBekymringsmelding")
        .await;
    assert_eq!(hex::encode(&call.parent_span_id), PARENT, "it hangs under the caller's own span");
    assert_eq!(attribute(&call, "http.request.method").unwrap(), "POST");
    assert_eq!(attribute(&call, "http.response.status_code").unwrap(), "201");
    let written = collected.find(|span| span.parent_span_id == call.span_id && span.name == "mottak").await;
    assert_eq!(written.trace_id, call.trace_id);
    assert!(collected.under(&call).iter().any(|name| name == "SELECT"), "what was read, too");
    // The way of the report goes on in the worker, by its id.
    let job = collected.find(|span| attribute(span, "melding").as_deref() == Some(&id)).await;
    assert_eq!(job.name, "FIKS_IO");

    school
        .get(t.status_path("00000000-0000-4000-8000-000000000000"))
        .await
        .problem(404, "BEKYMRINGSMELDING.IKKE_FUNNET");
    let refused = collected.find(|span| attribute(span, "http.response.status_code").as_deref() == Some("404")).await;
    assert_eq!(attribute(&refused, "error.type").unwrap(), "BEKYMRINGSMELDING.IKKE_FUNNET");
    assert!(refused.status.unwrap_or_default().code() != StatusCode::Error, "the caller's mistake is none of ours");
    assert!(collected.tokens.lock().unwrap().iter().all(|token| token == "Bearer hemmelig-token"));

    // The last call before the end is told as well.
    school.get(t.status_path(&id)).await.json(200);
    assert_eq!(gateway.stop(), Some(0));
    let spans = collected.spans.lock().unwrap();
    assert!(spans.iter().any(|span| span.name == "getStatusBekymringsmelding"));
    let roots = spans.iter().filter(|span| span.parent_span_id.is_empty());
    let stray: Vec<_> = roots.filter(|span| span.name == "SELECT").collect();
    assert!(stray.is_empty(), "what the worker looks for in between is no trace: {stray:?}");
}

async fn a_collector_that_is_silent_delays_nobody(t: &mut Site) {
    let silent = Silent::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/traces", silent.local_addr().unwrap());
    let mut gateway = t.serve_with(&format!("[traces]\nurl = \"{url}\"\n")).await;
    let school = t.caller(&gateway, &t.town.skole);
    // More than fit into what waits to be sent.
    for _ in 0..20 {
        answer(school.request(Method::POST, t.send_path()).multipart(t.report().form())).await.json(201);
    }
    assert_eq!(gateway.stop(), Some(0));
}

async fn traces_that_nobody_collects_are_said_to_be_lost_once(t: &mut Site) {
    let url = listen(make(|_| async { Ok::<_, poem::Error>(Status::SERVICE_UNAVAILABLE.into_response()) })).await;
    let gateway = t.serve_with(&format!("[traces]\nurl = \"{url}\"\n")).await;
    let school = t.caller(&gateway, &t.town.skole);
    let lost = || gateway.log.lock().unwrap().matches("traces cannot be sent").count();
    while lost() == 0 {
        school.get(t.queue("")).await;
    }
    for _ in 0..3 {
        school.get(t.queue("")).await;
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    }
    assert_eq!(lost(), 1);
}

//! Headers that keep an answer to whoever asked: on everything that is served, good or refused, page or report.

use meldeport::versions::Versjonert;

use crate::support::{Answer, Gate, answer, calls};

on_every_database! {
    every_answer_is_kept_to_whoever_asked,
    pages_say_what_they_may_do,
}

/// What holds of any answer. `kept`: a copy may be kept, for there is nothing of anybody's in it.
#[track_caller]
fn hold(what: &str, answer: &Answer, kept: bool) {
    let header = |name| answer.header(name).unwrap_or("-");
    assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(header("referrer-policy"), "no-referrer", "{what}");
    assert_eq!(header("cache-control") == "no-store", !kept, "{what}: {}", header("cache-control"));
    let script = header("content-type").contains("javascript");
    let policy = header("content-security-policy");
    assert!(script || policy.starts_with("default-src 'none'; "), "{what}: {policy}");
    assert!(script || policy.contains("frame-ancestors 'none'"), "{what}: {policy}");
    // Whoever asks by plain HTTP, and is told of no other way, is not told to take one.
    assert_eq!(header("strict-transport-security"), "-", "{what}");
    for name in ["server", "x-powered-by", "via"] {
        assert_eq!(answer.header(name), None, "{what}: nobody need know what we are made of");
    }
}

async fn every_answer_is_kept_to_whoever_asked(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    let (mut good, mut seen) = (0, Vec::new());
    for call in calls(t, &id) {
        let what = format!("{} of {}", call.row.id, call.version.name());
        let request = t.http.request(call.row.method.parse().unwrap(), format!("{}{}", t.url, call.path));
        let refused = answer(request).await;
        assert_eq!(refused.status, 401, "{what}");
        hold(&what, &refused, false);
        if call.row.method == "GET" && !call.row.path.contains("brevId") {
            let found = t.caller(call.owner(t)).get(&call.path).await;
            hold(&what, &found, false);
            good += usize::from(found.status == 200);
        }
        seen.push(call.version);
    }
    let unseen: Vec<&str> =
        Versjonert::ALL.into_iter().filter(|version| !seen.contains(version)).map(Versjonert::name).collect();
    // Those who are asked by Basic or by a code are not among the calls; a stranger's is enough to see their headers.
    for version in Versjonert::ALL {
        let stranger = answer(t.http.get(format!("{}{}/finnes-ikke", t.url, version.prefix()))).await;
        hold(version.name(), &stranger, false);
    }
    assert!(unseen.len() <= 1, "{unseen:?}");
    assert!(good >= 10, "{good}");
    t.run_jobs().await;
}

async fn pages_say_what_they_may_do(t: &mut Gate) {
    for (path, kept) in [
        ("/", false),
        ("/feilkoder", true),
        ("/feilkoder.json", true),
        ("/docs/bekymringsmelding-v2", false),
        ("/openapi/bekymringsmelding-v2.json", false),
        ("/openapi/ledsagerbevis-v1.json", false),
        ("/kontroll/kontroll.html", true),
        ("/kontroll/sw.js", true),
        ("/portal/portal.css", true),
        ("/portal/ikon.svg", true),
        ("/portal/swagger.js", true),
        ("/schemas", true),
        ("/.well-known/jwt-vc-issuer", true),
        ("/health/live", false),
        ("/health/ready", false),
    ] {
        let page = answer(t.http.get(format!("{}{path}", t.url))).await;
        assert_eq!(page.status, 200, "{path}");
        hold(path, &page, kept);
    }
    for path in ["/finnes-ikke", "/schemas/finnes-ikke", "/ledsagerbevis/status/finnes-ikke"] {
        let gone = answer(t.http.get(format!("{}{path}", t.url))).await;
        assert_eq!(gone.status, 404, "{path}");
        hold(path, &gone, false);
    }
    for path in ["/metrics", "/health/ready"] {
        hold(path, &answer(t.http.get(format!("{}{path}", t.watch))).await, false);
    }
}

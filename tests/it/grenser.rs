//! What is more than a caller may send, through a real socket: refused before anything is done for it, in the shape that errors
//! have. Bodies by their size are in `sizes.rs`.

use std::time::Duration;

use meldeport::{
    crypto::cms,
    domain::{DomainSettings, tilgang::Legitimasjon},
    http::{LoginSettings, RateSettings},
    model::{integrasjon::Privilegium, melding::Kanal},
    system::{RoomSettings, metrics::Body},
};
use reqwest::{Method, multipart::Form};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{
    Answer, Caller, Gate, MASKINPORTEN, Sak, Settings, Svarinn, V2, answer, answer_as_it_is, form, id_of, raw,
};

on_every_database! {
    each_limit_is_held,
    one_connection_has_so_many_calls_at_a_time,
    one_address_cannot_use_up_the_gateway,
    large_bodies_wait_until_there_is_room_in_memory,
    one_integration_cannot_take_all_the_room,
    one_receiver_cannot_take_all_the_room,
}

/// A request's bytes, with the school's credentials and its body's length.
fn request(t: &Gate, method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let Caller { token, integrasjon, passord, .. } = t.skole();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nIntegrasjonId: {integrasjon}\r\n\
         IntegrasjonPassord: {passord}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// What comes back, if the connection is not closed before.
async fn heard(t: &Gate, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(t.url.strip_prefix("http://").unwrap()).await.unwrap();
    let mut heard = Vec::new();
    let _ = socket.write_all(bytes).await;
    let _ = socket.read_to_end(&mut heard).await;
    String::from_utf8_lossy(&heard).into_owned()
}

async fn each_limit_is_held(t: &mut Gate) {
    const JSON: &str = "Content-Type: application/json\r\n";
    const MULTIPART: &str = "Content-Type: multipart/form-data; boundary=x\r\n";
    let list = format!("{V2}/kommuner");
    let form = format!("{V2}/skjema/offentlig/valider");
    let warning = format!("{V2}/bruk/varsel");
    let send = t.send_path(V2, 0, crate::support::Sak::Offentlig);
    let header = |bytes: usize| format!("X-Fyll: {}\r\n", "x".repeat(bytes));
    let query = |bytes: usize| format!("{list}?x={}", "y".repeat(bytes));
    let part = |name: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\nx\r\n");
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    // The last that is taken, and the first that is not.
    let table: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("headers of 30 kB", request(t, "GET", &list, &header(28_000), ""), 200, ""),
        ("headers of 33 kB", request(t, "GET", &list, &header(33_000), ""), 431, "FORESPORSEL.HODER_FOR_STORE"),
        ("many headers", request(t, "GET", &list, &header(500).repeat(80), ""), 431, "FORESPORSEL.HODER_FOR_STORE"),
        ("a query of 8 kB", request(t, "GET", &query(8_000), "", ""), 200, ""),
        ("a longer query", request(t, "GET", &query(8_200), "", ""), 414, "FORESPORSEL.ADRESSE_FOR_LANG"),
        (
            "a longer path",
            request(t, "GET", &format!("/{}", "x/".repeat(5_000)), "", ""),
            414,
            "FORESPORSEL.ADRESSE_FOR_LANG",
        ),
        ("JSON 64 deep", request(t, "POST", &form, JSON, &nested(64)), 200, ""),
        ("JSON 65 deep", request(t, "POST", &form, JSON, &nested(65)), 400, "SKJEMA.FOR_DYPT"),
        ("JSON 10,000 deep elsewhere", request(t, "PUT", &warning, JSON, &nested(10_000)), 400, "FORESPORSEL.KROPP"),
        (
            "100,001 values",
            request(t, "POST", &form, JSON, &format!("[{}0]", "0,".repeat(100_000))),
            400,
            "SKJEMA.FOR_MANGE_VERDIER",
        ),
        (
            "a third part",
            request(
                t,
                "POST",
                &send,
                MULTIPART,
                &format!("{}{}{}--x--\r\n", part("asice"), part("bekymringsmelding"), part("mer")),
            ),
            400,
            "FORESPORSEL.DEL_MANGLER",
        ),
        (
            "a thousand parts",
            request(t, "POST", &send, MULTIPART, &format!("{}--x--\r\n", part("asice").repeat(1_000))),
            400,
            "FORESPORSEL.DEL_MANGLER",
        ),
        (
            "a part's header of 100 kB",
            request(t, "POST", &send, MULTIPART, &part(&"y".repeat(100_000))),
            400,
            "FORESPORSEL.DEL_MANGLER",
        ),
        (
            "a boundary without an end",
            request(t, "POST", &send, MULTIPART, &"--x".repeat(10_000)),
            400,
            "FORESPORSEL.DEL_MANGLER",
        ),
    ];
    let mut wrong = Vec::new();
    for (name, bytes, status, code) in &table {
        let answered = raw(&t.url, bytes).await;
        if answered.status != *status || !answered.text().contains(code) {
            wrong.push(format!(
                "{name}: {} {}",
                answered.status,
                answered.text().chars().take(300).collect::<String>()
            ));
        } else if *status >= 400 {
            answered.problem(*status, code);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // What is no head that can be read is refused by who reads heads, and the gateway goes on.
    for (name, bytes) in [
        ("500 kB of headers", request(t, "GET", &list, &header(500_000), "")),
        ("two hundred headers", request(t, "GET", &list, &header(1).repeat(200), "")),
        ("70 kB of address", request(t, "GET", &query(70_000), "", "")),
    ] {
        let heard = heard(t, &bytes).await;
        assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 4"), "{name}: {heard}");
    }
    t.skole().get(&list).await.json(200);
    assert_eq!(t.database.count("melding", "1 = 1").await, 0);
}

/// A frame of HTTP/2 (RFC 9113, section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

async fn one_connection_has_so_many_calls_at_a_time(t: &mut Gate) {
    const SETTINGS: u8 = 4;
    const MAX_CONCURRENT_STREAMS: [u8; 2] = [0, 3];
    let mut socket = TcpStream::connect(t.url.strip_prefix("http://").unwrap()).await.unwrap();
    let hello = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &frame(SETTINGS, 0, 0, &[])].concat();
    socket.write_all(&hello).await.unwrap();
    let mut head = [0; 9];
    socket.read_exact(&mut head).await.unwrap();
    assert_eq!(head[3], SETTINGS, "{head:?}");
    let mut settings = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
    socket.read_exact(&mut settings).await.unwrap();
    let told = settings.chunks(6).find(|setting| setting.starts_with(&MAX_CONCURRENT_STREAMS));
    assert_eq!(told, Some([0, 3, 0, 0, 0, 100].as_slice()), "{settings:?}");
    socket.write_all(&frame(SETTINGS, 1, 0, &[])).await.unwrap();
    // Calls whose bodies never come: `:method POST` and `:scheme http` from HPACK's table, and the path as it is.
    let path = format!("{MASKINPORTEN}/token");
    let head = [&[0x83, 0x86, 0x04, u8::try_from(path.len()).unwrap()], path.as_bytes()].concat();
    let calls: Vec<u8> = (0..300).flat_map(|n| frame(1, 4, 2 * n + 1, &head)).collect();
    let _ = socket.write_all(&calls).await;
    // The first that is refused is told so (RST_STREAM, REFUSED_STREAM), or the connection ends; none of them waits for ever.
    let refused = async {
        loop {
            let mut head = [0; 9];
            if socket.read_exact(&mut head).await.is_err() {
                return;
            }
            let mut payload = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
            if socket.read_exact(&mut payload).await.is_err() || head[3] == 3 && payload == [0, 0, 0, 7] {
                return;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), refused)
        .await
        .expect("more calls are taken than was told");
}

async fn one_address_cannot_use_up_the_gateway(t: &mut Gate) {
    let calls = RateSettings { per_second: 1, burst: 5 };
    let innlogging = LoginSettings { header: Some("X-Forwarded-For".to_owned()), calls, ..LoginSettings::default() };
    t.restart_with(Settings { innlogging, ..Settings::default() }).await;
    let from = async |address: &str, path: &str| {
        let request = t.skole().request(Method::GET, path).header("X-Forwarded-For", format!("10.0.0.1, {address}"));
        answer_as_it_is(request).await
    };
    let list = format!("{V2}/kommuner");
    let mut answers = Vec::new();
    for n in 0..12 {
        // Also for what nobody has, and for who has shown nothing.
        answers.push(from("192.0.2.1", if n % 2 == 0 { &list } else { "/finnes-ikke" }).await);
    }
    assert_eq!(answers[0].status, 200);
    let refused: Vec<_> = answers.iter().filter(|answered| answered.status == 429).collect();
    assert!((4..=7).contains(&refused.len()), "{}", refused.len());
    for refused in refused {
        refused.problem(429, "FORESPORSEL.FOR_MANGE");
        assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
        assert!(refused.header("ratelimit").unwrap().starts_with("\"adresse\";r=0;t="));
        assert!(refused.header("ratelimit-policy").unwrap().starts_with("\"adresse\";q=5;w="));
    }
    // Others do not notice, and whoever asks how the gateway is, gets to know.
    assert_eq!(from("192.0.2.2", &list).await.status, 200);
    assert_eq!(from("2001:db8::1", &list).await.status, 200);
    assert_eq!(from("192.0.2.1", "/health/live").await.status, 200);
}

/// The start of a report that the caller says is so long, and then sends nothing more of.
fn begun(path: &str, caller: &Caller, bytes: usize) -> String {
    let Caller { token, integrasjon, passord, .. } = caller;
    format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nIntegrasjonId: {integrasjon}\r\n\
         IntegrasjonPassord: {passord}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {bytes}\r\n\r\n"
    )
}

async fn begin(t: &Gate, bytes: &str) -> TcpStream {
    let mut socket = TcpStream::connect(t.url.strip_prefix("http://").unwrap()).await.unwrap();
    socket.write_all(bytes.as_bytes()).await.unwrap();
    socket
}

async fn until_in_memory(t: &Gate, bytes: f64) {
    in_memory(t, "request", bytes).await;
}

async fn in_memory(t: &Gate, body: &'static str, bytes: f64) {
    while t.services().metrics().bodies.get_or_create_owned(&Body { body }).get() != bytes {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A gateway with so little room, the address of a report, and what makes one of more than one and a half megabytes.
async fn with_room(t: &mut Gate, bytes: usize) -> (String, impl Fn() -> Form + use<>) {
    let bodies = RoomSettings { bytes, patience: Duration::from_millis(300) };
    t.restart_with(Settings { bodies, ..Settings::default() }).await;
    let envelope = cms::seal(&vec![0; 1_500_000], &t.kontor(0).nokkel.certificate, &*t.rng).unwrap();
    let letter = t.report().letter;
    (t.send_path(V2, 0, Sak::Offentlig), move || form(&letter, &envelope))
}

/// The school, through another integration.
async fn another(t: &Gate) -> Caller {
    let skole = t.town.skole.organisasjon.id;
    t.through(t.skole(), t.integration(skole, true, &[(skole, Privilegium::Send)]).await)
}

async fn send(caller: &Caller, path: &str, report: Form) -> Answer {
    answer(caller.request(Method::POST, path).multipart(report)).await
}

async fn large_bodies_wait_until_there_is_room_in_memory(t: &mut Gate) {
    let (path, report) = with_room(t, 11_000_000).await;
    let (one, another) = (another(t).await, another(t).await);
    let slow = (begin(t, &begun(&path, &one, 5_000_000)).await, begin(t, &begun(&path, &another, 5_000_000)).await);
    until_in_memory(t, 10_000_000.0).await;
    // Who has not shown who it is does not get as far as waiting.
    let nobody = Caller { token: "noe annet".to_owned(), ..t.skole() };
    raw(&t.url, begun(&path, &nobody, 5_000_000).as_bytes()).await.problem(401, "TILGANG.TOKEN_UGYLDIG");

    let refused = send(&t.skole(), &path, report()).await;
    assert_eq!(refused.header("retry-after"), Some("5"));
    refused.problem(503, "SERVER.UTILGJENGELIG");
    assert_eq!(t.database.count("melding", "1 = 1").await, 0);
    t.skole().get(format!("{V2}/kommuner")).await.json(200);

    drop(slow);
    until_in_memory(t, 0.0).await;
    id_of(&send(&t.skole(), &path, report()).await);
    until_in_memory(t, 0.0).await;
    assert_eq!(t.database.count("melding", "1 = 1").await, 1);
    t.run_jobs().await;
}

async fn one_integration_cannot_take_all_the_room(t: &mut Gate) {
    let (path, report) = with_room(t, 12_000_000).await;
    let another = another(t).await;
    // Two that are slow: one has a place, the other one waits for the integration's share, while there is room besides.
    let slow = begin(t, &begun(&path, &t.skole(), 5_000_000)).await;
    until_in_memory(t, 5_000_000.0).await;
    let slower = begin(t, &begun(&path, &t.skole(), 5_000_000)).await;
    send(&t.skole(), &path, report()).await.problem(503, "SERVER.UTILGJENGELIG");
    id_of(&send(&another, &path, report()).await);
    drop((slow, slower));
    until_in_memory(t, 0.0).await;
    id_of(&send(&t.skole(), &path, report()).await);
    t.run_jobs().await;
}

async fn one_receiver_cannot_take_all_the_room(t: &mut Gate) {
    let account = t.svarinn(0).await;
    let (slow, report) = t.deliver().await;
    let (quick, _) = t.deliver_in(Kanal::Svarinn).await;
    let utlevering = RoomSettings { bytes: report.asice.len() * 3, patience: Duration::from_millis(300) };
    t.restart_with(Settings {
        domain: DomainSettings { utlevering, ..DomainSettings::default() },
        ..Settings::default()
    })
    .await;
    let account = Svarinn { url: t.url.clone(), ..account };
    // The receiver's own system reads slowly: what it fetched is still in memory.
    let Caller { token, integrasjon, passord, .. } = t.kommune();
    let integrasjon = integrasjon.parse().unwrap();
    let given = Legitimasjon { token: &token, integrasjon, passord: &passord };
    let kommune = t.services().identify(given).await.unwrap();
    let fullmakt = kommune.fullmakt(t.town.kommune.organisasjon.id).unwrap();
    let (_, content) = t.services().innhold(&fullmakt, slow.parse().unwrap()).await.unwrap();
    in_memory(t, "response", report.asice.len() as f64).await;

    let again = t.queue(format!("/{slow}/innhold"));
    let refused = t.kommune().get(&again).await;
    assert_eq!(refused.header("retry-after"), Some("5"));
    refused.problem(503, "SERVER.UTILGJENGELIG");
    assert_eq!(account.get(&format!("/forsendelse/{quick}")).await.status, 200);

    // Some of it is enough to keep its place.
    let rest = content.slice(10..);
    drop(content);
    t.kommune().get(&again).await.problem(503, "SERVER.UTILGJENGELIG");
    drop(rest);
    assert_eq!(t.kommune().get(&again).await.body, report.asice);
    in_memory(t, "response", 0.0).await;
}

//! A small gateway that remembers everything and fails when told to.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::{StreamExt, stream};
use josekit::{jws::RS256, jwt};
use openssl::{sha::sha256, x509::X509};
use poem::{
    Body, FromRequest, Request, RequestBody, Response, Server,
    http::StatusCode,
    listener::{Acceptor, Listener, TcpListener},
    web::Multipart,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{ORG, ORGNR, PASSWORD, WORLD, now, sealed};
use crate::sandbox::keys::{EnterpriseKey, RecipientKey};

/// What goes wrong, once, at the operation it is queued for.
#[derive(Debug, Clone)]
pub enum Fault {
    Answer {
        status: u16,
        code: &'static str,
        retry_after: Option<&'static str>,
    },
    /// The effect happens and the answer breaks off.
    LoseAnswer,
    /// So many bytes of the body, then the connection is gone.
    CutAfter(usize),
    /// One byte of the content is another.
    Flip,
    /// The whole content, though a part was asked for.
    IgnoreRange,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Waiting,
    Mottatt,
    Feilet(String),
}

#[derive(Debug)]
pub struct Held {
    pub id: Uuid,
    pub ciphertext: Vec<u8>,
    pub state: State,
}

#[derive(Debug)]
pub struct Submission {
    pub id: Uuid,
    pub path: String,
    pub body: Vec<u8>,
    pub parts: Vec<(String, String, Vec<u8>)>,
}

#[derive(Debug, Default)]
pub struct Books {
    pub held: Vec<Held>,
    pub submissions: HashMap<String, Submission>,
    /// `METHOD operation`, in order.
    pub log: Vec<String>,
    pub faults: HashMap<&'static str, VecDeque<Fault>>,
    jtis: HashSet<String>,
    /// The tokens that are good.
    pub tokens: Vec<String>,
    pub ranges: Vec<String>,
    pub status_asked: usize,
}

#[derive(Clone)]
pub struct Gateway {
    pub url: String,
    books: Arc<Mutex<Books>>,
}

impl Gateway {
    pub async fn start() -> Self {
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let url = format!("http://{}", acceptor.local_addr()[0].as_socket_addr().unwrap());
        let books = Arc::new(Mutex::new(Books::default()));
        let shared = books.clone();
        let endpoint = poem::endpoint::make(move |request| {
            let shared = shared.clone();
            async move { answer(shared, request).await }
        });
        tokio::spawn(Server::new_with_acceptor(acceptor).run(endpoint));
        Self { url, books }
    }

    /// A gateway with reports 1 to `count`, for the municipality's key of now.
    pub async fn with_reports(count: usize) -> Self {
        let gateway = Self::start().await;
        (1..=count).for_each(|number| gateway.hold(number, &WORLD.sender, &WORLD.kommune));
        gateway
    }

    pub fn hold(&self, number: usize, by: &EnterpriseKey, to: &RecipientKey) {
        let held = Held { id: id(number), ciphertext: sealed(number, by, to), state: State::Waiting };
        self.books().held.push(held);
    }

    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }

    pub fn fail(&self, operation: &'static str, fault: Fault) {
        self.books().faults.entry(operation).or_default().push_back(fault);
    }

    pub fn count(&self, operation: &str) -> usize {
        self.books().log.iter().filter(|entry| *entry == operation).count()
    }
}

pub fn id(number: usize) -> Uuid {
    Uuid::from_u128(number as u128)
}

async fn answer(books: Arc<Mutex<Books>>, mut request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let body = request.take_body().into_bytes().await.unwrap().to_vec();
    let operation = match parts.as_slice() {
        ["token"] => "token",
        [.., "bydeler"] => "bydeler",
        [.., "krypteringsnokler"] => "nokler",
        [.., "status"] => "status",
        [.., "meldinger"] => "liste",
        [.., "meldinger", _] => "melding",
        [.., "innhold"] => "innhold",
        [.., "mottatt"] => "mottatt",
        [.., "feilet"] => "feilet",
        [.., "offentlig" | "privat"] => "send",
        _ => return problem(404, "IKKE_FUNNET", None),
    };
    // Multipart has to be read before the books are locked.
    let form = if operation == "send" { read_form(&request, &body).await } else { Vec::new() };
    if operation == "liste" {
        hold_the_line(&books, &request).await;
    }
    let mut books = books.lock().unwrap();
    books.log.push(operation.to_owned());
    let fault = books.faults.get_mut(operation).and_then(VecDeque::pop_front);
    if let Some(Fault::Answer { status, code, retry_after }) = fault {
        return problem(status, code, retry_after);
    }
    if operation == "token" {
        return token(&mut books, &body);
    }
    if !authorized(&books, &request) {
        return problem(401, "TOKEN", None);
    }
    let number = |from_end: usize| parts[parts.len() - from_end].parse::<Uuid>().unwrap();
    let response = match operation {
        "bydeler" => ok(&json!([
            {"bydelsnummer": "01", "bydelsnavn": "Nord", "standardMottaker": false, "stottetVersjon": "V2"},
            {"bydelsnummer": "02", "bydelsnavn": "Sør", "standardMottaker": true, "stottetVersjon": "V2"},
        ])),
        "nokler" => {
            let key = |pair: &RecipientKey| json!({"nokkel": pair.certificate.to_pem(), "gyldig": true});
            ok(&json!({"printOffentligNokkel": key(&WORLD.print), "fiksIOOffentligNokkel": key(&WORLD.kommune)}))
        }
        "send" => submit(&mut books, &request, &path, body, form),
        "status" => {
            books.status_asked += 1;
            let states = ["AKSEPTERT", "SENDT_FAGSYSTEM", "LEVERT"];
            let event = |tilstand: &&str| {
                json!({"bekymringsmeldingId": number(2), "tidspunkt": "2026-11-21T10:00:00",
                "tilstand": tilstand, "beskrivelse": null})
            };
            ok(&Value::Array(states.iter().take(books.status_asked).map(event).collect()))
        }
        "liste" => list(&books, &request),
        "melding" => {
            let held = books.held.iter().find(|held| held.id == number(1));
            held.map_or_else(|| problem(404, "IKKE_FUNNET", None), |held| ok(&melding(held)))
        }
        "innhold" => return content(&mut books, &request, number(2), fault.as_ref()),
        "mottatt" => settle(&mut books, number(2), &State::Mottatt),
        _ => {
            let text: Value = serde_json::from_slice(&body).unwrap();
            settle(&mut books, number(2), &State::Feilet(text["melding"].as_str().unwrap().to_owned()))
        }
    };
    if matches!(fault, Some(Fault::LoseAnswer)) { cut(response.status(), Vec::new(), 100) } else { response }
}

fn ok(value: &Value) -> Response {
    Response::builder().content_type("application/json").body(value.to_string())
}

fn problem(status: u16, code: &str, retry_after: Option<&str>) -> Response {
    let response = Response::builder().status(StatusCode::from_u16(status).unwrap());
    let response = match retry_after {
        Some(seconds) => response.header("Retry-After", seconds),
        None => response,
    };
    let body = json!({"timestamp": 1, "status": status, "error": "Feil", "errorId": Uuid::nil(), "path": "/",
        "message": "slik er det", "errorCode": code, "errorJson": null});
    response.content_type("application/json").body(body.to_string())
}

/// A body that promises more than comes.
fn cut(status: StatusCode, bytes: Vec<u8>, promised: usize) -> Response {
    let end = stream::once(async {
        // Long enough for what came before to leave the server's buffers.
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(std::io::Error::other("cut"))
    });
    let body = Body::from_bytes_stream(stream::iter([Ok(bytes)]).chain(end));
    Response::builder().status(status).header("Content-Length", promised).body(body)
}

fn token(books: &mut Books, body: &[u8]) -> Response {
    let form: HashMap<String, String> = reqwest::Url::parse(&format!("http://x/?{}", String::from_utf8_lossy(body)))
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect();
    assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let header = jwt::decode_header(&form["assertion"]).unwrap();
    let leaf = STANDARD.decode(header.claim("x5c").unwrap()[0].as_str().unwrap()).unwrap();
    let key = X509::from_der(&leaf).unwrap().public_key().unwrap().public_key_to_pem().unwrap();
    let verifier = RS256.verifier_from_pem(key).unwrap();
    let (claims, _) = jwt::decode_with_verifier(&form["assertion"], &verifier).unwrap();
    let claim = |name: &str| claims.claim(name).unwrap().clone();
    assert_eq!((claim("aud"), claim("iss")), (json!("https://utsteder.test/"), json!("klient")));
    assert_eq!(claim("exp").as_i64().unwrap() - claim("iat").as_i64().unwrap(), 120);
    assert_eq!(claim("scope"), json!("ks:fiks"));
    if !books.jtis.insert(claim("jti").to_string()) {
        return problem(400, "invalid_grant", None);
    }
    let token = format!("token-{}", books.jtis.len());
    books.tokens.push(token.clone());
    ok(&json!({"access_token": token, "token_type": "Bearer", "expires_in": 120, "scope": "ks:fiks"}))
}

fn authorized(books: &Books, request: &Request) -> bool {
    let header = |name: &str| request.header(name).unwrap_or_default().to_owned();
    assert_eq!((header("IntegrasjonId"), header("IntegrasjonPassord")), (ORG.to_string(), PASSWORD.to_owned()));
    books.tokens.iter().any(|token| header("Authorization") == format!("Bearer {token}"))
}

async fn read_form(request: &Request, body: &[u8]) -> Vec<(String, String, Vec<u8>)> {
    let mut form = Multipart::from_request(request, &mut RequestBody::new(body.to_vec().into())).await.unwrap();
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await.unwrap() {
        let names = (field.name().unwrap().to_owned(), field.file_name().unwrap().to_owned());
        parts.push((names.0, names.1, field.bytes().await.unwrap()));
    }
    parts
}

fn submit(
    books: &mut Books,
    request: &Request,
    path: &str,
    body: Vec<u8>,
    parts: Vec<(String, String, Vec<u8>)>,
) -> Response {
    let key = request.header("Idempotency-Key").unwrap().to_owned();
    let id = id(1000 + books.submissions.len());
    let known = books.submissions.entry(key).or_insert_with(|| Submission {
        id,
        path: path.to_owned(),
        body: body.clone(),
        parts,
    });
    if known.body != body {
        return problem(409, "IDEMPOTENS.ANNET_INNHOLD", None);
    }
    let answer = json!({"uuid": known.id}).to_string();
    Response::builder().status(StatusCode::CREATED).content_type("application/json").body(answer)
}

/// Waits for a report, as long as the caller asked for.
async fn hold_the_line(books: &Mutex<Books>, request: &Request) {
    let query: HashMap<String, String> = request.params().unwrap_or_default();
    let seconds = query.get("vent").map_or(0, |seconds| seconds.parse().unwrap());
    for _ in 0..seconds * 100 {
        if books.lock().unwrap().held.iter().any(|held| held.state == State::Waiting) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Two reports a page; the cursor is the last id.
fn list(books: &Books, request: &Request) -> Response {
    let query: HashMap<String, String> = request.params().unwrap_or_default();
    let after = query.get("markor").map_or(Uuid::nil(), |cursor| cursor.parse().unwrap());
    let rest: Vec<_> = books.held.iter().filter(|held| held.state == State::Waiting && held.id > after).collect();
    let page: Vec<_> = rest.iter().take(2).map(|held| melding(held)).collect();
    let next = (rest.len() > 2).then(|| rest[1].id);
    ok(&json!({"meldinger": page, "nesteMarkor": next}))
}

fn melding(held: &Held) -> Value {
    json!({"bekymringsmeldingId": held.id, "kommunenummer": "3301", "bydelsnummer": "02", "skjematype": "OFFENTLIG",
        "apiVersjon": "v2", "avsender": {"fiksOrgId": ORG, "organisasjonsnummer": ORGNR, "navn": "Avsender"},
        "mottattTidspunkt": now().to_string(), "storrelse": held.ciphertext.len(),
        "sha256": hex::encode(sha256(&held.ciphertext)), "filnavn": "FiksIO_encrypted.zip",
        "mottakerSertifikatSerienummer": "1", "profil": "KS"})
}

fn content(books: &mut Books, request: &Request, id: Uuid, fault: Option<&Fault>) -> Response {
    let Some(held) = books.held.iter().find(|held| held.id == id) else { return problem(404, "IKKE_FUNNET", None) };
    if held.state != State::Waiting {
        return problem(410, "SLETTET", None);
    }
    let mut bytes = held.ciphertext.clone();
    let etag = format!("\"{}\"", hex::encode(sha256(&bytes)));
    let mut from = 0;
    if let Some(range) = request.header("Range") {
        assert_eq!(request.header("If-Range"), Some(etag.as_str()));
        books.ranges.push(range.to_owned());
        from = range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap();
    }
    if matches!(fault, Some(Fault::IgnoreRange)) {
        from = 0;
    }
    if matches!(fault, Some(Fault::Flip)) {
        bytes[from] ^= 1;
    }
    let total = bytes.len();
    let part = bytes.split_off(from);
    let (status, length) = (if from > 0 { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK }, part.len());
    let digest = STANDARD.encode(sha256(&part));
    let mut response = match fault {
        Some(Fault::CutAfter(count)) => cut(status, part[..*count].to_vec(), length),
        _ => Response::builder().status(status).body(part),
    };
    let headers = response.headers_mut();
    headers.insert("ETag", etag.parse().unwrap());
    headers.insert("Content-Digest", format!("sha-256=:{digest}:").parse().unwrap());
    if from > 0 {
        headers.insert("Content-Range", format!("bytes {from}-{}/{total}", total - 1).parse().unwrap());
    }
    response
}

fn settle(books: &mut Books, id: Uuid, to: &State) -> Response {
    let Some(held) = books.held.iter_mut().find(|held| held.id == id) else { return problem(404, "IKKE_FUNNET", None) };
    if held.state == State::Waiting {
        held.state = to.clone();
    }
    if held.state != *to {
        return problem(409, "TILSTAND", None);
    }
    ok(&json!({"bekymringsmeldingId": id, "tilstand": "LEVERT", "tidspunkt": now().to_string()}))
}

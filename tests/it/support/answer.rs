//! What the gateway answered, and whether it has the one shape that errors have.

use super::{dokument, merke};
use bytes::Bytes;
use reqwest::{
    RequestBuilder, Response,
    header::{HeaderMap, HeaderName},
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Sends a request, reads the whole answer, and holds it against the published document.
pub async fn answer(request: RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.unwrap();
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    let body = request.body().and_then(|body| body.as_bytes()).map(Bytes::copy_from_slice);
    let answer = read(client.execute(request).await.unwrap()).await;
    dokument::hold(&method, &path, body.as_deref(), &answer);
    answer
}

/// [`answer`] to a caller for whom the gateway knowingly does otherwise than the document says.
pub async fn answer_as_it_is(request: RequestBuilder) -> Answer {
    read(request.send().await.unwrap()).await
}

async fn read(response: Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.bytes().await.unwrap() }.tells_nothing()
}

/// Sends these bytes and reads what comes, until the answer is whole or the connection closes. Whoever writes the bytes
/// makes sure that there is a `Content-Length` in the answer.
pub async fn raw(url: &str, request: &[u8]) -> Answer {
    let mut socket = TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
    let (mut from, mut to) = socket.split();
    // A gateway that refuses need not read to the end, so a failure to write is not one of the test.
    let (_, answer) = tokio::join!(to.write_all(request), read_answer(&mut from));
    answer.tells_nothing()
}

async fn read_answer(from: &mut (impl tokio::io::AsyncRead + Unpin)) -> Answer {
    let mut bytes = Vec::new();
    loop {
        let read = from.read_buf(&mut bytes).await.unwrap();
        if let Some(answer) = whole(&bytes) {
            return answer;
        }
        assert!(read > 0, "the connection closed after {:?}", String::from_utf8_lossy(&bytes));
    }
}

fn whole(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    let length: usize = headers.get("content-length").map_or(0, |length| length.to_str().unwrap().parse().unwrap());
    let body = bytes.get(end + 4..end + 4 + length)?;
    Some(Answer { status, headers, body: Bytes::copy_from_slice(body) })
}

impl Answer {
    /// An error says nothing of any person, not to the person either: it ends in logs and tickets.
    fn tells_nothing(self) -> Self {
        if self.status >= 400 && self.header("content-type").is_some_and(|kind| kind.contains("json")) {
            let found = merke::marked(&self.text());
            assert_eq!(found, None, "in an error: {}", self.text());
        }
        self
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Whether these are the facts of a report that has come to its end.
    pub fn is_delivered(&self) -> bool {
        self.status == 200 && self.json(200)["tilstand"] == "LEVERT"
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The body of an error with this status and code, after a look at its form.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let body = self.json(status);
        assert_eq!(body["errorCode"], code, "{body}");
        assert_eq!(self.header("content-type"), Some("application/json"));
        let mut keys: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(
            keys,
            ["error", "errorCode", "errorId", "errorJson", "message", "originalPath", "path", "status", "timestamp"]
        );
        assert_eq!(body["status"], status);
        assert_eq!(body["errorId"].as_str(), self.header("request-id"));
        assert!(body["timestamp"].is_i64() && body["path"].is_string() && body["originalPath"].is_null(), "{body}");
        assert!(body["message"].as_str().is_some_and(|text| text.ends_with('.')), "{body}");
        assert_eq!(self.header("www-authenticate").is_some(), status == 401 || code == "TILGANG.SCOPE_MANGLER");
        body
    }
}

/// The id in an answer to a report that was accepted.
#[track_caller]
pub fn id_of(answer: &Answer) -> String {
    answer.json(201)["uuid"].as_str().unwrap().to_owned()
}

/// The ids on a page of the queue.
pub fn ids_of(page: &Value) -> Vec<String> {
    let rows = page["meldinger"].as_array().unwrap();
    rows.iter().map(|row| row["bekymringsmeldingId"].as_str().unwrap().to_owned()).collect()
}

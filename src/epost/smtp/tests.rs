//! Against a mail server that does as the test says. Real ones answer in the same way, only later.

use std::sync::Arc;

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::{epost::tests::epost, system::SecretString};

/// What a server does when it is told something.
#[derive(Clone, Copy)]
enum Answer {
    Says(&'static str),
    Hangs,
    HangsUp,
}

/// What the server was told, a line for each command; the message itself is one entry.
#[derive(Debug, Default)]
struct Heard(Mutex<Vec<String>>);

impl Heard {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn push(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }

    fn count(&self, start: &str) -> usize {
        self.lines().iter().filter(|line| line.starts_with(start)).count()
    }
}

/// A server whose answers are the usual ones, except to what begins as `special` says. The greeting is the answer to
/// `connect`, the one to a whole message the answer to `.`.
async fn server(special: &'static [(&'static str, Answer)]) -> (u16, Arc<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Heard::default());
    let told = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, special, Arc::clone(&told)));
        }
    });
    (port, heard)
}

async fn talk(stream: TcpStream, special: &[(&str, Answer)], heard: Arc<Heard>) {
    let mut stream = BufReader::new(stream);
    let mut command = "connect".to_owned();
    let mut message: Option<String> = None;
    loop {
        let usual = match command.split([' ', '\r']).next().unwrap_or_default() {
            "connect" => "220 here",
            "EHLO" => "250-here\r\n250-8BITMIME\r\n250 AUTH PLAIN",
            "DATA" => "354 go on",
            "QUIT" => "221 bye",
            "AUTH" => "235 in",
            _ => "250 ok",
        };
        let found = special.iter().find(|(start, _)| command.starts_with(start));
        match found.map_or(Answer::Says(usual), |(_, answer)| *answer) {
            Answer::Says(text) => {
                if stream.write_all(format!("{text}\r\n").as_bytes()).await.is_err() {
                    return;
                }
                if text.starts_with("354") {
                    message = Some(String::new());
                }
            }
            Answer::Hangs => std::future::pending().await,
            Answer::HangsUp => return,
        }
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            match &mut message {
                Some(text) if line == ".\r\n" => {
                    heard.push(std::mem::take(text));
                    message = None;
                    command = ".".to_owned();
                    break;
                }
                Some(text) => text.push_str(&line),
                None => {
                    heard.push(line.trim_end().to_owned());
                    command = line;
                    break;
                }
            }
        }
    }
}

fn settings(port: u16) -> SmtpSettings {
    SmtpSettings {
        vert: "127.0.0.1".to_owned(),
        port: Some(port),
        kryptering: Kryptering::Ingen,
        innlogging: None,
        tidsfrist: Duration::from_secs(60),
    }
}

fn smtp(settings: SmtpSettings) -> Smtp {
    Smtp::new("varsel@meldeport.example".parse().unwrap(), settings).unwrap()
}

async fn sent(special: &'static [(&'static str, Answer)]) -> (Result<(), SendFeil>, Arc<Heard>) {
    let (port, heard) = server(special).await;
    (smtp(settings(port)).send(&epost(&["a@sentrum.example"])).await, heard)
}

#[tokio::test]
async fn the_server_gets_the_message_once_for_every_recipient() {
    let (port, heard) = server(&[]).await;
    let epost = epost(&["a@sentrum.example", "b@sentrum.example"]);
    smtp(settings(port)).send(&epost).await.unwrap();
    let lines = heard.lines();
    let commands = [
        "EHLO meldeport.example",
        "MAIL FROM:<varsel@meldeport.example>",
        "RCPT TO:<a@sentrum.example>",
        "RCPT TO:<b@sentrum.example>",
        "DATA",
    ];
    assert_eq!(lines[..5], commands);
    assert_eq!(lines.len(), 6, "{lines:?}");

    // What a folder would hold, byte for byte once the dots that SMTP doubles are single again.
    let fra = "varsel@meldeport.example".parse().unwrap();
    let message = String::from_utf8(bygg::message(&fra, &epost).unwrap().formatted()).unwrap();
    assert_eq!(lines[5].replace("\r\n..\r\n", "\r\n.\r\n").trim_end(), message.trim_end());
    assert!(message.contains("\r\n.\r\n"), "there is a line that would end the message");
}

#[tokio::test]
async fn what_the_server_may_take_later_is_temporary() {
    for (special, code) in [
        (&[("RCPT", Answer::Says("450 4.2.0 a@sentrum.example: greylisted"))] as &'static [_], 450),
        (&[("MAIL", Answer::Says("451 try later"))], 451),
        (&[("DATA", Answer::Says("452 full"))], 452),
        (&[(".", Answer::Says("451 try later"))], 451),
        (&[("connect", Answer::Says("421 too many"))], 421),
    ] {
        let (sent, _) = sent(special).await;
        assert_eq!(sent, Err(SendFeil::Midlertidig(Grunn::Svar(code))));
    }
}

#[tokio::test]
async fn what_the_server_refuses_is_permanent() {
    for (special, code) in [
        (&[("RCPT", Answer::Says("550 5.1.1 <a@sentrum.example>: user unknown"))] as &'static [_], 550),
        (&[("MAIL", Answer::Says("553 not from there"))], 553),
        (&[(".", Answer::Says("554 looks like spam to a@sentrum.example"))], 554),
    ] {
        let (sent, heard) = sent(special).await;
        assert_eq!(sent, Err(SendFeil::Permanent(Grunn::Svar(code))));
        assert!(!format!("{sent:?} {}", sent.clone().unwrap_err()).contains("sentrum"), "{sent:?}");
        assert_eq!(heard.count("MAIL"), 1);
    }
}

#[tokio::test]
async fn what_an_operator_can_mend_is_temporary() {
    let (sent_, heard) = sent(&[("MAIL", Answer::Says("530 5.7.0 authentication required"))]).await;
    assert_eq!(sent_, Err(SendFeil::Midlertidig(Grunn::Svar(530))));
    assert_eq!(heard.count("RCPT"), 0);
    let (refused, _) = sent(&[("connect", Answer::Says("554 you are on a list"))]).await;
    assert_eq!(refused, Err(SendFeil::Midlertidig(Grunn::Svar(554))));

    let (port, heard) = server(&[("AUTH", Answer::Says("535 bruker@meldeport.example: wrong password"))]).await;
    let login = Some(("bruker".to_owned(), SecretString::new("feil".to_owned())));
    let sent = smtp(SmtpSettings { innlogging: login, ..settings(port) }).send(&epost(&["a@sentrum.example"])).await;
    assert_eq!(sent, Err(SendFeil::Midlertidig(Grunn::Svar(535))));
    assert_eq!(heard.count("MAIL"), 0);
}

#[tokio::test]
async fn user_and_password_are_shown() {
    let (port, heard) = server(&[]).await;
    let login = Some(("bruker".to_owned(), SecretString::new("hemmelig".to_owned())));
    smtp(SmtpSettings { innlogging: login, ..settings(port) }).send(&epost(&["a@sentrum.example"])).await.unwrap();
    // base64 of "\0bruker\0hemmelig"
    assert_eq!(heard.lines()[1], "AUTH PLAIN AGJydWtlcgBoZW1tZWxpZw==");
}

#[tokio::test]
async fn a_server_that_hangs_is_not_waited_for() {
    for special in [
        &[("connect", Answer::Hangs)] as &'static [_],
        &[("EHLO", Answer::Hangs)],
        &[("RCPT", Answer::Hangs)],
        &[(".", Answer::Hangs)],
    ] {
        let (port, _) = server(special).await;
        let smtp = smtp(SmtpSettings { tidsfrist: Duration::from_millis(100), ..settings(port) });
        let sent = smtp.send(&epost(&["a@sentrum.example"])).await;
        assert_eq!(sent, Err(SendFeil::Midlertidig(Grunn::Tidsavbrudd)));
        assert!(smtp.ledig.lock().unwrap().is_none(), "a conversation that was cut off is not gone on with");
    }
}

#[tokio::test]
async fn a_server_that_is_gone_or_talks_nonsense_is_tried_again() {
    for special in [
        &[("connect", Answer::HangsUp)] as &'static [_],
        &[("DATA", Answer::HangsUp)],
        &[(".", Answer::HangsUp)],
        &[("connect", Answer::Says("HTTP/1.1 400 Bad Request"))],
        &[("RCPT", Answer::Says("a@sentrum.example"))],
    ] {
        let (sent, _) = sent(special).await;
        assert_eq!(sent, Err(SendFeil::Midlertidig(Grunn::Uforstaelig)));
    }
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let sent = smtp(settings(closed)).send(&epost(&["a@sentrum.example"])).await;
    assert!(matches!(sent, Err(SendFeil::Midlertidig(Grunn::Forbindelse(_)))), "{sent:?}");
}

#[tokio::test]
async fn one_connection_does_for_several() {
    let (port, heard) = server(&[]).await;
    let smtp = smtp(settings(port));
    for _ in 0..3 {
        smtp.send(&epost(&["a@sentrum.example"])).await.unwrap();
    }
    assert_eq!((heard.count("EHLO"), heard.count("DATA")), (1, 3));
}

#[tokio::test]
async fn a_connection_that_went_away_is_made_anew() {
    let (port, heard) = server(&[("NOOP", Answer::HangsUp)]).await;
    let smtp = smtp(settings(port));
    for _ in 0..2 {
        smtp.send(&epost(&["a@sentrum.example"])).await.unwrap();
    }
    assert_eq!((heard.count("EHLO"), heard.count("DATA")), (2, 2));
}

#[tokio::test]
async fn nothing_is_sent_before_the_connection_is_protected() {
    // No STARTTLS in what it offers; offered but not done; no TLS at all.
    let offers: &[(&str, Answer)] = &[("EHLO", Answer::Says("250-here\r\n250-STARTTLS\r\n250 AUTH PLAIN"))];
    for (special, kryptering) in
        [(&[] as &'static [_], Kryptering::Starttls), (offers, Kryptering::Starttls), (&[], Kryptering::Tls)]
    {
        let (port, heard) = server(special).await;
        let login = Some(("bruker".to_owned(), SecretString::new("hemmelig".to_owned())));
        let smtp = smtp(SmtpSettings { kryptering, innlogging: login, ..settings(port) });
        let sent = smtp.send(&epost(&["a@sentrum.example"])).await;
        assert!(matches!(sent, Err(SendFeil::Midlertidig(_))), "{sent:?}");
        assert_eq!(heard.count("MAIL") + heard.count("AUTH"), 0, "{:?}", heard.lines());
    }
}

#[test]
fn without_encryption_only_on_this_machine() {
    for (vert, allowed) in
        [("localhost", true), ("127.0.0.1", true), ("::1", true), ("localhost.example", false), ("10.0.0.1", false)]
    {
        let settings = SmtpSettings { vert: vert.to_owned(), ..settings(25) };
        let made = Smtp::new("varsel@meldeport.example".parse().unwrap(), settings);
        assert_eq!(
            made.map(|_| ()).map_err(|fault| fault == SettingsFault::Unencrypted),
            allowed.then_some(()).ok_or(true)
        );
    }
}

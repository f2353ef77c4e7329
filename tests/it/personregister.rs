//! Asking an operator's proxy who somebody is.

use std::{
    io::Write as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use meldeport::{
    config::{Config, ConfigError},
    personregister::{Http, HttpSettings, Personregister as _},
    system::{Secret, SecretString},
};
use poem::{EndpointExt as _, Response, Route, Server, handler, listener::Listener as _, web::Data};

/// What the proxy was asked, and what it answers next.
type Seen = Arc<Mutex<(Vec<(String, String)>, Vec<(u16, String)>)>>;

#[handler]
async fn proxy(request: &poem::Request, body: String, seen: Data<&Seen>) -> Response {
    let mut seen = seen.lock().unwrap();
    seen.0.push((request.header("authorization").unwrap_or_default().to_owned(), body));
    let (status, body) = seen.1.remove(0);
    let status = poem::http::StatusCode::from_u16(status).unwrap();
    Response::builder().status(status).header("location", "/annet").body(body)
}

async fn register(answers: &[(u16, &str)]) -> (Http, Seen) {
    let answers = answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
    let seen = Seen::new(Mutex::new((Vec::new(), answers)));
    let listener = poem::listener::TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
    let address = poem::listener::Acceptor::local_addr(&listener)[0].as_socket_addr().copied().unwrap();
    let app = Route::new().at("/person", poem::post(proxy)).data(seen.clone());
    tokio::spawn(Server::new_with_acceptor(listener).run(app));
    let token = Some(Secret::new("hemmelig".to_owned()));
    let settings = HttpSettings { url: format!("http://{address}/person"), token, tidsfrist: Duration::from_secs(5) };
    (Http::new(settings).unwrap(), seen)
}

const KNOWN: &str = r#"{"navn":"Fiktiv Eier","adresse":{"adressenavn":"Oppdiktveien 1","postnummer":"9999",
    "poststed":"LILLEVIK"},"telefonnummer":"99999991","gradert":false,"mer":"som vi ikke kjenner"}"#;

fn fnr() -> SecretString {
    Secret::new("12849190014".to_owned())
}

#[tokio::test]
async fn a_person_is_asked_for_by_number_in_the_body() {
    let (register, seen) =
        register(&[(200, KNOWN), (404, ""), (200, r#"{"navn":"Fiktiv Eier","gradert":false}"#)]).await;
    let found = register.finn(&fnr()).await.unwrap().unwrap();
    assert_eq!(found.navn.expose(), "Fiktiv Eier");
    assert_eq!(found.adresse.unwrap().poststed.expose(), "LILLEVIK");
    assert_eq!((found.telefonnummer.unwrap().expose().as_str(), found.beskyttet), ("99999991", false));
    assert!(register.finn(&fnr()).await.unwrap().is_none(), "nobody has the number");
    let bare = register.finn(&fnr()).await.unwrap().unwrap();
    assert!(bare.adresse.is_none() && bare.telefonnummer.is_none());
    assert_eq!(seen.lock().unwrap().0[0], ("Bearer hemmelig".to_owned(), r#"{"fnr":"12849190014"}"#.to_owned()));
    // What is no number never leaves.
    for other in ["", "1284919001", "12849190014\",\"x\":\"", "１2849190014"] {
        assert!(register.finn(&Secret::new(other.to_owned())).await.unwrap().is_none());
    }
    assert_eq!(seen.lock().unwrap().0.len(), 3);
}

#[tokio::test]
async fn a_protected_address_does_not_get_past_the_adapter() {
    let (register, _) = register(&[(200, KNOWN.replace("\"gradert\":false", "\"gradert\":true").as_str())]).await;
    let found = register.finn(&fnr()).await.unwrap().unwrap();
    assert!(found.beskyttet && found.adresse.is_none() && found.telefonnummer.is_none());
}

#[tokio::test]
async fn an_answer_that_is_not_one_is_none() {
    let long = format!(r#"{{"navn":"{}","gradert":false}}"#, "x".repeat(20_000));
    let silent = KNOWN.replace(",\"gradert\":false", "");
    let numberless = KNOWN.replace("99999991", "ukjent");
    for (answer, fits) in [
        (KNOWN, true),
        (numberless.as_str(), true),
        // Whether the address is protected must be said.
        (silent.as_str(), false),
        (KNOWN.replace("false", "\"nei\"").as_str(), false),
        (KNOWN.replace("Fiktiv Eier", " ").as_str(), false),
        (long.as_str(), false),
        ("{}", false),
        ("<html>", false),
    ] {
        let (register, seen) = register(&[(200, answer)]).await;
        let found = register.finn(&fnr()).await;
        assert_eq!(found.is_ok(), fits, "{answer}");
        if let Ok(Some(found)) = found {
            assert_eq!(found.telefonnummer.is_some(), answer.contains("99999991"));
        }
        assert_eq!(seen.lock().unwrap().0.len(), 1, "asking again would not help");
    }
}

#[tokio::test]
async fn it_is_tried_once_more_when_that_may_help() {
    for (answers, asked, found) in [
        (&[(503, ""), (200, KNOWN)][..], 2, true),
        (&[(502, ""), (504, "")], 2, false),
        (&[(401, "")], 1, false),
        (&[(500, "")], 1, false),
        // Not followed: the number would go to somebody else.
        (&[(307, "")], 1, false),
    ] {
        let (register, seen) = register(answers).await;
        assert_eq!(register.finn(&fnr()).await.is_ok(), found, "{answers:?}");
        assert_eq!(seen.lock().unwrap().0.len(), asked, "{answers:?}");
    }
    let nobody = HttpSettings { url: "http://127.0.0.1:9/".to_owned(), token: None, tidsfrist: Duration::from_secs(1) };
    let nobody = Http::new(nobody).unwrap();
    assert!(nobody.finn(&fnr()).await.is_err());
    assert!(!format!("{nobody:?}").contains("127"));
}

fn config(text: &str) -> Result<Config, ConfigError> {
    let mut file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    Config::load(Some(file.path()))
}

#[test]
fn a_person_register_is_asked_over_https() {
    let keys = "[gateway]\nperson_key_file = \"p.key\"\n[ledsagerbevis]\ndata_key_files = [\"a.key\"]\n";
    assert!(config(keys).unwrap().personregister().unwrap().is_none());
    let with = |more: &str| config(&format!("{keys}[personregister]\n{more}"));
    assert!(with("url = \"https://register.example/person\"").unwrap().personregister().unwrap().is_some());
    assert!(with("url = \"http://127.0.0.1:8099/person\"").unwrap().personregister().unwrap().is_some());
    assert!(
        config("[personregister]\nurl = \"https://register.example\"").unwrap().personregister().unwrap().is_none()
    );
    for wrong in [
        "url = \"http://register.example\"",
        "url = \"register\"",
        "url = \"https://register.example\"\ntimeout_seconds = 0",
        "url = \"https://register.example\"\ntimeout_seconds = 21",
    ] {
        assert!(with(wrong).is_err(), "{wrong}");
    }
    let missing = with("url = \"https://register.example\"\ntoken_file = \"/no/such/file\"").unwrap();
    assert!(missing.personregister().is_err());
}

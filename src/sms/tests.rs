use std::{
    fs,
    sync::{Arc, Mutex},
};

use poem::{EndpointExt as _, Route, Server, handler, http::StatusCode, listener::Listener as _, web::Data};

use super::*;

fn message() -> Sms {
    Sms {
        id: Uuid::from_u128(7),
        til: "99 99 99 99".parse().unwrap(),
        tekst: Secret::new("Koden er 123456.".to_owned()),
    }
}

#[tokio::test]
async fn a_message_is_one_file_however_often_it_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let port = open(Settings::Mappe(folder.path().join("sms"))).unwrap();
    for _ in 0..2 {
        port.send(&message()).await.unwrap();
    }
    let files: Vec<_> = fs::read_dir(folder.path().join("sms")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    let json: serde_json::Value = serde_json::from_slice(&fs::read(&files[0]).unwrap()).unwrap();
    assert_eq!(json["til"], "+4799999999");
    assert_eq!(json["tekst"], "Koden er 123456.");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sms");
    fs::write(&file, "").unwrap();
    let sent = Mappe::new(file.join("x")).send(&message()).await;
    assert!(matches!(sent, Err(SendFeil::Midlertidig(Grunn::Mappe(_)))), "{sent:?}");
}

/// What the supplier was asked, and what it answers next.
type Seen = Arc<Mutex<(Vec<(String, String, String)>, Vec<u16>)>>;

#[handler]
async fn supplier(request: &poem::Request, body: String, seen: Data<&Seen>) -> StatusCode {
    let header = |name: &str| request.header(name).unwrap_or_default().to_owned();
    let mut seen = seen.lock().unwrap();
    seen.0.push((header("authorization"), header("idempotency-key"), body));
    StatusCode::from_u16(seen.1.remove(0)).unwrap()
}

#[tokio::test]
async fn a_supplier_gets_the_message_with_a_key_of_its_own() {
    let seen = Seen::new(Mutex::new((Vec::new(), vec![503, 202, 422, 401, 307])));
    let listener = poem::listener::TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
    let address = poem::listener::Acceptor::local_addr(&listener)[0].as_socket_addr().copied().unwrap();
    let app = Route::new().at("/sms", poem::post(supplier)).data(seen.clone());
    tokio::spawn(Server::new_with_acceptor(listener).run(app));
    let settings = HttpSettings {
        url: format!("http://{address}/sms"),
        token: Some(Secret::new("hemmelig".to_owned())),
        avsender: "Lillevik".to_owned(),
        tidsfrist: Duration::from_secs(5),
    };
    let port = open(Settings::Http(settings)).unwrap();
    assert_eq!(port.send(&message()).await, Err(SendFeil::Midlertidig(Grunn::Svar(503))));
    assert_eq!(port.send(&message()).await, Ok(()));
    assert_eq!(port.send(&message()).await, Err(SendFeil::Permanent(Grunn::Svar(422))));
    assert_eq!(port.send(&message()).await, Err(SendFeil::Midlertidig(Grunn::Svar(401))));
    assert_eq!(port.send(&message()).await, Err(SendFeil::Midlertidig(Grunn::Svar(307))));
    let seen = seen.lock().unwrap();
    let (authorization, key, body) = &seen.0[0];
    assert_eq!((authorization.as_str(), key.as_str()), ("Bearer hemmelig", Uuid::from_u128(7).to_string().as_str()));
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!((&body["til"], &body["avsender"]), (&"+4799999999".into(), &"Lillevik".into()));
    assert!(seen.0.iter().all(|(_, other, _)| other == key), "every try has the same key");
}

#[test]
fn neither_number_nor_text_is_printed() {
    assert!(!format!("{:?}", message()).contains('9'), "{:?}", message());
}

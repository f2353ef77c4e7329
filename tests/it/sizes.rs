//! Five megabytes for both parts together: refused as soon as there is more, however it is sent.

use meldeport::sandbox::keys::RecipientKey;
use meldeport::{crypto::cms, domain::mottak::MAX_INNHOLD, domain::oppsett::Oppsett, model::nokkel::NokkelEier};
use reqwest::Method;

use crate::support::{Caller, Gate, Sak, V2, answer, form, id_of, raw, start_of_tests};

on_every_database! {
    exactly_five_megabytes_are_taken,
    one_byte_more_is_refused,
    a_length_that_is_too_much_is_refused_unread,
    a_stream_without_length_is_cut_off,
    other_bodies_are_small,
}

/// Two good envelopes that are `MAX_INNHOLD` bytes together. An envelope grows by whole blocks, so the print supplier
/// gets a name of the right length: it stands in the envelope.
async fn largest(t: &Gate) -> (Vec<u8>, Vec<u8>) {
    let office = &t.kontor(0).nokkel.certificate;
    let letter = |name: &str| {
        let key = RecipientKey::make(name, start_of_tests(), &*t.rng).unwrap();
        (cms::seal(b"PDF", &key.certificate, &*t.rng).unwrap(), key.certificate)
    };
    let asice = |bytes: usize| cms::seal(&vec![0; bytes], office, &*t.rng).unwrap();
    let (some, about) = (letter("Fiktiv Brevutskrift").0.len(), 5_000_000);
    let missing = (MAX_INNHOLD - some - asice(about).len()) % 16;
    let (letter, print) = letter(&format!("Fiktiv Brevutskrift{}", "x".repeat(missing)));
    t.apply(Oppsett { sertifikater: vec![(NokkelEier::Print, print)], ..Oppsett::default() }).await;
    let asice = asice(about + MAX_INNHOLD - letter.len() - asice(about).len());
    assert_eq!(letter.len() + asice.len(), MAX_INNHOLD);
    (letter, asice)
}

async fn post(t: &Gate, letter: &[u8], asice: &[u8]) -> crate::support::Answer {
    answer(t.skole().request(Method::POST, t.send_path(V2, 0, Sak::Offentlig)).multipart(form(letter, asice))).await
}

async fn exactly_five_megabytes_are_taken(t: &mut Gate) {
    let (letter, asice) = largest(t).await;
    let id = id_of(&post(t, &letter, &asice).await);
    t.run_jobs().await;
    let content = t.kommune().get(t.queue(format!("/{id}/innhold"))).await;
    assert!(content.body == asice, "byte for byte");
}

async fn one_byte_more_is_refused(t: &mut Gate) {
    let (letter, mut asice) = largest(t).await;
    asice.push(0);
    for (letter, asice) in [(&*letter, &*asice), (&vec![0; MAX_INNHOLD + 1], b""), (b"", &vec![0; MAX_INNHOLD + 1])] {
        let body = post(t, letter, asice).await.problem(413, "FORESPORSEL.FOR_STOR");
        assert!(body["message"].as_str().unwrap().contains("5 MB"));
    }
    assert_eq!(t.database.count("melding", "1 = 1").await, 0);
}

fn head(t: &Gate, path: &str, headers: &str) -> String {
    let Caller { token, integrasjon, passord, .. } = t.skole();
    let host = t.url.strip_prefix("http://").unwrap();
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nIntegrasjonId: {integrasjon}\r\n\
         IntegrasjonPassord: {passord}\r\n{headers}\r\n\r\n"
    )
}

async fn a_length_that_is_too_much_is_refused_unread(t: &mut Gate) {
    // Not a byte of the body is sent: the answer comes all the same.
    let headers = "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 6000000";
    let refused = raw(&t.url, head(t, &t.send_path(V2, 0, Sak::Offentlig), headers).as_bytes()).await;
    refused.problem(413, "FORESPORSEL.FOR_STOR");
    // Also for who has not shown who it is, and for addresses that do not exist.
    let anonymous = format!("POST {V2}/finnes-ikke HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n");
    raw(&t.url, anonymous.as_bytes()).await.problem(413, "FORESPORSEL.FOR_STOR");
}

async fn a_stream_without_length_is_cut_off(t: &mut Gate) {
    let headers = "Content-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked";
    let mut request = head(t, &t.send_path(V2, 0, Sak::Offentlig), headers).into_bytes();
    let chunk = |request: &mut Vec<u8>, bytes: &[u8]| {
        request.extend(format!("{:x}\r\n", bytes.len()).into_bytes());
        request.extend(bytes);
        request.extend(b"\r\n");
    };
    chunk(&mut request, b"--x\r\nContent-Disposition: form-data; name=\"asice\"\r\n\r\n");
    for _ in 0..200 {
        chunk(&mut request, &[0; 32 * 1024]);
    }
    // There is no end: only an answer before it can be read.
    raw(&t.url, &request).await.problem(413, "FORESPORSEL.FOR_STOR");
    assert_eq!(t.database.count("melding", "1 = 1").await, 0);
}

async fn other_bodies_are_small(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    let request = t.kommune().request(Method::POST, t.queue(format!("/{id}/feilet")));
    let refused = answer(request.json(&serde_json::json!({ "melding": "x".repeat(70_000) }))).await;
    let body = refused.problem(413, "FORESPORSEL.FOR_STOR");
    assert!(body["message"].as_str().unwrap().contains("64 kB"), "{body}");
}

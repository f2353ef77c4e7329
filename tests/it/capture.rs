//! What KS's own published Java client (2.0.1) sent over the wire, byte for byte, is accepted and can be opened.

use meldeport::{
    crypto::{
        asice::{self, Trust},
        certificate::{Certificate, PrivateKey},
        cms,
    },
    system::Clock,
};

use crate::support::{Gate, fixture, raw, register};

on_every_database! {
    a_report_from_the_java_client_is_taken,
}

async fn a_report_from_the_java_client_is_taken(t: &mut Gate) {
    register(t, Some(0), &fixture("keys/TEST-ONLY-kommune-a-enc-rsa2048.cert.pem")).await;
    register(t, None, &fixture("keys/TEST-ONLY-print-enc-rsa2048.cert.pem")).await;
    let skole = t.skole();
    let head = String::from_utf8(fixture("ks-java-client/request.headers"))
        .unwrap()
        .replace("{fiksOrgId}", &t.town.skole.organisasjon.id.to_string())
        .replace("{integrasjonId}", &skole.integrasjon)
        .replace("{integrasjonPassord}", &skole.passord)
        .replace("{token}", &skole.token)
        .replace("{host}", t.url.strip_prefix("http://").unwrap());
    let request = [head.as_bytes(), &fixture("ks-java-client/request.body")].concat();
    let taken = raw(&t.url, &request).await;
    let id = crate::support::id_of(&taken);
    assert!(taken.header("content-type").unwrap().starts_with("application/json"), "the client parses every answer");

    t.run_jobs().await;
    let content = t.kommune().get(t.queue(format!("/{id}/innhold"))).await;
    let key = PrivateKey::from_pem(&fixture("keys/TEST-ONLY-kommune-a-enc-rsa2048.key.pem")).unwrap();
    let zip = cms::open(&content.body, &[key]).unwrap();
    let authority = Certificate::from_pem(&fixture("keys/TEST-ONLY-ca.cert.pem")).unwrap();
    let trust = Trust { anchors: vec![authority], orgnr: Some("999999992".to_owned()) };
    let container = asice::open(zip.expose(), &trust, t.clock.now()).unwrap();
    let json = container.files.iter().find(|(name, _)| name == "bekymringsmelding.json").unwrap();
    let sent: serde_json::Value = serde_json::from_slice(json.1.expose()).unwrap();
    let expected: serde_json::Value = serde_json::from_slice(&fixture("plain/bekymringsmelding.json")).unwrap();
    assert_eq!(sent, expected);
}

//! TLS of the gateway's own, by real handshakes with a process that serves it.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Command,
    time::Duration,
};

use jiff::SignedDuration;
use meldeport::{
    sandbox::keys::RecipientKey,
    system::{Clock as _, SeededRng, SystemClock},
};
use openssl::{
    pkey::PKey,
    ssl::{SslConnector, SslMethod, SslVersion},
    x509::{X509, store::X509StoreBuilder},
};
use tempfile::TempDir;

use crate::support::{Database, Site, Start as _};

/// A certificate that vouches for itself, good by the machine's clock, which OpenSSL goes by.
fn identity(seed: u64) -> RecipientKey {
    let now = SystemClock.now() - SignedDuration::from_hours(1);
    RecipientKey::make("Fiktiv tjener", now, &SeededRng::new(seed)).unwrap()
}

/// Lays the files out, and gives the settings that name them.
fn lay_out(folder: &TempDir, own: &RecipientKey, client_ca: Option<&RecipientKey>) -> String {
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let (certificate, key) =
        (file("cert.pem", &own.certificate.to_pem()), file("key.pem", own.key_pem.expose().as_str()));
    let client_ca = client_ca.map(|authority| file("ca.pem", &authority.certificate.to_pem())).unwrap_or_default();
    format!("[server.tls]\ncertificate = \"{certificate}\"\nkey = \"{key}\"\nclient_ca = \"{client_ca}\"\n")
}

/// Asks whether the gateway is well, over this version of TLS, and gives what was agreed upon.
fn ask(url: &str, trusted: &RecipientKey, version: SslVersion, own: Option<&RecipientKey>) -> Result<String, String> {
    let mut builder = SslConnector::builder(SslMethod::tls_client()).unwrap();
    // So that whoever refuses the old ones, it is not the client.
    builder.set_cipher_list("ALL:@SECLEVEL=0").unwrap();
    builder.set_min_proto_version(Some(version)).unwrap();
    builder.set_max_proto_version(Some(version)).unwrap();
    let mut store = X509StoreBuilder::new().unwrap();
    store.add_cert(X509::from_pem(trusted.certificate.to_pem().as_bytes()).unwrap()).unwrap();
    builder.set_cert_store(store.build());
    if let Some(own) = own {
        builder.set_certificate(&X509::from_pem(own.certificate.to_pem().as_bytes()).unwrap()).unwrap();
        builder.set_private_key(&PKey::private_key_from_pem(own.key_pem.expose().as_bytes()).unwrap()).unwrap();
    }
    let configured = builder.build().configure().unwrap().verify_hostname(false);
    let socket = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut stream = configured.connect("localhost", socket).map_err(|error| error.to_string())?;
    let spoken = stream.ssl().version_str().to_owned();
    let request = "GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).map_err(|error| error.to_string())?;
    let mut answer = String::new();
    // Under TLS 1.3 a client hears of a refusal with the first answer.
    stream.read_to_string(&mut answer).map_err(|error| error.to_string())?;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("\r\nstrict-transport-security: max-age="), "{answer}");
    Ok(spoken)
}

#[tokio::test]
async fn today_s_versions_are_spoken_and_yesterday_s_are_not() {
    let site = Site::start(Database::sqlite()).await;
    let (folder, own) = (TempDir::new().unwrap(), identity(1));
    let mut server = site.serve_with(&lay_out(&folder, &own, None)).await;
    for (version, name) in [(SslVersion::TLS1_2, "TLSv1.2"), (SslVersion::TLS1_3, "TLSv1.3")] {
        assert_eq!(ask(&server.url, &own, version, None).as_deref(), Ok(name));
    }
    for version in [SslVersion::TLS1, SslVersion::TLS1_1] {
        let refused = ask(&server.url, &own, version, None).unwrap_err();
        assert!(refused.contains("alert protocol version"), "{refused}");
    }
    // What is no TLS at all hears nothing that it could take for an answer.
    let mut plain = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    plain.write_all(b"GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut heard = Vec::new();
    let _ = plain.read_to_end(&mut heard);
    assert!(!heard.starts_with(b"HTTP"));
    assert!(ask(&server.url, &own, SslVersion::TLS1_3, None).is_ok());
    assert_eq!(server.stop(), Some(0));
    site.finish().await;
}

#[tokio::test]
async fn who_has_none_of_our_callers_certificates_is_not_let_in() {
    let site = Site::start(Database::sqlite()).await;
    let (folder, own, [known, stranger]) = (TempDir::new().unwrap(), identity(1), [2, 3].map(identity));
    let server = site.serve_with(&lay_out(&folder, &own, Some(&known))).await;
    for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
        assert!(ask(&server.url, &own, version, Some(&known)).is_ok());
        for wrong in [None, Some(&stranger)] {
            let refused = ask(&server.url, &own, version, wrong).unwrap_err();
            // The alert, or the end of the connection, if that is faster.
            assert!(["alert", "reset", "EOF"].iter().any(|end| refused.contains(end)), "{refused}");
        }
    }
    drop(server);
    site.finish().await;
}

#[tokio::test]
async fn new_files_are_taken_into_use_when_they_fit_each_other() {
    let site = Site::start(Database::sqlite()).await;
    let (folder, [former, new]) = (TempDir::new().unwrap(), [1, 2].map(identity));
    let server = site.serve_with(&lay_out(&folder, &former, None)).await;
    // Written one after the other: as long as they do not fit, the former ones are used.
    fs::write(folder.path().join("cert.pem"), new.certificate.to_pem()).unwrap();
    let noticed = async |what: &str| {
        for _ in 0..60 {
            let _ = ask(&server.url, &former, SslVersion::TLS1_3, None);
            if server.log.lock().unwrap().contains(what) {
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        panic!("nobody noticed: {what}");
    };
    noticed("the former ones stay").await;
    assert!(ask(&server.url, &former, SslVersion::TLS1_3, None).is_ok());
    fs::write(folder.path().join("key.pem"), new.key_pem.expose()).unwrap();
    noticed("the new TLS certificate is in use").await;
    assert!(ask(&server.url, &new, SslVersion::TLS1_3, None).is_ok());
    assert!(ask(&server.url, &former, SslVersion::TLS1_3, None).is_err(), "the former one is shown no more");
    drop(server);
    site.finish().await;
}

#[test]
fn files_that_do_not_go_together_are_named_before_anything_starts() {
    let (folder, [own, other]) = (TempDir::new().unwrap(), [1, 2].map(identity));
    let good = lay_out(&folder, &own, Some(&other));
    fs::write(folder.path().join("other.pem"), other.key_pem.expose()).unwrap();
    let check = |tables: &str| {
        let config = folder.path().join("meldeport.toml");
        fs::write(&config, tables).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_meldeport"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MELDEPORT")) {
            command.env_remove(name);
        }
        let done = command.args(["config", "check", "--config"]).arg(config).output().unwrap();
        (done.status.success(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    assert!(check(&good).0);
    for (from, to, told) in [
        ("key.pem", "other.pem", "is not the key of"),
        ("cert.pem", "other.pem", "other.pem holds no certificate"),
        ("ca.pem", "other.pem", "other.pem holds no certificate"),
        ("key.pem", "finnes-ikke.pem", "finnes-ikke.pem"),
    ] {
        let (well, said) = check(&good.replace(from, to));
        assert!(!well && said.contains(told), "{told}: {said}");
    }
}

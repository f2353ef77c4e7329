//! The commands as a shell runs them: arguments, configuration file, exit code.

use std::{path::Path, sync::Arc};

use clap::{Args, Command, FromArgMatches};

use super::{
    super::{Exit, fetch, send},
    gateway::{Gateway, State, id},
    world::{MARKER, ORG, PASSWORD, Screen, WORLD, clock, report_json, report_pdf},
};
use crate::system::SeededRng;

fn parse<T: Args + FromArgMatches>(arguments: &[&str]) -> Result<T, clap::Error> {
    let matches = T::augment_args(Command::new("x")).try_get_matches_from([&["x"], arguments].concat())?;
    T::from_arg_matches(&matches)
}

/// Both configuration files and all that they name.
fn prepare(dir: &Path, gateway: &Gateway) {
    let common = format!(
        r#"
        [tilkobling]
        adresse = "{url}/"
        fiks_org_id = "{ORG}"
        integrasjon_id = "{ORG}"
        integrasjon_passord = {{ fil = "passord" }}
        [maskinporten]
        utsteder = "https://utsteder.test/"
        token_endepunkt = "{url}/token"
        klient_id = "klient"
        "#,
        url = gateway.url
    );
    let fetch = r#"
        [virksomhet]
        p12 = "virksomhet.p12"
        passord = "p12"
        [mottak]
        ut = "innboks"
        nokler = ["ny.pem", "gammel.pem"]
        tillitsankre = ["ca.pem"]
        "#;
    let send = r#"
        [virksomhet]
        nokkel = "virksomhet.key.pem"
        sertifikat = "virksomhet.pem"
        [avsender]
        utboks = "utboks"
        "#;
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.join(name), bytes).unwrap();
    write("fetch.toml", format!("{common}{fetch}").as_bytes());
    write("send.toml", format!("{common}{send}").as_bytes());
    write("passord", format!("{PASSWORD}\n").as_bytes());
    write("virksomhet.p12", WORLD.sender.pkcs12.expose());
    write("virksomhet.key.pem", WORLD.sender.key_pem.expose().as_bytes());
    write("virksomhet.pem", WORLD.sender.chain_pem.as_bytes());
    write("ny.pem", WORLD.kommune.key_pem.expose().as_bytes());
    write("gammel.pem", WORLD.former.key_pem.expose().as_bytes());
    write("ca.pem", WORLD.ca.certificate.to_pem().as_bytes());
    write("melding.json", report_json(1).as_bytes());
    write("melding.pdf", report_pdf(1).as_bytes());
}

fn path(dir: &Path, name: &str) -> String {
    dir.join(name).display().to_string()
}

async fn fetch_with(dir: &Path, more: &[&str], screen: &Screen) -> anyhow::Result<Exit> {
    let config = path(dir, "fetch.toml");
    let options = parse(&[&["--config", config.as_str()], more].concat())?;
    fetch::run_on(options, clock(), Arc::new(SeededRng::new(1)), screen.console()).await
}

async fn send_with(dir: &Path, more: &[&str], screen: &Screen) -> anyhow::Result<Exit> {
    let (config, json, pdf) = (path(dir, "send.toml"), path(dir, "melding.json"), path(dir, "melding.pdf"));
    let files = ["--config", &config, "--json", &json, "--pdf", &pdf];
    let options = parse(&[&files, more].concat())?;
    send::run_on(options, clock(), Arc::new(SeededRng::new(1)), screen.console()).await
}

#[tokio::test]
async fn a_municipality_fetches_with_its_configuration_file() {
    let (gateway, dir, screen) = (Gateway::with_reports(1).await, tempfile::tempdir().unwrap(), Screen::default());
    prepare(dir.path(), &gateway);
    let exit = fetch_with(dir.path(), &["--once", "--vis-curl"], &screen).await.unwrap();
    let text = screen.text();
    assert_eq!(exit, Exit::Done, "{text}");
    assert_eq!(gateway.books().held[0].state, State::Mottatt);
    assert!(dir.path().join("innboks").join(id(1).to_string()).join("bekymringsmelding.pdf").exists());
    // What was done can be read, and typed; the secrets stand as names.
    for line in ["/token'", "/meldinger'", "/innhold'", "/mottatt'"] {
        assert!(
            text.lines().any(|shown| shown.starts_with("curl -sS 'http") && shown.contains(line)),
            "{line}: {text}"
        );
    }
    assert!(!text.contains(PASSWORD) && !text.contains("token-1") && !text.contains(MARKER), "{text}");
}

#[tokio::test]
async fn a_case_system_sends_with_its_configuration_file() {
    let (gateway, dir, screen) = (Gateway::start().await, tempfile::tempdir().unwrap(), Screen::default());
    prepare(dir.path(), &gateway);
    let target = ["--kommune", "3301", "--bydel", "01", "--type", "privat", "--vent-paa-levert"];
    for _ in 0..2 {
        let exit = send_with(dir.path(), &target, &screen).await.unwrap();
        assert_eq!(exit, Exit::Done, "{}", screen.text());
    }
    let text = screen.text();
    assert!(text.contains("LEVERT") && text.contains("er sendt før"), "{text}");
    let books = gateway.books();
    let sent: Vec<_> = books.submissions.values().map(|sent| sent.path.as_str()).collect();
    assert!(sent.len() == 1 && sent[0].ends_with("/3301/01/privat"), "{sent:?}");
}

#[tokio::test]
async fn mistakes_of_use_are_exit_code_2_and_touch_nothing() {
    let (gateway, dir, screen) = (Gateway::start().await, tempfile::tempdir().unwrap(), Screen::default());
    prepare(dir.path(), &gateway);
    for target in [
        &["--kommune", "3301", "--type", "privat"][..],
        &["--kommune", "331", "--bydel", "01", "--type", "privat"],
        &["--kommune", "3301", "--bydel", "1", "--type", "privat"],
    ] {
        assert_eq!(send_with(dir.path(), target, &screen).await.unwrap(), Exit::Usage, "{target:?}");
    }
    for target in [&["--kommune", "3301"][..], &["--kommune", "3301", "--bydel", "01", "--type", "annet"]] {
        assert!(send_with(dir.path(), target, &screen).await.is_err(), "{target:?}");
    }
    assert!(fetch_with(dir.path(), &["--vent", "61"], &screen).await.is_err());
    for missing in ["ny.pem", "ca.pem", "passord", "virksomhet.p12", "fetch.toml"] {
        prepare(dir.path(), &gateway);
        std::fs::remove_file(dir.path().join(missing)).unwrap();
        assert_eq!(fetch_with(dir.path(), &[], &screen).await.unwrap(), Exit::Usage, "{missing}");
        assert!(screen.text().contains(missing), "{}", screen.text());
    }
    prepare(dir.path(), &gateway);
    std::fs::write(dir.path().join("ca.pem"), "no certificate").unwrap();
    assert_eq!(fetch_with(dir.path(), &[], &screen).await.unwrap(), Exit::Usage);
    assert!(!dir.path().join("innboks").exists() && !dir.path().join("utboks").exists());
    assert!(gateway.books().log.is_empty());
}

use super::*;

/// The example in the documentation above, without the comment marks.
fn example() -> String {
    include_str!("../config.rs")
        .lines()
        .skip_while(|line| *line != "//! ```toml")
        .skip(1)
        .take_while(|line| *line != "//! ```")
        .map(|line| format!("{}\n", line.trim_start_matches("//!").trim()))
        .collect()
}

fn write(text: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fetch.toml");
    std::fs::write(&path, text).unwrap();
    (dir, path)
}

#[test]
fn the_documented_example_is_read() {
    let (dir, path) = write(&example());
    let (config, base) = load::<FetchConfig>(&path).unwrap();
    assert_eq!(config.mottak.nokler.len(), 2);
    assert_eq!(config.maskinporten.token_url(false).unwrap(), "https://maskinporten.no/token");
    assert_eq!(base.path(&config.mottak.ut), dir.path().join("innboks"));
    assert!(config.mottak.krev_orgnr && config.mottak.ved_feil == OnFailure::LaLigge);
}

#[test]
fn every_key_in_a_comment_of_the_example_exists() {
    for line in example().lines().filter(|line| line.starts_with("# ") && line.contains(" = ")) {
        let key = line.trim_start_matches("# ").split(' ').next().unwrap();
        let text = example()
            .lines()
            .filter(|other| !other.starts_with(&format!("{key} = ")))
            .map(|other| format!("{}\n", if other == line { other.trim_start_matches("# ") } else { other }))
            .collect::<String>();
        let (_dir, path) = write(&text);
        assert!(load::<FetchConfig>(&path).is_ok(), "{key}: {:?}", load::<FetchConfig>(&path).err());
    }
}

#[test]
fn an_unknown_key_is_refused_and_no_password_is_quoted() {
    for text in [
        example().replace("[mottak]\n", "[mottak]\nkrev_ogrnr = true\n"),
        example().replace("integrasjon_passord = { miljo", "integrasjon_passord = { hemmelig_sak"),
        example().replace("integrasjon_passord = ", "integrasjon_passord = hemmelig_sak "),
    ] {
        let (_dir, path) = write(&text);
        let error = load::<FetchConfig>(&path).unwrap_err().to_string();
        assert!(error.contains("linje") && !error.contains("hemmelig_sak"), "{error}");
    }
}

#[test]
fn a_secret_may_lie_in_a_file() {
    let (dir, path) = write(&example().replace(r#"{ miljo = "MELDEPORT_PASSORD" }"#, r#"{ fil = "passord.txt" }"#));
    std::fs::write(dir.path().join("passord.txt"), " hemmelig sak \r\n").unwrap();
    let (config, base) = load::<FetchConfig>(&path).unwrap();
    assert_eq!(base.secret(&config.tilkobling.integrasjon_passord).unwrap().expose(), " hemmelig sak ");
}

#[test]
fn plain_http_stays_on_this_machine() {
    let http = |url: &str, open| checked_url("adresse", url, open);
    assert_eq!(http("http://127.0.0.1:8080/", false).unwrap(), "http://127.0.0.1:8080");
    assert!(http("http://meldeport:8080", false).is_err());
    assert!(http("http://meldeport:8080", true).is_ok());
    assert!(http("ftp://localhost", true).is_err() && http("meldeport.no", false).is_err());
}

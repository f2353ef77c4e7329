//! `meldeport card verify` as those at a door use it: cards from a foreign library, files, exit codes. What is refused and
//! why is tested in `kort`.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use jiff::Timestamp;
use meldeport::{
    crypto::{es256::SigningKey, issuers::jwks, sd_jwt::StatusReference},
    kort::{Gyldighet, Utsteder, papir::Papirkort},
    system::{Secret, SeededRng},
};
use serde_json::{Value, json};

mod innehaver;

/// The cards that a JavaScript library made, with the files that a verifier has, in a folder.
struct Door {
    folder: tempfile::TempDir,
    made: Value,
}

impl Door {
    fn new() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sd_jwt/sd-jwt-js.json");
        let made: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let door = Self { folder: tempfile::tempdir().unwrap(), made };
        std::fs::write(door.path("issuers.json"), door.made["issuers"].to_string()).unwrap();
        std::fs::write(door.path("status.jwt"), door.case("one claim is shown")["status"][0].as_str().unwrap())
            .unwrap();
        std::fs::write(door.path("revoked.jwt"), door.case("revoked")["status"][0].as_str().unwrap()).unwrap();
        door
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn case(&self, name: &str) -> &Value {
        self.made["cases"].as_array().unwrap().iter().find(|case| case["name"] == name).unwrap()
    }

    fn verify(&self, shown: &[u8], arguments: &[&str]) -> (Output, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_meldeport"));
        command
            .current_dir(self.folder.path())
            .args(["card", "verify", "-", "--issuers", "issuers.json"])
            .args(arguments);
        command.args(["--now", self.made["at"].as_str().unwrap()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that is used wrongly does not read.
        let _ = child.stdin.take().unwrap().write_all(shown);
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        (output, text)
    }
}

#[test]
fn the_exit_code_tells_valid_from_not_valid_from_not_judged() {
    let door = Door::new();
    let good = door.case("one claim is shown")["presentation"].as_str().unwrap().as_bytes();
    let code = |shown: &[u8], arguments: &[&str]| {
        let (output, text) = door.verify(shown, arguments);
        (output.status.code().unwrap(), text.lines().next().unwrap_or_default().to_owned())
    };
    let said = |code: i32, text: &str| (code, text.to_owned());
    assert_eq!(code(good, &["--status", "status.jwt"]), said(0, "GYLDIG"));
    assert_eq!(code(good, &[]), said(3, "GYLDIG"));
    assert_eq!(code(good, &["--status", "status.jwt", "--status", "revoked.jwt"]), said(1, "IKKE GYLDIG"));
    assert_eq!(code(good, &["--nonce", "en annen"]), said(1, "IKKE GYLDIG"));
    assert_eq!(code(b"\xff\xfe", &[]), said(1, "IKKE GYLDIG"));
    for wrong in
        [&["--status", "nowhere.jwt"][..], &["--status", "issuers.json"], &["--photo", "nowhere.jpg"], &["--bad"]]
    {
        assert_eq!(code(good, wrong), said(2, ""), "{wrong:?}");
    }
}

#[test]
fn the_answer_is_plain_and_says_nothing_that_was_not_shown() {
    let door = Door::new();
    let shown = |name: &str| door.case(name)["presentation"].as_str().unwrap().as_bytes().to_owned();
    let (_, text) = door.verify(&shown("one claim is shown"), &["--status", "status.jwt"]);
    for line in ["Ledsagere:    2", "Gyldig til:   31.12.2099 (til og med)", "Navn:         Ola Fiktiv Testesen"] {
        assert!(text.lines().any(|said| said == line), "{line} is not in\n{text}");
    }
    let (_, text) = door.verify(&shown("no claim is shown"), &["--status", "revoked.jwt"]);
    assert_eq!(text, "IKKE GYLDIG\nKortet er trukket tilbake av kommunen. Godta det ikke. (SPERRELISTE.TRUKKET)\n");
    let (output, text) = door.verify(&shown("no claim is shown"), &["--json"]);
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((answer["gyldig"].clone(), answer["sperring"].clone()), (true.into(), "IKKE_KONTROLLERT".into()));
    assert_eq!(answer["navn"], Value::Null);
    assert_eq!(output.stderr, b"");
}

#[test]
fn a_card_on_paper_is_said_to_be_one() {
    let rng = SeededRng::new(11);
    let key = SigningKey::make(&rng).unwrap();
    let (iss, liste) = ("https://lillevik.example", "https://lillevik.example/ledsagerbevis/status/papir/1");
    let now: Timestamp = "2027-01-15T12:00:00Z".parse().unwrap();
    let card = Papirkort {
        navn: Secret::new("Ola Fiktiv Testesen".to_owned()),
        antall_ledsagere: 1,
        gyldighet: Gyldighet::Varig,
    };
    let place = StatusReference { uri: liste.to_owned(), index: 5 };
    let card = card.issue(Utsteder { iss, nokkel: &key }, place, now, &rng).unwrap();
    let mut door = Door::new();
    door.made["at"] = now.to_string().into();
    std::fs::write(door.path("issuers.json"), json!({ iss: jwks(&[&key]) }).to_string()).unwrap();
    let (output, text) = door.verify(card.expose().as_bytes(), &["--audience", "https://kino.example"]);
    assert_eq!(output.status.code(), Some(3), "there is no list at hand: {text}");
    for line in ["GYLDIG", "Kort:         på papir", "Gyldig til:   varig", "Navn:         Ola Fiktiv Testesen"] {
        assert!(text.lines().any(|said| said == line), "{line} is not in\n{text}");
    }
    assert!(
        text.contains("ADVARSEL: Dette er et kort på papir, og koden kan være kopiert. Sammenlign navnet"),
        "{text}"
    );
    let (_, text) = door.verify(card.expose().as_bytes(), &["--json"]);
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&answer["papir"], &answer["bildeStemmer"]), (&true.into(), &false.into()));
    let (_, text) = door.verify(card.expose().as_bytes(), &["--nonce", "n"]);
    assert!(text.contains("KORT.IKKE_BUNDET"), "{text}");
}

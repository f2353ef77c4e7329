//! `meldeport card key`, `proof` and `show`: the phone's part, from the command line.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

use jiff::{SignedDuration, Timestamp};
use meldeport::{
    crypto::{
        es256::SigningKey,
        issuers::jwks,
        possession::{self, Expected},
        sd_jwt::StatusReference,
    },
    kort::{Gyldighet, Kort, Utsteder},
    system::{Secret, SeededRng},
};
use serde_json::{Value, json};

const ISS: &str = "https://lillevik.example";
const NOW: &str = "2027-01-15T12:00:00Z";

fn card(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meldeport"));
    command.current_dir(folder).arg("card").args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A folder with a phone's key, a card that is bound to it, and its issuer's keys.
fn phone() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    text(&card(folder.path(), &["key", "holder.jwk"]));
    let jwk: Value = serde_json::from_slice(&std::fs::read(path("holder.jwk")).unwrap()).unwrap();
    let (holder, issuer) = (SigningKey::from_jwk(&jwk).unwrap(), SigningKey::make(&SeededRng::new(5)).unwrap());
    let kort = Kort {
        navn: Secret::new("Kari Fiktiv Testesen".to_owned()),
        fodselsdato: None,
        fodselsnummer: None,
        antall_ledsagere: 1,
        gyldighet: Gyldighet::Varig,
        bilde: None,
    };
    let now: Timestamp = NOW.parse().unwrap();
    let status = StatusReference { uri: format!("{ISS}/ledsagerbevis/status/1"), index: 3 };
    let by = Utsteder { iss: ISS, nokkel: &issuer };
    let until = now + SignedDuration::from_hours(24);
    let issued = kort.issue(by, holder.public(), status, now, until, &SeededRng::new(6)).unwrap();
    std::fs::write(path("card.txt"), format!("{}\n", issued.expose())).unwrap();
    std::fs::write(path("issuers.json"), json!({ ISS: jwks(&[&issuer]) }).to_string()).unwrap();
    folder
}

#[test]
fn what_is_shown_is_judged_by_the_other_command() {
    let folder = phone();
    let show = ["show", "card.txt", "--key", "holder.jwk", "--now", NOW, "--audience", "https://kino.example"];
    let shown =
        text(&card(folder.path(), &[&show[..], &["--claim", "navn", "--svg", "a.svg", "--png", "a.png"]].concat()));
    std::fs::write(folder.path().join("shown.txt"), &shown).unwrap();
    let judge = ["verify", "shown.txt", "--issuers", "issuers.json", "--now", NOW, "--json"];
    let judged = card(folder.path(), &[&judge[..], &["--audience", "https://kino.example"]].concat());
    let verdict: Value = serde_json::from_slice(&judged.stdout).unwrap();
    assert_eq!((&verdict["gyldig"], &verdict["navn"]), (&json!(true), &json!("Kari Fiktiv Testesen")));
    let picture = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert!(picture("a.svg").starts_with(b"<svg ") && picture("a.png").starts_with(b"\x89PNG"));
    let again = text(&card(folder.path(), &show));
    assert!(!again.contains(shown.trim().split('~').nth(1).unwrap()), "the name is kept back");
    let unknown = card(folder.path(), &[&show[..], &["--claim", "fodselsnummer"]].concat());
    assert!(!unknown.status.success() && String::from_utf8_lossy(&unknown.stderr).contains("fodselsnummer"));
}

#[test]
fn a_phone_shows_that_it_has_its_key() {
    let folder = phone();
    let proof = ["proof", "--key", "holder.jwk", "--issuer", ISS, "--nonce", "n", "--now", NOW];
    let proof = text(&card(folder.path(), &proof));
    let (max_age, skew) = (SignedDuration::from_mins(5), SignedDuration::from_secs(30));
    let expected = Expected { audience: ISS, now: NOW.parse().unwrap(), max_age, skew };
    assert_eq!(possession::verify(proof.trim(), &expected).unwrap().nonce, "n");
    let mode = std::fs::metadata(folder.path().join("holder.jwk")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = card(folder.path(), &["key", "holder.jwk"]);
    assert!(!again.status.success(), "a key is not written over");
}

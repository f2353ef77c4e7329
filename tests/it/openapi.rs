//! `meldeport openapi check|bless|diff`, by the program itself, in a folder of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use meldeport::versions::{Versjonert, utgivelse::number};
use semver::Version;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The document that the tests change.
const DOCUMENT: &str = "print-v1";

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The documents, and nothing published.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.restore();
        folder
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    /// Writes the documents as the program has them.
    fn restore(&self) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_meldeport"));
        let output = command.args(["openapi", "write", "--dir"]).arg(self.path("api-spec")).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    fn document(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path(&format!("api-spec/{DOCUMENT}.json"))).unwrap()).unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut Value)) {
        let mut document = self.document();
        change(&mut document);
        fs::write(self.path(&format!("api-spec/{DOCUMENT}.json")), document.to_string()).unwrap();
    }

    fn edition(&self, number: &Version) -> PathBuf {
        self.path(&format!("versions/print/v1/openapi-{number}.json"))
    }

    /// Whether it went well, and what it said.
    fn run(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_meldeport"));
        command.arg("openapi").args(arguments);
        command.arg("--dir").arg(self.path("api-spec")).arg("--versions").arg(self.path("versions"));
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), said)
    }

    #[track_caller]
    fn well(&self, arguments: &[&str]) -> String {
        let (good, said) = self.run(arguments);
        assert!(good, "{said}");
        said
    }

    #[track_caller]
    fn refused(&self, arguments: &[&str], why: &str) {
        let (good, said) = self.run(arguments);
        assert!(!good && said.contains(why), "{said}");
    }
}

fn set_number(document: &mut Value, number: &Version) {
    document["info"]["version"] = number.to_string().into();
}

/// A new operation.
fn add(document: &mut Value) {
    let answer = json!({ "204": { "description": "Ingenting." } });
    document["paths"]["/nytt"]["get"] = json!({ "operationId": "getNytt", "responses": answer });
}

#[test]
fn a_document_is_published_once_and_kept() {
    let folder = Folder::new();
    assert!(folder.well(&["diff", DOCUMENT]).contains("utkast, ikke utgitt"));
    folder.well(&["bless"]);
    assert!(folder.well(&["check"]).contains("som utgave"));
    assert!(folder.well(&["bless"]).contains("er alt utgitt"));
    let edition = folder.edition(&number(&folder.document()).unwrap());
    let text = fs::read_to_string(&edition).unwrap();
    let committed = fs::read_to_string(folder.path(&format!("api-spec/{DOCUMENT}.json"))).unwrap();
    assert!(text == committed, "byte for byte");
    // Whoever changes, removes or adds an edition by hand is told.
    fs::write(&edition, format!("{text} ")).unwrap();
    folder.refused(&["check"], "endret etter at den ble utgitt");
    folder.refused(&["bless"], "det som er utgitt, er endret");
    fs::remove_file(&edition).unwrap();
    folder.refused(&["check"], "en utgave kan ikke fjernes");
    fs::write(&edition, &text).unwrap();
    fs::write(folder.edition(&"1.99.0".parse().unwrap()), &text).unwrap();
    folder.refused(&["check"], "ikke låst");
}

#[test]
fn an_addition_makes_a_new_minor_and_less_at_most_a_patch() {
    let folder = Folder::new();
    folder.well(&["bless", DOCUMENT]);
    let first = number(&folder.document()).unwrap();
    let (patch, minor) =
        (Version::new(first.major, first.minor, first.patch + 1), Version::new(first.major, first.minor + 1, 0));
    folder.change(|document| document["info"]["description"] = "Bedre sagt.".into());
    folder.refused(&["bless", DOCUMENT], &format!("neste er {patch}"));
    folder.change(|document| set_number(document, &minor));
    folder.refused(&["bless", DOCUMENT], &format!("skal ha versjon {patch}, ikke {minor}"));
    folder.change(|document| set_number(document, &patch));
    folder.well(&["bless", DOCUMENT]);
    folder.change(add);
    folder.refused(&["bless", DOCUMENT], &format!("skal ha versjon {minor}, ikke {patch}"));
    assert!(!folder.edition(&minor).exists());
    let said = folder.well(&["diff", DOCUMENT]);
    for part in ["tillegg", "operasjon-ny", "/paths/~1nytt/get", "Gjelder getNytt.", &format!("kommer {minor}")] {
        assert!(said.contains(part), "{part}: {said}");
    }
    folder.change(|document| set_number(document, &minor));
    folder.well(&["bless", DOCUMENT]);
    assert!(folder.edition(&minor).exists() && folder.edition(&patch).exists() && folder.edition(&first).exists());
    // What the program writes now lacks what has been published.
    folder.restore();
    folder.refused(&["check"], "operasjon-fjernet");
}

#[test]
fn what_breaks_is_refused_within_a_major_version() {
    let folder = Folder::new();
    folder.well(&["bless", DOCUMENT]);
    let first = number(&folder.document()).unwrap();
    let next = Version::new(first.major, first.minor + 1, 0);
    let path = |rest: &str| folder.path(rest).display().to_string();
    fs::copy(path(&format!("api-spec/{DOCUMENT}.json")), path("before.json")).unwrap();
    folder.change(|document| {
        document["paths"].as_object_mut().unwrap().retain(|path, _| path != "/brev/{brevId}/avvist");
        set_number(document, &next);
    });
    folder.refused(&["bless", DOCUMENT], &format!("eller lag v{} ved siden av", first.major + 1));
    folder.refused(&["bless", DOCUMENT], "operasjon-fjernet");
    assert!(!folder.edition(&next).exists());
    folder.change(|document| set_number(document, &Version::new(first.major + 1, 0, 0)));
    folder.refused(&["bless", DOCUMENT], "hører ikke til v1");
    let between = folder.well(&["diff", "--from", &path("before.json"), "--to", &path("api-spec/print-v1.json")]);
    assert!(between.contains("1 brudd") && between.contains("postBrevAvvist"), "{between}");
    folder.refused(&["diff", "print-v7"], "dokumentet finnes ikke");
}

#[test]
fn an_addition_asks_for_a_higher_number_in_the_manifest() {
    let folder = Folder::new();
    // Published without one operation, so that what the program writes has one more.
    folder.change(|document| document["paths"].as_object_mut().unwrap().retain(|path, _| !path.ends_with("/avvist")));
    folder.well(&["bless", DOCUMENT]);
    let first = number(&folder.document()).unwrap();
    folder.restore();
    folder.refused(&["check"], &format!("skal ha versjon {}", Version::new(first.major, first.minor + 1, 0)));
}

/// The headings of a service's `CHANGES.md`: the number and the date of each minor, newest first.
fn entries(service: &str) -> Vec<(Version, jiff::civil::Date)> {
    let path = repository().join("versions").join(service).join("CHANGES.md");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let headings = text.lines().filter_map(|line| line.strip_prefix("## "));
    let entry = |heading: &str| {
        let (number, date) = heading.split_once(" – ").unwrap_or_else(|| panic!("{service}: {heading}"));
        (number.parse().unwrap(), date.parse().unwrap())
    };
    headings.map(entry).collect()
}

#[test]
fn every_version_has_its_entry_for_vendors() {
    for version in Versjonert::ALL {
        let told = entries(version.tjeneste());
        let numbers: Vec<&Version> = told.iter().map(|(number, _)| number).collect();
        let current: Version = version.manifest().version.parse().unwrap();
        let minor = Version::new(current.major, current.minor, 0);
        assert!(numbers.contains(&&minor), "{version:?}: {minor} is not in CHANGES.md");
        assert!(told.is_sorted_by(|a, b| a.1 >= b.1), "{version:?}: the newest comes first");
        let own: Vec<_> = numbers.into_iter().filter(|number| number.major == current.major).collect();
        assert!(own.is_sorted_by(|a, b| a > b), "{version:?}: {own:?}");
    }
}

//! The page on what is defended names tests; each of them must be there.

use std::{fs, path::Path};

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/threats.md")).unwrap()
}

/// The source of a module of this binary, or of the program's.
fn module(path: &[&str]) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = if path.first() == Some(&"src") { root.to_owned() } else { root.join("tests/it") };
    let tests = folder.join(path.join("/"));
    fs::read_to_string(tests.with_extension("rs")).or_else(|_| fs::read_to_string(tests.join("mod.rs"))).ok()
}

/// What of a row's last column names a test that is not there.
fn missing(page: &str) -> (usize, Vec<&str>) {
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---"));
    let last = rows.filter_map(|row| row.trim_end_matches(" |").rsplit_once(" | ")).map(|(_, last)| last);
    let named: Vec<&str> = last.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let is_there = |name: &&str| {
        let path: Vec<&str> = name.split("::").collect();
        let (test, modules) = path.split_last().unwrap();
        module(&path).is_some() || module(modules).is_some_and(|source| source.contains(&format!("fn {test}(")))
    };
    (named.len(), named.into_iter().filter(|name| !is_there(name)).collect())
}

#[test]
fn each_test_that_the_page_names_exists() {
    let page = page();
    let (named, missing) = missing(&page);
    assert!(named >= 25, "{named}");
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn a_test_that_is_gone_is_noticed() {
    assert_eq!(missing("| a | b | `auth::no_such_test`, `no_such_file` |").1, ["auth::no_such_test", "no_such_file"]);
}

#[test]
fn the_ten_risks_are_all_there() {
    let page = page();
    for n in 1..=10 {
        assert!(page.contains(&format!("\n| API{n} ")), "API{n}");
    }
}

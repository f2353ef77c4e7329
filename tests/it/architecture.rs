//! The layers of the house: a lower one never imports a higher one. Reads the sources as text.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Every room, and the rooms that it may import besides itself. A room that is not here makes the test stop: say where
/// it belongs.
const ROOMS: &[(&str, &[&str])] = &[
    // For the wrapper of what is never printed.
    ("model", &["system::secret"]),
    ("system", &[]),
    ("crypto", &["model", "system"]),
    ("skjema", &["model", "system"]),
    ("pdf", &["model", "system"]),
    ("versions", &["model", "system"]),
    ("epost", &["model", "system"]),
    ("spool", &["model", "system"]),
    ("bilde", &["model", "system"]),
    ("sms", &["model", "system"]),
    ("personregister", &["model", "system"]),
    ("auth", &["crypto", "model", "system"]),
    ("kort", &["crypto", "model", "system"]),
    ("store", &["model", "crypto::at_rest", "system"]),
    (
        "domain",
        &[
            "store",
            "crypto",
            "skjema",
            "pdf",
            "auth",
            "versions",
            "epost",
            "spool",
            "kort",
            "bilde",
            "sms",
            "personregister",
            "model",
            "system",
        ],
    ),
    ("http", &["domain", "auth", "crypto", "kort", "versions", "skjema", "model", "system"]),
    ("delivery", &["domain", "store", "crypto", "epost", "model", "system"]),
];

/// The composition root and what stands beside it; these may import any room.
const TOP: &[&str] = &["main", "lib", "cli", "app", "serve", "config", "client", "sandbox"];

/// Lines of a file.
const HARD_LIMIT: usize = 500;

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                into.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "migrations/src", "tests"] {
        walk(&root.join(folder), &mut files);
    }
    let read = |path: PathBuf| (path.strip_prefix(root).unwrap().to_owned(), fs::read_to_string(&path).unwrap());
    files.into_iter().map(read).collect()
}

/// The room that a file belongs to: `src/http/v1/x.rs` is `http`, `src/lib.rs` is `lib`.
fn room(path: &Path) -> Option<String> {
    let below = path.strip_prefix("src").ok()?;
    let first = below.components().next()?.as_os_str().to_str()?;
    Some(first.trim_end_matches(".rs").to_owned())
}

/// What a file says, without comments and without the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// Files that only tests compile.
fn is_test(path: &Path) -> bool {
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    path.components().any(|part| part.as_os_str() == "tests") || ["tests", "proptests", "testdata"].contains(&name)
}

/// Every path below `crate::` that a text names, imported in a group or not, to a depth of two: `store`, `crypto::cms`.
fn crate_paths(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        expand(&text[at + "crate::".len()..], "", &mut found);
    }
    found
}

/// Reads one use tree and returns what is left after it.
fn expand<'t>(text: &'t str, prefix: &str, found: &mut BTreeSet<String>) -> &'t str {
    let text = text.trim_start();
    let join = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}::{name}") };
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            if rest.is_empty() {
                return rest;
            }
            let after = expand(rest, prefix, found).trim_start();
            rest = after.strip_prefix(',').unwrap_or(after);
            if rest.len() == after.len() && !rest.starts_with('}') {
                return rest;
            }
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let path = join(name);
    match rest.strip_prefix("::") {
        Some(deeper) => expand(deeper, &path, found),
        None => {
            let words: Vec<&str> = path.split("::").take(2).collect();
            found.insert(words.join("::"));
            rest.strip_prefix(" as ")
                .map_or(rest, |alias| alias.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'))
        }
    }
}

fn allowed(room: &str, import: &str) -> bool {
    let target = import.split("::").next().unwrap_or(import);
    if TOP.contains(&room) || target == room {
        return true;
    }
    let Some((_, imports)) = ROOMS.iter().find(|(name, _)| *name == room) else { panic!("{room} is a new room") };
    imports.iter().any(|allowed| *allowed == target || import.starts_with(allowed))
}

#[test]
fn the_reader_understands_every_form_of_import() {
    let text = "use crate::{\n    a::{b, c::{self, D}},\n    e as f, g::*,\n};\nuse crate::h::i::J; crate::k::l();";
    let expected = ["a::b", "a::c", "e", "g::*", "h::i", "k::l"];
    assert_eq!(crate_paths(text), expected.into_iter().map(str::to_owned).collect());
    assert!(allowed("http", "domain::Services") && !allowed("http", "store::Store") && !allowed("http", "delivery"));
    assert!(!allowed("store", "domain") && !allowed("store", "crypto::cms") && allowed("store", "crypto::at_rest"));
    assert!(!allowed("domain", "http::wire") && !allowed("domain", "config") && allowed("cli", "http"));
}

#[test]
fn a_lower_layer_never_imports_a_higher_one() {
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for (path, text) in sources() {
        let Some(room) = room(&path).filter(|_| !is_test(&path)) else { continue };
        for import in crate_paths(&code(&text)) {
            arrows += 1;
            if !allowed(&room, &import) {
                wrong.push(format!("{}: {room} may not import {import}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(arrows > 100, "the reader reads nothing: {arrows}");
}

#[test]
fn only_the_store_knows_the_database() {
    for (path, text) in sources() {
        if path.starts_with("src") && room(&path).as_deref() != Some("store") {
            for name in ["sea_orm", "sqlx", "migrations::"] {
                assert!(!code(&text).contains(name), "{}: {name}", path.display());
            }
        }
        if path.starts_with("migrations") {
            assert!(!text.contains("entity::"), "{}: a migration must not change with the entities", path.display());
        }
    }
}

#[test]
fn time_and_randomness_are_named_by_main_only() {
    for (path, text) in sources() {
        let at_home = ["src/main.rs", "src/system"].iter().any(|home| path.starts_with(home));
        if path.starts_with("src") && !at_home && !is_test(&path) {
            for name in ["SystemClock", "OsRng"] {
                assert!(!code(&text).contains(name), "{}: take a {name} as an argument", path.display());
            }
        }
    }
}

#[test]
fn the_sandbox_is_not_part_of_what_serves() {
    for (path, text) in sources() {
        let Some(room) = room(&path).filter(|_| !is_test(&path)) else { continue };
        if !["sandbox", "cli", "lib", "main"].contains(&&*room) {
            assert!(!code(&text).contains("sandbox::"), "{}", path.display());
        }
    }
}

#[test]
fn no_file_is_too_long_to_be_read() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= HARD_LIMIT, "{}: {lines} lines", path.display());
    }
}

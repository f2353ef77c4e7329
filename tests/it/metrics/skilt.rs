//! The names that are told, and those that the files of `ops/` ask for: an alert on a name that nobody tells never rings.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::Value;

fn read(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names in an answer, as one asks for them.
pub fn told(text: &str) -> BTreeSet<String> {
    let kinds = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    kinds
        .map(|(name, kind)| match kind {
            "counter" => format!("{name}_total"),
            "info" => format!("{name}_info"),
            _ => name.to_owned(),
        })
        .collect()
}

/// The names in the table of `docs/metrics.md`, which another test holds against what is told.
fn documented() -> BTreeSet<String> {
    let rows = read("docs/metrics.md");
    let names = rows.lines().filter_map(|line| line.strip_prefix("| `meldeport_"));
    names.map(|rest| format!("meldeport_{}", rest.split(['`', '{']).next().unwrap())).collect()
}

/// Every name that a text asks for.
fn asked(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let names = words.filter(|word| word.starts_with("meldeport_"));
    let whole = |name: &str| {
        let parts = ["_bucket", "_count", "_sum"];
        parts.iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name).to_owned()
    };
    names.map(whole).collect()
}

/// The values of a key, wherever they stand.
fn all<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == key => found.push(text),
                    _ => all(value, key, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| all(value, key, found)),
        _ => {}
    }
}

/// What stands behind `key:` on the lines of a YAML file.
fn lines<'t>(text: &'t str, key: &str) -> Vec<&'t str> {
    let key = format!("{key}: ");
    text.lines().filter_map(|line| line.trim_start().trim_start_matches("- ").strip_prefix(&key)).collect()
}

#[test]
fn each_query_of_the_dashboard_asks_for_what_is_told() {
    let dashboard: Value = serde_json::from_str(&read("ops/grafana-dashboard.json")).unwrap();
    let mut queries = Vec::new();
    all(&dashboard, "expr", &mut queries);
    assert!(queries.len() > 15, "{}", queries.len());
    for query in queries {
        let names = asked(query);
        assert!(!names.is_empty() && names.is_subset(&documented()), "{query}");
    }
}

#[test]
fn each_alert_asks_for_what_is_told_and_has_its_lines_in_the_runbook() {
    let (rules, runbook) = (read("ops/prometheus-alerts.yml"), read("docs/operations.md"));
    assert!(asked(&rules).is_subset(&documented()), "{:?}", asked(&rules).difference(&documented()));
    let alerts: BTreeSet<&str> = lines(&rules, "alert").into_iter().collect();
    assert!(alerts.len() >= 12);
    let told: BTreeSet<&str> = runbook.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    assert_eq!(told, alerts, "one part of the runbook for each alert");
    let tests = read("ops/prometheus-alerts.test.yml");
    let tested: BTreeSet<&str> = lines(&tests, "alertname").into_iter().collect();
    assert_eq!(tested, alerts, "each alert has a test that makes it ring");
}

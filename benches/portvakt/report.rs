//! What was measured: a table for people, or JSON for machines, with how it was run.

use serde_json::{Map, Value, json};

use crate::{Common, http};

pub struct Report {
    name: &'static str,
    database: &'static str,
    seed: u64,
    json: bool,
    rows: Vec<Map<String, Value>>,
    notes: Vec<String>,
}

impl Report {
    pub fn new(name: &'static str, common: &Common) -> Self {
        let database = if common.database.is_some() { "PostgreSQL" } else { "SQLite" };
        Self { name, database, seed: common.seed, json: common.json, rows: Vec::new(), notes: Vec::new() }
    }

    /// Adds a row; those of one table have the same keys.
    pub fn row(&mut self, row: Value) {
        if let Value::Object(row) = row {
            let told: Vec<_> = row.iter().map(|(name, value)| format!("{name} {}", shown(value))).collect();
            eprintln!("  {}", told.join("   "));
            self.rows.push(row);
        }
    }

    /// Something that is no row.
    pub fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        eprintln!("  {note}");
        self.notes.push(note);
    }

    pub fn print(&self) {
        let ended = if http::stopped() { "stopped before its end" } else { "to its end" };
        if self.json {
            let run = json!({
                "run": self.name, "database": self.database, "machine": machine(), "seed": self.seed, "ended": ended,
                "load": load(), "rows": self.rows, "notes": self.notes,
            });
            println!("{run}");
            return;
        }
        println!(
            "{} on {}, {}; seed {}; {ended}; load average {}",
            self.name,
            self.database,
            machine(),
            self.seed,
            load()
        );
        let mut rest = self.rows.as_slice();
        while let Some(first) = rest.first() {
            let same = rest.iter().take_while(|row| row.keys().eq(first.keys())).count();
            let (table, others) = rest.split_at(same);
            print_table(table);
            rest = others;
        }
        for note in &self.notes {
            println!("{note}");
        }
    }
}

fn print_table(rows: &[Map<String, Value>]) {
    let Some(first) = rows.first() else { return };
    let names: Vec<&String> = first.keys().collect();
    let cells: Vec<Vec<String>> = rows.iter().map(|row| row.values().map(shown).collect()).collect();
    let width = |column: usize| {
        let widest = cells.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        widest.max(names[column].chars().count())
    };
    let line = |row: Vec<&str>| {
        let padded = row.iter().enumerate().map(|(column, cell)| format!("{cell:>width$}", width = width(column)));
        println!("{}", padded.collect::<Vec<_>>().join("  "));
    };
    line(names.iter().map(|name| name.as_str()).collect());
    for row in &cells {
        line(row.iter().map(String::as_str).collect());
    }
    println!();
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        Value::Number(number) => match number.as_f64() {
            Some(n) if number.is_f64() && n.abs() >= 100.0 => format!("{n:.0}"),
            Some(n) if number.is_f64() => format!("{n:.2}"),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        info.lines().find_map(|line| line.strip_prefix("model name")).map(|rest| rest.trim_matches([' ', '\t', ':']));
    let build = if cfg!(debug_assertions) { "an unoptimised build" } else { "an optimised build" };
    format!("{cores} cores of {}, {build}", model.unwrap_or("an unknown processor"))
}

/// What else the machine had to do: of the last minute, five and fifteen.
fn load() -> String {
    let average = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    average.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// The value below which this share of them is. Sorts them.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let at = (share * last as f64).round() as usize;
    values.get(at).copied().unwrap_or(f64::NAN)
}

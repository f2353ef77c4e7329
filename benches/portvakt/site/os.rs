//! What Linux tells of a process.

use std::fs;

/// By its id.
#[derive(Debug, Clone, Copy)]
pub struct Process(pub u32);

/// `USER_HZ`, which Linux shows times in whatever its own clock does.
const TICKS: f64 = 100.0;

impl Process {
    pub fn own() -> Self {
        Self(std::process::id())
    }

    /// Seconds of processor time so far.
    pub fn cpu(self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap();
        // The name in brackets may hold anything; counted from its end, user and system time are the 12th and 13th.
        let (_, rest) = stat.rsplit_once(')').unwrap();
        rest.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / TICKS
    }

    /// Megabytes in memory now.
    pub fn resident(self) -> f64 {
        self.status("VmRSS:")
    }

    /// The most it ever was.
    pub fn peak(self) -> f64 {
        self.status("VmHWM:")
    }

    fn status(self, name: &str) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }
}

/// Seconds that all processors together have worked, whoever for.
pub fn busy() -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap();
    let first = stat.lines().next().unwrap();
    let ticks: Vec<f64> = first.split_whitespace().skip(1).map(|ticks| ticks.parse().unwrap()).collect();
    // Without the fourth and fifth, which are idle and waiting for the disk, and the guests', which are counted already.
    ticks.iter().enumerate().filter(|(n, _)| *n < 8 && *n != 3 && *n != 4).map(|(_, ticks)| ticks).sum::<f64>() / TICKS
}

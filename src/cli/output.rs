//! Lines for the person or program that called us.

use std::fmt::Display;

/// Writes a line to standard output.
#[expect(clippy::print_stdout, reason = "the one place where a command answers on standard output")]
pub fn line(text: impl Display) {
    println!("{text}");
}

/// Writes a line to standard error.
#[expect(clippy::print_stderr, reason = "the one place where a command complains on standard error")]
pub fn complain(text: impl Display) {
    eprintln!("{text}");
}

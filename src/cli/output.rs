//! Lines for the person or program that called us.

use std::fmt::Display;

/// Writes a line to standard output.
#[expect(clippy::print_stdout, reason = "the one place where a command answers on standard output")]
pub fn line(text: impl Display) {
    println!("{text}");
}

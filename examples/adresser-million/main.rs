//! What a million addresses cost that each call once: with the limiter that the gateway has, and beside it with one that remembers
//! each address.
//!
//! ```text
//! cargo run --release --example adresser-million
//! ```
//!
//! Linux only: resident memory is read from `/proc`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "an example that measures: it stops where it is surprised, and prints"
)]

use std::{
    fs,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
};

use governor::{DefaultKeyedRateLimiter, Quota};
use meldeport::http::{AddressLimiter, RateSettings};

const ADDRESSES: u32 = 1_000_000;

/// Resident memory of this process, in bytes.
fn resident() -> i64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<i64>().unwrap() * 4096
}

/// Networks of households, one after the other.
fn address(n: u32) -> IpAddr {
    let [a, b] = [n >> 16, n & 0xFFFF].map(|half| u16::try_from(half).unwrap());
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xDB8, a, b, 0, 0, 0, 1))
}

fn main() {
    let before = resident();
    let limiter = AddressLimiter::per_second(&RateSettings { per_second: 1, burst: 60 }).unwrap();
    let refused = (0..ADDRESSES).filter(|n| limiter.check(address(*n)).is_err()).count();
    let ours = resident() - before;
    println!("{ADDRESSES} addresses, each once, {refused} refused");
    println!("the gateway's limiter:        {:>12} bytes, {} places in use", ours, limiter.remembered());

    let before = resident();
    let each = DefaultKeyedRateLimiter::<IpAddr>::keyed(Quota::per_second(NonZeroU32::MIN));
    for n in 0..ADDRESSES {
        let _ = each.check_key(&address(n));
    }
    println!("one that remembers each:      {:>12} bytes, {} addresses", resident() - before, each.len());
}

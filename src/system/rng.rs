//! Randomness as an argument. Only the composition root names [`OsRng`].

use std::{fmt::Debug, sync::Mutex};

use rand::{RngCore, SeedableRng, TryRngCore, rngs::StdRng};

/// A source of random bytes that may be shared between tasks.
pub trait Rng: Send + Sync + Debug {
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator; fit for keys.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRng;

impl Rng for OsRng {
    #[expect(clippy::expect_used, reason = "without entropy no key is safe: stopping is the only right answer")]
    fn fill(&self, bytes: &mut [u8]) {
        rand::rngs::OsRng.try_fill_bytes(bytes).expect("the operating system gives random bytes");
    }
}

/// A repeatable generator for tests. Never for keys.
#[derive(Debug)]
pub struct SeededRng(Mutex<StdRng>);

impl SeededRng {
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Rng for SeededRng {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).fill_bytes(bytes);
    }
}

/// `N` random bytes.
pub fn random<const N: usize>(rng: &dyn Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill(&mut bytes);
    bytes
}

//! A fair share for every integration. Counted per node, and only after the caller has shown who it is, so nobody can
//! use up another one's share.

use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, clock::Clock as _, clock::DefaultClock};

use crate::model::{Feil, Feilkode, IntegrasjonId};

#[derive(Debug, Clone)]
pub struct RateSettings {
    /// Calls per second in the long run; 0 turns the limit off.
    pub per_second: u32,
    /// Calls that may come at once.
    pub burst: u32,
}

impl Default for RateSettings {
    fn default() -> Self {
        Self { per_second: 100, burst: 400 }
    }
}

#[derive(Debug)]
pub struct RateLimiter {
    limiter: Option<DefaultKeyedRateLimiter<IntegrasjonId>>,
    clock: DefaultClock,
}

impl RateLimiter {
    pub fn new(settings: &RateSettings) -> Self {
        let quota = NonZeroU32::new(settings.per_second).map(|rate| {
            let burst = NonZeroU32::new(settings.burst).unwrap_or(rate);
            Quota::per_second(rate).allow_burst(burst)
        });
        Self { limiter: quota.map(DefaultKeyedRateLimiter::keyed), clock: DefaultClock::default() }
    }

    /// Counts a call. Too many are told how long to wait, in whole seconds.
    pub fn check(&self, integrasjon: IntegrasjonId) -> Result<(), Feil> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter.check_key(&integrasjon).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            Feil::from(Feilkode::ForMange).vent(wait.as_secs() + 1)
        })
    }
}

//! A fair share for every integration. Counted per node, and only after the caller has shown who it is, so nobody can
//! use up another one's share. Every answer says what is left of it, by the IETF's draft-ietf-httpapi-ratelimit-headers.

mod adresse;

use std::{
    num::NonZeroU32,
    sync::{Arc, OnceLock},
    time::Duration,
};

use governor::{
    DefaultKeyedRateLimiter, Quota, clock::Clock as _, clock::DefaultClock, middleware::StateInformationMiddleware,
};
use poem::http::{HeaderMap, HeaderName, HeaderValue};

pub use adresse::{AddressLimiter, Calls, LoginLimiter, LoginSettings};

use crate::model::{Feil, Feilkode, IntegrasjonId};

pub const REMAINING: &str = "RateLimit";
pub const POLICY: &str = "RateLimit-Policy";
const INTEGRASJON: &str = "integrasjon";

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
    limiter: Option<DefaultKeyedRateLimiter<IntegrasjonId, StateInformationMiddleware>>,
    quota: Option<Quota>,
    clock: DefaultClock,
}

/// What is left to the integration that calls, once it is known who that is. Travels with the request, and what is
/// written into it is told with the answer.
#[derive(Debug, Clone, Default)]
pub struct Share(Arc<OnceLock<Left>>);

#[derive(Debug)]
struct Left {
    /// Whose share it is.
    of: &'static str,
    quota: Quota,
    calls: u32,
    /// Until the share is whole again, or, when nothing is left, until the next call.
    wait: Duration,
}

impl RateLimiter {
    pub fn new(settings: &RateSettings) -> Self {
        let quota = NonZeroU32::new(settings.per_second).map(|rate| {
            let burst = NonZeroU32::new(settings.burst).unwrap_or(rate);
            Quota::per_second(rate).allow_burst(burst)
        });
        let limiter =
            quota.map(|quota| DefaultKeyedRateLimiter::keyed(quota).with_middleware::<StateInformationMiddleware>());
        Self { limiter, quota, clock: DefaultClock::default() }
    }

    /// Counts a call. Too many are told how long to wait, in whole seconds.
    pub fn check(&self, integrasjon: IntegrasjonId, share: Option<&Share>) -> Result<(), Feil> {
        let (Some(limiter), Some(quota)) = (&self.limiter, self.quota) else { return Ok(()) };
        let checked = limiter.check_key(&integrasjon);
        let left = match &checked {
            Ok(state) => {
                let calls = state.remaining_burst_capacity();
                let used = quota.burst_size().get().saturating_sub(calls);
                Left { of: INTEGRASJON, quota, calls, wait: quota.replenish_interval() * used }
            }
            Err(not_until) => {
                Left { of: INTEGRASJON, quota, calls: 0, wait: not_until.wait_time_from(self.clock.now()) }
            }
        };
        let wait = left.wait;
        if let Some(Share(share)) = share {
            // A call is counted once.
            let _ = share.set(left);
        }
        checked.map(|_| ()).map_err(|_| Feil::from(Feilkode::ForMange).vent(wait.as_secs() + 1))
    }
}

impl Share {
    /// Tells what is left; nothing where nothing was counted.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let Some(Left { of, quota, calls, wait }) = self.0.get() else { return };
        let window = quota.burst_size_replenished_in().as_secs().max(1);
        let policy = format!(r#""{of}";q={};w={window}"#, quota.burst_size());
        let left = format!(r#""{of}";r={calls};t={}"#, wait.as_secs() + 1);
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", left)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

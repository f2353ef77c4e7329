//! A fair share for every integration. Counted per node, and only after the caller has shown who it is, so nobody can
//! use up another one's share. Every answer says what is left of it, by the IETF's draft-ietf-httpapi-ratelimit-headers.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Arc, OnceLock},
    time::Duration,
};

use governor::{
    DefaultKeyedRateLimiter, Quota, clock::Clock as _, clock::DefaultClock, middleware::StateInformationMiddleware,
};
use poem::{
    Request,
    http::{HeaderMap, HeaderName, HeaderValue},
};

use crate::model::{Feil, Feilkode, IntegrasjonId};

pub const REMAINING: &str = "RateLimit";
pub const POLICY: &str = "RateLimit-Policy";

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
                Left { quota, calls, wait: quota.replenish_interval() * used }
            }
            Err(not_until) => Left { quota, calls: 0, wait: not_until.wait_time_from(self.clock.now()) },
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
        let Some(Left { quota, calls, wait }) = self.0.get() else { return };
        let window = quota.burst_size_replenished_in().as_secs().max(1);
        let policy = format!(r#""integrasjon";q={};w={window}"#, quota.burst_size());
        let left = format!(r#""integrasjon";r={calls};t={}"#, wait.as_secs() + 1);
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", left)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

/// Addresses that are remembered before it is looked at which can be forgotten.
const MANY: usize = 10_000;

/// How often citizens may try to log in from one address.
#[derive(Debug, Clone)]
pub struct LoginSettings {
    /// In the long run; 0 turns the limit off.
    pub per_minute: u32,
    /// Calls that may come at once.
    pub burst: u32,
    /// Where the operator's own proxy says whose call it is.
    pub header: Option<String>,
}

impl Default for LoginSettings {
    fn default() -> Self {
        Self { per_minute: 60, burst: 60, header: None }
    }
}

/// A share for every address that codes are asked for, or guessed at, from. The caller has not said who it is, so there is
/// nothing else to count by.
#[derive(Debug)]
pub struct LoginLimiter {
    limiter: Option<DefaultKeyedRateLimiter<IpAddr>>,
    clock: DefaultClock,
    header: Option<String>,
}

impl LoginLimiter {
    pub fn new(settings: &LoginSettings) -> Self {
        let limiter = NonZeroU32::new(settings.per_minute).map(|rate| {
            let burst = NonZeroU32::new(settings.burst).unwrap_or(rate);
            DefaultKeyedRateLimiter::keyed(Quota::per_minute(rate).allow_burst(burst))
        });
        Self { limiter, clock: DefaultClock::default(), header: settings.header.clone() }
    }

    /// Counts a call. Too many are told how long to wait, in whole seconds.
    pub fn check(&self, request: &Request) -> Result<(), Feil> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        if limiter.len() > MANY {
            // Those that have their whole share again need not be remembered.
            limiter.retain_recent();
        }
        limiter.check_key(&self.address(request)).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            Feil::from(Feilkode::EngangspassordForMange).vent(wait.as_secs() + 1)
        })
    }

    fn address(&self, request: &Request) -> IpAddr {
        let told = self.header.as_ref().and_then(|name| {
            // Only what the operator's own proxy has added, at the end, is to be believed.
            let last = request.headers().get_all(name).iter().next_back()?.to_str().ok()?;
            last.rsplit(',').next()?.trim().parse::<IpAddr>().ok()
        });
        let peer = || request.remote_addr().as_socket_addr().map(|address| address.ip());
        match told.or_else(peer).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)) {
            // A household has a network of these, not one address.
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            address @ IpAddr::V4(_) => address,
        }
    }
}

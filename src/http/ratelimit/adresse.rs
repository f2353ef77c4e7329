//! Shares of those who have not said who they are: by the address that they call from. However many addresses there are, what is
//! remembered of them has one size: each has its place among so many by a keyed hash that nobody outside can foretell. Two that
//! share a place share its calls.

use std::{
    hash::{BuildHasher as _, RandomState},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::NonZeroU32,
    time::Duration,
};

use governor::{DefaultKeyedRateLimiter, Quota, clock::Clock as _, clock::DefaultClock};
use poem::Request;

use super::{Left, RateSettings, Share};
use crate::model::{Feil, Feilkode};

const ADRESSE: &str = "adresse";

/// How often anybody may call from one address.
#[derive(Debug)]
pub struct AddressLimiter {
    limiter: DefaultKeyedRateLimiter<u16>,
    quota: Quota,
    clock: DefaultClock,
    places: RandomState,
}

impl AddressLimiter {
    fn new(quota: Quota) -> Self {
        let limiter = DefaultKeyedRateLimiter::keyed(quota);
        Self { limiter, quota, clock: DefaultClock::default(), places: RandomState::new() }
    }

    /// `None` where there is no limit.
    pub fn per_second(settings: &RateSettings) -> Option<Self> {
        let rate = NonZeroU32::new(settings.per_second)?;
        let burst = NonZeroU32::new(settings.burst).unwrap_or(rate);
        Some(Self::new(Quota::per_second(rate).allow_burst(burst)))
    }

    /// Counts a call.
    ///
    /// # Errors
    /// How long to wait, when there are too many.
    pub fn check(&self, address: IpAddr) -> Result<(), Duration> {
        // A place for each two bytes: 65,536 at most.
        let place = (self.places.hash_one(address) >> 48) as u16;
        self.limiter.check_key(&place).map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }

    /// How many places are in use.
    pub fn remembered(&self) -> usize {
        self.limiter.len()
    }
}

/// How often citizens may try to log in from one address, and anybody may call from one.
#[derive(Debug, Clone)]
pub struct LoginSettings {
    /// In the long run; 0 turns the limit off.
    pub per_minute: u32,
    /// Calls that may come at once.
    pub burst: u32,
    /// Where the operator's own proxy says whose call it is.
    pub header: Option<String>,
    /// Calls of any kind; only of use where it is known where they come from.
    pub calls: RateSettings,
}

impl Default for LoginSettings {
    fn default() -> Self {
        Self { per_minute: 60, burst: 60, header: None, calls: RateSettings { per_second: 0, burst: 0 } }
    }
}

/// Calls of any kind, before anything is done for them.
#[derive(Debug)]
pub struct Calls {
    limiter: Option<AddressLimiter>,
    header: Option<String>,
}

impl Calls {
    pub fn new(settings: &LoginSettings) -> Self {
        Self { limiter: AddressLimiter::per_second(&settings.calls), header: settings.header.clone() }
    }

    /// Counts a call, but not those that ask whether the gateway is well. Too many are told how long to wait, in whole seconds.
    pub fn check(&self, request: &Request, share: &Share) -> Result<(), Feil> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        if request.uri().path().starts_with("/health") {
            return Ok(());
        }
        limiter.check(address(request, self.header.as_deref())).map_err(|wait| {
            let _ = share.0.set(Left { of: ADRESSE, quota: limiter.quota, calls: 0, wait });
            let told = "Det kommer for mange kall fra denne nettadressen. Vent så lenge som hodet Retry-After sier, og prøv igjen.";
            Feil::from(Feilkode::ForMange).melding(told.to_owned()).vent(wait.as_secs() + 1)
        })
    }
}

/// A share for every address that codes are asked for, or guessed at, from. The caller has not said who it is, so there is
/// nothing else to count by.
#[derive(Debug)]
pub struct LoginLimiter {
    limiter: Option<AddressLimiter>,
    header: Option<String>,
}

impl LoginLimiter {
    pub fn new(settings: &LoginSettings) -> Self {
        let limiter = NonZeroU32::new(settings.per_minute).map(|rate| {
            let burst = NonZeroU32::new(settings.burst).unwrap_or(rate);
            AddressLimiter::new(Quota::per_minute(rate).allow_burst(burst))
        });
        Self { limiter, header: settings.header.clone() }
    }

    /// Counts a call. Too many are told how long to wait, in whole seconds.
    pub fn check(&self, request: &Request) -> Result<(), Feil> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        let checked = limiter.check(address(request, self.header.as_deref()));
        checked.map_err(|wait| Feil::from(Feilkode::EngangspassordForMange).vent(wait.as_secs() + 1))
    }
}

/// Where a call comes from, by the operator's own proxy or by the connection.
fn address(request: &Request, header: Option<&str>) -> IpAddr {
    let told = header.and_then(|name| {
        // Only what the operator's own proxy has added, at the end, is to be believed.
        let last = request.headers().get_all(name).iter().next_back()?.to_str().ok()?;
        last.rsplit(',').next()?.trim().parse::<IpAddr>().ok()
    });
    let peer = || request.remote_addr().as_socket_addr().map(|address| address.ip());
    neighbourhood(told.or_else(peer).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
}

/// What counts as one address.
fn neighbourhood(address: IpAddr) -> IpAddr {
    // A socket that takes both kinds shows the older ones as newer ones that all begin alike.
    match address.to_canonical() {
        // A household has a network of these, not one address.
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(per_second: u32, burst: u32) -> AddressLimiter {
        AddressLimiter::per_second(&RateSettings { per_second, burst }).unwrap()
    }

    #[test]
    fn a_million_addresses_are_remembered_in_the_same_places() {
        let limiter = limiter(1, 1);
        for n in 0..1_000_000_u32 {
            let _ = limiter.check(IpAddr::V4(Ipv4Addr::from_bits(n.wrapping_mul(2_654_435_761))));
        }
        assert!((60_000..=65_536).contains(&limiter.remembered()), "{}", limiter.remembered());
    }

    #[test]
    fn a_noisy_address_has_its_own_share_only() {
        let limiter = limiter(1, 3);
        let [noisy, quiet] = ["192.0.2.1", "198.51.100.7"].map(|address| address.parse().unwrap());
        let refused = (0..1000).filter(|_| limiter.check(noisy).is_err()).count();
        assert!(refused >= 990, "{refused}");
        assert!(limiter.check(quiet).is_ok());
        assert!(limiter.check(noisy).unwrap_err() <= Duration::from_secs(3));
    }

    #[test]
    fn a_household_is_one_address_and_mapped_ones_are_themselves() {
        let of = |text: &str| neighbourhood(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("::ffff:192.0.2.1"), of("::ffff:192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}

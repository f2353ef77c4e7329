//! E-mail addresses, checked when they are made.

use std::{fmt, str::FromStr};

use lettre::Address;

/// An e-mail address that stands for itself in every header and command: ASCII, without quotes, commas or white space. A
/// domain with æ, ø or å is kept as mail servers know it (`xn--…`).
///
/// There is no `Display`, and `Debug` says nothing: an address may be a person's.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Adresse(Address);

/// What is wrong with an address, in Norwegian. Does not hold the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "skal være en e-postadresse, for eksempel barnevern@kommune.example, uten navn, mellomrom eller æ, ø og å foran @"
)]
pub struct InvalidAdresse;

impl Adresse {
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    pub(super) fn domain(&self) -> &str {
        self.0.domain()
    }

    pub(super) fn to_lettre(&self) -> Address {
        self.0.clone()
    }
}

impl FromStr for Adresse {
    type Err = InvalidAdresse;

    fn from_str(text: &str) -> Result<Self, InvalidAdresse> {
        let (user, domain) = text.rsplit_once('@').ok_or(InvalidAdresse)?;
        let domain = idna::domain_to_ascii(domain).map_err(|_| InvalidAdresse)?;
        let address = Address::new(user, &domain).map_err(|_| InvalidAdresse)?;
        // What the standard allows beyond this, `"a, b"@x` and `a@[::1]`, is no office's address, but would need care at
        // every place where an address is written.
        let plain = user.is_ascii()
            && !user.starts_with('"')
            && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        if plain { Ok(Self(address)) } else { Err(InvalidAdresse) }
    }
}

impl fmt::Debug for Adresse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Adresse(…)")
    }
}

//! A wrapper for what must not be printed and must not linger: passwords, keys, the plaintext of a report.

use std::fmt;

use zeroize::Zeroize;

/// Holds a value that has no `Debug`, `Display` or `Clone` and is overwritten when dropped.
pub struct Secret<T: Zeroize>(T);

pub type SecretBytes = Secret<Vec<u8>>;
pub type SecretString = Secret<String>;

impl<T: Zeroize> Secret<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. The name is meant to stand out in a review.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<'de> serde::Deserialize<'de> for SecretString {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// A database's URL fit to be printed: its password may stand before the host or among the parameters.
pub fn without_password(url: &str) -> String {
    let (address, parameters) = url.split_once('?').map_or((url, None), |(address, rest)| (address, Some(rest)));
    let mut shown = match (address.find("://"), address.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 < at => {
            let (before, after) = (address.get(..scheme + 3).unwrap_or(""), address.get(at..).unwrap_or(""));
            let user = address.get(scheme + 3..at).and_then(|login| login.split(':').next()).unwrap_or("");
            format!("{before}{user}{after}")
        }
        _ => address.to_owned(),
    };
    for (n, parameter) in parameters.into_iter().flat_map(|all| all.split('&')).enumerate() {
        let name = parameter.split('=').next().unwrap_or_default();
        shown.push(if n == 0 { '?' } else { '&' });
        shown.push_str(if name.to_ascii_lowercase().contains("password") { name } else { parameter });
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn the_url_of_a_database_is_shown_without_its_password() {
        for (url, shown) in [
            ("postgres://melde:hem@melig@db.example/m", "postgres://melde@db.example/m"),
            ("postgres://melde:hem%3Fmelig@db/m?sslmode=require", "postgres://melde@db/m?sslmode=require"),
            ("postgres://db/m?user=a&password=hemmelig&x=y", "postgres://db/m?user=a&password&x=y"),
            ("postgres://db/m?sslpassword=hemmelig", "postgres://db/m?sslpassword"),
            ("sqlite://meldeport.db?mode=rwc", "sqlite://meldeport.db?mode=rwc"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}

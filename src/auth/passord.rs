//! Passwords of integrations: made by us, shown once, kept as a digest.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use openssl::sha::sha256;
use subtle::ConstantTimeEq as _;

use crate::{
    model::integrasjon::PassordHash,
    system::{Rng, SecretString, rng::random},
};

/// A new password of 256 random bits, and what is stored of it.
pub fn generate(rng: &dyn Rng) -> (SecretString, [u8; 32]) {
    let password = URL_SAFE_NO_PAD.encode(random::<32>(rng));
    let hash = sha256(password.as_bytes());
    (SecretString::new(password), hash)
}

/// Whether `password` is one of those that are valid now. Takes the same time whichever it is.
pub fn matches(password: &str, stored: &[PassordHash], now: Timestamp) -> bool {
    let given = sha256(password.as_bytes());
    stored
        .iter()
        .filter(|hash| hash.utloper.is_none_or(|end| now < end))
        .fold(false, |found, hash| found | bool::from(hash.sha256.ct_eq(&given)))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::system::SeededRng;

    #[test]
    fn an_older_password_works_until_its_end() {
        let rng = SeededRng::new(1);
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let ((old, old_hash), (new, new_hash)) = (generate(&rng), generate(&rng));
        let end = now + SignedDuration::from_hours(24);
        let stored =
            [PassordHash { sha256: old_hash, utloper: Some(end) }, PassordHash { sha256: new_hash, utloper: None }];
        assert!(matches(old.expose(), &stored, now) && matches(new.expose(), &stored, now));
        assert!(!matches(old.expose(), &stored, end) && matches(new.expose(), &stored, end));
        assert!(!matches("", &stored, now));
        assert_eq!(old.expose().len(), 43);
    }
}

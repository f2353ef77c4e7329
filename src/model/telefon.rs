//! Telephone numbers, in the one form that they are compared and called in.

use std::{fmt, str::FromStr};

use crate::system::secret::SecretString;

/// A number as E.164: `+4799999999`. Never printed.
pub struct Telefonnummer(SecretString);

/// Not a number that a text message can be sent to. Does not hold what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a telephone number")]
pub struct UgyldigTelefonnummer;

impl Telefonnummer {
    pub fn e164(&self) -> &str {
        self.0.expose()
    }
}

impl PartialEq for Telefonnummer {
    fn eq(&self, other: &Self) -> bool {
        self.e164() == other.e164()
    }
}

impl fmt::Debug for Telefonnummer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Telefonnummer(…)")
    }
}

impl FromStr for Telefonnummer {
    type Err = UgyldigTelefonnummer;

    /// Eight digits are Norwegian; any other country's number begins with `+` or `00`. Spaces, hyphens and parentheses count
    /// for nothing.
    fn from_str(text: &str) -> Result<Self, UgyldigTelefonnummer> {
        if text.len() > 40 {
            return Err(UgyldigTelefonnummer);
        }
        let kept: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '\u{a0}')).collect();
        let kept = SecretString::new(kept);
        let kept = kept.expose();
        let number = match kept.strip_prefix('+').or_else(|| kept.strip_prefix("00")) {
            Some(foreign) => foreign.to_owned(),
            None if kept.len() == 8 => format!("47{kept}"),
            None => return Err(UgyldigTelefonnummer),
        };
        let number = SecretString::new(number);
        let digits = number.expose();
        let norwegian = digits.strip_prefix("47");
        // E.164: at most fifteen digits, and no country's begins with 0. Norwegian subscribers' numbers begin with 2 to 9.
        let fits = match norwegian {
            Some(own) => own.len() == 8 && own.starts_with(|c: char| ('2'..='9').contains(&c)),
            None => (7..=15).contains(&digits.len()) && !digits.starts_with('0'),
        };
        if fits && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(SecretString::new(format!("+{digits}"))))
        } else {
            Err(UgyldigTelefonnummer)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_form() {
        for text in ["99999999", "999 99 999", "+47 99 99 99 99", "004799999999", "(+47) 999-99-999"] {
            assert_eq!(text.parse::<Telefonnummer>().unwrap().e164(), "+4799999999", "{text}");
        }
        assert_eq!("+44 7700 900123".parse::<Telefonnummer>().unwrap().e164(), "+447700900123");
    }

    #[test]
    fn what_cannot_be_called_is_refused() {
        for text in
            ["", "9999999", "999999999", "00000000", "12345678", "+47 1234", "+0123456789", "9999999a", "٩٩٩٩٩٩٩٩"]
        {
            assert!(text.parse::<Telefonnummer>().is_err(), "{text}");
        }
        assert!("+1234567890123456".parse::<Telefonnummer>().is_err());
        assert!(" ".repeat(41).parse::<Telefonnummer>().is_err());
    }
}

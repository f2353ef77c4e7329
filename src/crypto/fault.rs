//! One table per kind of fault: variant, stable code, and what the caller is told. Keeping the three side by side means
//! that none can be added without the others.

/// Defines an enum of faults without data, with `ALL`, `code()` and `melding()`. `Display` shows the code only.
macro_rules! faults {
    ($(#[$meta:meta])* pub enum $name:ident {
        $($(#[$doc:meta])* $variant:ident = $code:literal, $melding:literal;)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
        pub enum $name {
            $($(#[$doc])* #[error($code)] $variant,)+
        }

        impl $name {
            /// Every fault of this kind, for documentation and tests.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable `errorCode`: it never changes meaning and is never used again for something else.
            pub const fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// What is wrong and what to do about it, in Norwegian bokmål. Never holds anything from the message.
            pub fn melding(&self) -> String {
                match self {
                    $(Self::$variant => $melding,)+
                }
                .to_owned()
            }
        }
    };
}
pub(super) use faults;

/// Holds a table of faults to the house's form: used by the tests of each table.
#[cfg(test)]
pub(crate) fn assert_table(prefix: &str, faults: &[(&'static str, String)]) {
    let mut seen = std::collections::HashSet::new();
    for (code, melding) in faults {
        let rest = code.strip_prefix(prefix).unwrap_or_default();
        assert!(!rest.is_empty(), "{code} does not begin with {prefix}");
        assert!(rest.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'), "{code}");
        assert!(seen.insert(*code), "{code} is there twice");
        assert!(melding.len() > 30 && melding.ends_with('.'), "{code}: {melding}");
        assert!(!melding.contains("  "), "{code}: {melding}");
    }
}

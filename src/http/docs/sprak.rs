//! Which language a page is in: what its address says, or else what the reader's browser asks for.

use poem::{Request, http::header};
use serde::Deserialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sprak {
    Nb,
    En,
}

impl Sprak {
    pub const ALL: [Self; 2] = [Self::Nb, Self::En];

    /// BCP 47.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Nb => "nb",
            Self::En => "en",
        }
    }

    /// Danes and Swedes read bokmål better than English, and so do those who write nynorsk.
    fn of(tag: &str) -> Option<Self> {
        match tag.split('-').next()?.to_ascii_lowercase().as_str() {
            "nb" | "no" | "nn" | "da" | "sv" => Some(Self::Nb),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

/// The reader's language, and whether the reader has chosen it here: then links keep it.
#[derive(Debug, Clone, Copy)]
pub struct Valg {
    pub sprak: Sprak,
    pub valgt: bool,
}

#[derive(Deserialize)]
struct Query {
    lang: Option<String>,
}

impl Valg {
    pub fn of(request: &Request) -> Self {
        let chosen = request.params::<Query>().ok().and_then(|query| query.lang);
        if let Some(sprak) = chosen.as_deref().and_then(Sprak::of) {
            return Self { sprak, valgt: true };
        }
        let asked = request.header(header::ACCEPT_LANGUAGE).and_then(preferred);
        Self { sprak: asked.unwrap_or(Sprak::Nb), valgt: false }
    }

    /// A page of the portal's, in the language that was chosen. `path` has no query; it may have a fragment.
    pub fn link(self, path: &str) -> String {
        if !self.valgt {
            return path.to_owned();
        }
        let (page, fragment) = path.split_once('#').map_or((path, None), |(page, fragment)| (page, Some(fragment)));
        let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
        format!("{page}?lang={}{fragment}", self.sprak.tag())
    }
}

/// The first language that we have, in the order of RFC 9110 §12.5.4.
fn preferred(header: &str) -> Option<Sprak> {
    let mut asked: Vec<(f32, Sprak)> = Vec::new();
    for entry in header.split(',') {
        let (tag, parameters) = entry.split_once(';').unwrap_or((entry, ""));
        let weight = parameters.trim().strip_prefix("q=").map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0));
        if let Some(sprak) = Sprak::of(tag.trim()).filter(|_| weight > 0.0) {
            asked.push((weight, sprak));
        }
    }
    // The sort is stable: of equals, the first one named.
    asked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    asked.first().map(|(_, sprak)| *sprak)
}

#[cfg(test)]
mod tests {
    use poem::{Request, http::header};

    use super::{Sprak, Valg};

    #[test]
    fn the_address_goes_before_the_browser_and_the_browser_before_us() {
        let called = |uri: &str, accept: &str| {
            let request = Request::builder().uri(uri.parse().unwrap()).header(header::ACCEPT_LANGUAGE, accept).finish();
            let Valg { sprak, valgt } = Valg::of(&request);
            (sprak, valgt)
        };
        let cases = [
            ("/", "", Sprak::Nb, false),
            ("/", "de, fr;q=0.5", Sprak::Nb, false),
            ("/", "en-GB,en;q=0.9,nb;q=0.8", Sprak::En, false),
            ("/", "en;q=0.3, nn;q=0.8", Sprak::Nb, false),
            ("/", "en;q=0, nb;q=0.1", Sprak::Nb, false),
            ("/", "de, EN ; q=0.7", Sprak::En, false),
            ("/?lang=en", "nb", Sprak::En, true),
            ("/?lang=nb", "en", Sprak::Nb, true),
            ("/?lang=xx", "en", Sprak::En, false),
            ("/?lang=%00", "en", Sprak::En, false),
        ];
        for (uri, accept, sprak, valgt) in cases {
            assert_eq!(called(uri, accept), (sprak, valgt), "{uri} {accept}");
        }
    }

    #[test]
    fn links_keep_a_language_that_was_chosen() {
        let valg = |valgt| Valg { sprak: Sprak::En, valgt };
        assert_eq!(valg(false).link("/feilkoder#A.B"), "/feilkoder#A.B");
        assert_eq!(valg(true).link("/feilkoder#A.B"), "/feilkoder?lang=en#A.B");
        assert_eq!(valg(true).link("/"), "/?lang=en");
    }
}

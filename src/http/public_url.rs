//! Where callers reach us, for addresses in answers.

use poem::{
    Request,
    http::{header, uri::Authority},
};

/// What the operator says, if anything.
#[derive(Debug, Clone)]
pub struct PublicUrl(pub Option<String>);

impl PublicUrl {
    /// The address without a final slash: the operator's, or the one that this caller used. Empty when the caller does not
    /// say, so that what is put after it is an address on the same host.
    pub fn of(&self, request: &Request) -> String {
        if let Some(url) = &self.0 {
            return url.trim_end_matches('/').to_owned();
        }
        let host = request.header(header::HOST).and_then(|host| host.parse::<Authority>().ok());
        let host = host.or_else(|| request.original_uri().authority().cloned());
        host.map_or_else(String::new, |host| format!("{}://{host}", request.scheme()))
    }
}

#[cfg(test)]
mod tests {
    use poem::{Request, http::header};

    use super::PublicUrl;

    #[test]
    fn an_address_is_the_operators_or_the_one_that_was_used() {
        let called = |host: &str| Request::builder().header(header::HOST, host).finish();
        let unset = PublicUrl(None);
        assert_eq!(unset.of(&called("gateway.example:8443")), "http://gateway.example:8443");
        assert_eq!(unset.of(&called("[::1]:8080")), "http://[::1]:8080");
        for odd in ["", "a b", "x/y", "<script>"] {
            assert_eq!(unset.of(&called(odd)), "", "{odd}");
        }
        assert_eq!(unset.of(&Request::default()), "");
        let set = PublicUrl(Some("https://meldeport.example.no/".to_owned()));
        assert_eq!(set.of(&called("gateway.example:8443")), "https://meldeport.example.no");
    }
}

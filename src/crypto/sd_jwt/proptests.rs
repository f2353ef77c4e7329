//! What must hold for any input at all.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{
    Binding, Card, Credential, Policy, Recipient, issue,
    tests::{issuers, key, now, policy},
    verify,
};
use crate::{crypto::status_list, system::SeededRng};

/// A presentation with everything in it.
fn whole() -> String {
    let (issuer, holder) = (key(1), key(2));
    let hidden: Map<String, Value> =
        [("b", json!([1, { "c": 2 }])), ("d", json!("e"))].map(|(n, v)| (n.to_owned(), v)).into_iter().collect();
    let card = Credential {
        issuer: "https://issuer.example",
        vct: "urn:x",
        issued_at: now(),
        expires_at: Some(now() + jiff::SignedDuration::from_hours(1)),
        holder: Some(holder.public()),
        status: None,
        visible: Map::new().into(),
        hidden: hidden.into(),
        decoys: 1,
    };
    let issued = issue(&card, &issuer, &SeededRng::new(3)).unwrap();
    let to = Recipient { audience: "a", nonce: "n" };
    Card::parse(issued.expose()).unwrap().present(&["b", "d"], to, &holder, now()).unwrap().expose().clone()
}

fn bound() -> Policy<'static> {
    let max_age = jiff::SignedDuration::from_secs(60);
    Policy { binding: Binding::Required { audience: Some("a"), nonce: Some("n"), max_age }, ..policy() }
}

/// Any JSON, with the format's own names among the keys.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(Value::Null), any::<i64>().prop_map(Value::from), "[a-z]{0,4}".prop_map(Value::from)];
    let name = prop_oneof![Just("_sd"), Just("..."), Just("iss"), Just("exp"), Just("cnf"), Just("status"), Just("a")];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..4).prop_map(|pairs| Value::Object(
                pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_judged_without_a_panic(text in "\\PC{0,200}", bytes in prop::collection::vec(prop::sample::select(b"eyJ0.~-_=A".to_vec()), 0..120)) {
        let issuers = issuers(&key(1));
        for text in [text, String::from_utf8(bytes).unwrap()] {
            prop_assert!(verify(&text, &issuers, &bound()).is_err());
            let _ = Card::parse(&text);
            prop_assert!(status_list::verify(&text, &issuers, "https://issuer.example").is_err());
        }
    }

    #[test]
    fn any_claims_that_an_issuer_signs_are_judged_without_a_panic(payload in value(), disclosed in value()) {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        let key = key(1);
        let mut claims = Map::from_iter([("iss".to_owned(), json!("https://issuer.example")), ("vct".to_owned(), json!("x"))]);
        let disclosure = URL_SAFE_NO_PAD.encode(json!(["salt", "a", disclosed]).to_string());
        claims.insert("p".to_owned(), payload.clone());
        claims.insert("_sd".to_owned(), json!([super::disclosure::digest(&disclosure)]));
        if let Value::Object(more) = payload {
            claims.extend(more);
        }
        let jwt = key.sign(super::TYP, Some(key.kid()), &Value::Object(claims.clone())).unwrap();
        let _ = verify(&format!("{jwt}~{disclosure}~"), &issuers(&key), &policy());
        let list = key.sign(status_list::TYP, Some(key.kid()), &Value::Object(claims)).unwrap();
        let _ = status_list::verify(&list, &issuers(&key), "https://issuer.example");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_a_presentation_is_accepted(at in any::<prop::sample::Index>(), with in prop::sample::select(b"AZaz09-_.~=".to_vec()), kind in 0..3_u8) {
        static WHOLE: std::sync::OnceLock<String> = std::sync::OnceLock::new();
        let good = WHOLE.get_or_init(whole);
        let issuers = issuers(&key(1));
        prop_assert!(verify(good, &issuers, &bound()).is_ok());
        let mut bytes = good.clone().into_bytes();
        let at = at.index(bytes.len());
        match kind {
            0 => bytes[at] = with,
            1 => bytes.insert(at, with),
            _ => { bytes.remove(at); }
        }
        if bytes != good.as_bytes() {
            prop_assert!(verify(std::str::from_utf8(&bytes).unwrap(), &issuers, &bound()).is_err());
        }
    }
}

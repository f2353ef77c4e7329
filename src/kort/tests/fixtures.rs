//! Cards and lists that others made: `tests/fixtures/sd_jwt`.

use std::{fs, path::Path};

use serde_json::Value;

use super::{Grunnlag, MAKS_ALDER, kontroller, text, tid};
use crate::crypto::{
    issuers::TrustedIssuers,
    sd_jwt::{self, Binding, Policy, SdJwtFault},
};

fn fixture(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sd_jwt").join(name);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn the_credential_of_rfc_9901_appendix_a3_is_verified() {
    let rfc = fixture("rfc9901-a3.json");
    let issuers = TrustedIssuers::from_json(rfc["issuers"].to_string().as_bytes()).unwrap();
    let binding = Binding::Required {
        audience: Some(text(&rfc, "audience")),
        nonce: Some(text(&rfc, "nonce")),
        max_age: MAKS_ALDER,
    };
    let policy = Policy { now: tid(text(&rfc, "at")), skew: MAKS_ALDER, vct: Some("urn:eudi:pid:de:1"), binding };
    let verified = sd_jwt::verify(text(&rfc, "presentation"), &issuers, &policy).unwrap();
    assert_eq!(verified.issuer, "https://pid-issuer.bund.de.example");
    assert_eq!(verified.shown_at.unwrap().as_second(), 1_748_537_244);
    for (name, value) in rfc["disclosed"].as_object().unwrap() {
        assert_eq!(verified.claims.get(name), Some(value), "{name}");
    }
    assert_eq!(verified.claims.get("given_name"), None);
    let other = Policy { vct: Some("urn:eudi:pid:no:1"), ..policy };
    assert_eq!(sd_jwt::verify(text(&rfc, "presentation"), &issuers, &other).unwrap_err(), SdJwtFault::WrongType);
    let later = Policy { now: tid("2029-09-02T00:00:00Z"), ..policy };
    assert_eq!(sd_jwt::verify(text(&rfc, "presentation"), &issuers, &later).unwrap_err(), SdJwtFault::Expired);
}

#[test]
fn the_holder_of_rfc_9901_gets_every_claim_and_shows_what_the_rfc_shows() {
    let rfc = fixture("rfc9901-a3.json");
    let issuers = TrustedIssuers::from_json(rfc["issuers"].to_string().as_bytes()).unwrap();
    let policy = Policy { now: tid(text(&rfc, "at")), skew: MAKS_ALDER, vct: None, binding: Binding::Ignored };
    let verified = sd_jwt::verify(text(&rfc, "issued"), &issuers, &policy).unwrap();
    let claims = rfc["claims"].as_object().unwrap();
    assert_eq!(claims.len(), 15);
    for (name, value) in claims {
        // The order of the members says nothing.
        assert_eq!(verified.claims.get(name), Some(value), "{name}");
    }
    let card = sd_jwt::Card::parse(text(&rfc, "issued")).unwrap();
    let shown = card.show(&["age_equal_or_over", "18", "nationalities"]);
    let sorted = |text: &str| {
        let (shown, _) = text.rsplit_once('~').unwrap();
        let mut parts: Vec<String> = shown.split('~').map(str::to_owned).collect();
        parts.sort_unstable();
        parts
    };
    assert_eq!(sorted(shown.expose()), sorted(text(&rfc, "presentation")));
}

#[test]
fn cards_and_lists_of_foreign_libraries_are_judged_as_ours_are() {
    for name in ["sd-jwt-js.json", "sd-jwt-python.json"] {
        let file = fixture(name);
        let issuers = TrustedIssuers::from_json(file["issuers"].to_string().as_bytes()).unwrap();
        let cases = file["cases"].as_array().unwrap();
        assert!(cases.len() >= 8, "{name}");
        for case in cases {
            let lists = case["status"].as_array().unwrap().iter().map(|list| list.as_str().unwrap().to_owned());
            let lists: Vec<String> = lists.collect();
            let grunnlag = Grunnlag {
                utstedere: &issuers,
                sperrelister: &lists,
                bilde: None,
                mottaker: Some(text(&file, "audience")),
                utfordring: Some(text(&file, "nonce")),
                maks_alder: MAKS_ALDER,
                now: tid(text(&file, "at")),
            };
            let verdict = kontroller(text(case, "presentation"), &grunnlag);
            let code = verdict.as_ref().map_or_else(|avslag| avslag.code(), |_| "GYLDIG");
            assert_eq!(code, text(case, "expected"), "{name}: {}", text(case, "name"));
            if let (Ok(godtatt), Some(navn)) = (verdict, case["navn"].as_str()) {
                assert_eq!(godtatt.vist.navn.unwrap().expose(), navn);
            }
        }
    }
}

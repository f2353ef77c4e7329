use jiff::SignedDuration;

use super::{
    gateway::{Fault, Gateway},
    nobody,
    world::{api, clock},
};

#[tokio::test]
async fn a_token_is_kept_until_ten_seconds_before_its_end() {
    let gateway = Gateway::start().await;
    let clock = clock();
    let api = api(&gateway.url, clock.clone(), nobody(), 1);
    for (seconds, tokens) in [(0, 1), (109, 1), (1, 2), (0, 2), (110, 3)] {
        clock.advance(SignedDuration::from_secs(seconds));
        api.bydeler("3301").await.unwrap();
        assert_eq!(gateway.count("token"), tokens, "after {seconds} s more");
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let gateway = Gateway::start().await;
    let api = api(&gateway.url, clock(), nobody(), 1);
    api.bydeler("3301").await.unwrap();
    gateway.books().tokens.clear();
    api.bydeler("3301").await.unwrap();
    assert_eq!(gateway.count("token"), 2);
    // When the new one is refused too, that is the answer.
    for _ in 0..2 {
        gateway.fail("bydeler", Fault::Answer { status: 401, code: "INTEGRASJON", retry_after: None });
    }
    let error = api.bydeler("3301").await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(401), Some("INTEGRASJON")));
}

#[tokio::test]
async fn the_token_issuer_may_be_down_for_a_while() {
    let gateway = Gateway::start().await;
    for status in [503, 502] {
        gateway.fail("token", Fault::Answer { status, code: "", retry_after: None });
    }
    gateway.fail("token", Fault::LoseAnswer);
    gateway.fail("bydeler", Fault::Answer { status: 503, code: "", retry_after: Some("1") });
    api(&gateway.url, clock(), nobody(), 1).bydeler("3301").await.unwrap();
    assert_eq!(gateway.count("bydeler"), 2);
}

#[tokio::test]
async fn errors_name_the_code_and_the_id_and_no_secret() {
    let gateway = Gateway::start().await;
    gateway.fail("bydeler", Fault::Answer { status: 403, code: "TILGANG.MANGLER", retry_after: None });
    let api = api(&gateway.url, clock(), nobody(), 1);
    let error = api.bydeler("3301").await.unwrap_err().to_string();
    assert_eq!(
        error,
        "Meldeport svarte 403 TILGANG.MANGLER: slik er det (feil-id 00000000-0000-0000-0000-000000000000)"
    );
    assert!(!format!("{api:?}").contains(super::world::PASSWORD));
}

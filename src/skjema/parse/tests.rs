use serde_json::json;

use super::*;

fn fault(bytes: impl AsRef<[u8]>) -> Lesefeil {
    parse(bytes.as_ref()).unwrap_err()
}

#[test]
fn reads_what_json_is() {
    let text = r#" {"a": [1, -2, 2.5, true, null, "æ\u00f8\ud83e\uddf8\n\\\""], "b": {}} "#;
    assert_eq!(*parse(text.as_bytes()).unwrap(), json!({"a": [1, -2, 2.5, true, null, "æø🧸\n\\\""], "b": {}}));
}

#[test]
fn each_way_of_not_being_readable_has_its_code() {
    for (bytes, feil) in [
        (&b""[..], Skjemafeil::Tom),
        (b" \r\n\t", Skjemafeil::Tom),
        (b"{\"a\": \"\xE6\"}", Skjemafeil::IkkeUtf8),
        (b"{\"a\": \"\xED\xA0\x80\"}", Skjemafeil::IkkeUtf8),
        (b"\xFF\xFE{\0}\0", Skjemafeil::IkkeUtf8),
        (b"\xEF\xBB\xBF{}", Skjemafeil::Bom),
        (b"{'a': 1}", Skjemafeil::IkkeJson),
        (b"{\"a\": 1,}", Skjemafeil::IkkeJson),
        (b"{\"a\": NaN}", Skjemafeil::IkkeJson),
        (b"{\"a\": 1e999}", Skjemafeil::IkkeJson),
        (b"{\"a\": \"\x01\"}", Skjemafeil::IkkeJson),
        (b"{\"a\": \"\\q\"}", Skjemafeil::IkkeJson),
        (b"]", Skjemafeil::IkkeJson),
        (b"{\"a\": [1, ", Skjemafeil::Avkortet),
        (b"{\"a\": \"halv", Skjemafeil::Avkortet),
        (b"{\"a\": \"\\uD8", Skjemafeil::Avkortet),
        (b"{} {}", Skjemafeil::EkstraInnhold),
        (b"{}x", Skjemafeil::EkstraInnhold),
        (br#"{"a": "\ud800"}"#, Skjemafeil::EnsligSurrogat),
        (br#"{"a": "\udc00"}"#, Skjemafeil::EnsligSurrogat),
        (br#"{"a": "\ud800x\udc00"}"#, Skjemafeil::EnsligSurrogat),
        (br#"{"a": "\ud800\n"}"#, Skjemafeil::EnsligSurrogat),
        (br#"{"a": "\ud800\ud800\udc00"}"#, Skjemafeil::EnsligSurrogat),
        (br#"{"\ud800": 1}"#, Skjemafeil::EnsligSurrogat),
        (br#"{"a": 1, "a": 2}"#, Skjemafeil::DobbeltFelt),
    ] {
        let found = fault(bytes);
        assert_eq!(found.feil, feil, "{}", String::from_utf8_lossy(bytes));
        assert!(found.melding().len() > 30);
    }
}

#[test]
fn the_place_of_a_fault_is_told() {
    assert_eq!(fault("{\n  \"æ\": x}").sted, Some((2, 9)), "serde_json counts bytes");
    assert_eq!(fault(b"{\n \"\xC3\xA6\": \"\xE6\"").sted, Some((2, 8)));
    let found = fault("{\n \"a\": \"\\ud800\"}");
    assert_eq!((found.feil, found.sted), (Skjemafeil::EnsligSurrogat, Some((2, 8))));
    assert!(found.melding().ends_with("Se linje 2, kolonne 8."), "{}", found.melding());
}

#[test]
fn a_name_that_stands_twice_is_pointed_to_but_not_repeated_unless_a_form_has_it() {
    let found = fault(r#"{"offentligBarn": [{}, {"fnr": "1", "f\u006er": "2"}]}"#);
    assert_eq!(found.peker.as_deref(), Some("/offentligBarn/1/fnr"));
    let found = fault(r#"{"Fiktiv Navn": [{"hemmelig": 1, "#.to_owned() + r#""hemmelig": 2}]}"#);
    assert_eq!(found.peker.as_deref(), Some("/*/0/*"));
    assert!(!format!("{found:?}{}", found.melding()).contains("hemmelig"));
    assert!(parse(br#"{"a": {"a": [{"a": 1}, {"a": 1}]}, "A": 1}"#).is_ok());
}

#[test]
fn depth_is_bounded_and_costs_no_stack() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(nested(64).as_bytes()).is_ok());
    for depth in [65, 128, 1_000_000] {
        assert_eq!(fault(nested(depth)).feil, Skjemafeil::ForDypt, "{depth}");
    }
    assert_eq!(fault("[".repeat(1_000_000)).feil, Skjemafeil::ForDypt);
    assert_eq!(fault("{\"a\":".repeat(1_000_000)).feil, Skjemafeil::ForDypt);
    assert!(parse(format!("[\"{}\"]", "[{".repeat(1000)).as_bytes()).is_ok(), "brackets in a text are text");
}

#[test]
fn the_number_of_values_is_bounded() {
    let list = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
    assert!(parse(list(MAKS_VERDIER).as_bytes()).is_ok());
    assert_eq!(fault(list(MAKS_VERDIER + 1)).feil, Skjemafeil::ForMangeVerdier);
    assert!(parse(format!("[\"{}\"]", ",".repeat(MAKS_VERDIER + 1)).as_bytes()).is_ok(), "commas in a text are text");
}

proptest::proptest! {
    /// Whatever comes in, there is an answer, and what is accepted is what serde_json reads.
    #[test]
    fn agrees_with_serde_json(text in "[\\[\\]{}:,\"\\\\ud8Cc0-3a-b \\n]{0,40}") {
        match (parse(text.as_bytes()), serde_json::from_str::<Value>(&text)) {
            (Ok(ours), theirs) => proptest::prop_assert_eq!(&*ours, &theirs.unwrap()),
            (Err(ours), Ok(_)) => proptest::prop_assert_eq!(ours.feil, Skjemafeil::DobbeltFelt),
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn any_bytes_have_an_answer(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
        if let Err(found) = parse(&bytes) {
            proptest::prop_assert!(found.melding().ends_with(['.', ')']));
        }
    }
}

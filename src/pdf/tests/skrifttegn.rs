//! Characters: literal where they can be, marked where they cannot.

use proptest::prelude::*;
use serde_json::json;

use super::support::{dokument, lines, privat, render, text};
use crate::{
    model::melding::Skjematype::Privat,
    pdf::{
        Renderer, Sprak,
        fonts::Fonts,
        skrift::{Run, Skrift},
    },
};

fn printed(message: &str) -> String {
    let mut payload = privat();
    payload["melding"] = json!(message);
    text(&render(Privat, Sprak::Bokmal, &payload))
}

#[test]
fn markup_is_printed_as_it_was_written() {
    for written in [
        "#set text(red) #let x = 1",
        "#import \"felles.typ\": * #read(\"data.json\")",
        "[x] (y) {z} $y$ $ sum_(i=1) $",
        "<b>fet</b> <script>alert(1)</script> &amp; &#x41; <label> @ref",
        "\\ \\u{41} \\n \\\" \\\\",
        "`kode` ```typ x``` ´ ¨ ^ ~",
        "*fet* _kursiv_ = overskrift - punkt + nummer / a: b // kommentar /* kommentar */",
        "-- --- ... -? \"sitat\" 'sitat' https://eksempel.example.no",
        "%PDF-1.7 (x) Tj ET <</S /JavaScript>> \\) endstream",
        "{\"u\": \"U+0041\"} [U+0041] 0 null",
    ] {
        // The reader sees a space where the font changes, so white space is left out of the comparison.
        let text = printed(written);
        let squeeze = |text: &str| text.split_whitespace().collect::<String>();
        assert!(squeeze(&text).contains(&squeeze(written)), "{written}\n{text}");
    }
}

#[test]
fn lines_indents_and_blank_lines_are_kept() {
    let skrift_fonts = Fonts::load().unwrap();
    let skrift = Skrift::new(&skrift_fonts, false);
    assert_eq!(skrift.lines("a\r\nb\rc\n\n\td\u{2028}e\u{b}f\u{85}").len(), 8);
    let mut payload = privat();
    payload["melding"] = json!("første\nandre\r\n    tredje\n\n\n\nfjerde");
    let pdf = render(Privat, Sprak::Bokmal, &payload);
    let lines = lines(&pdf);
    let at = lines.iter().position(|line| line.text.trim() == "første").unwrap();
    let [first, second, third, fourth] = lines.get(at..at + 4).unwrap() else { panic!("{lines:?}") };
    assert_eq!([&second.text, &third.text, &fourth.text].map(|text| text.trim()), ["andre", "tredje", "fjerde"]);
    assert!(third.text.starts_with("    "), "{third:?}");
    let step = first.height - second.height;
    assert!((step - (second.height - third.height)).abs() < 0.1, "{lines:?}");
    assert!(third.height - fourth.height > 2.0 * step, "three blank lines: {third:?} {fourth:?}");
}

#[test]
fn the_letters_of_the_country_and_its_neighbours_are_shown() {
    for written in [
        "ÆØÅ æøå ÄÖ äö éèêóòôü àâç",
        "Áá Čč Đđ Ŋŋ Šš Ŧŧ Žž Ʒʒ Ǯǯ Ǧǧ Ǥǥ Ǩǩ Ïï",
        "Łódź Žižkov Đorđe Ğül İzmir ıspanak Ștefan Þórður",
        "Ελληνικά Кирилиця ЙЁйё",
        "– — ‘’ “” « » … € § ° ½ × • →",
        "ქართული Հայերեն",
        "😂 😭 🙏 👶 🏠 ❤ ✅",
    ] {
        let text = printed(written);
        for word in written.split_whitespace() {
            assert!(text.contains(word), "{word}\n{text}");
        }
        assert!(!text.contains("Noen tegn i meldingen finnes ikke"), "{written}\n{text}");
    }
}

#[test]
fn arabic_and_hebrew_are_shown() {
    let text = printed("مرحبا שלום");
    assert!(!text.contains("Noen tegn i meldingen finnes ikke"), "{text}");
    // Either in reading or in visual order, and with joined or plain letters: what matters is that none is missing.
    for letter in "שלום".chars() {
        assert!(text.contains(letter), "{letter}\n{text}");
    }
}

#[test]
fn what_no_font_has_is_marked_with_its_number() {
    let text = printed("Navn: 王小明 ไทย 🙂 på\u{1}slutt \u{202e}snudd \u{e000} \u{10ffff} x\u{feff}y");
    for mark in ["U+738B", "U+5C0F", "U+660E", "U+0E44", "U+1F642", "U+0001", "U+202E", "U+E000", "U+10FFFF", "U+FEFF"]
    {
        assert!(text.contains(mark), "{mark}\n{text}");
    }
    assert!(text.contains("Hvert av dem er erstattet med sitt"), "{text}");
    assert!(text.contains("snudd"), "{text}");
}

#[test]
fn a_word_without_end_stays_on_the_page() {
    let word: String = ('a'..='z').cycle().take(3000).collect();
    let mut payload = privat();
    payload["melding"] = json!(format!("{word} {}", "王".repeat(300)));
    payload["privatMelder"]["personnavn"] = json!(word);
    payload[&word] = json!(word);
    let lines = lines(&render(Privat, Sprak::Bokmal, &payload));
    for line in &lines {
        assert!(line.reaches < 0.9, "{line:?}");
    }
    let joined: String = lines.iter().map(|line| line.text.trim()).collect();
    assert!(joined.contains(word.get(..600).unwrap()), "{joined}");
    assert_eq!(joined.matches("U+738B").count(), 300);
}

/// Everything that the fonts are said to have really can be set, in one go, at the first attempt.
#[test]
#[expect(clippy::print_stdout, reason = "how many there are is worth knowing")]
fn what_is_not_marked_can_be_set() {
    let fonts = Fonts::load().unwrap();
    let skrift = Skrift::new(&fonts, false);
    let shown: Vec<char> = ('\u{20}'..='\u{1ffff}')
        .filter(|character| skrift.line(&character.to_string()) == [Run::Text(character.to_string().into())])
        .collect();
    println!("{} characters have a glyph", shown.len());
    assert!(shown.len() > 6400, "{}", shown.len());
    let lines: Vec<String> = shown
        .chunks(16)
        .map(|chunk| chunk.iter().map(|character| format!("a{character}")).collect::<Vec<_>>().join(" "))
        .collect();
    let mut payload = privat();
    payload["melding"] = json!(lines.join("\n"));
    let pdf = Renderer::new().unwrap().attempt(&dokument(Privat, Sprak::Bokmal, &payload), false).unwrap();
    let text = text(pdf.expose());
    let lost: Vec<char> = shown.iter().copied().filter(|character| !text.contains(*character)).collect();
    // Spaces and what is invisible by nature; marks that join the letter before (ḁ is one character when read back).
    println!("{} of them are read back otherwise", lost.len());
    assert!(lost.len() < 130, "{lost:?}");
}

#[test]
fn the_second_attempt_marks_all_but_latin() {
    let mut payload = privat();
    payload["melding"] = json!("Blåbær Ελλη e\u{301}");
    let pdf = Renderer::new().unwrap().attempt(&dokument(Privat, Sprak::Bokmal, &payload), true).unwrap();
    let text = text(pdf.expose());
    assert!(text.contains("Blåbær") && text.contains("U+0395") && text.contains("U+0301"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any text at all can be printed, without falling back to the second attempt.
    #[test]
    fn any_text_is_printed(message in "\\PC{0,200}|(?s).{0,200}", name in "(?s).{0,40}") {
        let mut payload = privat();
        payload["melding"] = json!(message);
        payload["privatMelder"]["personnavn"] = json!(name);
        payload[name] = json!(message);
        let renderer = Renderer::new().unwrap();
        let attempt = renderer.attempt(&dokument(Privat, Sprak::Bokmal, &payload), false);
        prop_assert!(attempt.is_ok(), "{:?}", attempt);
    }
}

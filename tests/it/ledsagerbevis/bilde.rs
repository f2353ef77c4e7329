//! Photos over HTTP: what is taken, what is kept of it, and who gets it.

use std::io::Cursor;

use image::{ImageEncoder as _, ImageFormat, Rgb, RgbImage, codecs::jpeg::JpegEncoder};
use jiff::SignedDuration;
use reqwest::{Method, header::CONTENT_TYPE, multipart::Form};
use serde_json::json;

use crate::support::{
    Answer, Gate, answer,
    bevis::{EIER, FORELDER, HJELPER, INNBYGGER, bilder, foto, last_opp, logg_inn, nytt, person, utsted},
};

on_every_database! {
    a_photo_comes_back_without_where_it_was_taken,
    a_photo_belongs_to_a_card,
    a_citizen_sees_the_photo_on_an_own_card,
    what_is_no_photo_is_refused,
    a_photo_that_no_card_shows_is_not_kept,
}

/// Says where it was taken.
fn with_place() -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    exif.extend(b"GPS 59.9139 10.7522");
    let picture = RgbImage::from_pixel(300, 200, Rgb([90, 120, 200]));
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif).unwrap();
    picture.write_with_encoder(encoder).unwrap();
    bytes
}

async fn newest(t: &Gate, fnr: &str) -> Answer {
    answer(t.kommune().request(Method::POST, bilder(t, "/sistOpplastet")).json(&json!({ "fnr": fnr }))).await
}

async fn a_photo_comes_back_without_where_it_was_taken(t: &mut Gate) {
    let given = with_place();
    let holds = |bytes: &[u8]| bytes.windows(7).any(|window| window == b"59.9139");
    assert!(holds(&given));
    let id = last_opp(t, given, Some(EIER.fnr)).await.json(200)["bildeId"].clone();
    assert!(id.is_string());
    let kept = newest(t, EIER.fnr).await;
    assert_eq!((kept.status, kept.header("content-type")), (200, Some("image/jpeg")));
    assert!(!holds(&kept.body));
    let picture = image::load_from_memory_with_format(&kept.body, ImageFormat::Jpeg).unwrap();
    assert_eq!((picture.width(), picture.height()), (200, 300), "turned upright");
    // The newest counts, and it is that person's.
    last_opp(t, foto(), Some(EIER.fnr)).await.json(200);
    let newer = newest(t, EIER.fnr).await;
    assert_ne!(newer.body, kept.body);
    newest(t, FORELDER.fnr).await.problem(404, "BILDE.IKKE_FUNNET");
}

async fn a_photo_belongs_to_a_card(t: &mut Gate) {
    // Handed in by itself, and given to the card by its id.
    let alone = t.kommune().request(Method::POST, bilder(t, "")).header(CONTENT_TYPE, "image/jpeg").body(foto());
    let id = answer(alone).await.json(200)["bildeId"].clone();
    let mut body = nytt();
    body["bildeId"] = id.clone();
    assert_eq!(utsted(t, &body).await["bildeId"], id);
    assert_eq!(newest(t, EIER.fnr).await.status, 200, "now it is known whom it shows");
    // Whose card is issued without a word about a photo, gets the newest of the person.
    let newer = last_opp(t, foto(), Some(FORELDER.fnr)).await.json(200)["bildeId"].clone();
    let card = utsted(t, &json!({ "eier": person(FORELDER), "antallLedsagere": 1 })).await;
    assert_eq!(card["bildeId"], newer);
    let wrong = json!({ "eier": person(EIER), "antallLedsagere": 2, "bildeId": newer });
    let path = crate::support::bevis::kort(t, "");
    let refused = answer(t.kommune().request(Method::POST, path).json(&wrong)).await;
    let told = refused.problem(400, "LEDSAGERBEVIS.UGYLDIG");
    assert_eq!(told["errorJson"]["avvik"][0]["peker"], "/bildeId");
}

async fn a_citizen_sees_the_photo_on_an_own_card(t: &mut Gate) {
    last_opp(t, foto(), Some(EIER.fnr)).await.json(200);
    let card = utsted(t, &nytt()).await;
    let bare = utsted(t, &json!({ "eier": person(HJELPER), "antallLedsagere": 1 })).await;
    let photo = async |token: &str, card: &serde_json::Value| {
        let id = card["id"].as_str().unwrap();
        answer(t.http.get(format!("{}{INNBYGGER}/ledsagerbevis/{id}/bilde", t.url)).bearer_auth(token)).await
    };
    for telefon in [EIER.telefonnummer, FORELDER.telefonnummer] {
        let token = logg_inn(t, telefon).await;
        let seen = photo(&token, &card).await;
        assert_eq!((seen.status, seen.header("content-type")), (200, Some("image/jpeg")));
        assert_eq!(seen.body, newest(t, EIER.fnr).await.body);
        photo(&token, &bare).await.problem(404, "LEDSAGERBEVIS.IKKE_FUNNET");
    }
    let stranger = logg_inn(t, HJELPER.telefonnummer).await;
    photo(&stranger, &card).await.problem(404, "LEDSAGERBEVIS.IKKE_FUNNET");
    photo(&stranger, &bare).await.problem(404, "BILDE.IKKE_FUNNET");
    photo("x", &card).await.problem(401, "INNBYGGER.TOKEN_UGYLDIG");
}

async fn what_is_no_photo_is_refused(t: &mut Gate) {
    let cut = foto()[..40].to_vec();
    let mut small = Cursor::new(Vec::new());
    RgbImage::new(50, 50).write_to(&mut small, ImageFormat::Png).unwrap();
    // Many pixels in few bytes.
    let mut bomb = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut bomb);
    encoder.write_image(&vec![0; 10_000 * 10_000 / 8], 10_000, 10_000 / 8, image::ExtendedColorType::L8).unwrap();
    for (bytes, status, code) in [
        (cut, 400, "BILDE.UGYLDIG"),
        (small.into_inner(), 400, "BILDE.UGYLDIG"),
        (b"%PDF-1.7".to_vec(), 415, "BILDE.FORMAT"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), 415, "BILDE.FORMAT"),
        (vec![0; 10 * 1024 * 1024 + 1], 413, "BILDE.FOR_STORT"),
        (vec![0; 20 * 1024 * 1024], 413, "BILDE.FOR_STORT"),
    ] {
        last_opp(t, bytes, Some(EIER.fnr)).await.problem(status, code);
    }
    assert_eq!(last_opp(t, bomb, Some(EIER.fnr)).await.status, 200, "twelve million pixels are a photo");
    last_opp(t, foto(), Some("12849190015")).await.problem(400, "LEDSAGERBEVIS.UGYLDIG");
    let upload = |form: Form| answer(t.kommune().request(Method::POST, bilder(t, "")).multipart(form));
    upload(Form::new().text("fnr", EIER.fnr)).await.problem(400, "BILDE.MANGLER");
    upload(Form::new().text("annet", "x")).await.problem(400, "BILDE.MANGLER");
    let plain = t.kommune().request(Method::POST, bilder(t, "")).header(CONTENT_TYPE, "text/plain").body("x");
    answer(plain).await.problem(415, "FORESPORSEL.INNHOLDSTYPE");
}

async fn a_photo_that_no_card_shows_is_not_kept(t: &mut Gate) {
    let mut body = nytt();
    body["bildeId"] = last_opp(t, foto(), None).await.json(200)["bildeId"].clone();
    utsted(t, &body).await;
    last_opp(t, foto(), Some(FORELDER.fnr)).await.json(200);
    t.clock.advance(SignedDuration::from_hours(25));
    t.services().rydd().await.unwrap();
    newest(t, FORELDER.fnr).await.problem(404, "BILDE.IKKE_FUNNET");
    assert_eq!(newest(t, EIER.fnr).await.status, 200);
}

//! Codes that a camera reads.

use super::Verden;
use crate::{
    kort::{
        BILLETTSELGER,
        qr::{Kode, QrFault, Retting, VERSJON_MAKS},
    },
    system::Secret,
};

/// What an independent reader finds in the picture.
fn read(png: &[u8]) -> String {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Grayscale, png::BitDepth::One));
    let (width, line) = (info.width as usize, info.line_size);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, width, |x, y| {
        if pixels[y * line + x / 8] >> (7 - x % 8) & 1 == 1 { 255 } else { 0 }
    });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().unwrap().1
}

#[test]
fn a_ticket_sellers_code_is_read_back_and_fits_a_screen() {
    let verden = Verden::ny();
    let kort = verden.issue(&verden.kort());
    let vist = verden.present(&kort, BILLETTSELGER);
    let kode = Kode::make(&vist, Retting::Lav).unwrap();
    // docs/kort-offline.md says so.
    assert_eq!((vist.expose().len(), kode.versjon()), (1418, 27));
    assert_eq!(&read(&kode.png(3).unwrap()), vist.expose());

    let more = verden.present(&kort, &["navn", "fodselsdato", "fodselsnummer"]);
    let whole = Kode::make(&more, Retting::Lav).unwrap();
    assert_eq!((more.expose().len(), whole.versjon()), (1642, 30));
    assert_eq!(Kode::make(&vist, Retting::Middels).unwrap_err(), QrFault::TooBig);
}

#[test]
fn the_drawing_has_the_same_modules_as_the_picture() {
    let kode = Kode::make(&Secret::new("prøve".to_owned()), Retting::Middels).unwrap();
    let svg = kode.svg("Ledsagerbevis <1> & co");
    assert!(svg.contains("<title>Ledsagerbevis &lt;1> &amp; co</title>") && svg.starts_with("<svg xmlns"));
    assert!(svg.contains(&format!("viewBox=\"0 0 {0} {0}\"", kode.bredde())));
    // Every run of dark modules is one rectangle of that length; together they are what is dark in the picture.
    let mut runs: Vec<&str> = svg.split("v1h-").map(|text| text.rsplit('h').next().unwrap()).collect();
    runs.pop();
    let dark: usize = runs.iter().map(|run| run.parse::<usize>().unwrap()).sum();
    let png = kode.png(1).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let padding = (8 - kode.bredde() % 8) % 8 * kode.bredde();
    let light: usize = pixels.iter().map(|byte| byte.count_ones() as usize).sum();
    assert_eq!(dark, kode.bredde() * kode.bredde() + padding - light);
    assert_eq!(read(&kode.png(4).unwrap()), "prøve");
}

#[test]
fn what_no_camera_would_read_is_refused() {
    let long = |length| Kode::make(&Secret::new("e".repeat(length)), Retting::Lav);
    assert_eq!(long(1700).unwrap().versjon(), VERSJON_MAKS);
    for length in [1800, 5000] {
        assert_eq!(long(length).unwrap_err(), QrFault::TooBig);
    }
}

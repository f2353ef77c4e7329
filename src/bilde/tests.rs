use image::{ImageEncoder as _, codecs::jpeg::JpegEncoder};
use proptest::prelude::*;

use super::*;

/// Left half red, right half blue.
fn two_halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) })
}

fn jpeg(picture: &RgbImage, exif: Option<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
    if let Some(exif) = exif {
        encoder.set_exif_metadata(exif).unwrap();
    }
    picture.write_with_encoder(encoder).unwrap();
    bytes
}

/// TIFF with an orientation and a text that stands in for where the picture was taken.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    tiff.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    tiff.extend(b"GPS 59.9139 10.7522");
    tiff
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn decoded(bytes: &SecretBytes) -> RgbImage {
    image::load_from_memory_with_format(bytes.expose(), ImageFormat::Jpeg).unwrap().into_rgb8()
}

#[test]
fn only_the_picture_is_left_and_it_stands_upright() {
    let mut given = jpeg(&two_halves(400, 200), Some(exif(6)));
    given.extend(b"after the end 12345");
    assert!(holds(&given, b"59.9139") && holds(&given, b"after the end"));
    let kept = prepare(&given).unwrap();
    for trace in [&b"59.9139"[..], b"Exif", b"after the end"] {
        assert!(!holds(kept.expose(), trace));
    }
    let picture = decoded(&kept);
    assert_eq!(picture.dimensions(), (200, 400));
    // Turned by 90 degrees clockwise, left becomes up.
    assert!(picture.get_pixel(100, 50).0[0] > 150 && picture.get_pixel(100, 350).0[2] > 150);
}

#[test]
fn a_big_picture_becomes_one_that_fills_a_screen() {
    let picture = decoded(&prepare(&jpeg(&two_halves(3000, 1500), None)).unwrap());
    assert_eq!(picture.dimensions(), (1000, 500));
}

#[test]
fn png_and_webp_are_taken_and_transparency_is_white() {
    let clear = image::RgbaImage::from_pixel(120, 120, image::Rgba([0, 0, 0, 0]));
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let mut bytes = Cursor::new(Vec::new());
        clear.write_to(&mut bytes, format).unwrap();
        let picture = decoded(&prepare(bytes.get_ref()).unwrap());
        assert!(picture.get_pixel(60, 60).0.iter().all(|colour| *colour > 250), "{format:?}");
    }
}

#[test]
fn what_is_no_photo_is_refused_for_what_it_is() {
    assert_eq!(prepare(&vec![0; MAX_BYTES + 1]).unwrap_err(), Bildefeil::ForMangeByte);
    assert_eq!(prepare(&jpeg(&two_halves(99, 300), None)).unwrap_err(), Bildefeil::ForLite);
    assert_eq!(prepare(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").unwrap_err(), Bildefeil::Heic);
    for other in [&b""[..], b"%PDF-1.7", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>"] {
        assert_eq!(prepare(other).unwrap_err(), Bildefeil::Format);
    }
    let whole = jpeg(&two_halves(400, 200), None);
    assert_eq!(prepare(&whole[..20]).unwrap_err(), Bildefeil::Odelagt);
}

#[test]
fn a_picture_that_claims_too_many_pixels_is_not_decoded() {
    // A PNG of a hundred million pixels in a few bytes: only its head is ever read.
    let mut bytes = Vec::new();
    image::codecs::png::PngEncoder::new(&mut bytes)
        .write_image(two_halves(100, 100).as_raw(), 100, 100, image::ExtendedColorType::Rgb8)
        .unwrap();
    bytes[16..24].copy_from_slice(&[0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10]);
    let head = crc(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&head.to_be_bytes());
    assert_eq!(prepare(&bytes).unwrap_err(), Bildefeil::ForMangePiksler);
}

/// CRC-32 as PNG has it (ISO 3309).
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    };
    !bytes.iter().fold(!0, step)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is changed in a photo, it is a photo or refused.
    #[test]
    fn a_damaged_photo_never_stops_us(at in 0_usize..3000, byte: u8, cut in 0_usize..3000) {
        let mut bytes = jpeg(&two_halves(150, 120), Some(exif(3)));
        let (at, end) = (at % bytes.len(), bytes.len() - cut % bytes.len());
        bytes[at] = byte;
        let _ = prepare(&bytes[..end]);
    }

    #[test]
    fn noise_never_stops_us(bytes: Vec<u8>) {
        let _ = prepare(&bytes);
    }
}

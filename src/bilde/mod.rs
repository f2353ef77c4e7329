//! Photos of people. What a phone made goes in; a JPEG of bounded size with nothing but the picture in it comes out. EXIF,
//! the place where it was taken, and whatever else lay in the file or after its end are gone, because the picture is
//! drawn anew from its pixels.
//!
//! Size and dimensions are looked at before anything is decoded.
//!
//! HEIC is refused with a word about what to do. Of the decoders without C (November 2026), the one that is kept up by a
//! team is under AGPL-3.0, and those under a licence that we can use are some months old with one author each: too little
//! to read a stranger's bytes with. Phones give a JPEG to a web form that asks for one.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage, codecs::jpeg::JpegEncoder,
    imageops::FilterType,
};

use crate::{
    model::{Feil, Feilkode},
    system::{Secret, SecretBytes},
};

/// Most bytes of a photo that is handed in.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// Most pixels: the biggest picture that phones make by default has 50 million.
const MAX_PIXELS: u64 = 50_000_000;
/// Most memory that decoding may take.
const MAX_MEMORY: u64 = 256 * 1024 * 1024;
/// Fewest pixels on a side: in less nobody is recognised.
const MIN_SIDE: u32 = 100;
/// Most pixels on a side of what is kept: fills the screen of a phone.
const SIDE: u32 = 1000;
const QUALITY: u8 = 85;

/// What is wrong with a photo. Tells nothing of what it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Bildefeil {
    #[error("too many bytes")]
    ForMangeByte,
    #[error("too many pixels")]
    ForMangePiksler,
    #[error("too few pixels")]
    ForLite,
    #[error("HEIC")]
    Heic,
    #[error("not a format that is taken")]
    Format,
    #[error("cannot be decoded")]
    Odelagt,
}

impl From<Bildefeil> for Feil {
    fn from(fault: Bildefeil) -> Self {
        let of = |kode: Feilkode| Self::from(kode);
        match fault {
            Bildefeil::ForMangeByte => of(Feilkode::BildeForStort),
            Bildefeil::ForMangePiksler => of(Feilkode::BildeForStort)
                .melding("Bildet har for mange piksler. Det kan ha 50 millioner. Lag et mindre bilde og prøv igjen."),
            Bildefeil::ForLite => of(Feilkode::BildeUgyldig)
                .melding("Bildet er for lite. Det må være minst 100 piksler bredt og høyt. Ta et nytt bilde."),
            Bildefeil::Heic => of(Feilkode::BildeFormat).melding(
                "Bildet er i formatet HEIC, som vi ikke kan åpne trygt. Lagre det som JPEG og prøv igjen. På iPhone: velg \
                 «Mest kompatibel» under Innstillinger, Kamera, Formater.",
            ),
            Bildefeil::Format => of(Feilkode::BildeFormat),
            Bildefeil::Odelagt => of(Feilkode::BildeUgyldig),
        }
    }
}

/// Makes the photo that is kept: upright, at most 1000 pixels wide and high, as JPEG, with no metadata.
///
/// Takes up to some hundred milliseconds of work: not for a task that others wait behind.
///
/// # Errors
/// What cannot be used as a photo.
pub fn prepare(bytes: &[u8]) -> Result<SecretBytes, Bildefeil> {
    if bytes.len() > MAX_BYTES {
        return Err(Bildefeil::ForMangeByte);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format(bytes)?);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| Bildefeil::Odelagt)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_MEMORY {
        return Err(Bildefeil::ForMangePiksler);
    }
    if width.min(height) < MIN_SIDE {
        return Err(Bildefeil::ForLite);
    }
    // Without it the picture is as it stands in the file.
    let orientation = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| Bildefeil::Odelagt)?;
    if width.max(height) > SIDE {
        picture = picture.resize(SIDE, SIDE, FilterType::CatmullRom);
    }
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    on_white(picture).write_with_encoder(encoder).map_err(|_| Bildefeil::Odelagt)?;
    Ok(Secret::new(jpeg))
}

/// JPEG knows no transparency, and what lies under it may be anything.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let mut flat = RgbImage::new(picture.width(), picture.height());
    for (to, from) in flat.pixels_mut().zip(picture.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        let mix = |colour: u32| u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
        *to = Rgb([mix(red), mix(green), mix(blue)]);
    }
    flat
}

/// By the first bytes; what the sender calls it does not count.
fn format(bytes: &[u8]) -> Result<ImageFormat, Bildefeil> {
    if let Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) = image::guess_format(bytes) {
        return Ok(format);
    }
    // ISO 23008-12: `ftyp` and a brand.
    match (bytes.get(4..8), bytes.get(8..12)) {
        (Some(b"ftyp"), Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1")) => {
            Err(Bildefeil::Heic)
        }
        _ => Err(Bildefeil::Format),
    }
}

#[cfg(test)]
mod tests;

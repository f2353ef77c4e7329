//! A presentation as a QR code (ISO/IEC 18004): text as it is, so that any reader and any wallet's verifier gets the
//! presentation itself.
//!
//! A ticket seller's presentation takes about 1 500 characters. That is the lowest error correction (7 %), which a
//! screen can do with: it has no stains and no folds. [`Kode::versjon`] tells how dense a code is; up to 27 is 125
//! modules across, half a millimetre each on a phone that is 6.5 cm wide. More than [`VERSJON_MAKS`] is refused.

use fast_qr::{ECL, QRBuilder, QRCode};

use crate::system::SecretString;

/// The densest code that is made: 137 modules across. Beyond this, a phone's camera has trouble with another's screen.
pub const VERSJON_MAKS: usize = 30;

/// Modules of white on every side (ISO/IEC 18004 §5.3.8).
const KANT: usize = 4;

/// Why no code was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QrFault {
    /// More than fits in a code that can be scanned: show fewer claims.
    #[error("the presentation does not fit in a code that can be scanned")]
    TooBig,
    #[error("the picture could not be written")]
    Picture,
}

/// How much of a code may be unreadable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retting {
    /// 7 %, for screens.
    Lav,
    /// 15 %, for paper.
    Middels,
}

/// A code, module by module.
pub struct Kode(QRCode);

/// A code is the presentation; only its size is shown.
impl std::fmt::Debug for Kode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kode({})", self.versjon())
    }
}

impl Kode {
    pub fn make(presentasjon: &SecretString, retting: Retting) -> Result<Self, QrFault> {
        let ecl = match retting {
            Retting::Lav => ECL::L,
            Retting::Middels => ECL::M,
        };
        let code = QRBuilder::new(presentasjon.expose().as_bytes()).ecl(ecl).build().map_err(|_| QrFault::TooBig)?;
        let kode = Self(code);
        if kode.versjon() > VERSJON_MAKS { Err(QrFault::TooBig) } else { Ok(kode) }
    }

    /// 1 to 40 (ISO/IEC 18004 §5.3.1).
    pub fn versjon(&self) -> usize {
        self.0.size.saturating_sub(17) / 4
    }

    /// Modules across, with the white round it.
    pub fn bredde(&self) -> usize {
        self.0.size + 2 * KANT
    }

    fn dark(&self, row: usize, column: usize) -> bool {
        let inside = |at: usize| at.checked_sub(KANT).filter(|at| *at < self.0.size);
        match (inside(row), inside(column)) {
            (Some(row), Some(column)) => {
                self.0.data.get(row * self.0.size + column).is_some_and(|module| module.value())
            }
            _ => false,
        }
    }

    /// One path in black on white, as sharp as the screen is; `role` and `title` for those who do not see it.
    pub fn svg(&self, tittel: &str) -> String {
        let width = self.bredde();
        let mut path = String::new();
        for row in 0..width {
            let mut column = 0;
            while column < width {
                let run = (column..width).take_while(|at| self.dark(row, *at)).count();
                if run > 0 {
                    path.push_str(&format!("M{column} {row}h{run}v1h-{run}z"));
                }
                column += run.max(1);
            }
        }
        let tittel = tittel.replace('&', "&amp;").replace('<', "&lt;");
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {width}" role="img" shape-rendering="crispEdges"><title>{tittel}</title><path fill="#fff" d="M0 0h{width}v{width}H0z"/><path d="{path}"/></svg>"##
        )
    }

    /// Black and white, `skala` pixels for each module.
    pub fn png(&self, skala: u8) -> Result<Vec<u8>, QrFault> {
        let scale = usize::from(skala.max(1));
        let side = self.bredde() * scale;
        let mut bytes = Vec::new();
        let side_u32 = u32::try_from(side).map_err(|_| QrFault::Picture)?;
        let mut encoder = png::Encoder::new(&mut bytes, side_u32, side_u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut pixels = Vec::with_capacity(side.div_ceil(8) * side);
        for row in 0..side {
            for first in (0..side).step_by(8) {
                let white = |at: usize| u8::from(at >= side || !self.dark(row / scale, at / scale));
                pixels.push((first..first + 8).fold(0, |byte, at| (byte << 1) | white(at)));
            }
        }
        let mut writer = encoder.write_header().map_err(|_| QrFault::Picture)?;
        writer.write_image_data(&pixels).map_err(|_| QrFault::Picture)?;
        writer.finish().map_err(|_| QrFault::Picture)?;
        Ok(bytes)
    }
}

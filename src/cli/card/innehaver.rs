//! What a phone does with a card: makes a key, shows that it has it, and signs for what it shows. A reference for who builds
//! an app, and a way to try the rest without one.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::Args;
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::{
    app::World,
    cli::output,
    crypto::{
        es256::SigningKey,
        possession,
        sd_jwt::{Card, Recipient},
    },
    kort::qr::{Kode, Retting},
    system::{SecretString, rng::random},
};

/// Pixels of a module in a picture: a code of 125 modules is some 800 pixels wide.
const SKALA: u8 = 6;

#[derive(Debug, Args)]
pub struct Key {
    /// Filen nøkkelen skrives til, som JWK. Bare eieren kan lese den, og en fil som finnes, blir ikke skrevet over.
    #[arg(value_name = "FIL")]
    file: PathBuf,
}

#[derive(Debug, Args)]
pub struct Proof {
    /// Telefonens nøkkel, fra `meldeport card key`.
    #[arg(long, value_name = "FIL")]
    key: PathBuf,
    /// Utstederens adresse, som i `issuer` på /.well-known/jwt-vc-issuer.
    #[arg(long, value_name = "ADRESSE")]
    issuer: String,
    /// Engangsverdien fra utstederen.
    #[arg(long, value_name = "TEKST")]
    nonce: String,
    /// Signer som på dette tidspunktet (RFC 3339) i stedet for nå.
    #[arg(long, value_name = "TID")]
    now: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub struct Show {
    /// Fil med kortet, slik det ble hentet.
    #[arg(value_name = "KORT")]
    card: PathBuf,
    /// Telefonens nøkkel, fra `meldeport card key`.
    #[arg(long, value_name = "FIL")]
    key: PathBuf,
    /// En opplysning som skal vises: navn, fodselsdato eller fodselsnummer. Kan gis flere ganger. Uten: ingen av dem.
    #[arg(long, value_name = "NAVN")]
    claim: Vec<String>,
    /// Hvem kortet vises for.
    #[arg(long, value_name = "NAVN", default_value = "alle")]
    audience: String,
    /// Utfordringen fra den som kontrollerer. Uten: en verdi som aldri kommer igjen.
    #[arg(long, value_name = "TEKST")]
    nonce: Option<String>,
    /// Vis som på dette tidspunktet (RFC 3339) i stedet for nå.
    #[arg(long, value_name = "TID")]
    now: Option<Timestamp>,
    /// Skriv QR-koden til denne filen, som SVG.
    #[arg(long, value_name = "FIL")]
    svg: Option<PathBuf>,
    /// Skriv QR-koden til denne filen, som PNG.
    #[arg(long, value_name = "FIL")]
    png: Option<PathBuf>,
}

pub fn make_key(options: &Key, world: &World) -> anyhow::Result<()> {
    let key = SigningKey::make(&*world.rng).map_err(|fault| anyhow!("{}", fault.melding()))?;
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&options.file)
        .with_context(|| options.file.display().to_string())?;
    file.write_all(key.to_private_jwk().expose().as_bytes()).with_context(|| options.file.display().to_string())
}

pub fn prove(options: &Proof, world: &World) -> anyhow::Result<()> {
    let at = options.now.unwrap_or_else(|| world.clock.now());
    let proof = possession::prove(&read_key(&options.key)?, &options.issuer, &options.nonce, at);
    output::line(proof.map_err(|fault| anyhow!("{}", fault.melding()))?);
    Ok(())
}

pub fn show(options: &Show, world: &World) -> anyhow::Result<()> {
    let key = read_key(&options.key)?;
    let card =
        SecretString::new(fs::read_to_string(&options.card).with_context(|| options.card.display().to_string())?);
    let told = |fault: crate::crypto::sd_jwt::SdJwtFault| anyhow!("{}: {}", options.card.display(), fault.melding());
    let card = Card::parse(card.expose().trim_ascii()).map_err(told)?;
    if let Some(unknown) = options.claim.iter().find(|claim| !card.hides(claim)) {
        bail!("Kortet skjuler ingen opplysning som heter «{unknown}».");
    }
    let names: Vec<&str> = options.claim.iter().map(String::as_str).collect();
    let nonce = options.nonce.clone().unwrap_or_else(|| URL_SAFE_NO_PAD.encode(random::<16>(&*world.rng)));
    let to = Recipient { audience: &options.audience, nonce: &nonce };
    let at = options.now.unwrap_or_else(|| world.clock.now());
    let presentation = card.present(&names, to, &key, at).map_err(told)?;
    if options.svg.is_some() || options.png.is_some() {
        let code = Kode::make(&presentation, Retting::Lav).map_err(|_| {
            anyhow!("Dette får ikke plass i en QR-kode som kan leses av en skjerm. Vis færre opplysninger.")
        })?;
        if let Some(file) = &options.svg {
            write(file, code.svg("Ledsagerbevis").as_bytes())?;
        }
        if let Some(file) = &options.png {
            write(file, &code.png(SKALA)?)?;
        }
    }
    output::line(presentation.expose());
    Ok(())
}

fn read_key(file: &Path) -> anyhow::Result<SigningKey> {
    let text = Zeroizing::new(fs::read(file).with_context(|| file.display().to_string())?);
    let key = serde_json::from_slice(&text).ok().and_then(|jwk| SigningKey::from_jwk(&jwk).ok());
    key.with_context(|| format!("{}: dette er ikke en privat P-256-nøkkel som JWK", file.display()))
}

fn write(file: &Path, content: &[u8]) -> anyhow::Result<()> {
    fs::write(file, content).with_context(|| file.display().to_string())
}

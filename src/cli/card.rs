//! Companion cards without a network: checking one at a door, where nothing is written down, and showing one.

use std::{
    fs,
    io::{self, Read as _},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp, tz::TimeZoneDatabase};
use serde_json::{Value, json};

use super::output;

mod innehaver;

use crate::{
    app::World,
    crypto::{issuers::TrustedIssuers, sd_jwt, status_list},
    kort::{
        Gyldighet, bildedigest,
        kontroll::{self, Avslag, Godtatt, Grunnlag, Sperring},
    },
    system::SecretString,
};

/// Not valid.
const UGYLDIG: u8 = 1;
/// Nothing could be judged: a file is missing, or is not what it should be. The same as for a wrong command line.
const IKKE_BEDOMT: u8 = 2;
/// Valid as far as is known: revocation was not looked at, or by a list that ought to be newer.
const MED_FORBEHOLD: u8 = 3;

#[derive(Debug, Subcommand)]
pub enum CardCommand {
    /// Kontroller et ledsagerbevis som blir vist fram, uten nett.
    ///
    /// Avslutter med 0 når kortet er gyldig, med 1 når det ikke er det, med 2 når det ikke kunne bedømmes fordi en fil
    /// mangler eller ikke kan leses, og med 3 når det er gyldig så langt vi vet: sperrelisten er for gammel eller ikke
    /// hentet.
    Verify(Verify),
    /// Vis fram et kort: skriver det som skal stå i QR-koden, signert med telefonens nøkkel.
    Show(innehaver::Show),
    /// Lag nøkkelen som en telefon får kort bundet til.
    Key(innehaver::Key),
    /// Lag beviset på at telefonen har nøkkelen, slik det sendes når et kort hentes.
    Proof(innehaver::Proof),
}

#[derive(Debug, Args)]
pub struct Verify {
    /// Fil med det som ble vist fram (innholdet i QR-koden), eller - for å lese det fra standard inn.
    #[arg(value_name = "PRESENTASJON")]
    presentation: PathBuf,
    /// Utstedere vi stoler på: JSON med ett nøkkelsett (JWKS) for hver utsteder.
    #[arg(long, value_name = "FIL")]
    issuers: PathBuf,
    /// Sperreliste som er hentet tidligere. Kan gis flere ganger; kortets egen må være blant dem.
    #[arg(long, value_name = "FIL")]
    status: Vec<PathBuf>,
    /// Bildet som vises sammen med kortet.
    #[arg(long, value_name = "FIL")]
    photo: Option<PathBuf>,
    /// Bedøm som på dette tidspunktet (RFC 3339) i stedet for nå.
    #[arg(long, value_name = "TID")]
    now: Option<Timestamp>,
    /// Hvem kortet må være vist fram for.
    #[arg(long, value_name = "NAVN")]
    audience: Option<String>,
    /// Utfordringen som kortet må svare på.
    #[arg(long, value_name = "TEKST")]
    nonce: Option<String>,
    /// Hvor mange sekunder gammel framvisningen kan være.
    #[arg(long, value_name = "SEKUNDER", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    max_age: u32,
    /// Svar med JSON.
    #[arg(long)]
    json: bool,
}

pub fn run(command: &CardCommand, world: &World) -> anyhow::Result<ExitCode> {
    match command {
        CardCommand::Verify(options) => return Ok(verify(options, world)),
        CardCommand::Show(options) => innehaver::show(options, world)?,
        CardCommand::Key(options) => innehaver::make_key(options, world)?,
        CardCommand::Proof(options) => innehaver::prove(options, world)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(verify: &Verify, world: &World) -> ExitCode {
    match judge(verify, verify.now.unwrap_or_else(|| world.clock.now())) {
        Ok(code) => code,
        Err(error) => {
            super::complain(&error);
            IKKE_BEDOMT.into()
        }
    }
}

fn judge(verify: &Verify, now: Timestamp) -> anyhow::Result<ExitCode> {
    let read = |path: &PathBuf| fs::read(path).with_context(|| path.display().to_string());
    let issuers = TrustedIssuers::from_json(&read(&verify.issuers)?)
        .map_err(|fault| anyhow!("{}: {}", verify.issuers.display(), fault.melding()))?;
    let mut lists = Vec::new();
    for path in &verify.status {
        let list = String::from_utf8(read(path)?).ok().filter(|list| status_list::named(list).is_some());
        lists.push(list.with_context(|| format!("{}: dette er ikke en sperreliste", path.display()))?);
    }
    let photo = verify.photo.as_ref().map(read).transpose()?.map(|photo| bildedigest(&photo));
    let presentation = presentation(&verify.presentation)?;
    let grunnlag = Grunnlag {
        utstedere: &issuers,
        sperrelister: &lists,
        bilde: photo,
        mottaker: verify.audience.as_deref(),
        utfordring: verify.nonce.as_deref(),
        maks_alder: SignedDuration::from_secs(verify.max_age.into()),
        now,
    };
    let dom = kontroll::kontroller(presentation.expose(), &grunnlag);
    let advarsler = dom.as_ref().map(|godtatt| advarsler(godtatt, now)).unwrap_or_default();
    if verify.json {
        output::line(as_json(&dom, &advarsler));
    } else {
        as_text(&dom, &advarsler, now);
    }
    Ok(match dom {
        Err(_) => UGYLDIG.into(),
        Ok(Godtatt { sperring: Sperring::Gammel { .. } | Sperring::IkkeKontrollert, .. }) => MED_FORBEHOLD.into(),
        Ok(_) => ExitCode::SUCCESS,
    })
}

fn presentation(path: &PathBuf) -> anyhow::Result<SecretString> {
    let limit = u64::try_from(2 * sd_jwt::BYTES_MAX).unwrap_or(u64::MAX);
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        io::stdin().lock().take(limit).read_to_string(&mut text)
    } else {
        fs::File::open(path).and_then(|file| file.take(limit).read_to_string(&mut text))
    };
    match read {
        Ok(_) => Ok(SecretString::new(text)),
        // What was shown is not text: whoever showed it shall show it again.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(SecretString::new(String::new())),
        Err(error) => bail!("{}: {error}", path.display()),
    }
}

fn advarsler(godtatt: &Godtatt, now: Timestamp) -> Vec<String> {
    let mut advarsler = Vec::new();
    match godtatt.sperring {
        Sperring::Fersk { .. } | Sperring::Uten => {}
        Sperring::Gammel { utstedt } => advarsler.push(format!(
            "Sperrelisten er {} gammel. Kortet kan være trukket tilbake siden. Koble til nett og hent listen på nytt når du kan.",
            alder(utstedt, now)
        )),
        Sperring::IkkeKontrollert => advarsler.push(
            "Det er ikke undersøkt om kortet er trukket tilbake, for ingen sperreliste er gitt. Hent utstederens sperreliste."
                .to_owned(),
        ),
    }
    if godtatt.papir {
        advarsler.push(
            "Dette er et kort på papir, og koden kan være kopiert. Sammenlign navnet her med det som står på kortet, og bildet på \
             kortet med den som viser det. Be om legitimasjon hvis du er i tvil."
                .to_owned(),
        );
    } else if godtatt.vist.bilde.is_none() {
        advarsler.push(
            "Kortet har ikke noe bilde. Be om annen legitimasjon hvis du er i tvil om hvem det tilhører.".to_owned(),
        );
    } else if !godtatt.bilde_stemmer {
        advarsler.push("Bildet på telefonen er ikke kontrollert mot kortet. Gi det med --photo.".to_owned());
    }
    advarsler
}

fn as_text(dom: &Result<Godtatt, Avslag>, advarsler: &[String], now: Timestamp) {
    match dom {
        Err(avslag) => {
            output::line("IKKE GYLDIG");
            output::line(format_args!("{} ({})", avslag.melding(), avslag.code()));
        }
        Ok(godtatt) => {
            let vist = &godtatt.vist;
            output::line("GYLDIG");
            if godtatt.papir {
                output::line("Kort:         på papir");
            }
            output::line(format_args!("Ledsagere:    {}", vist.antall_ledsagere));
            output::line(format_args!("Gyldig til:   {}", gyldig_til(vist.gyldighet)));
            if let Some(navn) = &vist.navn {
                output::line(format_args!("Navn:         {}", printable(navn.expose())));
            }
            if let Some(dato) = vist.fodselsdato {
                output::line(format_args!("Født:         {}", dato.strftime("%d.%m.%Y")));
            }
            output::line(format_args!("Utsteder:     {}", printable(&godtatt.utsteder)));
            if godtatt.bilde_stemmer {
                output::line("Bilde:        hører til kortet");
            }
            output::line(format_args!("Sperreliste:  {}", sperreliste(godtatt.sperring, now)));
        }
    }
    for advarsel in advarsler {
        output::line(format_args!("ADVARSEL: {advarsel}"));
    }
}

/// What comes from a card must not steer a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn gyldig_til(gyldighet: Gyldighet) -> String {
    match gyldighet {
        Gyldighet::Til(dato) => format!("{} (til og med)", dato.strftime("%d.%m.%Y")),
        Gyldighet::Varig => "varig".to_owned(),
    }
}

fn sperreliste(sperring: Sperring, now: Timestamp) -> String {
    match sperring {
        Sperring::Fersk { utstedt } | Sperring::Gammel { utstedt } => {
            format!("ikke sperret per {}, {} siden", klokkeslett(utstedt), alder(utstedt, now))
        }
        Sperring::Uten => "kortet kan ikke sperres".to_owned(),
        Sperring::IkkeKontrollert => "ikke kontrollert".to_owned(),
    }
}

/// `22.11.2026 kl. 07.05`, Norwegian local time.
fn klokkeslett(at: Timestamp) -> String {
    match TimeZoneDatabase::bundled().get("Europe/Oslo") {
        Ok(oslo) => at.to_zoned(oslo).strftime("%d.%m.%Y kl. %H.%M").to_string(),
        Err(_) => at.to_string(),
    }
}

/// How long ago, in the largest unit that says enough.
fn alder(since: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(since).as_mins().max(0);
    let (count, one, many) = match minutes {
        0..=59 => (minutes, "minutt", "minutter"),
        60..=2879 => (minutes / 60, "time", "timer"),
        _ => (minutes / 1440, "døgn", "døgn"),
    };
    format!("{count} {}", if count == 1 { one } else { many })
}

fn as_json(dom: &Result<Godtatt, Avslag>, advarsler: &[String]) -> Value {
    let godtatt = match dom {
        Ok(godtatt) => godtatt,
        Err(avslag) => return json!({ "gyldig": false, "kode": avslag.code(), "melding": avslag.melding() }),
    };
    let vist = &godtatt.vist;
    let (gyldig_til, varig) = match vist.gyldighet {
        Gyldighet::Til(dato) => (Some(dato.to_string()), false),
        Gyldighet::Varig => (None, true),
    };
    let (sperring, utstedt) = match godtatt.sperring {
        Sperring::Fersk { utstedt } => ("FERSK", Some(utstedt)),
        Sperring::Gammel { utstedt } => ("GAMMEL", Some(utstedt)),
        Sperring::Uten => ("UTEN", None),
        Sperring::IkkeKontrollert => ("IKKE_KONTROLLERT", None),
    };
    json!({
        "gyldig": true,
        "papir": godtatt.papir,
        "utsteder": godtatt.utsteder,
        "antallLedsagere": vist.antall_ledsagere,
        "gyldigTil": gyldig_til,
        "varig": varig,
        "navn": vist.navn.as_ref().map(|navn| navn.expose()),
        "fodselsdato": vist.fodselsdato.map(|dato| dato.to_string()),
        "bildeStemmer": godtatt.bilde_stemmer,
        "sperring": sperring,
        "sperrelisteUtstedt": utstedt.map(|at| at.to_string()),
        "utloper": godtatt.utloper.map(|at| at.to_string()),
        "advarsler": advarsler,
    })
}

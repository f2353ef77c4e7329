//! Registering who takes part, from one TOML file. Running the same file again changes nothing.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, anyhow};
use clap::Args;
use jiff::Timestamp;
use serde::Deserialize;

use super::{ConfigFile, output};
use crate::{
    app::{self, Parts, World},
    config::Config,
    crypto::certificate::Certificate,
    domain::{
        oppsett::{NyIntegrasjon, Oppsett},
        roller::NyRolle,
    },
    model::{
        Bydelsnummer, FiksOrgId, IntegrasjonId, Kommunenummer, KontoId, Organisasjonsnummer, RessursId,
        bevisoppsett::Svarutkonto,
        integrasjon::Privilegium,
        kommune::{Bydel, Etterfolger, Kommune, Konto, Malform, Organisasjon, Postadresse},
        melding::Format,
        nokkel::NokkelEier,
        rolle::Rolle,
    },
    system::{Ids, SecretString},
};

#[derive(Debug, Args)]
pub struct Provision {
    #[command(flatten)]
    config: ConfigFile,
    /// Det som skal registreres (TOML). Filnavn i den gjelder fra mappen den ligger i.
    file: PathBuf,
}

/// The file. `docs/provision.example.toml` is one with comments.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    organisasjon: Vec<OrganisasjonEntry>,
    #[serde(default)]
    kommune: Vec<KommuneEntry>,
    #[serde(default)]
    integrasjon: Vec<IntegrasjonEntry>,
    #[serde(default)]
    rolle: Vec<RolleEntry>,
    #[serde(default)]
    svarutkonto: Vec<SvarutkontoEntry>,
    /// Certificate (PEM file) of the print supplier.
    print_sertifikat: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganisasjonEntry {
    fiks_org_id: FiksOrgId,
    organisasjonsnummer: Organisasjonsnummer,
    navn: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KommuneEntry {
    kommunenummer: Kommunenummer,
    navn: String,
    fiks_org_id: FiksOrgId,
    /// The municipality that this one becomes part of.
    etterfolger: Option<EtterfolgerEntry>,
    #[serde(default)]
    bydel: Vec<BydelEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BydelEntry {
    bydelsnummer: Bydelsnummer,
    navn: String,
    #[serde(default)]
    standard_mottaker: bool,
    /// "V1" or "V2".
    stottet_versjon: String,
    /// "ASICE" or "JWE": what a report that came in as plain JSON is sealed as.
    #[serde(default = "asice")]
    leveringsformat: String,
    /// "nb" or "nn": the language of a PDF that the gateway makes.
    #[serde(default = "bokmal")]
    malform: String,
    #[serde(default = "yes")]
    aktiv: bool,
    /// Certificate (PEM file) that reports to the office are sealed to.
    sertifikat: Option<PathBuf>,
    /// Where letters go.
    adresse: Option<Postadresse>,
    /// The office's own e-mail addresses; warnings go to them.
    #[serde(default)]
    eposter: Vec<String>,
    /// More addresses that warnings go to.
    #[serde(default)]
    varsel_eposter: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EtterfolgerEntry {
    kommunenummer: Kommunenummer,
    /// An instant, such as 2028-01-01T00:00:00+01:00.
    fra: Timestamp,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IntegrasjonEntry {
    integrasjon_id: IntegrasjonId,
    fiks_org_id: FiksOrgId,
    navn: String,
    #[serde(default = "yes")]
    aktiv: bool,
    /// Privileges by the organisation that they are for.
    privilegier: HashMap<FiksOrgId, Vec<String>>,
    #[serde(default)]
    nytt_passord: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RolleEntry {
    fiks_org_id: FiksOrgId,
    /// "HOVEDADMINISTRATOR", "TJENESTEADMINISTRATOR" or "BRUKER".
    rolle: String,
    /// What the administrators know the person by.
    merkelapp: String,
    fodselsnummer: Fodselsnummer,
}

/// An account at SvarUt, which the organisation may choose for letters about companion cards.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SvarutkontoEntry {
    konto_id: KontoId,
    fiks_org_id: FiksOrgId,
    navn: String,
    #[serde(default = "yes")]
    aktiv: bool,
}

/// Eleven digits. A value that is no text is taken for an empty one, for what the parser says of a wrong value quotes it.
#[derive(Debug)]
struct Fodselsnummer(SecretString);

impl<'de> Deserialize<'de> for Fodselsnummer {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = toml::Value::deserialize(deserializer)?;
        Ok(Self(SecretString::new(value.as_str().unwrap_or_default().to_owned())))
    }
}

fn asice() -> String {
    Format::Asice.to_string()
}

fn bokmal() -> String {
    Malform::Bokmal.as_str().to_owned()
}

fn yes() -> bool {
    true
}

pub async fn run(provision: &Provision, world: &World) -> anyhow::Result<ExitCode> {
    let config = Config::load(provision.config.config.as_deref())?;
    let text = fs::read_to_string(&provision.file).with_context(|| provision.file.display().to_string())?;
    // Not the whole error: it quotes the line, which may hold a fødselsnummer.
    let document: Document = toml::from_str(&text).map_err(|error| {
        let line = error.span().and_then(|at| text.get(..at.start)).map_or(1, |before| before.split('\n').count());
        anyhow!("{}, line {line}: {}", provision.file.display(), error.message())
    })?;
    let folder = provision.file.parent().unwrap_or(Path::new("."));
    let ids = Ids::new(world.clock.clone(), world.rng.clone());
    let oppsett = convert(document, folder, &ids)?;
    let services = app::services(world, Parts::unhurried(&config)?).await?;
    let done = services.apply(oppsett).await.map_err(|error| anyhow!(error.feil().melding))?;
    services.store.close().await;
    for eier in done.nye_sertifikater {
        output::line(format_args!("nytt sertifikat: {eier:?}"));
    }
    for (id, password) in done.passord {
        output::line(format_args!("nytt passord, vises bare nå: IntegrasjonId {id}  {}", password.expose()));
    }
    output::line("Registeret er oppdatert.");
    Ok(ExitCode::SUCCESS)
}

fn convert(document: Document, folder: &Path, ids: &Ids) -> anyhow::Result<Oppsett> {
    let certificate = |path: &Path| {
        let path = folder.join(path);
        let pem = fs::read(&path).with_context(|| path.display().to_string())?;
        Certificate::from_pem(&pem).map_err(|fault| anyhow!("{}: {fault}", path.display()))
    };
    let mut oppsett = Oppsett::default();
    for OrganisasjonEntry { fiks_org_id, organisasjonsnummer, navn } in document.organisasjon {
        oppsett.organisasjoner.push(Organisasjon { id: fiks_org_id, organisasjonsnummer, navn });
    }
    for KommuneEntry { kommunenummer, navn, fiks_org_id, etterfolger, bydel } in document.kommune {
        let etterfolger = etterfolger.map(|EtterfolgerEntry { kommunenummer, fra }| Etterfolger { kommunenummer, fra });
        oppsett.kommuner.push(Kommune { kommunenummer, navn, organisasjon: fiks_org_id, etterfolger });
        for entry in bydel {
            let stottet_versjon = entry.stottet_versjon.parse().context("stottet_versjon must be V1 or V2")?;
            let leveringsformat = entry.leveringsformat.parse().context("leveringsformat must be ASICE or JWE")?;
            if let Some(path) = &entry.sertifikat {
                let eier = NokkelEier::Bydel(kommunenummer, entry.bydelsnummer);
                oppsett.sertifikater.push((eier, certificate(path)?));
            }
            oppsett.bydeler.push(Bydel {
                id: RessursId(ids.uuid()),
                kommunenummer,
                bydelsnummer: entry.bydelsnummer,
                navn: entry.navn,
                standard_mottaker: entry.standard_mottaker,
                stottet_versjon,
                leveringsformat,
                malform: entry.malform.parse().map_err(|_| anyhow!("malform must be nb or nn"))?,
                aktiv: entry.aktiv,
                konto: Konto::fagsystem(KontoId(ids.uuid())),
                adresse: entry.adresse,
                telefon: None,
                eposter: entry.eposter,
                varsel_eposter: entry.varsel_eposter,
            });
        }
    }
    if let Some(path) = &document.print_sertifikat {
        oppsett.sertifikater.push((NokkelEier::Print, certificate(path)?));
    }
    for entry in document.integrasjon {
        let mut privilegier = Vec::new();
        for (for_whom, names) in entry.privilegier {
            for name in names {
                let privilegium: Privilegium = name.parse().map_err(|_| anyhow!("unknown privilege {name}"))?;
                privilegier.push((for_whom, privilegium));
            }
        }
        oppsett.integrasjoner.push(NyIntegrasjon {
            id: entry.integrasjon_id,
            organisasjon: entry.fiks_org_id,
            navn: entry.navn,
            aktiv: entry.aktiv,
            privilegier,
            nytt_passord: entry.nytt_passord,
        });
    }
    for SvarutkontoEntry { konto_id, fiks_org_id, navn, aktiv } in document.svarutkonto {
        oppsett.svarutkontoer.push(Svarutkonto { id: konto_id, organisasjon: fiks_org_id, navn, aktiv });
    }
    for RolleEntry { fiks_org_id, rolle, merkelapp, fodselsnummer } in document.rolle {
        let rolle: Rolle =
            rolle.parse().map_err(|_| anyhow!("rolle must be {}", Rolle::ALL.map(Rolle::as_str).join(", ")))?;
        let Fodselsnummer(fnr) = fodselsnummer;
        oppsett.roller.push(NyRolle { organisasjon: fiks_org_id, rolle, bydel: None, merkelapp, fnr });
    }
    Ok(oppsett)
}

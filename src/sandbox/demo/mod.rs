//! `meldeport demo`: a gateway with everything round it, and the main job and a companion card played through its public API.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, anyhow};
use clap::Args;
use jiff::SignedDuration;
use poem::Route;

use self::narrator::Narrator;
use super::{
    idporten::{self, Idporten},
    maskinporten::{self, Maskinporten},
    personregister::Register,
    prov::{self, Tokenkilde},
    town::{Town, Virksomhet},
};
use crate::{
    app::{self, Gateway, Limits, Listening, Parts, World},
    auth::{PersonSettings, VerifierSettings},
    crypto::es256::SigningKey,
    delivery::WorkerSettings,
    domain::{ledsagerbevis::Kortoppsett, oppsett::Oppsett, varsling::Varsling},
    epost::Mappe,
    http::{HttpSettings, LoginSettings, Part, RateSettings, Utproving},
    model::IntegrasjonId,
    sms,
    store::DatabaseSettings,
    system::{Ids, RoomSettings, Secret, SecretString, rng::random},
};

mod kit;
mod lommebok;
mod narrator;
mod play;
mod report;

/// Where the developer Maskinporten is mounted.
const MASKINPORTEN: &str = "/maskinporten";
/// Where the developer ID-porten is mounted.
const IDPORTEN: &str = "/idporten";

/// Start en portvakt med alt rundt, og vis hvordan en melding går fra et fagsystem til kommunen, og et ledsagerbevis fra kommunen til
/// en dør uten nett.
///
/// Trenger ingen database, nøkkel eller konto: alt lages på stedet og er oppdiktet.
#[derive(Debug, Args)]
pub struct DemoOptions {
    /// Avslutt når alle stegene er vist. Ellers står portvakten oppe til Ctrl-C.
    #[arg(long)]
    once: bool,
    /// Skriv stegene som JSON, ett på hver linje.
    #[arg(long)]
    json: bool,
    /// Legg det en klient trenger for å være med, i denne mappen.
    #[arg(long, value_name = "MAPPE")]
    kit: Option<PathBuf>,
    /// Adressen portvakten lytter på. Port 0 betyr en ledig port. Standard er 127.0.0.1:8080, og en ledig port med --once.
    #[arg(long, value_name = "ADRESSE")]
    address: Option<String>,
    /// Databasen som brukes. Uten denne brukes en SQLite-fil som slettes til slutt.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

/// A gateway with a town round it.
pub struct Sandbox {
    pub gateway: Gateway,
    pub town: Town,
    pub base_url: String,
    pub maskinporten: Arc<Maskinporten>,
    pub idporten: Arc<Idporten>,
    pub skole_passord: SecretString,
    pub kommune_passord: SecretString,
    pub utskrift_passord: SecretString,
    /// Where letters are laid out.
    pub utskriftsmappe: PathBuf,
    /// Where text messages are written.
    pub smsmappe: PathBuf,
    /// The letters, the warnings, the text messages, and the database unless the operator named one. Removed when dropped.
    _folder: tempfile::TempDir,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// Runs the command.
pub async fn run(
    options: &DemoOptions,
    world: &World,
    stop: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let narrator = Narrator::new(options.json);
    let fallback = if options.once { "127.0.0.1:0" } else { "127.0.0.1:8080" };
    let address = options.address.as_deref().unwrap_or(fallback);
    narrator.opening();
    let sandbox = Sandbox::start(world, address, options.database.as_deref()).await?;
    narrator.ready(&sandbox);
    if let Some(folder) = &options.kit {
        kit::write(folder, &sandbox).with_context(|| folder.display().to_string())?;
        narrator.kit(folder);
    }
    let mut played = play::main_job(&sandbox, world, &narrator).await;
    if played.is_ok() {
        played = lommebok::second_act(&sandbox, world, &narrator).await;
    }
    if played.is_ok() && !options.once {
        narrator.staying(&sandbox);
        stop.await?;
    }
    sandbox.gateway.stop().await?;
    played
}

impl Sandbox {
    /// Makes the keys, registers the town and starts to answer.
    pub async fn start(world: &World, address: &str, database: Option<&str>) -> anyhow::Result<Self> {
        let listening = Listening::bind(address, None)
            .await
            .context("Porten er kanskje i bruk. Velg en annen med --address, for eksempel --address 127.0.0.1:8081")?;
        let base_url = format!("http://{}", listening.address);
        let folder = tempfile::Builder::new().prefix("meldeport-demo-").tempdir()?;
        let throw_away = || format!("sqlite://{}", folder.path().join("meldeport.db").display());
        let url = database.map_or_else(throw_away, str::to_owned);
        let utskriftsmappe = folder.path().join("utskrift");
        let ids = Ids::new(world.clock.clone(), world.rng.clone());
        let town = Town::build(world.clock.now(), &*world.rng, &ids)?;
        let issuer = format!("{base_url}{MASKINPORTEN}/");
        let anchors = vec![town.authority.certificate.clone()];
        let key = maskinporten::new_key()?;
        let maskinporten = Arc::new(Maskinporten::new(issuer, key, anchors, town.clients(), world.clock.clone(), ids));
        let login = format!("{base_url}{IDPORTEN}");
        let ids = Ids::new(world.clock.clone(), world.rng.clone());
        let idporten = Arc::new(Idporten::new(login, maskinporten::new_key()?, world.clock.clone(), ids));
        let verifier = VerifierSettings::new(maskinporten.issuer(), maskinporten.jwks_url());
        let mut parts = Parts::new(DatabaseSettings::new(url), verifier);
        parts.persons = Some(PersonSettings::new(idporten.issuer(), idporten.jwks_url()));
        parts.person_key = Some(Secret::new(random::<32>(&*world.rng).to_vec()));
        parts.data_keys = vec![Secret::new(random::<32>(&*world.rng).to_vec())];
        let issuer = SigningKey::make(&*world.rng).map_err(|fault| anyhow!("{}", fault.melding()))?;
        // Whoever plays along sees at once what a change does to the list.
        let liste_fornyes = SignedDuration::ZERO;
        parts.kort = Some(Kortoppsett { liste_fornyes, ..Kortoppsett::new(&base_url, issuer) });
        parts.personregister = Some(Arc::new(Register));
        let smsmappe = folder.path().join("sms");
        parts.sms = Some(sms::open(sms::Settings::Mappe(smsmappe.clone()))?);
        parts.spool = Some(utskriftsmappe.clone());
        // Without the PDF there is nothing to seal plain JSON with; all the rest of the demo works.
        if cfg!(feature = "pdf") {
            parts.signer = Some(town.portvakt.signer().map_err(|fault| anyhow!("{}", fault.melding()))?);
        }
        parts.mail = Some(Varsling {
            postkasse: Arc::new(Mappe::new("meldeport@localhost".parse()?, folder.path().join("varsler"))),
            drift: None,
            tjeneste: Some(base_url.clone()),
        });
        let services = app::services(world, parts).await?;
        // Found in any order.
        let mut passwords = services.apply(Oppsett { roller: town.roller(), ..town.oppsett() }).await?.passord;
        let mut password = |of: IntegrasjonId| {
            let at = passwords.iter().position(|(id, _)| *id == of)?;
            Some(passwords.swap_remove(at).1)
        };
        let missing = "the town is new, so each integration gets a password";
        let skole_passord = password(town.skole.integrasjon).context(missing)?;
        let kommune_passord = password(town.kommune.integrasjon).context(missing)?;
        let utskrift_passord = password(town.utskrift.integrasjon).context(missing)?;
        let extra = maskinporten::mount(Route::new(), MASKINPORTEN, maskinporten.clone());
        let extra = idporten::mount(extra, IDPORTEN, idporten.clone());
        let parter = [("skole", &town.skole), ("kommune", &town.kommune), ("utskrift", &town.utskrift)];
        let ids = Ids::new(world.clock.clone(), world.rng.clone());
        let extra = prov::mount(extra, Tokenkilde::new(maskinporten.clone(), parter, &world.clock, &ids)?);
        let passwords = [&skole_passord, &kommune_passord, &utskrift_passord];
        let parter = parter.into_iter().zip(passwords).map(|((id, virksomhet), passord)| part(id, virksomhet, passord));
        let [kontor, _] = &town.kontorer;
        let utproving = Utproving {
            parter: parter.collect(),
            token: prov::TOKEN,
            kommunenummer: kontor.bydel.kommunenummer.to_string(),
            bydelsnummer: kontor.bydel.bydelsnummer.to_string(),
            rapport: str::from_utf8(report::JSON)?,
        };
        let http = HttpSettings {
            public_url: Some(base_url.clone()),
            rate: RateSettings::default(),
            innlogging: LoginSettings::default(),
            bodies: RoomSettings::default(),
            utproving: Some(utproving),
        };
        let gateway =
            Gateway::start(services, listening, &http, Some(extra), Limits::default(), Some(WorkerSettings::default()));
        Ok(Self {
            gateway,
            town,
            base_url,
            maskinporten,
            idporten,
            skole_passord,
            kommune_passord,
            utskrift_passord,
            utskriftsmappe,
            smsmappe,
            _folder: folder,
        })
    }
}

/// An organisation of the town's, as the front page shows it.
fn part(id: &'static str, virksomhet: &Virksomhet, passord: &SecretString) -> Part {
    Part {
        id,
        navn: virksomhet.organisasjon.navn.clone(),
        fiks_org_id: virksomhet.organisasjon.id.to_string(),
        integrasjon_id: virksomhet.integrasjon.to_string(),
        passord: Arc::new(SecretString::new(passord.expose().clone())),
    }
}

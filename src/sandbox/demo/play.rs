//! The main job, step by step, with nothing but the public API and what each party owns.

use std::sync::Arc;

use anyhow::{Context as _, anyhow, ensure};
use uuid::Uuid;

use super::{
    Sandbox,
    narrator::{Narrator, Requests, Told},
    report,
};
use crate::{
    app::World,
    client::{
        api::{self, Api, Filter, Gateway, Target},
        call::multipart,
        download::download,
        keyring::Keyring,
        token::{GrantSettings, GrantSigner, TokenSource},
        wire::Melding,
    },
    crypto::{asice, certificate::Certificate, cms, sha256},
    sandbox::town::{SCOPE, Virksomhet},
    system::{Ids, SecretString},
};

/// Longest wait for the report to come into the municipality's queue, in seconds.
const PATIENCE: u64 = 20;

/// Plays the main job. An error says which step did not go as it should.
pub async fn main_job(sandbox: &Sandbox, world: &World, narrator: &Narrator) -> anyhow::Result<()> {
    let party = |virksomhet, passord| Party::new(sandbox, world, virksomhet, passord);
    let skole = party(&sandbox.town.skole, &sandbox.skole_passord)?;
    let kommune = party(&sandbox.town.kommune, &sandbox.kommune_passord)?;
    let play = Play { sandbox, world, narrator };
    let id = play.send(&skole).await.context("Skolen fikk ikke sendt meldingen")?;
    play.fetch(&kommune, id).await.context("Kommunen fikk ikke hentet meldingen")?;
    play.history(&skole, id).await.context("Meldingen ble ikke levert")
}

/// An organisation's way to the gateway, and the requests that it makes.
pub(super) struct Party {
    pub api: Api,
    requests: Arc<Requests>,
}

impl Party {
    pub fn new(
        sandbox: &Sandbox,
        world: &World,
        virksomhet: &Virksomhet,
        passord: &SecretString,
    ) -> anyhow::Result<Self> {
        let settings = GrantSettings {
            token_url: sandbox.maskinporten.token_endpoint(),
            issuer: sandbox.maskinporten.issuer().to_owned(),
            client_id: virksomhet.client_id.clone(),
            scope: SCOPE.to_owned(),
            resource: None,
        };
        let key = virksomhet.sertifikat.key_pem.expose().as_bytes();
        let signer = GrantSigner::with_certificate(key, virksomhet.sertifikat.certificate.to_der())?;
        let ids = Ids::new(world.clock.clone(), world.rng.clone());
        let tokens = TokenSource::new(settings, signer, world.clock.clone(), ids);
        let gateway = Gateway {
            base_url: sandbox.base_url.clone(),
            fiks_org_id: virksomhet.organisasjon.id.0,
            integrasjon_id: virksomhet.integrasjon.0,
            password: SecretString::new(passord.expose().clone()),
        };
        let requests = Arc::new(Requests::default());
        let api = Api::new(api::http_client(None)?, gateway, tokens, world.rng.clone()).with_watch(requests.clone());
        Ok(Self { api, requests })
    }
}

struct Play<'a> {
    sandbox: &'a Sandbox,
    world: &'a World,
    narrator: &'a Narrator,
}

impl Play<'_> {
    fn tell(&self, party: Option<&Party>, name: &str, title: &str, facts: Vec<(&str, String)>) {
        let curl = party.map(|party| party.requests.take()).unwrap_or_default();
        self.narrator.step(Told { name, title, facts, curl });
    }

    /// The school's side: from a token to 201.
    async fn send(&self, skole: &Party) -> anyhow::Result<Uuid> {
        let kommune = self.sandbox.town.kommunenummer.as_str();
        let now = self.world.clock.now();
        let bydeler = skole.api.bydeler(kommune).await?;
        let mut curl = skole.requests.take();
        let asked = curl.pop();
        self.narrator.step(Told {
            name: "token",
            title: "Skolen henter et token fra Maskinporten, med virksomhetssertifikatet sitt",
            facts: vec![("scope", SCOPE.to_owned())],
            curl,
        });
        let bydel = bydeler.iter().find(|bydel| bydel.standard_mottaker).context("ingen standardmottaker")?;
        let navn = |bydel: &crate::client::wire::Bydel| bydel.bydelsnavn.clone().unwrap_or_default();
        self.narrator.step(Told {
            name: "bydeler",
            title: "Skolen finner bydelen",
            facts: bydeler.iter().map(|bydel| ("bydel", format!("{} {}", bydel.bydelsnummer, navn(bydel)))).collect(),
            curl: asked.into_iter().collect(),
        });
        let nummer = bydel.bydelsnummer.as_str();

        let keys = skole.api.keys(kommune, nummer).await?;
        let certificate =
            |pem: &str| Certificate::from_pem(pem.as_bytes()).map_err(|fault| anyhow!("{}", fault.melding()));
        let to_bydel = certificate(&keys.fiks_io_offentlig_nokkel.nokkel)?;
        let to_print = certificate(&keys.print_offentlig_nokkel.nokkel)?;
        let facts = vec![("bydelen", to_bydel.subject_dn()), ("brev", to_print.subject_dn())];
        self.tell(Some(skole), "krypteringsnokler", "Skolen henter krypteringsnøklene", facts);

        let (json, pdf) = (report::JSON, report::PDF);
        let facts = vec![
            ("json", format!("{} byte, bekymringsmelding.json", json.len())),
            ("pdf", format!("{} byte, bekymringsmelding.pdf", pdf.len())),
        ];
        self.tell(None, "melding", "Læreren skriver meldingen; fagsystemet lager JSON og PDF", facts);

        let signer = self.sandbox.town.skole.sertifikat.signer().map_err(|fault| anyhow!("{}", fault.melding()))?;
        let files = [("bekymringsmelding.json", json), ("bekymringsmelding.pdf", pdf)];
        let container = asice::pack(&files, &signer, now, &*self.world.rng)?;
        let facts = vec![
            ("signert av", signer.certificate().subject_dn()),
            ("størrelse", format!("{} byte", container.expose().len())),
        ];
        self.tell(None, "asice", "Fagsystemet pakker og signerer begge filene i en ASiC-E", facts);

        let sealed = cms::seal(container.expose(), &to_bydel, &*self.world.rng)?;
        let sealed_pdf = cms::seal(pdf, &to_print, &*self.world.rng)?;
        let facts = vec![
            ("asice", format!("{} byte til bydelens sertifikat {}", sealed.len(), to_bydel.serial())),
            ("pdf", format!("{} byte til brevleverandørens sertifikat {}", sealed_pdf.len(), to_print.serial())),
        ];
        self.tell(None, "cms", "Fagsystemet krypterer: fra nå kan bare mottakeren lese", facts);

        let key = Ids::new(self.world.clock.clone(), self.world.rng.clone()).uuid();
        let boundary = format!("meldeport-{}", key.simple());
        let parts = [
            ("bekymringsmelding", "bekymringsmelding.pdf", sealed_pdf.as_slice()),
            ("asice", "asice.zip", sealed.as_slice()),
        ];
        let target = Target {
            kommunenummer: kommune.to_owned(),
            bydelsnummer: nummer.to_owned(),
            skjematype: "offentlig".to_owned(),
        };
        let body = multipart(&boundary, &parts).into();
        let sent = skole.api.submit(skole.api.fiks_org_id(), &target, key, &boundary, body).await?;
        let facts = vec![("svar", "201".to_owned()), ("uuid", sent.uuid.to_string())];
        self.tell(Some(skole), "send", "Skolen sender; 201 betyr at meldingen er lagret på disk", facts);
        Ok(sent.uuid)
    }

    /// The municipality's side: from the queue to the receipt.
    async fn fetch(&self, kommune: &Party, id: Uuid) -> anyhow::Result<()> {
        let side = kommune.api.list(&Filter::default(), None, PATIENCE).await?;
        let melding = side.meldinger.iter().find(|melding| melding.bekymringsmelding_id == id);
        let melding = melding.context("meldingen er ikke i kommunens kø")?;
        let facts = vec![
            ("melding", melding.bekymringsmelding_id.to_string()),
            ("fra", melding.avsender.navn.clone().unwrap_or_default()),
            ("bydel", melding.bydelsnummer.clone()),
        ];
        self.tell(Some(kommune), "ko", "Kommunens fagsystem ser at en melding venter", facts);

        let content = download(&kommune.api, melding, &|_| {}).await?;
        ensure!(hex::encode(sha256(&content)) == melding.sha256, "innholdet er et annet enn listen sier");
        let facts = vec![("størrelse", format!("{} byte", content.len())), ("sha256", melding.sha256.clone())];
        self.tell(Some(kommune), "innhold", "Kommunen henter det krypterte innholdet og kontrollerer det", facts);
        self.open(&content, melding)?;

        let receipt = kommune.api.confirm(id).await?;
        let facts = vec![("tilstand", receipt.tilstand), ("tidspunkt", receipt.tidspunkt)];
        self.tell(Some(kommune), "mottatt", "Kommunen kvitterer; portvakten sletter innholdet", facts);
        Ok(())
    }

    fn open(&self, content: &[u8], melding: &Melding) -> anyhow::Result<()> {
        let [kontor, _] = &self.sandbox.town.kontorer;
        let key = kontor.nokkel.private_key().map_err(|fault| anyhow!("{}", fault.melding()))?;
        let keyring = Keyring::new(vec![key], vec![self.sandbox.town.authority.certificate.clone()], true);
        let opened = keyring.open(content, melding, self.world.clock.now()).map_err(|fault| anyhow!("{fault}"))?;
        let file = |name: &str| opened.files.iter().find(|(file, _)| file == name).map(|(_, content)| content.expose());
        let json_equal = file("bekymringsmelding.json").is_some_and(|content| content == report::JSON);
        let pdf_equal = file("bekymringsmelding.pdf").is_some_and(|content| content == report::PDF);
        ensure!(json_equal && pdf_equal, "det som ble åpnet, er ikke det som ble sendt");
        let facts = vec![
            ("signert av", opened.signer.organisasjonsnummer.unwrap_or_default()),
            ("json", "lik den som ble sendt, byte for byte".to_owned()),
            ("pdf", "lik den som ble sendt, byte for byte".to_owned()),
        ];
        self.tell(None, "apne", "Kommunen åpner med sin private nøkkel og kontrollerer digest og signatur", facts);
        Ok(())
    }

    /// The school sees that the report arrived.
    async fn history(&self, skole: &Party, id: Uuid) -> anyhow::Result<()> {
        let history = skole.api.status(skole.api.fiks_org_id(), id).await?;
        let facts = history.iter().map(|entry| (entry.tilstand.as_str(), entry.tidspunkt.clone())).collect();
        self.tell(Some(skole), "status", "Skolen ser at meldingen er levert", facts);
        let last = history.last().map(|entry| entry.tilstand.as_str());
        ensure!(last == Some("LEVERT"), "siste tilstand er {}", last.unwrap_or("ukjent"));
        Ok(())
    }
}

//! Keys, certificates and reports for the tests, made once.

use std::sync::{Arc, LazyLock};

use jiff::Timestamp;

use crate::{
    client::{
        api::{Api, Gateway as Peer, http_client},
        config::OnFailure,
        fetcher::Fetcher,
        keyring::{Credential, Keyring},
        progress::Console,
        retry::Retry,
        sender::{Report, Sender, Skjematype},
        token::{GrantSettings, GrantSigner, TokenSource},
        watch::Watch,
    },
    crypto::{asice, cms},
    sandbox::keys::{Authority, EnterpriseKey, RecipientKey},
    system::{FrozenClock, Ids, SecretBytes, SecretString, SeededRng},
};

pub const ORG: uuid::Uuid = uuid::uuid!("7a2c9c5e-5a3f-4d0e-9a53-0d8f2a1b6c11");
pub const ORGNR: &str = "910000000";
pub const PASSWORD: &str = "hemmelig-passord";
/// Stands in every plaintext, and may be found nowhere else.
pub const MARKER: &str = "Barnet heter Ola";

pub fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

pub struct World {
    pub ca: Authority,
    pub sender: EnterpriseKey,
    /// The right organisation, but vouched for by nobody we know.
    pub stranger: EnterpriseKey,
    /// Another organisation, well vouched for.
    pub other: EnterpriseKey,
    pub kommune: RecipientKey,
    pub former: RecipientKey,
    pub print: RecipientKey,
}

pub static WORLD: LazyLock<World> = LazyLock::new(|| {
    let rng = SeededRng::new(7);
    let recipient = |name: &str| RecipientKey::make(name, now(), &rng).unwrap();
    let issue = |ca: &Authority, orgnr: &str| {
        ca.issue("Avsender", orgnr, &SecretString::new("p12".to_owned()), now(), &rng).unwrap()
    };
    let ca = Authority::make(now(), &rng).unwrap();
    World {
        sender: issue(&ca, ORGNR),
        stranger: issue(&Authority::make(now(), &rng).unwrap(), ORGNR),
        other: issue(&ca, "920000001"),
        kommune: recipient("Kommune"),
        former: recipient("Kommune 2025"),
        print: recipient("Print"),
        ca,
    }
});

pub fn report_json(number: usize) -> String {
    format!(r#"{{"nr": {number}, "tekst": "{MARKER}"}}"#)
}

pub fn report_pdf(number: usize) -> String {
    format!("%PDF-1.7 {number} {MARKER} {}", "fyll ".repeat(4000))
}

/// A report as a sender seals it.
pub fn sealed(number: usize, by: &EnterpriseKey, to: &RecipientKey) -> Vec<u8> {
    let (json, pdf) = (report_json(number), report_pdf(number));
    let files = [("bekymringsmelding.json", json.as_bytes()), ("bekymringsmelding.pdf", pdf.as_bytes())];
    let rng = SeededRng::new(number as u64);
    let container = asice::pack(&files, &by.signer().unwrap(), now(), &rng).unwrap();
    cms::seal(container.expose(), &to.certificate, &rng).unwrap()
}

pub fn clock() -> Arc<FrozenClock> {
    Arc::new(FrozenClock::at(now()))
}

pub fn api(base_url: &str, clock: Arc<FrozenClock>, watch: Arc<dyn Watch>, seed: u64) -> Api {
    let rng = Arc::new(SeededRng::new(seed));
    let settings = GrantSettings {
        token_url: format!("{base_url}/token"),
        issuer: "https://utsteder.test/".to_owned(),
        client_id: "klient".to_owned(),
        scope: "ks:fiks".to_owned(),
        resource: None,
    };
    let grants = GrantSigner::from_credential(&Credential::Certificate(WORLD.sender.signer().unwrap())).unwrap();
    let tokens = TokenSource::new(settings, grants, clock.clone(), Ids::new(clock, rng.clone()));
    let gateway = Peer {
        base_url: base_url.to_owned(),
        fiks_org_id: ORG,
        integrasjon_id: ORG,
        password: SecretString::new(PASSWORD.to_owned()),
    };
    let quick = std::time::Duration::from_millis;
    Api::new(http_client(None).unwrap(), gateway, tokens, rng)
        .with_retry(Retry { first: quick(1), longest: quick(5), total: quick(2500) })
        .with_watch(watch)
}

/// What was printed, both streams.
#[derive(Clone, Default)]
pub struct Screen(Arc<std::sync::Mutex<Vec<u8>>>);

impl Screen {
    pub fn console(&self) -> Console {
        Console::new(Box::new(self.clone()), Box::new(self.clone()), false)
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub fn fetcher(base_url: &str, watch: Arc<dyn Watch>, screen: &Screen, seed: u64) -> Fetcher {
    let keys = vec![WORLD.former.private_key().unwrap(), WORLD.kommune.private_key().unwrap()];
    Fetcher {
        api: api(base_url, clock(), watch, seed),
        keyring: Keyring::new(keys, vec![WORLD.ca.certificate.clone()], true),
        filter: crate::client::api::Filter::default(),
        on_failure: OnFailure::LaLigge,
        keep_container: false,
        clock: clock(),
        console: screen.console(),
    }
}

pub fn sender(base_url: &str, watch: Arc<dyn Watch>, screen: &Screen, seed: u64) -> Sender {
    Sender {
        api: api(base_url, clock(), watch, seed),
        signer: WORLD.sender.signer().unwrap(),
        clock: clock(),
        rng: Arc::new(SeededRng::new(seed)),
        console: screen.console(),
    }
}

pub fn report(number: usize) -> Report {
    Report {
        json: SecretBytes::new(report_json(number).into_bytes()),
        pdf: SecretBytes::new(report_pdf(number).into_bytes()),
        kommunenummer: "3301".to_owned(),
        bydelsnummer: None,
        skjematype: Skjematype::Offentlig,
    }
}

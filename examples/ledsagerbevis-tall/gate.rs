//! A gateway in this process, and a municipality's system that calls it.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use josekit::{
    jwk::{KeyPair as _, alg::rsa::RsaKeyPair},
    jws::{self, JwsHeader, RS256},
};
use meldeport::{
    app::{self, Gateway, Limits, Listening, Parts, World},
    auth::VerifierSettings,
    delivery::WorkerSettings,
    domain::Services,
    http::{HttpSettings, LoginSettings, RateSettings},
    model::FiksOrgId,
    sandbox::town::Town,
    sms,
    store::{Backend, DatabaseSettings},
    system::{
        Clock as _, FrozenClock, Ids, RoomSettings, Secret, SeededRng,
        http::{Fetch, FetchError},
    },
};
use reqwest::{Method, RequestBuilder};
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::SEED;

const ISSUER: &str = "http://maskinporten.example/";
/// What the gateway seals with, and makes digests with; the example fills its database with the same.
pub const DATA_KEY: [u8; 32] = [9; 32];
pub const PERSON_KEY: [u8; 32] = [7; 32];

pub struct Gate {
    pub services: Arc<Services>,
    pub clock: Arc<FrozenClock>,
    pub rng: Arc<SeededRng>,
    pub organisasjon: FiksOrgId,
    pub url: String,
    pub http: reqwest::Client,
    gateway: Gateway,
    key: RsaKeyPair,
    town: Town,
    passord: String,
    /// Where to remove the schema, on PostgreSQL.
    schema: Option<(String, String)>,
    folder: TempDir,
}

#[derive(Debug)]
struct Keys(Vec<u8>);

#[async_trait]
impl Fetch for Keys {
    async fn get(&self, _: &str) -> Result<Vec<u8>, FetchError> {
        Ok(self.0.clone())
    }
}

impl Gate {
    pub async fn open(database: Option<&str>, name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = format!("sqlite://{}", folder.path().join("tall.db").display());
        let url = database.unwrap_or(&file);
        let mut settings = DatabaseSettings::new(url);
        let mut schema = None;
        if settings.backend().unwrap() == Backend::Postgres {
            let name = format!("tall_{name}");
            let db = Database::connect(url).await.unwrap();
            db.execute_unprepared(&format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}"))
                .await
                .unwrap();
            settings.schema = Some(name.clone());
            schema = Some((url.to_owned(), name));
        }
        let clock = Arc::new(FrozenClock::at("2027-01-15T12:00:00Z".parse().unwrap()));
        let rng = Arc::new(SeededRng::new(SEED));
        let ids = Ids::new(clock.clone(), rng.clone());
        let town = Town::build(clock.now(), &*rng, &ids).unwrap();
        let mut key = RsaKeyPair::generate(2048).unwrap();
        key.set_key_id(Some("tall"));
        key.set_algorithm(Some("RS256"));
        let mut public = key.to_jwk_public_key();
        public.set_key_use("sig");
        let jwks = json!({ "keys": [Value::Object(public.as_ref().clone())] });
        let keys = Arc::new(Keys(serde_json::to_vec(&jwks).unwrap()));
        let world = World { clock: clock.clone(), rng: rng.clone(), fetch: keys };
        let mut parts = Parts::new(settings, VerifierSettings::new(ISSUER, format!("{ISSUER}jwk")));
        parts.person_key = Some(Secret::new(PERSON_KEY.to_vec()));
        parts.data_keys = vec![Secret::new(DATA_KEY.to_vec())];
        parts.sms = Some(sms::open(sms::Settings::Mappe(folder.path().join("sms"))).unwrap());
        let services = app::services(&world, parts).await.unwrap();
        let passwords = services.apply(town.oppsett()).await.unwrap().passord;
        let own = passwords.iter().find(|(id, _)| *id == town.kommune.integrasjon).unwrap();
        let passord = own.1.expose().clone();
        let listening = Listening::bind("127.0.0.1:0", None).await.unwrap();
        let url = format!("http://{}", listening.address);
        let http = HttpSettings {
            public_url: None,
            rate: RateSettings { per_second: 0, burst: 0 },
            innlogging: LoginSettings { per_minute: 0, ..LoginSettings::default() },
            bodies: RoomSettings::default(),
            utproving: None,
        };
        // The worker sends what a known number gets, as it would.
        let worker = (name == "kode").then(WorkerSettings::default);
        let gateway = Gateway::start(services.clone(), listening, &http, None, Limits::default(), worker);
        Self {
            services,
            clock,
            rng,
            organisasjon: town.kommune.organisasjon.id,
            url,
            http: reqwest::Client::new(),
            gateway,
            key,
            town,
            passord,
            schema,
            folder,
        }
    }

    /// How many text messages were sent.
    pub fn sent(&self) -> usize {
        std::fs::read_dir(self.folder.path().join("sms")).map_or(0, |files| files.count())
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn advance(&self, by: SignedDuration) {
        self.clock.advance(by);
    }

    /// A token that is good for as long as the clock stands still.
    pub fn token(&self) -> String {
        let now = self.now().as_second();
        let orgnr = self.town.kommune.organisasjon.organisasjonsnummer;
        let claims = json!({
            "iss": ISSUER,
            "scope": "ks:fiks",
            "iat": now,
            "exp": now + 120,
            "consumer": { "authority": "iso6523-actorid-upis", "ID": format!("0192:{orgnr}") },
        });
        let mut header = JwsHeader::new();
        header.set_key_id("tall");
        let signer = RS256.signer_from_pem(self.key.to_pem_private_key()).unwrap();
        jws::serialize_compact(&serde_json::to_vec(&claims).unwrap(), &header, &signer).unwrap()
    }

    /// A call about the municipality's cards.
    pub fn request(&self, token: &str, method: Method, rest: &str) -> RequestBuilder {
        let path = format!("/digitalt-ledsagerbevis/api/v1/organisasjoner/{}/ledsagerbevis{rest}", self.organisasjon);
        self.http
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(token)
            .header("IntegrasjonId", self.town.kommune.integrasjon.to_string())
            .header("IntegrasjonPassord", &self.passord)
    }

    pub async fn close(self) {
        drop(self.http);
        self.gateway.stop().await.unwrap();
        if let Some((url, schema)) = self.schema {
            let db = Database::connect(url).await.unwrap();
            db.execute_unprepared(&format!("DROP SCHEMA {schema} CASCADE")).await.unwrap();
        }
    }
}

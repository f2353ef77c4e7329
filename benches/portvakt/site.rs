//! What is measured: a town, databases with it in them, a token issuer, and gateways in processes of their own.

use std::{collections::HashMap, fs, path::Path, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::SignedDuration;
use josekit::{
    jwk::{KeyPair as _, alg::rsa::RsaKeyPair},
    jws::{self, JwsHeader, RS256},
};
use meldeport::{
    app::{self, Parts, World},
    auth::VerifierSettings,
    domain::{Services, tilgang::Innringer, tilgang::Legitimasjon},
    model::IntegrasjonId,
    sandbox::town::{Town, Virksomhet},
    sms,
    store::DatabaseSettings,
    system::{
        Clock as _, FrozenClock, Ids, Secret, SeededRng, SystemClock,
        http::{Fetch, FetchError},
    },
};
use poem::{
    Route, Server, endpoint::make_sync, listener::Acceptor as _, listener::Listener as _, listener::TcpListener,
};
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::Common;

mod node;
pub mod os;

/// What the gateway seals companion cards with, and makes digests with.
const DATA_KEY: [u8; 32] = [9; 32];
const PERSON_KEY: [u8; 32] = [7; 32];
/// Of tokens, in seconds: longer than any run.
const LIFETIME: i64 = 24 * 3600;

#[derive(Debug)]
struct Keys(Vec<u8>);

#[async_trait]
impl Fetch for Keys {
    async fn get(&self, _: &str) -> Result<Vec<u8>, FetchError> {
        Ok(self.0.clone())
    }
}

pub struct Site {
    pub town: Town,
    pub rng: Arc<SeededRng>,
    pub ids: Ids,
    pub issuer: String,
    key: RsaKeyPair,
    pub jwks: Vec<u8>,
    postgres: Option<String>,
    pool: u32,
    pub folder: TempDir,
}

/// A database with the town in it.
pub struct Base {
    pub settings: DatabaseSettings,
    passwords: HashMap<IntegrasjonId, String>,
    /// On PostgreSQL, where to remove it, and its name.
    server: Option<(String, String)>,
}

impl Site {
    pub async fn open(common: &Common) -> Self {
        let now = SystemClock.now() - SignedDuration::from_hours(1);
        let rng = Arc::new(SeededRng::new(common.seed));
        // So that the same seed makes the same town, whose reports may have been kept.
        let then = FrozenClock::at("2026-01-01T12:00:00Z".parse().unwrap());
        let town = Town::build(now, &*rng, &Ids::new(Arc::new(then), rng.clone())).unwrap();
        let mut key = RsaKeyPair::generate(2048).unwrap();
        key.set_key_id(Some("portvakt"));
        key.set_algorithm(Some("RS256"));
        let mut public = key.to_jwk_public_key();
        public.set_key_use("sig");
        let jwks = serde_json::to_vec(&json!({ "keys": [Value::Object(public.as_ref().clone())] })).unwrap();
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let issuer = format!("http://{}/", acceptor.local_addr()[0].as_socket_addr().unwrap());
        let published = Bytes::from(jwks.clone());
        let route = Route::new().at("/jwk", make_sync(move |_| published.to_vec()));
        tokio::spawn(Server::new_with_acceptor(acceptor).run(route));
        let mut folder = tempfile::Builder::new();
        let folder = folder.prefix("portvakt-");
        let folder = common.folder.as_ref().map_or_else(|| folder.tempdir(), |place| folder.tempdir_in(place)).unwrap();
        let ids = Ids::new(Arc::new(SystemClock), rng.clone());
        Self { town, rng, ids, issuer, key, jwks, postgres: common.database.clone(), pool: common.pool, folder }
    }

    /// An empty database with the town in it.
    pub async fn fresh(&self, name: &str) -> Base {
        self.database(name, &self.folder.path().join(format!("{name}.db")), true).await
    }

    /// The database of that name, or that file, with the town in it.
    pub async fn database(&self, name: &str, file: &Path, anew: bool) -> Base {
        let mut server = None;
        let url = match &self.postgres {
            None => format!("sqlite://{}", file.display()),
            Some(url) => {
                let name = format!("portvakt_{name}");
                let db = Database::connect(url).await.unwrap();
                if anew {
                    db.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
                }
                // It may be there already.
                let made = db.execute_unprepared(&format!("CREATE DATABASE {name}")).await;
                assert!(!anew || made.is_ok(), "{made:?}");
                let (host, _) = url.rsplit_once('/').unwrap();
                server = Some((url.clone(), name.clone()));
                format!("{host}/{name}")
            }
        };
        let settings = DatabaseSettings { max_connections: self.pool, ..DatabaseSettings::new(url) };
        let mut base = Base { settings, passwords: HashMap::new(), server };
        let services = self.services(&base).await;
        let mut oppsett = self.town.oppsett();
        for integrasjon in &mut oppsett.integrasjoner {
            integrasjon.nytt_passord = true;
        }
        let done = services.apply(oppsett).await.unwrap();
        base.passwords = done.passord.into_iter().map(|(id, password)| (id, password.expose().clone())).collect();
        services.store.close().await;
        base
    }

    /// The domain in this process.
    pub async fn services(&self, base: &Base) -> Arc<Services> {
        let world = World { clock: Arc::new(SystemClock), rng: self.rng.clone(), fetch: self.fetch() };
        let verifier = VerifierSettings::new(self.issuer.clone(), format!("{}jwk", self.issuer));
        let mut parts = Parts::new(base.settings.clone(), verifier);
        parts.person_key = Some(Secret::new(PERSON_KEY.to_vec()));
        parts.data_keys = vec![Secret::new(DATA_KEY.to_vec())];
        parts.sms = Some(sms::open(sms::Settings::Mappe(self.folder.path().join("sms"))).unwrap());
        parts.signer = Some(self.town.portvakt.signer().unwrap());
        app::services(&world, parts).await.unwrap()
    }

    /// What gives the issuer's keys.
    pub fn fetch(&self) -> Arc<dyn Fetch> {
        Arc::new(Keys(self.jwks.clone()))
    }

    /// The key that tokens are verified with.
    pub fn public_key_pem(&self) -> Vec<u8> {
        self.key.to_pem_public_key()
    }

    /// An access token of somebody's.
    pub fn token(&self, who: &Virksomhet) -> String {
        let now = SystemClock.now().as_second();
        let orgnr = who.organisasjon.organisasjonsnummer;
        let claims = json!({
            "iss": self.issuer,
            "scope": "ks:fiks",
            "iat": now,
            "exp": now + LIFETIME,
            "client_id": who.client_id,
            "token_type": "Bearer",
            "jti": self.ids.uuid(),
            "consumer": { "authority": "iso6523-actorid-upis", "ID": format!("0192:{orgnr}") },
        });
        let mut header = JwsHeader::new();
        header.set_key_id("portvakt");
        let signer = RS256.signer_from_pem(self.key.to_pem_private_key()).unwrap();
        jws::serialize_compact(&serde_json::to_vec(&claims).unwrap(), &header, &signer).unwrap()
    }

    /// Somebody who has shown who it is, in this process.
    pub async fn known(&self, services: &Services, base: &Base, who: &Virksomhet) -> Innringer {
        let token = self.token(who);
        let given = Legitimasjon { token: &token, integrasjon: who.integrasjon, passord: base.password(who) };
        services.identify(given).await.unwrap()
    }

    /// Method, path and credentials of somebody's request, up to its length.
    pub fn head(&self, base: &Base, who: &Virksomhet, method: &str, path: &str) -> String {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: portvakt.example\r\nAuthorization: Bearer {}\r\nIntegrasjonId: {}\r\n\
             IntegrasjonPassord: {}\r\n",
            self.token(who),
            who.integrasjon,
            base.password(who),
        )
    }
}

impl Base {
    pub fn password(&self, who: &Virksomhet) -> &str {
        &self.passwords[&who.integrasjon]
    }

    pub async fn remove(self) {
        match self.server {
            Some((url, name)) => {
                let db = Database::connect(url).await.unwrap();
                db.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
            }
            None => {
                let file = self.settings.file().unwrap();
                for end in ["", "-wal", "-shm"] {
                    let _ = fs::remove_file(format!("{}{end}", file.display()));
                }
            }
        }
    }
}

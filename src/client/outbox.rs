//! The folder that reports are sent from. It holds ciphertext only, so it may be kept and backed up like anything else.
//!
//! | path | |
//! |---|---|
//! | `venter/<key>/` | a sealed request (`forespoersel.bin`) and where it goes (`oppdrag.json`) |
//! | `kvitteringer/<key>.json` | the gateway took it; the request is removed |
//! | `avvist/<key>/` | the gateway refused it for good, and why (`avvist.json`); left for a person |
//! | `.salt` | makes the keys unguessable |
//!
//! The key is the `Idempotency-Key`. It is made from the report and the target with a secret salt, so the same command
//! run again finds what the first run left, at whatever point that was killed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use openssl::{error::ErrorStack, hash::MessageDigest, pkey::PKey, sha::sha256, sign::Signer};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{
    api::Target,
    files::{self, DirLock, LockError},
    inbox::pretty,
};
use crate::system::{Rng, SecretBytes, rng::random};

const NEW: &str = ".ny-";
const SALT: &str = ".salt";
const ORDER: &str = "oppdrag.json";
const REQUEST: &str = "forespoersel.bin";

/// `oppdrag.json`: everything that is needed to send the request, except who we are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    pub idempotency_key: Uuid,
    /// The gateway it was sealed for: a request for a test gateway must not reach another one.
    pub adresse: String,
    pub fra_fiks_org_id: Uuid,
    #[serde(flatten)]
    pub target: Target,
    pub boundary: String,
    /// Of the request, hexadecimal.
    pub sha256: String,
    pub laget: jiff::Timestamp,
}

/// `kvitteringer/<key>.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    pub bekymringsmelding_id: Uuid,
    pub sendt: jiff::Timestamp,
    #[serde(flatten)]
    pub order: Order,
}

/// `avvist/<key>/avvist.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rejection {
    pub tidspunkt: jiff::Timestamp,
    pub status: u16,
    pub kode: Option<String>,
    pub melding: String,
}

/// What the outbox knows of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    No,
    Waiting(Order),
    Sent(Receipt),
    Rejected(Rejection),
}

/// The folder, ours alone while this lives.
#[derive(Debug)]
pub struct Outbox {
    dir: PathBuf,
    salt: SecretBytes,
    _lock: DirLock,
}

impl Outbox {
    /// Locks the folder and finishes what an interrupted run left half done on the disk.
    pub fn open(dir: &Path, rng: &dyn Rng) -> Result<Self, LockError> {
        let lock = DirLock::acquire(dir)?;
        for name in ["venter", "kvitteringer", "avvist"] {
            files::make_dir_all(&dir.join(name))?;
            files::sweep(&dir.join(name), NEW)?;
        }
        files::sync_dir(dir)?;
        let path = dir.join(SALT);
        if !path.try_exists()? {
            files::write_atomic(&path, &random::<32>(rng))?;
        }
        let outbox = Self { dir: dir.to_owned(), salt: SecretBytes::new(fs::read(path)?), _lock: lock };
        for order in outbox.waiting()? {
            // Killed between the receipt and the removal.
            if outbox.receipt_path(order.idempotency_key).try_exists()? {
                outbox.remove(order.idempotency_key)?;
            }
        }
        Ok(outbox)
    }

    /// The key of these bytes: the same for the same bytes, and telling nobody without the salt anything about them.
    pub fn key(&self, parts: &[&[u8]]) -> Result<Uuid, ErrorStack> {
        let salt = PKey::hmac(self.salt.expose())?;
        let mut hmac = Signer::new(MessageDigest::sha256(), &salt)?;
        for part in parts {
            hmac.update(&(part.len() as u64).to_be_bytes())?;
            hmac.update(part)?;
        }
        let mut key = [0; 16];
        key.iter_mut().zip(hmac.sign_to_vec()?).for_each(|(to, from)| *to = from);
        Ok(uuid::Builder::from_custom_bytes(key).into_uuid())
    }

    pub fn known(&self, key: Uuid) -> io::Result<Known> {
        if let Some(receipt) = read(&self.receipt_path(key))? {
            return Ok(Known::Sent(receipt));
        }
        if let Some(order) = read(&self.entry(key).join(ORDER))? {
            return Ok(Known::Waiting(order));
        }
        let rejection = read(&self.rejected(key).join("avvist.json"))?;
        Ok(rejection.map_or(Known::No, Known::Rejected))
    }

    /// The requests that are not sent yet, oldest first.
    pub fn waiting(&self) -> io::Result<Vec<Order>> {
        let mut orders = Vec::new();
        for entry in fs::read_dir(self.dir.join("venter"))? {
            orders.extend(read::<Order>(&entry?.path().join(ORDER))?);
        }
        orders.sort_by_key(|order| (order.laget, order.idempotency_key));
        Ok(orders)
    }

    /// Stores a sealed request. From here on it will be sent, whatever happens to the process.
    pub fn queue(&self, order: &Order, request: &[u8]) -> io::Result<()> {
        let hidden = self.dir.join("venter").join(format!("{NEW}{}", order.idempotency_key));
        files::make_dir(&hidden)?;
        files::write_new(&hidden.join(REQUEST), request)?;
        files::write_new(&hidden.join(ORDER), &pretty(order)?)?;
        files::publish(&hidden, &self.entry(order.idempotency_key))
    }

    /// The stored request, if the disk gives back what was written.
    pub fn request(&self, order: &Order) -> io::Result<Vec<u8>> {
        let request = fs::read(self.entry(order.idempotency_key).join(REQUEST))?;
        if hex::encode(sha256(&request)) == order.sha256 { Ok(request) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    pub fn receipt(&self, receipt: &Receipt) -> io::Result<()> {
        files::write_atomic(&self.receipt_path(receipt.order.idempotency_key), &pretty(receipt)?)
    }

    /// Removes a request that has its receipt.
    pub fn remove(&self, key: Uuid) -> io::Result<()> {
        // Hidden first: a half removed entry is swept, never read.
        let hidden = self.dir.join("venter").join(format!("{NEW}{key}"));
        fs::rename(self.entry(key), &hidden)?;
        fs::remove_dir_all(hidden)
    }

    /// Puts a refused request aside.
    pub fn reject(&self, key: Uuid, rejection: &Rejection) -> io::Result<()> {
        files::write_atomic(&self.entry(key).join("avvist.json"), &pretty(rejection)?)?;
        files::publish(&self.entry(key), &self.rejected(key))?;
        files::sync_dir(&self.dir.join("venter"))
    }

    pub fn rejected(&self, key: Uuid) -> PathBuf {
        self.dir.join("avvist").join(key.to_string())
    }

    fn entry(&self, key: Uuid) -> PathBuf {
        self.dir.join("venter").join(key.to_string())
    }

    fn receipt_path(&self, key: Uuid) -> PathBuf {
        self.dir.join("kvitteringer").join(format!("{key}.json"))
    }
}

/// A JSON file, or none. One that cannot be read is an error, not a none: it may stand for a report.
fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => match serde_json::from_slice(&bytes) {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(io::Error::new(io::ErrorKind::InvalidData, format!("{} kan ikke leses", path.display()))),
        },
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

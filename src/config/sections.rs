//! The tables of the file that hold nothing but values. Those with rules of their own have a file each.

use std::{fmt, path::PathBuf};

use serde::Deserialize;

use crate::system::secret::without_password;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub address: String,
    pub public_url: String,
    pub drain_seconds: u64,
    pub idle_seconds: u64,
    pub request_seconds: u64,
    pub max_connections: usize,
    pub bodies_mb: usize,
    pub tls: Tls,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub client_ca: PathBuf,
}

impl Tls {
    pub fn is_on(&self) -> bool {
        !self.certificate.as_os_str().is_empty()
    }
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    pub url: String,
    pub max_connections: u32,
    pub timeout_seconds: u64,
    pub statement_seconds: u64,
    pub reserve_mb: u64,
    pub migrate_on_start: bool,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("url", &without_password(&self.url))
            .field("max_connections", &self.max_connections)
            .field("timeout_seconds", &self.timeout_seconds)
            .field("statement_seconds", &self.statement_seconds)
            .field("reserve_mb", &self.reserve_mb)
            .field("migrate_on_start", &self.migrate_on_start)
            .finish()
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maskinporten {
    pub issuer: String,
    pub jwks_url: String,
    pub audience: String,
    pub skew_seconds: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Idporten {
    pub issuer: String,
    pub jwks_url: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    pub certificate: PathBuf,
    pub password_file: PathBuf,
    pub person_key_file: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    pub key_grace_seconds: u64,
    pub key_proof: bool,
    pub duplicate_hours: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    pub cache_seconds: u64,
    pub calls_per_second: u32,
    pub calls_at_once: u32,
    pub calls_per_address: u32,
    pub calls_per_address_at_once: u32,
    pub logins_per_minute: u32,
    pub logins_at_once: u32,
    pub address_header: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    pub worker: bool,
    pub attempts: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Print {
    pub spool: bool,
    pub folder: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledsagerbevis {
    pub data_key_files: Vec<PathBuf>,
    pub issuer_key_files: Vec<PathBuf>,
    pub card_days: u32,
    pub status_ttl_seconds: u32,
    pub status_hours: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    pub days: u32,
    pub audit_days: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    pub address: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    pub url: String,
    pub token_file: PathBuf,
    pub ratio: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    pub filter: String,
}

//! What each room of the program is told of the settings.

use std::{path::PathBuf, time::Duration};

use jiff::SignedDuration;

use super::{Access, Config, ConfigError, Database, Gateway, Idporten, Tls, Traces, read_secret, token};
use crate::{
    app::{TlsFiles, TraceSettings},
    auth::{PersonSettings, VerifierSettings},
    crypto::certificate::Signer,
    delivery::WorkerSettings,
    domain::DomainSettings,
    epost,
    http::{HttpSettings, LoginSettings, RateSettings},
    store::DatabaseSettings,
    system::{RoomSettings, Secret, SecretBytes},
};

impl Config {
    pub fn database(&self) -> DatabaseSettings {
        let mut settings = DatabaseSettings::new(&self.database.url);
        settings.max_connections = self.database.max_connections;
        settings.timeout = Duration::from_secs(self.database.timeout_seconds);
        let Database { statement_seconds, reserve_mb, .. } = self.database;
        settings.statement = (statement_seconds != 0).then(|| Duration::from_secs(statement_seconds));
        settings.reserve = reserve_mb.saturating_mul(1 << 20);
        settings
    }

    pub fn verifier(&self) -> VerifierSettings {
        let mut settings = VerifierSettings::new(&self.maskinporten.issuer, &self.maskinporten.jwks_url);
        settings.audience = Some(self.maskinporten.audience.clone()).filter(|audience| !audience.is_empty());
        settings.skew = Duration::from_secs(self.maskinporten.skew_seconds);
        settings
    }

    /// `None` where persons cannot report.
    pub fn persons(&self) -> Option<PersonSettings> {
        let Idporten { issuer, jwks_url } = &self.idporten;
        (!issuer.is_empty()).then(|| PersonSettings::new(issuer, jwks_url))
    }

    /// The gateway's own certificate; `None` where plain JSON is not taken.
    ///
    /// # Errors
    /// When a file cannot be read, or the password does not open the certificate.
    pub fn signer(&self) -> Result<Option<Signer>, ConfigError> {
        let Gateway { certificate, password_file, .. } = &self.gateway;
        if certificate.as_os_str().is_empty() {
            return Ok(None);
        }
        let password =
            if password_file.as_os_str().is_empty() { Secret::new(Vec::new()) } else { read_secret(password_file)? };
        let password = std::str::from_utf8(password.expose()).unwrap_or_default().trim_end_matches(['\r', '\n']);
        let signer = Signer::from_pkcs12(read_secret(certificate)?.expose(), password);
        let signer = signer.map_err(|fault| ConfigError::Rule(format!("gateway.certificate: {}", fault.melding())))?;
        Ok(Some(signer))
    }

    /// What stands in for persons' fødselsnumre is keyed with it; `None` where no person can hold a role.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn person_key(&self) -> Result<Option<SecretBytes>, ConfigError> {
        let path = &self.gateway.person_key_file;
        if path.as_os_str().is_empty() { Ok(None) } else { read_secret(path).map(Some) }
    }

    /// What personal data is sealed with, the newest first; empty where there are no companion cards.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn data_keys(&self) -> Result<Vec<SecretBytes>, ConfigError> {
        self.ledsagerbevis.data_key_files.iter().map(|path| read_secret(path)).collect()
    }

    /// How text messages are sent; `None` where there are no companion cards.
    ///
    /// # Errors
    /// When the supplier's token cannot be read.
    pub fn sms(&self) -> Result<Option<crate::sms::Settings>, ConfigError> {
        if self.ledsagerbevis.data_key_files.is_empty() { Ok(None) } else { self.sms.settings().map(Some) }
    }

    /// Where persons are looked up; `None` where case workers write it themselves, and where there are no companion cards.
    ///
    /// # Errors
    /// When the token cannot be read.
    pub fn personregister(&self) -> Result<Option<crate::personregister::HttpSettings>, ConfigError> {
        if self.ledsagerbevis.data_key_files.is_empty() { Ok(None) } else { self.personregister.settings() }
    }

    /// Where the certificate for TLS lies; `None` where something else does TLS.
    pub fn tls(&self) -> Option<TlsFiles> {
        let Tls { certificate, key, client_ca } = self.server.tls.clone();
        let client_ca = Some(client_ca).filter(|path| !path.as_os_str().is_empty());
        self.server.tls.is_on().then_some(TlsFiles { certificate, key, client_ca })
    }

    /// How warnings are sent.
    ///
    /// # Errors
    /// When the mail server's password cannot be read.
    pub fn mail(&self) -> Result<epost::Settings, ConfigError> {
        self.mail.settings()
    }

    /// Where those who run the gateway are warned.
    ///
    /// # Errors
    /// When it is no address.
    pub fn operations(&self) -> Result<Option<epost::Adresse>, ConfigError> {
        self.mail.operations()
    }

    pub fn domain(&self) -> DomainSettings {
        DomainSettings {
            nokkel_overgang: Duration::from_secs(self.reports.key_grace_seconds),
            nokkelbevis: self.reports.key_proof,
            duplikat_vindu: Duration::from_secs(self.reports.duplicate_hours.saturating_mul(3600)),
            integrasjon_levetid: Duration::from_secs(self.access.cache_seconds),
            oppbevaring: days(self.retention.days),
            revisjon_oppbevaring: days(self.retention.audit_days),
            utlevering: self.room(),
            ..DomainSettings::default()
        }
    }

    /// In memory for large bodies, each way.
    fn room(&self) -> RoomSettings {
        RoomSettings { bytes: self.server.bodies_mb.saturating_mul(1 << 20), ..RoomSettings::default() }
    }

    /// How jobs are done, wherever they are.
    pub fn worker(&self) -> WorkerSettings {
        WorkerSettings { attempts: self.delivery.attempts, ..WorkerSettings::default() }
    }

    /// Where those who run the gateway ask for figures; `None`: nowhere.
    pub fn metrics(&self) -> Option<&str> {
        Some(self.metrics.address.as_str()).filter(|address| !address.is_empty())
    }

    /// Where traces are collected; `None`: nowhere.
    ///
    /// # Errors
    /// When the collector's token cannot be read.
    pub fn traces(&self) -> Result<Option<TraceSettings>, ConfigError> {
        let Traces { url, token_file, ratio } = &self.traces;
        if url.is_empty() {
            return Ok(None);
        }
        Ok(Some(TraceSettings { url: url.clone(), token: token(token_file)?, ratio: *ratio }))
    }

    /// Where letters are laid out; `None` where print suppliers use the API only.
    pub fn spool(&self) -> Option<PathBuf> {
        self.print.spool.then(|| self.print.folder.clone())
    }

    pub fn http(&self) -> HttpSettings {
        let url = self.server.public_url.trim_end_matches('/');
        HttpSettings {
            public_url: (!url.is_empty()).then(|| url.to_owned()),
            rate: RateSettings { per_second: self.access.calls_per_second, burst: self.access.calls_at_once },
            innlogging: LoginSettings {
                per_minute: self.access.logins_per_minute,
                burst: self.access.logins_at_once,
                calls: if self.server.tls.is_on() || !self.access.address_header.is_empty() {
                    let Access { calls_per_address, calls_per_address_at_once, .. } = self.access;
                    RateSettings { per_second: calls_per_address, burst: calls_per_address_at_once }
                } else {
                    RateSettings { per_second: 0, burst: 0 }
                },
                header: (!self.access.address_header.is_empty()).then(|| self.access.address_header.clone()),
            },
            bodies: self.room(),
            utproving: None,
        }
    }
}

/// 0: no end.
pub(super) fn days(days: u32) -> Option<SignedDuration> {
    (days != 0).then(|| SignedDuration::from_hours(i64::from(days) * 24))
}

//! The published services and their major versions. To add a version: a variant here, a
//! `versions/<service>/vN/manifest.toml`, a folder `http/<service>/vN` with a line in `http/publish.rs`, and
//! `meldeport openapi write`.

use jiff::civil::Date;
use serde::Deserialize;

use crate::model::melding::Versjon;

/// One service in one major version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Versjonert {
    BekymringsmeldingV1,
    BekymringsmeldingV2,
    PrintV1,
    /// Manual reception.
    FiksIoManuellV1,
    /// The SvarInn look-alike.
    SvarinnMottakV1,
    LedsagerbevisV1,
    LedsagerbevisKonfigurasjonV1,
}

/// What stage of its life a version is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// May still change.
    Draft,
    Live,
    Deprecated,
    Retired,
}

/// What is written down about a version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Semantic version of the document.
    pub version: String,
    pub status: Status,
    /// The first day on which the major version was live.
    pub published: Option<Date>,
    /// From when on nobody should begin with it.
    pub deprecated: Option<Date>,
    /// From when on it no longer answers.
    pub sunset: Option<Date>,
    /// The major version that takes over, such as `v2`.
    pub successor: Option<String>,
    /// The forms that it takes or gives, as `<form>/<variant>/vN`.
    #[serde(default)]
    pub forms: Vec<String>,
}

impl Versjonert {
    pub const ALL: [Self; 7] = [
        Self::BekymringsmeldingV1,
        Self::BekymringsmeldingV2,
        Self::PrintV1,
        Self::FiksIoManuellV1,
        Self::SvarinnMottakV1,
        Self::LedsagerbevisV1,
        Self::LedsagerbevisKonfigurasjonV1,
    ];

    /// Name of the document, without its ending.
    pub fn name(self) -> &'static str {
        match self {
            Self::BekymringsmeldingV1 => "bekymringsmelding-v1",
            Self::BekymringsmeldingV2 => "bekymringsmelding-v2",
            Self::PrintV1 => "print-v1",
            Self::FiksIoManuellV1 => "fiksio-manuell-v1",
            Self::SvarinnMottakV1 => "bekymringsmelding-svarinn-mottak-v1",
            Self::LedsagerbevisV1 => "ledsagerbevis-v1",
            Self::LedsagerbevisKonfigurasjonV1 => "ledsagerbevis-konfigurasjon-v1",
        }
    }

    /// Where its operations are mounted.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::BekymringsmeldingV1 => "/bekymringsmelding/api/v1",
            Self::BekymringsmeldingV2 => "/bekymringsmelding/api/v2",
            Self::PrintV1 => "/print/api/v1",
            Self::FiksIoManuellV1 => "/fiks-io/manuell/api/v1",
            Self::SvarinnMottakV1 => "/bekymringsmelding-svarinn-mottak/api/v1",
            // KS has its number further in: `/api/v1/…` for case workers, `/innbygger/api/v1/…` for citizens.
            Self::LedsagerbevisV1 => "/digitalt-ledsagerbevis",
            Self::LedsagerbevisKonfigurasjonV1 => "/digitalt-ledsagerbevis-konfigurasjon/api/v1",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::BekymringsmeldingV1 => "Bekymringsmelding v1",
            Self::BekymringsmeldingV2 => "Bekymringsmelding v2",
            Self::PrintV1 => "Utskrift av brev v1",
            Self::FiksIoManuellV1 => "Manuelt mottak v1",
            Self::SvarinnMottakV1 => "SvarInn-mottak v1",
            Self::LedsagerbevisV1 => "Ledsagerbevis v1",
            Self::LedsagerbevisKonfigurasjonV1 => "Oppsett av ledsagerbevis v1",
        }
    }

    /// The form version that it takes reports in; `None` for a service that takes none.
    pub fn versjon(self) -> Option<Versjon> {
        match self {
            Self::BekymringsmeldingV1 => Some(Versjon::V1),
            Self::BekymringsmeldingV2 => Some(Versjon::V2),
            Self::PrintV1
            | Self::FiksIoManuellV1
            | Self::SvarinnMottakV1
            | Self::LedsagerbevisV1
            | Self::LedsagerbevisKonfigurasjonV1 => None,
        }
    }

    /// The service without its version, and the folder of its manifests. An operation's name is unique within it.
    pub fn tjeneste(self) -> &'static str {
        self.name().rsplit_once("-v").map_or(self.name(), |(service, _)| service)
    }

    pub fn manifest(self) -> Manifest {
        let text = match self {
            Self::BekymringsmeldingV1 => include_str!("../../versions/bekymringsmelding/v1/manifest.toml"),
            Self::BekymringsmeldingV2 => include_str!("../../versions/bekymringsmelding/v2/manifest.toml"),
            Self::PrintV1 => include_str!("../../versions/print/v1/manifest.toml"),
            Self::FiksIoManuellV1 => include_str!("../../versions/fiksio-manuell/v1/manifest.toml"),
            Self::SvarinnMottakV1 => include_str!("../../versions/bekymringsmelding-svarinn-mottak/v1/manifest.toml"),
            Self::LedsagerbevisV1 => include_str!("../../versions/ledsagerbevis/v1/manifest.toml"),
            Self::LedsagerbevisKonfigurasjonV1 => {
                include_str!("../../versions/ledsagerbevis-konfigurasjon/v1/manifest.toml")
            }
        };
        #[expect(clippy::expect_used, reason = "the text is part of the program, and a test reads each")]
        toml::from_str(text).expect("a manifest is well-formed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_goes_by_one_name_and_number() {
        let mut prefixes = Vec::new();
        for versjonert in Versjonert::ALL {
            let major = versjonert.name().strip_prefix(versjonert.tjeneste()).unwrap().strip_prefix("-v").unwrap();
            assert!(versjonert.manifest().version.starts_with(&format!("{major}.")), "{versjonert:?}");
            let numbered = versjonert.prefix().ends_with(&format!("/api/v{major}"));
            assert!(numbered || versjonert == Versjonert::LedsagerbevisV1, "{versjonert:?}");
            assert!(!prefixes.contains(&versjonert.prefix()), "{versjonert:?}");
            prefixes.push(versjonert.prefix());
        }
    }
}

//! What stage of its life a version is in now, and since when.
//!
//! A manifest says what was decided, and the clock carries it out: a version with a date from which nobody should begin
//! with it is deprecated from that day on, and one whose sunset has come is retired, without a new release. What the
//! manifest's status says holds if it is further on than that; time never takes a version back.
//!
//! A date means Norwegian midnight at its beginning.

use jiff::{Timestamp, ToSpan as _, civil::Date};

use super::{Manifest, Status, Versjonert};
use crate::model::virkedag::dagens_start;

/// What `successor` says of a version that nothing takes over from.
const NONE: &str = "none";

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Live => "live",
            Self::Deprecated => "deprecated",
            Self::Retired => "retired",
        }
    }
}

impl Manifest {
    /// The stage at a moment.
    pub fn status_at(&self, now: Timestamp) -> Status {
        let come = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        if self.status == Status::Retired || come(self.sunset_at()) {
            Status::Retired
        } else if self.status == Status::Deprecated || come(self.deprecated_at()) {
            Status::Deprecated
        } else {
            self.status
        }
    }

    /// From when on nobody should begin with it: past, or announced for later.
    pub fn deprecated_at(&self) -> Option<Timestamp> {
        self.deprecated.map(dagens_start)
    }

    /// From when on it no longer answers.
    pub fn sunset_at(&self) -> Option<Timestamp> {
        self.sunset.map(dagens_start)
    }
}

/// What is written down about every version: the program's own manifests, or those that a test puts in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Livslop(Vec<(Versjonert, Manifest)>);

impl Default for Livslop {
    fn default() -> Self {
        Self::embedded()
    }
}

impl Livslop {
    /// As released.
    pub fn embedded() -> Self {
        Self(Versjonert::ALL.into_iter().map(|version| (version, version.manifest())).collect())
    }

    /// The same with another manifest for one version.
    #[must_use]
    pub fn with(mut self, version: Versjonert, manifest: Manifest) -> Self {
        self.0.retain(|(known, _)| *known != version);
        self.0.push((version, manifest));
        self
    }

    pub fn manifest(&self, version: Versjonert) -> &Manifest {
        #[expect(clippy::expect_used, reason = "every version has one from the beginning, and none is taken away")]
        self.0.iter().find(|(known, _)| *known == version).map(|(_, manifest)| manifest).expect("a manifest")
    }

    /// The stage of a version at a moment.
    pub fn status(&self, version: Versjonert, now: Timestamp) -> Status {
        self.manifest(version).status_at(now)
    }

    /// The version of the same service that takes over.
    pub fn successor(&self, version: Versjonert) -> Option<Versjonert> {
        let major = self.manifest(version).successor.as_deref()?;
        let name = format!("{}-{major}", version.tjeneste());
        Versjonert::ALL.into_iter().find(|other| other.name() == name)
    }

    /// What does not go together in the manifests: nothing, in what is released.
    pub fn faults(&self) -> Vec<String> {
        let faults = self.0.iter().flat_map(|(version, manifest)| {
            let mut faults = manifest.faults();
            match (manifest.successor.as_deref(), self.successor(*version)) {
                (None | Some(NONE), _) => {}
                (Some(major), None) => faults.push(format!("there is no successor {major}")),
                (Some(_), Some(successor)) if number(successor) <= number(*version) => {
                    faults.push("the successor is not a later version".to_owned());
                }
                (Some(_), Some(successor)) => {
                    let status = self.manifest(successor).status;
                    if manifest.deprecated.is_some() && matches!(status, Status::Draft | Status::Retired) {
                        faults.push(format!("the successor is {}", status.as_str()));
                    }
                }
            }
            faults.into_iter().map(|fault| format!("{}: {fault}", version.name()))
        });
        faults.collect()
    }
}

impl Manifest {
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut rule = |holds: bool, fault: &str| {
            if !holds {
                faults.push(fault.to_owned());
            }
        };
        let draft = self.status == Status::Draft;
        let ending = matches!(self.status, Status::Deprecated | Status::Retired);
        rule(self.published.is_some() != draft, "a draft is not published, and every other version is");
        rule(!draft || (self.deprecated.is_none() && self.sunset.is_none()), "a draft has no end");
        rule(!ending || self.deprecated.is_some(), "it is deprecated, and does not say since when");
        rule(self.status != Status::Retired || self.sunset.is_some(), "it is retired, and does not say since when");
        rule(
            self.deprecated.is_none() || self.successor.is_some(),
            "it is deprecated, and says neither what takes over nor \"none\"",
        );
        rule(self.deprecated >= self.published || self.deprecated.is_none(), "it is deprecated before it is published");
        if let Some(sunset) = self.sunset {
            let early = "its sunset comes less than a year after it was deprecated";
            rule(self.deprecated.is_some_and(|since| earliest_sunset(since) <= sunset), early);
        }
        faults
    }
}

fn number(version: Versjonert) -> Option<u32> {
    version.name().rsplit_once("-v").and_then(|(_, number)| number.parse().ok())
}

/// The notice that vendors get: a year, so that each has a whole budget and a whole summer in it.
fn earliest_sunset(deprecated: Date) -> Date {
    deprecated.saturating_add(1.year())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn manifest(text: &str) -> Manifest {
        toml::from_str(&format!("version = \"1.2.0\"\n{text}")).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_released_goes_together() {
        assert_eq!(Livslop::embedded().faults(), Vec::<String>::new());
    }

    #[test]
    fn the_clock_carries_out_what_was_decided() {
        let announced = manifest(
            "status = \"live\"\npublished = \"2025-01-01\"\ndeprecated = \"2026-07-01\"\nsunset = \"2027-12-01\"",
        );
        for (moment, status) in [
            ("2026-06-30T21:59:59.999Z", Status::Live),
            ("2026-06-30T22:00:00Z", Status::Deprecated),
            ("2027-11-30T22:59:59.999Z", Status::Deprecated),
            ("2027-11-30T23:00:00Z", Status::Retired),
        ] {
            assert_eq!(announced.status_at(at(moment)), status, "{moment}");
        }
        // What is decided holds, whatever the dates say.
        let early = Manifest { status: Status::Deprecated, ..announced.clone() };
        assert_eq!(early.status_at(at("2026-01-01T00:00:00Z")), Status::Deprecated);
        let gone = Manifest { status: Status::Retired, ..announced };
        assert_eq!(gone.status_at(at("2026-01-01T00:00:00Z")), Status::Retired);
        assert_eq!(manifest("status = \"draft\"").status_at(at("2099-01-01T00:00:00Z")), Status::Draft);
    }

    #[test]
    fn each_manifest_that_does_not_go_together_is_found() {
        let live = "published = \"2025-01-01\"\n";
        let ended = "published = \"2025-01-01\"\ndeprecated = \"2026-07-01\"\nsuccessor = \"v2\"\n";
        for (good, bad) in [
            ("status = \"draft\"".to_owned(), format!("status = \"draft\"\n{live}")),
            (format!("status = \"live\"\n{live}"), "status = \"live\"".to_owned()),
            (format!("status = \"live\"\n{ended}"), "status = \"draft\"\nsunset = \"2027-01-01\"".to_owned()),
            (format!("status = \"deprecated\"\n{ended}"), format!("status = \"deprecated\"\n{live}")),
            (format!("status = \"retired\"\n{ended}sunset = \"2027-07-01\""), format!("status = \"retired\"\n{ended}")),
            (
                format!("status = \"deprecated\"\n{live}deprecated = \"2026-07-01\"\nsuccessor = \"none\""),
                format!("status = \"deprecated\"\n{live}deprecated = \"2026-07-01\""),
            ),
            (
                format!("status = \"deprecated\"\n{ended}sunset = \"2027-07-01\""),
                format!("status = \"deprecated\"\n{ended}sunset = \"2027-06-30\""),
            ),
            (format!("status = \"live\"\n{ended}"), format!("status = \"live\"\n{}", ended.replace("2026", "2024"))),
            (format!("status = \"live\"\n{ended}"), format!("status = \"live\"\n{live}sunset = \"2027-07-01\"")),
        ] {
            assert_eq!(manifest(&good).faults(), Vec::<String>::new(), "{good}");
            assert!(!manifest(&bad).faults().is_empty(), "{bad}");
        }
    }

    #[test]
    fn a_successor_is_a_later_version_that_is_there() {
        let (v1, v2) = (Versjonert::BekymringsmeldingV1, Versjonert::BekymringsmeldingV2);
        let live = manifest("status = \"live\"\npublished = \"2025-01-01\"");
        let ended = Manifest {
            status: Status::Deprecated,
            deprecated: Some(date(2026, 7, 1)),
            successor: Some("v2".to_owned()),
            ..live.clone()
        };
        let told = Livslop::embedded().with(v2, live.clone()).with(v1, ended.clone());
        assert_eq!((told.successor(v1), told.successor(v2)), (Some(v2), None));
        assert_eq!(told.faults(), Vec::<String>::new());
        let draft = manifest("status = \"draft\"");
        assert_eq!(told.clone().with(v2, draft).faults().len(), 1);
        for successor in ["v1", "v3"] {
            let wrong = Manifest { successor: Some(successor.to_owned()), ..ended.clone() };
            assert_eq!(told.clone().with(v1, wrong).faults().len(), 1, "{successor}");
        }
    }
}

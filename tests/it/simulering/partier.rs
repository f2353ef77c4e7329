//! Who is at the other end: the offices' systems and the print supplier, each with a memory of what it was told.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::PathBuf,
    time::Duration,
};

use futures_util::future::join_all;
use meldeport::{
    crypto::sha256,
    domain::{
        DomainError,
        avhenting::Kvittering,
        tilgang::{Fullmakt, Hente, Utskrift},
    },
    model::{BrevId, Feilkode, MeldingId, brev::Brevstatus, melding::Tilstand},
};
use serde_json::Value;

use super::plan::{Forlop, Handling, Skjebne};
use crate::support::Gate;

/// The municipality's systems.
pub struct Mottakere<'a> {
    t: &'a Gate,
    reports: &'a [Forlop],
    fullmakt: Fullmakt<Hente>,
    /// The first answer to each kind of receipt that was taken.
    answers: HashMap<(MeldingId, Tilstand), Kvittering>,
}

impl<'a> Mottakere<'a> {
    pub fn new(t: &'a Gate, reports: &'a [Forlop], fullmakt: Fullmakt<Hente>) -> Self {
        Self { t, reports, fullmakt, answers: HashMap::new() }
    }

    /// What everyone does in a moment, all at once.
    pub async fn act(&self, acts: &[(usize, Handling)]) -> Vec<Kvittering> {
        let all = join_all(acts.iter().map(|(nr, act)| self.act_one(self.reports[*nr].id, *act))).await;
        all.into_iter().flatten().collect()
    }

    async fn act_one(&self, id: MeldingId, act: Handling) -> Option<Kvittering> {
        let services = self.t.services();
        let answer = match act {
            Handling::Henter => {
                let got = services.innhold(&self.fullmakt, id).await;
                return got.map(|_| ()).or_else(expected).map(|()| None).unwrap();
            }
            Handling::Mottatt => services.kvitter_mottatt(&self.fullmakt, id).await,
            Handling::Feilet => services.kvitter_feilet(&self.fullmakt, id, "Feil 17").await,
        };
        answer.map(Some).or_else(|error| expected(error).map(|()| None)).unwrap()
    }

    pub fn note(&mut self, answers: Vec<Kvittering>) {
        for answer in answers {
            let first = self.answers.entry((answer.melding, answer.tilstand)).or_insert_with(|| answer.clone());
            assert_eq!(*first, answer, "a receipt that is repeated is answered as the first");
        }
    }

    pub fn has_receipted(&self, id: MeldingId) -> bool {
        self.answers.contains_key(&(id, Tilstand::Levert))
    }
}

/// Too early, too late, or erased: what a receiver is told that does odd things. Anything else is a fault of ours.
fn expected(error: DomainError) -> Result<(), DomainError> {
    let fine = [Feilkode::MeldingIkkeFunnet, Feilkode::FeilTilstand, Feilkode::Slettet].map(Feilkode::code);
    if fine.contains(&error.feil().code) { Ok(()) } else { Err(error) }
}

/// The print supplier. It goes by the folder, and reports by the API.
pub struct Skriver<'a> {
    t: &'a Gate,
    utskrift: Utskrift,
    fates: HashMap<MeldingId, Skjebne>,
    /// Letters that it has printed and not reported, and how often it has looked since.
    printed: HashMap<BrevId, (MeldingId, u32)>,
    /// Every report that it has printed: none twice.
    reports: HashSet<MeldingId>,
    /// What it has reported; `None` for a letter that we had given up when it was printed already.
    done: HashMap<BrevId, (MeldingId, Option<Brevstatus>)>,
}

impl<'a> Skriver<'a> {
    pub fn new(t: &'a Gate, reports: &'a [Forlop], utskrift: Utskrift) -> Self {
        let fates = reports.iter().map(|report| (report.id, report.supplier)).collect();
        let (printed, reports, done) = (HashMap::new(), HashSet::new(), HashMap::new());
        Self { t, utskrift, fates, printed, reports, done }
    }

    fn away(&self) -> PathBuf {
        self.t.spool().with_extension("away")
    }

    /// The disk is full, or as good as: there is no folder any more.
    pub fn break_folder(&self) {
        if self.t.spool().is_dir() {
            fs::rename(self.t.spool(), self.away()).unwrap();
        }
        fs::write(self.t.spool(), "").unwrap();
    }

    pub fn mend_folder(&self) {
        fs::remove_file(self.t.spool()).unwrap();
        if self.away().is_dir() {
            fs::rename(self.away(), self.t.spool()).unwrap();
        }
    }

    pub fn folder_is_whole(&self) -> bool {
        !self.t.spool().is_file()
    }

    /// All names in the folder.
    pub fn names(&self) -> Vec<String> {
        let Ok(folder) = fs::read_dir(self.t.spool()) else { return Vec::new() };
        folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Prints what is new, and reports what has become of the rest.
    pub async fn look(&mut self) {
        if !self.folder_is_whole() {
            return;
        }
        let seen: HashSet<BrevId> = self.names().iter().filter_map(|name| name.parse().ok()).collect();
        let listed = self.t.services().ventende_brev(&self.utskrift, None, 1000, Duration::ZERO).await.unwrap();
        for row in listed.rader {
            assert!(seen.contains(&row.brev.id), "what the API tells of lies in the folder: {row:?}");
        }
        for id in seen {
            let known = self.done.get(&id);
            assert!(known.is_none_or(|(_, said)| said.is_none()), "a letter that was reported has come back");
            if known.is_none() && !self.printed.contains_key(&id) {
                let report = self.print(id);
                assert!(self.reports.insert(report), "report {report} is printed twice");
                self.printed.insert(id, (report, 0));
            }
        }
        let due = self.printed.iter().filter(|(_, (id, looks))| *looks >= self.fates[id].looks);
        let due: Vec<_> = due.map(|(brev, (id, _))| (*brev, *id, self.fates[id])).collect();
        self.printed.values_mut().for_each(|(_, looks)| *looks += 1);
        let reported = join_all(due.iter().map(|(brev, _, fate)| self.report(*brev, *fate))).await;
        for ((brev, id, _), status) in due.into_iter().zip(reported) {
            self.printed.remove(&brev);
            self.done.insert(brev, (id, status));
        }
    }

    /// What is in a letter's folder is whole.
    fn print(&self, id: BrevId) -> MeldingId {
        let folder = self.t.spool().join(id.to_string());
        let manifest: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
        let sealed = fs::read(folder.join("brev.pdf.cms")).unwrap();
        assert_eq!(manifest["sha256"], hex::encode(sha256(&sealed)));
        assert_eq!(manifest["brevId"], id.to_string());
        assert_eq!(manifest["adresse"]["poststed"], "LILLEVIK");
        manifest["bekymringsmeldingId"].as_str().unwrap().parse().unwrap()
    }

    async fn report(&self, brev: BrevId, fate: Skjebne) -> Option<Brevstatus> {
        let (services, utskrift) = (self.t.services(), &self.utskrift);
        let refuse = || services.brev_avvist(utskrift, brev, "Skriveren tok fyr");
        let post = || services.brev_postlagt(utskrift, brev);
        let said = match if fate.refuses { refuse().await } else { post().await } {
            Ok(said) => said,
            // Its folder had its name, its worker died before it could note that, and then the disk was full for too long.
            Err(error) => {
                assert_eq!(error.feil().code, Feilkode::BrevFeilStatus.code());
                return None;
            }
        };
        if fate.again {
            let again = if fate.refuses { refuse().await } else { post().await };
            assert_eq!(again.unwrap(), said, "the same answer");
            let other = if fate.refuses { post().await } else { refuse().await };
            assert_eq!(other.unwrap_err().feil().code, Feilkode::BrevFeilStatus.code());
        }
        Some(said.status)
    }

    fn has(&self, report: MeldingId, status: Brevstatus) -> bool {
        self.done.values().any(|done| *done == (report, Some(status)))
    }

    pub fn has_posted(&self, report: MeldingId) -> bool {
        self.has(report, Brevstatus::Postlagt)
    }

    pub fn has_refused(&self, report: MeldingId) -> bool {
        self.has(report, Brevstatus::Avvist)
    }
}

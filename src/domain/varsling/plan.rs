//! What is due now, for all offices or for one: what is in the database, held to `regler`.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Innhold, regler};
use crate::{
    domain::{Result, Services},
    epost::tekst::{Aarsak, Varsel},
    model::{
        RessursId,
        melding::Tilstand,
        varsel::Slag,
        virkedag::{frist_dato, norsk_tid, siste_dag},
    },
    store::{
        self, Conn,
        varsel::Fortalt,
        varselgrunn::{Avvist, Gjeldende},
    },
};

/// Stands for the print supplier where an office stands otherwise.
pub(super) const PRINT: RessursId = RessursId(Uuid::nil());

/// How far back letters are looked for. Longer than a gateway is down.
const BREV_SIDEN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How far back what has been told is looked for, where it is not a matter of one's whole life.
const FORTALT_SIDEN: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Reports that only the private key of the office's certificate opens. A letter is opened by another one.
const FOR_KONTORET: [Tilstand; 3] = [Tilstand::Akseptert, Tilstand::SendtFagsystem, Tilstand::AvvistPrint];

/// Reports that may still become a letter, or are one that is not posted.
const IKKE_LEVERT: [Tilstand; 5] = [
    Tilstand::Akseptert,
    Tilstand::SendtFagsystem,
    Tilstand::AvvistFagsystem,
    Tilstand::SendtPrint,
    Tilstand::AvvistPrint,
];

/// What planning works on besides the database.
#[derive(Debug)]
pub(super) struct Grunnlag {
    pub now: Timestamp,
    sertifikater: Vec<Sertifikat>,
}

/// A current certificate that has come to one of its thresholds.
#[derive(Debug)]
struct Sertifikat {
    bydel: RessursId,
    aktiv: bool,
    nokkel: Uuid,
    utloper: Timestamp,
    serienummer: String,
    terskel: u16,
    dager: u16,
}

/// A warning that is due.
#[derive(Debug)]
pub(super) struct Plan {
    pub bydel: RessursId,
    pub slag: Slag,
    pub merke: String,
    pub varsel: Varsel,
    pub om: Vec<String>,
}

impl Services {
    pub(super) async fn varselgrunnlag(&self, now: Timestamp) -> Result<Grunnlag> {
        let mut newest: HashMap<RessursId, Gjeldende> = HashMap::new();
        for current in store::varselgrunn::sertifikater(&self.store).await? {
            let owner = current.bydel.unwrap_or(PRINT);
            let known = newest.get(&owner);
            if known.is_none_or(|known| known.nokkel.registrert <= current.nokkel.registrert) {
                newest.insert(owner, current);
            }
        }
        let mut sertifikater = Vec::new();
        for (bydel, Gjeldende { nokkel, aktiv, .. }) in newest {
            let certificate = match self.parsed(&nokkel) {
                Ok(certificate) => certificate,
                Err(error) => {
                    tracing::error!(%bydel, %error, "a certificate cannot be read");
                    continue;
                }
            };
            let utloper = certificate.valid_to();
            if let Some((terskel, dager)) = regler::terskel(now, utloper) {
                let (nokkel, serienummer) = (nokkel.id, certificate.serial());
                sertifikater.push(Sertifikat { bydel, aktiv, nokkel, utloper, serienummer, terskel, dager });
            }
        }
        Ok(Grunnlag { now, sertifikater })
    }
}

/// Everything that is due.
pub(super) async fn plan(conn: &impl Conn, grunnlag: &Grunnlag, bydel: Option<RessursId>) -> Result<Vec<Plan>> {
    let now = grunnlag.now;
    let mut plans = ikke_hentet(conn, now, bydel).await?;
    plans.extend(frist_naer(conn, now, bydel).await?);
    plans.extend(sendt_til_print(conn, now, bydel).await?);
    plans.extend(avvist_print(conn, now, bydel).await?);
    plans.extend(sertifikat_utlop(conn, grunnlag, bydel).await?);
    Ok(plans)
}

async fn ikke_hentet(conn: &impl Conn, now: Timestamp, bydel: Option<RessursId>) -> Result<Vec<Plan>> {
    let waiting = store::varselgrunn::ventende(conn, bydel, regler::before(now, regler::VENT)).await?;
    let told = fortalt(conn, Slag::IkkeHentet, waiting.iter().map(|w| w.bydel), now).await?;
    let plans = waiting.into_iter().filter_map(|waiting| {
        let merke = regler::ikke_hentet(now, &waiting, sist(told.get(&waiting.bydel)))?;
        let frist = waiting.frist.map_or_else(|| frist_dato(waiting.eldste), siste_dag);
        let varsel = Varsel::IkkeHentet { antall: waiting.antall, eldste: waiting.eldste, frist };
        Some(Plan { bydel: waiting.bydel, slag: Slag::IkkeHentet, merke, varsel, om: Vec::new() })
    });
    Ok(plans.collect())
}

async fn frist_naer(conn: &impl Conn, now: Timestamp, bydel: Option<RessursId>) -> Result<Vec<Plan>> {
    let Some((frist, over)) = regler::frist_naer(now) else { return Ok(Vec::new()) };
    let waiting = store::varselgrunn::med_frist(conn, bydel, now, over).await?;
    let told = fortalt(conn, Slag::FristNaer, waiting.iter().map(|(bydel, _)| *bydel), now).await?;
    let merke = frist.to_string();
    let plans = waiting.into_iter().filter(|(bydel, _)| !er_fortalt(told.get(bydel), &merke)).map(|(bydel, antall)| {
        let varsel = Varsel::FristNaer { antall, frist };
        Plan { bydel, slag: Slag::FristNaer, merke: merke.clone(), varsel, om: Vec::new() }
    });
    Ok(plans.collect())
}

async fn sendt_til_print(conn: &impl Conn, now: Timestamp, bydel: Option<RessursId>) -> Result<Vec<Plan>> {
    let letters = store::varselgrunn::brev(conn, bydel, regler::before(now, BREV_SIDEN)).await?;
    let told = fortalt(conn, Slag::SendtTilPrint, letters.iter().map(|letter| letter.bydel), now).await?;
    let told: HashMap<RessursId, HashSet<String>> =
        told.into_iter().map(|(bydel, told)| (bydel, fortalt_om(&told))).collect();
    let mut untold: BTreeMap<(RessursId, Aarsak), (Timestamp, Vec<String>)> = BTreeMap::new();
    for letter in letters {
        let Some((nr, tidspunkt, aarsak)) = regler::brev(&letter.hendelser) else { continue };
        let om = format!("{} {nr}", letter.melding);
        if told.get(&letter.bydel).is_some_and(|told| told.contains(&om)) {
            continue;
        }
        let (forste, alle) = untold.entry((letter.bydel, aarsak)).or_insert((tidspunkt, Vec::new()));
        *forste = tidspunkt.min(*forste);
        alle.push(om);
    }
    let due = untold.into_iter().filter(|(_, (forste, _))| regler::brev_samlet(now, *forste));
    let plans = due.filter_map(|((bydel, aarsak), (_, om))| {
        let varsel = Varsel::SendtTilPrint { antall: om.len() as u64, aarsak };
        // Told of once each, so the first one's id is in no other warning's mark.
        let merke = om.first()?.clone();
        Some(Plan { bydel, slag: Slag::SendtTilPrint, merke, varsel, om })
    });
    Ok(plans.collect())
}

async fn avvist_print(conn: &impl Conn, now: Timestamp, bydel: Option<RessursId>) -> Result<Vec<Plan>> {
    let mut offices: BTreeMap<RessursId, Vec<Avvist>> = BTreeMap::new();
    for refused in store::varselgrunn::avviste(conn, bydel).await? {
        offices.entry(refused.bydel).or_default().push(refused);
    }
    let told = fortalt(conn, Slag::AvvistPrint, offices.keys().copied(), now).await?;
    let plans = offices.into_iter().filter_map(|(bydel, mut refused)| {
        refused.sort_unstable();
        let om: Vec<String> = refused.iter().map(|one| format!("{} {}", one.melding, one.nr)).collect();
        let known = told.get(&bydel).map(|told| fortalt_om(told)).unwrap_or_default();
        let merke = match om.iter().find(|one| !known.contains(*one)) {
            // With the day: after weeks of silence, what was told before them is told anew.
            Some(new) => format!("ny {} {new}", norsk_tid(now).date()),
            None => regler::avvist_igjen(now, sist(told.get(&bydel))?)?,
        };
        let varsel = Varsel::AvvistPrint { meldinger: refused.iter().map(|one| one.melding).collect() };
        Some(Plan { bydel, slag: Slag::AvvistPrint, merke, varsel, om })
    });
    Ok(plans.collect())
}

async fn sertifikat_utlop(conn: &impl Conn, grunnlag: &Grunnlag, bydel: Option<RessursId>) -> Result<Vec<Plan>> {
    let wanted: Vec<&Sertifikat> =
        grunnlag.sertifikater.iter().filter(|one| bydel.is_none_or(|bydel| bydel == one.bydel)).collect();
    let offices = wanted.iter().map(|one| one.bydel);
    // Of these there are few, and none is told twice in a certificate's life.
    let told = av_bydel(store::varsel::fortalt(conn, Slag::SertifikatUtlop, offices, Timestamp::MIN).await?);
    let mut plans = Vec::new();
    for one in wanted {
        let merke = format!("{} {}", one.nokkel, one.terskel);
        if er_fortalt(told.get(&one.bydel), &merke) {
            continue;
        }
        let &Sertifikat { bydel, dager, utloper, .. } = one;
        let serienummer = one.serienummer.clone();
        let varsel = if bydel == PRINT {
            let ventende = store::varselgrunn::antall(conn, &IKKE_LEVERT, None).await?;
            Varsel::PrintsertifikatUtlop { dager, utloper, serienummer, ventende }
        } else {
            let sealed = Some((bydel, one.serienummer.as_str()));
            let ventende = store::varselgrunn::antall(conn, &FOR_KONTORET, sealed).await?;
            if !one.aktiv && ventende == 0 {
                continue;
            }
            Varsel::SertifikatUtlop { dager, utloper, serienummer, ventende }
        };
        plans.push(Plan { bydel, slag: Slag::SertifikatUtlop, merke, varsel, om: vec![one.nokkel.to_string()] });
    }
    Ok(plans)
}

type FortaltAvBydel = HashMap<RessursId, Vec<Fortalt>>;

async fn fortalt(
    conn: &impl Conn,
    slag: Slag,
    bydeler: impl Iterator<Item = RessursId>,
    now: Timestamp,
) -> Result<FortaltAvBydel> {
    let bydeler: HashSet<RessursId> = bydeler.collect();
    if bydeler.is_empty() {
        return Ok(FortaltAvBydel::new());
    }
    Ok(av_bydel(store::varsel::fortalt(conn, slag, bydeler, regler::before(now, FORTALT_SIDEN)).await?))
}

fn av_bydel(told: Vec<Fortalt>) -> FortaltAvBydel {
    let mut offices = FortaltAvBydel::new();
    for one in told {
        offices.entry(one.bydel).or_default().push(one);
    }
    offices
}

fn sist(told: Option<&Vec<Fortalt>>) -> Option<Timestamp> {
    told?.iter().map(|one| one.planlagt).max()
}

/// Whether a warning with this mark was written, to whatever address.
fn er_fortalt(told: Option<&Vec<Fortalt>>, merke: &str) -> bool {
    told.is_some_and(|told| told.iter().any(|one| one.merke.rsplit_once('/').is_some_and(|(mark, _)| mark == merke)))
}

/// Everything that these warnings told of.
fn fortalt_om(told: &[Fortalt]) -> HashSet<String> {
    let contents = told.iter().filter_map(|one| serde_json::from_str::<Innhold>(&one.innhold).ok());
    contents.flat_map(|innhold| innhold.om).collect()
}

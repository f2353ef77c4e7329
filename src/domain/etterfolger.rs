//! Municipalities that have become part of another one: whom a number stands for now, and how the reports that wait there
//! follow.
//!
//! From the instant of the merger, whoever asks for the former number or sends to it is served as if it had used the
//! successor's; a successor may have one itself. Of the successor's offices the one with the same number takes the place
//! of the former one, and its standard receiver where there is none. Until the instant nothing is different.

use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};

use super::{Result, Services};
use crate::{
    model::{
        Bydelsnummer, Feilkode, Kommunenummer, MeldingId,
        kommune::{Bydel, Kommune},
        melding::{Melding, Tilstand},
        nokkel::NokkelEier,
    },
    store::{self, Conn, Tx, melding::Part},
};

/// Reports moved in one go.
const BATCH: u64 = 64;

/// An address that a sender uses, and what it stands for now.
#[derive(Debug)]
pub(super) struct Adressert {
    /// The office that receives.
    pub bydel: Bydel,
    /// The municipality that it belongs to.
    pub kommune: Kommune,
    /// Those whose place it has taken: the one that was addressed, its successor, and so on. None as a rule.
    forgjengere: Vec<Kommune>,
}

impl Adressert {
    /// What the history tells of a report that goes elsewhere than it was addressed to.
    pub fn omdirigert(&self) -> Option<String> {
        let addressed = self.forgjengere.first()?;
        let Bydel { navn, bydelsnummer, .. } = &self.bydel;
        let (old, new) = (addressed.kommunenummer, self.kommune.kommunenummer);
        Some(format!(
            "Kommune {old} er slått sammen med {new}. Meldingen går til {navn}, bydel {bydelsnummer} i {new}."
        ))
    }
}

/// A report that has been given to a successor's office.
#[derive(Debug)]
pub(super) struct Fulgt {
    pub bydel: Bydel,
    /// What the history tells.
    pub beskrivelse: String,
}

impl Services {
    /// The active office that an address stands for now.
    pub(super) async fn adressert(&self, kommune: Kommunenummer, bydel: Bydelsnummer) -> Result<Adressert> {
        Ok(address(&self.store, kommune, bydel, self.clock.now()).await?.ok_or(Feilkode::BydelUkjent)?)
    }

    /// The municipality that a number stands for now; `None` for a number that is not registered.
    pub(super) async fn gjeldende(&self, nummer: Kommunenummer) -> Result<Option<Kommune>> {
        Ok(chain(&self.store, nummer, self.clock.now()).await?.pop())
    }

    /// Whose certificates an envelope to this address may be sealed to: the office's first, and those of the offices whose
    /// place it took less than the grace time ago. Senders keep keys for a while, and the successor has taken the former
    /// office's private key over.
    pub(super) async fn mottakernokler(
        &self,
        adressert: &Adressert,
        bydel: Bydelsnummer,
        now: Timestamp,
    ) -> Result<Vec<NokkelEier>> {
        let grace = SignedDuration::try_from(self.settings.nokkel_overgang).unwrap_or(SignedDuration::ZERO);
        let since = now.checked_sub(grace).unwrap_or(Timestamp::MIN);
        let mut owners = vec![NokkelEier::Bydel(adressert.kommune.kommunenummer, adressert.bydel.bydelsnummer)];
        for former in &adressert.forgjengere {
            if former.etterfolger.is_some_and(|next| next.fra > since) {
                let office = match store::kommune::bydel(&self.store, former.kommunenummer, bydel).await? {
                    Some(same) => Some(same),
                    None => standard(&self.store, former.kommunenummer).await?,
                };
                owners.extend(office.map(|office| NokkelEier::Bydel(office.kommunenummer, office.bydelsnummer)));
            }
        }
        Ok(owners)
    }

    /// Gives reports that wait at an office of a municipality with a successor to the successor's. Returns how many. May
    /// be run by any number of nodes at once and be killed anywhere: each report is moved in a transaction of its own,
    /// by one of them.
    pub async fn flytt_ventende(&self) -> Result<u64> {
        let now = self.clock.now();
        let merged = store::kommune::avloste_bydeler(&self.store, now).await?;
        if merged.is_empty() {
            return Ok(0);
        }
        let all = merged.iter().map(|bydel| bydel.id);
        if store::melding::ventende_hos(&self.store, all, 1).await?.is_empty() {
            return Ok(0);
        }
        // Where the successor has no active office yet, the reports stay, and must not keep the others from moving.
        let mut movable = Vec::new();
        for bydel in merged {
            let to = address(&self.store, bydel.kommunenummer, bydel.bydelsnummer, now).await?;
            movable.extend(to.filter(|to| to.bydel.id != bydel.id).map(|_| bydel.id));
        }
        let mut moved = 0;
        loop {
            let waiting = store::melding::ventende_hos(&self.store, movable.iter().copied(), BATCH).await?;
            let moves = waiting.into_iter().map(|id| {
                self.store.write("flytting", (id, now), |tx, (id, now)| Box::pin(move_waiting(tx, *id, *now)))
            });
            match try_join_all(moves).await?.into_iter().filter(|moved| *moved).count() {
                0 => break,
                some => moved += some as u64,
            }
        }
        if moved > 0 {
            tracing::info!(moved, "reports followed their municipality into its successor");
            self.signaler.ko.send_modify(|n| *n = n.wrapping_add(1));
        }
        Ok(moved)
    }
}

async fn move_waiting(tx: &Tx, id: MeldingId, now: Timestamp) -> Result<bool> {
    let Some(melding) = store::melding::lock(tx, Part::Plattform, id).await? else { return Ok(false) };
    // Receipted or put in a letter since it was looked for. (What was moved by another node is where it should be.)
    if matches!(melding.tilstand, Tilstand::Akseptert | Tilstand::SendtPrint | Tilstand::Levert) {
        return Ok(false);
    }
    let Some(fulgt) = folg(tx, &melding, now).await? else { return Ok(false) };
    store::melding::append(tx, id, melding.tilstand, now, Some(&fulgt.beskrivelse)).await?;
    Ok(true)
}

/// Gives a report to the successor's office, if its municipality has a successor at `now` with an active office. Call it
/// on a report that is locked; the caller writes the history.
pub(super) async fn folg(tx: &Tx, melding: &Melding, now: Timestamp) -> Result<Option<Fulgt>> {
    // By the office's own number, which may have changed since the report came.
    let Some(from) = store::kommune::bydel_med_id(tx, melding.bydel).await? else { return Ok(None) };
    let to = address(tx, from.kommunenummer, from.bydelsnummer, now).await?;
    let Some(Adressert { bydel, kommune, .. }) = to.filter(|to| !to.forgjengere.is_empty()) else { return Ok(None) };
    store::melding::flytt(tx, melding, kommune.organisasjon, &bydel).await?;
    let (old, new, office) = (from.kommunenummer, kommune.kommunenummer, bydel.bydelsnummer);
    let beskrivelse = format!(
        "Kommune {old} er slått sammen med {new}. Meldingen er flyttet til {}, bydel {office} i {new}.",
        bydel.navn,
    );
    Ok(Some(Fulgt { bydel, beskrivelse }))
}

async fn address(
    conn: &impl Conn,
    kommune: Kommunenummer,
    bydel: Bydelsnummer,
    now: Timestamp,
) -> Result<Option<Adressert>> {
    // Most addresses stand for themselves, and one question is enough.
    if let Some((bydel, kommune)) = store::kommune::bydel_med_kommune(conn, kommune, bydel).await?
        && kommune.avlost_av(now).is_none()
    {
        return Ok(bydel.aktiv.then(|| Adressert { bydel, kommune, forgjengere: Vec::new() }));
    }
    let mut forgjengere = chain(conn, kommune, now).await?;
    let Some(kommune) = forgjengere.pop() else { return Ok(None) };
    let same = store::kommune::bydel(conn, kommune.kommunenummer, bydel).await?.filter(|bydel| bydel.aktiv);
    let office = match same {
        Some(same) => Some(same),
        None if had(conn, &forgjengere, bydel).await? => standard(conn, kommune.kommunenummer).await?,
        None => None,
    };
    Ok(office.map(|bydel| Adressert { bydel, kommune, forgjengere }))
}

/// Whether one of the municipalities has, or had, an office of this number. One that none ever had is a slip of the
/// sender's, as it would be without a merger.
async fn had(conn: &impl Conn, kommuner: &[Kommune], bydel: Bydelsnummer) -> Result<bool> {
    for kommune in kommuner {
        if store::kommune::bydel(conn, kommune.kommunenummer, bydel).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn standard(conn: &impl Conn, kommune: Kommunenummer) -> Result<Option<Bydel>> {
    let active = store::kommune::bydeler(conn, kommune).await?;
    Ok(active.into_iter().find(|bydel| bydel.standard_mottaker))
}

/// The municipalities that a number has stood for, from the one that has it to the one that answers now.
async fn chain(conn: &impl Conn, nummer: Kommunenummer, now: Timestamp) -> Result<Vec<Kommune>> {
    let mut chain: Vec<Kommune> = Vec::new();
    let mut next = Some(nummer);
    // A loop is refused when it is set up; were there one all the same, nobody waits for its end.
    while let Some(nummer) = next.filter(|next| chain.iter().all(|known| known.kommunenummer != *next)) {
        let Some(kommune) = store::kommune::kommune(conn, nummer).await? else { break };
        next = kommune.avlost_av(now);
        chain.push(kommune);
    }
    Ok(chain)
}

/// Whether the successors of a municipality lead to one that is registered and has none, whenever they take its place.
pub(super) async fn ends(tx: &Tx, kommune: &Kommune) -> Result<bool> {
    let mut seen = vec![kommune.kommunenummer];
    let mut next = kommune.etterfolger;
    while let Some(successor) = next {
        if seen.contains(&successor.kommunenummer) {
            return Ok(false);
        }
        let Some(found) = store::kommune::kommune(tx, successor.kommunenummer).await? else { return Ok(false) };
        seen.push(found.kommunenummer);
        next = found.etterfolger;
    }
    Ok(true)
}

//! Which offices take reports. Of a municipality's active offices exactly one takes those for which the right office is not
//! known; the first that is activated becomes it, and it cannot be deactivated while others are active.

use jiff::Timestamp;
use serde_json::json;

use super::{
    endre::write,
    spor::{Spor, gjeldende},
};
use crate::{
    crypto::certificate::Certificate,
    domain::{
        Result, Services,
        tilgang::{Konfigurere, Mandat},
    },
    model::{Feil, Feilkode, Kommunenummer, RessursId, kommune::Bydel, nokkel::NokkelEier},
    store::{self, Tx},
};

/// What is to happen to the offices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Steg {
    Aktiver,
    Deaktiver,
    Standardmottaker,
}

struct Plan {
    mandat: Mandat<Konfigurere>,
    ids: Vec<RessursId>,
    steg: Steg,
    spor: Spor,
    now: Timestamp,
}

impl Services {
    /// Lets offices take reports: all of them, or none.
    ///
    /// # Errors
    /// 409 with what each office lacks.
    pub async fn aktiver(
        &self,
        mandat: &Mandat<Konfigurere>,
        handling: &'static str,
        ids: Vec<RessursId>,
    ) -> Result<()> {
        self.skift(mandat, handling, ids, Steg::Aktiver).await
    }

    /// Lets offices take no more reports: all of them, or none. What they have been sent is still theirs to fetch.
    ///
    /// # Errors
    /// 409 when the office that takes what no other is known for would be gone, and others still active.
    pub async fn deaktiver(
        &self,
        mandat: &Mandat<Konfigurere>,
        handling: &'static str,
        ids: Vec<RessursId>,
    ) -> Result<()> {
        self.skift(mandat, handling, ids, Steg::Deaktiver).await
    }

    /// Lets another active office take the reports for which the right one is not known.
    pub async fn flytt_standardmottaker(&self, mandat: &Mandat<Konfigurere>, id: RessursId) -> Result<()> {
        self.skift(mandat, "updateStandardMottaker", vec![id], Steg::Standardmottaker).await
    }

    async fn skift(
        &self,
        mandat: &Mandat<Konfigurere>,
        handling: &'static str,
        ids: Vec<RessursId>,
        steg: Steg,
    ) -> Result<()> {
        let spor = self.spor(mandat, handling);
        let plan = Plan { mandat: mandat.clone(), ids, steg, spor, now: self.clock.now() };
        self.store.write("aktivering", plan, |tx, plan| Box::pin(shift(tx, plan))).await
    }
}

async fn shift(tx: &Tx, plan: &Plan) -> Result<()> {
    for (kommune, ids) in by_municipality(tx, plan).await? {
        let before = store::bydel::hold(tx, kommune).await?;
        let mut after = before.clone();
        match plan.steg {
            Steg::Aktiver => {
                check_finished(tx, &before, &ids, plan.now).await?;
                activate(&mut after, &ids);
            }
            Steg::Deaktiver => deactivate(&mut after, &ids)?,
            Steg::Standardmottaker => {
                for id in &ids {
                    plan.mandat.check_standardmottaker(&before, *id)?;
                    make_standard(&mut after, *id)?;
                }
            }
        }
        write(tx, &before, &after, &plan.spor, plan.now, None).await?;
    }
    Ok(())
}

/// The offices by their municipalities, in the order of the numbers, so that two calls never hold them crosswise.
async fn by_municipality(tx: &Tx, plan: &Plan) -> Result<Vec<(Kommunenummer, Vec<RessursId>)>> {
    let own = store::bydel::til_organisasjoner(tx, Some(&[plan.mandat.organisasjon])).await?;
    let mut groups: Vec<(Kommunenummer, Vec<RessursId>)> = Vec::new();
    for id in &plan.ids {
        let office = own.iter().map(|(_, bydel)| bydel).find(|bydel| bydel.id == *id && plan.mandat.covers(*id));
        let kommune = office.ok_or(Feilkode::KonfigurasjonBydel)?.kommunenummer;
        match groups.iter_mut().find(|(nummer, _)| *nummer == kommune) {
            Some((_, ids)) => ids.push(*id),
            None => groups.push((kommune, vec![*id])),
        }
    }
    groups.sort_by_key(|(kommune, _)| *kommune);
    Ok(groups)
}

impl Mandat<Konfigurere> {
    /// Moving the role takes it from another office, which must be the caller's to set up, too.
    pub(super) fn check_standardmottaker(&self, offices: &[Bydel], id: RessursId) -> std::result::Result<(), Feil> {
        let others = offices.iter().filter(|office| office.aktiv && office.standard_mottaker && office.id != id);
        if others.into_iter().all(|office| self.covers(office.id)) { Ok(()) } else { self.hele_organisasjonen() }
    }
}

fn activate(offices: &mut [Bydel], ids: &[RessursId]) {
    let mut taken = offices.iter().any(|office| office.aktiv && office.standard_mottaker);
    for id in ids {
        if let Some(office) = offices.iter_mut().find(|office| office.id == *id && !office.aktiv) {
            office.aktiv = true;
            office.standard_mottaker = !taken;
            taken = true;
        }
    }
}

fn deactivate(offices: &mut [Bydel], ids: &[RessursId]) -> std::result::Result<(), Feil> {
    let mut lost = false;
    for office in offices.iter_mut().filter(|office| office.aktiv && ids.contains(&office.id)) {
        lost |= office.standard_mottaker;
        office.aktiv = false;
        office.standard_mottaker = false;
    }
    if lost && offices.iter().any(|office| office.aktiv) {
        return Err(Feilkode::MaHaStandardmottaker.into());
    }
    Ok(())
}

pub(super) fn make_standard(offices: &mut [Bydel], id: RessursId) -> std::result::Result<(), Feil> {
    if !offices.iter().any(|office| office.id == id && office.aktiv) {
        return Err(Feilkode::BydelInaktiv.into());
    }
    for office in offices {
        office.standard_mottaker = office.id == id;
    }
    Ok(())
}

/// The role can be given to another office, but not given up.
pub(super) fn check_stays_without(offices: &[Bydel], id: RessursId) -> std::result::Result<(), Feil> {
    let has_it = offices.iter().any(|office| office.id == id && office.aktiv && office.standard_mottaker);
    if has_it { Err(Feilkode::MaHaStandardmottaker.into()) } else { Ok(()) }
}

/// Whether there is anyone to write to when a report is not fetched.
pub(super) fn can_be_warned(office: &Bydel) -> bool {
    !office.eposter.is_empty() || !office.varsel_eposter.is_empty()
}

async fn check_finished(tx: &Tx, offices: &[Bydel], ids: &[RessursId], now: Timestamp) -> Result<()> {
    let mut lacking = Vec::new();
    for office in offices.iter().filter(|office| ids.contains(&office.id) && !office.aktiv) {
        let mut lacks = Vec::new();
        let eier = NokkelEier::Bydel(office.kommunenummer, office.bydelsnummer);
        let key = gjeldende(tx, eier, now).await?.and_then(|key| Certificate::from_pem(key.pem.as_bytes()).ok());
        if key.is_none_or(|key| key.check_recipient(now).is_err()) {
            let waits = !store::nokkelbevis::ventende(tx, [office.id], now).await?.is_empty();
            lacks.push(if waits { "NOKKELBEVIS" } else { "NOKKEL" });
        }
        if office.adresse.is_none() {
            lacks.push("ADRESSE");
        }
        if !can_be_warned(office) {
            lacks.push("EPOST");
        }
        if !lacks.is_empty() {
            lacking.push((office, lacks));
        }
    }
    if lacking.is_empty() { Ok(()) } else { Err(unfinished(&lacking).into()) }
}

/// What each office must have and has not: `NOKKEL` a certificate that can be sealed to, `NOKKELBEVIS` the answer that its
/// certificate waits for, `ADRESSE`, `EPOST`.
pub(super) fn unfinished(lacking: &[(&Bydel, Vec<&'static str>)]) -> Feil {
    let offices: Vec<_> = lacking
        .iter()
        .map(|(office, lacks)| json!({ "ressursId": office.id, "bydelsnummer": office.bydelsnummer, "mangler": lacks }))
        .collect();
    Feil::from(Feilkode::BydelUferdig).fakta(json!({ "bydeler": offices }))
}

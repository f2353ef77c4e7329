//! The roles that persons hold at an organisation: who gives them, who takes them, and what was changed by whom.
//!
//! A person is known by a keyed digest of the fødselsnummer and by a label that the administrator chooses; the number
//! itself is dropped as soon as the digest is made. Changes to one organisation's roles wait for each other, so that the
//! last chief administrator cannot be taken away, not by two who take each other's role at the same moment either.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Result, Services,
    avhenting::looks_personal,
    tilgang::{Administrator, Forvalter},
};
use crate::{
    model::{
        Feil, Feilkode, FiksOrgId, RessursId,
        fnr::Fnr,
        kommune::Organisasjon,
        revisjon::{Aktor, Revisjon},
        rolle::{Rolle, Rolleinnehav},
        side::{Markor, Side},
    },
    store::{self, StoreError, Tx},
    system::SecretString,
};

const GIVE: &str = "opprettRolle";
const TAKE: &str = "slettRolle";
/// Longest label, in characters.
pub const MAX_MERKELAPP: usize = 100;

/// A role that somebody is to have.
#[derive(Debug)]
pub struct NyRolle {
    pub organisasjon: FiksOrgId,
    pub rolle: Rolle,
    /// The only office that it is for.
    pub bydel: Option<RessursId>,
    /// What the administrator knows the person by; never a name or fødselsnummer.
    pub merkelapp: String,
    pub fnr: SecretString,
}

/// An entry of the audit trail, with what the person is known by when one did it.
#[derive(Debug, Clone, PartialEq)]
pub struct Endring {
    pub revisjon: Revisjon,
    pub merkelapp: Option<String>,
}

/// A role on its way into the transaction.
pub(super) struct Tildeling {
    /// `None`: whoever runs the platform.
    av: Option<Administrator>,
    ny: Rolleinnehav,
    revisjon: Revisjon,
}

struct Fratakelse {
    av: Administrator,
    id: Uuid,
    revisjon: Revisjon,
}

impl Services {
    /// The roles at an organisation, oldest first: those that the administrator's own right covers.
    pub async fn roller(&self, administrator: &Administrator) -> Result<Vec<Rolleinnehav>> {
        let mut all = store::rolle::av_organisasjon(&self.store, administrator.organisasjon).await?;
        if let Some(only) = administrator.bydeler() {
            all.retain(|held| held.bydel.is_some_and(|bydel| only.contains(&bydel)));
        }
        Ok(all)
    }

    /// Gives somebody a role. Giving the same one again changes nothing but the label.
    ///
    /// # Errors
    /// A number that cannot be a fødselsnummer, a label that looks like one, an office of somebody else, the caller's own
    /// number, or a role that the caller does not appoint to.
    pub async fn gi_rolle(&self, administrator: Administrator, ny: NyRolle) -> Result<Rolleinnehav> {
        let tildeling = self.tildeling(Some(administrator), ny)?;
        self.store.write("rolle", tildeling, |tx, tildeling| Box::pin(give(tx, tildeling))).await
    }

    /// What [`give`] needs; from here on nobody has the fødselsnummer.
    pub(super) fn tildeling(&self, av: Option<Administrator>, ny: NyRolle) -> Result<Tildeling> {
        let NyRolle { organisasjon, rolle, bydel, merkelapp, fnr } = ny;
        Fnr::kontroller(fnr.expose()).map_err(|_| at(Feilkode::UgyldigFnr.into(), "/fnr"))?;
        let merkelapp = label(&merkelapp)?;
        if rolle == Rolle::Hovedadministrator && bydel.is_some() {
            return Err(wrong(
                "En hovedadministrator er det for hele organisasjonen. Utelat «ressursId».",
                "/ressursId",
            ));
        }
        let person = self.person_digest(fnr.expose())?;
        if av.as_ref().is_some_and(|administrator| administrator.is(&person)) {
            return Err(Feilkode::EgenRolle.into());
        }
        let (id, gitt) = (self.ids.uuid(), self.clock.now());
        let ny = Rolleinnehav { id, organisasjon, person, rolle, bydel, merkelapp, gitt };
        let revisjon = self.revisjon(Aktor::Plattform, Some(organisasjon), GIVE, Some(id));
        Ok(Tildeling { av, ny, revisjon })
    }

    /// Takes a role away; the caller's own, or one that it appoints to. Saying so again gives the same answer.
    ///
    /// # Errors
    /// 404 for a role that the organisation never had, 409 for its last chief administrator.
    pub async fn ta_rolle(&self, administrator: Administrator, id: Uuid) -> Result<()> {
        let revisjon = self.revisjon(Aktor::Plattform, Some(administrator.organisasjon), TAKE, Some(id));
        let fratakelse = Fratakelse { av: administrator, id, revisjon };
        self.store.write("rolle", fratakelse, |tx, fratakelse| Box::pin(take(tx, fratakelse))).await
    }

    /// What the person who calls holds, and where.
    pub async fn mine_roller(&self, forvalter: &Forvalter) -> Result<Vec<(Rolleinnehav, Organisasjon)>> {
        let Forvalter::Person(roller) = forvalter else { return Ok(Vec::new()) };
        let ids: HashSet<FiksOrgId> = roller.iter().map(|held| held.organisasjon).collect();
        let found = store::kommune::organisasjoner(&self.store, ids).await?;
        let known: HashMap<FiksOrgId, Organisasjon> = found.into_iter().map(|org| (org.id, org)).collect();
        let with = |held: &Rolleinnehav| {
            let organisasjon = known.get(&held.organisasjon).cloned();
            let missing = || StoreError::Corrupt("rolle.organisasjon_id".to_owned());
            Ok((held.clone(), organisasjon.ok_or_else(missing)?))
        };
        roller.iter().map(with).collect()
    }

    /// One page of what was changed at an organisation, or read of its reports, newest first; with `objekt`, only what was
    /// done to that. Who administers some offices only sees what was done to those.
    pub async fn endringer(
        &self,
        administrator: &Administrator,
        objekt: Option<Uuid>,
        eldre_enn: Option<Markor>,
        antall: usize,
    ) -> Result<Side<Endring>> {
        let mut only: Option<Vec<Uuid>> =
            administrator.bydeler().map(|bydeler| bydeler.iter().map(|bydel| bydel.0).collect());
        if let Some(objekt) = objekt {
            // What one may not see looks like something to which nothing was done.
            only = Some(only.map_or(vec![objekt], |mut only| {
                only.retain(|own| *own == objekt);
                only
            }));
        }
        let organisasjon = administrator.organisasjon;
        // One more than asked for tells whether there is a next page.
        let limit = antall as u64 + 1;
        let found =
            store::revisjon::av_organisasjon(&self.store, organisasjon, only.as_deref(), eldre_enn, limit).await?;
        let more = found.len() > antall;
        let shown: Vec<_> = found.into_iter().take(antall).collect();
        let neste = shown.last().filter(|_| more).map(|last| Markor(last.id));
        let labels = self.merkelapper(&shown).await?;
        let label = |aktor: &Aktor| aktor.id().and_then(|id| labels.get(&id).cloned());
        let rader =
            shown.into_iter().map(|entry| Endring { merkelapp: label(&entry.aktor), revisjon: entry }).collect();
        Ok(Side { rader, neste })
    }

    /// What the persons who did these things are known by, those who no longer hold the role included: the entry that
    /// tells of the role's end is younger than all that was done by it.
    async fn merkelapper(&self, entries: &[Revisjon]) -> Result<HashMap<Uuid, String>> {
        let persons = entries.iter().filter(|entry| matches!(entry.aktor, Aktor::Person(_)));
        let ids: HashSet<Uuid> = persons.filter_map(|entry| entry.aktor.id()).collect();
        let mut labels = store::rolle::merkelapper(&self.store, ids.iter().copied()).await?;
        let gone = ids.into_iter().filter(|id| !labels.contains_key(id));
        for taken in store::revisjon::om(&self.store, gone.collect::<Vec<_>>(), TAKE).await? {
            let label = taken.for_endring.as_ref().and_then(|before| before.get("merkelapp")).and_then(Value::as_str);
            labels.extend(taken.objekt.zip(label.map(str::to_owned)));
        }
        Ok(labels)
    }
}

/// Writes a role, in the transaction of a call or of an operator's set-up.
pub(super) async fn give(tx: &Tx, tildeling: &Tildeling) -> Result<Rolleinnehav> {
    let Tildeling { av, ny, revisjon } = tildeling;
    if !store::kommune::lock_organisasjon(tx, ny.organisasjon).await? {
        return Err(Feilkode::OrganisasjonIkkeFunnet.into());
    }
    let roller = store::rolle::av_organisasjon(tx, ny.organisasjon).await?;
    let aktor = match av {
        Some(administrator) => administrator.appoints(&roller, ny.rolle, ny.bydel)?,
        None => Aktor::Plattform,
    };
    if let Some(bydel) = ny.bydel
        && !has_office(tx, ny.organisasjon, bydel).await?
    {
        return Err(wrong("Organisasjonen har ingen bydel med denne «ressursId».", "/ressursId"));
    }
    let same = |held: &&Rolleinnehav| held.person == ny.person && held.rolle == ny.rolle && held.bydel == ny.bydel;
    let held = roller.iter().find(same);
    if let Some(held) = held.filter(|held| held.merkelapp == ny.merkelapp) {
        return Ok(held.clone());
    }
    let now = match held {
        Some(held) => {
            store::rolle::set_merkelapp(tx, held.id, &ny.merkelapp).await?;
            Rolleinnehav { merkelapp: ny.merkelapp.clone(), ..held.clone() }
        }
        None => {
            store::rolle::insert(tx, ny).await?;
            ny.clone()
        }
    };
    let entry = Revisjon { aktor, objekt: Some(now.id), ..revisjon.clone() };
    store::revisjon::append(tx, &entry.endring(held.map(shown), Some(shown(&now)))).await?;
    Ok(now)
}

async fn take(tx: &Tx, fratakelse: &Fratakelse) -> Result<()> {
    let Fratakelse { av, id, revisjon } = fratakelse;
    store::kommune::lock_organisasjon(tx, av.organisasjon).await?;
    let roller = store::rolle::av_organisasjon(tx, av.organisasjon).await?;
    let Some(held) = roller.iter().find(|held| held.id == *id) else {
        let taken = store::revisjon::om(tx, [*id], TAKE).await?;
        let before = taken.iter().any(|entry| entry.organisasjon == Some(av.organisasjon));
        return if before { Ok(()) } else { Err(Feilkode::RolleIkkeFunnet.into()) };
    };
    let aktor =
        if av.is(&held.person) { Ok(Aktor::Person(held.id)) } else { av.appoints(&roller, held.rolle, held.bydel) };
    let chiefs = roller.iter().filter(|held| held.rolle == Rolle::Hovedadministrator).count();
    // Before the question whether the caller may: one of two who take each other's role no longer holds its own.
    if held.rolle == Rolle::Hovedadministrator && chiefs == 1 {
        return Err(Feilkode::SisteHovedadministrator.into());
    }
    let entry = Revisjon { aktor: aktor?, ..revisjon.clone() };
    store::rolle::delete(tx, av.organisasjon, held.id).await?;
    store::revisjon::append(tx, &entry.endring(Some(shown(held)), None)).await?;
    Ok(())
}

async fn has_office(tx: &Tx, organisasjon: FiksOrgId, bydel: RessursId) -> Result<bool> {
    let Some(bydel) = store::kommune::bydel_med_id(tx, bydel).await? else { return Ok(false) };
    let kommune = store::kommune::kommune(tx, bydel.kommunenummer).await?;
    Ok(kommune.is_some_and(|kommune| kommune.organisasjon == organisasjon))
}

/// A role as the audit trail shows it.
fn shown(held: &Rolleinnehav) -> Value {
    json!({ "rolle": held.rolle.as_str(), "ressursId": held.bydel, "merkelapp": held.merkelapp })
}

fn label(merkelapp: &str) -> Result<String> {
    let merkelapp = merkelapp.trim();
    if merkelapp.is_empty() || merkelapp.chars().count() > MAX_MERKELAPP || merkelapp.chars().any(char::is_control) {
        let rule = format!("Feltet «merkelapp» skal ha fra 1 til {MAX_MERKELAPP} tegn på én linje.");
        return Err(wrong(rule, "/merkelapp"));
    }
    if looks_personal(merkelapp) {
        let rule = "Feltet «merkelapp» ser ut til å inneholde et fødselsnummer. Bruk for eksempel et ansattnummer.";
        return Err(wrong(rule, "/merkelapp"));
    }
    Ok(merkelapp.to_owned())
}

fn wrong(rule: impl Into<String>, peker: &str) -> super::DomainError {
    at(Feil::from(Feilkode::Kropp).melding(rule), peker)
}

fn at(feil: Feil, peker: &str) -> super::DomainError {
    feil.fakta(json!({ "peker": peker })).into()
}

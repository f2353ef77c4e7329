//! Changing a card that exists: revoking it, and who carries it. Each change waits for the others of its card, is an event,
//! and may be repeated.

use jiff::Timestamp;

use super::{
    arkiv::Kontrollert,
    deling::end_given,
    melding::Varsel,
    opplysninger::{Avvik, EIER},
    sokeindeks::Sokeindeks,
};
use crate::{
    domain::{Result, Services, tilgang::Behandler},
    model::{
        Feilkode,
        ledsagerbevis::{BevisId, Bevishendelse, Hendelsestype, Ledsagerbevis, MAX_FORVALTERE, Person, Personrolle},
        revisjon::Revisjon,
    },
    store::{
        self, Tx,
        ledsagerbevis::{Bevisrad, Hvem, Personrad},
    },
    system::SecretString,
};

struct Revokering {
    behandler: Behandler,
    id: BevisId,
    now: Timestamp,
    /// Sealed.
    grunn: Vec<u8>,
    indeks: Sokeindeks,
    revisjon: Revisjon,
}

struct Tillegg {
    behandler: Behandler,
    id: BevisId,
    now: Timestamp,
    ny: Personrad,
    varsel: Varsel,
    indeks: Sokeindeks,
    revisjon: Revisjon,
}

struct Fratrekk {
    behandler: Behandler,
    id: BevisId,
    now: Timestamp,
    fnr: [u8; 32],
    indeks: Sokeindeks,
    revisjon: Revisjon,
}

impl Services {
    /// Revokes a card. Saying so again changes nothing: the first reason stays.
    ///
    /// # Errors
    /// 404 for another organisation's card.
    pub async fn revoker_bevis(&self, behandler: &Behandler, id: BevisId, grunn: SecretString) -> Result<()> {
        let mut avvik = Avvik::default();
        avvik.grunn(&grunn);
        avvik.end()?;
        let context = Revokering {
            behandler: behandler.clone(),
            id,
            now: self.clock.now(),
            grunn: self.seal_grunn(id, &grunn)?,
            indeks: self.sokeindeks()?,
            revisjon: self.revisjon(behandler.aktor, Some(behandler.organisasjon), "revokerLedsagerbevis", Some(id.0)),
        };
        self.store.write("ledsagerbevis", context, |tx, context| Box::pin(revoke(tx, context))).await
    }

    /// Lets somebody carry a card for its owner. Who does already, still does; if the name, number or address is another
    /// than before, the new one counts, and the history shows both.
    ///
    /// # Errors
    /// 404 for another organisation's card, 409 for a revoked one.
    pub async fn legg_til_forvalter(&self, behandler: &Behandler, id: BevisId, ny: Person) -> Result<Ledsagerbevis> {
        let mut avvik = Avvik::default();
        let kontrollert = avvik.person("/forvalter", ny);
        avvik.end()?;
        let Some(kontrollert) = kontrollert else { return Err(Feilkode::BevisUgyldig.into()) };
        if self.is_guardian(behandler, id, &kontrollert).await? {
            return self.bevis(behandler, id).await;
        }
        let utsteder = self.utstedernavn(behandler.organisasjon).await?;
        let rad = self.personrad(id, Personrolle::Forvalter, &kontrollert)?;
        let context = Tillegg {
            behandler: behandler.clone(),
            id,
            now: self.clock.now(),
            varsel: self.varsel_til(id, &rad, &kontrollert, &utsteder)?,
            ny: rad,
            indeks: self.sokeindeks()?,
            revisjon: self.revisjon(behandler.aktor, Some(behandler.organisasjon), "leggTilForvalter", Some(id.0)),
        };
        self.store.write("ledsagerbevis", context, |tx, context| Box::pin(add(tx, context))).await?;
        self.signaler.sms.notify_one();
        self.bevis(behandler, id).await
    }

    /// Whether the card has this guardian already, with the very same details.
    async fn is_guardian(&self, behandler: &Behandler, id: BevisId, given: &Kontrollert) -> Result<bool> {
        let bevis = self.bevis(behandler, id).await?;
        if bevis.revokert.is_some() {
            return Err(Feilkode::BevisRevokert.into());
        }
        let Person { navn, fnr, telefonnummer, adresse } = &given.person;
        let address = |of: &Option<crate::model::ledsagerbevis::Adresse>| {
            of.as_ref().map(|of| [&of.adressenavn, &of.postnummer, &of.poststed].map(|text| text.expose().clone()))
        };
        Ok(bevis.forvaltere.iter().any(|held| {
            let held = &held.person;
            held.fnr.expose() == fnr.expose()
                && held.navn.expose() == navn.expose()
                && held.telefonnummer.expose() == telefonnummer.expose()
                && address(&held.adresse) == address(adresse)
        }))
    }

    /// Takes a guardian's access. Saying so again changes nothing.
    ///
    /// # Errors
    /// 404 for another organisation's card and for somebody who never was a guardian, 409 for a revoked card.
    pub async fn fjern_forvalter(
        &self,
        behandler: &Behandler,
        id: BevisId,
        fnr: &SecretString,
    ) -> Result<Ledsagerbevis> {
        let mut avvik = Avvik::default();
        avvik.fnr("/fnr".to_owned(), fnr);
        avvik.end()?;
        let context = Fratrekk {
            behandler: behandler.clone(),
            id,
            now: self.clock.now(),
            fnr: self.fnr_indeks(fnr)?,
            indeks: self.sokeindeks()?,
            revisjon: self.revisjon(behandler.aktor, Some(behandler.organisasjon), "fjernForvalter", Some(id.0)),
        };
        self.store.write("ledsagerbevis", context, |tx, context| Box::pin(remove(tx, context))).await?;
        self.bevis(behandler, id).await
    }
}

async fn locked(tx: &Tx, behandler: &Behandler, id: BevisId) -> Result<Bevisrad> {
    let found = store::ledsagerbevis::lock(tx, behandler.organisasjon, id).await?;
    Ok(found.ok_or(Feilkode::BevisIkkeFunnet)?)
}

async fn revoke(tx: &Tx, context: &Revokering) -> Result<()> {
    let Revokering { behandler, id, now, grunn, indeks, revisjon } = context;
    if locked(tx, behandler, *id).await?.revokert.is_some() {
        return Ok(());
    }
    store::ledsagerbevis::revoke(tx, *id, *now, grunn.clone()).await?;
    let aktor = behandler.aktor;
    let hendelse = Hendelsestype::Revokert;
    let event = Bevishendelse { bevis: *id, tidspunkt: *now, hendelse, aktor, person: None };
    store::ledsagerbevis::append(tx, &event).await?;
    indeks.write(tx, *id).await?;
    Ok(store::revisjon::append(tx, revisjon).await?)
}

async fn add(tx: &Tx, context: &Tillegg) -> Result<()> {
    let Tillegg { behandler, id, now, ny, varsel, indeks, revisjon } = context;
    if locked(tx, behandler, *id).await?.revokert.is_some() {
        return Err(Feilkode::BevisRevokert.into());
    }
    let on = store::ledsagerbevis::personer(tx, [*id], Hvem::Naa).await?;
    let (same, others): (Vec<Personrad>, Vec<Personrad>) =
        on.into_iter().partition(|one| one.fnr_indeks == ny.fnr_indeks);
    let mut avvik = Avvik::default();
    if same.iter().any(|one| one.rolle == Personrolle::Eier) {
        avvik.add("/forvalter/fnr", EIER);
    }
    if others.iter().filter(|one| one.rolle == Personrolle::Forvalter).count() >= MAX_FORVALTERE {
        avvik.add("/forvalter", format!("Et ledsagerbevis kan ha høyst {MAX_FORVALTERE} forvaltere."));
    }
    avvik.end()?;
    let aktor = behandler.aktor;
    let event = |hendelse, person| Bevishendelse { bevis: *id, tidspunkt: *now, hendelse, aktor, person: Some(person) };
    for former in same {
        store::ledsagerbevis::end_person(tx, former.id, *now).await?;
        store::ledsagerbevis::append(tx, &event(Hendelsestype::ForvalterFjernet, former.id)).await?;
        if former.telefon_indeks == ny.telefon_indeks {
            store::ledsagerbevis::deling::flytt(tx, former.id, ny.id).await?;
        } else {
            end_given(tx, *id, former.id, *now, aktor).await?;
        }
    }
    store::ledsagerbevis::insert_person(tx, ny).await?;
    store::ledsagerbevis::append(tx, &event(Hendelsestype::ForvalterLagtTil, ny.id)).await?;
    varsel.write(tx).await?;
    indeks.write(tx, *id).await?;
    Ok(store::revisjon::append(tx, revisjon).await?)
}

async fn remove(tx: &Tx, context: &Fratrekk) -> Result<()> {
    let Fratrekk { behandler, id, now, fnr, indeks, revisjon } = context;
    let bevis = locked(tx, behandler, *id).await?;
    let mut held = store::ledsagerbevis::personer(tx, [*id], Hvem::Alle).await?;
    held.retain(|one| one.fnr_indeks == *fnr && one.rolle == Personrolle::Forvalter);
    if held.is_empty() {
        return Err(Feilkode::ForvalterIkkeFunnet.into());
    }
    held.retain(|one| one.til.is_none());
    let Some(current) = held.first() else { return Ok(()) };
    if bevis.revokert.is_some() {
        return Err(Feilkode::BevisRevokert.into());
    }
    store::ledsagerbevis::end_person(tx, current.id, *now).await?;
    let hendelse = Hendelsestype::ForvalterFjernet;
    let (aktor, person) = (behandler.aktor, Some(current.id));
    let event = Bevishendelse { bevis: *id, tidspunkt: *now, hendelse, aktor, person };
    store::ledsagerbevis::append(tx, &event).await?;
    end_given(tx, *id, current.id, *now, aktor).await?;
    indeks.write(tx, *id).await?;
    Ok(store::revisjon::append(tx, revisjon).await?)
}

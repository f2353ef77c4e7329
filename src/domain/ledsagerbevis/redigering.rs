//! Changing what a card says, without issuing another one.
//!
//! Only what is given is changed, so two case workers who change different things do not undo each other's work; of two who
//! change the same thing, the last one counts, and the history shows both. What is to be written is worked out from the card
//! as it was read. The transaction looks whether it still is like that, and if not, everything is worked out anew.

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::{
    arkiv::Kontrollert, deling::end_given, melding::Varsel, opplysninger::Avvik, sokeindeks::Sokeindeks, utlop,
};
use crate::{
    domain::{Result, Services, tilgang::Behandler},
    model::{
        Feilkode,
        ledsagerbevis::{
            BevisId, Bevishendelse, Gyldighet, Hendelsestype, Ledsagerbevis, Person, Personrolle, Smsslag, Tilknyttet,
        },
        revisjon::Revisjon,
        telefon::Telefonnummer,
    },
    store::{
        self, StoreError, Tx,
        ledsagerbevis::{Bevisrad, Hvem, Personrad},
    },
    system::SecretString,
};

/// How often a change is worked out anew because others were at the same card.
const FORSOK: u32 = 8;

/// What is to be changed. `None`: stays as it is.
#[derive(Debug, Default)]
pub struct Bevisendring {
    pub antall_ledsagere: Option<i32>,
    pub utlopsdato: Option<Date>,
    pub varig: Option<bool>,
    pub bilde: Option<Uuid>,
    pub ekstern_id: Option<SecretString>,
    pub telefonnumre: Vec<NyttNummer>,
}

/// The number that somebody on the card has from now on.
#[derive(Debug)]
pub struct NyttNummer {
    pub fnr: SecretString,
    pub telefonnummer: SecretString,
}

/// A card as it was read, and what is to be written if it still is like that.
struct Endringsplan {
    behandler: Behandler,
    now: Timestamp,
    lest: Bevisrad,
    personer: Vec<Personrad>,
    ny: Bevisrad,
    /// Digest of whom the photo shows, when it has not been said yet.
    bilde_av: Option<(Uuid, [u8; 32])>,
    /// Rows that end, with those that take their places.
    flyttet: Vec<(Uuid, Personrad)>,
    hendelser: Vec<(Hendelsestype, Option<Uuid>)>,
    varsler: Vec<Varsel>,
    /// When those on the card are to be told that it expires, if the last day is another one.
    neste_varsel: Option<Date>,
    indeks: Sokeindeks,
    revisjon: Revisjon,
}

impl Services {
    /// Changes what is given. What is as it was is no change, and no event.
    ///
    /// # Errors
    /// 404 for another organisation's card, 409 for a revoked one, and all that is wrong with the content at once.
    pub async fn endre_bevis(
        &self,
        behandler: &Behandler,
        id: BevisId,
        endring: &Bevisendring,
    ) -> Result<Ledsagerbevis> {
        for _ in 0..FORSOK {
            if let Some(plan) = self.endringsplan(behandler, id, endring).await? {
                let work = self.store.write("ledsagerbevis", plan, |tx, plan| Box::pin(edit(tx, plan)));
                if !work.await? {
                    continue;
                }
                self.signaler.sms.notify_one();
            }
            return self.bevis(behandler, id).await;
        }
        Err(StoreError::Conflict.into())
    }

    /// `None` when there is nothing to change.
    async fn endringsplan(
        &self,
        behandler: &Behandler,
        id: BevisId,
        endring: &Bevisendring,
    ) -> Result<Option<Endringsplan>> {
        let lest = store::ledsagerbevis::find(&self.store, behandler.organisasjon, id).await?;
        let lest = lest.ok_or(Feilkode::BevisIkkeFunnet)?;
        if lest.revokert.is_some() {
            return Err(Feilkode::BevisRevokert.into());
        }
        let personer = store::ledsagerbevis::personer(&self.store, [id], Hvem::Naa).await?;
        let bevis = self.open_bevis(&lest, &personer)?;
        let mut plan = Endringsplan {
            behandler: behandler.clone(),
            now: self.clock.now(),
            ny: lest.clone(),
            lest,
            personer,
            bilde_av: None,
            flyttet: Vec::new(),
            hendelser: Vec::new(),
            varsler: Vec::new(),
            neste_varsel: None,
            indeks: self.sokeindeks()?,
            revisjon: self.revisjon(behandler.aktor, Some(behandler.organisasjon), "endreLedsagerbevis", Some(id.0)),
        };
        let mut avvik = Avvik::default();
        if let Some(antall) = endring.antall_ledsagere {
            plan.ny.antall_ledsagere = avvik.antall(antall);
        }
        plan.ny.gyldighet = ny_gyldighet(endring, bevis.gyldighet, self.i_dag(), &mut avvik);
        if let Some(bilde) = endring.bilde.filter(|bilde| plan.lest.bilde != Some(*bilde)) {
            let eier = self.bilde_indeks(&bevis.eier.person.fnr)?;
            let shown = self.bilde_til(behandler.organisasjon, Some(bilde), eier, &mut avvik).await?;
            plan.ny.bilde = Some(bilde);
            plan.bilde_av = shown.filter(|(_, said)| !said).map(|(bilde, _)| (bilde, eier));
        }
        if let Some(new) = endring.ekstern_id.as_ref().filter(|new| new.expose() != bevis.ekstern_id.expose()) {
            avvik.ekstern_id(new);
            plan.ny.ekstern_id = self.seal_ekstern_id(id, new)?;
            plan.ny.ekstern_id_indeks = self.ekstern_id_indeks(new)?;
        }
        plan.neste_varsel = utlop::neste(plan.ny.gyldighet, self.i_dag());
        plan.note_changes();
        self.flytt_numre(bevis, &endring.telefonnumre, &mut plan, &mut avvik).await?;
        avvik.end()?;
        Ok((!plan.hendelser.is_empty()).then_some(plan))
    }

    /// Gives those on the card the numbers that they have from now on: the row with the former one ends, so that the history
    /// shows who had access when.
    async fn flytt_numre(
        &self,
        bevis: Ledsagerbevis,
        numre: &[NyttNummer],
        plan: &mut Endringsplan,
        avvik: &mut Avvik,
    ) -> Result<()> {
        let id = bevis.id;
        let mut on: Vec<Tilknyttet> = std::iter::once(bevis.eier).chain(bevis.forvaltere).collect();
        let mut named: Vec<&SecretString> = Vec::new();
        let utsteder = self.utstedernavn(plan.lest.organisasjon).await?;
        for (n, new) in numre.iter().enumerate() {
            let peker = format!("/telefonnumre/{n}/fnr");
            let telefon = avvik.telefon(format!("/telefonnumre/{n}/telefonnummer"), &new.telefonnummer);
            if named.iter().any(|other| other.expose() == new.fnr.expose()) {
                avvik.add(peker, "Den samme personen står to ganger.");
                continue;
            }
            named.push(&new.fnr);
            let Some(at) = on.iter().position(|held| held.person.fnr.expose() == new.fnr.expose()) else {
                avvik.add(peker, "Hverken eieren eller noen av forvalterne har dette fødselsnummeret.");
                continue;
            };
            let Tilknyttet { id: former, rolle, person, .. } = on.swap_remove(at);
            let known: Option<Telefonnummer> = person.telefonnummer.expose().parse().ok();
            let Some(telefon) = telefon.filter(|new| known.as_ref() != Some(new)) else { continue };
            let person = Person { telefonnummer: SecretString::new(new.telefonnummer.expose().clone()), ..person };
            let kontrollert = Kontrollert { person, telefon };
            let rad = self.personrad(id, rolle, &kontrollert)?;
            let what = match rolle {
                Personrolle::Eier => "Ledsagerbeviset ditt fra",
                Personrolle::Forvalter => "Et ledsagerbevis som du kan vise for en annen, utstedt av",
            };
            let tekst =
                format!("{what} {utsteder} er nå knyttet til dette nummeret. Logg inn med det for å se beviset.");
            plan.varsler.push(self.varsel(Smsslag::NyttNummer, (id, rad.id), &kontrollert.telefon, tekst)?);
            plan.hendelser.push((Hendelsestype::EndretTelefonnummer, Some(rad.id)));
            plan.flyttet.push((former, rad));
        }
        Ok(())
    }
}

impl Endringsplan {
    /// An event for each thing of the card that is another than before.
    fn note_changes(&mut self) {
        let Self { lest, ny, .. } = &*self;
        let changed = [
            (lest.antall_ledsagere != ny.antall_ledsagere, Hendelsestype::EndretAntallLedsagere),
            (lest.gyldighet != ny.gyldighet, Hendelsestype::EndretUtlopsdato),
            (lest.bilde != ny.bilde, Hendelsestype::EndretBilde),
            (lest.ekstern_id_indeks != ny.ekstern_id_indeks, Hendelsestype::EndretEksternId),
        ];
        let changed = changed.into_iter().filter(|(is, _)| *is).map(|(_, hendelse)| (hendelse, None));
        self.hendelser.extend(changed);
    }
}

fn ny_gyldighet(endring: &Bevisendring, former: Gyldighet, today: Date, avvik: &mut Avvik) -> Gyldighet {
    match (endring.varig, endring.utlopsdato) {
        (Some(true), _) => Gyldighet::Varig,
        (Some(false), None) if former == Gyldighet::Varig => {
            avvik.add("/utlopsdato", "Ledsagerbeviset er varig. Skriv den siste dagen det skal gjelde.");
            former
        }
        (_, None) => former,
        // What was read and is sent back is no change, not of a card that has expired either.
        (None, Some(date)) if date == former.utlopsdato() => former,
        (Some(false), Some(date)) if Gyldighet::Til(date) == former => former,
        (_, date) => avvik.gyldighet(date, false, today),
    }
}

/// Whether copies of the former card promise what the new one does not, or show another photo. What merely says less than the
/// card does now still is true, and goes on counting.
fn says_less(former: &Bevisrad, new: &Bevisrad) -> bool {
    new.antall_ledsagere < former.antall_ledsagere
        || new.gyldighet.utlopsdato() < former.gyldighet.utlopsdato()
        || new.bilde != former.bilde
}

/// False when the card is not as it was read.
async fn edit(tx: &Tx, plan: &Endringsplan) -> Result<bool> {
    let Endringsplan { behandler, now, lest, personer, ny, .. } = plan;
    let found = store::ledsagerbevis::lock(tx, behandler.organisasjon, lest.id).await?;
    if found.as_ref() != Some(lest) || store::ledsagerbevis::personer(tx, [lest.id], Hvem::Naa).await? != *personer {
        return Ok(false);
    }
    if ny != lest {
        store::ledsagerbevis::update(tx, ny).await?;
    }
    if ny.gyldighet != lest.gyldighet {
        store::ledsagerbevis::utlop::sett(tx, ny.id, plan.neste_varsel).await?;
    }
    if says_less(lest, ny) {
        store::ledsagerbevis::lommebok::foreld(tx, ny.id).await?;
    }
    if let Some((bilde, av)) = plan.bilde_av {
        store::ledsagerbevis::bilde::set_person(tx, bilde, av).await?;
    }
    for (former, rad) in &plan.flyttet {
        store::ledsagerbevis::end_person(tx, *former, *now).await?;
        store::ledsagerbevis::insert_person(tx, rad).await?;
        end_given(tx, lest.id, *former, *now, behandler.aktor).await?;
    }
    for (hendelse, person) in &plan.hendelser {
        let (hendelse, person, aktor) = (*hendelse, *person, behandler.aktor);
        let event = Bevishendelse { bevis: lest.id, tidspunkt: *now, hendelse, aktor, person };
        store::ledsagerbevis::append(tx, &event).await?;
    }
    for varsel in &plan.varsler {
        varsel.write(tx).await?;
    }
    plan.indeks.write(tx, lest.id).await?;
    store::revisjon::append(tx, &plan.revisjon).await?;
    Ok(true)
}

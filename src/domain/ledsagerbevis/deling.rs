//! Sharing a card for a time: its owner or a guardian lets somebody show it who is not on it, an assistant or a grandparent.
//!
//! Whoever carries the card sees everybody whom it is shared with, and may withdraw each. Who has had it shared shows it, and
//! shares it no further. A sharing lasts no longer than the card does, and no longer than who gave it has access at the same
//! number: whoever should never have had the card has not given it to anybody either.

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date};
use serde_json::json;
use uuid::Uuid;

use super::{innbygger::Innbygger, melding::Varsel, opplysninger::Avvik};
use crate::{
    crypto::at_rest::Plass,
    domain::{DomainError, Result, Services},
    model::{
        Feil, Feilkode,
        ledsagerbevis::{BevisId, Bevishendelse, Gyldighet, Hendelsestype, Personrolle, Smsslag, Tilstand, tilstand},
        revisjon::Aktor,
        telefon::Telefonnummer,
        virkedag::{dagens_start, siste_dag},
    },
    store::{
        self, StoreError, Tx,
        ledsagerbevis::{Bevisrad, Hvem, adgang::Adgang, deling::Delingsrad},
    },
    system::SecretString,
};

const TABELL: &str = "ledsagerbevisdeling";
/// Days that a sharing lasts when nobody says anything else, and at most.
const STANDARD: i32 = 30;
const LENGST: i32 = 365;
/// Most that a card is shared with at one time.
const HOYST: usize = 10;
/// Most times that a card is shared in a day: each is a text message to somebody who has not asked for it.
const PER_DOGN: usize = 20;
const DOGN: SignedDuration = SignedDuration::from_hours(24);
/// How often a sharing is worked out anew because others were at the same card.
const FORSOK: u32 = 8;

/// Whom a card is to be shared with.
#[derive(Debug)]
pub struct NyDeling {
    /// What whoever shares it calls the other one.
    pub navn: SecretString,
    pub telefonnummer: SecretString,
    /// The last day; `None`: thirty days from today, or the card's last day when that comes first.
    pub siste_dag: Option<Date>,
}

/// Somebody whom a card is shared with.
#[derive(Debug)]
pub struct Deling {
    pub id: Uuid,
    pub navn: SecretString,
    pub telefonnummer: SecretString,
    pub fra: Timestamp,
    pub siste_dag: Date,
}

/// Somebody who carries a card, and what was read of the card.
struct Barer {
    bevis: Bevisrad,
    /// The row of the owner or guardian.
    person: Uuid,
    telefon: [u8; 32],
    delinger: Vec<Delingsrad>,
    now: Timestamp,
}

struct Delingsplan {
    barer: Barer,
    ny: Delingsrad,
    varsel: Varsel,
}

impl Services {
    /// Shares a card. Doing so again with the same name, number and day changes nothing; with another name or day, the new
    /// one counts.
    ///
    /// # Errors
    /// 404 for a card that is not the citizen's, 403 for one that was shared with the citizen, 409 for one that has expired or
    /// is shared with as many as it may be, 429 when it was shared too often in a day.
    pub async fn del_bevis(&self, innbygger: &Innbygger, id: BevisId, ny: &NyDeling) -> Result<Deling> {
        for _ in 0..FORSOK {
            let barer = self.barer(innbygger, id).await?;
            let (til, siste) = self.kontroller_deling(&barer, ny).await?;
            let known = self.telefon_indeks(&til)?;
            let utloper = siste.tomorrow().map_or(Timestamp::MAX, dagens_start);
            let mut live = barer.delinger.iter().filter(|rad| rad.er_aktiv(barer.now));
            if let Some(same) = live.find(|rad| rad.telefon_indeks == known && rad.utloper == utloper) {
                let same = self.open_deling(same)?;
                if same.navn.expose() == ny.navn.expose() {
                    return Ok(same);
                }
            }
            barer.within_limits(known)?;
            let rad = self.delingsrad(&barer, ny, &til, utloper)?;
            let deling = self.open_deling(&rad)?;
            let utsteder = self.utstedernavn(barer.bevis.organisasjon).await?;
            let tekst = format!(
                "Noen har delt et ledsagerbevis fra {utsteder} med deg, til og med {}. Logg inn med dette nummeret for å se det.",
                siste.strftime("%d.%m.%Y")
            );
            let varsel = self.varsel(Smsslag::Deling, (id, rad.id), &til, tekst)?;
            let plan = Delingsplan { barer, ny: rad, varsel };
            if self.store.write("deling", plan, |tx, plan| Box::pin(share(tx, plan))).await? {
                self.signaler.sms.notify_one();
                return Ok(deling);
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Whom a card is shared with now, the first one first.
    ///
    /// # Errors
    /// 404 for a card that is not the citizen's, 403 for one that was shared with the citizen.
    pub async fn delinger(&self, innbygger: &Innbygger, id: BevisId) -> Result<Vec<Deling>> {
        let barer = self.barer(innbygger, id).await?;
        barer.delinger.iter().filter(|rad| rad.er_aktiv(barer.now)).map(|rad| self.open_deling(rad)).collect()
    }

    /// Withdraws a sharing. Saying so again changes nothing.
    ///
    /// # Errors
    /// As [`delinger`](Self::delinger); 404 as well for a sharing that the card never had.
    pub async fn trekk_deling(&self, innbygger: &Innbygger, id: BevisId, deling: Uuid) -> Result<()> {
        for _ in 0..FORSOK {
            let barer = self.barer(innbygger, id).await?;
            let found = barer.delinger.iter().find(|rad| rad.id == deling);
            if !found.ok_or(Feilkode::DelingIkkeFunnet)?.er_aktiv(barer.now) {
                return Ok(());
            }
            let work = self.store.write("deling", (barer, deling), |tx, (barer, deling)| {
                Box::pin(async move {
                    if !barer.unchanged(tx).await? {
                        return Result::Ok(false);
                    }
                    let event = barer.event(Hendelsestype::DelingTrukket, *deling);
                    end(tx, *deling, &event).await.map(|()| true)
                })
            });
            if work.await? {
                return Ok(());
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// The citizen as one who carries the card.
    async fn barer(&self, innbygger: &Innbygger, id: BevisId) -> Result<Barer> {
        let (bevis, adgang) = self.min_adgang(innbygger, id).await?.ok_or_else(ikke_ditt)?;
        if matches!(adgang, Adgang::Delt { .. }) {
            return Err(Feilkode::DelingIkkeTillatt.into());
        }
        let on = store::ledsagerbevis::personer(&self.store, [id], Hvem::Naa).await?;
        let mut own: Vec<_> = on.into_iter().filter(|one| one.telefon_indeks == innbygger.telefon).collect();
        own.sort_by_key(|one| one.rolle != Personrolle::Eier);
        let person = own.first().ok_or_else(ikke_ditt)?.id;
        let delinger = store::ledsagerbevis::deling::av_bevis(&self.store, id).await?;
        Ok(Barer { bevis, person, telefon: innbygger.telefon, delinger, now: self.clock.now() })
    }

    /// The number, and the last day.
    async fn kontroller_deling(&self, barer: &Barer, ny: &NyDeling) -> Result<(Telefonnummer, Date)> {
        let bevis = &barer.bevis;
        let today = self.i_dag();
        if tilstand(false, bevis.gyldighet, today) != Tilstand::Aktivt {
            return Err(Feilkode::BevisUtlopt.into());
        }
        let mut avvik = Avvik::default();
        avvik.kallenavn(&ny.navn);
        let til = avvik.telefon("/telefonnummer".to_owned(), &ny.telefonnummer);
        let known = til.as_ref().map(|til| self.telefon_indeks(til)).transpose()?;
        let on = store::ledsagerbevis::personer(&self.store, [bevis.id], Hvem::Naa).await?;
        if known.is_some_and(|known| on.iter().any(|one| one.telefon_indeks == known)) {
            avvik.add("/telefonnummer", "Den som har dette nummeret, kan vise ledsagerbeviset fra før.");
        }
        let siste = siste(bevis.gyldighet, ny.siste_dag, today, &mut avvik);
        avvik.end()?;
        Ok((til.ok_or(Feilkode::BevisUgyldig)?, siste))
    }

    fn delingsrad(&self, barer: &Barer, ny: &NyDeling, til: &Telefonnummer, utloper: Timestamp) -> Result<Delingsrad> {
        let id = self.ids.uuid();
        let seal = |column, text: &SecretString| self.seal_text(Plass::new(TABELL, id, column), text.expose());
        Ok(Delingsrad {
            id,
            bevis: barer.bevis.id,
            gitt_av: barer.person,
            navn: seal("navn", &ny.navn)?,
            telefon: seal("telefon", &ny.telefonnummer)?,
            telefon_indeks: self.telefon_indeks(til)?,
            fra: barer.now,
            utloper,
            avsluttet: None,
        })
    }

    pub(super) fn open_deling(&self, rad: &Delingsrad) -> Result<Deling> {
        let open = |column, sealed: &[u8]| self.open_text(Plass::new(TABELL, rad.id, column), sealed);
        Ok(Deling {
            id: rad.id,
            navn: open("navn", &rad.navn)?,
            telefonnummer: open("telefon", &rad.telefon)?,
            fra: rad.fra,
            siste_dag: siste_dag(rad.utloper),
        })
    }
}

/// What a citizen is told of a card that is somebody else's, or nobody's.
pub(super) fn ikke_ditt() -> DomainError {
    let none = "Du har ikke noe ledsagerbevis med denne id-en. Hent listen over dine ledsagerbevis.";
    Feil::from(Feilkode::BevisIkkeFunnet).melding(none).into()
}

/// The last day of a sharing.
fn siste(gyldighet: Gyldighet, given: Option<Date>, today: Date, avvik: &mut Avvik) -> Date {
    let after = |days: i32| today.checked_add(days.days()).unwrap_or(Date::MAX);
    let last = gyldighet.utlopsdato();
    let Some(given) = given else { return after(STANDARD).min(last) };
    if given < today {
        avvik.add("/utlopsdato", "Dagen er passert. Velg dagen i dag eller en senere dag.");
    } else if given > last {
        avvik.add("/utlopsdato", "Ledsagerbeviset utløper før denne dagen. Velg en tidligere dag.");
    } else if given > after(LENGST) {
        avvik.add("/utlopsdato", format!("Et ledsagerbevis kan deles i høyst {LENGST} dager. Velg en tidligere dag."));
    }
    given
}

impl Barer {
    /// # Errors
    /// 409 when the card is shared with as many others as it may be, 429 when it was shared too often in a day.
    fn within_limits(&self, telefon: [u8; 32]) -> std::result::Result<(), Feil> {
        let Self { delinger, now, .. } = self;
        let others = delinger.iter().filter(|rad| rad.er_aktiv(*now) && rad.telefon_indeks != telefon).count();
        if others >= HOYST {
            return Err(Feil::from(Feilkode::LedsagerbevisForMange).fakta(json!({ "hoyst": HOYST })));
        }
        let since = now.checked_sub(DOGN).unwrap_or(Timestamp::MIN);
        let recent: Vec<&Delingsrad> = delinger.iter().filter(|rad| rad.fra > since).collect();
        let Some(first) = recent.len().checked_sub(PER_DOGN).and_then(|at| recent.get(at)) else { return Ok(()) };
        let left = u64::try_from((DOGN - now.duration_since(first.fra)).as_secs()).unwrap_or(0);
        Err(Feil::from(Feilkode::DeltForOfte).vent(left + 1))
    }

    /// Whether the card, who carries it and whom it is shared with is as it was read. Others of the card wait from here on.
    async fn unchanged(&self, tx: &Tx) -> Result<bool> {
        let Self { bevis, person, telefon, delinger, .. } = self;
        let found = store::ledsagerbevis::lock(tx, bevis.organisasjon, bevis.id).await?;
        let on = store::ledsagerbevis::personer(tx, [bevis.id], Hvem::Naa).await?;
        let still = on.iter().any(|one| one.id == *person && one.telefon_indeks == *telefon);
        let shared = store::ledsagerbevis::deling::av_bevis(tx, bevis.id).await?;
        Ok(found.as_ref() == Some(bevis) && still && shared == *delinger)
    }

    fn event(&self, hendelse: Hendelsestype, deling: Uuid) -> Bevishendelse {
        let aktor = Aktor::Innbygger(self.person);
        Bevishendelse { bevis: self.bevis.id, tidspunkt: self.now, hendelse, aktor, person: Some(deling) }
    }
}

/// False when something is not as it was read.
async fn share(tx: &Tx, plan: &Delingsplan) -> Result<bool> {
    let Delingsplan { barer, ny, varsel } = plan;
    if !barer.unchanged(tx).await? {
        return Ok(false);
    }
    for former in barer.delinger.iter().filter(|rad| rad.er_aktiv(barer.now)) {
        if former.telefon_indeks == ny.telefon_indeks {
            end(tx, former.id, &barer.event(Hendelsestype::DelingTrukket, former.id)).await?;
        }
    }
    store::ledsagerbevis::deling::insert(tx, ny).await?;
    store::ledsagerbevis::append(tx, &barer.event(Hendelsestype::Delt, ny.id)).await?;
    varsel.write(tx).await?;
    Ok(true)
}

async fn end(tx: &Tx, deling: Uuid, event: &Bevishendelse) -> Result<()> {
    store::ledsagerbevis::deling::end(tx, deling, event.tidspunkt).await?;
    Ok(store::ledsagerbevis::append(tx, event).await?)
}

/// Ends what somebody has shared whose access ends.
pub(super) async fn end_given(tx: &Tx, bevis: BevisId, person: Uuid, now: Timestamp, aktor: Aktor) -> Result<()> {
    for rad in store::ledsagerbevis::deling::gitt_av(tx, person, now).await? {
        let hendelse = Hendelsestype::DelingAvsluttet;
        end(tx, rad.id, &Bevishendelse { bevis, tidspunkt: now, hendelse, aktor, person: Some(rad.id) }).await?;
    }
    Ok(())
}

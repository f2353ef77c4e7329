//! Letters with cards: the decision, and the card to cut out, to the owner by the print supplier.
//!
//! An organisation that has chosen letters orders one in the transaction that issues the card. A worker then takes two steps
//! under one lease. The first makes the PDF in memory and seals it to the print supplier, whereupon nobody here can read it
//! any more; the second lays it out, under a name that is the same however often it is tried. Whatever stops between or in
//! them is taken over by whoever leases the letter next. Name and address stand in the sealed PDF and nowhere else.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    crypto::{cms, sha256},
    domain::{Result, Services},
    model::{
        BrevId, Feilkode,
        brev::FILNAVN,
        kortbrev::{Forseglet, Kortbrev, Kortbrevstatus},
        ledsagerbevis::{BevisId, Bevishendelse, Hendelsestype, Ledsagerbevis},
        nokkel::NokkelEier,
        revisjon::Aktor,
    },
    spool::Letter,
    store::{
        self, StoreError, Tx,
        kortbrev::Kortbrevleie,
        ledsagerbevis::{Bevisrad, Hvem},
    },
};

/// How long a letter that cannot be made or laid out now is tried again: over a weekend.
const OPPGIS_ETTER: SignedDuration = SignedDuration::from_hours(72);
const UTEN_ADRESSE: &str =
    "Eieren har ingen adresse som kan brukes. Skriv ut vedtaksbrevet og kortet, og lever dem på en annen måte.";
const REVOKERT: &str = "Ledsagerbeviset ble trukket tilbake før brevet var sendt til utskrift.";
const OPPGITT: &str =
    "Brevet kunne ikke sendes til utskrift etter gjentatte forsøk. Skriv ut vedtaksbrevet og kortet, og send dem selv.";

/// How one try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kortbrevutfall {
    /// The print supplier can take it.
    Utlagt,
    /// It will not be sent, and the card's history says so.
    IkkeSendt,
    /// Another worker has taken it over, or it is done.
    Overtatt,
}

/// What the first step came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kortbrevsteg {
    /// It is sealed, and to be laid out.
    LeggUt(Box<Kortbrev>),
    /// There is nothing more to do under this lease.
    Slutt(Kortbrevutfall),
}

/// What stands beside the PDF in the print folder.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    r#type: &'static str,
    brev_id: BrevId,
    ledsagerbevis_id: uuid::Uuid,
    opprettet: String,
    filnavn: &'static str,
    sha256: String,
    storrelse: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    mottaker_sertifikat_serienummer: Option<&'a str>,
}

struct Forsegling {
    leie: Kortbrevleie,
    om: Forseglet,
    pdf: Bytes,
    now: Timestamp,
}

impl Services {
    /// Leases letters that are to be laid out.
    pub async fn ta_kortbrev(&self, antall: u64, lease: SignedDuration) -> Result<Vec<Kortbrevleie>> {
        let now = self.clock.now();
        // Most of the time there is nothing to do, and finding that out must not cost a write.
        match store::kortbrev::next_due(&self.store).await? {
            Some(due) if due <= now => {}
            _ => return Ok(Vec::new()),
        }
        let context = (self.ids.uuid(), now, now.checked_add(lease).unwrap_or(Timestamp::MAX), antall);
        let work = self.store.write("kortbrevleie", context, |tx, (leie, now, until, antall)| {
            Box::pin(async move { Ok(store::kortbrev::claim(tx, *leie, *now, *until, *antall).await?) })
        });
        work.await
    }

    /// Makes a letter and lays it out, both steps.
    pub async fn send_kortbrev(&self, leie: &Kortbrevleie) -> Result<Kortbrevutfall> {
        match self.forsegl_kortbrev(leie).await? {
            Kortbrevsteg::LeggUt(brev) => self.legg_ut_kortbrev(leie, &brev).await,
            Kortbrevsteg::Slutt(utfall) => Ok(utfall),
        }
    }

    /// The first step: makes the letter and seals it, unless that was done.
    pub async fn forsegl_kortbrev(&self, leie: &Kortbrevleie) -> Result<Kortbrevsteg> {
        if leie.brev.status == Kortbrevstatus::Klar {
            return Ok(Kortbrevsteg::LeggUt(Box::new(leie.brev.clone())));
        }
        let rad = self.kortbrevets_bevis(leie.brev.bevis).await?;
        if rad.revokert.is_some() {
            return Ok(Kortbrevsteg::Slutt(self.send_ikke(leie, REVOKERT).await?));
        }
        let now = self.clock.now();
        let print = self.sertifikater(&[NokkelEier::Print], now).await?.gyldig(NokkelEier::Print, now)?;
        let personer = store::ledsagerbevis::personer(&self.store, [rad.id], Hvem::Naa).await?;
        let mut bevis = self.open_bevis(&rad, &personer)?;
        if bevis.eier.person.adresse.is_none() {
            bevis.eier.person.adresse = self.registrert_adresse(&bevis).await?;
        }
        if bevis.eier.person.adresse.is_none() {
            return Ok(Kortbrevsteg::Slutt(self.send_ikke(leie, UTEN_ADRESSE).await?));
        }
        let pdf = self.utsending_pdf(bevis).await?;
        let sealed = cms::seal(pdf.expose(), &print, &*self.rng);
        let pdf = Bytes::from(sealed.map_err(|fault| StoreError::Internal(fault.to_string()))?);
        let om = Forseglet {
            sha256: sha256(&pdf),
            storrelse: pdf.len() as u64,
            sertifikat: cms::recipient_serial(&pdf).ok().flatten(),
        };
        let context = Forsegling { leie: leie.clone(), om: om.clone(), pdf, now };
        let kept = self.store.write("kortbrev", context, |tx, context| {
            Box::pin(async move {
                let Forsegling { leie, om, pdf, now } = context;
                if locked(tx, leie.brev.bevis).await?.revokert.is_some() {
                    let ended = ikke_sendt(tx, leie, *now, REVOKERT).await?;
                    return Result::Ok(if ended { Kortbrevutfall::IkkeSendt } else { Kortbrevutfall::Overtatt });
                }
                let ours = store::kortbrev::forsegl(tx, leie, om, pdf).await?;
                Ok(if ours { Kortbrevutfall::Utlagt } else { Kortbrevutfall::Overtatt })
            })
        });
        Ok(match kept.await? {
            Kortbrevutfall::Utlagt => {
                let brev = Kortbrev { status: Kortbrevstatus::Klar, forseglet: Some(om), ..leie.brev.clone() };
                Kortbrevsteg::LeggUt(Box::new(brev))
            }
            other => Kortbrevsteg::Slutt(other),
        })
    }

    /// The second step: lays the letter out, and ends the lease.
    pub async fn legg_ut_kortbrev(&self, leie: &Kortbrevleie, brev: &Kortbrev) -> Result<Kortbrevutfall> {
        if self.kortbrevets_bevis(brev.bevis).await?.revokert.is_some() {
            return self.send_ikke(leie, REVOKERT).await;
        }
        if let Some(spool) = &self.spool {
            let pdf = store::kortbrev::pdf(&self.store, brev.id).await?;
            // Erased: somebody has taken over, and the letter is in the post.
            let (Some(pdf), Some(om)) = (pdf, &brev.forseglet) else { return Ok(Kortbrevutfall::Overtatt) };
            let prepared = spool.prepare(letter(brev, om, pdf)?).await?;
            // The same, or it was refused, while this one was slow: the letter must not come back.
            let found = store::kortbrev::find(&self.store, brev.id).await?;
            if found.is_none_or(|now| now.status != Kortbrevstatus::Klar) {
                return Ok(Kortbrevutfall::Overtatt);
            }
            prepared.publish().await?;
        }
        let context = (leie.clone(), self.clock.now());
        let ended = self.store.write("kortbrevutlegging", context, |tx, (leie, now)| {
            Box::pin(async move {
                if locked(tx, leie.brev.bevis).await?.revokert.is_some() {
                    let ended = ikke_sendt(tx, leie, *now, REVOKERT).await?;
                    return Result::Ok(if ended { Kortbrevutfall::IkkeSendt } else { Kortbrevutfall::Overtatt });
                }
                if !store::kortbrev::set_lagt_ut(tx, leie, *now).await? {
                    return Ok(Kortbrevutfall::Overtatt);
                }
                note(tx, leie.brev.bevis, Hendelsestype::SendtPrint, Aktor::Plattform, *now).await?;
                Ok(Kortbrevutfall::Utlagt)
            })
        });
        let ended = ended.await?;
        match ended {
            Kortbrevutfall::Utlagt => self.signaler.brev.send_modify(|n| *n = n.wrapping_add(1)),
            Kortbrevutfall::IkkeSendt | Kortbrevutfall::Overtatt => self.tidy(brev.id).await,
        }
        Ok(ended)
    }

    /// Gives a letter that failed back to be tried again at `tidligst`, or up when it has been tried long enough.
    pub async fn utsett_kortbrev(&self, leie: &Kortbrevleie, tidligst: Timestamp) -> Result<()> {
        if self.clock.now().duration_since(leie.brev.opprettet) >= OPPGIS_ETTER {
            self.send_ikke(leie, OPPGITT).await?;
            tracing::error!(brev = %leie.brev.id, forsok = leie.forsok, "a letter with a card is given up");
            return Ok(());
        }
        let context = (leie.clone(), tidligst);
        let work = self.store.write("kortbrevutsettelse", context, |tx, (leie, tidligst)| {
            Box::pin(async move { Result::Ok(store::kortbrev::retry(tx, leie, *tidligst).await?) })
        });
        work.await?;
        Ok(())
    }

    async fn send_ikke(&self, leie: &Kortbrevleie, arsak: &'static str) -> Result<Kortbrevutfall> {
        let context = (leie.clone(), self.clock.now());
        let ended = self.store.write("kortbrevslutt", context, move |tx, (leie, now)| {
            Box::pin(async move {
                locked(tx, leie.brev.bevis).await?;
                ikke_sendt(tx, leie, *now, arsak).await
            })
        });
        let ended = ended.await?;
        // It may have got its name before whoever laid it out died.
        self.tidy(leie.brev.id).await;
        Ok(if ended { Kortbrevutfall::IkkeSendt } else { Kortbrevutfall::Overtatt })
    }

    async fn kortbrevets_bevis(&self, id: BevisId) -> Result<Bevisrad> {
        let found = store::ledsagerbevis::utlop::bevis(&self.store, id).await?;
        Ok(found.ok_or_else(|| StoreError::Corrupt("kortbrev.bevis_id".to_owned()))?)
    }

    /// Where the register says that the owner lives, unless that is protected. That it was asked is written down first.
    async fn registrert_adresse(&self, bevis: &Ledsagerbevis) -> Result<Option<crate::model::ledsagerbevis::Adresse>> {
        let Some(register) = &self.personregister else { return Ok(None) };
        let asked = self.revisjon(Aktor::Plattform, Some(bevis.organisasjon), "sendKortbrev", Some(bevis.id.0));
        let work = self.store.write("oppslag", asked, |tx, asked| {
            Box::pin(async move { Result::Ok(store::revisjon::append(tx, asked).await?) })
        });
        work.await?;
        let found = register.finn(&bevis.eier.person.fnr).await.map_err(|_| Feilkode::PersonregisterNede)?;
        Ok(found.filter(|person| !person.beskyttet).and_then(|person| person.adresse))
    }
}

fn letter(brev: &Kortbrev, om: &Forseglet, pdf: Bytes) -> Result<Letter> {
    let manifest = Manifest {
        r#type: "LEDSAGERBEVIS",
        brev_id: brev.id,
        ledsagerbevis_id: brev.bevis.0,
        opprettet: format!("{:.3}", brev.opprettet),
        filnavn: FILNAVN,
        sha256: hex::encode(om.sha256),
        storrelse: om.storrelse,
        mottaker_sertifikat_serienummer: om.sertifikat.as_deref(),
    };
    let mut manifest = serde_json::to_vec_pretty(&manifest).map_err(|error| StoreError::Internal(error.to_string()))?;
    manifest.push(b'\n');
    Ok(Letter { id: brev.id.0, manifest, pdf })
}

/// The card, which nobody else changes until the transaction ends.
pub(super) async fn locked(tx: &Tx, id: BevisId) -> Result<Bevisrad> {
    let corrupt = || StoreError::Corrupt("kortbrev.bevis_id".to_owned());
    let found = store::ledsagerbevis::utlop::bevis(tx, id).await?.ok_or_else(corrupt)?;
    Ok(store::ledsagerbevis::lock(tx, found.organisasjon, id).await?.ok_or_else(corrupt)?)
}

/// What became of a letter, in the card's history.
pub(super) async fn note(
    tx: &Tx,
    bevis: BevisId,
    hendelse: Hendelsestype,
    aktor: Aktor,
    tidspunkt: Timestamp,
) -> Result<()> {
    let event = Bevishendelse { bevis, tidspunkt, hendelse, aktor, person: None };
    Ok(store::ledsagerbevis::append(tx, &event).await?)
}

async fn ikke_sendt(tx: &Tx, leie: &Kortbrevleie, now: Timestamp, arsak: &str) -> Result<bool> {
    let ended = store::kortbrev::ikke_sendt(tx, leie, now, arsak).await?;
    if ended {
        note(tx, leie.brev.bevis, Hendelsestype::IkkeSendtPrint, Aktor::Plattform, now).await?;
    }
    Ok(ended)
}

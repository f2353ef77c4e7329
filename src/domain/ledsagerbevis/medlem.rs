//! Who is in a group. Changes at one organisation wait for each other, so that two administrators who remove each other do
//! not leave a group without one.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    gruppe::{full, hold},
    kontroll::{self, Avvik},
};
use crate::{
    crypto::at_rest::{Hvelv, Plass},
    domain::{Result, Services, tilgang::Gruppeforvalter},
    model::{
        Feilkode,
        gruppe::{Gruppemedlem, Medlemsart},
        revisjon::{Aktor, Revisjon},
    },
    store::{
        self, Tx,
        gruppe::{FNR, MEDLEM, NAVN, PERSON},
    },
    system::{Rng, SecretString},
};

/// Most members of each kind in one group: lists are given whole.
pub const MAX_MEDLEMMER: usize = 500;

/// A person in a group, for who administers it.
#[derive(Debug)]
pub struct Medlem {
    pub navn: SecretString,
    pub fnr: SecretString,
}

struct Innmelding {
    av: Gruppeforvalter,
    art: Medlemsart,
    id: Uuid,
    person: [u8; 32],
    medlem: Medlem,
    now: Timestamp,
    hvelv: Arc<Hvelv>,
    rng: Arc<dyn Rng>,
    revisjon: Revisjon,
}

struct Utmelding {
    av: Gruppeforvalter,
    art: Medlemsart,
    person: [u8; 32],
    now: Timestamp,
    revisjon: Revisjon,
}

impl Medlemsart {
    fn handling(self, inn: bool) -> &'static str {
        match (self, inn) {
            (Self::Administrator, true) => "leggAdminTilGruppe",
            (Self::Administrator, false) => "fjernAdminFraGruppe",
            (Self::Bruker, true) => "leggBrukerTilGruppe",
            (Self::Bruker, false) => "fjernBrukerFraGruppe",
        }
    }
}

impl Services {
    /// The members of one kind, in the order in which they came.
    ///
    /// # Errors
    /// 404 for a group that is not the organisation's.
    pub async fn gruppemedlemmer(&self, forvalter: &Gruppeforvalter, art: Medlemsart) -> Result<Vec<Medlem>> {
        let Gruppeforvalter { organisasjon, gruppe, .. } = forvalter;
        store::gruppe::find(&self.store, *organisasjon, *gruppe).await?.ok_or(Feilkode::GruppeIkkeFunnet)?;
        let mut all = store::gruppe::medlemmer(&self.store, *gruppe).await?;
        all.retain(|held| held.art == art);
        all.iter().map(|held| open(self.vault()?, held)).collect()
    }

    /// Puts somebody into a group. Saying so again changes nothing but the name.
    ///
    /// # Errors
    /// 400 for a number that cannot be a fødselsnummer, and for a name that is none; 403 for the caller's own number; 404 for
    /// a group that is not the organisation's; 409 when it is full.
    pub async fn legg_i_gruppe(&self, av: Gruppeforvalter, art: Medlemsart, gitt: Medlem) -> Result<()> {
        kontroll::fnr(&gitt.fnr)?;
        let mut avvik = Avvik::default();
        let navn = avvik.navn(&gitt.navn);
        avvik.finish()?;
        let person = self.blind_digest(PERSON, gitt.fnr.expose().as_bytes())?;
        if av.is(&person) {
            return Err(Feilkode::EgenRolle.into());
        }
        let id = self.ids.uuid();
        let revisjon = self.revisjon(Aktor::Plattform, Some(av.organisasjon), art.handling(true), Some(id));
        let context = Innmelding {
            av,
            art,
            id,
            person,
            medlem: Medlem { navn: navn.unwrap_or(gitt.navn), fnr: gitt.fnr },
            now: self.clock.now(),
            hvelv: self.vault()?.clone(),
            rng: self.rng.clone(),
            revisjon,
        };
        self.store.write("gruppemedlem", context, |tx, context| Box::pin(join(tx, context))).await
    }

    /// Takes somebody out of a group, at once. Saying so again gives the same answer.
    ///
    /// # Errors
    /// 400 for a number that cannot be a fødselsnummer; 404 for a group that is not the organisation's; 409 for the group's
    /// last administrator, if the caller is no more than that group's administrator.
    pub async fn fjern_fra_gruppe(&self, av: Gruppeforvalter, art: Medlemsart, fnr: SecretString) -> Result<()> {
        kontroll::fnr(&fnr)?;
        let person = self.blind_digest(PERSON, fnr.expose().as_bytes())?;
        let revisjon = self.revisjon(Aktor::Plattform, Some(av.organisasjon), art.handling(false), None);
        let context = Utmelding { av, art, person, now: self.clock.now(), revisjon };
        self.store.write("gruppemedlem", context, |tx, context| Box::pin(leave(tx, context))).await
    }
}

fn open(hvelv: &Hvelv, held: &Gruppemedlem) -> Result<Medlem> {
    let part = |kolonne, sealed| hvelv.open_text(Plass::new(MEDLEM, held.id, kolonne), sealed);
    Ok(Medlem { navn: part(NAVN, &held.navn)?, fnr: part(FNR, &held.fnr)? })
}

impl Innmelding {
    fn seal(&self, id: Uuid, kolonne: &'static str, text: &SecretString) -> Result<Vec<u8>> {
        Ok(self.hvelv.seal(Plass::new(MEDLEM, id, kolonne), text.expose().as_bytes(), &*self.rng)?)
    }
}

/// The group's members, and who acts.
async fn members(tx: &Tx, av: &Gruppeforvalter) -> Result<(Vec<Gruppemedlem>, Aktor)> {
    let groups = hold(tx, av.organisasjon).await?;
    if !groups.iter().any(|gruppe| gruppe.id == av.gruppe) {
        return Err(Feilkode::GruppeIkkeFunnet.into());
    }
    let medlemmer = store::gruppe::medlemmer(tx, av.gruppe).await?;
    let roller = store::rolle::av_organisasjon(tx, av.organisasjon).await?;
    let aktor = av.acts(&roller, &medlemmer)?;
    Ok((medlemmer, aktor))
}

async fn join(tx: &Tx, context: &Innmelding) -> Result<()> {
    let Innmelding { av, art, id, person, medlem, now, revisjon, .. } = context;
    let (there, aktor) = members(tx, av).await?;
    let mut of_kind = there.iter().filter(|held| held.art == *art);
    if let Some(held) = of_kind.clone().find(|held| held.person == *person) {
        if open(&context.hvelv, held)?.navn.expose() == medlem.navn.expose() {
            return Ok(());
        }
        let (navn, fnr) = (context.seal(held.id, NAVN, &medlem.navn)?, context.seal(held.id, FNR, &medlem.fnr)?);
        store::gruppe::reseal_medlem(tx, held.id, &navn, &fnr).await?;
        let entry = Revisjon { aktor, objekt: Some(held.id), ..revisjon.clone() };
        let after = json!({ "gruppeId": av.gruppe, "navn": "endret" });
        return Ok(store::revisjon::append(tx, &entry.endring(Some(shown(held)), Some(after))).await?);
    }
    if of_kind.by_ref().count() >= MAX_MEDLEMMER {
        return Err(full(MAX_MEDLEMMER));
    }
    let new = Gruppemedlem {
        id: *id,
        gruppe: av.gruppe,
        art: *art,
        person: *person,
        navn: context.seal(*id, NAVN, &medlem.navn)?,
        fnr: context.seal(*id, FNR, &medlem.fnr)?,
        gitt: *now,
        tatt: None,
    };
    store::gruppe::insert_medlem(tx, &new).await?;
    let entry = Revisjon { aktor, ..revisjon.clone() };
    Ok(store::revisjon::append(tx, &entry.endring(None, Some(shown(&new)))).await?)
}

async fn leave(tx: &Tx, context: &Utmelding) -> Result<()> {
    let Utmelding { av, art, person, now, revisjon } = context;
    let (there, aktor) = members(tx, av).await?;
    let of_kind: Vec<_> = there.iter().filter(|held| held.art == *art).collect();
    let Some(held) = of_kind.iter().find(|held| held.person == *person) else { return Ok(()) };
    if av.only_group() && *art == Medlemsart::Administrator && of_kind.len() == 1 {
        return Err(Feilkode::SisteGruppeadministrator.into());
    }
    store::gruppe::end_medlem(tx, held.id, *now).await?;
    let entry = Revisjon { aktor, objekt: Some(held.id), ..revisjon.clone() };
    Ok(store::revisjon::append(tx, &entry.endring(Some(shown(held)), None)).await?)
}

/// A membership as the audit trail shows it: who it is, is told by who has the key.
fn shown(held: &Gruppemedlem) -> Value {
    json!({ "gruppeId": held.gruppe, "medlem": held.art.as_str() })
}

//! An organisation's groups.

use serde_json::json;

use super::kontroll::Avvik;
use crate::{
    domain::{
        DomainError, Result, Services,
        tilgang::{Bevisoppsett, Gruppeinnsyn},
    },
    model::{Feil, Feilkode, FiksOrgId, GruppeId, gruppe::Gruppe, revisjon::Revisjon},
    store::{self, Tx},
};

/// Most groups of one organisation: lists are given whole.
pub const MAX_GRUPPER: usize = 200;

struct Ny {
    gruppe: Gruppe,
    revisjon: Revisjon,
}

struct Navn {
    organisasjon: FiksOrgId,
    id: GruppeId,
    navn: String,
    revisjon: Revisjon,
}

impl Services {
    /// The organisation's groups, oldest first.
    pub async fn grupper(&self, innsyn: &Gruppeinnsyn) -> Result<Vec<Gruppe>> {
        Ok(store::gruppe::av_organisasjon(&self.store, innsyn.organisasjon).await?)
    }

    /// # Errors
    /// 404 for a group that is not the organisation's.
    pub async fn gruppe(&self, innsyn: &Gruppeinnsyn, id: GruppeId) -> Result<Gruppe> {
        Ok(store::gruppe::find(&self.store, innsyn.organisasjon, id).await?.ok_or(Feilkode::GruppeIkkeFunnet)?)
    }

    /// Makes a group. The same name again gives the group that has it.
    ///
    /// # Errors
    /// 400 for a name that cannot be used, 409 when there are as many groups as there can be.
    pub async fn opprett_gruppe(&self, rett: &Bevisoppsett, navn: String) -> Result<Gruppe> {
        check(&navn)?;
        let (id, organisasjon) = (GruppeId(self.ids.uuid()), rett.organisasjon);
        let gruppe = Gruppe { id, organisasjon, navn, opprettet: self.clock.now() };
        let revisjon = self.revisjon(rett.aktor, Some(organisasjon), "opprettGruppe", Some(id.0));
        self.store.write("gruppe", Ny { gruppe, revisjon }, |tx, ny| Box::pin(create(tx, ny))).await
    }

    /// Gives a group another name. Saying so again changes nothing.
    ///
    /// # Errors
    /// As [`opprett_gruppe`](Self::opprett_gruppe); 404 for a group that is not the organisation's, 409 for another one's name.
    pub async fn gi_gruppe_navn(&self, rett: &Bevisoppsett, id: GruppeId, navn: String) -> Result<()> {
        check(&navn)?;
        let revisjon = self.revisjon(rett.aktor, Some(rett.organisasjon), "endreGruppe", Some(id.0));
        let context = Navn { organisasjon: rett.organisasjon, id, navn, revisjon };
        self.store.write("gruppe", context, |tx, context| Box::pin(rename(tx, context))).await
    }
}

fn check(navn: &str) -> Result<()> {
    let mut avvik = Avvik::default();
    avvik.gruppenavn(navn);
    Ok(avvik.finish()?)
}

pub(super) fn full(most: usize) -> DomainError {
    Feil::from(Feilkode::LedsagerbevisForMange).fakta(json!({ "hoyst": most })).into()
}

/// The organisation's groups, held until the transaction ends.
pub(super) async fn hold(tx: &Tx, organisasjon: FiksOrgId) -> Result<Vec<Gruppe>> {
    if !store::kommune::lock_organisasjon(tx, organisasjon).await? {
        return Err(Feilkode::OrganisasjonIkkeFunnet.into());
    }
    Ok(store::gruppe::av_organisasjon(tx, organisasjon).await?)
}

async fn create(tx: &Tx, ny: &Ny) -> Result<Gruppe> {
    let mut there = hold(tx, ny.gruppe.organisasjon).await?;
    let count = there.len();
    if let Some(same) = there.iter().position(|gruppe| gruppe.navn == ny.gruppe.navn) {
        return Ok(there.swap_remove(same));
    }
    if count >= MAX_GRUPPER {
        return Err(full(MAX_GRUPPER));
    }
    store::gruppe::insert(tx, &ny.gruppe).await?;
    let after = json!({ "gruppenavn": ny.gruppe.navn });
    store::revisjon::append(tx, &ny.revisjon.clone().endring(None, Some(after))).await?;
    Ok(ny.gruppe.clone())
}

async fn rename(tx: &Tx, context: &Navn) -> Result<()> {
    let Navn { organisasjon, id, navn, revisjon } = context;
    let there = hold(tx, *organisasjon).await?;
    let was = there.iter().find(|gruppe| gruppe.id == *id).ok_or(Feilkode::GruppeIkkeFunnet)?;
    if was.navn == *navn {
        return Ok(());
    }
    if there.iter().any(|gruppe| gruppe.navn == *navn) {
        return Err(Feilkode::GruppenavnOpptatt.into());
    }
    store::gruppe::rename(tx, *id, navn).await?;
    let shown = |navn: &str| Some(json!({ "gruppenavn": navn }));
    Ok(store::revisjon::append(tx, &revisjon.clone().endring(shown(&was.navn), shown(navn))).await?)
}

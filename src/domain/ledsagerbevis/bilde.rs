//! Photos: made harmless, sealed, and given to nobody but those who work with the organisation's cards.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{deling::ikke_ditt, innbygger::Innbygger, opplysninger::Avvik};
use crate::{
    bilde,
    crypto::at_rest::Plass,
    domain::{DomainError, Result, Services, tilgang::Behandler},
    model::{Feil, Feilkode, FiksOrgId, ledsagerbevis::BevisId, revisjon::Revisjon},
    store::{self, StoreError, Tx, ledsagerbevis::bilde::Bilderad},
    system::{SecretBytes, SecretString},
};

const TABELL: &str = "ledsagerbevisbilde";
/// How long a photo is kept that no card shows.
const UBRUKT: SignedDuration = SignedDuration::from_hours(24);
/// Photos that are decoded at once: each may take some hundred megabytes while it is.
pub(in crate::domain) const SAMTIDIG: usize = 2;

struct Opplasting {
    bilde: Bilderad,
    now: Timestamp,
    revisjon: Revisjon,
}

impl Services {
    /// Takes a photo; with `fnr`, of that person.
    ///
    /// # Errors
    /// What cannot be used as a photo.
    pub async fn last_opp_bilde(
        &self,
        behandler: &Behandler,
        innhold: Bytes,
        fnr: Option<SecretString>,
    ) -> Result<Uuid> {
        let mut avvik = Avvik::default();
        if let Some(fnr) = &fnr {
            avvik.fnr("/fnr".to_owned(), fnr);
        }
        avvik.end()?;
        let turn = self.bildeplasser.clone().acquire_owned().await;
        let turn = turn.map_err(|error| StoreError::Internal(error.to_string()))?;
        let prepared = tokio::task::spawn_blocking(move || {
            let prepared = bilde::prepare(&innhold);
            // Here, and not when the caller has gone: its work goes on until it is done.
            drop(turn);
            prepared
        });
        let prepared = prepared.await.map_err(|_| StoreError::Internal("a photo could not be decoded".to_owned()))?;
        let jpeg = prepared.map_err(|fault| DomainError::Regel(Feil::from(fault)))?;
        let (id, organisasjon) = (self.ids.uuid(), behandler.organisasjon);
        let context = Opplasting {
            bilde: Bilderad {
                id,
                organisasjon,
                fnr_indeks: fnr.as_ref().map(|fnr| self.bilde_indeks(fnr)).transpose()?,
                innhold: self.vault()?.seal(Plass::new(TABELL, id, "innhold"), jpeg.expose(), &*self.rng)?,
            },
            now: self.clock.now(),
            revisjon: self.revisjon(behandler.aktor, Some(organisasjon), "lastOppBilde", Some(id)),
        };
        let bytes = context.bilde.innhold.len();
        let work = self.store.write_content("bilde", bytes, context, |tx, context| Box::pin(store_photo(tx, context)));
        work.await?;
        Ok(id)
    }

    /// The newest photo of a person at the organisation, as JPEG.
    ///
    /// # Errors
    /// 404 when there is none.
    pub async fn siste_bilde(&self, behandler: &Behandler, fnr: &SecretString) -> Result<SecretBytes> {
        let mut avvik = Avvik::default();
        avvik.fnr("/fnr".to_owned(), fnr);
        avvik.end()?;
        let av = self.bilde_indeks(fnr)?;
        let found = store::ledsagerbevis::bilde::siste(&self.store, behandler.organisasjon, av).await?;
        self.open_bilde(&found.ok_or(Feilkode::BildeIkkeFunnet)?)
    }

    /// The photo on one of the citizen's own cards, as JPEG.
    ///
    /// # Errors
    /// 404 for a card that is not the citizen's, and for one without a photo.
    pub async fn mitt_bilde(&self, innbygger: &Innbygger, id: BevisId) -> Result<SecretBytes> {
        let bevis = self.mitt_bevis(innbygger, id).await?.ok_or_else(ikke_ditt)?;
        let none = || Feil::from(Feilkode::BildeIkkeFunnet).melding("Ledsagerbeviset har ikke noe bilde.").into();
        self.bilde_pa(bevis.organisasjon, bevis.bilde).await?.ok_or_else(none)
    }

    /// The photo on a card that has one, as JPEG.
    pub(super) async fn bilde_pa(&self, organisasjon: FiksOrgId, bilde: Option<Uuid>) -> Result<Option<SecretBytes>> {
        let Some(bilde) = bilde else { return Ok(None) };
        let found = store::ledsagerbevis::bilde::find(&self.store, organisasjon, bilde).await?;
        found.map(|found| self.open_bilde(&found)).transpose()
    }

    fn open_bilde(&self, rad: &Bilderad) -> Result<SecretBytes> {
        Ok(self.vault()?.open(Plass::new(TABELL, rad.id, "innhold"), &rad.innhold)?)
    }

    /// Forgets what has run out: unused photos, sessions, codes, marks of repeats, copies on phones.
    pub(in crate::domain) async fn rydd_ledsagerbevis(&self) -> Result<()> {
        let now = self.clock.now();
        let before = now.checked_sub(UBRUKT).unwrap_or(Timestamp::MIN);
        let work = self.store.write("bevisrydding", (now, before), |tx, (now, before)| {
            Box::pin(async move {
                store::ledsagerbevis::bilde::sweep(tx, *before).await?;
                store::ledsagerbevis::gjentakelse::sweep(tx, *now).await?;
                Result::Ok(store::innbygger::sweep(tx, *now, *before).await?)
            })
        });
        work.await?;
        self.rydd_kort().await
    }
}

async fn store_photo(tx: &Tx, context: &Opplasting) -> Result<()> {
    store::ledsagerbevis::bilde::insert(tx, &context.bilde, context.now).await?;
    Ok(store::revisjon::append(tx, &context.revisjon).await?)
}

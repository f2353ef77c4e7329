//! The code on a card on paper: a card of its own kind, with a place of its own in a status list. Paper that says the same gets the
//! same place however often it is printed.

use super::{kort::Kortutsteder, sperreliste::Listeslag};
use crate::{
    crypto::sd_jwt::StatusReference,
    domain::{Result, Services},
    kort::{
        Utsteder,
        papir::Papirkort,
        qr::{Kode, Retting},
    },
    model::{
        Feilkode, FiksOrgId,
        ledsagerbevis::Ledsagerbevis,
        revisjon::{Aktor, Revisjon},
    },
    store::{
        self, StoreError, Tx,
        ledsagerbevis::{papir::Papir, statusliste::Listeplass},
    },
    system::{Secret, SecretBytes, SecretString},
};

/// Pixels for each module: more than any printer shows.
const SKALA: u8 = 8;

/// What is printed beside the text.
pub(super) struct Papirkode {
    /// PNG.
    pub bilde: SecretBytes,
    /// Where the page is that checks it.
    pub kontroll: String,
}

struct Plassering {
    organisasjon: FiksOrgId,
    papir: Papir,
    forslag: Vec<u32>,
    revisjon: Revisjon,
}

impl Services {
    /// The code of a card; `None` where nobody issues cards, and for a name that no code on a card has room for.
    ///
    /// # Errors
    /// 409 for a card that was revoked meanwhile.
    pub(super) async fn papirkode(
        &self,
        aktor: Aktor,
        handling: &'static str,
        bevis: &Ledsagerbevis,
    ) -> Result<Option<Papirkode>> {
        let Some(Kortutsteder { oppsett, .. }) = self.kortutsteder().ok() else { return Ok(None) };
        let context = Plassering {
            organisasjon: bevis.organisasjon,
            papir: Papir {
                bevis: bevis.id,
                antall_ledsagere: bevis.antall_ledsagere,
                gyldighet: bevis.gyldighet,
                bilde: bevis.bilde,
            },
            forslag: self.listeforslag(oppsett),
            revisjon: self.revisjon(aktor, Some(bevis.organisasjon), handling, Some(bevis.id.0)),
        };
        let work = self.store.write("papirkort", context, |tx, context| Box::pin(take_place(tx, context)));
        let plass = work.await?;
        let kort = Papirkort {
            navn: SecretString::new(bevis.eier.person.navn.expose().clone()),
            antall_ledsagere: bevis.antall_ledsagere,
            gyldighet: bevis.gyldighet.into(),
        };
        let status =
            StatusReference { uri: self.listeadresse(Listeslag::Papir, plass.liste)?, index: plass.indeks.into() };
        let by = Utsteder { iss: &oppsett.iss, nokkel: &oppsett.nokkel };
        let issued = kort.issue(by, status, self.clock.now(), &*self.rng);
        let issued = issued.map_err(|fault| StoreError::Internal(fault.to_string()))?;
        // The longest names there are do not fit; the card is as good without.
        let Ok(kode) = Kode::make(&issued, Retting::Middels) else { return Ok(None) };
        let bilde = kode.png(SKALA).map_err(|fault| StoreError::Internal(fault.to_string()))?;
        Ok(Some(Papirkode { bilde: Secret::new(bilde), kontroll: format!("{}/kontroll", oppsett.iss) }))
    }
}

async fn take_place(tx: &Tx, context: &Plassering) -> Result<Listeplass> {
    let Plassering { organisasjon, papir, forslag, revisjon } = context;
    let rad = store::ledsagerbevis::lock(tx, *organisasjon, papir.bevis).await?;
    if rad.ok_or(Feilkode::BevisIkkeFunnet)?.revokert.is_some() {
        return Err(Feilkode::BevisRevokert.into());
    }
    let (plass, ny) = store::ledsagerbevis::papir::plasser(tx, papir, forslag).await?;
    if ny {
        store::revisjon::append(tx, revisjon).await?;
    }
    Ok(plass)
}

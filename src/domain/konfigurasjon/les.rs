//! What there is: offices with their accounts and keys.

use std::collections::{HashMap, HashSet};

use super::{Kontor, Kontornokkel, VentendeNokkel};
use crate::{
    crypto::certificate::Certificate,
    domain::{
        Result, Services,
        tilgang::{Konfigurere, Mandat, Oversikt},
    },
    model::{
        Bydelsnummer, Feilkode, FiksOrgId, IntegrasjonId, RessursId,
        integrasjon::Privilegium,
        kommune::{Bydel, Kommune},
        nokkel::{Nokkel, NokkelEier, Nokkelbevis},
    },
    store::{self, StoreError},
};

/// Most offices in the answer to a search.
const TREFF_MAX: usize = 100;

/// What to search for.
#[derive(Debug, Default)]
pub struct Sok {
    /// Part of an office's or a municipality's name, or one of their numbers.
    pub tekst: Option<String>,
    pub organisasjon: Option<FiksOrgId>,
}

/// Who takes the reports that no office is known for, as seen from one of the municipality's offices.
#[derive(Debug, Clone)]
pub struct Standardmottaker {
    /// Whether it is the office that was asked about.
    pub er_den: bool,
    /// The office that it is; `None` while none is active.
    pub bydel: Option<Bydel>,
    /// Whether there are several active offices to choose between.
    pub kan_velges: bool,
}

impl Oversikt {
    fn organisasjoner(&self) -> Option<Vec<FiksOrgId>> {
        match self {
            Self::Alle => None,
            Self::Egne(mandater) => Some(mandater.iter().map(|mandat| mandat.organisasjon).collect()),
        }
    }

    fn covers(&self, kommune: &Kommune, bydel: &Bydel) -> bool {
        match self {
            Self::Alle => true,
            Self::Egne(mandater) => {
                mandater.iter().any(|mandat| mandat.organisasjon == kommune.organisasjon && mandat.covers(bydel.id))
            }
        }
    }
}

impl Services {
    /// The organisation's offices, active or not, by number.
    ///
    /// # Errors
    /// 404 for an organisation that receives for no municipality.
    pub async fn kontorer(&self, mandat: &Mandat<Konfigurere>) -> Result<Vec<Kontor>> {
        let rows = self.av_organisasjonen(mandat).await?;
        if rows.is_empty() && store::bydel::kommuner_til(&self.store, [mandat.organisasjon]).await?.is_empty() {
            return Err(Feilkode::KonfigurasjonKommune.into());
        }
        self.vis(rows).await
    }

    /// Those of the organisation's offices that have a number: one, or one in each of its municipalities.
    pub async fn kontorer_med_nummer(&self, mandat: &Mandat<Konfigurere>, nummer: Bydelsnummer) -> Result<Vec<Kontor>> {
        let mut rows = self.av_organisasjonen(mandat).await?;
        rows.retain(|(_, bydel)| bydel.bydelsnummer == nummer);
        self.vis(rows).await
    }

    /// One office.
    pub async fn kontor(&self, mandat: &Mandat<Konfigurere>, id: RessursId) -> Result<Kontor> {
        let mut rows = self.av_organisasjonen(mandat).await?;
        rows.retain(|(_, bydel)| bydel.id == id);
        self.vis(rows).await?.pop().ok_or(Feilkode::KonfigurasjonBydel.into())
    }

    /// Who takes the reports that no office of the municipality is known for.
    pub async fn standardmottaker(&self, mandat: &Mandat<Konfigurere>, id: RessursId) -> Result<Standardmottaker> {
        let rows = self.av_organisasjonen(mandat).await?;
        let (_, asked) = rows.iter().find(|(_, bydel)| bydel.id == id).ok_or(Feilkode::KonfigurasjonBydel)?;
        // Of the whole municipality, also what the caller does not administer.
        let mut active = store::kommune::bydeler(&self.store, asked.kommunenummer).await?;
        let kan_velges = active.len() > 1;
        active.retain(|bydel| bydel.standard_mottaker);
        Ok(Standardmottaker { er_den: asked.aktiv && asked.standard_mottaker, bydel: active.pop(), kan_velges })
    }

    /// The first offices that a search finds among those that the caller may look through, and how many there are.
    pub async fn sok_kontorer(&self, oversikt: &Oversikt, sok: &Sok) -> Result<(usize, Vec<Kontor>)> {
        let text = sok.tekst.as_deref().unwrap_or_default().trim().to_lowercase();
        let found = |kommune: &Kommune, bydel: &Bydel| {
            let names = [&kommune.navn, &bydel.navn];
            names.into_iter().any(|name| name.to_lowercase().contains(&text))
                || kommune.kommunenummer.as_str() == text
                || bydel.bydelsnummer.as_str() == text
        };
        let mut rows = self.av_oversikten(oversikt).await?;
        rows.retain(|(kommune, bydel)| {
            sok.organisasjon.is_none_or(|wanted| wanted == kommune.organisasjon) && found(kommune, bydel)
        });
        let total = rows.len();
        rows.truncate(TREFF_MAX);
        Ok((total, self.vis(rows).await?))
    }

    /// Those of the offices that the caller may look through; the others are passed over.
    pub async fn kontorer_med_id(&self, oversikt: &Oversikt, ids: &[RessursId]) -> Result<Vec<Kontor>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: HashSet<RessursId> = ids.iter().copied().collect();
        let mut rows = self.av_oversikten(oversikt).await?;
        rows.retain(|(_, bydel)| wanted.contains(&bydel.id));
        self.vis(rows).await
    }

    /// The office whose reports are fetched through this access to the SvarInn look-alike.
    pub async fn kontor_med_svarinn(&self, oversikt: &Oversikt, integrasjon: IntegrasjonId) -> Result<Kontor> {
        let bydel = store::bydel::med_svarinn(&self.store, integrasjon).await?.ok_or(Feilkode::KonfigurasjonBydel)?;
        self.kontorer_med_id(oversikt, &[bydel.id]).await?.pop().ok_or(Feilkode::KonfigurasjonBydel.into())
    }

    async fn av_organisasjonen(&self, mandat: &Mandat<Konfigurere>) -> Result<Vec<(Kommune, Bydel)>> {
        let mut rows = store::bydel::til_organisasjoner(&self.store, Some(&[mandat.organisasjon])).await?;
        rows.retain(|(_, bydel)| mandat.covers(bydel.id));
        Ok(rows)
    }

    async fn av_oversikten(&self, oversikt: &Oversikt) -> Result<Vec<(Kommune, Bydel)>> {
        let only = oversikt.organisasjoner();
        let mut rows = store::bydel::til_organisasjoner(&self.store, only.as_deref()).await?;
        rows.retain(|(kommune, bydel)| oversikt.covers(kommune, bydel));
        Ok(rows)
    }

    /// Adds keys and integrations, with one query for each kind.
    async fn vis(&self, rows: Vec<(Kommune, Bydel)>) -> Result<Vec<Kontor>> {
        let now = self.clock.now();
        let kommuner: HashSet<_> = rows.iter().map(|(kommune, _)| kommune.kommunenummer).collect();
        let kommuner: Vec<_> = kommuner.into_iter().collect();
        let organisasjoner: HashSet<_> = rows.iter().map(|(kommune, _)| kommune.organisasjon).collect();
        let organisasjoner: Vec<_> = organisasjoner.into_iter().collect();
        let keys = store::nokkel::til_kommuner(&self.store, &kommuner).await?;
        let keys: HashMap<NokkelEier, Nokkel> = keys.into_iter().map(|key| (key.eier, key)).collect();
        let waiting = store::nokkelbevis::ventende(&self.store, rows.iter().map(|(_, bydel)| bydel.id), now).await?;
        let mut waiting: HashMap<RessursId, Nokkelbevis> =
            waiting.into_iter().map(|bevis| (bevis.bydel, bevis)).collect();
        let granted = store::integrasjon::med_privilegium(&self.store, &organisasjoner, Privilegium::Hent).await?;
        rows.into_iter()
            .map(|(kommune, bydel)| {
                let eier = NokkelEier::Bydel(bydel.kommunenummer, bydel.bydelsnummer);
                let nokkel = keys.get(&eier).map(|key| self.parsed(key)).transpose()?;
                let venter = waiting.remove(&bydel.id).map(waiting_key).transpose()?;
                let own = granted.iter().filter(|(organisasjon, _)| *organisasjon == kommune.organisasjon);
                Ok(Kontor {
                    organisasjon: kommune.organisasjon,
                    nokkel: nokkel
                        .map(|sertifikat| Kontornokkel { gyldig: sertifikat.check_recipient(now).is_ok(), sertifikat }),
                    venter,
                    integrasjoner: own.map(|(_, integrasjon)| *integrasjon).collect(),
                    bydel,
                })
            })
            .collect()
    }
}

fn waiting_key(bevis: Nokkelbevis) -> Result<VentendeNokkel> {
    let sertifikat = Certificate::from_pem(bevis.pem.as_bytes())
        .map_err(|fault| StoreError::Corrupt(format!("nokkelbevis {}: {fault}", bevis.id)))?;
    Ok(VentendeNokkel { sertifikat, bevis })
}

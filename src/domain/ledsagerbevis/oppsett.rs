//! Setting an organisation up: its accounts, how it is reached, and whether it sends letters.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::kontroll::Avvik;
use crate::{
    crypto::at_rest::{Hvelv, Plass},
    domain::{Result, Services, tilgang::Bevisoppsett},
    model::{
        Feilkode, FiksOrgId, KontoId,
        bevisoppsett::{Bevisadresse, Kontoer, Organisasjonsoppsett, Svarutkonto, Utsending},
        kommune::Malform,
        revisjon::Revisjon,
    },
    store::{
        self, Conn, StoreError, Tx,
        bevisoppsett::{EPOST, TABELL, TLF},
    },
    system::{Rng, SecretString},
};

/// How an organisation is set up, for who sets it up.
#[derive(Debug)]
pub struct Opplysninger {
    pub oppsett: Organisasjonsoppsett,
    pub svarutkonto: Option<Svarutkonto>,
    pub epost: Vec<String>,
    pub tlf: Option<SecretString>,
}

/// What is to be different. What is `None` stays.
#[derive(Debug, Default)]
pub struct Endring {
    /// All of them; none takes those away that there are.
    pub epost: Option<Vec<String>>,
    pub tlf: Option<SecretString>,
    pub adresse: Option<Bevisadresse>,
    pub utsending: Option<Utsending>,
    pub sprak: Option<Malform>,
}

/// Opens and seals what stands in an organisation's set-up.
struct Skap {
    hvelv: Arc<Hvelv>,
    rng: Arc<dyn Rng>,
}

struct Oppdatering {
    rett: Bevisoppsett,
    endring: Endring,
    skap: Skap,
    revisjon: Revisjon,
}

struct Konfigurering {
    rett: Bevisoppsett,
    /// For an organisation that has none.
    kontoer: Kontoer,
    revisjon: Revisjon,
}

struct Kontovalg {
    rett: Bevisoppsett,
    id: KontoId,
    revisjon: Revisjon,
}

impl Services {
    /// Everything that is known of the organisation's set-up.
    pub async fn bevisorganisasjon(&self, rett: &Bevisoppsett) -> Result<Opplysninger> {
        let oppsett = store::bevisoppsett::av(&self.store, rett.organisasjon).await?;
        let skap = self.skap()?;
        let svarutkonto = match oppsett.svarut {
            Some(id) => Some(konto(&self.store, rett, id).await?.ok_or(StoreError::Corrupt("svarut_konto_id".into()))?),
            None => None,
        };
        Ok(Opplysninger { svarutkonto, epost: skap.epost(&oppsett)?, tlf: skap.tlf(&oppsett)?, oppsett })
    }

    /// The same less the account, for papers that the organisation sends.
    pub(super) async fn opplysninger_om(&self, organisasjon: FiksOrgId) -> Result<Opplysninger> {
        let oppsett = store::bevisoppsett::av(&self.store, organisasjon).await?;
        let skap = self.skap()?;
        Ok(Opplysninger { svarutkonto: None, epost: skap.epost(&oppsett)?, tlf: skap.tlf(&oppsett)?, oppsett })
    }

    /// How far the organisation has come.
    pub async fn bevisstatus(&self, rett: &Bevisoppsett) -> Result<Organisasjonsoppsett> {
        Ok(store::bevisoppsett::av(&self.store, rett.organisasjon).await?)
    }

    /// Changes what is given, and nothing else.
    ///
    /// # Errors
    /// 400 with everything that must be put right.
    pub async fn oppdater_bevisorganisasjon(&self, rett: Bevisoppsett, endring: Endring) -> Result<()> {
        let mut avvik = Avvik::default();
        let endring = Endring {
            epost: endring.epost.map(|given| avvik.epost(&given)),
            tlf: endring.tlf.inspect(|given| avvik.tlf(given)),
            adresse: endring.adresse.map(|given| avvik.adresse(&given)),
            ..endring
        };
        avvik.finish()?;
        let revisjon = self.bevisrevisjon(&rett, "oppdaterOrganisasjon");
        let context = Oppdatering { rett, endring, skap: self.skap()?, revisjon };
        self.store.write("ledsagerbevisoppsett", context, |tx, context| Box::pin(update(tx, context))).await
    }

    /// Gives the organisation its accounts. They are made once: a repeated call answers with the same.
    pub async fn konfigurer_ledsagerbevis(&self, rett: Bevisoppsett) -> Result<Kontoer> {
        let [dokumentlager, varsling, rolle, ressurs] = [(); 4].map(|()| self.ids.uuid());
        let kontoer = Kontoer { dokumentlager, varsling, rolle, ressurs };
        let revisjon = self.bevisrevisjon(&rett, "konfigurerLedsagerbevis");
        let context = Konfigurering { rett, kontoer, revisjon };
        self.store.write("ledsagerbevisoppsett", context, |tx, context| Box::pin(configure(tx, context))).await
    }

    /// The organisation's active accounts at SvarUt, by name.
    pub async fn svarutkontoer(&self, rett: &Bevisoppsett) -> Result<Vec<Svarutkonto>> {
        let mut all = store::bevisoppsett::svarutkontoer(&self.store, rett.organisasjon).await?;
        all.retain(|konto| konto.aktiv);
        Ok(all)
    }

    /// Chooses the account that the organisation's letters go by.
    ///
    /// # Errors
    /// 404 for one that is not an active account of the organisation's.
    pub async fn velg_svarutkonto(&self, rett: Bevisoppsett, id: KontoId) -> Result<()> {
        let revisjon = self.bevisrevisjon(&rett, "leggTilSvarutkonto");
        let context = Kontovalg { rett, id, revisjon };
        self.store.write("ledsagerbevisoppsett", context, |tx, context| Box::pin(choose(tx, context))).await
    }

    fn skap(&self) -> Result<Skap> {
        Ok(Skap { hvelv: self.vault()?.clone(), rng: self.rng.clone() })
    }

    fn bevisrevisjon(&self, rett: &Bevisoppsett, handling: &'static str) -> Revisjon {
        self.revisjon(rett.aktor, Some(rett.organisasjon), handling, Some(rett.organisasjon.0))
    }
}

impl Skap {
    fn plass(oppsett: &Organisasjonsoppsett, kolonne: &'static str) -> Plass {
        Plass::new(TABELL, oppsett.organisasjon.0, kolonne)
    }

    fn epost(&self, oppsett: &Organisasjonsoppsett) -> Result<Vec<String>> {
        let Some(sealed) = &oppsett.epost else { return Ok(Vec::new()) };
        let list = self.hvelv.open(Self::plass(oppsett, EPOST), sealed)?;
        Ok(serde_json::from_slice(list.expose()).map_err(|_| StoreError::Corrupt("epost".to_owned()))?)
    }

    fn tlf(&self, oppsett: &Organisasjonsoppsett) -> Result<Option<SecretString>> {
        let open = |sealed| self.hvelv.open_text(Self::plass(oppsett, TLF), sealed);
        Ok(oppsett.tlf.as_deref().map(open).transpose()?)
    }

    fn seal(&self, oppsett: &Organisasjonsoppsett, kolonne: &'static str, plain: &str) -> Result<Option<Vec<u8>>> {
        Ok(Some(self.hvelv.seal(Self::plass(oppsett, kolonne), plain.as_bytes(), &*self.rng)?))
    }
}

/// One of the organisation's accounts, active or not.
async fn konto(conn: &impl Conn, rett: &Bevisoppsett, id: KontoId) -> Result<Option<Svarutkonto>> {
    let all = store::bevisoppsett::svarutkontoer(conn, rett.organisasjon).await?;
    Ok(all.into_iter().find(|konto| konto.id == id))
}

async fn hold(tx: &Tx, rett: &Bevisoppsett) -> Result<Organisasjonsoppsett> {
    if !store::kommune::lock_organisasjon(tx, rett.organisasjon).await? {
        return Err(Feilkode::OrganisasjonIkkeFunnet.into());
    }
    Ok(store::bevisoppsett::av(tx, rett.organisasjon).await?)
}

async fn configure(tx: &Tx, context: &Konfigurering) -> Result<Kontoer> {
    let was = hold(tx, &context.rett).await?;
    if let Some(kontoer) = was.kontoer {
        return Ok(kontoer);
    }
    let kontoer = context.kontoer;
    store::bevisoppsett::save(tx, &Organisasjonsoppsett { kontoer: Some(kontoer), ..was }).await?;
    let after = json!({
        "dokumentlagerKontoId": kontoer.dokumentlager,
        "varslingKontoId": kontoer.varsling,
        "rolleId": kontoer.rolle,
        "tjenesteRessursId": kontoer.ressurs,
    });
    store::revisjon::append(tx, &context.revisjon.clone().endring(None, Some(after))).await?;
    Ok(kontoer)
}

async fn choose(tx: &Tx, context: &Kontovalg) -> Result<()> {
    let was = hold(tx, &context.rett).await?;
    let chosen = konto(tx, &context.rett, context.id).await?.filter(|konto| konto.aktiv);
    let chosen = chosen.ok_or(Feilkode::SvarutkontoIkkeFunnet)?;
    if was.svarut == Some(chosen.id) {
        return Ok(());
    }
    let shown = |id: Option<KontoId>| json!({ "svarutKontoId": id });
    let entry = context.revisjon.clone().endring(Some(shown(was.svarut)), Some(shown(Some(chosen.id))));
    store::bevisoppsett::save(tx, &Organisasjonsoppsett { svarut: Some(chosen.id), ..was }).await?;
    Ok(store::revisjon::append(tx, &entry).await?)
}

async fn update(tx: &Tx, context: &Oppdatering) -> Result<()> {
    let Oppdatering { endring, skap, .. } = context;
    let was = hold(tx, &context.rett).await?;
    let mut is = was.clone();
    let mut spor = Spor::default();
    if let Some(epost) = &endring.epost {
        let before = skap.epost(&was)?;
        if before != *epost {
            let list = serde_json::to_string(epost).map_err(|error| StoreError::Internal(error.to_string()))?;
            is.epost = skap.seal(&was, EPOST, &list)?;
            // How many, and not which.
            spor.note("antallEpost", json!(before.len()), json!(epost.len()));
        }
    }
    if let Some(tlf) = &endring.tlf {
        let before = skap.tlf(&was)?;
        if before.as_ref().map(|before| before.expose()) != Some(tlf.expose()) {
            is.tlf = skap.seal(&was, TLF, tlf.expose())?;
            spor.note("tlf", json!(before.map(|_| "en annen")), json!("satt"));
        }
    }
    if let Some(adresse) = endring.adresse.as_ref().filter(|adresse| was.adresse.as_ref() != Some(*adresse)) {
        spor.note("postAdresse", json!(was.adresse), json!(adresse));
        is.adresse = Some(adresse.clone());
    }
    if let Some(utsending) = endring.utsending.filter(|utsending| was.utsending != Some(*utsending)) {
        spor.note("utsendingBrev", json!(was.utsending.map(Utsending::as_str)), json!(utsending.as_str()));
        is.utsending = Some(utsending);
    }
    if let Some(sprak) = endring.sprak.filter(|sprak| was.sprak != *sprak) {
        spor.note("spraak", json!(was.sprak.as_str()), json!(sprak.as_str()));
        is.sprak = sprak;
    }
    if spor.is.is_empty() {
        return Ok(());
    }
    store::bevisoppsett::save(tx, &is).await?;
    let entry = context.revisjon.clone().endring(Some(spor.was.into()), Some(spor.is.into()));
    Ok(store::revisjon::append(tx, &entry).await?)
}

/// What is different, as it was and as it is.
#[derive(Debug, Default)]
struct Spor {
    was: Map<String, Value>,
    is: Map<String, Value>,
}

impl Spor {
    fn note(&mut self, what: &str, was: Value, is: Value) {
        self.was.insert(what.to_owned(), was);
        self.is.insert(what.to_owned(), is);
    }
}

//! Telling an integration that asked for it that a version which it uses is to stop: when the version is deprecated, and some
//! times before its sunset. Once for each integration, version and threshold: the mark says all three, and each node that
//! plans gets the same one.

use jiff::{SignedDuration, Timestamp};

use super::{Innhold, regler};
use crate::{
    domain::{Result, Services},
    epost::{
        Adresse,
        tekst::{Kontor, Leser, Varsel},
    },
    model::{IntegrasjonId, RessursId, varsel::Slag, virkedag::norsk_dag},
    store::{
        self,
        bruk::Bruksvarsel,
        varsel::{NyttVarsel, Varselleie},
    },
    versions::{Livslop, Status, Versjonert},
};

/// Days before a sunset.
const TERSKLER: [u16; 4] = [7, 30, 90, 180];

/// Who has not called a version for so long does not use it.
const I_BRUK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A version that there is something to tell of now.
struct Slutt {
    versjon: Versjonert,
    /// What tells it from what is told of the version at other times.
    merke: String,
    varsel: Varsel,
}

/// The threshold that holds now: of those that were missed, only the nearest is told of.
fn slutt(livslop: &Livslop, versjon: Versjonert, now: Timestamp) -> Option<Slutt> {
    let manifest = livslop.manifest(versjon);
    let frarades = manifest.deprecated?;
    if manifest.status_at(now) != Status::Deprecated {
        return None;
    }
    let name = versjon.name();
    // Calendar days, as who reads it counts them.
    let days = |sunset| u16::try_from(norsk_dag(now).until(sunset).map_or(0, |left| left.get_days())).unwrap_or(0);
    let avvikles = manifest.sunset.map(|sunset| (sunset, days(sunset)));
    let terskel = avvikles.and_then(|(_, left)| TERSKLER.into_iter().find(|dager| left <= *dager));
    let merke = match (manifest.sunset, terskel) {
        // With the date: one that was moved is told of anew.
        (Some(sunset), Some(dager)) => format!("{name} {sunset} {dager}"),
        _ => format!("{name} frarades"),
    };
    let varsel = Varsel::VersjonUtfases {
        tittel: versjon.title().to_owned(),
        frarades,
        avvikles,
        etterfolger: livslop.successor(versjon).map(|next| next.title().to_owned()),
        siste_kall: frarades,
    };
    Some(Slutt { versjon, merke, varsel })
}

impl Services {
    /// Writes down whom there is to tell, as far as they have not been told before. Returns how many e-mails it leads to.
    pub(super) async fn planlegg_bruksvarsler(&self, now: Timestamp) -> Result<u64> {
        let mut rader = 0;
        for Slutt { versjon, merke, varsel } in
            Versjonert::ALL.into_iter().filter_map(|versjon| slutt(&self.livslop, versjon, now))
        {
            let lately = regler::before(now, I_BRUK);
            for (bestilling, siste) in store::bruk::bestillinger(&self.store, versjon.name(), lately).await? {
                let integrasjon = RessursId(bestilling.integrasjon.0);
                let told =
                    store::varsel::fortalt(&self.store, Slag::VersjonUtfases, [integrasjon], Timestamp::MIN).await?;
                if told.iter().any(|one| one.merke == merke) {
                    continue;
                }
                let Some(rad) = self.bruksvarselrad(&bestilling, &merke, med_siste_kall(&varsel, siste), now)? else {
                    tracing::warn!(integrasjon = %bestilling.integrasjon, "the address for warnings cannot be used");
                    continue;
                };
                let work = self.store.write("bruksvarsling", rad, |tx, rad| {
                    Box::pin(async move { Ok(store::varsel::insert(tx, rad).await?) })
                });
                let new: Result<bool> = work.await;
                if new? {
                    tracing::info!(integrasjon = %bestilling.integrasjon, versjon = versjon.name(), "warning planned");
                    rader += 1;
                }
            }
        }
        Ok(rader)
    }

    /// `None` when the address cannot be used.
    fn bruksvarselrad(
        &self,
        bestilling: &Bruksvarsel,
        merke: &str,
        varsel: Varsel,
        now: Timestamp,
    ) -> Result<Option<NyttVarsel>> {
        let Ok(adresse) = bestilling.epost.parse::<Adresse>() else { return Ok(None) };
        let om = vec![merke.split(' ').next().unwrap_or_default().to_owned()];
        let innhold = serde_json::to_string(&Innhold { varsel, leser: Leser::Kontoret, om })
            .map_err(|error| store::StoreError::Internal(error.to_string()))?;
        Ok(Some(NyttVarsel {
            id: self.ids.uuid(),
            bydel: RessursId(bestilling.integrasjon.0),
            slag: Slag::VersjonUtfases,
            merke: merke.to_owned(),
            til: Some(adresse.as_str().to_owned()),
            innhold,
            planlagt: now,
        }))
    }

    /// Whom a planned warning is for, if what it says is still so: it is wanted at this address, the version is used, and
    /// its end is the one that the text names.
    pub(super) async fn bruksvarsel_til(
        &self,
        leie: &Varselleie,
        innhold: &Innhold,
        now: Timestamp,
    ) -> Result<Option<Kontor>> {
        let integrasjon = IntegrasjonId(leie.bydel.0);
        let Some((bestilling, navn)) = store::bruk::bestilling(&self.store, integrasjon).await? else {
            return Ok(None);
        };
        let named = |versjon: &Versjonert| innhold.om.iter().any(|name| name == versjon.name());
        let Some(versjon) = Versjonert::ALL.into_iter().find(named) else { return Ok(None) };
        let still = slutt(&self.livslop, versjon, now).map(|slutt| slutt.varsel);
        let same_end = match (&innhold.varsel, &still) {
            (Varsel::VersjonUtfases { avvikles: told, .. }, Some(Varsel::VersjonUtfases { avvikles, .. })) => {
                told.map(|(sunset, _)| sunset) == avvikles.map(|(sunset, _)| sunset)
            }
            _ => false,
        };
        let latest = store::bruk::siste_kall(&self.store, integrasjon, versjon.name()).await?;
        let in_use = latest.is_some_and(|latest| latest >= regler::before(now, I_BRUK));
        let wanted = bestilling.epost == leie.til && same_end && in_use;
        Ok(wanted.then_some(Kontor { navn, kommunenummer: None, malform: bestilling.malform }))
    }
}

fn med_siste_kall(varsel: &Varsel, siste: Timestamp) -> Varsel {
    let mut varsel = varsel.clone();
    if let Varsel::VersjonUtfases { siste_kall, .. } = &mut varsel {
        *siste_kall = norsk_dag(siste);
    }
    varsel
}

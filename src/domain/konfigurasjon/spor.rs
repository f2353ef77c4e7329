//! What is written down about a change: who, when, and what was different before and after. Certificates by serial number
//! and digest; never a secret.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    crypto::certificate::Certificate,
    domain::Result,
    model::{
        RessursId,
        kommune::Bydel,
        nokkel::{Nokkel, NokkelEier},
        revisjon::Revisjon,
    },
    store::{self, Tx},
    system::Ids,
};

/// Makes the entries of one call.
#[derive(Debug)]
pub(super) struct Spor {
    pub mal: Revisjon,
    pub ids: Ids,
}

impl Spor {
    /// Writes an entry about one office, unless nothing is different.
    pub(super) async fn note(&self, tx: &Tx, bydel: RessursId, before: Option<Value>, after: Value) -> Result<()> {
        let (before, after) = match before {
            None => (None, Some(after)),
            Some(before) => match difference(before, after) {
                None => return Ok(()),
                Some((before, after)) => (Some(before), Some(after)),
            },
        };
        let entry = Revisjon { id: self.ids.uuid(), objekt: Some(bydel.0), ..self.mal.clone() };
        Ok(store::revisjon::append(tx, &entry.endring(before, after)).await?)
    }
}

/// Everything about an office that can be changed.
pub(super) async fn facts(tx: &Tx, bydel: &Bydel, now: Timestamp) -> Result<Value> {
    let eier = NokkelEier::Bydel(bydel.kommunenummer, bydel.bydelsnummer);
    let current = gjeldende(tx, eier, now).await?;
    let waiting = store::nokkelbevis::ventende(tx, [bydel.id], now).await?.into_iter().next();
    let konto = &bydel.konto;
    Ok(json!({
        "kommunenummer": bydel.kommunenummer,
        "bydelsnummer": bydel.bydelsnummer,
        "bydelsnavn": bydel.navn,
        "standardMottaker": bydel.standard_mottaker,
        "aktiv": bydel.aktiv,
        "stottetVersjon": bydel.stottet_versjon.as_str(),
        "fagsystem": konto.fagsystem.as_str(),
        "kanal": konto.kanal.as_str(),
        "svarinnIntegrasjonId": konto.svarinn.map(|konto| konto.integrasjon),
        "svarinnOrgnr": konto.svarinn.and_then(|konto| konto.organisasjonsnummer),
        "adresse": bydel.adresse,
        "telefon": bydel.telefon,
        "eposter": bydel.eposter,
        "varselEposter": bydel.varsel_eposter,
        "nokkel": current.and_then(|key| certificate(&key.pem)),
        "nokkelSomVenter": waiting.and_then(|bevis| certificate(&bevis.pem)),
    }))
}

/// The certificate that an office's reports are sealed to.
pub(super) async fn gjeldende(tx: &Tx, eier: NokkelEier, now: Timestamp) -> Result<Option<Nokkel>> {
    let newest = store::nokkel::gjeldende(tx, [eier], now).await?.into_iter().next();
    Ok(newest.filter(|key| key.avlost.is_none()))
}

fn certificate(pem: &str) -> Option<Value> {
    let certificate = Certificate::from_pem(pem.as_bytes()).ok()?;
    Some(json!({ "serial": certificate.serial(), "sha256": hex::encode(certificate.thumbprint()) }))
}

/// Those members that are different, as they were and as they are.
fn difference(before: Value, after: Value) -> Option<(Value, Value)> {
    let (Value::Object(before), Value::Object(after)) = (before, after) else { return None };
    let pick = |from: &Map<String, Value>, other: &Map<String, Value>| -> Map<String, Value> {
        let differs = from.iter().filter(|(name, value)| other.get(*name) != Some(value));
        differs.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let (was, is) = (pick(&before, &after), pick(&after, &before));
    (!is.is_empty()).then(|| (was.into(), is.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_different_is_noted() {
        let before = json!({ "a": 1, "b": [1], "c": null });
        assert_eq!(difference(before.clone(), before.clone()), None);
        let after = json!({ "a": 1, "b": [1, 2], "c": "x" });
        assert_eq!(difference(before, after), Some((json!({ "b": [1], "c": null }), json!({ "b": [1, 2], "c": "x" }))));
    }
}

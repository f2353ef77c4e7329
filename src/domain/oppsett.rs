//! Setting up who takes part: organisations, municipalities with offices and certificates, and integrations. The whole
//! is applied as one; applying the same again changes nothing.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::{
    DomainError, Result, Services, etterfolger,
    roller::{self, NyRolle, Tildeling},
};
use crate::{
    auth::passord,
    crypto::certificate::Certificate,
    model::{
        Feil, Feilkode, FiksOrgId, IntegrasjonId,
        bevisoppsett::Svarutkonto,
        integrasjon::Privilegium,
        kommune::{Bydel, Etterfolger, Kommune, Organisasjon},
        nokkel::{Nokkel, NokkelEier},
        revisjon::{Aktor, Revisjon},
    },
    store::{self, Tx},
    system::SecretString,
};

/// Everything that an operator has written down.
#[derive(Debug, Default)]
pub struct Oppsett {
    pub organisasjoner: Vec<Organisasjon>,
    pub kommuner: Vec<Kommune>,
    pub bydeler: Vec<Bydel>,
    pub sertifikater: Vec<(NokkelEier, Certificate)>,
    pub integrasjoner: Vec<NyIntegrasjon>,
    /// The first administrators, who appoint all others.
    pub roller: Vec<NyRolle>,
    /// Accounts at SvarUt that letters about companion cards may go by.
    pub svarutkontoer: Vec<Svarutkonto>,
}

#[derive(Debug, Clone)]
pub struct NyIntegrasjon {
    pub id: IntegrasjonId,
    pub organisasjon: FiksOrgId,
    pub navn: String,
    pub aktiv: bool,
    pub privilegier: Vec<(FiksOrgId, Privilegium)>,
    /// Makes a new password although there is one.
    pub nytt_passord: bool,
}

/// What was done. Passwords are nowhere else: they are shown once.
#[derive(Debug, Default)]
pub struct Utfort {
    pub passord: Vec<(IntegrasjonId, SecretString)>,
    pub nye_sertifikater: Vec<NokkelEier>,
}

struct Plan {
    oppsett: Oppsett,
    passord: Vec<(Uuid, [u8; 32])>,
    nokler: Vec<Uuid>,
    /// Entries of the audit trail for the municipalities, in their order.
    revisjoner: Vec<Revisjon>,
    roller: Vec<Tildeling>,
    now: Timestamp,
    overlap: Timestamp,
}

impl Services {
    /// Applies a set-up in one transaction.
    ///
    /// # Errors
    /// A certificate that reports cannot be sealed to, or a municipality without exactly one active `standardMottaker`
    /// among the offices given for it, or with a successor that is not registered or leads back to it; a role for a number
    /// that cannot be a fødselsnummer.
    pub async fn apply(&self, mut oppsett: Oppsett) -> Result<Utfort> {
        let now = self.clock.now();
        check(&oppsett, now)?;
        let made: Vec<_> = oppsett.integrasjoner.iter().map(|_| passord::generate(&*self.rng)).collect();
        let overlap = SignedDuration::try_from(self.settings.passord_overgang).unwrap_or(SignedDuration::ZERO);
        let ids: Vec<_> = oppsett.integrasjoner.iter().map(|integrasjon| integrasjon.id).collect();
        let revisjon =
            |kommune: &Kommune| self.revisjon(Aktor::Plattform, Some(kommune.organisasjon), "provision", None);
        let roller = std::mem::take(&mut oppsett.roller).into_iter().map(|ny| self.tildeling(None, ny));
        let plan = Plan {
            roller: roller.collect::<Result<_>>()?,
            revisjoner: oppsett.kommuner.iter().map(revisjon).collect(),
            passord: made.iter().map(|(_, hash)| (self.ids.uuid(), *hash)).collect(),
            nokler: oppsett.sertifikater.iter().map(|_| self.ids.uuid()).collect(),
            overlap: now.checked_add(overlap).unwrap_or(now),
            oppsett,
            now,
        };
        let (used, nye_sertifikater) = self.store.write("oppsett", plan, |tx, plan| Box::pin(save(tx, plan))).await?;
        let passwords = ids.into_iter().zip(made).zip(used);
        let passord = passwords.filter(|(_, used)| *used).map(|((id, (password, _)), _)| (id, password)).collect();
        Ok(Utfort { passord, nye_sertifikater })
    }
}

fn check(oppsett: &Oppsett, now: Timestamp) -> Result<()> {
    let wrong = |text: String| DomainError::from(Feil::from(Feilkode::Kropp).melding(text));
    for (eier, certificate) in &oppsett.sertifikater {
        certificate.check_recipient(now).map_err(|fault| wrong(format!("Sertifikatet til {eier:?}: {fault}")))?;
    }
    for kommune in &oppsett.kommuner {
        let nummer = kommune.kommunenummer;
        let mut active = oppsett.bydeler.iter().filter(|b| b.kommunenummer == nummer && b.aktiv).peekable();
        let any = active.peek().is_some();
        if any && active.filter(|bydel| bydel.standard_mottaker).count() != 1 {
            return Err(wrong(format!("Kommune {nummer} skal ha nøyaktig én aktiv bydel som er standardmottaker.")));
        }
    }
    Ok(())
}

async fn save(tx: &Tx, plan: &Plan) -> Result<(Vec<bool>, Vec<NokkelEier>)> {
    let Plan { oppsett, now, overlap, .. } = plan;
    for organisasjon in &oppsett.organisasjoner {
        store::kommune::save_organisasjon(tx, organisasjon).await?;
    }
    for (kommune, revisjon) in oppsett.kommuner.iter().zip(&plan.revisjoner) {
        let before = store::kommune::kommune(tx, kommune.kommunenummer).await?.and_then(|kommune| kommune.etterfolger);
        store::kommune::save_kommune(tx, kommune).await?;
        if before != kommune.etterfolger {
            let shown = |etterfolger: Option<Etterfolger>| {
                let next = etterfolger.map(|next| (next.kommunenummer, next.fra));
                json!({ "kommunenummer": kommune.kommunenummer, "etterfolger": next.map(|next| next.0), "fra": next.map(|next| next.1) })
            };
            let entry = revisjon.clone().endring(Some(shown(before)), Some(shown(kommune.etterfolger)));
            store::revisjon::append(tx, &entry).await?;
        }
    }
    for kommune in &oppsett.kommuner {
        if !etterfolger::ends(tx, kommune).await? {
            let nummer = kommune.kommunenummer;
            let rule = format!(
                "Etterfølgeren til kommune {nummer} er ikke registrert, eller rekken av etterfølgere går i ring."
            );
            return Err(Feil::from(Feilkode::Kropp).melding(rule).into());
        }
    }
    for bydel in &oppsett.bydeler {
        store::kommune::save_bydel(tx, bydel).await?;
    }
    let mut new_keys = Vec::new();
    for ((eier, certificate), id) in oppsett.sertifikater.iter().zip(&plan.nokler) {
        let pem = certificate.to_pem();
        let current = store::nokkel::gjeldende(tx, [*eier], *now).await?;
        if current.first().is_none_or(|key| key.pem != pem) {
            let key = Nokkel { id: *id, eier: *eier, pem, registrert: *now, avlost: None };
            store::nokkel::replace(tx, &key).await?;
            new_keys.push(*eier);
        }
    }
    let mut used = Vec::new();
    for (new, (id, hash)) in oppsett.integrasjoner.iter().zip(&plan.passord) {
        let known = store::integrasjon::exists(tx, new.id).await?;
        store::integrasjon::save(tx, new.id, new.organisasjon, &new.navn, new.aktiv, &new.privilegier).await?;
        let fresh = !known || new.nytt_passord;
        if fresh {
            store::integrasjon::add_password(tx, new.id, *id, *hash, *overlap).await?;
        }
        used.push(fresh);
    }
    for konto in &oppsett.svarutkontoer {
        store::bevisoppsett::save_svarutkonto(tx, konto).await?;
    }
    for rolle in &plan.roller {
        roller::give(tx, rolle).await?;
    }
    Ok((used, new_keys))
}

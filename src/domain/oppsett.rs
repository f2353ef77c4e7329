//! Setting up who takes part: organisations, municipalities with offices and certificates, and integrations. The whole
//! is applied as one; applying the same again changes nothing.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{DomainError, Result, Services};
use crate::{
    auth::passord,
    crypto::certificate::Certificate,
    model::{
        Feil, Feilkode, FiksOrgId, IntegrasjonId,
        integrasjon::Privilegium,
        kommune::{Bydel, Kommune, Organisasjon},
        nokkel::{Nokkel, NokkelEier},
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
    now: Timestamp,
    overlap: Timestamp,
}

impl Services {
    /// Applies a set-up in one transaction.
    ///
    /// # Errors
    /// A certificate that reports cannot be sealed to, or a municipality without exactly one active `standardMottaker`
    /// among the offices given for it.
    pub async fn apply(&self, oppsett: Oppsett) -> Result<Utfort> {
        let now = self.clock.now();
        check(&oppsett, now)?;
        let made: Vec<_> = oppsett.integrasjoner.iter().map(|_| passord::generate(&*self.rng)).collect();
        let overlap = SignedDuration::try_from(self.settings.passord_overgang).unwrap_or(SignedDuration::ZERO);
        let ids: Vec<_> = oppsett.integrasjoner.iter().map(|integrasjon| integrasjon.id).collect();
        let plan = Plan {
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
    for kommune in &oppsett.kommuner {
        store::kommune::save_kommune(tx, kommune).await?;
    }
    for bydel in &oppsett.bydeler {
        store::kommune::save_bydel(tx, bydel).await?;
    }
    let mut new_keys = Vec::new();
    for ((eier, certificate), id) in oppsett.sertifikater.iter().zip(&plan.nokler) {
        let pem = certificate.to_pem();
        let current = store::nokkel::gjeldende(tx, *eier, *now).await?;
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
    Ok((used, new_keys))
}

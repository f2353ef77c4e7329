//! The keys that an office's reports are sealed to.
//!
//! A certificate that is uploaded waits until its owner has shown the private key: the gateway seals 32 random bytes to the
//! certificate, and the caller gives them back. Otherwise a slip, such as the certificate of a key that is lost, would be
//! noticed only when the first report does not open. Until then, and for the grace time after it, the former key is used.
//!
//! The same certificate may be several offices' key, as where one case system serves them all; each asks for the proof.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::{
    Kontor,
    endre::hold,
    kontroll,
    spor::{Spor, facts, gjeldende},
};
use crate::{
    crypto::{
        certificate::{Certificate, CertificateFault},
        cms, sha256,
    },
    domain::{
        DomainError, Result, Services,
        tilgang::{Konfigurere, Mandat},
    },
    model::{
        Feil, Feilkode, NokkelbevisId, RessursId,
        kommune::Bydel,
        nokkel::{Nokkel, NokkelEier, Nokkelbevis},
    },
    store::{self, Tx},
    system::{SecretBytes, SecretString, rng::random},
};

/// How long a certificate waits for the proof.
const LEVETID: SignedDuration = SignedDuration::from_hours(1);
/// Wrong answers after which it waits no longer.
const FORSOK_MAX: i32 = 5;

/// A certificate that can become the office's key.
#[derive(Debug)]
pub(super) struct Forslag {
    pub bydel: RessursId,
    sertifikat: Certificate,
    nokkel: Uuid,
    /// `None` where the operator asks for no proof.
    bevis: Option<Nokkelbevis>,
}

struct Plan {
    mandat: Mandat<Konfigurere>,
    bydel: RessursId,
    bevis: NokkelbevisId,
    svar_sha256: [u8; 32],
    nokkel: Uuid,
    spor: Spor,
    now: Timestamp,
}

/// How an answer was judged. A wrong one is no error inside the transaction: it must be counted.
enum Dom {
    Riktig,
    Feil { igjen: i32 },
}

impl Services {
    /// Looks at what should be a certificate, and prepares the proof.
    ///
    /// # Errors
    /// 422 with why it cannot be an office's key. Nothing of a private key goes any further.
    pub(super) fn forslag(&self, bydel: RessursId, pem: &SecretString, now: Timestamp) -> Result<Forslag> {
        let sertifikat = read(pem.expose(), now)?;
        let bevis = self.settings.nokkelbevis.then(|| self.utfordring(bydel, &sertifikat, now)).transpose()?;
        Ok(Forslag { bydel, sertifikat, nokkel: self.ids.uuid(), bevis })
    }

    fn utfordring(&self, bydel: RessursId, sertifikat: &Certificate, now: Timestamp) -> Result<Nokkelbevis> {
        let svar = SecretBytes::new(random::<32>(&*self.rng).to_vec());
        let utfordring = cms::seal(svar.expose(), sertifikat, &*self.rng).map_err(|fault| {
            tracing::error!(%fault, "no challenge could be sealed");
            Feil::from(Feilkode::Intern)
        })?;
        Ok(Nokkelbevis {
            id: NokkelbevisId(self.ids.uuid()),
            bydel,
            pem: sertifikat.to_pem(),
            utfordring,
            svar_sha256: sha256(svar.expose()),
            utloper: now.checked_add(LEVETID).unwrap_or(Timestamp::MAX),
            forsok: 0,
        })
    }

    /// Takes the office's waiting certificate into use if the answer is what was sealed to it.
    ///
    /// # Errors
    /// 404 when nothing waits under this id, 422 for a wrong answer, with how many more may be given.
    pub async fn bekreft_nokkel(
        &self,
        mandat: &Mandat<Konfigurere>,
        bydel: RessursId,
        bevis: NokkelbevisId,
        svar: &str,
    ) -> Result<Kontor> {
        let bytes = STANDARD.decode(svar.trim()).ok().filter(|bytes| bytes.len() == 32);
        let bytes = bytes.ok_or_else(|| kontroll::avvik("svar", "skal være 32 byte som base64"))?;
        let plan = Plan {
            mandat: mandat.clone(),
            bydel,
            bevis,
            svar_sha256: sha256(&bytes),
            nokkel: self.ids.uuid(),
            spor: self.spor(mandat, "bekreftNokkelbevis"),
            now: self.clock.now(),
        };
        match self.store.write("nøkkelbevis", plan, |tx, plan| Box::pin(judge(tx, plan))).await? {
            Dom::Riktig => self.kontor(mandat, bydel).await,
            Dom::Feil { igjen } => {
                let fakta = serde_json::json!({ "forsokIgjen": igjen });
                Err(Feil::from(Feilkode::NokkelbevisFeil).fakta(fakta).into())
            }
        }
    }
}

impl Forslag {
    /// Lets the certificate become, or wait to become, the office's key. The one that is the key already, and the one that
    /// waits already, stay as they are.
    pub(super) async fn apply(&self, tx: &Tx, office: &Bydel, now: Timestamp) -> Result<()> {
        let eier = NokkelEier::Bydel(office.kommunenummer, office.bydelsnummer);
        let is_this = |pem: &str| Certificate::from_pem(pem.as_bytes()).is_ok_and(|other| other == self.sertifikat);
        if gjeldende(tx, eier, now).await?.is_some_and(|key| is_this(&key.pem)) {
            return Ok(());
        }
        let Some(bevis) = &self.bevis else {
            return take_into_use(tx, office, self.sertifikat.to_pem(), self.nokkel, now).await;
        };
        let waiting = store::nokkelbevis::ventende(tx, [office.id], now).await?;
        if !waiting.iter().any(|other| is_this(&other.pem)) {
            store::nokkelbevis::replace(tx, bevis).await?;
        }
        Ok(())
    }
}

async fn take_into_use(tx: &Tx, office: &Bydel, pem: String, id: Uuid, now: Timestamp) -> Result<()> {
    let eier = NokkelEier::Bydel(office.kommunenummer, office.bydelsnummer);
    store::nokkel::replace(tx, &Nokkel { id, eier, pem, registrert: now, avlost: None }).await?;
    Ok(store::nokkelbevis::delete(tx, office.id).await?)
}

async fn judge(tx: &Tx, plan: &Plan) -> Result<Dom> {
    let (offices, place) = hold(tx, &plan.mandat, plan.bydel).await?;
    let unknown = || DomainError::from(Feilkode::NokkelbevisUkjent);
    let office = offices.get(place).ok_or_else(unknown)?;
    let waiting = store::nokkelbevis::ventende(tx, [office.id], plan.now).await?;
    let bevis = waiting.into_iter().find(|bevis| bevis.id == plan.bevis).ok_or_else(unknown)?;
    if !bool::from(bevis.svar_sha256.ct_eq(&plan.svar_sha256)) {
        let forsok = bevis.forsok + 1;
        if forsok >= FORSOK_MAX {
            let before = facts(tx, office, plan.now).await?;
            store::nokkelbevis::delete(tx, office.id).await?;
            plan.spor.note(tx, office.id, Some(before), facts(tx, office, plan.now).await?).await?;
        } else {
            store::nokkelbevis::set_forsok(tx, bevis.id, forsok).await?;
        }
        return Ok(Dom::Feil { igjen: FORSOK_MAX - forsok });
    }
    let before = facts(tx, office, plan.now).await?;
    // It may have gone out of date while it waited.
    read(&bevis.pem, plan.now)?;
    take_into_use(tx, office, bevis.pem, plan.nokkel, plan.now).await?;
    plan.spor.note(tx, office.id, Some(before), facts(tx, office, plan.now).await?).await?;
    Ok(Dom::Riktig)
}

/// Reads one certificate that something can be sealed to now.
fn read(pem: &str, now: Timestamp) -> std::result::Result<Certificate, Feil> {
    let read = Certificate::from_pem(pem.as_bytes()).map_err(|fault| match fault {
        // A private key without the lines round it is one all the same.
        CertificateFault::Unreadable if is_bare_key(pem) => CertificateFault::PrivateKey,
        fault => fault,
    });
    let checked = read.and_then(|certificate| certificate.check_recipient(now).map(|()| certificate));
    checked.map_err(Feil::from)
}

fn is_bare_key(text: &str) -> bool {
    let text = SecretString::new(text.split_ascii_whitespace().collect());
    let Ok(bytes) = STANDARD.decode(text.expose()).map(SecretBytes::new) else { return false };
    matches!(Certificate::from_der(bytes.expose()), Err(CertificateFault::PrivateKey))
}

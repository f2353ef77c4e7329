//! How citizens log in, and what they see.
//!
//! Whoever has the telephone has the card: a code is sent to the number, and exchanged for a token. Nobody learns which
//! numbers are on a card. The call for a code does the same work for every number; whether there is anybody to send it to
//! is looked at in the background. Every number that a code was asked for then answers guesses in the same way.

use jiff::{SignedDuration, Timestamp};

use crate::{
    crypto::sha256,
    domain::{Result, Services},
    model::{
        Feil, Feilkode,
        ledsagerbevis::{BevisId, Gyldighet, Smsslag, Tilstand, tilstand},
        telefon::Telefonnummer,
    },
    store::{self, Tx, innbygger::Engangspassord, ledsagerbevis::Bevisrad, sms::Smsrad},
    system::{SecretString, rng::random},
};

/// How long a code lasts.
pub(super) const LEVETID: SignedDuration = SignedDuration::from_mins(5);
/// Wrong guesses that a code stands.
const FORSOK: u32 = 5;
/// Shortest time between two codes to one number, and most codes in a day: with [`FORSOK`], fifty guesses in a million.
const MELLOM: SignedDuration = SignedDuration::from_secs(30);
const PER_DOGN: u32 = 10;
const DOGN: SignedDuration = SignedDuration::from_hours(24);
/// How long a login lasts: a day out, not longer. The card on the telephone is to work without a login.
const SESJON: SignedDuration = SignedDuration::from_hours(12);
/// Most cards that one number sees.
const MAX_BEVIS: u64 = 200;
const KODE: u32 = 1_000_000;

/// A citizen who has logged in.
#[derive(Debug, Clone)]
pub struct Innbygger {
    /// Keyed digest of the telephone number.
    pub(super) telefon: [u8; 32],
}

/// A card as a citizen sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MittBevis {
    pub id: BevisId,
    pub antall_ledsagere: u8,
    pub gyldighet: Gyldighet,
    pub tilstand: Tilstand,
}

struct Bestilling {
    telefon: [u8; 32],
    kode: [u8; 32],
    sms: Smsrad,
    now: Timestamp,
}

struct Innlosning {
    telefon: [u8; 32],
    kode: [u8; 32],
    token: [u8; 32],
    now: Timestamp,
}

impl Services {
    /// Has a code sent to a number, if it is on a card.
    ///
    /// # Errors
    /// 429 when too many were asked for; the same for every number.
    pub async fn bestill_engangspassord(&self, telefon: &str) -> Result<()> {
        let til: Telefonnummer = telefon.parse().map_err(|_| Feilkode::UgyldigTelefonnummer)?;
        let telefon = self.telefon_indeks(&til)?;
        let kode = SecretString::new(format!("{:06}", self.sekssifret()));
        let tekst = SecretString::new(format!(
            "Koden din for ledsagerbevis er {}. Den varer i fem minutter. Ikke gi den til noen.",
            kode.expose()
        ));
        let context = Bestilling {
            telefon,
            kode: self.kodeavtrykk(telefon, &kode)?,
            sms: self.smsrad(Smsslag::Engangspassord, None, &til, &tekst)?,
            now: self.clock.now(),
        };
        self.store.write("engangspassord", context, |tx, context| Box::pin(order(tx, context))).await?;
        self.signaler.sms.notify_one();
        Ok(())
    }

    /// Exchanges a code for a token: 256 random bits that tell nothing.
    ///
    /// # Errors
    /// 401 for a code that is wrong, used or too old, and for a number that none was asked for: it is not told which.
    pub async fn innlos_engangspassord(&self, telefon: &str, kode: &SecretString) -> Result<SecretString> {
        let til: Telefonnummer = telefon.parse().map_err(|_| Feilkode::UgyldigTelefonnummer)?;
        let telefon = self.telefon_indeks(&til)?;
        let token = SecretString::new(hex::encode(random::<32>(&*self.rng)));
        let context = Innlosning {
            telefon,
            kode: self.kodeavtrykk(telefon, kode)?,
            token: sha256(token.expose().as_bytes()),
            now: self.clock.now(),
        };
        let work = self.store.write("innlogging", context, |tx, context| Box::pin(redeem(tx, context)));
        if work.await? { Ok(token) } else { Err(Feilkode::EngangspassordFeil.into()) }
    }

    /// Who has logged in with this token.
    ///
    /// # Errors
    /// 401 for one that is unknown or has run out.
    pub async fn identify_innbygger(&self, token: &str) -> Result<Innbygger> {
        self.vault()?;
        let telefon = store::innbygger::sesjon(&self.store, sha256(token.as_bytes()), self.clock.now()).await?;
        Ok(Innbygger { telefon: telefon.ok_or(Feilkode::InnbyggertokenUgyldig)? })
    }

    /// The cards that the citizen owns or is a guardian of now. One that is revoked is gone; one that has expired says so.
    pub async fn mine_bevis(&self, innbygger: &Innbygger) -> Result<Vec<MittBevis>> {
        let rader = store::ledsagerbevis::med_telefon(&self.store, innbygger.telefon, MAX_BEVIS).await?;
        let today = self.i_dag();
        let seen = rader.into_iter().map(|rad| MittBevis {
            id: rad.id,
            antall_ledsagere: rad.antall_ledsagere,
            gyldighet: rad.gyldighet,
            tilstand: tilstand(rad.revokert.is_some(), rad.gyldighet, today),
        });
        Ok(seen.collect())
    }

    /// One of the citizen's own cards; `None` when it is not.
    pub(super) async fn mitt_bevis(&self, innbygger: &Innbygger, id: BevisId) -> Result<Option<Bevisrad>> {
        let rader = store::ledsagerbevis::med_telefon(&self.store, innbygger.telefon, MAX_BEVIS).await?;
        Ok(rader.into_iter().find(|rad| rad.id == id))
    }

    /// Any number of six digits, each as likely as the others.
    fn sekssifret(&self) -> u32 {
        loop {
            let drawn = u32::from_be_bytes(random(&*self.rng));
            if drawn < u32::MAX - u32::MAX % KODE {
                return drawn % KODE;
            }
        }
    }

    /// A code is of one number only. Keyed: a million codes are soon tried by who has the digest.
    fn kodeavtrykk(&self, telefon: [u8; 32], kode: &SecretString) -> Result<[u8; 32]> {
        self.indeks("engangspassord.kode", &[&telefon, kode.expose().as_bytes()].concat())
    }
}

async fn order(tx: &Tx, context: &Bestilling) -> Result<()> {
    let Bestilling { telefon, kode, sms, now } = context;
    let before = store::innbygger::lock(tx, *telefon).await?;
    let mut dogn = (*now, 0);
    if let Some(before) = before {
        let since = now.duration_since(before.bestilt);
        if since < MELLOM {
            return Err(wait(MELLOM, since));
        }
        let since = now.duration_since(before.dogn.0);
        if since < DOGN {
            dogn = before.dogn;
        }
        if dogn.1 >= PER_DOGN {
            return Err(wait(DOGN, since));
        }
    }
    let new = Engangspassord {
        telefon: *telefon,
        kode: Some(*kode),
        utloper: now.checked_add(LEVETID).unwrap_or(Timestamp::MAX),
        forsok: 0,
        bestilt: *now,
        dogn: (dogn.0, dogn.1 + 1),
    };
    store::innbygger::save(tx, &new).await?;
    Ok(store::sms::insert(tx, sms).await?)
}

fn wait(window: SignedDuration, since: SignedDuration) -> crate::domain::DomainError {
    let left = u64::try_from((window - since).as_secs()).unwrap_or(0);
    Feil::from(Feilkode::EngangspassordForMange).vent(left + 1).into()
}

/// False for a code that does not count. That is no error here: the guess must be written down.
async fn redeem(tx: &Tx, context: &Innlosning) -> Result<bool> {
    let Innlosning { telefon, kode, token, now } = context;
    let Some(held) = store::innbygger::lock(tx, *telefon).await? else { return Ok(false) };
    let Some(right) = held.kode.filter(|_| held.utloper > *now) else { return Ok(false) };
    if !openssl::memcmp::eq(&right, kode) {
        let forsok = held.forsok + 1;
        let kode = Some(right).filter(|_| forsok < FORSOK);
        store::innbygger::set_kode(tx, *telefon, kode, forsok).await?;
        return Ok(false);
    }
    store::innbygger::set_kode(tx, *telefon, None, held.forsok).await?;
    let utloper = now.checked_add(SESJON).unwrap_or(Timestamp::MAX);
    store::innbygger::insert_sesjon(tx, *token, *telefon, utloper).await?;
    Ok(true)
}

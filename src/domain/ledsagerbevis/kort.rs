//! A card as its carrier has it on the phone: a signed copy that lasts a while, bound to a key that never leaves the phone.
//! The phone shows that it has the key by signing a challenge; fetching again with the same key renews the copy.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};

use super::{
    deling::ikke_ditt,
    innbygger::Innbygger,
    sperreliste::{Lister, Listeslag},
};
use crate::{
    crypto::{
        es256::SigningKey,
        possession::{self, Expected, ProofFault},
        sd_jwt::StatusReference,
        sha256,
    },
    domain::{DomainError, Result, Services},
    kort::{self, Gyldighet, Kort, Utsteder, bildedigest},
    model::{
        Feil, Feilkode,
        fnr::Fnr,
        ledsagerbevis::{self, BevisId, Person, Personrolle, Tilstand, tilstand},
    },
    store::{
        self, StoreError, Tx,
        ledsagerbevis::{Bevisrad, Hvem, adgang::Adgang, lommebok::Kopi, statusliste::Listeplass},
    },
    system::{SecretString, rng::random},
};

/// How long a challenge may be answered, and how old the answer may be.
const FRIST: SignedDuration = SignedDuration::from_mins(5);
/// How far a phone's clock may be from ours.
const KLOKKEAVVIK: SignedDuration = SignedDuration::from_secs(30);
/// Places that a copy tries to get. That all are taken while half of the list is free, comes once in 65 000 times.
const FORSOK: usize = 16;
/// Most copies of a card that last at one time by one number: whoever makes keys without end must not fill the lists.
const MAX_KOPIER: usize = 20;
/// Bytes of a challenge: when it runs out, something that never comes again, and the digest that tells it is ours.
const TID: usize = 8;
const UNIK: usize = 16;
const AVTRYKK: usize = 32;

/// Who issues cards to phones, and how long what is signed lasts.
#[derive(Debug)]
pub struct Kortoppsett {
    /// `iss`: how callers reach us, without a slash at its end.
    pub iss: String,
    /// The first signs, all are published.
    pub nokkel: SigningKey,
    pub tidligere: Vec<SigningKey>,
    /// How long a copy of a card lasts, if the card does.
    pub levetid: SignedDuration,
    /// After how long a verifier should fetch a status list anew, and how long it holds.
    pub liste_ttl: SignedDuration,
    pub liste_levetid: SignedDuration,
    /// How long this node hands out the list that it has made.
    pub liste_fornyes: SignedDuration,
    /// Places of a list; a power of two.
    pub plasser: u32,
}

impl Kortoppsett {
    /// The usual times and sizes.
    pub fn new(iss: impl Into<String>, nokkel: SigningKey) -> Self {
        Self {
            iss: iss.into(),
            nokkel,
            tidligere: Vec::new(),
            levetid: SignedDuration::from_hours(30 * 24),
            liste_ttl: SignedDuration::from_hours(1),
            liste_levetid: SignedDuration::from_hours(72),
            liste_fornyes: SignedDuration::from_secs(10),
            plasser: 1 << 17,
        }
    }
}

/// [`Kortoppsett`] at work.
#[derive(Debug)]
pub(in crate::domain) struct Kortutsteder {
    pub oppsett: Kortoppsett,
    pub lister: Lister,
}

/// What a phone signs to show that it has its key.
#[derive(Debug)]
pub struct Engangsverdi {
    pub verdi: String,
    pub utloper: Timestamp,
}

/// A copy of a card.
#[derive(Debug)]
pub struct Kortkopi {
    /// SD-JWT VC, with all its disclosures.
    pub kort: SecretString,
    pub utloper: Timestamp,
}

struct Uthenting {
    /// Digest of the challenge, and when it would have run out.
    engangsverdi: ([u8; 32], Timestamp),
    kopi: Kopi,
    forslag: Vec<u32>,
    now: Timestamp,
}

impl From<ledsagerbevis::Gyldighet> for Gyldighet {
    fn from(gyldighet: ledsagerbevis::Gyldighet) -> Self {
        match gyldighet {
            ledsagerbevis::Gyldighet::Til(dato) => Self::Til(dato),
            ledsagerbevis::Gyldighet::Varig => Self::Varig,
        }
    }
}

impl From<ProofFault> for DomainError {
    fn from(fault: ProofFault) -> Self {
        let grunn = serde_json::json!({ "grunn": fault.code() });
        Feil::from(Feilkode::InnehaverbevisUgyldig).melding(fault.melding()).fakta(grunn).into()
    }
}

impl Services {
    /// Who issues cards to phones.
    ///
    /// # Errors
    /// 501 where nobody does.
    pub(in crate::domain) fn kortutsteder(&self) -> Result<&Kortutsteder> {
        self.vault()?;
        Ok(self.kort.as_ref().ok_or(Feilkode::KortIkkeSattOpp)?)
    }

    /// A challenge for the citizen. Nothing is kept of it until it is answered.
    pub fn engangsverdi(&self, innbygger: &Innbygger) -> Result<Engangsverdi> {
        self.kortutsteder()?;
        let utloper = self.clock.now().checked_add(FRIST).unwrap_or(Timestamp::MAX);
        let mut verdi = utloper.as_second().to_be_bytes().to_vec();
        verdi.extend(random::<UNIK>(&*self.rng));
        verdi.extend(self.engangsavtrykk(&verdi, innbygger)?);
        Ok(Engangsverdi { verdi: URL_SAFE_NO_PAD.encode(verdi), utloper })
    }

    /// A copy of one of the citizen's cards, for the phone that has the key of `innehaverbevis`.
    ///
    /// # Errors
    /// 404 for a card that the citizen has no access to, 409 for one that has expired, 429 when too many phones have it; what is
    /// wrong with the proof.
    pub async fn hent_kort(
        &self,
        innbygger: &Innbygger,
        id: BevisId,
        innehaverbevis: &SecretString,
    ) -> Result<Kortkopi> {
        let utsteder = self.kortutsteder()?;
        let oppsett = &utsteder.oppsett;
        let (rad, adgang) = self.min_adgang(innbygger, id).await?.ok_or_else(ikke_ditt)?;
        if tilstand(rad.revokert.is_some(), rad.gyldighet, self.i_dag()) != Tilstand::Aktivt {
            return Err(Feilkode::BevisUtlopt.into());
        }
        let now = self.clock.now();
        let expected = Expected { audience: &oppsett.iss, now, max_age: FRIST, skew: KLOKKEAVVIK };
        let proof = possession::verify(innehaverbevis.expose(), &expected)?;
        let engangsverdi = self.gyldig_engangsverdi(&proof.nonce, innbygger, now)?;
        let kort = self.kortinnhold(&rad, adgang).await?;
        let mut senest = now.checked_add(oppsett.levetid).unwrap_or(Timestamp::MAX);
        if let Adgang::Delt { utloper } = adgang {
            senest = senest.min(utloper);
        }
        let utloper = kort.gyldighet.utloper(senest);
        let kopi = Kopi {
            bevis: id,
            telefon: innbygger.telefon,
            innehaver: self.indeks("kortkopi.innehaver", proof.key.thumbprint().as_bytes())?,
            utloper,
        };
        let context = Uthenting { engangsverdi, kopi, forslag: self.listeforslag(oppsett), now };
        let work = self.store.write("kortkopi", context, |tx, context| Box::pin(take_place(tx, context)));
        let plass = work.await?;
        let status =
            StatusReference { uri: self.listeadresse(Listeslag::Telefon, plass.liste)?, index: plass.indeks.into() };
        let by = Utsteder { iss: &oppsett.iss, nokkel: &oppsett.nokkel };
        let issued = kort.issue(by, &proof.key, status, now, senest, &*self.rng);
        Ok(Kortkopi { kort: issued.map_err(|fault| StoreError::Internal(fault.to_string()))?, utloper })
    }

    /// Places of a status list that may be free.
    pub(super) fn listeforslag(&self, oppsett: &Kortoppsett) -> Vec<u32> {
        let draw = |_| u32::from_be_bytes(random(&*self.rng)) % oppsett.plasser.max(1);
        (0..FORSOK).map(draw).collect()
    }

    /// What a card says. Its fødselsnummer is for those who are on it, not for whom it was lent to.
    async fn kortinnhold(&self, rad: &Bevisrad, adgang: Adgang) -> Result<Kort> {
        let personer = store::ledsagerbevis::personer(&self.store, [rad.id], Hvem::Naa).await?;
        let eier = personer.iter().find(|person| person.rolle == Personrolle::Eier);
        let eier = self.open_person(eier.ok_or_else(|| StoreError::Corrupt("a card without an owner".to_owned()))?)?;
        let Person { navn, fnr, .. } = eier.person;
        let bilde = self.bilde_pa(rad.organisasjon, rad.bilde).await?;
        Ok(Kort {
            navn,
            fodselsdato: Fnr::fodselsdato(fnr.expose(), self.i_dag()),
            fodselsnummer: Some(fnr).filter(|_| !matches!(adgang, Adgang::Delt { .. })),
            antall_ledsagere: rad.antall_ledsagere,
            gyldighet: rad.gyldighet.into(),
            bilde: bilde.map(|bilde| bildedigest(bilde.expose())),
        })
    }

    fn engangsavtrykk(&self, verdi: &[u8], innbygger: &Innbygger) -> Result<[u8; AVTRYKK]> {
        self.indeks("kort.engangsverdi", &[verdi, &innbygger.telefon].concat())
    }

    /// Whether a challenge is one that this citizen was given a short while ago; what it is known by, if so.
    fn gyldig_engangsverdi(&self, text: &str, innbygger: &Innbygger, now: Timestamp) -> Result<([u8; 32], Timestamp)> {
        let wrong = || DomainError::from(Feilkode::EngangsverdiUgyldig);
        let verdi = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
        let (said, avtrykk) = verdi.split_at_checked(TID + UNIK).ok_or_else(wrong)?;
        let right = self.engangsavtrykk(said, innbygger)?;
        if avtrykk.len() != AVTRYKK || !openssl::memcmp::eq(avtrykk, &right) {
            return Err(wrong());
        }
        let seconds = said.first_chunk::<TID>().map(|bytes| i64::from_be_bytes(*bytes)).ok_or_else(wrong)?;
        let utloper = Timestamp::from_second(seconds).map_err(|_| wrong())?;
        if utloper <= now { Err(wrong()) } else { Ok((sha256(&verdi), utloper)) }
    }

    /// The keys that cards and lists are signed with, as a JWK set.
    pub fn utstedernokler(&self) -> Result<(&str, serde_json::Value)> {
        let oppsett = &self.kortutsteder()?.oppsett;
        let keys: Vec<_> = std::iter::once(&oppsett.nokkel).chain(&oppsett.tidligere).collect();
        Ok((&oppsett.iss, crate::crypto::issuers::jwks(&keys)))
    }

    /// The kind of card, as a document.
    pub fn kortslag(&self) -> Result<serde_json::Value> {
        Ok(kort::slag::dokument(&kort::vct(&self.kortutsteder()?.oppsett.iss)))
    }

    /// The kind of card that is printed, likewise.
    pub fn papirslag(&self) -> Result<serde_json::Value> {
        Ok(kort::slag::papirdokument(&kort::papir::vct(&self.kortutsteder()?.oppsett.iss)))
    }
}

async fn take_place(tx: &Tx, context: &Uthenting) -> Result<Listeplass> {
    let (avtrykk, utloper) = context.engangsverdi;
    if !store::ledsagerbevis::lommebok::bruk_engangsverdi(tx, avtrykk, utloper).await? {
        return Err(Feilkode::EngangsverdiUgyldig.into());
    }
    let others = store::ledsagerbevis::lommebok::andre(tx, &context.kopi, context.now).await?;
    if let Some(free) = others.len().checked_sub(MAX_KOPIER).and_then(|at| others.get(at)) {
        let left = u64::try_from(free.duration_since(context.now).as_secs()).unwrap_or(0);
        return Err(Feil::from(Feilkode::KortForOfte).vent(left + 1).into());
    }
    Ok(store::ledsagerbevis::lommebok::plasser(tx, &context.kopi, &context.forslag).await?)
}

//! Issuing a card. Repeating it is harmless: the same content within the window of repeats is the same card, as long as
//! that one is not revoked; and with an `Idempotency-Key`, the key decides.

use jiff::{SignedDuration, Timestamp, civil::Date};
use uuid::Uuid;

use super::{melding::Varsel, opplysninger::Avvik, sokeindeks::Sokeindeks, utlop};
use crate::{
    domain::{Result, Services, tilgang::Behandler},
    model::{
        BrevId, Feilkode, FiksOrgId,
        bevisoppsett::Utsending,
        ledsagerbevis::{Adresse, BevisId, Bevishendelse, Hendelsestype, Ledsagerbevis, Person, Personrolle, Smsslag},
        revisjon::{Aktor, Revisjon},
    },
    store::{
        self, Tx,
        ledsagerbevis::{Bevisrad, Personrad, gjentakelse::Brukt},
    },
    system::{SecretString, rng::random},
};

const HANDLING: &str = "opprettLedsagerbevis";
/// Letters and digits that are not taken for one another, for references that people read aloud.
const TEGN: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A card that is to be issued, as the case worker wrote it.
#[derive(Debug)]
pub struct NyttBevis {
    pub eier: Person,
    pub antall_ledsagere: i32,
    /// `None`: two years from today.
    pub utlopsdato: Option<Date>,
    /// Without an end, whatever the date.
    pub varig: bool,
    pub forvaltere: Vec<Person>,
    /// `None`: one is made.
    pub ekstern_id: Option<SecretString>,
    /// `None`: the newest photo of the owner at the organisation, if there is any.
    pub bilde: Option<Uuid>,
}

/// Everything that the transaction writes.
struct Utstedelse {
    aktor: Aktor,
    bevis: Bevisrad,
    personer: Vec<Personrad>,
    /// Digest of whom the photo shows, when it has not been said yet.
    bilde_av: Option<(Uuid, [u8; 32])>,
    varsler: Vec<Varsel>,
    /// When those on the card are to be told that it expires.
    neste_varsel: Option<Date>,
    merke: [u8; 32],
    innhold: [u8; 32],
    med_nokkel: bool,
    utloper: Timestamp,
    /// Of the letter, where the organisation sends any.
    brev: BrevId,
    indeks: Sokeindeks,
    revisjon: Revisjon,
}

impl Services {
    /// # Errors
    /// What is wrong with the content, all of it at once; 422 for a key that was used for something else.
    pub async fn utsted_bevis(
        &self,
        behandler: &Behandler,
        nytt: NyttBevis,
        nokkel: Option<String>,
    ) -> Result<Ledsagerbevis> {
        let innhold = self.indeks("ledsagerbevisgjentakelse.innhold", &canonical(&nytt))?;
        let merke = match &nokkel {
            None => innhold,
            Some(key) => {
                let caller = behandler.aktor.id().unwrap_or_default();
                let key = [caller.as_bytes(), key.as_bytes()].concat();
                self.indeks("ledsagerbevisgjentakelse.nokkel", &key)?
            }
        };
        let utstedelse = self.utstedelse(behandler, nytt, (merke, innhold, nokkel.is_some())).await?;
        let work = self.store.write("ledsagerbevis", utstedelse, |tx, utstedelse| Box::pin(issue(tx, utstedelse)));
        let id = work.await?;
        self.signaler.sms.notify_one();
        self.signaler.kortbrev.notify_one();
        self.bevis(behandler, id).await
    }

    async fn utstedelse(
        &self,
        behandler: &Behandler,
        nytt: NyttBevis,
        (merke, innhold, med_nokkel): ([u8; 32], [u8; 32], bool),
    ) -> Result<Utstedelse> {
        let NyttBevis { eier, antall_ledsagere, utlopsdato, varig, forvaltere, ekstern_id, bilde } = nytt;
        let organisasjon = behandler.organisasjon;
        let mut avvik = Avvik::default();
        avvik.forvaltere(&eier.fnr, &forvaltere);
        let antall_ledsagere = avvik.antall(antall_ledsagere);
        let gyldighet = avvik.gyldighet(utlopsdato, varig, self.i_dag());
        let ekstern_id = ekstern_id.unwrap_or_else(|| self.referanse());
        avvik.ekstern_id(&ekstern_id);
        let bilde_indeks = self.bilde_indeks(&eier.fnr)?;
        let shown = self.bilde_til(organisasjon, bilde, bilde_indeks, &mut avvik).await?;
        let eier = avvik.person("/eier", eier);
        let mut til = Vec::new();
        for (n, forvalter) in forvaltere.into_iter().enumerate() {
            til.extend(avvik.person(&format!("/forvaltere/{n}"), forvalter).map(|one| (Personrolle::Forvalter, one)));
        }
        avvik.end()?;
        til.splice(0..0, eier.map(|eier| (Personrolle::Eier, eier)));
        let id = BevisId(self.ids.uuid());
        let now = self.clock.now();
        let window = SignedDuration::try_from(self.settings.duplikat_vindu).unwrap_or(SignedDuration::ZERO);
        let bevis = Bevisrad {
            id,
            organisasjon,
            antall_ledsagere,
            gyldighet,
            ekstern_id: self.seal_ekstern_id(id, &ekstern_id)?,
            ekstern_id_indeks: self.ekstern_id_indeks(&ekstern_id)?,
            bilde: shown.map(|(bilde, _)| bilde),
            opprettet: now,
            revokert: None,
        };
        let navn = self.utstedernavn(organisasjon).await?;
        let (mut personer, mut varsler) = (Vec::new(), Vec::new());
        for (rolle, kontrollert) in &til {
            let rad = self.personrad(id, *rolle, kontrollert)?;
            varsler.push(self.varsel_til(id, &rad, kontrollert, &navn)?);
            personer.push(rad);
        }
        Ok(Utstedelse {
            aktor: behandler.aktor,
            bevis,
            personer,
            neste_varsel: utlop::neste(gyldighet, self.i_dag()),
            bilde_av: shown.filter(|(_, said)| !said).map(|(bilde, _)| (bilde, bilde_indeks)),
            varsler,
            merke,
            innhold,
            med_nokkel,
            utloper: now.checked_add(window).unwrap_or(Timestamp::MAX),
            brev: BrevId(self.ids.uuid()),
            indeks: self.sokeindeks()?,
            revisjon: self.revisjon(behandler.aktor, Some(organisasjon), HANDLING, Some(id.0)),
        })
    }

    /// The photo that a card is to show, and whether it is said of it whom it shows.
    pub(super) async fn bilde_til(
        &self,
        organisasjon: FiksOrgId,
        bilde: Option<Uuid>,
        eier: [u8; 32],
        avvik: &mut Avvik,
    ) -> Result<Option<(Uuid, bool)>> {
        let Some(id) = bilde else {
            let newest = store::ledsagerbevis::bilde::siste(&self.store, organisasjon, eier).await?;
            return Ok(newest.map(|bilde| (bilde.id, true)));
        };
        let found = store::ledsagerbevis::bilde::find(&self.store, organisasjon, id).await?;
        match found {
            None => avvik.add("/bildeId", "Organisasjonen har ikke noe bilde med denne id-en. Last det opp på nytt."),
            Some(other) if other.fnr_indeks.is_some_and(|of| of != eier) => {
                avvik.add("/bildeId", "Bildet er lastet opp for en annen person. Last opp et bilde av eieren.");
            }
            Some(found) => return Ok(Some((id, found.fnr_indeks.is_some()))),
        }
        Ok(None)
    }

    /// What the case worker may call a card when nobody has said anything else.
    fn referanse(&self) -> SecretString {
        let chosen = random::<10>(&*self.rng).map(|byte| TEGN.get(usize::from(byte % 32)).copied().unwrap_or(b'0'));
        SecretString::new(format!("LB-{}", String::from_utf8_lossy(&chosen)))
    }
}

/// What was asked for, as bytes: each part with its length before it, so that no two requests are written the same.
fn canonical(nytt: &NyttBevis) -> Vec<u8> {
    let mut written = Vec::new();
    let mut part = |bytes: &[u8]| {
        written.extend((bytes.len() as u64).to_be_bytes());
        written.extend(bytes);
    };
    let dato = nytt.utlopsdato.map(|date| date.to_string()).unwrap_or_default();
    part(format!("{} {} {dato}", nytt.antall_ledsagere, nytt.varig).as_bytes());
    part(nytt.ekstern_id.as_ref().map_or(&[], |text| text.expose().as_bytes()));
    part(nytt.bilde.as_ref().map_or(&[], |id| id.as_bytes()));
    for person in std::iter::once(&nytt.eier).chain(&nytt.forvaltere) {
        for text in [&person.navn, &person.fnr, &person.telefonnummer] {
            part(text.expose().as_bytes());
        }
        let adresse = person.adresse.as_ref();
        let lines = adresse.map(|Adresse { adressenavn, postnummer, poststed }| [adressenavn, postnummer, poststed]);
        for text in lines.into_iter().flatten() {
            part(text.expose().as_bytes());
        }
        part(&[u8::from(person.adresse.is_some())]);
    }
    written
}

async fn issue(tx: &Tx, new: &Utstedelse) -> Result<BevisId> {
    let Bevisrad { id, organisasjon, opprettet: now, .. } = new.bevis;
    let brukt = Brukt { innhold: new.innhold, bevis: id };
    let taken = store::ledsagerbevis::gjentakelse::claim(tx, organisasjon, new.merke, brukt, now, new.utloper).await?;
    if let Some(taken) = taken {
        if taken.innhold != new.innhold {
            return Err(Feilkode::IdempotensAnnetInnhold.into());
        }
        let earlier = store::ledsagerbevis::find(tx, organisasjon, taken.bevis).await?;
        if new.med_nokkel || earlier.is_some_and(|earlier| earlier.revokert.is_none()) {
            return Ok(taken.bevis);
        }
        // Revoked by mistake, perhaps: who issues it again without a key wants a new one.
        store::ledsagerbevis::gjentakelse::point(tx, organisasjon, new.merke, id).await?;
    }
    store::ledsagerbevis::insert(tx, &new.bevis).await?;
    if let Some((bilde, av)) = new.bilde_av {
        store::ledsagerbevis::bilde::set_person(tx, bilde, av).await?;
    }
    let event = |hendelse, person| Bevishendelse { bevis: id, tidspunkt: now, hendelse, aktor: new.aktor, person };
    store::ledsagerbevis::append(tx, &event(Hendelsestype::Opprettet, None)).await?;
    for person in &new.personer {
        store::ledsagerbevis::insert_person(tx, person).await?;
        if person.rolle == Personrolle::Forvalter {
            store::ledsagerbevis::append(tx, &event(Hendelsestype::ForvalterLagtTil, Some(person.id))).await?;
        }
    }
    for varsel in &new.varsler {
        varsel.write(tx).await?;
    }
    store::ledsagerbevis::utlop::sett(tx, id, new.neste_varsel).await?;
    let oppsett = store::bevisoppsett::av(tx, organisasjon).await?;
    if oppsett.utsending == Some(Utsending::SendeBrev) {
        store::kortbrev::bestill(tx, new.brev, id, now).await?;
    }
    new.indeks.write(tx, id).await?;
    Ok(store::revisjon::append(tx, &new.revisjon).await.map(|()| id)?)
}

impl From<Personrolle> for Smsslag {
    fn from(rolle: Personrolle) -> Self {
        match rolle {
            Personrolle::Eier => Self::Utstedt,
            Personrolle::Forvalter => Self::Forvalter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(fnr: &str, adresse: Option<[&str; 3]>) -> Person {
        let text = |text: &str| SecretString::new(text.to_owned());
        Person {
            navn: text("Fiktiv Person"),
            fnr: text(fnr),
            telefonnummer: text("99999999"),
            adresse: adresse.map(|[adressenavn, postnummer, poststed]| Adresse {
                adressenavn: text(adressenavn),
                postnummer: text(postnummer),
                poststed: text(poststed),
            }),
        }
    }

    fn nytt(forvaltere: Vec<Person>) -> NyttBevis {
        NyttBevis {
            eier: person("05857090073", None),
            antall_ledsagere: 1,
            utlopsdato: None,
            varig: false,
            forvaltere,
            ekstern_id: None,
            bilde: None,
        }
    }

    #[test]
    fn different_requests_are_written_differently() {
        let one = canonical(&nytt(vec![person("1", Some(["a", "b", "c"]))]));
        assert_eq!(one, canonical(&nytt(vec![person("1", Some(["a", "b", "c"]))])));
        assert_ne!(one, canonical(&nytt(vec![person("1", Some(["ab", "", "c"]))])));
        assert_ne!(one, canonical(&nytt(vec![person("1", None)])));
        assert_ne!(canonical(&nytt(vec![])), canonical(&NyttBevis { varig: true, ..nytt(vec![]) }));
    }
}

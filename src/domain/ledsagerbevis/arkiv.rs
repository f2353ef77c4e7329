//! Between the model and what is kept: sealing on the way in, opening on the way out, and the digests by which rows are
//! found.

use std::mem;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::{
    crypto::at_rest::Plass,
    domain::{Result, Services},
    model::{
        Feilkode,
        ledsagerbevis::{Adresse, BevisId, Ledsagerbevis, Person, Personrolle, Revokering, Tilknyttet},
        telefon::Telefonnummer,
    },
    store::{
        StoreError,
        ledsagerbevis::{Bevisrad, Personrad},
    },
    system::{Secret, SecretString},
};

pub(super) const BEVIS: &str = "ledsagerbevis";
pub(super) const PERSON: &str = "ledsagerbevisperson";

/// An address as JSON on its way through the vault.
#[derive(Serialize, Deserialize)]
struct Adressetekst {
    adressenavn: String,
    postnummer: String,
    poststed: String,
}

impl Drop for Adressetekst {
    fn drop(&mut self) {
        self.adressenavn.zeroize();
        self.postnummer.zeroize();
        self.poststed.zeroize();
    }
}

/// Somebody who is to be on a card, checked and with the number in the form that it is compared in.
#[derive(Debug)]
pub(super) struct Kontrollert {
    pub person: Person,
    pub telefon: Telefonnummer,
}

impl Services {
    /// What rows are found by.
    ///
    /// # Errors
    /// 501 where there are no companion cards.
    pub(super) fn indeks(&self, column: &str, value: &[u8]) -> Result<[u8; 32]> {
        self.vault()?;
        if self.personindeks.is_none() {
            return Err(Feilkode::LedsagerbevisIkkeSattOpp.into());
        }
        self.blind_digest(column, value)
    }

    pub(super) fn fnr_indeks(&self, fnr: &SecretString) -> Result<[u8; 32]> {
        self.indeks("ledsagerbevisperson.fnr", fnr.expose().as_bytes())
    }

    pub(super) fn telefon_indeks(&self, telefon: &Telefonnummer) -> Result<[u8; 32]> {
        self.indeks("ledsagerbevisperson.telefon", telefon.e164().as_bytes())
    }

    pub(super) fn bilde_indeks(&self, fnr: &SecretString) -> Result<[u8; 32]> {
        self.indeks("ledsagerbevisbilde.fnr", fnr.expose().as_bytes())
    }

    pub(super) fn ekstern_id_indeks(&self, ekstern_id: &SecretString) -> Result<[u8; 32]> {
        self.indeks("ledsagerbevis.ekstern_id", ekstern_id.expose().as_bytes())
    }

    pub(super) fn seal_ekstern_id(&self, id: BevisId, ekstern_id: &SecretString) -> Result<Vec<u8>> {
        self.seal_text(Plass::new(BEVIS, id.0, "ekstern_id"), ekstern_id.expose())
    }

    pub(super) fn seal_grunn(&self, id: BevisId, grunn: &SecretString) -> Result<Vec<u8>> {
        self.seal_text(Plass::new(BEVIS, id.0, "revokert_grunn"), grunn.expose())
    }

    /// A person on the way in, with access from now on.
    pub(super) fn personrad(&self, bevis: BevisId, rolle: Personrolle, given: &Kontrollert) -> Result<Personrad> {
        let (id, fra) = (self.ids.uuid(), self.clock.now());
        let Kontrollert { person, telefon } = given;
        let seal = |column, text: &SecretString| self.seal_text(Plass::new(PERSON, id, column), text.expose());
        let adresse = person.adresse.as_ref().map(|adresse| {
            let text = |text: &SecretString| text.expose().clone();
            let adresse = Adressetekst {
                adressenavn: text(&adresse.adressenavn),
                postnummer: text(&adresse.postnummer),
                poststed: text(&adresse.poststed),
            };
            let json = Secret::new(serde_json::to_string(&adresse).map_err(|_| unreadable("adresse"))?);
            seal("adresse", &json)
        });
        Ok(Personrad {
            id,
            bevis,
            rolle,
            navn: seal("navn", &person.navn)?,
            fnr: seal("fnr", &person.fnr)?,
            fnr_indeks: self.fnr_indeks(&person.fnr)?,
            telefon: seal("telefon", &person.telefonnummer)?,
            telefon_indeks: self.telefon_indeks(telefon)?,
            adresse: adresse.transpose()?,
            fra,
            til: None,
        })
    }

    pub(super) fn open_person(&self, rad: &Personrad) -> Result<Tilknyttet> {
        let open = |column, sealed: &[u8]| self.open_text(Plass::new(PERSON, rad.id, column), sealed);
        let adresse = rad.adresse.as_ref().map(|sealed| {
            let json = open("adresse", sealed)?;
            let mut text: Adressetekst =
                serde_json::from_str(json.expose()).map_err(|_| unreadable("ledsagerbevisperson.adresse"))?;
            Result::Ok(Adresse {
                adressenavn: SecretString::new(mem::take(&mut text.adressenavn)),
                postnummer: SecretString::new(mem::take(&mut text.postnummer)),
                poststed: SecretString::new(mem::take(&mut text.poststed)),
            })
        });
        Ok(Tilknyttet {
            id: rad.id,
            rolle: rad.rolle,
            person: Person {
                navn: open("navn", &rad.navn)?,
                fnr: open("fnr", &rad.fnr)?,
                telefonnummer: open("telefon", &rad.telefon)?,
                adresse: adresse.transpose()?,
            },
            fra: rad.fra,
            til: rad.til,
        })
    }

    /// A card with those who are on it; `personer` may hold others' too.
    pub(super) fn open_bevis<'a>(
        &self,
        rad: &Bevisrad,
        personer: impl IntoIterator<Item = &'a Personrad>,
    ) -> Result<Ledsagerbevis> {
        let (mut eier, mut forvaltere) = (None, Vec::new());
        for person in personer.into_iter().filter(|person| person.bevis == rad.id && person.til.is_none()) {
            let opened = self.open_person(person)?;
            match person.rolle {
                Personrolle::Eier => eier = Some(opened),
                Personrolle::Forvalter => forvaltere.push(opened),
            }
        }
        let revokert = rad.revokert.as_ref().map(|(tidspunkt, grunn)| {
            let grunn = self.open_text(Plass::new(BEVIS, rad.id.0, "revokert_grunn"), grunn)?;
            Result::Ok(Revokering { tidspunkt: *tidspunkt, grunn })
        });
        Ok(Ledsagerbevis {
            id: rad.id,
            organisasjon: rad.organisasjon,
            antall_ledsagere: rad.antall_ledsagere,
            gyldighet: rad.gyldighet,
            ekstern_id: self.open_text(Plass::new(BEVIS, rad.id.0, "ekstern_id"), &rad.ekstern_id)?,
            opprettet: rad.opprettet,
            revokert: revokert.transpose()?,
            bilde: rad.bilde,
            eier: eier.ok_or_else(|| unreadable("a card without an owner"))?,
            forvaltere,
        })
    }
}

fn unreadable(what: &'static str) -> StoreError {
    StoreError::Corrupt(what.to_owned())
}

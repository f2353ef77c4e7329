//! What a case worker may write: every deviation is told at once, with a pointer to where it is and never with what it is.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::arkiv::Kontrollert;
use crate::{
    domain::avhenting::looks_personal,
    model::{
        Feil, Feilkode,
        fnr::Fnr,
        ledsagerbevis::{Gyldighet, MAX_FORVALTERE, Person},
        telefon::Telefonnummer,
    },
    system::SecretString,
};

const FNR: &str = "Feltet er ikke et gyldig fødselsnummer eller D-nummer. Kontroller de elleve sifrene.";
const TELEFON: &str = "Skriv et nummer som det kan sendes SMS til: åtte sifre, eller landkode med + foran.";
/// Longest texts, in characters.
const MAX_NAVN: usize = 200;
const MAX_KALLENAVN: usize = 100;
const MAX_ADRESSE: usize = 200;
const MAX_POSTSTED: usize = 100;
const MAX_EKSTERN_ID: usize = 100;
const MAX_GRUNN: usize = 1000;

/// What is wrong with a request, as it is found.
#[derive(Debug, Default)]
pub(super) struct Avvik(Vec<Value>);

impl Avvik {
    pub fn add(&mut self, peker: impl Into<String>, melding: impl Into<String>) {
        self.0.push(json!({ "peker": peker.into(), "melding": melding.into() }));
    }

    /// # Errors
    /// When anything was added.
    pub fn end(self) -> Result<(), Feil> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Feil::from(Feilkode::BevisUgyldig).fakta(json!({ "avvik": self.0 })))
    }

    /// A text that must say something, and no more than it needs.
    pub fn text(&mut self, peker: String, text: &SecretString, max: usize) {
        let said = text.expose();
        if said.trim().is_empty() {
            self.add(peker, "Feltet kan ikke være tomt.");
        } else if said.chars().count() > max {
            self.add(peker, format!("Feltet kan ha høyst {max} tegn."));
        } else if said.chars().any(char::is_control) {
            self.add(peker, "Feltet kan ikke ha linjeskift eller andre styretegn.");
        }
    }

    /// A case worker's reason, which may have lines.
    pub fn grunn(&mut self, grunn: &SecretString) {
        let said = grunn.expose();
        if said.trim().is_empty() || said.chars().count() > MAX_GRUNN {
            self.add("/revokertGrunn", format!("Skriv hvorfor, med høyst {MAX_GRUNN} tegn."));
        }
    }

    pub fn fnr(&mut self, peker: String, fnr: &SecretString) {
        if Fnr::kontroller(fnr.expose()).is_err() {
            self.add(peker, FNR);
        }
    }

    /// A person, with the number in the form that it is compared in, when that is one.
    pub fn person(&mut self, place: &str, person: Person) -> Option<Kontrollert> {
        let at = |field: &str| format!("{place}/{field}");
        self.text(at("navn"), &person.navn, MAX_NAVN);
        if looks_personal(person.navn.expose()) {
            self.add(at("navn"), "Navnet ser ut til å inneholde et fødselsnummer. Skriv bare navnet.");
        }
        self.fnr(at("fnr"), &person.fnr);
        if let Some(adresse) = &person.adresse {
            self.text(at("adresse/adressenavn"), &adresse.adressenavn, MAX_ADRESSE);
            self.text(at("adresse/poststed"), &adresse.poststed, MAX_POSTSTED);
            let code = adresse.postnummer.expose();
            if code.len() != 4 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
                self.add(at("adresse/postnummer"), "Et postnummer har fire sifre.");
            }
        }
        let telefon = self.telefon(at("telefonnummer"), &person.telefonnummer)?;
        Some(Kontrollert { person, telefon })
    }

    /// What a citizen calls somebody.
    pub fn kallenavn(&mut self, navn: &SecretString) {
        self.text("/navn".to_owned(), navn, MAX_KALLENAVN);
        if looks_personal(navn.expose()) {
            self.add("/navn", "Navnet ser ut til å inneholde et fødselsnummer. Skriv bare navnet.");
        }
    }

    /// A telephone number in the form that it is compared in, when it is one.
    pub fn telefon(&mut self, peker: String, telefon: &SecretString) -> Option<Telefonnummer> {
        let telefon = telefon.expose().parse().ok();
        if telefon.is_none() {
            self.add(peker, TELEFON);
        }
        telefon
    }

    /// Nobody is on a card twice.
    pub fn forvaltere(&mut self, eier: &SecretString, forvaltere: &[Person]) {
        if forvaltere.len() > MAX_FORVALTERE {
            self.add("/forvaltere", format!("Et ledsagerbevis kan ha høyst {MAX_FORVALTERE} forvaltere."));
            return;
        }
        for (n, forvalter) in forvaltere.iter().enumerate() {
            let peker = format!("/forvaltere/{n}/fnr");
            if forvalter.fnr.expose() == eier.expose() {
                self.add(peker, EIER);
            } else if forvaltere.iter().take(n).any(|other| other.fnr.expose() == forvalter.fnr.expose()) {
                self.add(peker, "Den samme personen står to ganger.");
            }
        }
    }

    pub fn antall(&mut self, antall: i32) -> u8 {
        match u8::try_from(antall) {
            Ok(few @ 1..=2) => few,
            _ => {
                self.add("/antallLedsagere", "Et ledsagerbevis gjelder én eller to ledsagere.");
                1
            }
        }
    }

    pub fn gyldighet(&mut self, utlopsdato: Option<Date>, varig: bool, today: Date) -> Gyldighet {
        match utlopsdato {
            _ if varig => Gyldighet::Varig,
            None => Gyldighet::standard(today),
            Some(date) => {
                if date < today {
                    self.add("/utlopsdato", "Utløpsdatoen er passert. Velg dagen i dag eller en senere dag.");
                }
                Gyldighet::Til(date)
            }
        }
    }

    pub fn ekstern_id(&mut self, ekstern_id: &SecretString) {
        self.text("/eksternId".to_owned(), ekstern_id, MAX_EKSTERN_ID);
    }
}

pub(super) const EIER: &str = "Eieren har alltid tilgang til sitt eget ledsagerbevis, og kan ikke være forvalter også.";

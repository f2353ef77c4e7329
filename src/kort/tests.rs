//! Cards of a fictitious municipality, from issue to verdict.

mod fixtures;
mod kode;
mod papir;
mod tabell;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    Gyldighet, Kort, Utsteder, bildedigest,
    kontroll::{Avslag, Godtatt, Grunnlag, MAKS_ALDER, Sperring, kontroller},
};
use crate::{
    crypto::{
        assert_table,
        es256::SigningKey,
        issuers::{TrustedIssuers, jwks},
        sd_jwt::{Card, Recipient, SdJwtFault, StatusReference},
        status_list::{self, Publication, StatusFault, StatusList},
    },
    system::{Secret, SecretString, SeededRng},
};

const ISS: &str = "https://lillevik.example/ledsagerbevis";
const LISTE: &str = "https://lillevik.example/ledsagerbevis/status/1";
const KASSE: &str = "https://kino.example";
const BILDE: &[u8] = b"bytes of a photo";
/// The card's place in the status list.
const PLASS: u64 = 41;

pub(super) fn tid(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An issuer, a holder, a verifier, and noon on a Sunday.
pub(super) struct Verden {
    pub utsteder: SigningKey,
    pub telefon: SigningKey,
    pub rng: SeededRng,
    pub now: Timestamp,
}

impl Verden {
    pub fn ny() -> Self {
        let rng = SeededRng::new(6);
        let (utsteder, telefon) = (SigningKey::make(&rng).unwrap(), SigningKey::make(&rng).unwrap());
        Self { utsteder, telefon, rng, now: tid("2026-11-22T11:00:00Z") }
    }

    pub fn kort(&self) -> Kort {
        Kort {
            navn: Secret::new("Kari Fiktiv Testesen".to_owned()),
            fodselsdato: Some("1992-02-17".parse().unwrap()),
            fodselsnummer: Some(Secret::new("17829299968".to_owned())),
            antall_ledsagere: 1,
            gyldighet: Gyldighet::Til("2028-11-22".parse().unwrap()),
            bilde: Some(bildedigest(BILDE)),
        }
    }

    pub fn issue(&self, kort: &Kort) -> SecretString {
        let status = StatusReference { uri: LISTE.to_owned(), index: PLASS };
        let utsteder = Utsteder { iss: ISS, nokkel: &self.utsteder };
        let senest = self.now + SignedDuration::from_hours(24 * 30);
        kort.issue(utsteder, self.telefon.public(), status, self.now, senest, &self.rng).unwrap()
    }

    pub fn present(&self, kort: &SecretString, names: &[&str]) -> SecretString {
        let to = Recipient { audience: KASSE, nonce: "n-1" };
        Card::parse(kort.expose()).unwrap().present(names, to, &self.telefon, self.now).unwrap()
    }

    pub fn liste(&self, key: &SigningKey, iss: &str, revoked: &[u64], at: Timestamp) -> String {
        let list = StatusList::from_revoked((0..1000).map(|place| revoked.contains(&place))).unwrap();
        let publication = Publication {
            uri: LISTE,
            issuer: iss,
            issued_at: at,
            expires_at: at + SignedDuration::from_hours(24),
            ttl: SignedDuration::from_hours(1),
        };
        status_list::sign(&list, &publication, key).unwrap()
    }

    pub fn utstedere(&self) -> TrustedIssuers {
        let mut utstedere = TrustedIssuers::default();
        utstedere.trust(ISS, &jwks(&[&self.utsteder])).unwrap();
        utstedere
    }

    pub fn kontroller(
        &self,
        presentasjon: &str,
        lister: &[String],
        change: impl FnOnce(&mut Grunnlag<'_>),
    ) -> Result<Godtatt, Avslag> {
        let utstedere = self.utstedere();
        let mut grunnlag = Grunnlag {
            utstedere: &utstedere,
            sperrelister: lister,
            bilde: None,
            mottaker: Some(KASSE),
            utfordring: Some("n-1"),
            maks_alder: MAKS_ALDER,
            now: self.now,
        };
        change(&mut grunnlag);
        kontroller(presentasjon, &grunnlag)
    }
}

#[test]
fn a_ticket_seller_sees_companions_validity_and_photo_and_nothing_else() {
    let verden = Verden::ny();
    let kort = verden.issue(&verden.kort());
    let vist = verden.present(&kort, super::BILLETTSELGER);
    let lister = [verden.liste(&verden.utsteder, ISS, &[], verden.now - SignedDuration::from_mins(10))];
    let godtatt =
        verden.kontroller(vist.expose(), &lister, |grunnlag| grunnlag.bilde = Some(bildedigest(BILDE))).unwrap();
    assert_eq!(godtatt.vist.antall_ledsagere, 1);
    assert_eq!(godtatt.vist.gyldighet, Gyldighet::Til("2028-11-22".parse().unwrap()));
    assert!(godtatt.bilde_stemmer);
    assert!(godtatt.vist.navn.is_none() && godtatt.vist.fodselsdato.is_none());
    assert_eq!(godtatt.sperring, Sperring::Fersk { utstedt: tid("2026-11-22T10:50:00Z") });
    // Not in any encoding of the text that was shown.
    let open = vist.expose().split(['.', '~']).filter_map(|part| {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        URL_SAFE_NO_PAD.decode(part).ok()
    });
    for part in open {
        let text = String::from_utf8_lossy(&part).into_owned();
        assert!(!text.contains("17829299968") && !text.contains("Testesen") && !text.contains("1992-02-17"));
    }
}

#[test]
fn the_holder_shows_one_claim_without_the_others() {
    let verden = Verden::ny();
    let kort = verden.issue(&verden.kort());
    let godtatt = verden.kontroller(verden.present(&kort, &["navn"]).expose(), &[], |_| ()).unwrap();
    assert_eq!(godtatt.vist.navn.unwrap().expose(), "Kari Fiktiv Testesen");
    assert!(godtatt.vist.fodselsdato.is_none());
    assert_eq!(godtatt.sperring, Sperring::IkkeKontrollert);
}

#[test]
fn this_mornings_list_still_holds_and_is_said_to_be_old() {
    let verden = Verden::ny();
    let vist = verden.present(&verden.issue(&verden.kort()), &[]);
    let morning = tid("2026-11-22T06:05:00Z");
    let old = verden.liste(&verden.utsteder, ISS, &[], morning);
    let godtatt = verden.kontroller(vist.expose(), std::slice::from_ref(&old), |_| ()).unwrap();
    assert_eq!(godtatt.sperring, Sperring::Gammel { utstedt: morning });
    // Revoked at ten: known as soon as the newer list is there, in whatever order they lie.
    let new = verden.liste(&verden.utsteder, ISS, &[PLASS], tid("2026-11-22T10:30:00Z"));
    let same = verden.liste(&verden.utsteder, ISS, &[], tid("2026-11-22T10:30:00Z"));
    for lister in [[old.clone(), new.clone()], [new.clone(), old], [same.clone(), new.clone()], [new, same]] {
        let avslag = verden.kontroller(vist.expose(), &lister, |_| ()).unwrap_err();
        assert_eq!(avslag, Avslag::Sperreliste(StatusFault::Revoked));
    }
}

#[test]
fn a_card_runs_out_with_the_decision_at_midnight_in_norway() {
    let mut verden = Verden::ny();
    let mut kort = verden.kort();
    kort.gyldighet = Gyldighet::Til("2026-11-24".parse().unwrap());
    let kort = verden.issue(&kort);
    verden.now = tid("2026-11-24T22:59:30Z");
    assert!(verden.kontroller(verden.present(&kort, &[]).expose(), &[], |_| ()).is_ok());
    verden.now = tid("2026-11-24T23:01:00Z");
    let avslag = verden.kontroller(verden.present(&kort, &[]).expose(), &[], |_| ()).unwrap_err();
    assert_eq!(avslag, Avslag::Kort(SdJwtFault::Expired));
}

#[test]
fn a_permanent_card_says_so() {
    let verden = Verden::ny();
    let kort = Kort { gyldighet: Gyldighet::Varig, antall_ledsagere: 2, bilde: None, ..verden.kort() };
    let godtatt = verden.kontroller(verden.present(&verden.issue(&kort), &[]).expose(), &[], |_| ()).unwrap();
    assert_eq!((godtatt.vist.gyldighet, godtatt.vist.antall_ledsagere), (Gyldighet::Varig, 2));
    assert!(godtatt.vist.bilde.is_none() && !godtatt.bilde_stemmer);
}

#[test]
fn a_presentation_does_not_show_in_debug() {
    let verden = Verden::ny();
    let kort = verden.issue(&verden.kort());
    let godtatt = verden.kontroller(verden.present(&kort, &["navn", "fodselsdato"]).expose(), &[], |_| ()).unwrap();
    let text = format!("{:?} {kort:?} {:?} {:?}", verden.kort(), verden.utsteder, godtatt.vist.navn);
    assert!(!text.contains("Testesen") && !text.contains("17829299968") && !text.contains("eyJ"), "{text}");
}

#[test]
fn every_refusal_has_a_code_and_says_what_to_do() {
    let kort = SdJwtFault::ALL.iter().map(|fault| (fault.code(), fault.melding()));
    let innhold = super::Innholdsfeil::ALL.iter().map(|fault| (fault.code(), fault.melding().to_owned()));
    assert_table("KORT.", &kort.chain(innhold).collect::<Vec<_>>());
    let lister: Vec<_> = StatusFault::ALL.iter().map(|fault| (fault.code(), fault.melding())).collect();
    assert_table("SPERRELISTE.", &lister);
}

#[test]
fn the_page_at_the_door_says_the_same() {
    let page = include_str!("../http/docs/assets/kontroll/ord.js");
    let kort = SdJwtFault::ALL.iter().map(|fault| (fault.code(), fault.melding()));
    let lister = StatusFault::ALL.iter().map(|fault| (fault.code(), fault.melding()));
    let innhold = super::Innholdsfeil::ALL.iter().map(|fault| (fault.code(), fault.melding().to_owned()));
    // The page is given no photo file, and WebCrypto has no faults of its own.
    let elsewhere = ["KORT.FEIL_BILDE", "KORT.UTEN_BILDE", "KORT.INTERN_FEIL", "SPERRELISTE.INTERN_FEIL"];
    for (code, melding) in kort.chain(lister).chain(innhold).filter(|(code, _)| !elsewhere.contains(code)) {
        assert!(page.contains(&format!("    '{code}': '{melding}',\n")), "{code}");
        assert_eq!(page.matches(&format!("    '{code}': ")).count(), 2, "{code}: bokmål and English");
    }
}

/// A value of a fixture.
fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name}"))
}

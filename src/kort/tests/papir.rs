//! The card on paper: taken for what it is, and for nothing else.

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::{ISS, LISTE, PLASS, Verden, tid};
use crate::{
    crypto::sd_jwt::{Credential, StatusReference, issue},
    kort::{
        Gyldighet, Utsteder, bildedigest,
        kontroll::Sperring,
        papir::{Papirkort, vct},
        qr::{Kode, Retting},
    },
    system::{Secret, SecretString},
};

fn papirkort(navn: &str, gyldighet: Gyldighet) -> Papirkort {
    Papirkort { navn: Secret::new(navn.to_owned()), antall_ledsagere: 2, gyldighet }
}

fn til() -> Gyldighet {
    Gyldighet::Til("2028-11-22".parse().unwrap())
}

impl Verden {
    fn papir(&self, kort: &Papirkort) -> SecretString {
        let status = StatusReference { uri: LISTE.to_owned(), index: PLASS };
        kort.issue(Utsteder { iss: ISS, nokkel: &self.utsteder }, status, self.now, &self.rng).unwrap()
    }
}

#[test]
fn a_paper_card_is_taken_as_one_until_it_is_revoked() {
    let mut verden = Verden::ny();
    let kort = verden.papir(&papirkort("Kari Fiktiv Testesen", til()));
    let fresh = [verden.liste(&verden.utsteder, ISS, &[], verden.now)];
    let godtatt = verden.kontroller(kort.expose(), &fresh, |grunnlag| grunnlag.utfordring = None).unwrap();
    assert!(godtatt.papir && !godtatt.bilde_stemmer);
    assert_eq!(godtatt.vist.navn.as_ref().unwrap().expose(), "Kari Fiktiv Testesen");
    assert_eq!((godtatt.vist.antall_ledsagere, godtatt.vist.gyldighet), (2, til()));
    assert!(matches!(godtatt.sperring, Sperring::Fersk { .. }));
    // A photo file proves nothing of what is printed.
    let photo = verden.kontroller(kort.expose(), &fresh, |grunnlag| {
        grunnlag.utfordring = None;
        grunnlag.bilde = Some(bildedigest(b"bytes of a photo"));
    });
    assert!(!photo.unwrap().bilde_stemmer);

    let refused = |verden: &Verden, lists: &[String], kort: &SecretString| {
        verden.kontroller(kort.expose(), lists, |grunnlag| grunnlag.utfordring = None).unwrap_err().code()
    };
    let revoked = [verden.liste(&verden.utsteder, ISS, &[PLASS], verden.now)];
    assert_eq!(refused(&verden, &revoked, &kort), "SPERRELISTE.TRUKKET");
    let challenged = verden.kontroller(kort.expose(), &fresh, |_| ()).unwrap_err();
    assert_eq!(challenged.code(), "KORT.IKKE_BUNDET", "paper answers no challenge");

    let varig = verden.papir(&papirkort("Kari Fiktiv Testesen", Gyldighet::Varig));
    verden.now = tid("2028-11-23T00:00:31Z");
    assert_eq!(refused(&verden, &[], &kort), "KORT.UTLOPT");
    verden.now = tid("2060-01-01T00:00:00Z");
    let godtatt = verden.kontroller(varig.expose(), &[], |grunnlag| grunnlag.utfordring = None).unwrap();
    assert_eq!(godtatt.utloper, None, "for ever, unless revoked");
}

#[test]
fn nothing_else_passes_for_a_paper_card() {
    let verden = Verden::ny();
    let fresh = [verden.liste(&verden.utsteder, ISS, &[], verden.now)];
    let credential = |kind: &str, bound: bool, visible: Value| {
        let card = Credential {
            issuer: ISS,
            vct: kind,
            issued_at: verden.now,
            expires_at: Some(verden.now + SignedDuration::from_hours(1)),
            holder: bound.then(|| verden.telefon.public()),
            status: None,
            visible: visible.as_object().unwrap().clone().into(),
            hidden: Map::new().into(),
            decoys: 0,
        };
        issue(&card, &verden.utsteder, &verden.rng).unwrap()
    };
    let claims = || json!({ "navn": "Kari Fiktiv Testesen", "antallLedsagere": 1, "varig": true });
    let paper = vct(ISS);
    let phone = verden.issue(&verden.kort());
    let good = credential(&paper, false, claims());
    let with_binding = {
        let shown = verden.present(&phone, &[]);
        SecretString::new(format!("{}{}", good.expose(), shown.expose().rsplit('~').next().unwrap()))
    };
    for (what, card, code) in [
        ("a phone's card without its key", phone, "KORT.IKKE_BUNDET"),
        (
            "a phone's kind that is bound to nothing",
            credential(&crate::kort::vct(ISS), false, claims()),
            "KORT.IKKE_BUNDET",
        ),
        ("paper's kind that is bound to a phone", credential(&paper, true, claims()), "KORT.IKKE_BUNDET"),
        ("another issuer's kind", credential(&vct("https://annen.example"), false, claims()), "KORT.IKKE_BUNDET"),
        ("nobody's name", credential(&paper, false, json!({ "antallLedsagere": 1, "varig": true })), "KORT.INNHOLD"),
        ("somebody's signature", with_binding, "KORT.INGEN_INNEHAVER"),
    ] {
        let avslag = verden.kontroller(card.expose(), &fresh, |grunnlag| grunnlag.utfordring = None).expect_err(what);
        assert_eq!(avslag.code(), code, "{what}");
    }
    assert!(verden.kontroller(good.expose(), &fresh, |grunnlag| grunnlag.utfordring = None).is_ok());
}

/// On paper 15 % may be unreadable, and a card is 54 mm high.
#[test]
#[expect(clippy::print_stdout, reason = "the figures are the point")]
fn the_code_fits_on_a_card() {
    let verden = Verden::ny();
    for (navn, most) in [("Kari Fiktiv Testesen".to_owned(), 21), ("Åse Fiktiv ".repeat(19).trim().to_owned(), 30)] {
        let kort = verden.papir(&papirkort(&navn, til()));
        let kode = Kode::make(&kort, Retting::Middels).unwrap();
        println!("{} characters: version {}, {} modules", kort.expose().len(), kode.versjon(), kode.bredde());
        assert!(kode.versjon() <= most, "{}", kode.versjon());
    }
}

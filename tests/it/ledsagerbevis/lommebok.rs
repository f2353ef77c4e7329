//! Cards on phones: fetched with a key that the phone keeps, judged with nothing but what is public, and no longer good when
//! the card or the access to it is gone.

use jiff::{SignedDuration, Timestamp};
use meldeport::{
    crypto::{
        es256::SigningKey,
        issuers::TrustedIssuers,
        possession,
        sd_jwt::{Card, Recipient},
        status_list::StatusFault,
    },
    kort::{
        Gyldighet, bildedigest,
        kontroll::{self, Avslag, Godtatt, Grunnlag, Sperring},
    },
    system::{Clock as _, SeededRng},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Answer, Gate, UTSTEDER, answer,
    bevis::{EIER, FORELDER, INNBYGGER, foto, kort, last_opp, logg_inn, nytt, person, utsted},
};

mod innhenting;
mod liste;

on_every_database! {
    a_card_is_judged_with_nothing_but_what_is_public,
    a_revoked_card_is_refused_when_the_list_is_fetched_anew,
    a_guardian_who_was_removed_has_no_card,
    a_copy_that_promises_more_than_its_card_counts_no_longer,
    the_documents_of_an_issuer,
}

const KINO: &str = "https://kino.example";

/// A phone with a key of its own, on which somebody has logged in.
struct Telefon {
    nokkel: SigningKey,
    token: String,
}

impl Telefon {
    async fn new(t: &Gate, seed: u64, telefonnummer: &str) -> Self {
        Self::with(seed, logg_inn(t, telefonnummer).await)
    }

    fn with(seed: u64, token: String) -> Self {
        Self { nokkel: SigningKey::make(&SeededRng::new(seed)).unwrap(), token }
    }

    async fn engangsverdi(&self, t: &Gate) -> String {
        let asked = t.http.post(format!("{}{INNBYGGER}/kort/engangsverdi", t.url)).bearer_auth(&self.token);
        answer(asked).await.json(200)["engangsverdi"].as_str().unwrap().to_owned()
    }

    async fn send(&self, t: &Gate, card: &Value, bevis: &str) -> Answer {
        let path = format!("{}{INNBYGGER}/ledsagerbevis/{}/kort", t.url, card["id"].as_str().unwrap());
        answer(t.http.post(path).bearer_auth(&self.token).json(&json!({ "innehaverbevis": bevis }))).await
    }

    async fn hent(&self, t: &Gate, card: &Value) -> Answer {
        let engangsverdi = self.engangsverdi(t).await;
        self.send(t, card, &possession::prove(&self.nokkel, UTSTEDER, &engangsverdi, t.clock.now()).unwrap()).await
    }

    async fn kort(&self, t: &Gate, card: &Value) -> String {
        self.hent(t, card).await.json(200)["kort"].as_str().unwrap().to_owned()
    }

    /// Shows a card at the cinema.
    fn vis(&self, kort: &str, names: &[&str], at: Timestamp) -> String {
        let to = Recipient { audience: KINO, nonce: "aldri igjen" };
        Card::parse(kort).unwrap().present(names, to, &self.nokkel, at).unwrap().expose().clone()
    }
}

/// What is fetched by whoever checks cards, at the address that the card has for it.
async fn open(t: &Gate, address: &str) -> Answer {
    answer(t.http.get(format!("{}{}", t.url, address.strip_prefix(UTSTEDER).unwrap_or(address)))).await
}

/// What a verifier had fetched the last time it was online.
struct Dor {
    utstedere: TrustedIssuers,
    lister: Vec<String>,
}

impl Dor {
    async fn new(t: &Gate) -> Self {
        let issuers = open(t, "/ledsagerbevis/issuers.json").await;
        assert_eq!(issuers.status, 200, "{}", issuers.text());
        let list = open(t, "/ledsagerbevis/status/1").await;
        Self { utstedere: TrustedIssuers::from_json(&issuers.body).unwrap(), lister: vec![list.text()] }
    }

    fn dom(&self, shown: &str, bilde: Option<[u8; 32]>, now: Timestamp) -> Result<Godtatt, Avslag> {
        let grunnlag = Grunnlag {
            utstedere: &self.utstedere,
            sperrelister: &self.lister,
            bilde,
            mottaker: Some(KINO),
            utfordring: None,
            maks_alder: kontroll::MAKS_ALDER,
            now,
        };
        kontroll::kontroller(shown, &grunnlag)
    }

    /// The verdict on a card that is shown at a time.
    fn ser(&self, telefon: &Telefon, kort: &str, now: Timestamp) -> Result<Godtatt, Avslag> {
        self.dom(&telefon.vis(kort, &[], now), None, now)
    }
}

/// What stands in a signed part, whoever signed it.
fn payload(token: &str) -> Value {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The list and the place that a card has.
fn plass(kort: &str) -> (String, u64) {
    let status = &payload(kort)["status"]["status_list"];
    (status["uri"].as_str().unwrap().to_owned(), status["idx"].as_u64().unwrap())
}

async fn revoker(t: &Gate, card: &Value) {
    let path = kort(t, &format!("/{}", card["id"].as_str().unwrap()));
    let revoked = answer(t.kommune().request(Method::PATCH, path).json(&json!({ "revokertGrunn": "Feil." }))).await;
    assert_eq!(revoked.status, 200);
}

/// Until lists are made anew.
fn wait(t: &Gate) {
    t.clock.advance(SignedDuration::from_secs(10));
}

async fn a_card_is_judged_with_nothing_but_what_is_public(t: &mut Gate) {
    last_opp(t, foto(), Some(EIER.fnr)).await.json(200);
    let card = utsted(t, &nytt()).await;
    let telefon = Telefon::new(t, 1, EIER.telefonnummer).await;
    let fetched = telefon.hent(t, &card).await.json(200);
    assert_eq!(fetched["utloper"], "2027-02-14T12:00:00.000Z", "thirty days");
    let copy = fetched["kort"].as_str().unwrap();
    let own = t.http.get(format!("{}{INNBYGGER}/ledsagerbevis/{}/bilde", t.url, card["id"].as_str().unwrap()));
    let photo = answer(own.bearer_auth(&telefon.token)).await;
    let dor = Dor::new(t).await;
    let now = t.clock.now();
    let seen = dor.dom(&telefon.vis(copy, &[], now), Some(bildedigest(&photo.body)), now).unwrap();
    assert_eq!((seen.utsteder.as_str(), seen.vist.antall_ledsagere, seen.bilde_stemmer), (UTSTEDER, 1, true));
    assert_eq!(seen.vist.gyldighet, Gyldighet::Til("2029-01-15".parse().unwrap()));
    assert_eq!(seen.sperring, Sperring::Fersk { utstedt: now });
    assert!(seen.vist.navn.is_none() && seen.vist.fodselsdato.is_none(), "a ticket seller is shown neither");
    let all = dor.dom(&telefon.vis(copy, &["navn", "fodselsdato", "fodselsnummer"], now), None, now).unwrap();
    assert_eq!(all.vist.navn.unwrap().expose(), EIER.navn);
    assert_eq!(all.vist.fodselsdato.unwrap().to_string(), "1991-04-12");
    // The list was fetched this morning: it still holds, and whoever relies on it is told how old it is.
    let later = |hours: i64| now + SignedDuration::from_hours(hours);
    for hours in [1, 71] {
        let old = dor.ser(&telefon, copy, later(hours)).unwrap();
        assert_eq!(old.sperring, Sperring::Gammel { utstedt: now }, "after {hours} hours");
    }
    let refused = dor.ser(&telefon, copy, later(73)).unwrap_err();
    assert_eq!(refused, Avslag::Sperreliste(StatusFault::Expired));
    let other = Telefon::with(2, String::new());
    assert_eq!(dor.ser(&other, copy, now).unwrap_err().code(), "KORT.FEIL_INNEHAVER", "a copied card");
    assert_eq!(dor.ser(&telefon, copy, later(31 * 24)).unwrap_err().code(), "KORT.UTLOPT");
}

async fn a_revoked_card_is_refused_when_the_list_is_fetched_anew(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    let telefon = Telefon::new(t, 1, EIER.telefonnummer).await;
    let copy = telefon.kort(t, &card).await;
    let before = Dor::new(t).await;
    revoker(t, &card).await;
    wait(t);
    let now = t.clock.now();
    assert!(before.ser(&telefon, &copy, now).is_ok(), "who is offline does not know");
    let after = Dor::new(t).await;
    assert_eq!(after.ser(&telefon, &copy, now).unwrap_err(), Avslag::Sperreliste(StatusFault::Revoked));
    telefon.hent(t, &card).await.problem(404, "LEDSAGERBEVIS.IKKE_FUNNET");
}

async fn a_guardian_who_was_removed_has_no_card(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    let eier = Telefon::new(t, 1, EIER.telefonnummer).await;
    let forelder = Telefon::new(t, 2, FORELDER.telefonnummer).await;
    let copies = [eier.kort(t, &card).await, forelder.kort(t, &card).await];
    assert_ne!(plass(&copies[0]), plass(&copies[1]));
    let path = kort(t, &format!("/{}/forvalter", card["id"].as_str().unwrap()));
    answer(t.kommune().request(Method::PATCH, &path).json(&json!({ "fnr": FORELDER.fnr }))).await.json(201);
    wait(t);
    let (dor, now) = (Dor::new(t).await, t.clock.now());
    assert!(dor.ser(&eier, &copies[0], now).is_ok(), "the owner's is as good as before");
    assert_eq!(dor.ser(&forelder, &copies[1], now).unwrap_err(), Avslag::Sperreliste(StatusFault::Revoked));
    forelder.hent(t, &card).await.problem(404, "LEDSAGERBEVIS.IKKE_FUNNET");
    // Who comes back has the card again.
    let back = json!({ "forvalter": person(FORELDER) });
    answer(t.kommune().request(Method::POST, &path).json(&back)).await.json(201);
    wait(t);
    assert!(Dor::new(t).await.ser(&forelder, &copies[1], t.clock.now()).is_ok());
}

async fn a_copy_that_promises_more_than_its_card_counts_no_longer(t: &mut Gate) {
    let card = utsted(t, &json!({ "eier": person(EIER), "antallLedsagere": 2 })).await;
    let phone = Telefon::new(t, 7, EIER.telefonnummer).await;
    let edit = async |what: Value| {
        let path = kort(t, &format!("/{}/opplysninger", card["id"].as_str().unwrap()));
        answer(t.kommune().request(Method::PATCH, path).json(&what)).await.json(200);
        t.clock.advance(SignedDuration::from_mins(1));
    };
    let verdict = async |copy: &str| {
        let now = t.clock.now();
        Dor::new(t).await.dom(&phone.vis(copy, &[], now), None, now).map(|card| card.vist.antall_ledsagere)
    };
    let two = phone.kort(t, &card).await;
    assert_eq!(verdict(&two).await.unwrap(), 2);
    edit(json!({ "antallLedsagere": 1 })).await;
    assert!(verdict(&two).await.is_err(), "it says two, and the card one");
    let one = phone.kort(t, &card).await;
    assert_eq!(verdict(&one).await.unwrap(), 1);
    edit(json!({ "antallLedsagere": 2, "varig": true })).await;
    assert_eq!(verdict(&one).await.unwrap(), 1, "less than the card says, and still true");
    edit(json!({ "utlopsdato": "2027-03-01", "varig": false })).await;
    assert!(verdict(&one).await.is_err());
    assert_eq!(verdict(&phone.kort(t, &card).await).await.unwrap(), 2, "the same phone, anew");
    assert!(verdict(&two).await.is_err() && verdict(&one).await.is_err(), "and the former ones never again");
}

async fn the_documents_of_an_issuer(t: &mut Gate) {
    let card = utsted(t, &nytt()).await;
    let telefon = Telefon::new(t, 1, EIER.telefonnummer).await;
    let claims = payload(&telefon.kort(t, &card).await);
    assert_eq!((&claims["iss"], &claims["vct"]), (&json!(UTSTEDER), &json!(format!("{UTSTEDER}/ledsagerbevis/v1"))));
    let metadata = open(t, "/.well-known/jwt-vc-issuer").await;
    let keys = metadata.json(200)["jwks"].clone();
    assert_eq!(metadata.json(200), json!({ "issuer": UTSTEDER, "jwks": keys }));
    assert_eq!(open(t, "/ledsagerbevis/issuers.json").await.json(200), json!({ UTSTEDER: keys }));
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
    assert!(keys["keys"][0].get("d").is_none() && keys["keys"][0]["alg"] == "ES256");
    let kind = open(t, claims["vct"].as_str().unwrap()).await.json(200);
    assert_eq!(kind["vct"], claims["vct"]);
    let named: Vec<_> =
        kind["claims"].as_array().unwrap().iter().map(|claim| claim["path"][0].as_str().unwrap()).collect();
    for claim in ["antallLedsagere", "gyldigTil", "navn", "fodselsdato", "fodselsnummer"] {
        assert!(named.contains(&claim), "{claim}");
    }
    for address in ["/.well-known/jwt-vc-issuer", "/ledsagerbevis/issuers.json", "/ledsagerbevis/v1"] {
        let first = open(t, address).await;
        assert_eq!(first.header("access-control-allow-origin"), Some("*"), "{address}");
        assert_eq!(first.header("cache-control"), Some("public, max-age=300"), "{address}");
        let again = t.http.get(format!("{}{address}", t.url)).header("If-None-Match", first.header("etag").unwrap());
        assert_eq!(answer(again).await.status, 304, "{address}");
    }
    open(t, "/.well-known/jwt-vc-issuer/annet").await.problem(404, "FORESPORSEL.UKJENT_ADRESSE");
}

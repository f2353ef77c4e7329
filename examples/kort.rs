//! Cards for other libraries to judge: a fictitious municipality issues one, a phone shows it, and whoever reads the answer
//! finds what a verifier must accept and what it must refuse, with the keys to issue and show cards of its own.
//!
//! ```text
//! cargo run --example kort        # one JSON object on standard output
//! ```
//!
//! Every key is made on the spot and worth nothing; `.ci/wallets` gives the answer to libraries in other languages.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "an example: it stops where it is surprised, and prints"
)]

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use meldeport::{
    crypto::{
        es256::SigningKey,
        issuers::jwks,
        sd_jwt::{self, Card, Credential, Recipient, StatusReference},
        status_list::{self, Publication, StatusList},
    },
    kort::{Gyldighet, Kort, Utsteder, bildedigest, papir::Papirkort, vct},
    system::{Clock as _, OsRng, Secret, SecretString, SystemClock},
};
use openssl::{hash::MessageDigest, pkey::PKey, sign::Signer};
use serde_json::{Value, json};

const ISS: &str = "https://lillevik.example/ledsagerbevis";
const LISTE: &str = "https://lillevik.example/ledsagerbevis/status/1";
const KASSE: &str = "https://kino.example";
const NONCE: &str = "en-utfordring";
const PLASS: u64 = 41;

fn kort() -> Kort {
    Kort {
        navn: Secret::new("Kari Fiktiv Testesen".to_owned()),
        fodselsdato: Some("1992-02-17".parse().unwrap()),
        fodselsnummer: Some(Secret::new("17829299968".to_owned())),
        antall_ledsagere: 1,
        gyldighet: Gyldighet::Varig,
        bilde: Some(bildedigest(b"a photo")),
    }
}

fn private(key: &SigningKey) -> Value {
    serde_json::from_str(key.to_private_jwk().expose()).unwrap()
}

/// One character in the middle of the text is another one.
fn altered(text: &str) -> String {
    let middle = text.len() / 2;
    let other = if text.as_bytes()[middle] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &text[..middle], &text[middle + 1..])
}

/// The card under another algorithm, signed accordingly: `presentation` without its issuer's signature.
fn resigned(presentation: &str, alg: &str, kid: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let (jwt, rest) = presentation.split_once('~').unwrap();
    let header = URL_SAFE_NO_PAD.encode(json!({ "alg": alg, "typ": "dc+sd-jwt", "kid": kid }).to_string());
    let signed = format!("{header}.{}", jwt.split('.').nth(1).unwrap());
    let signature = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
    format!("{signed}.{signature}~{rest}")
}

fn hs256(key: &str, signed: &[u8]) -> Vec<u8> {
    let key = PKey::hmac(key.as_bytes()).unwrap();
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    signer.update(signed).unwrap();
    signer.sign_to_vec().unwrap()
}

/// The name in a disclosure is another one.
fn renamed(disclosure: &str) -> String {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(disclosure).unwrap()).unwrap();
    URL_SAFE_NO_PAD.encode(text.replace("Kari", "Mari"))
}

fn main() {
    let now = SystemClock.now();
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    let [issuer, holder, other] = [(); 3].map(|()| SigningKey::make(&OsRng).unwrap());
    let utsteder = Utsteder { iss: ISS, nokkel: &issuer };
    let issue = |from: Timestamp, to: Timestamp| {
        let status = StatusReference { uri: LISTE.to_owned(), index: PLASS };
        kort().issue(utsteder, holder.public(), status, from, to, &OsRng).unwrap()
    };
    let list = |revoked: bool, from: Timestamp| {
        let list = StatusList::from_revoked((0..20_000).map(|place| place % 11 == 3 || revoked && place == PLASS));
        let times = (from, from + days(1), SignedDuration::from_hours(1));
        let publication =
            Publication { uri: LISTE, issuer: ISS, issued_at: times.0, expires_at: times.1, ttl: times.2 };
        status_list::sign(&list.unwrap(), &publication, &issuer).unwrap()
    };
    let to = Recipient { audience: KASSE, nonce: NONCE };
    let show = |card: &SecretString, names: &[&str], to: Recipient<'_>, key: &SigningKey| {
        Card::parse(card.expose()).unwrap().present(names, to, key, now).unwrap().expose().clone()
    };
    let (card, expired) = (issue(now, now + days(30)), issue(now - days(30), now - days(1)));
    let good = show(&card, &["navn"], to, &holder);
    let parts: Vec<&str> = good.split('~').collect();
    let [jwt, disclosure, binding] = parts[..] else { unreachable!() };
    let all = show(&card, &["navn", "fodselsdato", "fodselsnummer"], to, &holder);
    let added = all.split('~').find(|part| *part != jwt && *part != disclosure).unwrap();
    let (head, signature) = jwt.rsplit_once('.').unwrap();
    let [fresh, revoked, stale] = [list(false, now), list(true, now), list(false, now - days(3))];

    let other_list = {
        let list = StatusList::from_revoked((0..20_000).map(|_| false)).unwrap();
        let times = (now, now + days(1), SignedDuration::from_hours(1));
        let issuer = "https://annen.example/ledsagerbevis";
        let publication = Publication { uri: LISTE, issuer, issued_at: times.0, expires_at: times.1, ttl: times.2 };
        status_list::sign(&list, &publication, &other).unwrap()
    };
    let other_kind = {
        let mut claims = serde_json::Map::new();
        claims.insert("antallLedsagere".to_owned(), 1.into());
        claims.insert("varig".to_owned(), true.into());
        let card = Credential {
            issuer: ISS,
            vct: "https://lillevik.example/lanekort/v1",
            issued_at: now,
            expires_at: Some(now + days(1)),
            holder: Some(holder.public()),
            status: None,
            visible: claims.into(),
            hidden: serde_json::Map::new().into(),
            decoys: 0,
        };
        sd_jwt::issue(&card, &issuer, &OsRng).unwrap()
    };
    let early = issue(now + days(1), now + days(2));
    let long_ago = {
        let at = now - SignedDuration::from_mins(10);
        Card::parse(card.expose()).unwrap().present(&[], to, &holder, at).unwrap().expose().clone()
    };
    let (kid, public) = (issuer.kid(), issuer.public().to_jwk().to_string());

    // The code is ours; `foreign` is false where the libraries leave the matter to their caller.
    let case = |name: &str, presentation: String, status: &str, expected: &str, foreign: bool| json!({ "name": name, "presentation": presentation, "status": status, "expected": expected, "foreign": foreign });
    let cases = [
        case("one claim is shown", good.clone(), &fresh, "GYLDIG", true),
        case("no claim is shown", show(&card, &[], to, &holder), &fresh, "GYLDIG", true),
        case("every claim is shown", all.clone(), &fresh, "GYLDIG", true),
        case(
            "altered signature",
            format!("{head}.{}~{disclosure}~{binding}", altered(signature)),
            &fresh,
            "KORT.SIGNATUR",
            true,
        ),
        case("alg none", resigned(&good, "none", kid, |_| Vec::new()), &fresh, "KORT.ALGORITME", true),
        case(
            "HS256 with the public key",
            resigned(&good, "HS256", kid, |signed| hs256(&public, signed)),
            &fresh,
            "KORT.ALGORITME",
            true,
        ),
        case(
            "altered disclosure",
            format!("{jwt}~{}~{binding}", renamed(disclosure)),
            &fresh,
            "KORT.UKJENT_OPPLYSNING",
            true,
        ),
        case(
            "added disclosure",
            format!("{jwt}~{disclosure}~{added}~{binding}"),
            &fresh,
            "KORT.BINDING_SAMMENDRAG",
            true,
        ),
        case("disclosure taken away", format!("{jwt}~{binding}"), &fresh, "KORT.BINDING_SAMMENDRAG", true),
        case("no key binding", format!("{jwt}~{disclosure}~"), &fresh, "KORT.IKKE_BUNDET", true),
        case("another holder's key", show(&card, &["navn"], to, &other), &fresh, "KORT.FEIL_INNEHAVER", true),
        case(
            "another nonce",
            show(&card, &[], Recipient { nonce: "en annen", ..to }, &holder),
            &fresh,
            "KORT.FEIL_UTFORDRING",
            true,
        ),
        case(
            "shown elsewhere",
            show(&card, &[], Recipient { audience: "https://x.example", ..to }, &holder),
            &fresh,
            "KORT.FEIL_MOTTAKER",
            true,
        ),
        case("shown too long ago", long_ago, &fresh, "KORT.VIST_FOR_LENGE_SIDEN", false),
        case("expired card", show(&expired, &[], to, &holder), &fresh, "KORT.UTLOPT", true),
        case("card of tomorrow", show(&early, &[], to, &holder), &fresh, "KORT.IKKE_GYLDIG_ENNA", true),
        case("another kind of card", show(&other_kind, &[], to, &holder), &fresh, "KORT.FEIL_TYPE", true),
        case("revoked", good.clone(), &revoked, "SPERRELISTE.TRUKKET", true),
        case("expired status list", good.clone(), &stale, "SPERRELISTE.UTLOPT", true),
        case("another issuer's status list", good.clone(), &other_list, "SPERRELISTE.FEIL_UTSTEDER", true),
    ];
    // On paper; the libraries leave its kind to their caller, so only our verifiers judge these.
    let papirkort = Papirkort {
        navn: Secret::new("Kari Fiktiv Testesen".to_owned()),
        antall_ledsagere: 2,
        gyldighet: Gyldighet::Varig,
    };
    let place = StatusReference { uri: LISTE.to_owned(), index: PLASS };
    let papir = papirkort.issue(utsteder, place, now, &OsRng).unwrap().expose().clone();
    let phone = format!("{jwt}~");
    let papir = json!([
        { "name": "on paper", "presentation": papir, "status": fresh, "expected": "GYLDIG" },
        { "name": "on paper, revoked", "presentation": papir, "status": revoked, "expected": "SPERRELISTE.TRUKKET" },
        { "name": "on paper, to a challenge", "presentation": papir, "status": fresh, "expected": "KORT.IKKE_BUNDET", "nonce": NONCE },
        { "name": "a phone's, copied to paper", "presentation": phone, "status": fresh, "expected": "KORT.IKKE_BUNDET" },
    ]);
    let kit = json!({
        "now": now.as_second(),
        "issuer": ISS,
        "vct": vct(ISS),
        "list": LISTE,
        "place": PLASS,
        "audience": KASSE,
        "nonce": NONCE,
        "issuers": { ISS: jwks(&[&issuer]) },
        "issuerKey": private(&issuer),
        "holderKey": private(&holder),
        "otherKey": private(&other),
        "card": card.expose(),
        "cases": cases,
        "papir": papir,
    });
    println!("{kit}");
}

//! Companion cards: good calls of each operation, and what they need.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
pub use meldeport::sandbox::personregister::Oppdiktet;
use meldeport::sandbox::personregister::PERSONER;
use reqwest::{
    Method, RequestBuilder,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use super::{Answer, Gate, answer};

pub const BEVIS: &str = "/digitalt-ledsagerbevis/api/v1";
pub const INNBYGGER: &str = "/digitalt-ledsagerbevis/innbygger/api/v1";

pub const EIER: Oppdiktet = PERSONER[0];
pub const FORELDER: Oppdiktet = PERSONER[1];
pub const HJELPER: Oppdiktet = PERSONER[2];

/// Stands in a path for a card that is still to be issued.
pub const UKJENT: &str = "01890a5d-ac96-774b-bcce-b302099a2001";

pub fn person(of: Oppdiktet) -> Value {
    json!({
        "navn": of.navn,
        "fnr": of.fnr,
        "adresse": { "adressenavn": of.adressenavn, "postnummer": of.postnummer, "poststed": of.poststed },
        "telefonnummer": of.telefonnummer,
    })
}

/// A card for the owner, with a guardian.
pub fn nytt() -> Value {
    json!({
        "eier": person(EIER),
        "antallLedsagere": 1,
        "utlopsdato": "2029-01-15",
        "forvaltere": [person(FORELDER)],
    })
}

/// Where the municipality's cards are.
pub fn kort(t: &Gate, rest: &str) -> String {
    format!("{BEVIS}/organisasjoner/{}/ledsagerbevis{rest}", t.town.kommune.organisasjon.id)
}

pub fn bilder(t: &Gate, rest: &str) -> String {
    format!("{BEVIS}/bilde/organisasjoner/{}{rest}", t.town.kommune.organisasjon.id)
}

/// The municipality's system issues a card.
pub async fn utsted(t: &Gate, body: &Value) -> Value {
    answer(t.kommune().request(Method::POST, kort(t, "")).json(body)).await.json(201)
}

pub async fn last_opp(t: &Gate, bilde: Vec<u8>, fnr: Option<&str>) -> Answer {
    answer(t.kommune().request(Method::POST, bilder(t, "")).multipart(skjema(bilde, fnr))).await
}

pub fn skjema(bilde: Vec<u8>, fnr: Option<&str>) -> Form {
    let form = Form::new().part("bilde", Part::bytes(bilde).file_name("bilde.jpg"));
    fnr.into_iter().fold(form, |form, fnr| form.text("fnr", fnr.to_owned()))
}

/// A small photo.
pub fn foto() -> Vec<u8> {
    let picture = RgbImage::from_fn(120, 160, |x, y| Rgb([200, u8::try_from(x).unwrap(), u8::try_from(y).unwrap()]));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

/// Has a code sent to a number, and gives it; `None` when nothing came.
pub async fn kode(t: &Gate, telefon: &str) -> Option<String> {
    t.send_sms().await;
    t.sms.take();
    assert_eq!(answer(t.http.post(format!("{}{INNBYGGER}/{telefon}", t.url))).await.status, 201);
    t.send_sms().await;
    let sent = t.sms.take();
    let text = sent.first().map(|sent| sent.tekst.clone())?;
    assert_eq!(sent.len(), 1);
    koden(&text)
}

/// The code in a text message.
pub fn koden(tekst: &str) -> Option<String> {
    tekst.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 6).map(str::to_owned)
}

pub fn innlos(t: &Gate, method: Method, telefon: &str, kode: &str) -> RequestBuilder {
    let body = json!({ "otp": kode, "telefonnummer": telefon });
    t.http.request(method, format!("{}{INNBYGGER}/token", t.url)).json(&body)
}

/// Logs in by a code.
pub async fn logg_inn(t: &Gate, telefon: &str) -> String {
    let kode = kode(t, telefon).await.expect("a code");
    let token = answer(innlos(t, Method::POST, telefon, &kode)).await.json(200);
    token["token"].as_str().unwrap().to_owned()
}

/// What a citizen sees.
pub async fn mine(t: &Gate, token: &str) -> Answer {
    answer(t.http.get(format!("{}{INNBYGGER}/ledsagerbevis", t.url)).bearer_auth(token)).await
}

/// Brings about what a good call needs, and gives its path.
pub async fn prepare(t: &Gate, id: &str, path: &str) -> String {
    if id == "sokLedsagerbevis" {
        utsted(t, &nytt()).await;
    }
    if id == "hentBilde" {
        last_opp(t, foto(), Some(EIER.fnr)).await.json(200);
    }
    if !path.contains(UKJENT) {
        return path.to_owned();
    }
    path.replace(UKJENT, utsted(t, &nytt()).await["id"].as_str().unwrap())
}

/// `None` for an operation that has no body, or is not one of these.
pub fn with_body(id: &str, request: &RequestBuilder) -> Option<RequestBuilder> {
    let request = request.try_clone().unwrap();
    Some(match id {
        "opprettLedsagerbevis" => request.json(&nytt()),
        "revokerLedsagerbevis" => request.json(&json!({ "revokertGrunn": "Utstedt ved en feil." })),
        "endreLedsagerbevis" => request.json(&json!({ "antallLedsagere": 2 })),
        "delLedsagerbevis" => request.json(&json!({ "navn": "Fiktiv Mottaker", "telefonnummer": "99999998" })),
        "hentKort" => request.json(&json!({ "innehaverbevis": "ikke et bevis" })),
        "leggTilForvalter" => request.json(&json!({ "forvalter": person(HJELPER) })),
        "fjernForvalter" => request.json(&json!({ "fnr": FORELDER.fnr })),
        "oppslag" | "hentBilde" => request.json(&json!({ "fnr": EIER.fnr })),
        "sokLedsagerbevis" => request.json(&json!({ "navn": "fiktiv ei", "tilstand": "AKTIVT" })),
        "lastOppBilde" => request.multipart(skjema(foto(), Some(EIER.fnr))),
        "hentLedsagerbevisForFiksOrg"
        | "hentLedsagerbevis"
        | "hentLedsagerbevisHistorikk"
        | "hentLedsagerbevisHendelser"
        | "hentLedsagerbevisSomUtloper"
        | "hentKortTilUtskrift"
        | "hentVedtaksbrev"
        | "utstedEngangsverdi" => request,
        _ => return None,
    })
}

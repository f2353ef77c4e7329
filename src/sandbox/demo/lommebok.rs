//! The second act: a companion card from the case worker's screen to a door without coverage, with nothing but the public API
//! and what the phone and the verifier have at hand.

use std::{fs, io::Cursor, time::Duration};

use anyhow::{Context as _, anyhow, bail, ensure};
use image::{ImageFormat, Rgb, RgbImage};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{
    Sandbox,
    narrator::{Narrator, Told},
    play::Party,
};
use crate::{
    app::World,
    client::api,
    crypto::{
        es256::SigningKey,
        issuers::TrustedIssuers,
        possession,
        sd_jwt::{Card, Recipient},
    },
    kort::{
        BILLETTSELGER, Gyldighet, bildedigest,
        kontroll::{self, Avslag, Godtatt, Grunnlag, Sperring},
        qr::{Kode, Retting},
    },
    sandbox::personregister::{Oppdiktet, PERSONER},
    system::{SecretString, rng::random},
};

const SAKSBEHANDLING: &str = "/digitalt-ledsagerbevis/api/v1";
const INNBYGGER: &str = "/digitalt-ledsagerbevis/innbygger/api/v1";
const EIER: Oppdiktet = PERSONER[0];
/// Whom the card is shown to.
const KINO: &str = "https://kino.example";
/// How long after it was last online the door looks at the card again.
const UTEN_NETT: SignedDuration = SignedDuration::from_hours(4);
/// Longest wait for a text message, in tenths of a second.
const PATIENCE: u32 = 150;

/// Plays the second act. An error says which step did not go as it should.
pub async fn second_act(sandbox: &Sandbox, world: &World, narrator: &Narrator) -> anyhow::Result<()> {
    let kommune = Party::new(sandbox, world, &sandbox.town.kommune, &sandbox.kommune_passord)?;
    let act = Act { sandbox, world, narrator, http: api::http_client(None)?, kommune };
    let id = act.issue().await.context("Kommunen fikk ikke utstedt ledsagerbeviset")?;
    let token = act.log_in().await.context("Eieren fikk ikke logget inn")?;
    let phone = act.fetch(&token, &id).await.context("Telefonen fikk ikke hentet kortet")?;
    let mut door = act.get_ready(&phone).await.context("Kinoen fikk ikke gjort seg klar")?;
    act.show(&phone, &door).context("Kortet ble ikke godtatt")?;
    act.revoke(&id).await.context("Kommunen fikk ikke trukket tilbake ledsagerbeviset")?;
    act.show_with_old_list(&phone, &door)
        .context("Kontrollen med den gamle sperrelisten ble en annen enn den skulle")?;
    door.liste = act.list(&phone).await.context("Kinoen fikk ikke hentet sperrelisten på nytt")?;
    act.show_with_new_list(&phone, &door).context("Kontrollen med den nye sperrelisten ble en annen enn den skulle")
}

struct Act<'a> {
    sandbox: &'a Sandbox,
    world: &'a World,
    narrator: &'a Narrator,
    http: reqwest::Client,
    kommune: Party,
}

/// What the owner's phone has.
struct Phone {
    key: SigningKey,
    card: SecretString,
    photo: Vec<u8>,
    /// The address of the list that the card stands in.
    liste: String,
}

/// What the one at the door fetched while there was a network.
struct Door {
    utstedere: TrustedIssuers,
    liste: String,
}

impl Act<'_> {
    fn tell(&self, name: &str, title: &str, facts: Vec<(&str, String)>, curl: Vec<String>) {
        self.narrator.step(Told { name, title, facts, curl });
    }

    fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.base_url)
    }

    /// A call from the municipality's system.
    async fn as_kommune(&self, method: Method, path: &str) -> anyhow::Result<RequestBuilder> {
        let token = self.kommune.api.token().await?;
        let kommune = &self.sandbox.town.kommune;
        let path = path.replace("{org}", &kommune.organisasjon.id.to_string());
        let request =
            self.http.request(method, self.url(&format!("{SAKSBEHANDLING}{path}"))).bearer_auth(token.expose());
        let request = request.header("IntegrasjonId", kommune.integrasjon.to_string());
        Ok(request.header("IntegrasjonPassord", self.sandbox.kommune_passord.expose()))
    }

    fn curl(&self, method: &str, path: &str, rest: &str) -> Vec<String> {
        let path = path.replace("{org}", &self.sandbox.town.kommune.organisasjon.id.to_string());
        vec![format!("curl -X {method} {} {rest}", self.url(&path))]
    }

    async fn issue(&self) -> anyhow::Result<String> {
        let photo = self.as_kommune(Method::POST, "/bilde/organisasjoner/{org}").await?;
        let photo = photo.header("Content-Type", "image/jpeg").body(photo_of_nobody()?);
        let bilde = answer(photo).await?;
        let body = json!({
            "eier": {
                "navn": EIER.navn,
                "fnr": EIER.fnr,
                "telefonnummer": EIER.telefonnummer,
                "adresse": { "adressenavn": EIER.adressenavn, "postnummer": EIER.postnummer, "poststed": EIER.poststed },
            },
            "antallLedsagere": 1,
            "bildeId": text(&bilde, "bildeId")?,
        });
        let path = "/organisasjoner/{org}/ledsagerbevis";
        let issued = answer(self.as_kommune(Method::POST, path).await?.json(&body)).await?;
        let id = text(&issued, "id")?.to_owned();
        let headers = "-H \"Authorization: Bearer $TOKEN\" -H \"IntegrasjonId: $ID\" -H \"IntegrasjonPassord: $PASSORD\" --json @bevis.json";
        let facts = vec![
            ("id", id.clone()),
            ("eier", EIER.navn.to_owned()),
            ("gyldig til", text(&issued, "utlopsdato")?.to_owned()),
        ];
        let curl = self.curl("POST", &format!("{SAKSBEHANDLING}{path}"), headers);
        self.tell("utstedt", "Kommunen utsteder et ledsagerbevis, med bilde", facts, curl);
        Ok(id)
    }

    async fn log_in(&self) -> anyhow::Result<SecretString> {
        answer(self.http.post(self.url(&format!("{INNBYGGER}/{}", EIER.telefonnummer)))).await?;
        let kode = self.code().await?;
        let facts =
            vec![("sms", format!("til +47{}, i mappen {}", EIER.telefonnummer, self.sandbox.smsmappe.display()))];
        let curl = self.curl("POST", &format!("{INNBYGGER}/{}", EIER.telefonnummer), "");
        self.tell("kode", "Eieren ber om en engangskode, som kommer på SMS", facts, curl);
        let body = json!({ "otp": kode, "telefonnummer": EIER.telefonnummer });
        let token = answer(self.http.post(self.url(&format!("{INNBYGGER}/token"))).json(&body)).await?;
        let token = text(&token, "token")?;
        let curl = self.curl("POST", &format!("{INNBYGGER}/token"), "--json @kode.json");
        self.tell("innlogging", "Eieren bytter koden i et token", vec![("varer", "12 timer".to_owned())], curl);
        Ok(SecretString::new(token.to_owned()))
    }

    /// The code that stands in the newest text message with one.
    async fn code(&self) -> anyhow::Result<String> {
        for _ in 0..PATIENCE {
            for file in fs::read_dir(&self.sandbox.smsmappe).into_iter().flatten().flatten() {
                let sms: Value =
                    fs::read(file.path()).ok().and_then(|sms| serde_json::from_slice(&sms).ok()).unwrap_or_default();
                let text = text(&sms, "tekst").unwrap_or_default();
                let code = text.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 6);
                if let (true, Some(code)) = (text.starts_with("Koden din"), code) {
                    return Ok(code.to_owned());
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("det kom ingen SMS med kode")
    }

    async fn fetch(&self, token: &SecretString, id: &str) -> anyhow::Result<Phone> {
        let key = SigningKey::make(&*self.world.rng).map_err(|fault| anyhow!("{}", fault.melding()))?;
        let as_citizen = |request: RequestBuilder| request.bearer_auth(token.expose());
        let issuer = answer(self.http.get(self.url("/.well-known/jwt-vc-issuer"))).await?;
        let issuer = text(&issuer, "issuer")?;
        let given = answer(as_citizen(self.http.post(self.url(&format!("{INNBYGGER}/kort/engangsverdi"))))).await?;
        let nonce = text(&given, "engangsverdi")?;
        let proof =
            possession::prove(&key, issuer, nonce, self.now()).map_err(|fault| anyhow!("{}", fault.melding()))?;
        let path = format!("{INNBYGGER}/ledsagerbevis/{id}");
        let asked = self.http.post(self.url(&format!("{path}/kort"))).json(&json!({ "innehaverbevis": proof }));
        let fetched = answer(as_citizen(asked)).await?;
        let card = SecretString::new(text(&fetched, "kort")?.to_owned());
        let photo = as_citizen(self.http.get(self.url(&format!("{path}/bilde")))).send().await?.error_for_status()?;
        let liste = list_of(&card).context("kortet står ikke i noen sperreliste")?;
        let facts = vec![
            ("utsteder", issuer.to_owned()),
            ("kort", format!("{} tegn, SD-JWT VC", card.expose().len())),
            ("bundet til", "en nøkkel som bare telefonen har".to_owned()),
            ("utløper", text(&fetched, "utloper")?.to_owned()),
        ];
        let rest = "-H \"Authorization: Bearer $INNBYGGERTOKEN\" --json @innehaverbevis.json";
        let curl = self.curl("POST", &format!("{path}/kort"), rest);
        self.tell("kort", "Telefonen henter kortet, og viser at den har nøkkelen", facts, curl);
        Ok(Phone { key, card, photo: photo.bytes().await?.to_vec(), liste })
    }

    async fn list(&self, phone: &Phone) -> anyhow::Result<String> {
        Ok(self.http.get(&phone.liste).send().await?.error_for_status()?.text().await?)
    }

    async fn get_ready(&self, phone: &Phone) -> anyhow::Result<Door> {
        let issuers = self.http.get(self.url("/ledsagerbevis/issuers.json")).send().await?.error_for_status()?;
        let utstedere =
            TrustedIssuers::from_json(&issuers.bytes().await?).map_err(|fault| anyhow!("{}", fault.melding()))?;
        let liste = self.list(phone).await?;
        let facts = vec![("sperreliste", format!("{} tegn, sier ikke hvem noe kort tilhører", liste.len()))];
        let curl = [self.url("/ledsagerbevis/issuers.json"), phone.liste.clone()].map(|url| format!("curl {url}"));
        self.tell(
            "klargjort",
            "Kinoen henter utstederens nøkler og sperrelisten, og går av nett",
            facts,
            curl.to_vec(),
        );
        Ok(Door { utstedere, liste })
    }

    /// What the door makes of what the phone shows at a time, and the picture of it in characters and QR version.
    fn verdict(&self, phone: &Phone, door: &Door, at: Timestamp) -> anyhow::Result<(Result<Godtatt, Avslag>, String)> {
        let card = Card::parse(phone.card.expose()).map_err(|fault| anyhow!("{}", fault.melding()))?;
        let nonce = hex::encode(random::<16>(&*self.world.rng));
        let to = Recipient { audience: KINO, nonce: &nonce };
        let shown = card.present(BILLETTSELGER, to, &phone.key, at).map_err(|fault| anyhow!("{}", fault.melding()))?;
        let code = Kode::make(&shown, Retting::Lav)?;
        let grunnlag = Grunnlag {
            utstedere: &door.utstedere,
            sperrelister: std::slice::from_ref(&door.liste),
            bilde: Some(bildedigest(&phone.photo)),
            mottaker: Some(KINO),
            utfordring: Some(&nonce),
            maks_alder: kontroll::MAKS_ALDER,
            now: at,
        };
        let size = format!("{} tegn, versjon {}", shown.expose().len(), code.versjon());
        Ok((kontroll::kontroller(shown.expose(), &grunnlag), size))
    }

    fn show(&self, phone: &Phone, door: &Door) -> anyhow::Result<()> {
        let (verdict, size) = self.verdict(phone, door, self.now())?;
        let seen = verdict.map_err(|refused| anyhow!("{}", refused.melding()))?;
        ensure!(matches!(seen.sperring, Sperring::Fersk { .. }), "sperrelisten er ikke fersk");
        ensure!(seen.bilde_stemmer && seen.vist.navn.is_none(), "bildet stemmer ikke, eller det ble vist for mye");
        let facts = vec![
            ("dom", "GYLDIG".to_owned()),
            ("ledsagere", seen.vist.antall_ledsagere.to_string()),
            ("gyldig til", until(seen.vist.gyldighet)),
            ("bilde", "hører til kortet".to_owned()),
            ("qr-kode", size),
        ];
        self.tell("gyldig", "Telefonen viser kortet som QR-kode; kinoen kontrollerer det uten nett", facts, Vec::new());
        Ok(())
    }

    async fn revoke(&self, id: &str) -> anyhow::Result<()> {
        let path = format!("/organisasjoner/{{org}}/ledsagerbevis/{id}");
        let body = json!({ "revokertGrunn": "Utstedt ved en feil." });
        answer(self.as_kommune(Method::PATCH, &path).await?.json(&body)).await?;
        let rest = "-H \"Authorization: Bearer $TOKEN\" -H \"IntegrasjonId: $ID\" -H \"IntegrasjonPassord: $PASSORD\" --json @grunn.json";
        let curl = self.curl("PATCH", &format!("{SAKSBEHANDLING}{path}"), rest);
        self.tell("trukket", "Kommunen trekker ledsagerbeviset tilbake", vec![("id", id.to_owned())], curl);
        Ok(())
    }

    fn show_with_old_list(&self, phone: &Phone, door: &Door) -> anyhow::Result<()> {
        let (verdict, _) = self.verdict(phone, door, self.now() + UTEN_NETT)?;
        let seen = verdict.map_err(|refused| anyhow!("{}", refused.melding()))?;
        let Sperring::Gammel { utstedt } = seen.sperring else { bail!("sperrelisten skulle vært for gammel") };
        let facts = vec![
            ("dom", "GYLDIG".to_owned()),
            (
                "advarsel",
                format!("sperrelisten er {} timer gammel; kortet kan være trukket tilbake siden", UTEN_NETT.as_hours()),
            ),
            ("liste fra", utstedt.to_string()),
        ];
        let title = "Fire timer senere, fortsatt uten nett: kinoen kan ikke vite det, og får beskjed om det";
        self.tell("gammel_liste", title, facts, Vec::new());
        Ok(())
    }

    fn show_with_new_list(&self, phone: &Phone, door: &Door) -> anyhow::Result<()> {
        let (verdict, _) = self.verdict(phone, door, self.now())?;
        let Err(refused) = verdict else { bail!("kortet ble godtatt") };
        ensure!(refused.code() == "SPERRELISTE.TRUKKET", "kortet ble avvist av en annen grunn: {}", refused.code());
        let facts = vec![
            ("dom", "IKKE GYLDIG".to_owned()),
            ("kode", refused.code().to_owned()),
            ("melding", refused.melding()),
        ];
        self.tell("ny_liste", "Kinoen har hentet sperrelisten på nytt", facts, vec![format!("curl {}", phone.liste)]);
        Ok(())
    }
}

/// What an operation answered, when it did what it should.
async fn answer(request: RequestBuilder) -> anyhow::Result<Value> {
    let response = request.send().await?;
    let (status, text) = (response.status(), response.text().await?);
    ensure!(status.is_success(), "{status}: {text}");
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

/// A text in an answer.
fn text<'v>(answer: &'v Value, name: &str) -> anyhow::Result<&'v str> {
    answer.get(name).and_then(Value::as_str).with_context(|| format!("svaret mangler {name}"))
}

/// The address of the list that a card stands in, as the phone reads it.
fn list_of(card: &SecretString) -> Option<String> {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let payload = card.expose().split('.').nth(1)?;
    let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    payload.pointer("/status/status_list/uri")?.as_str().map(str::to_owned)
}

fn until(gyldighet: Gyldighet) -> String {
    match gyldighet {
        Gyldighet::Til(dato) => dato.to_string(),
        Gyldighet::Varig => "varig".to_owned(),
    }
}

/// A picture in two colours.
fn photo_of_nobody() -> anyhow::Result<Vec<u8>> {
    let picture = RgbImage::from_fn(240, 320, |x, y| if x < y { Rgb([214, 169, 107]) } else { Rgb([58, 110, 165]) });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg)?;
    Ok(bytes.into_inner())
}

//! A school sends two reports, a municipality fetches, opens and receipts them, and the school sees that they are delivered.

use std::{
    collections::BTreeMap,
    error::Error,
    fmt::Debug,
    fs,
    io::{Cursor, Read},
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use bekymringsmelding::{
    apis::{configuration::Configuration, fagsystem_api, kommune_api, oppslag_api},
    models::{BekymringsmeldingOffentligV2, Format, VentendeMelding},
};
use josekit::{
    jwe,
    jws::{JwsHeader, RS256},
    jwt::{self, JwtPayload},
};
use kryptert::apis::kryptert_api;
use openssl::{base64, cms::CmsContentInfo, pkcs12::Pkcs12, pkey::PKey, x509::X509};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::Value;
use uuid::Uuid;

type Done<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<_> = std::env::args_os().map(PathBuf::from).collect();
    let [_, kit, sealed] = &arguments[..] else { panic!("usage: KITDIR SEALED") };
    if let Err(error) = round_trip(kit, sealed).await {
        eprintln!("FAILED: {error}");
        std::process::exit(1);
    }
}

async fn round_trip(dir: &Path, sealed: &Path) -> Done {
    let kit: Value = serde_json::from_slice(&fs::read(dir.join("kit.json"))?)?;
    let (school_org, municipality_org) = (text(&kit, "/fagsystem/fiksOrgId")?, text(&kit, "/kommune/fiksOrgId")?);
    let kommune = text(&kit, "/kommune/kommunenummer")?;

    let school = connect(dir, &kit, "/fagsystem", "").await?;
    let municipality = connect(dir, &kit, "/kommune", "/kommune").await?;
    say("token", "one for the school, one for the municipality");

    let bydeler = oppslag_api::get_bydeler(&school, kommune).await.map_err(answer)?;
    let names: Vec<_> = bydeler.iter().map(|bydel| format!("{} {}", bydel.bydelsnummer, bydel.bydelsnavn)).collect();
    say("bydeler", names.join(", "));
    let east = bydeler.into_iter().find(|bydel| bydel.bydelsnummer == "02").ok_or("there is no office 02")?;

    // As JSON: the gateway checks it against the form, makes the PDF, signs and seals.
    let sample = fs::read(dir.join("rapport/bekymringsmelding.json"))?;
    let mut report: BekymringsmeldingOffentligV2 = serde_json::from_slice(&sample)?;
    report.bydelsnummer = east.bydelsnummer;
    report.bydelsnavn = east.bydelsnavn;
    report.sendingstidspunkt = jiff::Zoned::now().in_tz("Europe/Oslo")?.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let channel = report.leveringskanal.clone();
    let key = Uuid::new_v4().to_string();
    let plain = fagsystem_api::opprett_offentlig_bekymringsmelding(&school, school_org, kommune, "02", report, Some(&key))
        .await
        .map_err(answer)?
        .uuid
        .to_string();
    say("sent", format!("{plain} to office 02, as JSON"));

    // As multipart: sealed by the sender, so the gateway cannot read it.
    let same = kryptert::apis::configuration::Configuration {
        base_path: school.base_path.clone(),
        client: school.client.clone(),
        ..Default::default()
    };
    let (asice, pdf) = (sealed.join("asice.zip"), sealed.join("bekymringsmelding.pdf"));
    let key = Uuid::new_v4().to_string();
    let secret =
        kryptert_api::opprett_offentlig_bekymringsmelding(&same, school_org, kommune, "01", asice, pdf, Some(&key))
            .await
            .map_err(answer)?
            .uuid
            .to_string();
    say("sent", format!("{secret} to office 01, as multipart, sealed by the sender"));

    let queue = Queue { client: municipality, org: municipality_org, kommune };
    require(queue.wait("02", &plain).await?.format == Format::Jwe, "office 02 takes JWE")?;
    let opened = open_jwe(&queue.download(&plain).await?, &fs::read(dir.join("kommune-02.key.pem"))?)?;
    require(text(&opened, "/leveringskanal")? == channel, "another report came out of the JWE")?;
    queue.receipt(&plain).await?;

    require(queue.wait("01", &secret).await?.format == Format::Asice, "office 01 takes ASiC-E")?;
    let certificate = fs::read(dir.join("kommune.cert.pem"))?;
    let files = open_cms(&queue.download(&secret).await?, &fs::read(dir.join("kommune.key.pem"))?, &certificate)?;
    require(files.get("bekymringsmelding.json") == Some(&sample), "the JSON is not the one that was sent")?;
    queue.receipt(&secret).await?;

    for id in [&plain, &secret] {
        let history = fagsystem_api::get_status_bekymringsmelding(&school, school_org, id).await.map_err(answer)?;
        // As text, whether the document calls it that or lists the values.
        let states: Vec<_> = history.into_iter().map(|event| event.tilstand.to_string()).collect();
        say("status", format!("{id} {}", states.join(" ")));
        require(states.last().is_some_and(|state| state == "LEVERT"), "the last state is not LEVERT")?;
    }
    Ok(())
}

/// A client that has one party's three credentials on every call. `api_key` cannot hold them: the generated code would
/// put the same value in both headers.
async fn connect(dir: &Path, kit: &Value, party: &str, certificate: &str) -> Done<Configuration> {
    let token = token(dir, kit, certificate).await?;
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("authorization", format!("Bearer {token}")),
        ("integrasjonid", text(kit, &format!("{party}/integrasjonId"))?.to_owned()),
        ("integrasjonpassord", text(kit, &format!("{party}/integrasjonPassord"))?.to_owned()),
    ] {
        let mut value = HeaderValue::from_str(&value)?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    let client = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_secs(60))
        .default_headers(headers)
        .build()?;
    let base_path = format!("{}/bekymringsmelding/api/v2", text(kit, "/baseUrl")?);
    Ok(Configuration { base_path, client, ..Configuration::default() })
}

/// A JWT grant (RFC 7523) signed with the virksomhetssertifikat, for a token of two minutes.
async fn token(dir: &Path, kit: &Value, party: &str) -> Done<String> {
    let certificate = |name| text(kit, &format!("{party}/virksomhetssertifikat/{name}")).map(str::to_owned);
    let store = Pkcs12::from_der(&fs::read(dir.join(certificate("fil")?))?)?.parse2(&certificate("passord")?)?;
    let (cert, key) = store.cert.zip(store.pkey).ok_or("the PKCS#12 file has no key with a certificate")?;
    let mut header = JwsHeader::new();
    header.set_claim("x5c", Some(vec![base64::encode_block(&cert.to_der()?)].into()))?;
    let mut claims = JwtPayload::new();
    claims.set_audience(vec![text(kit, "/issuer")?]);
    claims.set_issuer(text(kit, &format!("{party}/clientId"))?);
    claims.set_claim("scope", Some(text(kit, "/scope")?.into()))?;
    claims.set_jwt_id(Uuid::new_v4().to_string());
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    claims.set_claim("iat", Some(now.into()))?;
    claims.set_claim("exp", Some((now + 100).into()))?;
    let signer = RS256.signer_from_pem(key.private_key_to_pem_pkcs8()?)?;
    let assertion = jwt::encode_with_signer(&claims, &header, &signer)?;

    let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion.as_str())];
    let response = reqwest::Client::new().post(text(kit, "/tokenEndpoint")?).form(&form).send().await?;
    require(response.status().is_success(), "Maskinporten refused the grant")?;
    Ok(text(&response.json().await?, "/access_token")?.to_owned())
}

struct Queue<'a> {
    client: Configuration,
    org: &'a str,
    kommune: &'a str,
}

impl Queue<'_> {
    /// Looks through the queue, all pages of it, until the report is there: others may be waiting too.
    async fn wait(&self, bydel: &str, id: &str) -> Done<VentendeMelding> {
        let end = Instant::now() + Duration::from_secs(30);
        let (org, kommune) = (self.org, Some(self.kommune));
        while Instant::now() < end {
            let mut cursor: Option<String> = None;
            loop {
                let page = kommune_api::get_ventende_meldinger(
                    &self.client, org, kommune, Some(bydel), Some(200), cursor.as_deref(), Some(10),
                );
                let page = page.await.map_err(answer)?;
                if let Some(found) = page.meldinger.into_iter().find(|m| m.bekymringsmelding_id.to_string() == id) {
                    say("waiting", format!("{id} for office {bydel} from {}, as {}", found.avsender.navn, found.format));
                    return Ok(found);
                }
                cursor = page.neste_markor.map(|marker| marker.to_string());
                if cursor.is_none() {
                    break;
                }
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        Err(format!("{id} does not wait for office {bydel}").into())
    }

    async fn download(&self, id: &str) -> Done<Vec<u8>> {
        let response = kommune_api::get_innhold(&self.client, self.org, id, None, None, None).await.map_err(answer)?;
        Ok(response.bytes().await?.to_vec())
    }

    async fn receipt(&self, id: &str) -> Done {
        let receipt = kommune_api::post_mottatt(&self.client, self.org, id).await.map_err(answer)?;
        say("receipt", format!("{id} is now {}", receipt.tilstand));
        Ok(())
    }
}

fn open_jwe(content: &[u8], key: &[u8]) -> Done<Value> {
    let decrypter = jwe::RSA_OAEP_256.decrypter_from_pem(key)?;
    let (payload, header) = jwe::deserialize_compact(std::str::from_utf8(content)?, &decrypter)?;
    let form = header.claim("skjema").and_then(Value::as_str).ok_or("the JWE does not say which form it holds")?;
    say("opened", format!("JWE with {}: {form}", header.algorithm().unwrap_or_default()));
    Ok(serde_json::from_slice(&payload)?)
}

/// The files in an encrypted ASiC-E. Whose signature is on it is another question: see java-ks-parts.
fn open_cms(content: &[u8], key: &[u8], certificate: &[u8]) -> Done<BTreeMap<String, Vec<u8>>> {
    let key = PKey::private_key_from_pem(key)?;
    let asice = CmsContentInfo::from_der(content)?.decrypt(&key, &X509::from_pem(certificate)?)?;
    let mut zip = zip::ZipArchive::new(Cursor::new(asice))?;
    let mut files = BTreeMap::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at)?;
        let mut file = Vec::new();
        entry.read_to_end(&mut file)?;
        files.insert(entry.name().to_owned(), file);
    }
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    say("opened", format!("CMS and ASiC-E: {}", names.join(", ")));
    Ok(files)
}

fn text<'a>(json: &'a Value, pointer: &str) -> Done<&'a str> {
    Ok(json.pointer(pointer).and_then(Value::as_str).ok_or_else(|| format!("there is no text {pointer}"))?)
}

/// What the gateway answered: the generated errors print nothing but the status.
fn answer(error: impl Debug) -> Box<dyn Error> {
    format!("{error:?}").into()
}

fn require(condition: bool, otherwise: &str) -> Done {
    if condition { Ok(()) } else { Err(otherwise.into()) }
}

fn say(what: &str, text: impl AsRef<str>) {
    println!("{what:<8} {}", text.as_ref());
}

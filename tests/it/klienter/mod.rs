//! Recorded clients: for each published minor, what a client that was made for it asks, and the parts of the answers
//! that it relies on. Each is played against this gateway; what it relied on once must be there for ever.
//!
//! A recording is `versions/<service>/vN/klient-X.Y.0.json`: steps in order, each with who calls (`som`), the call, what is
//! sent, the status, the parts of the answer (`svar`, see [`svar`]) and of the headers (`hoder`), and what of the answer
//! is kept under a name for later steps (`ta`, JSON Pointers), which name it as `{name}`. Between two steps the gateway
//! does its jobs and sends its text messages: `{kode}` is the code in the last one. `{innehaverbevis}` is the phone's answer to
//! the challenge that was taken as `{engangsverdi}`. CONTRIBUTING says how one is recorded.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use meldeport::{
    crypto::{certificate::Certificate, es256::SigningKey, possession},
    model::{melding::Kanal, rolle::Rolle},
    system::{Clock as _, SeededRng},
    versions::{Manifest, Status, Versjonert},
};
use reqwest::{
    Method, RequestBuilder,
    multipart::{Form, Part},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    ledsagerbevis::kortbrev::{self, ventende_brev},
    support::{Answer, Gate, PRINT, Report, Svarinn, UTSTEDER, answer, bevis, start_of_tests},
};

mod opptak;
mod svar;

on_every_database! {
    every_recorded_client_is_served_as_before,
    a_client_that_misses_a_part_is_told_where,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Opptak {
    /// What the client is and does, for readers.
    om: String,
    /// What waits for the municipality before the first step.
    #[serde(skip_serializing_if = "Option::is_none")]
    venter: Option<Venter>,
    steg: Vec<Steg>,
}

/// So many reports in this channel, called `{melding1}`, `{melding2}` …
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Venter {
    kanal: String,
    antall: usize,
    /// So many letters with companion cards, called `{kortbrev1}` …, of `{ledsagerbevis1}` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kortbrev: Option<usize>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Steg {
    navn: String,
    /// `avsender`, `kommune`, `utskrift`, `saksbehandler`, `svarinn`, `portal`, `innbygger` (with what was taken as
    /// `{token}`) or `ingen`.
    som: String,
    /// Method and path below the version's.
    kall: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    sender_hoder: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    json: Option<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    deler: Vec<Del>,
    status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    hoder: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    svar: Option<Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    ta: BTreeMap<String, String>,
}

/// A part of a multipart body.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Del {
    navn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filnavn: Option<String>,
    innholdstype: String,
    /// `@asice` or `@brev`: sealed to the certificates that were taken as `{nokkel}` and `{printnokkel}`. `@bilde`: a photo.
    /// Or a text.
    innhold: String,
}

/// A client on its way through its steps.
struct Klient<'t> {
    t: &'t Gate,
    versjonert: Versjonert,
    svarinn: Option<Svarinn>,
    /// What it has kept.
    navn: BTreeMap<String, Value>,
    /// What it has sealed last.
    report: Option<Report>,
}

/// Every recording, with the version that it is of.
fn recordings() -> Vec<(Versjonert, PathBuf)> {
    let mut found = Vec::new();
    for version in Versjonert::ALL {
        let major = version.name().rsplit_once("-v").unwrap().1;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("versions").join(version.tjeneste());
        let mut files: Vec<PathBuf> = fs::read_dir(folder.join(format!("v{major}")))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("klient-"))
            .collect();
        files.sort();
        found.extend(files.into_iter().map(|path| (version, path)));
    }
    found
}

fn read(path: &Path) -> Opptak {
    let text = fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_minor_has_its_recorded_client() {
    let recorded: Vec<PathBuf> = recordings().into_iter().map(|(_, path)| path).collect();
    for version in Versjonert::ALL {
        let Manifest { version: number, status, .. } = version.manifest();
        // Nobody has made a client of what may still change.
        if status == Status::Draft {
            continue;
        }
        let number: semver::Version = number.parse().unwrap();
        let folder = PathBuf::from(format!("versions/{}/v{}", version.tjeneste(), number.major));
        for minor in 0..=number.minor {
            let name = folder.join(format!("klient-{}.{minor}.0.json", number.major));
            assert!(recorded.iter().any(|path| path.ends_with(&name)), "{} is not recorded", name.display());
        }
    }
}

async fn every_recorded_client_is_served_as_before(t: &mut Gate) {
    for (version, path) in recordings() {
        let mut opptak = read(&path);
        let record = std::env::var_os("MELDEPORT_OPPTAK").is_some();
        let wrong = play(t, version, &mut opptak, record).await;
        if record {
            fs::write(&path, serde_json::to_string_pretty(&opptak).unwrap() + "\n").unwrap();
        }
        assert!(wrong.is_empty(), "{}:\n{}", path.display(), wrong.join("\n"));
    }
}

/// Plays the steps. Gives what was not as it had been, and with `record` writes down the answers of steps that have none.
async fn play(t: &Gate, versjonert: Versjonert, opptak: &mut Opptak, record: bool) -> Vec<String> {
    let mut klient = Klient::begin(t, versjonert, opptak.venter.as_ref()).await;
    let mut wrong = Vec::new();
    for steg in &mut opptak.steg {
        let answer = klient.call(steg).await;
        if record && steg.svar.is_none() {
            steg.svar = opptak::shape(&answer, &klient.navn);
        }
        let faults = klient.compare(steg, &answer);
        wrong.extend(faults.into_iter().map(|fault| format!("{} ({}): {fault}", steg.navn, steg.kall)));
        if answer.status != steg.status {
            // What comes after has nothing to go on.
            break;
        }
        klient.keep(steg, &answer);
        klient.t.run_jobs().await;
        klient.read_messages().await;
        // What a step makes is newer than what the one before it made.
        t.clock.advance(jiff::SignedDuration::from_millis(1));
    }
    tidy(t).await;
    wrong
}

/// What a client leaves behind is not the next one's.
async fn tidy(t: &Gate) {
    t.set_kanal(0, Kanal::Fagsystem).await;
    for id in t.waiting().await {
        t.kommune().post(t.queue(format!("/{id}/mottatt"))).await.json(200);
    }
    kortbrev::send(t).await;
    for kind in ["brev", "kortbrev"] {
        let printer = t.caller(&t.town.utskrift);
        let waiting = printer.get(format!("{PRINT}/{kind}")).await.json(200);
        for letter in waiting["brev"].as_array().unwrap() {
            let id = letter["brevId"].as_str().unwrap();
            printer.post(format!("{PRINT}/{kind}/{id}/postlagt")).await.json(200);
        }
    }
    t.run_jobs().await;
}

impl<'t> Klient<'t> {
    async fn begin(t: &'t Gate, versjonert: Versjonert, venter: Option<&Venter>) -> Self {
        let town = t.town;
        let mut navn: BTreeMap<String, Value> = [
            ("kommunenummer", json!(town.kommunenummer.as_str())),
            ("avsenderId", json!(town.skole.organisasjon.id)),
            ("kommuneId", json!(town.kommune.organisasjon.id)),
            ("kontoId", json!(t.kontor(0).bydel.konto.id)),
            ("ressursId", json!(t.kontor(0).bydel.id)),
            ("ukjent", json!(t.ids.uuid())),
            ("tilfeldig", json!(t.ids.uuid())),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        let mut svarinn = None;
        if let Some(Venter { kanal, antall, kortbrev: cards }) = venter {
            for n in 1..=cards.unwrap_or(0) {
                let (bevis, brev) = ventende_brev(t).await;
                navn.insert(format!("ledsagerbevis{n}"), bevis.into());
                navn.insert(format!("kortbrev{n}"), brev.into());
                t.clock.advance(jiff::SignedDuration::from_millis(1));
            }
            let letters = kanal == "PRINT";
            let kanal: Kanal = if letters { Kanal::Fagsystem } else { kanal.parse().unwrap() };
            if kanal == Kanal::Svarinn {
                svarinn = Some(t.svarinn(0).await);
            }
            if kanal == Kanal::ManuellMottak {
                t.case_worker("21868499143", Rolle::Bruker, Some(0)).await;
            }
            for n in 1..=*antall {
                let (id, _) = t.deliver_in(kanal).await;
                if letters {
                    let failed = t.kommune().request(Method::POST, t.queue(format!("/{id}/feilet")));
                    answer(failed.json(&json!({ "melding": "Feil 17" }))).await.json(200);
                    t.run_jobs().await;
                }
                navn.insert(format!("melding{n}"), id.into());
                t.clock.advance(jiff::SignedDuration::from_millis(1));
            }
        }
        Self { t, versjonert, svarinn, navn, report: None }
    }

    /// A text with what has been kept in the place of its name.
    fn filled(&self, text: &str) -> String {
        let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.navn
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), &shown(value)))
    }

    fn filled_json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.filled(text).into(),
            Value::Array(items) => items.iter().map(|item| self.filled_json(item)).collect(),
            Value::Object(object) => {
                object.iter().map(|(name, value)| (name.clone(), self.filled_json(value))).collect()
            }
            other => other.clone(),
        }
    }

    fn request(&self, som: &str, method: Method, path: &str) -> RequestBuilder {
        let t = self.t;
        match som {
            "avsender" => t.skole().request(method, path),
            "kommune" => t.kommune().request(method, path),
            "utskrift" => t.caller(&t.town.utskrift).request(method, path),
            "saksbehandler" => t.saksbehandler("21868499143").request(method, path),
            "portal" => {
                let mut portal = t.skole();
                portal.token = t.person(|_| {});
                portal.request(method, path)
            }
            "svarinn" => {
                let account = self.svarinn.as_ref().expect("`venter` in the channel SVARINN");
                t.http
                    .request(method, format!("{}{path}", t.url))
                    .basic_auth(account.integrasjon, Some(&account.passord))
            }
            "innbygger" => {
                let token = self.navn.get("token").and_then(Value::as_str).expect("a {token}");
                t.http.request(method, format!("{}{path}", t.url)).bearer_auth(token)
            }
            "ingen" => t.http.request(method, format!("{}{path}", t.url)),
            other => panic!("who is {other}?"),
        }
    }

    async fn call(&mut self, steg: &Steg) -> Answer {
        let (method, path) = steg.kall.split_once(' ').expect("a method and a path");
        let path = format!("{}{}", self.versjonert.prefix(), self.filled(path));
        assert!(!path.contains('{'), "{}: {path}", steg.navn);
        let mut request = self.request(&steg.som, method.parse().unwrap(), &path);
        for (name, value) in &steg.sender_hoder {
            request = request.header(name, self.filled(value));
        }
        if let Some(body) = &steg.json {
            self.answer_challenge();
            request = request.json(&self.filled_json(body));
        }
        if !steg.deler.is_empty() {
            request = request.multipart(self.form(steg));
        }
        answer(request).await
    }

    /// What the phone signs, when it has been given a challenge.
    fn answer_challenge(&mut self) {
        let Some(challenge) = self.navn.get("engangsverdi").and_then(Value::as_str) else { return };
        let key = SigningKey::make(&SeededRng::new(1)).unwrap();
        let proof = possession::prove(&key, UTSTEDER, challenge, self.t.clock.now()).unwrap();
        self.navn.insert("innehaverbevis".to_owned(), proof.into());
    }

    async fn read_messages(&mut self) {
        self.t.send_sms().await;
        if let Some(kode) = self.t.sms.take().iter().rev().find_map(|sent| bevis::koden(&sent.tekst)) {
            self.navn.insert("kode".to_owned(), kode.into());
        }
    }

    /// Seals a report to the certificates that the client was given; what is sent again (`… igjen`) is the same bytes.
    fn form(&mut self, steg: &Steg) -> Form {
        let again = steg.navn.ends_with("igjen");
        let sealed = steg.deler.iter().any(|del| ["@asice", "@brev"].contains(&&*del.innhold));
        if sealed && (!again || self.report.is_none()) {
            let certificate = |name: &str| {
                let pem = self.navn.get(name).and_then(Value::as_str);
                Certificate::from_pem(pem.unwrap_or_else(|| panic!("no {name}")).as_bytes()).unwrap()
            };
            let (office, print) = (certificate("nokkel"), certificate("printnokkel"));
            self.report = Some(Report::seal(&office, &print, start_of_tests(), &*self.t.rng));
        }
        let sealed = || self.report.as_ref().unwrap();
        let part = |del: &Del| {
            let bytes = match &*del.innhold {
                "@asice" => sealed().asice.clone(),
                "@brev" => sealed().letter.clone(),
                "@bilde" => bevis::foto(),
                text => text.as_bytes().to_vec(),
            };
            let part = Part::bytes(bytes).mime_str(&del.innholdstype).unwrap();
            del.filnavn.iter().fold(part, |part, name| part.file_name(name.clone()))
        };
        steg.deler.iter().fold(Form::new(), |form, del| form.part(del.navn.clone(), part(del)))
    }

    /// What the client relied on and did not get.
    fn compare(&self, steg: &Steg, answer: &Answer) -> Vec<String> {
        if answer.status != steg.status {
            return vec![format!("status {} i stedet for {}: {}", answer.status, steg.status, answer.text())];
        }
        let mut faults = Vec::new();
        for (name, expected) in &steg.hoder {
            let (expected, actual) = (Value::from(self.filled(expected)), answer.header(name).map(Value::from));
            svar::compare(&expected, actual.as_ref(), &format!("hodet {name}"), &mut faults);
        }
        match &steg.svar {
            Some(Value::String(bytes)) if bytes == "@asice" => {
                let sealed = self.report.as_ref().map(|report| &report.asice[..]);
                if sealed != Some(&answer.body[..]) {
                    faults.push("innholdet er ikke det som ble sendt".to_owned());
                }
            }
            Some(expected) => {
                let actual = serde_json::from_slice(&answer.body).ok();
                svar::compare(&self.filled_json(expected), actual.as_ref(), "", &mut faults);
            }
            None => {}
        }
        faults
    }

    fn keep(&mut self, steg: &Steg, answer: &Answer) {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        for (name, place) in &steg.ta {
            let value = body.pointer(place).unwrap_or_else(|| panic!("{}: nothing at {place}", steg.navn));
            self.navn.insert(name.clone(), value.clone());
        }
    }
}

/// The player itself: a recording that relies on more than the gateway gives must fail, and say where.
async fn a_client_that_misses_a_part_is_told_where(t: &mut Gate) {
    let session = |svar: Value| -> Opptak {
        let steg = json!({
            "navn": "finn kontorene", "som": "avsender", "kall": "GET /kommuner/{kommunenummer}/bydeler",
            "status": 200, "svar": svar,
        });
        serde_json::from_value(json!({ "om": "prøve", "steg": [steg] })).unwrap()
    };
    let version = Versjonert::BekymringsmeldingV2;
    let good = json!([{ "bydelsnummer": "01", "standardMottaker": "<boolsk>" }]);
    assert_eq!(play(t, version, &mut session(good), false).await, Vec::<String>::new());
    for (relied_on, told) in [
        (json!([{ "adresse": "<tekst>" }]), "/0/adresse"),
        (json!([{ "bydelsnummer": "17" }]), "/0/bydelsnummer"),
        (json!([{ "bydelsnummer": "<heltall>" }]), "/0/bydelsnummer"),
        (json!([{}, {}, {}, {}, {}, {}]), "/5"),
        (json!({ "bydeler": [] }), "/"),
    ] {
        let wrong = play(t, version, &mut session(relied_on), false).await.join("\n");
        assert!(wrong.contains(&format!("{told}: ")), "{told}: {wrong}");
    }
    let mut session = session(Value::Null);
    session.steg[0].svar = None;
    session.steg[0].hoder.insert("x-finnes-ikke".to_owned(), "<tekst>".to_owned());
    assert!(play(t, version, &mut session, false).await.join("").contains("hodet x-finnes-ikke: mangler"));
    session.steg[0].hoder.clear();
    session.steg[0].status = 204;
    assert!(play(t, version, &mut session, false).await.join("").contains("status 200 i stedet for 204"));
}

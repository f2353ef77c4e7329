//! Setting a municipality up: good calls of each operation, and what they need.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::SignedDuration;
use meldeport::{
    crypto::{certificate::PrivateKey, cms, sha256},
    model::{
        FiksOrgId, IntegrasjonId, NokkelbevisId, integrasjon::Privilegium, kommune::SvarinnKonto, nokkel::Nokkelbevis,
    },
    store,
    system::Clock as _,
    versions::Versjonert,
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, Caller, Gate, V1, V2, answer, calls, fixture};
use crate::coverage::Seen;

/// An integration of the municipality's that nobody calls with: the second office's access to the SvarInn look-alike.
pub const RESERVE: IntegrasjonId = IntegrasjonId(Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_1001));
const BEVIS: NokkelbevisId = NokkelbevisId(Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_1002));
const SVAR: [u8; 32] = [7; 32];

/// The second office is the one that is changed: reports go to the first.
pub fn path(t: &Gate, path: &str) -> String {
    path.replace("{ressursId}", &t.kontor(1).bydel.id.to_string())
        .replace("{integrasjonId}", &RESERVE.to_string())
        .replace("{nokkelbevisId}", &BEVIS.to_string())
}

/// A postal address in version 2.
pub fn address() -> Value {
    json!({ "navn": "Lillevik barnevern", "adresselinje1": "Fiktivgata 2", "postnummer": "9998", "poststed": "LILLEVIK" })
}

/// A new office in version 2, whose case system fetches from the queue.
pub fn office(nummer: &str, pem: &str) -> Value {
    json!({
        "bydelsnummer": nummer,
        "bydelsnavn": format!("Lillevik {nummer} barnevern"),
        "konto": { "fagsystem": "VISMA_FAMILIA", "stottetVersjon": "V2", "fiksioKonto": { "offentligNokkel": pem } },
        "adresse": address(),
        "kontaktinformasjon": { "eposter": [format!("barnevern-{nummer}@lillevik.example")] },
    })
}

/// The same in version 1.
pub fn office_v1(nummer: &str, pem: &str) -> Value {
    json!({
        "bydelsnummer": nummer,
        "bydelsnavn": format!("Lillevik {nummer} barnevern"),
        "konto": { "type": "FIKS_IO", "offentligNokkel": { "nokkel": pem } },
        "kontaktinformasjon": {
            "telefon": "+47 22 33 44 55",
            "epost": format!("barnevern-{nummer}@lillevik.example"),
            "postadresseNavn": "Lillevik barnevern",
            "postadresseAdresselinje1": "Fiktivgata 2",
            "postadressePostnr": "9998",
            "postadressePoststed": "LILLEVIK",
        },
    })
}

pub fn with_body(t: &Gate, id: &str, request: RequestBuilder) -> RequestBuilder {
    let pem = t.kontor(1).nokkel.certificate.to_pem();
    let office_id = t.kontor(1).bydel.id.to_string();
    let is_v1 = request.try_clone().unwrap().build().unwrap().url().path().contains("/v1/");
    match id {
        "createBydel" if is_v1 => request.json(&office_v1("55", &pem)),
        "createBydel" => request.json(&office("55", &pem)),
        "updateBydel" => request.json(&office_v1("02", &pem)),
        "updateBydelInfo" => request.json(&json!({ "bydelsnavn": "Lillevik øst" })),
        "updateAdresse" => request.json(&address()),
        "updateKontaktinformasjon" => request.json(&json!({ "eposter": ["ny@lillevik.example"] })),
        "updateKonto" => request.json(&office("02", &pem)["konto"]),
        "bekreftNokkelbevis" => request.json(&json!({ "svar": STANDARD.encode(SVAR) })),
        "lagPassord" => request.query(&[("integrasjonstype", "FIKS_IO")]),
        "aktiverBydeler" | "deaktiverBydeler" | "getBydelerByRessursId" => {
            request.query(&[("ressursIder", &office_id)])
        }
        "hentBydelerByRessursId" => request.json(&json!([office_id])),
        "aktiverBydel"
        | "deaktiverBydel"
        | "updateStandardMottaker"
        | "getStandardMottaker"
        | "getBydelerKonfigurasjon"
        | "getBydelerEnkel"
        | "getBydelerByBydelsnummer"
        | "getBydelByRessursId"
        | "getBydelerBySok"
        | "getBydelByIntegrasjonId"
        | "getFagsystemStottedeVersjoner" => request,
        other => panic!("{other} is new: say here how it is called"),
    }
}

pub fn success(id: &str) -> u16 {
    match id {
        "createBydel" => 201,
        "aktiverBydel"
        | "aktiverBydeler"
        | "deaktiverBydel"
        | "deaktiverBydeler"
        | "updateStandardMottaker"
        | "updateBydel"
        | "updateBydelInfo"
        | "updateAdresse"
        | "updateKontaktinformasjon" => 204,
        _ => 200,
    }
}

/// Brings about what a good call needs.
pub async fn prepare(t: &Gate, id: &str) {
    match id {
        "createBydel" => t.database.execute("DELETE FROM bydel WHERE bydelsnummer = '55'").await,
        "bekreftNokkelbevis" => waiting_key(t).await,
        "lagPassord" | "getBydelByIntegrasjonId" => reserve(t).await,
        _ => {}
    }
}

async fn waiting_key(t: &Gate) {
    let office = t.kontor(1);
    let bevis = Nokkelbevis {
        id: BEVIS,
        bydel: office.bydel.id,
        pem: office.nokkel.certificate.to_pem(),
        utfordring: vec![0x30],
        svar_sha256: sha256(&SVAR),
        utloper: t.clock.now() + SignedDuration::from_hours(1),
        forsok: 0,
    };
    let work = t
        .services()
        .store
        .write("test", bevis, |tx, bevis| Box::pin(async move { store::nokkelbevis::replace(tx, bevis).await }));
    work.await.unwrap();
}

async fn reserve(t: &Gate) {
    let (organisasjon, office) = (t.town.kommune.organisasjon.id, t.kontor(1).bydel.id);
    let work = t.services().store.write("test", (organisasjon, office), |tx, (organisasjon, office)| {
        Box::pin(async move {
            let privileges = [(*organisasjon, Privilegium::Hent)];
            store::integrasjon::save(tx, RESERVE, *organisasjon, "Reserve", true, &privileges).await?;
            let mut bydel = store::kommune::bydel_med_id(tx, *office).await?.unwrap();
            bydel.konto.svarinn = Some(SvarinnKonto { integrasjon: RESERVE, organisasjonsnummer: None });
            store::bydel::update(tx, &bydel).await
        })
    });
    work.await.unwrap();
}

/// The statuses of the table that a good call does not show.
pub async fn each_status(t: &Gate, seen: &mut Seen) {
    let unknown = t.ids.uuid().to_string();
    for call in calls(t, "").into_iter().filter(|call| call.path.contains("/konfigurasjon/")) {
        let method: Method = call.row.method.parse().unwrap();
        let elsewhere = call.path.replace(&t.town.kommune.organisasjon.id.to_string(), &unknown);
        let mut requests = vec![call.with_body(t, t.kommune().request(method.clone(), elsewhere))];
        if call.row.feil.contains(&415) {
            requests.push(t.kommune().request(method.clone(), &call.path).body("x"));
            requests.push(t.kommune().request(method, &call.path).json(&"x".repeat(70_000)));
        }
        for request in requests {
            seen.add(call.version, call.row.id, answer(request).await.status);
        }
    }
    let kommune = Oppsett::of(t);
    let (first, second) = (t.kontor(0).bydel.id.to_string(), t.kontor(1).bydel.id.to_string());
    let third = text(&kommune.create(&office("03", &certificate("kommune-b-enc-rsa2048"))).await["ressursId"]);
    let at = |id: &str, rest: &str| format!("/bydeler/{id}{rest}");
    let pem = t.kontor(1).nokkel.certificate.to_pem();
    let manual = json!({ "fagsystem": "MANUELL_MOTTAK", "manuellMottakKonto": { "varselEposter": [] } });
    let nobody = json!({ "eposter": [] });
    let all = format!("?ressursIder={third}");
    for (id, method, version, rest, body, status) in [
        ("createBydel", Method::POST, V2, "/bydeler".to_owned(), Some(office("01", &pem)), 409),
        ("createBydel", Method::POST, V1, "/bydeler".to_owned(), Some(office_v1("04", "hei")), 422),
        ("updateBydel", Method::PUT, V1, at(&second, ""), Some(office_v1("01", &pem)), 409),
        ("updateBydel", Method::PUT, V1, at(&second, ""), Some(office_v1("02", "hei")), 422),
        ("updateBydelInfo", Method::PATCH, V2, at(&second, ""), Some(json!({ "bydelsnummer": "01" })), 409),
        ("updateKontaktinformasjon", Method::PUT, V2, at(&second, "/kontaktinformasjon"), Some(nobody.clone()), 204),
        ("updateKonto", Method::PUT, V2, at(&second, "/konto"), Some(manual), 409),
        ("updateKonto", Method::PUT, V2, at(&second, "/konto"), Some(office("02", "hei")["konto"].clone()), 422),
        ("updateKontaktinformasjon", Method::PUT, V2, at(&first, "/kontaktinformasjon"), Some(nobody), 204),
        ("deaktiverBydel", Method::PUT, V2, at(&first, "/deaktiver"), None, 409),
        ("deaktiverBydeler", Method::PUT, V2, format!("/bydeler/deaktiver?ressursIder={first}"), None, 409),
        ("aktiverBydel", Method::PUT, V2, at(&third, "/aktiver"), None, 409),
        ("aktiverBydeler", Method::PUT, V2, format!("/bydeler/aktiver{all}"), None, 409),
        ("updateStandardMottaker", Method::PUT, V2, at(&third, "/standardmottaker"), None, 409),
    ] {
        let answer = kommune.call(method, version, &rest, body.as_ref()).await;
        assert_eq!(answer.status, status, "{id}: {}", answer.text());
        seen.add(Versjonert::BekymringsmeldingV2, id, status);
    }
    // With nobody else to warn either.
    t.database.execute("UPDATE bydel SET varsel_eposter = '[]', eposter = '[\"a@b.example\"]'").await;
    let nobody = kommune.put(V2, &at(&first, "/kontaktinformasjon"), &json!({ "eposter": [] })).await;
    nobody.problem(409, "KONFIGURASJON.BYDEL_UFERDIG");
    seen.add(Versjonert::BekymringsmeldingV2, "updateKontaktinformasjon", 409);
    let waiting = kommune.office(&third).await;
    let wrong = kommune.answer_challenge(&waiting, &"A".repeat(43)).await;
    wrong.problem(400, "KONFIGURASJON.UGYLDIG");
    let wrong = kommune.answer_challenge(&waiting, &format!("{}=", "A".repeat(43))).await;
    wrong.problem(422, "NOKKELBEVIS.FEIL_SVAR");
    seen.add(Versjonert::BekymringsmeldingV2, "bekreftNokkelbevis", 422);
}

/// Someone who sets up one organisation's offices.
#[derive(Debug, Clone)]
pub struct Oppsett {
    pub caller: Caller,
    /// A person instead of the system.
    pub person: Option<String>,
    pub organisasjon: FiksOrgId,
}

impl Oppsett {
    /// The town's municipality, by its own system.
    pub fn of(t: &Gate) -> Self {
        Self { caller: t.kommune(), person: None, organisasjon: t.town.kommune.organisasjon.id }
    }

    /// A call below the organisation's part: `/bydeler`, `/bydeler/ID/konto` …
    pub async fn call(&self, method: Method, version: &str, rest: &str, body: Option<&Value>) -> Answer {
        self.at(method, format!("{version}/konfigurasjon/{}{rest}", self.organisasjon), body).await
    }

    /// A call to an address that names no organisation.
    pub async fn at(&self, method: Method, path: String, body: Option<&Value>) -> Answer {
        let request = match &self.person {
            None => self.caller.request(method, path),
            Some(token) => self.caller.http.request(method, format!("{}{path}", self.caller.url)).bearer_auth(token),
        };
        answer(body.into_iter().fold(request, |request, body| request.json(body))).await
    }

    pub async fn get(&self, version: &str, rest: &str) -> Value {
        self.call(Method::GET, version, rest, None).await.json(200)
    }

    pub async fn put(&self, version: &str, rest: &str, body: &Value) -> Answer {
        self.call(Method::PUT, version, rest, Some(body)).await
    }

    /// A change without a body that must succeed: `aktiver`, `standardmottaker` …
    pub async fn set(&self, id: &str, what: &str) {
        let answer = self.call(Method::PUT, V2, &format!("/bydeler/{id}/{what}"), None).await;
        assert_eq!(answer.status, 204, "{what}: {}", answer.text());
    }

    /// Registers an office and gives what version 2 shows of it.
    pub async fn create(&self, office: &Value) -> Value {
        self.call(Method::POST, V2, "/bydeler", Some(office)).await.json(201)
    }

    /// One office in version 2.
    pub async fn office(&self, id: &str) -> Value {
        self.get(V2, &format!("/bydeler/{id}")).await
    }

    /// Opens the challenge that an office shows, and sends back what is in it.
    pub async fn prove(&self, office: &Value, key: &PrivateKey) -> Answer {
        let bevis = &office["konto"]["nokkelbevis"];
        let sealed = STANDARD.decode(bevis["utfordring"].as_str().expect("a challenge")).unwrap();
        let content = cms::open(&sealed, std::slice::from_ref(key)).unwrap();
        assert_eq!(content.expose().len(), 32);
        self.answer_challenge(office, &STANDARD.encode(content.expose())).await
    }

    pub async fn answer_challenge(&self, office: &Value, svar: &str) -> Answer {
        let (id, bevis) = (text(&office["ressursId"]), text(&office["konto"]["nokkelbevis"]["id"]));
        let rest = format!("/bydeler/{id}/nokkelbevis/{bevis}");
        self.call(Method::POST, V2, &rest, Some(&json!({ "svar": svar }))).await
    }

    /// Registers an office whose key is in use, not active yet, and gives its id.
    pub async fn ready_office(&self, nummer: &str) -> String {
        let created = self.create(&office(nummer, &certificate("kommune-b-enc-rsa2048"))).await;
        self.prove(&created, &key("kommune-b-enc-rsa2048")).await.json(200);
        text(&created["ressursId"])
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// A certificate of `tests/fixtures/keys`, PEM.
pub fn certificate(name: &str) -> String {
    String::from_utf8(fixture(&format!("keys/TEST-ONLY-{name}.cert.pem"))).unwrap()
}

/// Its private key.
pub fn key(name: &str) -> PrivateKey {
    PrivateKey::from_pem(&fixture(&format!("keys/TEST-ONLY-{name}.key.pem"))).unwrap()
}

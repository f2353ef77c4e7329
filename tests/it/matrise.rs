//! Every operation of every document, by every way in that the document names, with everything that can be wrong with who calls.
//! An operation that comes to a document is in it; a cell that cannot be is counted with its reason.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
};

use jiff::SignedDuration;
use meldeport::{
    domain::{oppsett::Oppsett, roller::NyRolle},
    http::{
        operations::{Krav, Operasjon, find},
        spec::{self, Utgave},
    },
    model::{
        FiksOrgId, IntegrasjonId, gruppe::Medlemsart, integrasjon::Privilegium, kommune::Organisasjon, rolle::Rolle,
    },
    system::Secret,
    versions::Versjonert,
};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::{
    ledsagerbevis::{
        deling::{del, id, mottaker},
        gruppe, medlem,
    },
    person,
    support::{
        Call, Caller, Gate, Svarinn, answer,
        bevis::{self, EIER, HJELPER, UKJENT, foto, last_opp, logg_inn, nytt, utsted},
        forged,
    },
};

on_every_database! {
    whoever_may_not_is_refused_everywhere,
}

/// Whom anybody may ask. May only become fewer.
const OPEN: [&str; 3] = ["utstedEngangspassord", "utstedToken", "utstedTokenMedPost"];

/// A way in, as a document's `security` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Vei {
    /// A system's token with its integration.
    System,
    /// The token of a person who has logged in.
    Person,
    /// A person's token with the integration of a portal.
    Portal,
    /// An account of the SvarInn look-alike, by HTTP Basic.
    Svarinn,
    /// The token that a citizen got for a code.
    Innbygger,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Feil {
    NoToken,
    Expired,
    WrongIssuer,
    /// For a person: a level of assurance that is too low.
    WrongScope,
    AlgNone,
    /// Signed with the issuer's public key as if it were a shared secret.
    Hs256,
    /// A good token with somebody else's integration.
    OtherToken,
    /// All that another organisation has at home.
    OtherOrganisation,
    MissingPrivilege,
    Deactivated,
}

impl Feil {
    const ALL: [Self; 10] = [
        Self::NoToken,
        Self::Expired,
        Self::WrongIssuer,
        Self::WrongScope,
        Self::AlgNone,
        Self::Hs256,
        Self::OtherToken,
        Self::OtherOrganisation,
        Self::MissingPrivilege,
        Self::Deactivated,
    ];
}

impl Vei {
    /// One of a document's alternatives; `None` for the one that asks for nothing.
    fn of(requirement: &Value) -> Option<Self> {
        let names: BTreeSet<&str> = requirement.as_object().unwrap().keys().map(String::as_str).collect();
        let has = |start: &str| names.iter().any(|name| name.starts_with(start));
        match names.len() {
            0 => None,
            1 if has("SvarInn") => Some(Self::Svarinn),
            1 if has("Innbygger") => Some(Self::Innbygger),
            1 if has("IDporten") => Some(Self::Person),
            3 if has("IDporten") && has("IntegrasjonId") && has("IntegrasjonPassord") => Some(Self::Portal),
            3 if has("Maskinporten") && has("IntegrasjonId") && has("IntegrasjonPassord") => Some(Self::System),
            _ => panic!("{requirement} is a new way in: say here how it is misused"),
        }
    }
}

/// Every operation of every document, with its ways in.
fn operations() -> Vec<(Versjonert, &'static Operasjon, Vec<Vei>)> {
    let mut found = Vec::new();
    for version in Versjonert::ALL {
        let document: Value = serde_json::from_str(&spec::document(version, Utgave::V31).unwrap()).unwrap();
        for operation in document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap()) {
            let id = operation.1["operationId"].as_str().unwrap();
            let row = find(version, id).unwrap_or_else(|| panic!("{id} is documented and not in the table"));
            let ways = operation.1["security"].as_array().unwrap_or_else(|| panic!("{id} does not say who may call"));
            found.push((version, row, ways.iter().filter_map(Vei::of).collect()));
        }
    }
    found
}

#[test]
fn nothing_is_open_that_need_not_be() {
    let open: BTreeSet<_> =
        operations().into_iter().filter(|(.., ways)| ways.is_empty()).map(|(_, row, _)| row.id).collect();
    assert_eq!(open, BTreeSet::from(OPEN));
    assert!(operations().iter().all(|(_, row, ways)| ways.is_empty() == (row.krav == Krav::Apen)));
}

/// What a cell gets: a refusal, or the reason why there is no such cell.
type Verdict = Result<(u16, &'static str), &'static str>;

/// Everybody who is not let in, and the one who would be.
struct Crowd {
    /// The integration that may do everything elsewhere.
    stranger: IntegrasjonId,
    account: Svarinn,
    deling: String,
    card: String,
    citizen_expired: String,
    citizen_elsewhere: String,
    citizen_shared: String,
}

const FJORDVIK: &str = "999999976";
const STRANGER: &str = "07877990170";
/// Holds the lowest role.
const USER: &str = "05857090073";
/// Holds a role that sets up and administers, and reads nothing.
const SERVICE: &str = "06867590097";

impl Crowd {
    async fn gather(t: &Gate) -> Self {
        let elsewhere = FiksOrgId(t.ids.uuid());
        let navn = "Fjordvik kommune".to_owned();
        let organisasjon = Organisasjon { id: elsewhere, organisasjonsnummer: FJORDVIK.parse().unwrap(), navn };
        t.apply(Oppsett { organisasjoner: vec![organisasjon], ..Oppsett::default() }).await;
        let everything = Privilegium::ALL.map(|privilege| (elsewhere, privilege));
        let stranger = t.integration(elsewhere, true, &everything).await;
        let role = |organisasjon, rolle, fnr: &str| NyRolle {
            organisasjon,
            rolle,
            bydel: None,
            merkelapp: "ansatt 1".to_owned(),
            fnr: Secret::new(fnr.to_owned()),
        };
        let here = t.town.kommune.organisasjon.id;
        let mut roller: Vec<_> = Rolle::ALL.into_iter().map(|rolle| role(elsewhere, rolle, STRANGER)).collect();
        roller.extend([role(here, Rolle::Bruker, USER), role(here, Rolle::Tjenesteadministrator, SERVICE)]);
        t.apply(Oppsett { roller, ..Oppsett::default() }).await;
        let group = gruppe(t, elsewhere).await;
        for kind in [Medlemsart::Bruker, Medlemsart::Administrator] {
            medlem(t, group, kind, STRANGER).await;
        }
        let account = t.svarinn(0).await;
        last_opp(t, foto(), Some(EIER.fnr)).await.json(200);
        let card = id(&utsted(t, &nytt()).await).to_owned();
        utsted(t, &serde_json::json!({ "eier": bevis::person(HJELPER), "antallLedsagere": 1 })).await;
        let citizen_expired = logg_inn(t, EIER.telefonnummer).await;
        t.clock.advance(SignedDuration::from_hours(12));
        let owner = logg_inn(t, EIER.telefonnummer).await;
        let deling = id(&del(t, &owner, &card, &mottaker()).await.json(201)).to_owned();
        t.send_sms().await;
        let citizen_elsewhere = logg_inn(t, HJELPER.telefonnummer).await;
        let citizen_shared = logg_inn(t, crate::ledsagerbevis::deling::MOTTAKER).await;
        Self { stranger, account, deling, card, citizen_expired, citizen_elsewhere, citizen_shared }
    }

    /// An operation's call on what is really there, without any credentials.
    fn call(&self, t: &Gate, report: &str, row: &'static Operasjon, version: Versjonert) -> Call {
        let mut call = Call::of(t, report, row, version);
        if row.path.contains("{delingId}") {
            call.path = call.path.replacen(UKJENT, &self.card, 1).replace(UKJENT, &self.deling);
        }
        call.path = call.path.replace(UKJENT, &self.card);
        call
    }
}

/// The body of a good call.
fn with_body(t: &Gate, call: &Call, request: RequestBuilder) -> RequestBuilder {
    match call.row.krav {
        Krav::Person(_) if call.row.id.contains("Privat") => request.json(&person::private()),
        Krav::Person(_) => request.json(&person::public()),
        Krav::Innbygger | Krav::Innlogget => bevis::with_body(call.row.id, &request).unwrap_or(request),
        Krav::Svarinn if call.row.method == "GET" => request,
        _ => call.with_body(t, request),
    }
}

/// The access token of a system, with one thing wrong.
fn system_token(t: &Gate, orgnr: &str, feil: Feil) -> String {
    let token = t.signed(|claims| {
        claims["consumer"]["ID"] = format!("0192:{orgnr}").into();
        match feil {
            Feil::Expired => claims["exp"] = 1.into(),
            Feil::WrongIssuer => claims["iss"] = "https://maskinporten.example/".into(),
            Feil::WrongScope => claims["scope"] = "ks:fiksio".into(),
            _ => {}
        }
    });
    forge(&token, feil)
}

fn person_token(t: &Gate, fnr: &str, feil: Feil) -> String {
    let token = t.person(|claims| {
        claims["pid"] = fnr.into();
        match feil {
            Feil::Expired => claims["exp"] = 1.into(),
            Feil::WrongIssuer => claims["iss"] = "https://idporten.example".into(),
            Feil::WrongScope => claims["acr"] = "idporten-loa-low".into(),
            _ => {}
        }
    });
    forge(&token, feil)
}

fn forge(token: &str, feil: Feil) -> String {
    match feil {
        Feil::AlgNone => forged::alg_none(token),
        Feil::Hs256 => forged::hs256(token),
        _ => token.to_owned(),
    }
}

/// A system's call, and what it must be told.
async fn system(t: &Gate, crowd: &Crowd, call: &Call, feil: Feil) -> (Option<Caller>, Verdict) {
    let owner = call.owner(t);
    let good = t.caller(owner);
    let token = |feil| system_token(t, &owner.organisasjon.organisasjonsnummer.to_string(), feil);
    let double = async |aktiv, privileges: &[Privilegium]| {
        let own: Vec<_> = privileges.iter().map(|privilege| (owner.organisasjon.id, *privilege)).collect();
        t.through(good.clone(), t.integration(owner.organisasjon.id, aktiv, &own).await)
    };
    let with = |feil| Some(Caller { token: token(feil), ..good.clone() });
    match feil {
        Feil::NoToken => (None, Ok((401, "TILGANG.TOKEN_MANGLER"))),
        Feil::Expired => (with(feil), Ok((401, "TILGANG.TOKEN_UTLOPT"))),
        Feil::WrongScope => (with(feil), Ok((403, "TILGANG.SCOPE_MANGLER"))),
        Feil::WrongIssuer | Feil::AlgNone | Feil::Hs256 => (with(feil), Ok((401, "TILGANG.TOKEN_UGYLDIG"))),
        Feil::OtherToken => {
            let caller = Caller { token: system_token(t, FJORDVIK, feil), ..good };
            (Some(caller), Ok((401, "TILGANG.FEIL_ORGANISASJON")))
        }
        Feil::OtherOrganisation => {
            let caller = t.through(Caller { token: system_token(t, FJORDVIK, feil), ..good }, crowd.stranger);
            let verdict = call.hidden().map(|code| (404, code));
            (Some(caller), verdict.ok_or("the call names nothing of an organisation's: who calls gets what is its own"))
        }
        Feil::MissingPrivilege if call.row.krav == Krav::Legitimert => {
            (None, Err("the call tells who has shown who it is what it may do: nothing"))
        }
        // Others' privileges do not help where they are not the one that is asked for.
        Feil::MissingPrivilege => {
            let useless = match call.row.krav {
                Krav::Oppslag | Krav::Enhver => None,
                Krav::Privilegium(Privilegium::Send) => Some(Privilegium::Hent),
                _ => Some(Privilegium::Send),
            };
            (Some(double(true, useless.as_slice()).await), Ok((403, "TILGANG.PRIVILEGIUM_MANGLER")))
        }
        Feil::Deactivated => (Some(double(false, &[]).await), Ok((403, "TILGANG.INTEGRASJON_DEAKTIVERT"))),
    }
}

/// A person's call by its token, and what it must be told.
fn logged_in(t: &Gate, call: &Call, feil: Feil) -> (Option<String>, Verdict) {
    let path = call.row.path;
    let missing =
        if call.row.krav == Krav::Innlogget { "TILGANG.PERSONTOKEN_MANGLER" } else { "TILGANG.TOKEN_MANGLER" };
    match feil {
        Feil::NoToken => (None, Ok((401, missing))),
        Feil::WrongScope => (Some(person_token(t, USER, feil)), Ok((403, "TILGANG.NIVA_FOR_LAVT"))),
        Feil::Expired | Feil::WrongIssuer | Feil::AlgNone | Feil::Hs256 => {
            (Some(person_token(t, USER, feil)), Ok((401, "TILGANG.PERSONTOKEN_UGYLDIG")))
        }
        Feil::OtherToken => (Some(system_token(t, FJORDVIK, feil)), Ok((401, "TILGANG.PERSONTOKEN_UGYLDIG"))),
        Feil::OtherOrganisation => {
            let verdict = if path.contains("{fiksOrgId}") {
                Ok((404, "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET"))
            } else if path.contains("{kontoId}") {
                Ok((404, "MANUELT_MOTTAK.KONTO_UKJENT"))
            } else if path.contains("{bekymringsmeldingId}") || call.row.id == "oppdaterStatusByMeldingId" {
                Ok((404, "BEKYMRINGSMELDING.IKKE_FUNNET"))
            } else if path.contains("{integrasjonId}") {
                Ok((404, "KONFIGURASJON.BYDEL_IKKE_FUNNET"))
            } else {
                Err("the call names nothing of an organisation's: who calls gets what is its own")
            };
            (Some(person_token(t, STRANGER, feil)), verdict)
        }
        Feil::MissingPrivilege => match call.row.krav {
            Krav::Legitimert | Krav::Innlogget => {
                (None, Err("the call tells who has shown who it is what it may do: nothing"))
            }
            // No role at all.
            Krav::Enhver => (Some(person_token(t, EIER.fnr, feil)), Ok((403, "TILGANG.ROLLE_MANGLER"))),
            Krav::Forvalter(_, Rolle::Bruker) => {
                (Some(person_token(t, SERVICE, feil)), Ok((403, "TILGANG.ROLLE_MANGLER")))
            }
            _ => (Some(person_token(t, USER, feil)), Ok((403, "TILGANG.ROLLE_MANGLER"))),
        },
        Feil::Deactivated => (None, Err("a person has no integration; a role that is taken away is none: roller.rs")),
    }
}

async fn portal(t: &Gate, feil: Feil) -> (Option<Caller>, Verdict) {
    let good = Caller { token: person_token(t, EIER.fnr, feil), ..t.skole() };
    match feil {
        Feil::NoToken => (None, Ok((401, "TILGANG.PERSONTOKEN_MANGLER"))),
        Feil::WrongScope => (Some(good), Ok((403, "TILGANG.NIVA_FOR_LAVT"))),
        Feil::Expired | Feil::WrongIssuer | Feil::AlgNone | Feil::Hs256 => {
            (Some(good), Ok((401, "TILGANG.PERSONTOKEN_UGYLDIG")))
        }
        Feil::OtherToken => (Some(t.skole()), Ok((401, "TILGANG.PERSONTOKEN_UGYLDIG"))),
        Feil::OtherOrganisation => {
            (None, Err("the call names nothing of an organisation's: a portal speaks for its own"))
        }
        Feil::MissingPrivilege => {
            (Some(Caller { token: good.token, ..t.kommune() }), Ok((403, "TILGANG.PRIVILEGIUM_MANGLER")))
        }
        Feil::Deactivated => {
            let organisasjon = t.town.skole.organisasjon.id;
            let off = t.integration(organisasjon, false, &[(organisasjon, Privilegium::Send)]).await;
            (Some(t.through(good, off)), Ok((403, "TILGANG.INTEGRASJON_DEAKTIVERT")))
        }
    }
}

/// What one cell sends, and what it must be told.
async fn cell(t: &Gate, crowd: &Crowd, call: &Call, vei: Vei, feil: Feil) -> (RequestBuilder, Verdict) {
    let method: Method = call.row.method.parse().unwrap();
    let bare = || t.http.request(method.clone(), format!("{}{}", t.url, call.path));
    let as_system = |caller: Option<Caller>, own: Caller| match caller {
        Some(caller) => caller.request(method.clone(), &call.path),
        None => own.request_without_token(method.clone(), &call.path),
    };
    let orgnr = t.town.kommune.organisasjon.organisasjonsnummer.to_string();
    let (request, verdict) = match vei {
        Vei::System => {
            let (caller, verdict) = system(t, crowd, call, feil).await;
            (as_system(caller, t.caller(call.owner(t))), verdict)
        }
        Vei::Portal => {
            let (caller, verdict) = portal(t, feil).await;
            (as_system(caller, t.skole()), verdict)
        }
        Vei::Person => {
            let (token, verdict) = logged_in(t, call, feil);
            (token.into_iter().fold(bare(), |request, token| request.bearer_auth(token)), verdict)
        }
        Vei::Innbygger => {
            let (token, verdict) = match feil {
                Feil::NoToken => (None, Ok((401, "INNBYGGER.TOKEN_MANGLER"))),
                Feil::Expired => (Some(crowd.citizen_expired.clone()), Ok((401, "INNBYGGER.TOKEN_UGYLDIG"))),
                Feil::OtherOrganisation if call.row.path.contains("{ledsagerbevisId}") => {
                    (Some(crowd.citizen_elsewhere.clone()), Ok((404, "LEDSAGERBEVIS.IKKE_FUNNET")))
                }
                Feil::OtherOrganisation => (None, Err("a citizen gets what is the citizen's own")),
                Feil::MissingPrivilege if call.row.path.contains("/delinger") => {
                    (Some(crowd.citizen_shared.clone()), Ok((403, "INNBYGGER.KAN_IKKE_DELE")))
                }
                Feil::MissingPrivilege | Feil::Deactivated => (None, Err("a citizen has no privileges")),
                _ => (Some(system_token(t, &orgnr, feil)), Ok((401, "INNBYGGER.TOKEN_UGYLDIG"))),
            };
            (token.into_iter().fold(bare(), |request, token| request.bearer_auth(token)), verdict)
        }
        Vei::Svarinn => {
            let basic = |account: &Svarinn| bare().basic_auth(account.integrasjon, Some(&account.passord));
            let own = t.kommune();
            match feil {
                Feil::NoToken => (bare(), Ok((401, "TILGANG.SVARINN_MANGLER"))),
                Feil::OtherToken => {
                    let mixed = Svarinn { passord: t.svarinn(1).await.passord, ..crowd.account.clone() };
                    (basic(&mixed), Ok((401, "TILGANG.SVARINN_UGYLDIG")))
                }
                Feil::OtherOrganisation if call.row.path.contains("{forsendelseId}") => {
                    (basic(&t.svarinn(1).await), Ok((404, "BEKYMRINGSMELDING.IKKE_FUNNET")))
                }
                Feil::OtherOrganisation => (bare(), Err("an account gets its own office's reports")),
                Feil::MissingPrivilege => {
                    (bare().basic_auth(own.integrasjon, Some(own.passord)), Ok((401, "TILGANG.SVARINN_UGYLDIG")))
                }
                Feil::Deactivated => {
                    let off = t.svarinn(1).await;
                    let id = t.database.uuid(&off.integrasjon.to_string());
                    t.database.execute(&format!("UPDATE integrasjon SET aktiv = false WHERE id = {id}")).await;
                    (basic(&off), Ok((403, "TILGANG.INTEGRASJON_DEAKTIVERT")))
                }
                _ => (bare().bearer_auth(system_token(t, &orgnr, feil)), Ok((401, "TILGANG.SVARINN_MANGLER"))),
            }
        }
    };
    (with_body(t, call, request), verdict)
}

/// What nobody in the crowd may change.
async fn state(t: &Gate, report: &str) -> Vec<(String, i64)> {
    let mut state = Vec::new();
    for table in [
        "melding",
        "hendelse",
        "bydel",
        "rolle",
        "gruppe",
        "gruppemedlem",
        "ledsagerbevis",
        "ledsagerbevisdeling",
        "revisjon",
    ] {
        state.push((table.to_owned(), t.database.count(table, "1 = 1").await));
    }
    state.push((t.states(report).await.join(" "), 0));
    state
}

async fn whoever_may_not_is_refused_everywhere(t: &mut Gate) {
    let crowd = Crowd::gather(t).await;
    let (report, _) = t.deliver().await;
    let before = state(t, &report).await;
    let (mut refused, mut none, mut wrong) = (0, BTreeMap::<&str, usize>::new(), Vec::new());
    let mut ways = BTreeMap::<Vei, usize>::new();
    let all = operations();
    for (version, row, vei) in
        all.iter().flat_map(|(version, row, ways)| ways.iter().map(move |vei| (version, row, vei)))
    {
        *ways.entry(*vei).or_default() += 1;
        for feil in Feil::ALL {
            let call = crowd.call(t, &report, row, *version);
            let (request, verdict) = cell(t, &crowd, &call, *vei, feil).await;
            let (status, code) = match verdict {
                Ok(expected) => expected,
                Err(reason) => {
                    *none.entry(reason).or_default() += 1;
                    continue;
                }
            };
            let answered = answer(request).await;
            let told: Value = serde_json::from_slice(&answered.body).unwrap_or_default();
            if answered.status == status && told["errorCode"] == code {
                refused += 1;
            } else {
                let told = &told["errorCode"];
                wrong.push(format!("{} {} {vei:?} {feil:?}: {} {told}", version.name(), row.id, answered.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), refused + wrong.len());
    assert_eq!(state(t, &report).await, before, "somebody changed something");
    let cells = all.iter().map(|(.., ways)| ways.len() * Feil::ALL.len()).sum::<usize>();
    let impossible = none.values().sum::<usize>();
    assert_eq!(cells, refused + impossible);
    let _ = writeln!(
        std::io::stderr(),
        "authorization matrix: {} operations, {} ways in ({ways:?}), {} faults: {cells} cells, {refused} asked and all refused, \
         {impossible} that cannot be {none:?}; open to all: {OPEN:?}",
        all.len(),
        ways.values().sum::<usize>(),
        Feil::ALL.len(),
    );
    t.send_sms().await;
}

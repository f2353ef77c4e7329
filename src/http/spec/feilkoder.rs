//! Which errors an operation can answer with. `tests/it` holds every error that a test meets against this.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    domain::feilkatalog,
    http::operations::{Krav, Operasjon},
    model::{Feil, Feilkode, integrasjon::Privilegium},
    versions::Versjonert,
};

/// The stable codes of each status, in the order of the catalogue.
pub fn of(operation: &Map<String, Value>, row: &Operasjon) -> BTreeMap<u16, Vec<&'static str>> {
    let call = Call::new(operation, row);
    let mut found: Vec<Feil> =
        Feilkode::ALL.iter().filter(|kode| call.can_come(**kode)).map(|kode| Feil::from(*kode)).collect();
    if call.takes_envelopes {
        found.extend(feilkatalog::konvolutt());
    }
    if call.takes_certificates {
        found.extend(feilkatalog::sertifikat());
    }
    if call.takes_forms {
        found.extend(feilkatalog::skjema());
    }
    let mut codes: BTreeMap<u16, Vec<&'static str>> = BTreeMap::new();
    for feil in found {
        codes.entry(feil.status).or_default().push(feil.code);
    }
    codes
}

/// What matters of an operation.
struct Call<'a> {
    row: &'a Operasjon,
    has_parameters: bool,
    has_body: bool,
    takes_envelopes: bool,
    takes_forms: bool,
    takes_certificates: bool,
    /// A system may call in its own name.
    system: bool,
    /// An integration stands behind the call.
    integrasjon: bool,
    /// A person may call, or must.
    person: bool,
    person_only: bool,
    /// A citizen calls, who has a code or a token for it.
    citizen: bool,
    /// A photo is handed in.
    photo: bool,
    /// It is about companion cards.
    ledsagerbevis: bool,
}

impl<'a> Call<'a> {
    fn new(operation: &Map<String, Value>, row: &'a Operasjon) -> Self {
        let body = operation.get("requestBody");
        let has = |name: &str| body.is_some_and(|body| body.pointer(name).is_some());
        let photo = row.id == "lastOppBilde";
        let takes_envelopes = has("/content/multipart~1form-data") && !photo;
        let person_only = matches!(row.krav, Krav::Person(_) | Krav::Innlogget);
        let citizen = matches!(row.krav, Krav::Innbygger | Krav::Apen);
        Self {
            row,
            has_parameters: operation.get("parameters").and_then(Value::as_array).is_some_and(|all| !all.is_empty()),
            has_body: body.is_some(),
            takes_envelopes,
            takes_forms: takes_envelopes || row.path.starts_with("/mottak/skjema/") || row.path.starts_with("/skjema/"),
            takes_certificates: matches!(row.id, "createBydel" | "updateKonto" | "updateBydel" | "bekreftNokkelbevis"),
            system: !person_only && !citizen && row.krav != Krav::Svarinn,
            integrasjon: !citizen && !matches!(row.krav, Krav::Innlogget | Krav::Svarinn),
            citizen,
            photo,
            person: person_only
                || matches!(
                    row.krav,
                    Krav::Forvalter(..)
                        | Krav::Administrator(_)
                        | Krav::Enhver
                        | Krav::Legitimert
                        | Krav::Gruppeadministrator
                        | Krav::Behandler
                ),
            ledsagerbevis: row.versjoner.iter().any(|version| {
                matches!(version, Versjonert::LedsagerbevisV1 | Versjonert::LedsagerbevisKonfigurasjonV1)
            }),
            person_only,
        }
    }

    fn promises(&self, status: u16) -> bool {
        self.row.feil.contains(&status)
    }

    fn takes_reports(&self) -> bool {
        self.takes_forms && !self.under("/skjema/")
    }

    fn under(&self, place: &str) -> bool {
        self.row.path.starts_with(place)
    }

    /// It puts somebody into a group.
    fn appoints(&self) -> bool {
        matches!(self.row.id, "leggAdminTilGruppe" | "leggBrukerTilGruppe")
    }

    /// It is about whom a citizen shares a card with.
    fn shares(&self) -> bool {
        self.in_path("/delinger")
    }

    fn in_path(&self, name: &str) -> bool {
        self.row.path.contains(name)
    }

    fn can_come(&self, kode: Feilkode) -> bool {
        use Feilkode as K;
        let status = kode.status();
        let manual = self.in_path("{kontoId}");
        let svarinn = self.row.krav == Krav::Svarinn;
        let letter = self.in_path("{brevId}") || self.in_path("{kortbrevId}");
        let lookup = self.row.krav == Krav::Oppslag;
        match kode {
            // No operation has these: the address or the method is not one of ours.
            K::UkjentAdresse | K::Metode => false,
            // The edge refuses these before it is known which operation is meant.
            K::AdresseForLang | K::HoderForStore => false,
            // The headers say in time when a version will answer with nothing else.
            K::VersjonAvviklet => false,
            K::Intern | K::Utilgjengelig | K::ForMange => true,
            K::NokkelkildeNede => !svarinn && !self.citizen,
            K::TokenMangler | K::TokenUgyldig | K::TokenUtlopt | K::ScopeMangler => self.system,
            K::IntegrasjonMangler | K::IntegrasjonUgyldig | K::FeilOrganisasjon => self.integrasjon,
            K::PrivilegiumMangler => self.integrasjon && self.row.krav != Krav::Legitimert,
            K::IntegrasjonDeaktivert => self.integrasjon || svarinn,
            K::PersontokenMangler => self.person_only,
            K::PersontokenUgyldig | K::NivaForLavt => self.person,
            K::RolleMangler => {
                self.person && !matches!(self.row.krav, Krav::Person(_) | Krav::Innlogget | Krav::Legitimert)
            }
            K::SvarinnMangler | K::SvarinnUgyldig => svarinn,
            K::BevisIkkeFunnet => self.in_path("{ledsagerbevisId}"),
            K::BevisUgyldig => (self.row.krav == Krav::Behandler || self.shares()) && self.has_body,
            K::BevisRevokert => {
                self.in_path("{ledsagerbevisId}") && self.promises(status) && self.row.krav == Krav::Behandler
            }
            K::BevisUtlopt => self.row.id == "hentKort" || (self.shares() && self.has_body),
            K::DeltForOfte => self.shares() && self.has_body,
            K::KortForOfte => self.row.id == "hentKort",
            K::DelingIkkeTillatt => self.shares(),
            K::DelingIkkeFunnet => self.in_path("{delingId}"),
            K::PdfIkkeTilgjengelig => matches!(self.row.id, "hentKortTilUtskrift" | "hentVedtaksbrev"),
            K::InnehaverbevisUgyldig | K::EngangsverdiUgyldig => self.row.id == "hentKort",
            K::KortIkkeSattOpp => matches!(self.row.id, "hentKort" | "utstedEngangsverdi"),
            K::ForvalterIkkeFunnet => self.row.id == "fjernForvalter",
            K::BildeIkkeFunnet => matches!(self.row.id, "hentBilde" | "hentMittBilde"),
            K::BildeForStort | K::BildeFormat | K::BildeUgyldig | K::BildeMangler => self.photo,
            K::PersonregisterNede => self.row.id == "oppslag",
            K::UgyldigTelefonnummer | K::EngangspassordForMange => self.row.krav == Krav::Apen,
            K::EngangspassordFeil => self.row.krav == Krav::Apen && self.has_body,
            K::InnbyggertokenMangler | K::InnbyggertokenUgyldig => self.row.krav == Krav::Innbygger,
            K::PersonerIkkeTilgjengelig => self.person && self.promises(status),
            K::EgenRolle => self.row.id == "opprettRolle" || self.appoints(),
            K::UgyldigFnr => {
                matches!(self.row.id, "opprettRolle" | "fjernAdminFraGruppe" | "fjernBrukerFraGruppe")
                    || self.appoints()
            }
            K::SisteHovedadministrator | K::RolleIkkeFunnet => self.row.id == "slettRolle",
            K::Parameter => self.has_parameters,
            // Of a call without parameters, the body that it should not have is all that can be wrong.
            K::Kropp => self.has_body || !self.has_parameters,
            K::Innholdstype | K::ForStor => self.has_body && self.promises(status) && !(self.photo && status == 413),
            K::DelMangler | K::VersjonIkkeStottet => self.takes_envelopes,
            K::Rekkevidde => self.promises(status),
            K::IdempotensNokkel | K::IdempotensAnnetInnhold => {
                self.takes_envelopes || self.row.id == "opprettLedsagerbevis"
            }
            K::IdempotensUnderveis => self.takes_envelopes,
            K::KommuneUkjent => self.promises(status) && (lookup || self.takes_reports()),
            K::BydelUkjent => {
                self.promises(status) && (self.in_path("{bydelsnummer}") && lookup || self.takes_reports())
            }
            K::NokkelMangler => self.promises(status) && (lookup || self.takes_reports()),
            K::FeilAdresse | K::JsonIkkeTilgjengelig | K::Sendingstidspunkt => self.takes_reports(),
            K::FeilPerson => self.under("/mottak/skjema/"),
            K::MeldingIkkeFunnet => {
                let named = self.in_path("eldingId}") || self.row.id == "oppdaterStatusByMeldingId";
                self.promises(status) && (named || manual || svarinn)
            }
            K::OrganisasjonIkkeFunnet => {
                let named = self.in_path("iksOrgId}") || self.under("/admin/") || self.under("/mottak/skjema/");
                self.promises(status) && named
            }
            K::FeilTilstand => self.promises(status) && (self.under("/avhenting/") || manual || svarinn),
            K::FeilKanal => self.promises(status) && (self.under("/avhenting/") || manual || svarinn),
            K::KontoUkjent => manual,
            K::IngenMelding => manual && !matches!(self.row.id, "antall" | "peekMetadata"),
            K::IkkeHentet => matches!(self.row.id, "ack" | "svarOgAck"),
            K::IkkeSett => matches!(self.row.id, "nac" | "svarOgAck"),
            K::UkjentMeldingstype => self.row.id == "svarOgAck",
            K::TilstandIkkeMulig => self.row.id.starts_with("oppdaterStatusBy"),
            K::AltLevert => self.row.id == "sendOrdreById",
            K::FeilKonto => matches!(self.row.id, "sendOrdreById" | "oppdaterStatusByMeldingId"),
            K::Slettet => self.promises(status) && !letter,
            K::FeilmeldingPersondata => matches!(self.row.id, "postFeilet" | "postBrevAvvist" | "postKortbrevAvvist"),
            K::BrevIkkeFunnet => letter,
            K::BrevFeilStatus | K::BrevSlettet => letter && self.promises(status),
            K::KonfigurasjonUgyldig => {
                let own =
                    matches!(self.row.id, "oppdaterOrganisasjon" | "opprettGruppe" | "endreGruppe") || self.appoints();
                self.under("/konfigurasjon/") && self.has_body || own
            }
            K::KonfigurasjonKommune | K::KonfigurasjonBydel => self.under("/konfigurasjon/") && self.promises(404),
            K::KonfigurasjonIntegrasjon => self.row.id == "lagPassord",
            K::BydelsnummerOpptatt | K::BydelUferdig | K::BydelInaktiv | K::MaHaStandardmottaker => {
                self.under("/konfigurasjon/") && self.promises(status) && !self.in_path("/roller")
            }
            K::GruppeIkkeFunnet => self.in_path("{gruppeId}"),
            K::GruppenavnOpptatt => self.row.id == "endreGruppe",
            K::SisteGruppeadministrator => self.row.id == "fjernAdminFraGruppe",
            K::LedsagerbevisForMange => {
                self.row.id == "opprettGruppe" || self.appoints() || self.row.id == "delLedsagerbevis"
            }
            K::SvarutkontoIkkeFunnet => self.row.id == "leggTilSvarutkonto",
            K::LedsagerbevisIkkeSattOpp => self.ledsagerbevis && self.promises(status),
            K::NokkelbevisUkjent | K::NokkelbevisFeil => self.row.id == "bekreftNokkelbevis",
            K::LagringFull => {
                self.row.krav == Krav::Privilegium(Privilegium::Send) && self.promises(status) || self.takes_reports()
            }
        }
    }
}

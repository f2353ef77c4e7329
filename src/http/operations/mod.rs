//! Every operation, and who may call it. A row without an operation, an operation without a row, and a row that is not
//! enforced are each found by a test (`tests/it/coverage.rs`).

use crate::{
    model::{Bydelsnummer, Kommunenummer, MeldingId, integrasjon::Privilegium, rolle::Rolle},
    versions::Versjonert,
};

mod ledsagerbevis;

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Krav {
    /// Any integration with any privilege.
    Oppslag,
    /// An integration with this privilege for the organisation in the path. Letters are of every organisation, and their
    /// paths name none: there the privilege is enough.
    Privilegium(Privilegium),
    /// An integration with this privilege, or a person with this role, for the organisation that the call is about.
    Forvalter(Privilegium, Rolle),
    /// An integration with this privilege, or a person who is an administrator of any kind, for the organisation in the
    /// path. What each may do there is told with the operation.
    Administrator(Privilegium),
    /// A person who has logged in, with or without roles.
    Innlogget,
    /// Any integration with any privilege, or any person with any role.
    Enhver,
    /// Whoever has shown who it is; what it is told depends on what it may do.
    Legitimert,
    /// An integration that sets the organisation up for companion cards, a chief administrator of the organisation, or an
    /// administrator of the group in the path; where none is named, of any of the organisation's groups.
    Gruppeadministrator,
    /// An integration with the privilege to work with the organisation's companion cards, or a user in any of its groups.
    Behandler,
    /// A citizen who has logged in by a one-time code.
    Innbygger,
    /// Anybody. What is told is the same to all.
    Apen,
    /// A person's token, and an integration with this privilege for the organisation that owns it.
    Person(Privilegium),
    /// An office's SvarInn account, by HTTP Basic.
    Svarinn,
}

impl Krav {
    /// Whose systems, or which persons, the operation is for, in Norwegian.
    pub fn audience(self) -> &'static str {
        match self {
            Self::Oppslag | Self::Privilegium(Privilegium::Send) => "fagsystem",
            Self::Person(_) | Self::Innbygger | Self::Apen => "innbygger",
            Self::Privilegium(Privilegium::Print) => "leverandør av print",
            Self::Privilegium(Privilegium::Hent)
            | Self::Forvalter(Privilegium::Hent, _)
            | Self::Svarinn
            | Self::Behandler => "kommune",
            Self::Privilegium(_)
            | Self::Forvalter(..)
            | Self::Administrator(_)
            | Self::Gruppeadministrator
            | Self::Innlogget
            | Self::Legitimert
            | Self::Enhver => "forvaltning",
        }
    }
}

/// One operation of one or more versions.
#[derive(Debug, Clone, Copy)]
pub struct Operasjon {
    /// Unique within a service.
    pub id: &'static str,
    pub method: &'static str,
    /// Below the version's prefix.
    pub path: &'static str,
    pub krav: Krav,
    pub versjoner: &'static [Versjonert],
    /// Statuses other than success and those that every operation can answer with.
    pub feil: &'static [u16],
}

const BOTH: &[Versjonert] = &[Versjonert::BekymringsmeldingV1, Versjonert::BekymringsmeldingV2];
const V1: &[Versjonert] = &[Versjonert::BekymringsmeldingV1];
const V2: &[Versjonert] = &[Versjonert::BekymringsmeldingV2];
const MANUELL: &[Versjonert] = &[Versjonert::FiksIoManuellV1];
const SVARINN: &[Versjonert] = &[Versjonert::SvarinnMottakV1];
const SEND: Krav = Krav::Privilegium(Privilegium::Send);
const PERSON: Krav = Krav::Person(Privilegium::Send);
const PRINT_V1: &[Versjonert] = &[Versjonert::PrintV1];
const PRINT: Krav = Krav::Privilegium(Privilegium::Print);
const HENT: Krav = Krav::Privilegium(Privilegium::Hent);
const MOTTA: Krav = Krav::Forvalter(Privilegium::Hent, Rolle::Bruker);
const ADMINISTRATOR: Krav = Krav::Administrator(Privilegium::Konfigurer);
const KONFIG: Krav = Krav::Forvalter(Privilegium::Konfigurer, Rolle::Tjenesteadministrator);
const ADMIN: Krav = Krav::Forvalter(Privilegium::Administrer, Rolle::Tjenesteadministrator);

const fn row(
    id: &'static str,
    method: &'static str,
    path: &'static str,
    krav: Krav,
    versjoner: &'static [Versjonert],
    feil: &'static [u16],
) -> Operasjon {
    Operasjon { id, method, path, krav, versjoner, feil }
}

/// The authorization table.
pub const OPERASJONER: &[Operasjon] =
    &joined::<{ BEKYMRINGSMELDING.len() + ledsagerbevis::ROWS.len() }>(&[BEKYMRINGSMELDING, ledsagerbevis::ROWS]);

#[expect(clippy::indexing_slicing, reason = "the compiler runs it, and stops where an index is wrong")]
const fn joined<const N: usize>(tables: &[&[Operasjon]]) -> [Operasjon; N] {
    let mut rows = [row("", "", "", Krav::Oppslag, &[], &[]); N];
    let (mut table, mut at) = (0, 0);
    while table < tables.len() {
        let mut n = 0;
        while n < tables[table].len() {
            rows[at] = tables[table][n];
            n += 1;
            at += 1;
        }
        table += 1;
    }
    rows
}

/// Concern reports.
const BEKYMRINGSMELDING: &[Operasjon] = &[
    row("getKommuner", "GET", "/kommuner", Krav::Oppslag, BOTH, &[]),
    row("getKommune", "GET", "/kommuner/{kommunenummer}", Krav::Oppslag, BOTH, &[404]),
    row("getBydeler", "GET", "/kommuner/{kommunenummer}/bydeler", Krav::Oppslag, BOTH, &[]),
    row("getBydel", "GET", "/kommuner/{kommunenummer}/bydeler/{bydelsnummer}", Krav::Oppslag, BOTH, &[404]),
    row(
        "hentKryperingsnokler",
        "GET",
        "/mottak/fagsystem/{kommunenummer}/{bydelsnummer}/krypteringsnokler",
        Krav::Oppslag,
        BOTH,
        &[404, 409],
    ),
    row(
        "hentKrypteringsnoklerJwks",
        "GET",
        "/mottak/fagsystem/{kommunenummer}/{bydelsnummer}/krypteringsnokler/jwks",
        Krav::Oppslag,
        BOTH,
        &[404, 409],
    ),
    row(
        "opprettOffentligBekymringsmelding",
        "POST",
        "/mottak/fagsystem/{fraFiksOrgId}/{kommunenummer}/{bydelsnummer}/offentlig",
        SEND,
        BOTH,
        &[404, 409, 413, 415, 422, 501, 507],
    ),
    row(
        "opprettPrivatBekymringsmelding",
        "POST",
        "/mottak/fagsystem/{fraFiksOrgId}/{kommunenummer}/{bydelsnummer}/privat",
        SEND,
        BOTH,
        &[404, 409, 413, 415, 422, 501, 507],
    ),
    row(
        "getStatusBekymringsmelding",
        "GET",
        "/mottak/fagsystem/{fraFiksOrgId}/bekymringsmelding/{bekymringsmeldingId}/status",
        SEND,
        BOTH,
        &[404],
    ),
    row("validerSkjema", "POST", "/skjema/{skjematype}/valider", Krav::Oppslag, BOTH, &[413, 415]),
    row(
        "opprettOffentligBekymringsmeldingFraSkjema",
        "POST",
        "/mottak/skjema/offentlig",
        PERSON,
        BOTH,
        &[404, 409, 413, 415, 501, 507],
    ),
    row(
        "opprettPrivatBekymringsmeldingFraSkjema",
        "POST",
        "/mottak/skjema/privat",
        PERSON,
        BOTH,
        &[404, 409, 413, 415, 501, 507],
    ),
    row("getVentendeMeldinger", "GET", "/avhenting/{fiksOrgId}/meldinger", HENT, V2, &[404]),
    row("getVentendeMelding", "GET", "/avhenting/{fiksOrgId}/meldinger/{bekymringsmeldingId}", HENT, V2, &[404]),
    row(
        "getInnhold",
        "GET",
        "/avhenting/{fiksOrgId}/meldinger/{bekymringsmeldingId}/innhold",
        HENT,
        V2,
        &[404, 409, 410, 416],
    ),
    row("postMottatt", "POST", "/avhenting/{fiksOrgId}/meldinger/{bekymringsmeldingId}/mottatt", HENT, V2, &[404, 409]),
    row(
        "postFeilet",
        "POST",
        "/avhenting/{fiksOrgId}/meldinger/{bekymringsmeldingId}/feilet",
        HENT,
        V2,
        &[404, 409, 413, 415],
    ),
    row("getVentendeBrev", "GET", "/brev", PRINT, PRINT_V1, &[]),
    row("getBrev", "GET", "/brev/{brevId}", PRINT, PRINT_V1, &[404]),
    row("getBrevInnhold", "GET", "/brev/{brevId}/innhold", PRINT, PRINT_V1, &[404, 409, 410, 416]),
    row("postBrevPostlagt", "POST", "/brev/{brevId}/postlagt", PRINT, PRINT_V1, &[404, 409]),
    row("postBrevAvvist", "POST", "/brev/{brevId}/avvist", PRINT, PRINT_V1, &[404, 409, 413, 415]),
    row("getVentendeKortbrev", "GET", "/kortbrev", PRINT, PRINT_V1, &[]),
    row("getKortbrevInnhold", "GET", "/kortbrev/{kortbrevId}/innhold", PRINT, PRINT_V1, &[404, 409, 410, 416]),
    row("postKortbrevPostlagt", "POST", "/kortbrev/{kortbrevId}/postlagt", PRINT, PRINT_V1, &[404, 409]),
    row("postKortbrevAvvist", "POST", "/kortbrev/{kortbrevId}/avvist", PRINT, PRINT_V1, &[404, 409, 413, 415]),
    row("antall", "GET", "/kontoer/{kontoId}/meldinger/antall", MOTTA, MANUELL, &[404]),
    row("peekMetadata", "GET", "/kontoer/{kontoId}/meldinger/neste/metadata", MOTTA, MANUELL, &[404]),
    row("peekMeldingData", "GET", "/kontoer/{kontoId}/meldinger/neste/data", MOTTA, MANUELL, &[404]),
    row("ack", "GET", "/kontoer/{kontoId}/meldinger/neste/ack", MOTTA, MANUELL, &[404, 409]),
    row("nac", "GET", "/kontoer/{kontoId}/meldinger/neste/nac", MOTTA, MANUELL, &[404, 409]),
    row("svarOgAck", "POST", "/kontoer/{kontoId}/meldinger/neste/svarOgAck", MOTTA, MANUELL, &[404, 409, 413, 415]),
    row("getForsendelser", "GET", "/mottaker/hentNyeForsendelser", Krav::Svarinn, SVARINN, &[]),
    row("getFil", "GET", "/forsendelse/{forsendelseId}", Krav::Svarinn, SVARINN, &[404, 409, 410, 416]),
    row("postMottatt", "POST", "/kvitterMottak/forsendelse/{forsendelseId}", Krav::Svarinn, SVARINN, &[404, 409]),
    row(
        "postFeilet",
        "POST",
        "/mottakFeilet/forsendelse/{forsendelseId}",
        Krav::Svarinn,
        SVARINN,
        &[404, 409, 413, 415],
    ),
    row("getMineRoller", "GET", "/konfigurasjon/roller/mine", Krav::Innlogget, V2, &[501]),
    row("getRoller", "GET", "/konfigurasjon/{fiksOrgId}/roller", ADMINISTRATOR, V2, &[404, 501]),
    row("opprettRolle", "POST", "/konfigurasjon/{fiksOrgId}/roller", ADMINISTRATOR, V2, &[404, 413, 415, 501]),
    row("slettRolle", "DELETE", "/konfigurasjon/{fiksOrgId}/roller/{rolleId}", ADMINISTRATOR, V2, &[404, 409, 501]),
    row("getEndringer", "GET", "/konfigurasjon/{fiksOrgId}/endringer", ADMINISTRATOR, V2, &[404, 501]),
    row("getBydelerKonfigurasjon", "GET", "/konfigurasjon/{fiksOrgId}/bydeler", KONFIG, BOTH, &[404]),
    row("createBydel", "POST", "/konfigurasjon/{fiksOrgId}/bydeler", KONFIG, BOTH, &[404, 409, 413, 415, 422]),
    row("getBydelerEnkel", "GET", "/konfigurasjon/{fiksOrgId}/bydeler/enkel", KONFIG, V2, &[404]),
    row("getBydelerByBydelsnummer", "GET", "/konfigurasjon/{fiksOrgId}/bydel/{bydelsnummer}", KONFIG, BOTH, &[404]),
    row("getBydelByRessursId", "GET", "/konfigurasjon/{fiksOrgId}/bydeler/{ressursId}", KONFIG, V2, &[404]),
    row("updateBydel", "PUT", "/konfigurasjon/{fiksOrgId}/bydeler/{ressursId}", KONFIG, V1, &[404, 409, 413, 415, 422]),
    row(
        "updateBydelInfo",
        "PATCH",
        "/konfigurasjon/{fiksOrgId}/bydeler/{ressursId}",
        KONFIG,
        V2,
        &[404, 409, 413, 415],
    ),
    row("updateAdresse", "PUT", "/konfigurasjon/{fiksOrgId}/bydeler/{ressursId}/adresse", KONFIG, V2, &[404, 413, 415]),
    row(
        "updateKontaktinformasjon",
        "PUT",
        "/konfigurasjon/{fiksOrgId}/bydeler/{ressursId}/kontaktinformasjon",
        KONFIG,
        V2,
        &[404, 409, 413, 415],
    ),
    row(
        "updateKonto",
        "PUT",
        "/konfigurasjon/{fiksOrgId}/bydeler/{ressursId}/konto",
        KONFIG,
        V2,
        &[404, 409, 413, 415, 422],
    ),
    row(
        "bekreftNokkelbevis",
        "POST",
        "/konfigurasjon/{fiksOrgId}/bydeler/{ressursId}/nokkelbevis/{nokkelbevisId}",
        KONFIG,
        BOTH,
        &[404, 413, 415, 422],
    ),
    row(
        "lagPassord",
        "POST",
        "/konfigurasjon/{fiksOrgId}/bydeler/{ressursId}/integrasjoner/{integrasjonId}/lagPassord",
        KONFIG,
        V2,
        &[404],
    ),
    row("deaktiverBydel", "PUT", "/konfigurasjon/{fiksOrgId}/bydeler/{ressursId}/deaktiver", KONFIG, BOTH, &[404, 409]),
    row("deaktiverBydeler", "PUT", "/konfigurasjon/{fiksOrgId}/bydeler/deaktiver", KONFIG, BOTH, &[404, 409]),
    row("aktiverBydel", "PUT", "/konfigurasjon/{fiksOrgId}/bydeler/{ressursId}/aktiver", KONFIG, BOTH, &[404, 409]),
    row("aktiverBydeler", "PUT", "/konfigurasjon/{fiksOrgId}/bydeler/aktiver", KONFIG, BOTH, &[404, 409]),
    row(
        "getStandardMottaker",
        "GET",
        "/konfigurasjon/{fiksOrgId}/bydeler/{ressursId}/standardmottaker",
        KONFIG,
        V2,
        &[404],
    ),
    row(
        "updateStandardMottaker",
        "PUT",
        "/konfigurasjon/{fiksOrgId}/bydeler/{ressursId}/standardmottaker",
        KONFIG,
        BOTH,
        &[404, 409],
    ),
    row("getBydelerBySok", "GET", "/konfigurasjon/bydeler/sok", KONFIG, BOTH, &[]),
    row("getBydelerByRessursId", "GET", "/konfigurasjon/bydeler", KONFIG, V1, &[]),
    row("hentBydelerByRessursId", "POST", "/konfigurasjon/bydeler", KONFIG, V2, &[413, 415]),
    row("getBydelByIntegrasjonId", "GET", "/konfigurasjon/bydeler/svarinn/{integrasjonId}", KONFIG, BOTH, &[404]),
    row("getFagsystemStottedeVersjoner", "GET", "/konfigurasjon/fagsystem/versjoner", Krav::Enhver, V2, &[]),
    row(
        "getForklaringForMottaker",
        "GET",
        "/avhenting/{fiksOrgId}/meldinger/{bekymringsmeldingId}/forklaring",
        HENT,
        V2,
        &[404],
    ),
    row(
        "getForklaringForAvsender",
        "GET",
        "/mottak/fagsystem/{fraFiksOrgId}/bekymringsmelding/{bekymringsmeldingId}/forklaring",
        SEND,
        V2,
        &[404],
    ),
    row("getBruk", "GET", "/bruk", Krav::Oppslag, V2, &[]),
    row("settBruksvarsel", "PUT", "/bruk/varsel", Krav::Oppslag, V2, &[413, 415]),
    row("slettBruksvarsel", "DELETE", "/bruk/varsel", Krav::Oppslag, V2, &[]),
    row("getBrukForIntegrasjoner", "GET", "/admin/bruk", ADMIN, V2, &[404]),
    row("getForklaring", "GET", "/admin/forklaring/{bekymringsmeldingId}", ADMIN, V2, &[404]),
    row("getHistorikk", "GET", "/admin/historikk/{bekymringsmeldingId}", ADMIN, BOTH, &[404]),
    row("getMeldinger", "GET", "/admin/meldinger", ADMIN, BOTH, &[404]),
    row("getMeldingerTilCsv", "GET", "/admin/meldinger/csv", ADMIN, V2, &[404]),
    row("getStatistikk", "GET", "/admin/statistikk", ADMIN, BOTH, &[404]),
    row("getStatistikkGittPeriode", "GET", "/admin/statistikk-gitt-periode", ADMIN, V2, &[404]),
    row("getStatistikkBydeler", "GET", "/admin/statistikk/bydeler", ADMIN, BOTH, &[404]),
    row("getStatistikkSkjematyper", "GET", "/admin/statistikk/skjematyper", ADMIN, BOTH, &[404]),
    row("sendOrdreById", "POST", "/admin/send/{bekymringsmeldingId}", ADMIN, BOTH, &[404]),
    row(
        "oppdaterStatusByBekymringsmeldingId",
        "PUT",
        "/admin/status/{bekymringsmeldingId}/{state}",
        ADMIN,
        BOTH,
        &[404],
    ),
    row("oppdaterStatusByMeldingId", "POST", "/admin/status", ADMIN, BOTH, &[404, 413, 415]),
];

/// The operation of that name. Two services may each have one of the same name.
pub fn find(version: Versjonert, id: &str) -> Option<&'static Operasjon> {
    OPERASJONER.iter().find(|operasjon| operasjon.id == id && operasjon.versjoner.contains(&version))
}

/// The version that a path belongs to.
pub fn version_of(path: &str) -> Option<Versjonert> {
    let below = |version: &Versjonert| path.strip_prefix(version.prefix()).is_some_and(|rest| rest.starts_with('/'));
    Versjonert::ALL.into_iter().find(below)
}

/// Whether a path is one that photos are handed in at.
pub fn takes_photo(path: &str) -> bool {
    path.strip_prefix(Versjonert::LedsagerbevisV1.prefix()).is_some_and(|rest| fits(ledsagerbevis::BILDE, rest))
}

/// The methods that a concrete path takes. A path that says more of itself goes before one with a parameter there.
pub fn methods_of(path: &str) -> Vec<&'static str> {
    let serves = |operasjon: &&Operasjon| {
        let rests = operasjon.versjoner.iter().filter_map(|version| path.strip_prefix(version.prefix()));
        rests.into_iter().any(|rest| fits(operasjon.path, rest))
    };
    let parameters = |operasjon: &Operasjon| operasjon.path.matches('{').count();
    let serving: Vec<_> = OPERASJONER.iter().filter(serves).collect();
    let fewest = serving.iter().map(|operasjon| parameters(operasjon)).min();
    let exact = serving.into_iter().filter(|operasjon| Some(parameters(operasjon)) == fewest);
    exact.map(|operasjon| operasjon.method).collect()
}

/// A path as it may be repeated to the caller: our own words and well-formed ids. Anything else may hold a person's
/// name or number, and shows as `…`.
pub fn shown(path: &str) -> String {
    let segments = path.split('/').map(|segment| if is_word(segment) || is_id(segment) { segment } else { "…" });
    segments.collect::<Vec<_>>().join("/")
}

fn is_word(segment: &str) -> bool {
    let prefixes = Versjonert::ALL.into_iter().map(Versjonert::prefix);
    let templates = OPERASJONER.iter().map(|operasjon| operasjon.path);
    prefixes.chain(templates).flat_map(|path| path.split('/')).any(|word| word == segment)
}

fn is_id(segment: &str) -> bool {
    segment.parse::<Kommunenummer>().is_ok()
        || segment.parse::<Bydelsnummer>().is_ok()
        || segment.parse::<MeldingId>().is_ok()
}

fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted.starts_with('{') || wanted == given => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{methods_of, shown};

    #[test]
    fn a_path_is_repeated_without_what_does_not_belong_in_it() {
        let good = "/bekymringsmelding/api/v1/kommuner/4601/bydeler/00";
        assert_eq!(shown(good), good);
        assert_eq!(shown("/bekymringsmelding/api/v1/kommuner/Kari%20Nordmann"), "/bekymringsmelding/api/v1/kommuner/…");
        assert_eq!(shown("/01010112345/"), "/…/");
    }

    #[test]
    fn a_path_knows_its_methods() {
        assert_eq!(methods_of("/bekymringsmelding/api/v1/kommuner/4601"), ["GET"]);
        assert_eq!(methods_of("/bekymringsmelding/api/v2/avhenting/x/meldinger/y/mottatt"), ["POST"]);
        assert!(methods_of("/bekymringsmelding/api/v1/avhenting/x/meldinger").is_empty());
    }
}

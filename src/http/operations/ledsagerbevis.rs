//! The rows of companion cards.

use super::{Krav, Operasjon, row};
use crate::{
    model::{integrasjon::Privilegium, rolle::Rolle},
    versions::Versjonert,
};

const BEVIS: &[Versjonert] = &[Versjonert::LedsagerbevisV1];
const OPPSETT: &[Versjonert] = &[Versjonert::LedsagerbevisKonfigurasjonV1];
const ADMIN: Krav = Krav::Forvalter(Privilegium::LedsagerbevisKonfigurer, Rolle::Hovedadministrator);
const GRUPPE: Krav = Krav::Gruppeadministrator;
/// Those of a call with a body.
const BODY: &[u16] = &[404, 413, 415, 501];
const FULL: &[u16] = &[404, 409, 413, 415, 501];
const PLAIN: &[u16] = &[404, 501];
/// Those of a document that is made of a card.
const PAPIR: &[u16] = &[404, 409, 501];
/// Those of a citizen's call with a body.
const OPEN: &[u16] = &[413, 415, 501];
/// Where photos are handed in.
pub(super) const BILDE: &str = "/api/v1/bilde/organisasjoner/{fiksOrgId}";

/// A path of the organisation's cards.
macro_rules! kort {
    ($rest:literal) => {
        concat!("/api/v1/organisasjoner/{fiksOrgId}/ledsagerbevis", $rest)
    };
}

/// A path of the set-up, below the organisation's.
macro_rules! org {
    ($rest:literal) => {
        concat!("/organisasjoner/{fiksOrgId}", $rest)
    };
}

pub(super) const ROWS: &[Operasjon] = &[
    row("hentTilganger", "GET", "/api/v1/tilganger", Krav::Legitimert, BEVIS, &[501]),
    row("hentLedsagerbevisForFiksOrg", "GET", kort!(""), Krav::Behandler, BEVIS, PLAIN),
    row("opprettLedsagerbevis", "POST", kort!(""), Krav::Behandler, BEVIS, &[404, 413, 415, 422, 501]),
    row("hentLedsagerbevis", "GET", kort!("/{ledsagerbevisId}"), Krav::Behandler, BEVIS, PLAIN),
    row("revokerLedsagerbevis", "PATCH", kort!("/{ledsagerbevisId}"), Krav::Behandler, BEVIS, BODY),
    row("leggTilForvalter", "POST", kort!("/{ledsagerbevisId}/forvalter"), Krav::Behandler, BEVIS, FULL),
    row("fjernForvalter", "PATCH", kort!("/{ledsagerbevisId}/forvalter"), Krav::Behandler, BEVIS, FULL),
    row("hentLedsagerbevisHistorikk", "GET", kort!("/{ledsagerbevisId}/historikk"), Krav::Behandler, BEVIS, PLAIN),
    row("hentKortTilUtskrift", "GET", kort!("/{ledsagerbevisId}/kort.pdf"), Krav::Behandler, BEVIS, PAPIR),
    row("hentVedtaksbrev", "GET", kort!("/{ledsagerbevisId}/vedtaksbrev.pdf"), Krav::Behandler, BEVIS, PAPIR),
    row("oppslag", "POST", "/api/v1/personsok/organisasjoner/{fiksOrgId}", Krav::Behandler, BEVIS, BODY),
    row("lastOppBilde", "POST", BILDE, Krav::Behandler, BEVIS, BODY),
    row("hentBilde", "POST", "/api/v1/bilde/organisasjoner/{fiksOrgId}/sistOpplastet", Krav::Behandler, BEVIS, BODY),
    row("hentLedsagerbevisList", "GET", "/innbygger/api/v1/ledsagerbevis", Krav::Innbygger, BEVIS, &[501]),
    row(
        "hentMittBilde",
        "GET",
        "/innbygger/api/v1/ledsagerbevis/{ledsagerbevisId}/bilde",
        Krav::Innbygger,
        BEVIS,
        PLAIN,
    ),
    row("utstedEngangsverdi", "POST", "/innbygger/api/v1/kort/engangsverdi", Krav::Innbygger, BEVIS, &[501]),
    row(
        "hentKort",
        "POST",
        "/innbygger/api/v1/ledsagerbevis/{ledsagerbevisId}/kort",
        Krav::Innbygger,
        BEVIS,
        &[404, 409, 413, 415, 501],
    ),
    row("utstedEngangspassord", "POST", "/innbygger/api/v1/{tlf}", Krav::Apen, BEVIS, &[501]),
    row("utstedToken", "GET", "/innbygger/api/v1/token", Krav::Apen, BEVIS, OPEN),
    row("utstedTokenMedPost", "POST", "/innbygger/api/v1/token", Krav::Apen, BEVIS, OPEN),
    row("hentTilganger", "GET", org!("/tilganger"), Krav::Legitimert, OPPSETT, PLAIN),
    row("hentOrganisasjon", "GET", org!(""), ADMIN, OPPSETT, PLAIN),
    row("oppdaterOrganisasjon", "POST", org!("/oppdater"), ADMIN, OPPSETT, BODY),
    row("konfigurerLedsagerbevis", "POST", org!("/konfigurer"), ADMIN, OPPSETT, PLAIN),
    row("hentStatus", "GET", org!("/status"), ADMIN, OPPSETT, PLAIN),
    row("hentAktiveSvarutKontoer", "GET", org!("/svarutkontoer"), ADMIN, OPPSETT, PLAIN),
    row("leggTilSvarutkonto", "POST", org!("/svarutkontoer/{kontoid}"), ADMIN, OPPSETT, PLAIN),
    row("hentGrupper", "GET", org!("/grupper"), GRUPPE, OPPSETT, PLAIN),
    row("opprettGruppe", "POST", org!("/grupper"), ADMIN, OPPSETT, FULL),
    row("hentGruppe", "GET", org!("/grupper/{gruppeId}"), GRUPPE, OPPSETT, PLAIN),
    row("endreGruppe", "POST", org!("/grupper/{gruppeId}"), ADMIN, OPPSETT, FULL),
    row("hentAdmin", "GET", org!("/grupper/{gruppeId}/administratorer"), GRUPPE, OPPSETT, PLAIN),
    row("leggAdminTilGruppe", "POST", org!("/grupper/{gruppeId}/administratorer"), GRUPPE, OPPSETT, FULL),
    row("fjernAdminFraGruppe", "DELETE", org!("/grupper/{gruppeId}/administratorer"), GRUPPE, OPPSETT, FULL),
    row("hentBrukere", "GET", org!("/grupper/{gruppeId}/brukere"), GRUPPE, OPPSETT, PLAIN),
    row("leggBrukerTilGruppe", "POST", org!("/grupper/{gruppeId}/brukere"), GRUPPE, OPPSETT, FULL),
    row("fjernBrukerFraGruppe", "DELETE", org!("/grupper/{gruppeId}/brukere"), GRUPPE, OPPSETT, BODY),
];

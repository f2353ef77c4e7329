//! Administration, version 1: lists and figures of the last so many days.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use crate::{
    domain::{
        Services,
        admin::{DagTall, Historikk, MAX_SOK, Rad},
    },
    http::{
        bekymringsmelding::Malgruppe,
        credentials::Forvaltning,
        problem::ApiError,
        wire::{Hopp, Radantall, SisteDager, Tidspunkt},
    },
    model::{
        Feil, Feilkode, FiksOrgId, MeldingId,
        hendelse::Hendelse,
        melding::{Melding, Tilstand},
        utvalg::{Periode, Utvalg},
    },
};

/// Én hendelse i en meldings historikk, slik forvalteren ser den.
#[derive(Debug, Object)]
#[oai(rename = "AdminHistorikkApiModel", rename_all = "camelCase")]
struct HistorikkApiModel {
    /// Meldingens id.
    bekymringsmelding_id: uuid::Uuid,
    /// Når det skjedde: norsk lokal tid uten tidssone, `2026-01-01T13:00:00.000`.
    tidspunkt: String,
    /// Meldingstypen i Fiks IO som hendelsen svarer til. Mangler når det ikke er noen.
    #[oai(skip_serializing_if_is_none)]
    meldingstype: Option<String>,
    /// Bekymringsmeldingens id når hendelsen svarer til en meldingstype: kvitteringer settes med den.
    #[oai(skip_serializing_if_is_none)]
    melding_id: Option<uuid::Uuid>,
    /// Tilstanden etter hendelsen.
    state: String,
    /// Kontoen som bydelen har nå, når hendelsen svarer til en meldingstype.
    #[oai(skip_serializing_if_is_none)]
    fiks_io_konto: Option<uuid::Uuid>,
    /// Forklaring for mennesker.
    #[oai(skip_serializing_if_is_none)]
    beskrivelse: Option<String>,
}

/// En melding i forvalterens liste.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct MeldingApiModel {
    /// Meldingens id.
    bekymringsmelding_id: uuid::Uuid,
    /// Organisasjonen som mottar.
    fiks_org_id: uuid::Uuid,
    /// Bydelen som mottar.
    bydel_ressurs_id: uuid::Uuid,
    /// Når vi tok imot meldingen: norsk lokal tid uten tidssone.
    innsendt: String,
    /// Bydelens navn nå.
    bydelsnavn: String,
    /// Kanalen meldingen er i: `FIKS_IO`, `SVARINN`, `MANUELL_MOTTAK` eller `PRINT`.
    kanal: String,
    /// Når meldingen ble levert, i samme form som `innsendt`. Tom når den ikke er det.
    bekreftet: String,
}

/// Én side av forvalterens liste.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct MeldingResultApiModel {
    /// Hvor mange meldinger som passer til sammen.
    totalt_antall_treff: i32,
    /// Meldingene på siden, nyeste først.
    meldinger: Vec<MeldingApiModel>,
}

/// Tall for alle meldinger, og for dem som kom de siste dagene.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct StatistikkApiModel {
    /// Alle meldinger.
    antall_bekymringsmeldinger_totalt: i32,
    /// Alle meldinger som ikke er levert.
    antall_ubekreftede_bekymringsmeldinger_totalt: i32,
    /// Private meldinger som kom de siste dagene.
    antall_private_bekymringsmeldinger_siste_dager: i32,
    /// Offentlige meldinger som kom de siste dagene.
    antall_offentlig_bekymringsmeldinger_siste_dager: i32,
    /// De som kom de siste dagene og er levert som brev.
    antall_levert_print_siste_dager: i32,
    /// De som kom de siste dagene og er levert til kommunens fagsystem.
    #[oai(rename = "antallLevertFiksIOSisteDager")]
    antall_levert_fiks_io_siste_dager: i32,
    /// De som kom de siste dagene og er levert i manuelt mottak.
    antall_levert_manuell_mottak_siste_dager: i32,
    /// De som kom de siste dagene og er levert i SvarInn.
    antall_levert_svarinn_siste_dager: i32,
    /// Meldinger med advarselen `IKKE_SENDT`.
    antall_ikke_sendt: i32,
    /// Meldinger med advarselen `IKKE_BEKREFTET_FAGSYSTEM`.
    antall_ikke_bekreftet_fagsystem: i32,
    /// Meldinger med advarselen `IKKE_BEKREFTET_PRINT`.
    antall_ikke_levert_post: i32,
    /// Hvor mange dager tallene gjelder.
    siste_dager: i32,
    /// De som kom de siste dagene fra et fagsystem.
    antall_fra_fagsystem_siste_dager: i32,
}

/// Tall for én dag.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct StatistikkSkjematypeApiModel {
    /// Alle meldinger som kom den dagen.
    antall_bekymringsmeldinger_totalt: i32,
    /// De private.
    antall_privat_bekymringsmeldinger: i32,
    /// De offentlige.
    antall_offentlig_bekymringsmeldinger: i32,
    /// Dagen i Norge, `2026-01-01`.
    dato: String,
}

/// The documents say `int32`.
pub fn int32(n: u64) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// Free text that is worth looking for; what is only spaces is none.
///
/// # Errors
/// When it is too long.
pub fn fritekst(sok: Option<String>) -> Result<Option<String>, Feil> {
    let text = sok.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    match text {
        Some(text) if text.chars().count() > MAX_SOK => {
            let rule = format!("Et parameter i kallet har feil form: sok kan ha høyst {MAX_SOK} tegn.");
            Err(Feil::from(Feilkode::Parameter).melding(rule))
        }
        text => Ok(text),
    }
}

/// The warning with its moment; an empty one is none.
///
/// # Errors
/// When there is no such warning.
pub fn advarsel(
    services: &Services,
    text: Option<&str>,
) -> Result<Option<(crate::model::utvalg::Advarsel, jiff::Timestamp)>, Feil> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let rule = "Et parameter i kallet har feil form: advarsel skal være IKKE_SENDT, IKKE_BEKREFTET_FAGSYSTEM eller \
                IKKE_BEKREFTET_PRINT.";
    let advarsel = text.parse().map_err(|_| Feil::from(Feilkode::Parameter).melding(rule))?;
    Ok(Some((advarsel, services.clock.now())))
}

/// What of Fiks IO an entry of the history stands for: KS delivers a report as a message of this type, and receives the
/// receipts as others.
pub fn meldingstype(melding: &Melding, before: Option<&Hendelse>, entry: &Hendelse) -> Option<String> {
    let skjematype = melding.skjematype.as_str().to_lowercase();
    let versjon = melding.versjon.as_str().to_lowercase();
    let from_system = before.is_some_and(|before| before.tilstand == Tilstand::SendtFagsystem);
    match entry.tilstand {
        Tilstand::SendtFagsystem => Some(format!("no.ks.fiks.bekymringsmelding.{skjematype}.{versjon}")),
        Tilstand::AvvistFagsystem => Some(super::inngrep::FEILET.to_owned()),
        Tilstand::Levert if from_system => Some(super::inngrep::MOTTATT.to_owned()),
        _ => None,
    }
}

/// Every entry with its message type, if it stands for one.
pub fn entries(historikk: &Historikk) -> Vec<(Hendelse, Option<String>)> {
    let before = std::iter::once(None).chain(historikk.hendelser.iter().map(Some));
    let entry = |(before, entry): (Option<&Hendelse>, &Hendelse)| {
        (entry.clone(), meldingstype(&historikk.melding, before, entry))
    };
    before.zip(&historikk.hendelser).map(entry).collect()
}

fn row(rad: Rad) -> MeldingApiModel {
    let Rad { melding, bydelsnavn } = rad;
    MeldingApiModel {
        bekymringsmelding_id: melding.id.0,
        fiks_org_id: melding.mottaker.0,
        bydel_ressurs_id: melding.bydel.0,
        innsendt: Tidspunkt(melding.mottatt).norwegian_local(),
        bydelsnavn,
        kanal: melding.kanal.to_string(),
        bekreftet: melding.levert.map(|at| Tidspunkt(at).norwegian_local()).unwrap_or_default(),
    }
}

impl From<DagTall> for StatistikkSkjematypeApiModel {
    fn from(dag: DagTall) -> Self {
        Self {
            antall_bekymringsmeldinger_totalt: int32(dag.private + dag.offentlige),
            antall_privat_bekymringsmeldinger: int32(dag.private),
            antall_offentlig_bekymringsmeldinger: int32(dag.offentlige),
            dato: dag.dato.to_string(),
        }
    }
}

#[derive(Debug)]
pub struct Administrasjon;

#[OpenApi(tag = "Malgruppe::Administrasjon")]
impl Administrasjon {
    /// Hent historikken til en melding
    ///
    /// Alt som har skjedd med meldingen, eldste hendelse først. Oppslaget blir notert i revisjonssporet.
    #[oai(path = "/admin/historikk/:bekymringsmeldingId", method = "get", operation_id = "getHistorikk")]
    async fn historikk(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Meldingens id.
        #[oai(name = "bekymringsmeldingId")]
        id: Path<MeldingId>,
        /// Bare når meldingen er til denne organisasjonen.
        #[oai(name = "fiksOrgId")]
        fiks_org_id: Query<Option<FiksOrgId>>,
    ) -> Result<Json<Vec<HistorikkApiModel>>, ApiError> {
        let found = services.admin_historikk(&caller.0.innsyn(fiks_org_id.0)?, id.0).await?;
        let konto = found.konto;
        let entry = |(entry, meldingstype): (Hendelse, Option<String>)| HistorikkApiModel {
            bekymringsmelding_id: entry.melding.0,
            tidspunkt: Tidspunkt(entry.tidspunkt).norwegian_local(),
            melding_id: meldingstype.as_ref().map(|_| entry.melding.0),
            fiks_io_konto: konto.filter(|_| meldingstype.is_some()).map(|konto| konto.0),
            meldingstype,
            state: entry.tilstand.to_string(),
            beskrivelse: entry.beskrivelse,
        };
        Ok(Json(entries(&found).into_iter().map(entry).collect()))
    }

    /// Hent meldinger
    ///
    /// Meldingene som passer, nyeste først. Advarslene er `IKKE_SENDT` (tatt imot for mer enn ti minutter siden og ikke
    /// overlevert), `IKKE_BEKREFTET_FAGSYSTEM` (avvist av fagsystemet, eller ikke bekreftet og tatt imot for mer enn to timer
    /// siden) og `IKKE_BEKREFTET_PRINT` (sendt som brev uten at det er postlagt, eller brevet kunne ikke sendes).
    #[oai(path = "/admin/meldinger", method = "get", operation_id = "getMeldinger")]
    #[expect(clippy::too_many_arguments, reason = "each is a documented parameter of the operation")]
    async fn meldinger(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Bare meldinger som kom de siste så mange dagene i Norge, dagen i dag medregnet.
        #[oai(name = "sisteDager")]
        siste_dager: Query<Option<SisteDager>>,
        /// Hvor mange meldinger som skal hoppes over.
        #[oai(default)]
        fra: Query<Hopp>,
        /// Hvor mange meldinger det høyst skal være på siden.
        #[oai(default)]
        antall: Query<Radantall>,
        /// Bare meldinger med denne advarselen.
        #[oai(name = "advarsel")]
        med_advarsel: Query<Option<String>>,
        /// Fritekst: meldingens id (minst de første åtte tegnene), navn eller nummer på bydel, kommune eller avsender.
        sok: Query<Option<String>>,
        /// Bare meldinger til denne organisasjonen.
        #[oai(name = "fiksOrgId")]
        fiks_org_id: Query<Option<FiksOrgId>>,
    ) -> Result<Json<MeldingResultApiModel>, ApiError> {
        let innsyn = caller.0.innsyn(fiks_org_id.0)?;
        let utvalg = Utvalg {
            periode: siste_dager.0.map_or(Periode::default(), |dager| services.siste_dager(dager.0)),
            advarsel: advarsel(&services, med_advarsel.0.as_deref())?,
            sok: fritekst(sok.0)?,
            ..Utvalg::default()
        };
        let (total, rows) = services.admin_meldinger(&innsyn, &utvalg, fra.0.0.into(), antall.0.0.into()).await?;
        Ok(Json(MeldingResultApiModel {
            totalt_antall_treff: int32(total),
            meldinger: rows.into_iter().map(row).collect(),
        }))
    }

    /// Hent statistikk
    ///
    /// Tall for alle meldinger, og for dem som kom de siste dagene: hvor de er nå.
    #[oai(path = "/admin/statistikk", method = "get", operation_id = "getStatistikk")]
    async fn statistikk(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Hvor mange dager i Norge, dagen i dag medregnet.
        #[oai(name = "sisteDager", default)]
        siste_dager: Query<SisteDager>,
        /// Bare meldinger til denne organisasjonen.
        #[oai(name = "fiksOrgId")]
        fiks_org_id: Query<Option<FiksOrgId>>,
    ) -> Result<Json<StatistikkApiModel>, ApiError> {
        let innsyn = caller.0.innsyn(fiks_org_id.0)?;
        let dager = siste_dager.0.0;
        let (alle, siste) = services.admin_statistikk_siste_dager(&innsyn, dager).await?;
        Ok(Json(StatistikkApiModel {
            antall_bekymringsmeldinger_totalt: int32(alle.totalt),
            antall_ubekreftede_bekymringsmeldinger_totalt: int32(alle.ubekreftede),
            antall_private_bekymringsmeldinger_siste_dager: int32(siste.private),
            antall_offentlig_bekymringsmeldinger_siste_dager: int32(siste.offentlige),
            antall_levert_print_siste_dager: int32(siste.levert_print),
            antall_levert_fiks_io_siste_dager: int32(siste.levert_fiks_io),
            antall_levert_manuell_mottak_siste_dager: int32(siste.levert_manuelt_mottak),
            antall_levert_svarinn_siste_dager: int32(siste.levert_svarinn),
            antall_ikke_sendt: int32(alle.ikke_sendt),
            antall_ikke_bekreftet_fagsystem: int32(alle.ikke_bekreftet_fagsystem),
            antall_ikke_levert_post: int32(alle.ikke_bekreftet_print),
            siste_dager: dager.into(),
            antall_fra_fagsystem_siste_dager: int32(siste.fra_fagsystem),
        }))
    }

    /// Hent statistikk per dag og skjematype
    ///
    /// Bare dager det har kommet meldinger, eldste først.
    #[oai(path = "/admin/statistikk/skjematyper", method = "get", operation_id = "getStatistikkSkjematyper")]
    async fn skjematyper(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Hvor mange dager i Norge, dagen i dag medregnet.
        #[oai(name = "sisteDager", default)]
        siste_dager: Query<SisteDager>,
        /// Bare meldinger til denne organisasjonen.
        #[oai(name = "fiksOrgId")]
        fiks_org_id: Query<Option<FiksOrgId>>,
    ) -> Result<Json<Vec<StatistikkSkjematypeApiModel>>, ApiError> {
        let periode = services.siste_dager(siste_dager.0.0);
        let days = services.admin_skjematyper(&caller.0.innsyn(fiks_org_id.0)?, periode).await?;
        Ok(Json(days.into_iter().map(StatistikkSkjematypeApiModel::from).collect()))
    }
}

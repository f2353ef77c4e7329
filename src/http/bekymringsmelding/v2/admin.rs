//! Administration, version 2: periods with both ends, more filters, and the list as a file.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    super::v1::admin::{StatistikkSkjematypeApiModel, advarsel, entries, fritekst, int32},
    csv::Csv,
};
use crate::{
    domain::{Services, admin::Rad},
    http::{
        bekymringsmelding::Malgruppe,
        credentials::Forvaltning,
        problem::ApiError,
        wire::{Filantall, Hopp, Radantall, Tidspunkt},
    },
    model::{
        Feil, Feilkode, FiksOrgId, MeldingId,
        hendelse::Hendelse,
        melding::{Kanal as ModelKanal, Skjematype},
        utvalg::{Periode, PeriodeTall, Utvalg},
    },
};

/// Hvem skjemaet er fra.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "AdminSkjemaType", rename_all = "SCREAMING_SNAKE_CASE")]
enum SkjemaType {
    /// En privatperson.
    Privat,
    /// Noen som melder i kraft av jobben sin.
    Offentlig,
    /// Forekommer ikke her: skjematypen er alltid kjent.
    Ukjent,
}

/// Kanalen en melding er i.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "AdminKanal", rename_all = "SCREAMING_SNAKE_CASE")]
enum Kanal {
    /// Køen som kommunens fagsystem henter fra.
    FiksIo,
    Svarinn,
    ManuellMottak,
    /// Brev.
    Print,
}

/// Én hendelse i en meldings historikk, slik forvalteren ser den.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct HistorikkApiModelV2 {
    /// Meldingens id.
    bekymringsmelding_id: uuid::Uuid,
    /// Når det skjedde: UTC etter RFC 3339, `2026-01-01T12:00:00.000Z`.
    tidspunkt: String,
    /// Meldingstypen i Fiks IO som hendelsen svarer til. Mangler når det ikke er noen.
    #[oai(skip_serializing_if_is_none)]
    meldingstype: Option<String>,
    /// Bekymringsmeldingens id når hendelsen svarer til en meldingstype: kvitteringer settes med den.
    #[oai(skip_serializing_if_is_none)]
    fiks_io_melding_id: Option<uuid::Uuid>,
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
struct MeldingApiModelV2 {
    /// Meldingens id.
    bekymringsmelding_id: uuid::Uuid,
    /// Organisasjonen som mottar.
    fiks_org_id: uuid::Uuid,
    /// Bydelen som mottar.
    bydel_ressurs_id: uuid::Uuid,
    /// Når vi tok imot meldingen: UTC etter RFC 3339.
    innsendt: String,
    /// Bydelens navn nå.
    bydelsnavn: String,
    /// Kanalen meldingen er i: `FIKS_IO`, `SVARINN`, `MANUELL_MOTTAK` eller `PRINT`.
    kanal: String,
    /// Når meldingen ble levert, i samme form som `innsendt`. Tom når den ikke er det.
    bekreftet: String,
    /// Tilstanden nå.
    tilstand: String,
    /// Om meldingen er fra et fagsystem, og ikke fra et skjema som en person har fylt ut.
    fra_fagsystem: bool,
    /// Hvem skjemaet er fra.
    skjema_type: SkjemaType,
}

/// Én side av forvalterens liste.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct MeldingResultApiModelV2 {
    /// Hvor mange meldinger som passer til sammen.
    totalt_antall_treff: i32,
    /// Meldingene på siden, nyeste først.
    meldinger: Vec<MeldingApiModelV2>,
}

/// Tall for alle meldinger.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct StatistikkApiModelV2 {
    /// Alle meldinger.
    antall_bekymringsmeldinger_totalt: i32,
    /// De som ikke er levert.
    antall_ubekreftede_bekymringsmeldinger_totalt: i32,
    /// De med advarselen `IKKE_SENDT`.
    antall_ikke_sendt: i32,
    /// De med advarselen `IKKE_BEKREFTET_FAGSYSTEM`.
    antall_ikke_bekreftet_fagsystem: i32,
    /// De med advarselen `IKKE_BEKREFTET_PRINT`.
    antall_ikke_levert_post: i32,
}

/// Tall for meldinger som kom i en periode: hvor de er nå.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct StatistikkGittPeriodeApiModelV2 {
    /// De private.
    antall_private_bekymringsmeldinger_gitt_periode: i32,
    /// De offentlige.
    antall_offentlig_bekymringsmeldinger_gitt_periode: i32,
    /// De som er levert som brev.
    antall_levert_print_gitt_periode: i32,
    /// De som er levert til kommunens fagsystem.
    #[oai(rename = "antallLevertFiksIOGittPeriode")]
    antall_levert_fiks_io_gitt_periode: i32,
    /// De som er levert i manuelt mottak.
    antall_levert_manuell_mottak_gitt_periode: i32,
    /// De som er levert i SvarInn.
    antall_levert_svarinn_gitt_periode: i32,
    /// De som er fra et fagsystem.
    antall_fra_fagsystem_gitt_periode: i32,
    /// Når perioden begynner.
    fra_dato: Tidspunkt,
    /// Når perioden er slutt.
    til_dato: Tidspunkt,
}

impl From<Rad> for MeldingApiModelV2 {
    fn from(Rad { melding, bydelsnavn }: Rad) -> Self {
        Self {
            bekymringsmelding_id: melding.id.0,
            fiks_org_id: melding.mottaker.0,
            bydel_ressurs_id: melding.bydel.0,
            innsendt: Tidspunkt(melding.mottatt).text(),
            bydelsnavn,
            kanal: melding.kanal.to_string(),
            bekreftet: melding.levert.map(|at| Tidspunkt(at).text()).unwrap_or_default(),
            tilstand: melding.tilstand.to_string(),
            fra_fagsystem: melding.fra_fagsystem,
            skjema_type: match melding.skjematype {
                Skjematype::Privat => SkjemaType::Privat,
                Skjematype::Offentlig => SkjemaType::Offentlig,
            },
        }
    }
}

/// What narrows the list, as the caller wrote it.
struct Valg {
    fra_dato: Option<Tidspunkt>,
    til_dato: Option<Tidspunkt>,
    advarsel: Option<String>,
    sok: Option<String>,
    fra_fagsystem: Option<bool>,
    skjema_type: Option<SkjemaType>,
    kanal: Option<Kanal>,
}

impl Valg {
    fn utvalg(self, services: &Services) -> Result<Utvalg, Feil> {
        Ok(Utvalg {
            periode: periode(self.fra_dato, self.til_dato)?,
            advarsel: advarsel(services, self.advarsel.as_deref())?,
            sok: fritekst(self.sok)?,
            fra_fagsystem: self.fra_fagsystem,
            skjematyper: self.skjema_type.map(|skjema_type| match skjema_type {
                SkjemaType::Privat => vec![Skjematype::Privat],
                SkjemaType::Offentlig => vec![Skjematype::Offentlig],
                SkjemaType::Ukjent => Vec::new(),
            }),
            kanal: self.kanal.map(|kanal| match kanal {
                Kanal::FiksIo => ModelKanal::Fagsystem,
                Kanal::Svarinn => ModelKanal::Svarinn,
                Kanal::ManuellMottak => ModelKanal::ManuellMottak,
                Kanal::Print => ModelKanal::Print,
            }),
        })
    }
}

fn periode(fra: Option<Tidspunkt>, til: Option<Tidspunkt>) -> Result<Periode, Feil> {
    let (fra, til) = (fra.map(|at| at.0), til.map(|at| at.0));
    if fra.zip(til).is_some_and(|(fra, til)| fra >= til) {
        let rule = "Et parameter i kallet har feil form: fraDato skal være før tilDato.";
        return Err(Feil::from(Feilkode::Parameter).melding(rule));
    }
    Ok(Periode { fra, til })
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
    ) -> Result<Json<Vec<HistorikkApiModelV2>>, ApiError> {
        let found = services.admin_historikk(&caller.0.innsyn(fiks_org_id.0)?, id.0).await?;
        let konto = found.konto;
        let entry = |(entry, meldingstype): (Hendelse, Option<String>)| HistorikkApiModelV2 {
            bekymringsmelding_id: entry.melding.0,
            tidspunkt: Tidspunkt(entry.tidspunkt).text(),
            fiks_io_melding_id: meldingstype.as_ref().map(|_| entry.melding.0),
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
        /// Bare meldinger som kom da eller senere.
        #[oai(name = "fraDato")]
        fra_dato: Query<Option<Tidspunkt>>,
        /// Bare meldinger som kom før dette.
        #[oai(name = "tilDato")]
        til_dato: Query<Option<Tidspunkt>>,
        /// Hvor mange meldinger som skal hoppes over.
        #[oai(default)]
        fra: Query<Hopp>,
        /// Hvor mange meldinger det høyst skal være på siden.
        #[oai(default)]
        antall: Query<Radantall>,
        /// Bare meldinger med denne advarselen.
        advarsel: Query<Option<String>>,
        /// Fritekst: meldingens id (minst de første åtte tegnene), navn eller nummer på bydel, kommune eller avsender.
        sok: Query<Option<String>>,
        /// Bare meldinger til denne organisasjonen.
        #[oai(name = "fiksOrgId")]
        fiks_org_id: Query<Option<FiksOrgId>>,
        /// Bare meldinger som er fra et fagsystem, eller bare de andre.
        #[oai(name = "fraFagsystem")]
        fra_fagsystem: Query<Option<bool>>,
        /// Bare meldinger av denne typen.
        #[oai(name = "skjemaType")]
        skjema_type: Query<Option<SkjemaType>>,
        /// Bare meldinger i denne kanalen.
        kanal: Query<Option<Kanal>>,
    ) -> Result<Json<MeldingResultApiModelV2>, ApiError> {
        let innsyn = caller.0.innsyn(fiks_org_id.0)?;
        let valg = Valg {
            fra_dato: fra_dato.0,
            til_dato: til_dato.0,
            advarsel: advarsel.0,
            sok: sok.0,
            fra_fagsystem: fra_fagsystem.0,
            skjema_type: skjema_type.0,
            kanal: kanal.0,
        };
        let utvalg = valg.utvalg(&services)?;
        let (total, rows) = services.admin_meldinger(&innsyn, &utvalg, fra.0.0.into(), antall.0.0.into()).await?;
        Ok(Json(MeldingResultApiModelV2 {
            totalt_antall_treff: int32(total),
            meldinger: rows.into_iter().map(MeldingApiModelV2::from).collect(),
        }))
    }

    /// Hent meldinger som fil
    ///
    /// De samme meldingene som i listen, som CSV: komma mellom feltene etter RFC 4180, UTF-8 med BOM. Celler som et regneark
    /// ville ha regnet ut, har en apostrof foran. Filen skrives mens meldingene leses: brytes forbindelsen, er den ikke hel.
    #[oai(path = "/admin/meldinger/csv", method = "get", operation_id = "getMeldingerTilCsv")]
    #[expect(clippy::too_many_arguments, reason = "each is a documented parameter of the operation")]
    async fn csv(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Bare meldinger som kom da eller senere.
        #[oai(name = "fraDato")]
        fra_dato: Query<Option<Tidspunkt>>,
        /// Bare meldinger som kom før dette.
        #[oai(name = "tilDato")]
        til_dato: Query<Option<Tidspunkt>>,
        /// Hvor mange meldinger som skal hoppes over.
        #[oai(default)]
        fra: Query<Hopp>,
        /// Hvor mange meldinger det høyst skal være i filen.
        #[oai(default)]
        antall: Query<Filantall>,
        /// Bare meldinger med denne advarselen.
        advarsel: Query<Option<String>>,
        /// Fritekst: meldingens id (minst de første åtte tegnene), navn eller nummer på bydel, kommune eller avsender.
        sok: Query<Option<String>>,
        /// Bare meldinger til denne organisasjonen.
        #[oai(name = "fiksOrgId")]
        fiks_org_id: Query<Option<FiksOrgId>>,
        /// Bare meldinger som er fra et fagsystem, eller bare de andre.
        #[oai(name = "fraFagsystem")]
        fra_fagsystem: Query<Option<bool>>,
        /// Bare meldinger av denne typen.
        #[oai(name = "skjemaType")]
        skjema_type: Query<Option<SkjemaType>>,
        /// Bare meldinger i denne kanalen.
        kanal: Query<Option<Kanal>>,
    ) -> Result<Csv, ApiError> {
        let innsyn = caller.0.innsyn(fiks_org_id.0)?;
        let valg = Valg {
            fra_dato: fra_dato.0,
            til_dato: til_dato.0,
            advarsel: advarsel.0,
            sok: sok.0,
            fra_fagsystem: fra_fagsystem.0,
            skjema_type: skjema_type.0,
            kanal: kanal.0,
        };
        let utvalg = valg.utvalg(&services)?;
        Ok(Csv::new(services.admin_strom(&innsyn, utvalg, fra.0.0.into(), antall.0.0.into()).await?))
    }

    /// Hent statistikk
    ///
    /// Tall for alle meldinger, når de enn kom.
    #[oai(path = "/admin/statistikk", method = "get", operation_id = "getStatistikk")]
    async fn statistikk(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Bare meldinger til denne organisasjonen.
        #[oai(name = "fiksOrgId")]
        fiks_org_id: Query<Option<FiksOrgId>>,
    ) -> Result<Json<StatistikkApiModelV2>, ApiError> {
        let alle = services.admin_statistikk(&caller.0.innsyn(fiks_org_id.0)?).await?;
        Ok(Json(StatistikkApiModelV2 {
            antall_bekymringsmeldinger_totalt: int32(alle.totalt),
            antall_ubekreftede_bekymringsmeldinger_totalt: int32(alle.ubekreftede),
            antall_ikke_sendt: int32(alle.ikke_sendt),
            antall_ikke_bekreftet_fagsystem: int32(alle.ikke_bekreftet_fagsystem),
            antall_ikke_levert_post: int32(alle.ikke_bekreftet_print),
        }))
    }

    /// Hent statistikk for en periode
    ///
    /// Tall for meldingene som kom i perioden: hvor de er nå. Uten `tilDato` er perioden slutt nå, og uten `fraDato` er den
    /// tretti dager lang.
    #[oai(path = "/admin/statistikk-gitt-periode", method = "get", operation_id = "getStatistikkGittPeriode")]
    async fn gitt_periode(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Når perioden begynner.
        #[oai(name = "fraDato")]
        fra_dato: Query<Option<Tidspunkt>>,
        /// Når perioden er slutt.
        #[oai(name = "tilDato")]
        til_dato: Query<Option<Tidspunkt>>,
        /// Bare meldinger til denne organisasjonen.
        #[oai(name = "fiksOrgId")]
        fiks_org_id: Query<Option<FiksOrgId>>,
    ) -> Result<Json<StatistikkGittPeriodeApiModelV2>, ApiError> {
        let innsyn = caller.0.innsyn(fiks_org_id.0)?;
        let (fra, til) = services.hel_periode(periode(fra_dato.0, til_dato.0)?);
        let whole = periode(Some(Tidspunkt(fra)), Some(Tidspunkt(til)))?;
        let PeriodeTall {
            private,
            offentlige,
            fra_fagsystem,
            levert_print,
            levert_fiks_io,
            levert_manuelt_mottak,
            levert_svarinn,
        } = services.admin_periode(&innsyn, whole).await?;
        Ok(Json(StatistikkGittPeriodeApiModelV2 {
            antall_private_bekymringsmeldinger_gitt_periode: int32(private),
            antall_offentlig_bekymringsmeldinger_gitt_periode: int32(offentlige),
            antall_levert_print_gitt_periode: int32(levert_print),
            antall_levert_fiks_io_gitt_periode: int32(levert_fiks_io),
            antall_levert_manuell_mottak_gitt_periode: int32(levert_manuelt_mottak),
            antall_levert_svarinn_gitt_periode: int32(levert_svarinn),
            antall_fra_fagsystem_gitt_periode: int32(fra_fagsystem),
            fra_dato: Tidspunkt(fra),
            til_dato: Tidspunkt(til),
        }))
    }

    /// Hent statistikk per dag og skjematype
    ///
    /// Dagene er norske. Bare dager det har kommet meldinger, eldste først.
    #[oai(path = "/admin/statistikk/skjematyper", method = "get", operation_id = "getStatistikkSkjematyper")]
    async fn skjematyper(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Når perioden begynner.
        #[oai(name = "fraDato")]
        fra_dato: Query<Tidspunkt>,
        /// Når perioden er slutt.
        #[oai(name = "tilDato")]
        til_dato: Query<Tidspunkt>,
        /// Bare meldinger til denne organisasjonen.
        #[oai(name = "fiksOrgId")]
        fiks_org_id: Query<Option<FiksOrgId>>,
    ) -> Result<Json<Vec<StatistikkSkjematypeApiModel>>, ApiError> {
        let innsyn = caller.0.innsyn(fiks_org_id.0)?;
        let days = services.admin_skjematyper(&innsyn, periode(Some(fra_dato.0), Some(til_dato.0))?).await?;
        Ok(Json(days.into_iter().map(StatistikkSkjematypeApiModel::from).collect()))
    }
}

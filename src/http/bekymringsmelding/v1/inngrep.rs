//! Moving a report by hand, and the figures of each office. The same in version 1 and 2.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::admin::{fritekst, int32};
use crate::{
    domain::{
        Services,
        admin::{BydelTall, Kvitteringstype},
    },
    http::{
        bekymringsmelding::Malgruppe,
        credentials::Forvaltning,
        problem::ApiError,
        wire::{Hopp, Radantall, TilstandParam},
    },
    model::{Feil, Feilkode, FiksOrgId, KontoId, MeldingId},
};

/// The types of a receipt's message in Fiks IO.
pub const MOTTATT: &str = "no.ks.fiks.bekymringsmelding.mottatt.v1";
pub const FEILET: &str = "no.ks.fiks.bekymringsmelding.feilet.v1";

/// Hvordan en bydel kan nås.
#[derive(Debug, Object)]
#[oai(rename = "StatistikkKontaktinformasjonApiModel", rename_all = "camelCase", skip_serializing_if_is_none)]
struct KontaktinformasjonApiModel {
    /// Telefonnummeret.
    telefon: Option<String>,
    /// Den første av bydelens e-postadresser.
    epost: Option<String>,
    /// Hvem brev er til.
    postadresse_navn: Option<String>,
    /// Gateadresse eller postboks.
    postadresse_adresselinje1: Option<String>,
    /// Mer av adressen.
    postadresse_adresselinje2: Option<String>,
    /// Mer av adressen.
    postadresse_adresselinje3: Option<String>,
    /// Postnummer, fire sifre.
    postadresse_postnr: Option<String>,
    /// Poststed.
    postadresse_poststed: Option<String>,
}

/// Tall for én bydel.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct StatistikkEnkelApiModel {
    /// Alle meldinger.
    antall_bekymringsmeldinger_totalt: i32,
    /// De som ikke er levert.
    antall_ubekreftede_bekymringsmeldinger_totalt: i32,
    /// De som er levert på en annen måte enn som brev.
    antall_levert_fagsystem: i32,
    /// De som er levert som brev.
    antall_levert_print: i32,
}

/// En bydel med tallene sine.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct StatistikkBydelApiModel {
    /// Bydelens navn.
    bydelsnavn: String,
    /// Tallene.
    statistikk: StatistikkEnkelApiModel,
    /// Organisasjonen som mottar for bydelen.
    fiks_org_id: uuid::Uuid,
    /// Bydelens id.
    bydel_ressurs_id: uuid::Uuid,
    /// Kanalen nye meldinger overleveres i.
    konto_type: String,
    /// Adressene som varsler går til, utenom bydelens egne.
    varseleposter: Vec<String>,
    /// Hvordan bydelen kan nås.
    kontaktinformasjon: KontaktinformasjonApiModel,
}

/// Én side av bydelene.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct StatistikkBydelResultApiModel {
    /// Hvor mange bydeler som passer til sammen.
    totalt_antall_treff: i32,
    /// Bydelene på siden, etter kommunenummer og bydelsnummer.
    statistikk_bydeler: Vec<StatistikkBydelApiModel>,
}

/// En kvittering som settes for hånd.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct StatusModel {
    /// Bekymringsmeldingens id. Må være med.
    melding_id: Option<uuid::Uuid>,
    /// `no.ks.fiks.bekymringsmelding.mottatt.v1` eller `no.ks.fiks.bekymringsmelding.feilet.v1`. Må være med.
    meldingstype: Option<String>,
    /// Kontoen til bydelen som meldingen er til. Kan utelates.
    fiks_io_konto: Option<uuid::Uuid>,
}

#[derive(Debug, ApiResponse)]
pub enum Utfort {
    /// Det er gjort.
    #[oai(status = 204)]
    Utfort,
}

impl StatistikkBydelResultApiModel {
    fn new((total, rows): (u64, Vec<BydelTall>)) -> Self {
        let row = |tall: BydelTall| {
            let bydel = tall.bydel;
            let (adresse, epost) = (bydel.adresse.as_ref(), bydel.eposter.first().cloned());
            StatistikkBydelApiModel {
                statistikk: StatistikkEnkelApiModel {
                    antall_bekymringsmeldinger_totalt: int32(tall.totalt),
                    antall_ubekreftede_bekymringsmeldinger_totalt: int32(tall.ubekreftede),
                    antall_levert_fagsystem: int32(tall.levert_fagsystem),
                    antall_levert_print: int32(tall.levert_print),
                },
                fiks_org_id: tall.organisasjon.0,
                bydel_ressurs_id: bydel.id.0,
                konto_type: bydel.konto.kanal.to_string(),
                kontaktinformasjon: KontaktinformasjonApiModel {
                    telefon: bydel.telefon,
                    epost,
                    postadresse_navn: adresse.map(|adresse| adresse.navn.clone()),
                    postadresse_adresselinje1: adresse.map(|adresse| adresse.adresselinje1.clone()),
                    postadresse_adresselinje2: adresse.and_then(|adresse| adresse.adresselinje2.clone()),
                    postadresse_adresselinje3: adresse.and_then(|adresse| adresse.adresselinje3.clone()),
                    postadresse_postnr: adresse.map(|adresse| adresse.postnummer.clone()),
                    postadresse_poststed: adresse.map(|adresse| adresse.poststed.clone()),
                },
                bydelsnavn: bydel.navn,
                varseleposter: bydel.varsel_eposter,
            }
        };
        Self { totalt_antall_treff: int32(total), statistikk_bydeler: rows.into_iter().map(row).collect() }
    }
}

fn receipt(meldingstype: &str) -> Option<Kvitteringstype> {
    // KS's own sample compares types without case.
    if meldingstype.eq_ignore_ascii_case(MOTTATT) {
        Some(Kvitteringstype::Mottatt)
    } else if meldingstype.eq_ignore_ascii_case(FEILET) {
        Some(Kvitteringstype::Feilet)
    } else {
        None
    }
}

fn wrong(pointer: &str, rule: &str) -> Feil {
    Feil::from(Feilkode::Kropp).melding(rule).fakta(serde_json::json!({ "peker": pointer }))
}

#[derive(Debug)]
pub struct Inngrep;

#[OpenApi(tag = "Malgruppe::Administrasjon")]
impl Inngrep {
    /// Hent statistikk per bydel
    ///
    /// Også bydeler som er slått av.
    #[oai(path = "/admin/statistikk/bydeler", method = "get", operation_id = "getStatistikkBydeler")]
    async fn bydeler(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Hvor mange bydeler som skal hoppes over.
        #[oai(default)]
        fra: Query<Hopp>,
        /// Hvor mange bydeler det høyst skal være på siden.
        #[oai(default)]
        antall: Query<Radantall>,
        /// Fritekst: navn eller nummer på bydel eller kommune.
        sok: Query<Option<String>>,
        /// Bare bydeler som denne organisasjonen mottar for.
        #[oai(name = "fiksOrgId")]
        fiks_org_id: Query<Option<FiksOrgId>>,
    ) -> Result<Json<StatistikkBydelResultApiModel>, ApiError> {
        let innsyn = caller.0.innsyn(fiks_org_id.0)?;
        let sok = fritekst(sok.0)?;
        let found = services.admin_bydeler(&innsyn, sok.as_deref(), fra.0.0.into(), antall.0.0.into()).await?;
        Ok(Json(StatistikkBydelResultApiModel::new(found)))
    }

    /// Sett tilstanden til en melding
    ///
    /// Følger de samme stegene som ellers: `LEVERT` når kommunen har meldingen, når brevet er postlagt, eller når en melding
    /// som ikke kunne sendes som brev, er fulgt opp (innholdet slettes); `AVVIST_FAGSYSTEM` når fagsystemet ikke kan ta den
    /// (den går ut som brev nå); `AVVIST_PRINT` når brevet ikke kan sendes; `SENDT_FAGSYSTEM` for å overlevere en som er tatt
    /// imot. Svarer 400 med de mulige tilstandene når det ikke går. Bruk `send` for å sende et brev på nytt.
    #[oai(
        path = "/admin/status/:bekymringsmeldingId/:state",
        method = "put",
        operation_id = "oppdaterStatusByBekymringsmeldingId"
    )]
    async fn sett_tilstand(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Meldingens id.
        #[oai(name = "bekymringsmeldingId")]
        id: Path<MeldingId>,
        /// Tilstanden meldingen skal få.
        state: Path<TilstandParam>,
    ) -> Result<Utfort, ApiError> {
        services.sett_tilstand(&caller.0.innsyn(None)?, id.0, state.0.0).await?;
        Ok(Utfort::Utfort)
    }

    /// Sett en kvittering for hånd
    ///
    /// Virker som om bydelens system hadde kvittert. Svarer 400 når meldingen ikke kan kvitteres slik nå.
    #[oai(path = "/admin/status", method = "post", operation_id = "oppdaterStatusByMeldingId")]
    async fn sett_kvittering(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        body: Json<StatusModel>,
    ) -> Result<Utfort, ApiError> {
        let innsyn = caller.0.innsyn(None)?;
        let StatusModel { melding_id, meldingstype, fiks_io_konto } = body.0;
        let id = melding_id.ok_or_else(|| wrong("/meldingId", "Feltet «meldingId» mangler."))?;
        let kvittering = meldingstype.as_deref().and_then(receipt).ok_or_else(|| {
            wrong("/meldingstype", &format!("Feltet «meldingstype» skal være {MOTTATT} eller {FEILET}."))
        })?;
        services.sett_kvittering(&innsyn, MeldingId(id), kvittering, fiks_io_konto.map(KontoId)).await?;
        Ok(Utfort::Utfort)
    }

    /// Send en melding på nytt
    ///
    /// Det som står for tur, blir gjort nå. En melding som venter på bydelen, venter videre i kanalen som bydelen har nå, med
    /// samme frist. En som er avvist, eller som er sendt som brev, går ut som brev. Svarer 400 når meldingen er levert.
    #[oai(path = "/admin/send/:bekymringsmeldingId", method = "post", operation_id = "sendOrdreById")]
    async fn send(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Meldingens id.
        #[oai(name = "bekymringsmeldingId")]
        id: Path<MeldingId>,
    ) -> Result<Utfort, ApiError> {
        services.send_pa_nytt(&caller.0.innsyn(None)?, id.0).await?;
        Ok(Utfort::Utfort)
    }
}

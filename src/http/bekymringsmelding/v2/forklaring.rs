//! What has happened to a report in words, for whoever sent it, receives it or manages it. Not part of KS's published API;
//! in its style.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use crate::{
    domain::{
        Services,
        forklaring::{Ansvarlig as ModelAnsvarlig, Forklaring as Model, Frist as ModelFrist, Linje},
        tilgang::{Hente, Sende},
    },
    http::{
        bekymringsmelding::Malgruppe,
        credentials::{Forvaltning, Legitimert},
        problem::ApiError,
        wire::Tidspunkt,
    },
    model::{FiksOrgId, MeldingId},
};

/// Hvem som må gjøre noe nå.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Ansvarlig {
    /// Kommunen som mottar.
    Kommune,
    /// Trykkeriet som sender brev.
    Utskrift,
    /// De som driver denne tjenesten.
    Plattform,
    /// Ingen: meldingen er levert.
    Ingen,
}

/// Det samme på tre språk.
#[derive(Debug, Object)]
pub struct Tekst {
    /// Bokmål.
    nb: String,
    /// Nynorsk.
    nn: String,
    /// Engelsk.
    en: String,
}

/// Noe som blir sagt.
#[derive(Debug, Object)]
pub struct Utsagn {
    /// Fast kode for program. Endres aldri.
    kode: String,
    /// Det samme for mennesker. Kan bli bedre.
    tekst: Tekst,
}

/// Når det senest må skje.
#[derive(Debug, Object)]
pub struct Frist {
    /// Den siste dagen, en virkedag, `2026-01-01`.
    dato: String,
    /// Slutten av den dagen: midnatt i Norge.
    tidspunkt: Tidspunkt,
}

/// Noe som har skjedd.
#[derive(Debug, Object)]
pub struct ForklartHendelse {
    /// Når det skjedde.
    tidspunkt: Tidspunkt,
    /// Tilstanden etterpå.
    tilstand: String,
    /// Fast kode for program. Endres aldri.
    kode: String,
    /// Det samme for mennesker. Kan bli bedre.
    tekst: Tekst,
    /// Det som står i historikken i tillegg, på bokmål: for eksempel hvorfor et brev ikke kunne sendes.
    #[oai(skip_serializing_if_is_none)]
    beskrivelse: Option<String>,
}

/// Hva som har skjedd med en melding, hvem som må gjøre noe, og når.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Forklaring {
    /// Meldingens id.
    bekymringsmelding_id: uuid::Uuid,
    /// Tilstanden nå.
    tilstand: String,
    /// Hvordan det står til nå.
    status: Utsagn,
    /// Hvem som må gjøre noe nå.
    ansvarlig: Ansvarlig,
    /// Når det senest må skje. Mangler når meldingen er levert.
    #[oai(skip_serializing_if_is_none)]
    frist: Option<Frist>,
    /// Hva som skjer hvis fristen går ut. Mangler når meldingen er levert.
    #[oai(skip_serializing_if_is_none)]
    ellers: Option<Utsagn>,
    /// Alt som har skjedd, eldste først.
    hendelser: Vec<ForklartHendelse>,
}

fn text(linje: &Linje) -> Tekst {
    Tekst { nb: linje.nb.to_owned(), nn: linje.nn.to_owned(), en: linje.en.to_owned() }
}

fn said(linje: &Linje) -> Utsagn {
    Utsagn { kode: linje.kode.to_owned(), tekst: text(linje) }
}

impl From<Model> for Forklaring {
    fn from(forklaring: Model) -> Self {
        Self {
            bekymringsmelding_id: forklaring.melding.0,
            tilstand: forklaring.tilstand.to_string(),
            status: said(forklaring.na),
            ansvarlig: match forklaring.ansvarlig {
                ModelAnsvarlig::Kommune => Ansvarlig::Kommune,
                ModelAnsvarlig::Utskrift => Ansvarlig::Utskrift,
                ModelAnsvarlig::Plattform => Ansvarlig::Plattform,
                ModelAnsvarlig::Ingen => Ansvarlig::Ingen,
            },
            frist: forklaring.frist.map(|ModelFrist { dato, tidspunkt }| Frist {
                dato: dato.to_string(),
                tidspunkt: Tidspunkt(tidspunkt),
            }),
            ellers: forklaring.ellers.map(said),
            hendelser: forklaring
                .hendelser
                .into_iter()
                .map(|steg| ForklartHendelse {
                    tidspunkt: Tidspunkt(steg.tidspunkt),
                    tilstand: steg.tilstand.to_string(),
                    kode: steg.linje.kode.to_owned(),
                    tekst: text(steg.linje),
                    beskrivelse: steg.beskrivelse,
                })
                .collect(),
        }
    }
}

#[derive(Debug)]
pub struct Forklaringer;

#[OpenApi]
impl Forklaringer {
    /// Få forklart hva som har skjedd med en melding, som avsender
    ///
    /// Hva som har skjedd, hvem som må gjøre noe nå, innen hvilken virkedag, og hva som skjer ellers: på bokmål, nynorsk og
    /// engelsk, med faste koder ved siden av. Inneholder ingen personopplysninger.
    #[oai(
        path = "/mottak/fagsystem/:fraFiksOrgId/bekymringsmelding/:bekymringsmeldingId/forklaring",
        method = "get",
        operation_id = "getForklaringForAvsender",
        tag = "Malgruppe::Fagsystem"
    )]
    async fn avsender(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som sendte.
        #[oai(name = "fraFiksOrgId")]
        fra: Path<FiksOrgId>,
        /// Meldingens id.
        #[oai(name = "bekymringsmeldingId")]
        id: Path<MeldingId>,
    ) -> Result<Json<Forklaring>, ApiError> {
        Ok(Json(services.forklaring_for_avsender(&caller.0.fullmakt::<Sende>(fra.0)?, id.0).await?.into()))
    }

    /// Få forklart hva som har skjedd med en melding, som mottaker
    ///
    /// Det samme som for avsenderen, fra meldingen er overlevert.
    #[oai(
        path = "/avhenting/:fiksOrgId/meldinger/:bekymringsmeldingId/forklaring",
        method = "get",
        operation_id = "getForklaringForMottaker",
        tag = "Malgruppe::Kommune"
    )]
    async fn mottaker(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som mottar.
        #[oai(name = "fiksOrgId")]
        mottaker: Path<FiksOrgId>,
        /// Meldingens id.
        #[oai(name = "bekymringsmeldingId")]
        id: Path<MeldingId>,
    ) -> Result<Json<Forklaring>, ApiError> {
        Ok(Json(services.forklaring_for_mottaker(&caller.0.fullmakt::<Hente>(mottaker.0)?, id.0).await?.into()))
    }

    /// Få forklart hva som har skjedd med en melding, som forvalter
    ///
    /// Det samme som for avsenderen. Oppslaget blir notert i revisjonssporet.
    #[oai(
        path = "/admin/forklaring/:bekymringsmeldingId",
        method = "get",
        operation_id = "getForklaring",
        tag = "Malgruppe::Administrasjon"
    )]
    async fn forvalter(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Meldingens id.
        #[oai(name = "bekymringsmeldingId")]
        id: Path<MeldingId>,
        /// Bare når meldingen er til denne organisasjonen.
        #[oai(name = "fiksOrgId")]
        fiks_org_id: Query<Option<FiksOrgId>>,
    ) -> Result<Json<Forklaring>, ApiError> {
        Ok(Json(services.admin_forklaring(&caller.0.innsyn(fiks_org_id.0)?, id.0).await?.into()))
    }
}

//! Everything that happened to a card, and who has and has had access to it. KS's `historikk` has neither who nor when.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{Enum, Object, OpenApi, param::Path, payload::Json};

use crate::{
    domain::{
        Services,
        ledsagerbevis::historie::{Adgang, Historie, Linje, Tilgangsrolle, Utfort},
    },
    http::{
        credentials::LegitimertForLedsagerbevis,
        ledsagerbevis::Malgruppe,
        problem::ApiError,
        wire::{Persontekst, Tidspunkt},
    },
    model::{
        FiksOrgId,
        kortbrev::{Kortbrev, Kortbrevstatus},
        ledsagerbevis::BevisId,
        revisjon::Aktor,
    },
};

/// Hva slags aktør som gjorde noe.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "SCREAMING_SNAKE_CASE", rename = "LedsagerbevisAktortype")]
pub enum Aktortype {
    /// Et fagsystem.
    Integrasjon,
    /// En saksbehandler.
    Person,
    /// Løsningen selv, for eksempel når en SMS er sendt.
    Plattform,
    /// Eieren, en forvalter eller en annen innbygger med tilgang.
    Innbygger,
}

/// Hvem som gjorde noe med et ledsagerbevis.
#[derive(Debug, Object)]
#[oai(rename = "LedsagerbevisAktor")]
pub struct AktorRespons {
    /// Hva slags aktør det var.
    #[oai(rename = "type")]
    slag: Aktortype,
    /// Fagsystemets, saksbehandlerens eller innbyggerens id her. Mangler for plattformen.
    #[oai(skip_serializing_if_is_none)]
    id: Option<uuid::Uuid>,
    /// Hva aktøren heter. Mangler for plattformen, og for en saksbehandler som er slettet.
    #[oai(skip_serializing_if_is_none)]
    navn: Option<Persontekst>,
}

/// Hva noen er for et ledsagerbevis.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "SCREAMING_SNAKE_CASE", rename = "Ledsagerbevisrolle")]
pub enum Rolle {
    /// Den som har ledsagerbeviset.
    Eier,
    /// Den som viser det for eieren.
    Forvalter,
    /// Den som eieren eller en forvalter har delt det med for en tid.
    Delt,
}

/// Hvem noe som skjedde, gjaldt.
#[derive(Debug, Object)]
pub struct HendelseGjelder {
    /// Personens navn.
    navn: Persontekst,
    /// Hva personen var for ledsagerbeviset.
    rolle: Rolle,
}

/// Noe som har skjedd med et ledsagerbevis, med hvem og når.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct LedsagerbevisHendelseDetaljer {
    /// Hva som skjedde: et av ordene i `historikk`, eller et av dem som står i beskrivelsen av operasjonen. Det kan komme nye.
    hendelse_type: String,
    /// Når det skjedde.
    tidspunkt: Tidspunkt,
    /// Hvem som gjorde det.
    utfort_av: AktorRespons,
    /// Hvem det gjaldt. Mangler når det gjaldt selve ledsagerbeviset.
    #[oai(skip_serializing_if_is_none)]
    gjelder: Option<HendelseGjelder>,
}

/// Noen som har eller har hatt tilgang til et ledsagerbevis.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct LedsagerbevisAdgang {
    /// Personens navn.
    navn: Persontekst,
    /// Hva personen er eller var for ledsagerbeviset.
    rolle: Rolle,
    /// Nummeret personen logger inn med, slik det ble skrevet.
    telefonnummer: Persontekst,
    /// Fra når personen hadde tilgang.
    fra: Tidspunkt,
    /// Når tilgangen tok slutt eller tar slutt av seg selv. Mangler når den ikke har noen slutt.
    #[oai(skip_serializing_if_is_none)]
    til: Option<Tidspunkt>,
    /// Den som har delt ledsagerbeviset med personen. Mangler for eieren og forvalterne.
    #[oai(skip_serializing_if_is_none)]
    delt_av: Option<Persontekst>,
}

/// Hvor langt brevet til eieren er kommet.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LedsagerbevisBrevstatus {
    /// Skal lages og sendes til utskrift.
    Bestilt,
    /// Er sendt til utskrift.
    TilUtskrift,
    /// Er levert til posten.
    Postlagt,
    /// Leverandøren av utskrift kunne ikke sende det.
    Avvist,
    /// Ble ikke sendt til utskrift.
    IkkeSendt,
}

/// Brevet til eieren, med vedtaket og kortet.
#[derive(Debug, Object)]
pub struct LedsagerbevisBrev {
    /// Hvor langt det er kommet.
    status: LedsagerbevisBrevstatus,
    /// Når det kom så langt.
    tidspunkt: Tidspunkt,
    /// Hvorfor det ikke er sendt, og hva som må gjøres.
    #[oai(skip_serializing_if_is_none)]
    arsak: Option<String>,
}

/// Alt som har skjedd med et ledsagerbevis, og hvem som har og har hatt tilgang til det.
#[derive(Debug, Object)]
pub struct LedsagerbevisHendelser {
    /// Det som har skjedd, det eldste først.
    hendelser: Vec<LedsagerbevisHendelseDetaljer>,
    /// De som har og har hatt tilgang, den første først. Den som har fått nytt nummer, står én gang for hvert.
    tilganger: Vec<LedsagerbevisAdgang>,
    /// Brevet til eieren. Mangler når det ikke er bestilt noe, fordi organisasjonen ikke hadde valgt brev da ledsagerbeviset ble utstedt.
    #[oai(skip_serializing_if_is_none)]
    brev: Option<LedsagerbevisBrev>,
}

impl From<Kortbrev> for LedsagerbevisBrev {
    fn from(brev: Kortbrev) -> Self {
        use LedsagerbevisBrevstatus as Til;
        let status = match brev.status {
            Kortbrevstatus::Bestilt | Kortbrevstatus::Klar if brev.lagt_ut.is_none() => Til::Bestilt,
            Kortbrevstatus::Bestilt | Kortbrevstatus::Klar => Til::TilUtskrift,
            Kortbrevstatus::Postlagt => Til::Postlagt,
            Kortbrevstatus::Avvist => Til::Avvist,
            Kortbrevstatus::IkkeSendt => Til::IkkeSendt,
        };
        let tidspunkt = brev.ferdig.or(brev.lagt_ut).unwrap_or(brev.opprettet);
        Self { status, tidspunkt: Tidspunkt(tidspunkt), arsak: brev.arsak }
    }
}

impl From<Tilgangsrolle> for Rolle {
    fn from(rolle: Tilgangsrolle) -> Self {
        match rolle {
            Tilgangsrolle::Eier => Self::Eier,
            Tilgangsrolle::Forvalter => Self::Forvalter,
            Tilgangsrolle::Delt => Self::Delt,
        }
    }
}

impl From<Utfort> for AktorRespons {
    fn from(Utfort { aktor, navn }: Utfort) -> Self {
        let slag = match aktor {
            Aktor::Integrasjon(_) => Aktortype::Integrasjon,
            Aktor::Person(_) => Aktortype::Person,
            Aktor::Plattform => Aktortype::Plattform,
            Aktor::Innbygger(_) => Aktortype::Innbygger,
        };
        Self { slag, id: aktor.id(), navn: navn.map(Persontekst) }
    }
}

impl From<Linje> for LedsagerbevisHendelseDetaljer {
    fn from(Linje { hendelse, av, gjelder }: Linje) -> Self {
        Self {
            hendelse_type: hendelse.hendelse.as_str().to_owned(),
            tidspunkt: Tidspunkt(hendelse.tidspunkt),
            utfort_av: av.into(),
            gjelder: gjelder.map(|(navn, rolle)| HendelseGjelder { navn: Persontekst(navn), rolle: rolle.into() }),
        }
    }
}

impl From<Adgang> for LedsagerbevisAdgang {
    fn from(Adgang { navn, telefonnummer, rolle, fra, til, delt_av }: Adgang) -> Self {
        Self {
            navn: Persontekst(navn),
            rolle: rolle.into(),
            telefonnummer: Persontekst(telefonnummer),
            fra: Tidspunkt(fra),
            til: til.map(Tidspunkt),
            delt_av: delt_av.map(Persontekst),
        }
    }
}

#[derive(Debug)]
pub struct Hendelser;

#[OpenApi(tag = "Malgruppe::Saksbehandling")]
impl Hendelser {
    /// Hent alt som har skjedd med et ledsagerbevis
    ///
    /// Hva som er gjort, av hvem, når, og hvem det gjaldt; og hvem som har og har hatt tilgang, fra når og til når. Har flere
    /// enn hendelsene i `historikk`, som bare har ordene i KS Fiks og dagen. De andre ordene er:
    ///
    /// - `ENDRET_ANTALL_LEDSAGERE`, `ENDRET_UTLOPSDATO`, `ENDRET_BILDE`: ledsagerbeviset er endret.
    /// - `ENDRET_TELEFONNUMMER`: noen på det har fått nytt nummer. `SENDT_NYTT_NUMMER`, `IKKE_SENDT_NYTT_NUMMER`: om det fikk SMS.
    /// - `DELT`: eieren eller en forvalter har delt det for en tid. `SENDT_DELING`, `IKKE_SENDT_DELING`: om mottakeren fikk SMS.
    /// - `DELING_TRUKKET`: eieren eller en forvalter har trukket delingen tilbake. `DELING_AVSLUTTET`: den som delte, har mistet
    ///   tilgangen eller fått nytt nummer.
    /// - `SENDT_UTLOPSVARSEL`, `IKKE_SENDT_UTLOPSVARSEL`: om eieren eller en forvalter fikk SMS om at det snart utløper.
    /// - `IKKE_SENDT_PRINT`: brevet til eieren ble ikke sendt til utskrift. `AVVIST_PRINT`: leverandøren kunne ikke sende det. `brev.arsak`
    ///   sier hvorfor. `BREV_POSTLAGT`: det er levert til posten.
    #[oai(
        path = "/api/v1/organisasjoner/:fiksOrgId/ledsagerbevis/:ledsagerbevisId/hendelser",
        method = "get",
        operation_id = "hentLedsagerbevisHendelser"
    )]
    async fn hendelser(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som har utstedt ledsagerbeviset.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Ledsagerbeviset.
        #[oai(name = "ledsagerbevisId")]
        id: Path<BevisId>,
    ) -> Result<Json<LedsagerbevisHendelser>, ApiError> {
        let Historie { hendelser, tilganger, brev } =
            services.bevishistorie(&caller.0.behandler(organisasjon.0)?, id.0).await?;
        Ok(Json(LedsagerbevisHendelser {
            hendelser: hendelser.into_iter().map(Into::into).collect(),
            tilganger: tilganger.into_iter().map(Into::into).collect(),
            brev: brev.map(Into::into),
        }))
    }
}

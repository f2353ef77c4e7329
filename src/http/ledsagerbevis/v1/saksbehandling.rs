//! What case workers do with cards.

use std::sync::Arc;

use poem::{Request, web::Data};
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};

use crate::{
    domain::{Services, ledsagerbevis::NyttBevis, tilgang::Behandler},
    http::{
        credentials::LegitimertForLedsagerbevis,
        idempotency::idempotency_key,
        ledsagerbevis::{
            Malgruppe,
            kropp::{Kropp, med_skjema},
            wire::{AntallLedsagere, Dato, HendelseType, LedsagerbevisResponse, Person},
        },
        problem::ApiError,
        wire::Persontekst,
        wire::{MarkorParam, Personnummer, Radantall},
    },
    model::{
        FiksOrgId,
        ledsagerbevis::{BevisId, Bevishendelse},
    },
};

/// Cards on a page when nobody says how many: an office's whole list, nearly always.
pub(super) const PER_SIDE: u16 = 1000;

/// Et ledsagerbevis som skal utstedes.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct OpprettLedsagerbevisRequest {
    /// Den som skal ha ledsagerbeviset.
    eier: Person,
    /// Hvor mange ledsagere som kan være med: én eller to.
    antall_ledsagere: AntallLedsagere,
    /// Den siste dagen ledsagerbeviset skal gjelde. Utelat den for to år fra i dag.
    utlopsdato: Option<Dato>,
    /// Om ledsagerbeviset skal gjelde uten noen sluttdato. Da ser vi bort fra utlopsdato.
    #[oai(default)]
    varig: bool,
    /// De som skal kunne vise ledsagerbeviset for eieren. Høyst 20.
    #[oai(default)]
    forvaltere: Vec<Person>,
    /// Saksbehandlerens referanse, høyst 100 tegn. Utelat den, så lager vi en.
    ekstern_id: Option<Persontekst>,
    /// Et bilde som er lastet opp. Utelat den for det siste bildet som er lastet opp av eieren.
    bilde_id: Option<uuid::Uuid>,
}

/// Hvorfor et ledsagerbevis trekkes tilbake.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RevokerLedsagerbevisRequest {
    /// Saksbehandlerens begrunnelse. Høyst 1000 tegn. Bare de som behandler organisasjonens ledsagerbevis, ser den.
    revokert_grunn: Persontekst,
}

/// En forvalter som skal legges til.
#[derive(Debug, Object)]
pub struct LeggTilForvalterRequest {
    /// Den som skal kunne vise ledsagerbeviset for eieren.
    forvalter: Person,
}

/// En forvalter som skal fjernes.
#[derive(Debug, Object)]
pub struct FjernForvalterRequest {
    /// Forvalterens fødselsnummer eller D-nummer.
    #[oai(write_only)]
    fnr: Personnummer,
}

med_skjema!(OpprettLedsagerbevisRequest, Opprett, "opprett");
med_skjema!(RevokerLedsagerbevisRequest, Revoker, "revoker");
med_skjema!(LeggTilForvalterRequest, LeggTilForvalter, "legg-til-forvalter");
med_skjema!(FjernForvalterRequest, FjernForvalter, "fjern-forvalter");

/// Noe som har skjedd med et ledsagerbevis.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct LedsagerbevisHendelse {
    /// Hva som skjedde.
    hendelse_type: HendelseType,
    /// Dagen det skjedde, i norsk tid.
    tidspunkt: Dato,
}

#[derive(Debug, ApiResponse)]
pub enum BevisOpprettet {
    /// Ledsagerbeviset er utstedt.
    #[oai(status = 201)]
    Opprettet(Json<LedsagerbevisResponse>),
}

#[derive(Debug, ApiResponse)]
pub enum BevisEndret {
    /// Ledsagerbeviset, slik det er nå.
    #[oai(status = 201)]
    Endret(Json<LedsagerbevisResponse>),
}

#[derive(Debug, ApiResponse)]
pub enum BevisRevokert {
    /// Ledsagerbeviset er trukket tilbake.
    #[oai(status = 200)]
    Revokert,
}

/// A list with a word about where it goes on.
#[derive(Debug, ApiResponse)]
pub enum Bevisliste {
    /// Ledsagerbevisene, de nyeste først.
    #[oai(status = 200)]
    Liste(
        Json<Vec<LedsagerbevisResponse>>,
        /// Verdien til `markor` som gir de neste. Mangler når det ikke er flere.
        #[oai(header = "Neste-Markor")]
        Option<uuid::Uuid>,
    ),
}

#[derive(Debug)]
pub struct Saksbehandling;

impl Saksbehandling {
    fn behandler(caller: &LegitimertForLedsagerbevis, organisasjon: FiksOrgId) -> Result<Behandler, ApiError> {
        Ok(caller.0.behandler(organisasjon)?)
    }
}

#[OpenApi(tag = "Malgruppe::Saksbehandling")]
impl Saksbehandling {
    /// Hent ledsagerbevisene
    ///
    /// Organisasjonens ledsagerbevis, de nyeste først, også de som er utløpt eller trukket tilbake. Er det flere enn antallet,
    /// har svaret hodet Neste-Markor: gi verdien i `markor` for å få de neste.
    #[oai(
        path = "/api/v1/organisasjoner/:fiksOrgId/ledsagerbevis",
        method = "get",
        operation_id = "hentLedsagerbevisForFiksOrg"
    )]
    async fn liste(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som har utstedt ledsagerbevisene.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Hvor mange ledsagerbevis svaret kan ha. Uten denne 1000.
        antall: Query<Option<Radantall>>,
        /// Hvor listen skal begynne: verdien av hodet Neste-Markor i forrige svar.
        markor: Query<Option<MarkorParam>>,
    ) -> Result<Bevisliste, ApiError> {
        let behandler = Self::behandler(&caller, organisasjon.0)?;
        let antall = antall.0.map_or(PER_SIDE, |antall| antall.0);
        let side = services.bevisliste(&behandler, markor.0.map(|markor| markor.0), antall.into()).await?;
        let today = services.i_dag();
        let rader = side.rader.into_iter().map(|bevis| LedsagerbevisResponse::new(bevis, today));
        Ok(Bevisliste::Liste(Json(rader.collect()), side.neste.map(|markor| markor.0)))
    }

    /// Utsted et ledsagerbevis
    ///
    /// Eieren og forvalterne får SMS om ledsagerbeviset, og kan logge inn med nummeret sitt for å se det. Kallet kan gjentas:
    /// det samme innholdet innen 24 timer gir det samme ledsagerbeviset, så lenge det ikke er trukket tilbake. Med hodet
    /// Idempotency-Key er det nøkkelen som avgjør: den samme gir det samme ledsagerbeviset, en ny gir et nytt.
    #[oai(
        path = "/api/v1/organisasjoner/:fiksOrgId/ledsagerbevis",
        method = "post",
        operation_id = "opprettLedsagerbevis"
    )]
    async fn opprett(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som utsteder ledsagerbeviset.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// En nøkkel som den som kaller, velger for dette ledsagerbeviset, for eksempel en UUID.
        #[oai(name = "Idempotency-Key")]
        _idempotens: Header<Option<String>>,
        request: &Request,
        body: Kropp<OpprettLedsagerbevisRequest>,
    ) -> Result<BevisOpprettet, ApiError> {
        let behandler = Self::behandler(&caller, organisasjon.0)?;
        let nokkel = idempotency_key(request)?;
        let OpprettLedsagerbevisRequest { eier, antall_ledsagere, utlopsdato, varig, forvaltere, ekstern_id, bilde_id } =
            body.0;
        let nytt = NyttBevis {
            eier: eier.into(),
            antall_ledsagere: antall_ledsagere.0,
            utlopsdato: utlopsdato.map(|dato| dato.0),
            varig,
            forvaltere: forvaltere.into_iter().map(Into::into).collect(),
            ekstern_id: ekstern_id.map(|text| text.0),
            bilde: bilde_id,
        };
        let bevis = services.utsted_bevis(&behandler, nytt, nokkel).await?;
        Ok(BevisOpprettet::Opprettet(Json(LedsagerbevisResponse::new(bevis, services.i_dag()))))
    }

    /// Hent et ledsagerbevis
    ///
    /// Også ett som er utløpt eller trukket tilbake.
    #[oai(
        path = "/api/v1/organisasjoner/:fiksOrgId/ledsagerbevis/:ledsagerbevisId",
        method = "get",
        operation_id = "hentLedsagerbevis"
    )]
    async fn hent(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som har utstedt ledsagerbeviset.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Ledsagerbeviset.
        #[oai(name = "ledsagerbevisId")]
        id: Path<BevisId>,
    ) -> Result<Json<LedsagerbevisResponse>, ApiError> {
        let bevis = services.bevis(&Self::behandler(&caller, organisasjon.0)?, id.0).await?;
        Ok(Json(LedsagerbevisResponse::new(bevis, services.i_dag())))
    }

    /// Trekk tilbake et ledsagerbevis
    ///
    /// Det gjelder ikke lenger, og hverken eieren eller forvalterne ser det. Det kan ikke angres; utsted i så fall et nytt. Kallet
    /// kan gjentas: den første begrunnelsen blir stående.
    #[oai(
        path = "/api/v1/organisasjoner/:fiksOrgId/ledsagerbevis/:ledsagerbevisId",
        method = "patch",
        operation_id = "revokerLedsagerbevis"
    )]
    async fn revoker(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som har utstedt ledsagerbeviset.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Ledsagerbeviset.
        #[oai(name = "ledsagerbevisId")]
        id: Path<BevisId>,
        body: Kropp<RevokerLedsagerbevisRequest>,
    ) -> Result<BevisRevokert, ApiError> {
        let behandler = Self::behandler(&caller, organisasjon.0)?;
        services.revoker_bevis(&behandler, id.0, body.0.revokert_grunn.0).await?;
        Ok(BevisRevokert::Revokert)
    }

    /// Legg til en forvalter
    ///
    /// Forvalteren får SMS, og kan vise ledsagerbeviset for eieren. Kallet kan gjentas. Er personen forvalter fra før med andre
    /// opplysninger, for eksempel et annet telefonnummer, gjelder de nye.
    #[oai(
        path = "/api/v1/organisasjoner/:fiksOrgId/ledsagerbevis/:ledsagerbevisId/forvalter",
        method = "post",
        operation_id = "leggTilForvalter"
    )]
    async fn legg_til(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som har utstedt ledsagerbeviset.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Ledsagerbeviset.
        #[oai(name = "ledsagerbevisId")]
        id: Path<BevisId>,
        body: Kropp<LeggTilForvalterRequest>,
    ) -> Result<BevisEndret, ApiError> {
        let behandler = Self::behandler(&caller, organisasjon.0)?;
        let bevis = services.legg_til_forvalter(&behandler, id.0, body.0.forvalter.into()).await?;
        Ok(BevisEndret::Endret(Json(LedsagerbevisResponse::new(bevis, services.i_dag()))))
    }

    /// Fjern en forvalter
    ///
    /// Forvalteren ser ikke ledsagerbeviset lenger. Kallet kan gjentas.
    #[oai(
        path = "/api/v1/organisasjoner/:fiksOrgId/ledsagerbevis/:ledsagerbevisId/forvalter",
        method = "patch",
        operation_id = "fjernForvalter"
    )]
    async fn fjern(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som har utstedt ledsagerbeviset.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Ledsagerbeviset.
        #[oai(name = "ledsagerbevisId")]
        id: Path<BevisId>,
        body: Kropp<FjernForvalterRequest>,
    ) -> Result<BevisEndret, ApiError> {
        let behandler = Self::behandler(&caller, organisasjon.0)?;
        let bevis = services.fjern_forvalter(&behandler, id.0, &body.0.fnr.0).await?;
        Ok(BevisEndret::Endret(Json(LedsagerbevisResponse::new(bevis, services.i_dag()))))
    }

    /// Hent historikken til et ledsagerbevis
    ///
    /// Eldste hendelse først: utstedelse, at noen har fått og mistet tilgang, og om de fikk SMS. Bare det som KS Fiks har navn på;
    /// alt annet, med hvem og når, står i `hendelser`.
    #[oai(
        path = "/api/v1/organisasjoner/:fiksOrgId/ledsagerbevis/:ledsagerbevisId/historikk",
        method = "get",
        operation_id = "hentLedsagerbevisHistorikk"
    )]
    async fn historikk(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som har utstedt ledsagerbeviset.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Ledsagerbeviset.
        #[oai(name = "ledsagerbevisId")]
        id: Path<BevisId>,
    ) -> Result<Json<Vec<LedsagerbevisHendelse>>, ApiError> {
        let hendelser = services.bevishistorikk(&Self::behandler(&caller, organisasjon.0)?, id.0).await?;
        let shown = |hendelse: Bevishendelse| {
            let hendelse_type = HendelseType::of(hendelse.hendelse)?;
            Some(LedsagerbevisHendelse { hendelse_type, tidspunkt: Dato(Services::norsk_dag(hendelse.tidspunkt)) })
        };
        Ok(Json(hendelser.into_iter().filter_map(shown).collect()))
    }
}

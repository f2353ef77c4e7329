//! Sending a report and following it, for a case system. The same in version 1 and 2.

use std::sync::Arc;

use poem::{Request, web::Data};
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path},
    payload::Json,
};

use super::dies_on_unknown_fields;
use crate::{
    domain::{
        Services,
        mottak::{Rute, konvolutt::Innsending, skjema::Mottatt},
        tilgang::Sende,
    },
    http::{
        bekymringsmelding::{self, Malgruppe},
        credentials::Legitimert,
        idempotency::idempotency_key,
        problem::ApiError,
        rapport::Rapport,
        wire::Tidspunkt,
    },
    model::{
        Bydelsnummer, FiksOrgId, Kommunenummer, MeldingId,
        hendelse::Hendelse,
        melding::{Skjematype, Versjon},
    },
};

/// Meldingens id.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct BekymringsmeldingId {
    /// Id som meldingen følges med.
    uuid: uuid::Uuid,
    /// Noe som bør sees på, i en melding som er tatt imot som JSON. Mangler når det ikke er noe.
    #[oai(skip_serializing_if_is_none)]
    advarsler: Option<Vec<Advarsel>>,
    /// Bydelen som får meldingen, når kommunen den ble sendt til, er slått sammen med en annen. Send neste melding dit.
    /// Utelates i v1 når klienten er bygd på Jersey: KS' egen Java-klient kan ikke lese feltet.
    #[oai(skip_serializing_if_is_none)]
    rutet_til: Option<RutetTil>,
}

/// En bydel i en annen kommune enn den meldingen ble sendt til.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RutetTil {
    /// Kommunenummeret, fire sifre.
    #[oai(validator(pattern = r"^\d{4}$"))]
    kommunenummer: String,
    /// Bydelens nummer, to sifre.
    #[oai(validator(pattern = r"^\d{2}$"))]
    bydelsnummer: String,
}

/// Noe i meldingen som skjemaet tillater, men som kan være feil.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Advarsel {
    /// Advarselens faste kode.
    kode: String,
    /// Hvor i meldingen, som JSON Pointer (RFC 6901).
    peker: String,
    /// Hva som kan være feil, i klart språk.
    melding: String,
}

impl Advarsel {
    pub fn new(kode: String, peker: String, melding: String) -> Self {
        Self { kode, peker, melding }
    }
}

impl BekymringsmeldingId {
    pub fn new(mottatt: Mottatt) -> Self {
        let advarsler: Vec<_> =
            mottatt.advarsler.into_iter().map(|noted| Advarsel::new(noted.kode, noted.peker, noted.melding)).collect();
        let rutet_til = mottatt.lagret.rutet_til.map(|(kommunenummer, bydelsnummer)| RutetTil {
            kommunenummer: kommunenummer.to_string(),
            bydelsnummer: bydelsnummer.to_string(),
        });
        let advarsler = (!advarsler.is_empty()).then_some(advarsler);
        Self { uuid: mottatt.lagret.id.0, advarsler, rutet_til }
    }
}

/// Én hendelse i meldingens historikk.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct HistorikkApiModel {
    /// Meldingens id.
    bekymringsmelding_id: uuid::Uuid,
    /// Når det skjedde. I v1 er det norsk lokal tid uten tidssone, `2026-01-01T13:00:00.000`. I v2 er det UTC etter
    /// RFC 3339, `2026-01-01T12:00:00.000Z`.
    tidspunkt: String,
    /// Tilstanden etter hendelsen: `AKSEPTERT`, `SENDT_FAGSYSTEM`, `AVVIST_FAGSYSTEM`, `SENDT_PRINT`, `AVVIST_PRINT` eller `LEVERT`.
    tilstand: String,
    /// Forklaring for mennesker.
    #[oai(skip_serializing_if_is_none)]
    beskrivelse: Option<String>,
}

#[derive(Debug, ApiResponse)]
pub enum Opprettet {
    /// Meldingen er tatt imot og lagret. Vi har ansvaret for at den kommer fram.
    #[oai(status = 201)]
    Meldt(Json<BekymringsmeldingId>),
}

impl HistorikkApiModel {
    fn new(hendelse: Hendelse, versjon: Versjon) -> Self {
        let at = Tidspunkt(hendelse.tidspunkt);
        Self {
            bekymringsmelding_id: hendelse.melding.0,
            tidspunkt: if versjon == Versjon::V1 { at.norwegian_local() } else { at.text() },
            tilstand: hendelse.tilstand.to_string(),
            beskrivelse: hendelse.beskrivelse,
        }
    }
}

/// The version decides which form the report may hold; everything else is the same.
#[derive(Debug)]
pub struct MottakFagsystem(pub Versjon);

/// Where a report goes, as the path says it.
struct Adresse {
    fra: FiksOrgId,
    kommunenummer: Kommunenummer,
    bydelsnummer: Bydelsnummer,
}

impl MottakFagsystem {
    async fn opprett(
        &self,
        services: &Services,
        caller: &Legitimert,
        to: Adresse,
        skjematype: Skjematype,
        request: &Request,
        rapport: Rapport,
    ) -> Result<Opprettet, ApiError> {
        let fullmakt = caller.0.fullmakt::<Sende>(to.fra)?;
        let idempotens = idempotency_key(request)?;
        let versjon = self.0;
        let Adresse { kommunenummer, bydelsnummer, .. } = to;
        let rute = Rute { kommunenummer, bydelsnummer, skjematype, versjon, fra_fagsystem: true };
        let mut mottatt = match rapport {
            Rapport::Konvolutter(innhold) => {
                let prefix = bekymringsmelding::prefix(versjon);
                let nokkeladresse =
                    format!("{prefix}/mottak/fagsystem/{kommunenummer}/{bydelsnummer}/krypteringsnokler");
                let inn = Innsending { rute, innhold, idempotens, nokkeladresse };
                Mottatt { lagret: services.submit(&fullmakt, inn).await?, advarsler: Vec::new() }
            }
            Rapport::Skjema(json) => services.submit_skjema(&fullmakt, rute, json, idempotens).await?,
        };
        if dies_on_unknown_fields(self.0, request) {
            mottatt.lagret.rutet_til = None;
        }
        Ok(Opprettet::Meldt(Json(BekymringsmeldingId::new(mottatt))))
    }
}

#[OpenApi(tag = "Malgruppe::Fagsystem")]
impl MottakFagsystem {
    /// Send en offentlig bekymringsmelding
    ///
    /// Fra noen som melder i kraft av jobben sin. Send enten begge delene kryptert av avsenderen (multipart), eller
    /// meldingen som JSON: da kontrollerer portvakten den mot skjemaet, lager PDF, signerer og krypterer før noe lagres.
    /// Svaret 201 betyr at meldingen er lagret på disk. Send den samme meldingen på nytt hvis svaret uteblir: den blir ikke tatt imot to
    /// ganger innen 24 timer når den har samme `Idempotency-Key`, eller når delen `asice` eller JSON-teksten er den samme.
    #[oai(
        path = "/mottak/fagsystem/:fraFiksOrgId/:kommunenummer/:bydelsnummer/offentlig",
        method = "post",
        operation_id = "opprettOffentligBekymringsmelding"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a documented parameter of the operation")]
    async fn offentlig(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som sender.
        #[oai(name = "fraFiksOrgId")]
        fra: Path<FiksOrgId>,
        /// Kommunenummeret, fire sifre.
        kommunenummer: Path<Kommunenummer>,
        /// Bydelens nummer, to sifre.
        bydelsnummer: Path<Bydelsnummer>,
        /// En nøkkel som avsenderen velger for denne meldingen, for eksempel en UUID.
        #[oai(name = "Idempotency-Key")]
        _idempotens: Header<Option<String>>,
        request: &Request,
        body: Rapport,
    ) -> Result<Opprettet, ApiError> {
        let to = Adresse { fra: fra.0, kommunenummer: kommunenummer.0, bydelsnummer: bydelsnummer.0 };
        self.opprett(&services, &caller, to, Skjematype::Offentlig, request, body).await
    }

    /// Send en privat bekymringsmelding
    ///
    /// Fra en privatperson. Ellers som for offentlige meldinger.
    #[oai(
        path = "/mottak/fagsystem/:fraFiksOrgId/:kommunenummer/:bydelsnummer/privat",
        method = "post",
        operation_id = "opprettPrivatBekymringsmelding"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a documented parameter of the operation")]
    async fn privat(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som sender.
        #[oai(name = "fraFiksOrgId")]
        fra: Path<FiksOrgId>,
        /// Kommunenummeret, fire sifre.
        kommunenummer: Path<Kommunenummer>,
        /// Bydelens nummer, to sifre.
        bydelsnummer: Path<Bydelsnummer>,
        /// En nøkkel som avsenderen velger for denne meldingen, for eksempel en UUID.
        #[oai(name = "Idempotency-Key")]
        _idempotens: Header<Option<String>>,
        request: &Request,
        body: Rapport,
    ) -> Result<Opprettet, ApiError> {
        let to = Adresse { fra: fra.0, kommunenummer: kommunenummer.0, bydelsnummer: bydelsnummer.0 };
        self.opprett(&services, &caller, to, Skjematype::Privat, request, body).await
    }

    /// Hent status
    ///
    /// Alt som har skjedd med meldingen, eldste hendelse først. `LEVERT` er alltid sist.
    #[oai(
        path = "/mottak/fagsystem/:fraFiksOrgId/bekymringsmelding/:bekymringsmeldingId/status",
        method = "get",
        operation_id = "getStatusBekymringsmelding"
    )]
    async fn status(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som sendte.
        #[oai(name = "fraFiksOrgId")]
        fra: Path<FiksOrgId>,
        /// Meldingens id.
        #[oai(name = "bekymringsmeldingId")]
        id: Path<MeldingId>,
    ) -> Result<Json<Vec<HistorikkApiModel>>, ApiError> {
        let history = services.status(&caller.0.fullmakt::<Sende>(fra.0)?, id.0).await?;
        let versjon = self.0;
        Ok(Json(history.into_iter().map(|entry| HistorikkApiModel::new(entry, versjon)).collect()))
    }
}

//! What citizens do: log in by a code, and see their cards.

use std::sync::Arc;

use poem::{Request, web::Data};
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::Path,
    payload::{Binary, Json},
};

use super::hendelser::Rolle;
use crate::{
    domain::{Services, ledsagerbevis::MittBevis},
    http::{
        credentials::LegitimertInnbygger,
        ledsagerbevis::{
            Malgruppe,
            wire::{Bilde, Dato, Pathtekst, Tilstand},
        },
        problem::ApiError,
        ratelimit::LoginLimiter,
        wire::Persontekst,
    },
    model::{
        Feilkode,
        ledsagerbevis::{BevisId, Gyldighet},
    },
};

/// En engangskode som skal byttes i et token.
#[derive(Debug, Object)]
pub struct TokenRequest {
    /// De seks sifrene i SMS-en.
    #[oai(write_only)]
    otp: Persontekst,
    /// Nummeret som koden ble sendt til.
    #[oai(write_only)]
    telefonnummer: Persontekst,
}

/// Tokenet som viser at innbyggeren er logget inn.
#[derive(Debug, Object)]
pub struct TokenResponse {
    /// Send det i hodet Authorization som «Bearer <token>». Det varer i tolv timer, og sier ikke noe om hvem det er for.
    token: Persontekst,
}

/// Et ledsagerbevis som den innloggede kan vise.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct LedsagerbevisInnbyggerRespons {
    /// Ledsagerbevisets id.
    id: uuid::Uuid,
    /// Hvor mange ledsagere som kan være med.
    antall_ledsagere: i32,
    /// Den siste dagen ledsagerbeviset gjelder, i norsk tid. 9999-12-31 når det er varig.
    utlopsdato: Dato,
    /// Om ledsagerbeviset gjelder uten noen sluttdato.
    varig: bool,
    /// Om ledsagerbeviset gjelder i dag.
    tilstand: Tilstand,
    /// Hva den innloggede er for ledsagerbeviset.
    rolle: Rolle,
    /// Den siste dagen ledsagerbeviset er delt med den innloggede, i norsk tid. Mangler for eieren og forvalterne.
    #[oai(skip_serializing_if_is_none)]
    deling_utloper: Option<Dato>,
}

#[derive(Debug, ApiResponse)]
pub enum Bestilt {
    /// Er nummeret registrert på et ledsagerbevis, kommer koden om litt. Svaret er det samme når det ikke er det.
    #[oai(status = 201)]
    Bestilt,
}

impl From<MittBevis> for LedsagerbevisInnbyggerRespons {
    fn from(bevis: MittBevis) -> Self {
        Self {
            id: bevis.id.0,
            antall_ledsagere: bevis.antall_ledsagere.into(),
            utlopsdato: Dato(bevis.gyldighet.utlopsdato()),
            varig: bevis.gyldighet == Gyldighet::Varig,
            tilstand: bevis.tilstand.into(),
            rolle: bevis.rolle.into(),
            deling_utloper: bevis.deling_utloper.map(Dato),
        }
    }
}

/// Counts a call of somebody who has not said who it is.
fn within_rate(request: &Request) -> Result<(), ApiError> {
    let limiter = request.data::<Arc<LoginLimiter>>().ok_or(Feilkode::Intern)?;
    Ok(limiter.check(request)?)
}

async fn exchange(services: &Services, request: &Request, body: TokenRequest) -> Result<Json<TokenResponse>, ApiError> {
    within_rate(request)?;
    let TokenRequest { otp, telefonnummer } = body;
    let token = services.innlos_engangspassord(telefonnummer.0.expose(), &otp.0).await?;
    Ok(Json(TokenResponse { token: Persontekst(token) }))
}

#[derive(Debug)]
pub struct Innbyggere;

#[OpenApi(tag = "Malgruppe::Innbygger")]
impl Innbyggere {
    /// Hent egne ledsagerbevis
    ///
    /// De som den innloggede eier, er forvalter for eller har fått delt med seg nå, de nyeste først. Ett som er utløpt, er med og
    /// sier det, men bare for eieren og forvalterne; ett som er trukket tilbake, er ikke med.
    #[oai(path = "/innbygger/api/v1/ledsagerbevis", method = "get", operation_id = "hentLedsagerbevisList")]
    async fn mine(
        &self,
        caller: LegitimertInnbygger,
        services: Data<&Arc<Services>>,
    ) -> Result<Json<Vec<LedsagerbevisInnbyggerRespons>>, ApiError> {
        let mine = services.mine_bevis(&caller.0).await?;
        Ok(Json(mine.into_iter().map(Into::into).collect()))
    }

    /// Hent bildet på et eget ledsagerbevis
    ///
    /// Som JPEG. Bare for et ledsagerbevis som den innloggede eier, er forvalter for eller har fått delt med seg nå.
    #[oai(
        path = "/innbygger/api/v1/ledsagerbevis/:ledsagerbevisId/bilde",
        method = "get",
        operation_id = "hentMittBilde"
    )]
    async fn bilde(
        &self,
        caller: LegitimertInnbygger,
        services: Data<&Arc<Services>>,
        /// Ledsagerbeviset.
        #[oai(name = "ledsagerbevisId")]
        id: Path<BevisId>,
    ) -> Result<Bilde, ApiError> {
        let bilde = services.mitt_bilde(&caller.0, id.0).await?;
        Ok(Bilde::Jpeg(Binary(bilde.expose().clone())))
    }

    /// Be om en engangskode
    ///
    /// En kode på seks sifre blir sendt på SMS hvis nummeret er registrert på et ledsagerbevis. Den varer i fem minutter og tåler fem
    /// forsøk. Det kan bes om én kode hvert halve minutt og ti i døgnet til hvert nummer; den nyeste gjelder. Nummeret skrives
    /// ikke i noen logg her, men kan bli det i en proxy på veien: bruk TLS helt fram.
    #[oai(path = "/innbygger/api/v1/:tlf", method = "post", operation_id = "utstedEngangspassord")]
    async fn bestill(
        &self,
        services: Data<&Arc<Services>>,
        request: &Request,
        /// Telefonnummeret: åtte sifre, eller landkode med + foran.
        tlf: Path<Pathtekst>,
    ) -> Result<Bestilt, ApiError> {
        within_rate(request)?;
        services.bestill_engangspassord(tlf.0.0.expose()).await?;
        Ok(Bestilt::Bestilt)
    }

    /// Bytt en engangskode i et token
    ///
    /// Som i KS Fiks er dette en GET med innhold. Mange klienter og proxyer fjerner innholdet i en GET: bruk heller POST.
    #[oai(path = "/innbygger/api/v1/token", method = "get", operation_id = "utstedToken")]
    async fn token(
        &self,
        services: Data<&Arc<Services>>,
        request: &Request,
        body: Json<TokenRequest>,
    ) -> Result<Json<TokenResponse>, ApiError> {
        exchange(&services, request, body.0).await
    }

    /// Bytt en engangskode i et token, med POST
    ///
    /// Det samme som GET på denne adressen, for klienter og proxyer som fjerner innholdet i en GET.
    #[oai(path = "/innbygger/api/v1/token", method = "post", operation_id = "utstedTokenMedPost")]
    async fn token_post(
        &self,
        services: Data<&Arc<Services>>,
        request: &Request,
        body: Json<TokenRequest>,
    ) -> Result<Json<TokenResponse>, ApiError> {
        exchange(&services, request, body.0).await
    }
}

//! A card on the phone, so that it can be shown where there is no coverage.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{Object, OpenApi, param::Path, payload::Json};

use crate::{
    domain::{
        Services,
        ledsagerbevis::{Engangsverdi, Kortkopi},
    },
    http::{
        credentials::LegitimertInnbygger,
        ledsagerbevis::Malgruppe,
        problem::ApiError,
        wire::{Persontekst, Tidspunkt},
    },
    model::ledsagerbevis::BevisId,
};

/// En engangsverdi som telefonen skal signere.
#[derive(Debug, Object)]
pub struct EngangsverdiRespons {
    /// Skrives i `nonce` i beviset på nøkkelen. Kan brukes én gang.
    engangsverdi: String,
    /// Når den går ut.
    utloper: Tidspunkt,
}

/// Telefonens bevis på at den har nøkkelen som kortet skal bindes til.
#[derive(Debug, Object)]
pub struct KortRequest {
    /// Et JWT som i OpenID4VCI, bevistypen `jwt`: hodet har `typ` `openid4vci-proof+jwt`, `alg` `ES256` og den offentlige nøkkelen (P-256) i
    /// `jwk`; innholdet har utstederens adresse i `aud`, klokkeslettet i `iat` og engangsverdien i `nonce`. Signert med nøkkelen.
    #[oai(write_only)]
    innehaverbevis: Persontekst,
}

/// Et ledsagerbevis som telefonen kan vise uten nett.
#[derive(Debug, Object)]
pub struct KortRespons {
    /// Kortet som SD-JWT VC, med alle opplysningene. Det er signert av utstederen og bundet til telefonens nøkkel.
    kort: Persontekst,
    /// Når denne kopien går ut. Hent den på nytt før det, med den samme nøkkelen.
    utloper: Tidspunkt,
}

impl From<Engangsverdi> for EngangsverdiRespons {
    fn from(Engangsverdi { verdi, utloper }: Engangsverdi) -> Self {
        Self { engangsverdi: verdi, utloper: Tidspunkt(utloper) }
    }
}

impl From<Kortkopi> for KortRespons {
    fn from(Kortkopi { kort, utloper }: Kortkopi) -> Self {
        Self { kort: Persontekst(kort), utloper: Tidspunkt(utloper) }
    }
}

#[derive(Debug)]
pub struct Lommebok;

#[OpenApi(tag = "Malgruppe::Innbygger")]
impl Lommebok {
    /// Be om en engangsverdi
    ///
    /// Den skal signeres med nøkkelen som kortet skal bindes til, og varer i fem minutter. Bare den innloggede kan bruke den.
    #[oai(path = "/innbygger/api/v1/kort/engangsverdi", method = "post", operation_id = "utstedEngangsverdi")]
    async fn engangsverdi(
        &self,
        caller: LegitimertInnbygger,
        services: Data<&Arc<Services>>,
    ) -> Result<Json<EngangsverdiRespons>, ApiError> {
        Ok(Json(services.engangsverdi(&caller.0)?.into()))
    }

    /// Hent et eget ledsagerbevis til telefonen
    ///
    /// Kortet kan vises og kontrolleres uten nett. Det er bundet til en nøkkel som bare telefonen har, og varer en stund; telefonen henter
    /// det på nytt med den samme nøkkelen før det går ut. Bare for et ledsagerbevis som gjelder, og som den innloggede har tilgang til nå. Mister
    /// nummeret tilgangen, eller blir ledsagerbeviset trukket tilbake, sier sperrelisten det. Den som bare har fått vise det, får det uten
    /// fødselsnummer.
    #[oai(path = "/innbygger/api/v1/ledsagerbevis/:ledsagerbevisId/kort", method = "post", operation_id = "hentKort")]
    async fn kort(
        &self,
        caller: LegitimertInnbygger,
        services: Data<&Arc<Services>>,
        /// Ledsagerbeviset.
        #[oai(name = "ledsagerbevisId")]
        id: Path<BevisId>,
        body: Json<KortRequest>,
    ) -> Result<Json<KortRespons>, ApiError> {
        Ok(Json(services.hent_kort(&caller.0, id.0, &body.0.innehaverbevis.0).await?.into()))
    }
}

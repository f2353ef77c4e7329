//! Judging a payload without sending it.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{Object, OpenApi, param::Path, payload::Json, types::Any};
use serde_json::Value;

use super::fagsystem::Advarsel;
use crate::{
    domain::Services,
    http::{
        bekymringsmelding::Malgruppe, credentials::Legitimert, problem::ApiError, skjema_body::SkjemaBody,
        wire::SkjematypeParam,
    },
    model::melding::Versjon,
};

/// Noe i meldingen som ikke følger skjemaet.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct Avvik {
    /// Hvor i meldingen, som JSON Pointer (RFC 6901). Tom for meldingen som helhet.
    peker: String,
    /// Nøkkelordet i skjemaet som ikke er oppfylt.
    nokkelord: String,
    /// Hvor nøkkelordet står: adressen til skjemaet med en JSON Pointer som fragment.
    skjemasted: String,
    /// Hva som er galt og hva du kan gjøre, i klart språk.
    melding: String,
}

/// Resultatet av en kontroll.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct Vurdering {
    /// Sann når meldingen følger skjemaet.
    gyldig: bool,
    /// Alt som ikke følger skjemaet.
    avvik: Vec<Avvik>,
    /// Hvor mange avvik det er utover dem i listen.
    utelatt: u32,
    /// Noe som skjemaet tillater, men som kan være feil.
    advarsler: Vec<Advarsel>,
}

/// Judges payloads of one version.
#[derive(Debug)]
pub struct Validering(pub Versjon);

#[OpenApi(tag = "Malgruppe::Fagsystem")]
impl Validering {
    /// Kontroller en melding mot skjemaet
    ///
    /// Svarer med alle avvik på én gang. Ingenting lagres, og svaret gjengir ikke noe av meldingen.
    #[oai(path = "/skjema/:skjematype/valider", method = "post", operation_id = "validerSkjema")]
    async fn valider(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Hvem skjemaet er fra.
        skjematype: Path<SkjematypeParam>,
        body: SkjemaBody<Any<Value>>,
    ) -> Result<Json<Vurdering>, ApiError> {
        caller.0.oppslag()?;
        let found = services.valider(skjematype.0.0, self.0, body.into_json().expose())?;
        let gyldig = found.gyldig();
        let avvik = found.avvik.into_iter().map(|avvik| Avvik {
            peker: avvik.peker,
            nokkelord: avvik.nokkelord,
            skjemasted: avvik.skjemasted,
            melding: avvik.melding,
        });
        let advarsler = found
            .advarsler
            .into_iter()
            .map(|advarsel| Advarsel::new(advarsel.kode.code().to_owned(), advarsel.peker, advarsel.melding));
        Ok(Json(Vurdering {
            gyldig,
            avvik: avvik.collect(),
            utelatt: u32::try_from(found.utelatt).unwrap_or(u32::MAX),
            advarsler: advarsler.collect(),
        }))
    }
}

//! Looking persons up, and photos of them.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::Path,
    payload::{Binary, Json},
};

use crate::{
    domain::Services,
    http::{
        credentials::LegitimertForLedsagerbevis,
        ledsagerbevis::{
            Malgruppe,
            bildekropp::Bildekropp,
            kropp::{Kropp, med_skjema},
            wire::{Adresse, Bilde},
        },
        problem::ApiError,
        wire::Personnummer,
        wire::Persontekst,
    },
    model::FiksOrgId,
    system::SecretString,
};

/// En person som skal slås opp.
#[derive(Debug, Object)]
pub struct PersonSokRequest {
    /// Fødselsnummer eller D-nummer, elleve sifre.
    #[oai(write_only)]
    fnr: Personnummer,
}

/// Det registrene vet om en person. Felt de ikke vet noe om, mangler.
#[derive(Debug, Object)]
pub struct PersonSok {
    /// Fødselsnummeret eller D-nummeret som det ble spurt om.
    fnr: Persontekst,
    /// Personens navn.
    #[oai(skip_serializing_if_is_none)]
    navn: Option<Persontekst>,
    /// Personens adresse. Mangler når den er beskyttet.
    #[oai(skip_serializing_if_is_none)]
    adresse: Option<Adresse>,
    /// Personens mobilnummer. Mangler når adressen er beskyttet.
    #[oai(skip_serializing_if_is_none)]
    tlf: Option<Persontekst>,
}

/// Et bilde som er lastet opp.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct OpplastetBildeResponse {
    /// Bildets id. Gi den i `bildeId` når ledsagerbeviset utstedes.
    bilde_id: uuid::Uuid,
}

/// Hvem bildet er av.
#[derive(Debug, Object)]
pub struct HentBilde {
    /// Fødselsnummer eller D-nummer.
    #[oai(write_only)]
    fnr: Personnummer,
}

med_skjema!(PersonSokRequest, Personsok, "personsok");
med_skjema!(HentBilde, HentBilde, "hent-bilde");

#[derive(Debug)]
pub struct Personer;

#[OpenApi(tag = "Malgruppe::Saksbehandling")]
impl Personer {
    /// Slå opp en person
    ///
    /// Navn, adresse og mobilnummer fra registrene som installasjonen er satt opp med. Svaret har bare fødselsnummeret når de
    /// ikke kjenner personen, eller når ingen registre er satt opp: skriv da opplysningene for hånd. En beskyttet adresse vises
    /// aldri, og heller ikke mobilnummeret. At det ble slått opp, blir notert.
    #[oai(path = "/api/v1/personsok/organisasjoner/:fiksOrgId", method = "post", operation_id = "oppslag")]
    async fn oppslag(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som oppslaget gjøres for.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        body: Kropp<PersonSokRequest>,
    ) -> Result<Json<PersonSok>, ApiError> {
        let behandler = caller.0.behandler(organisasjon.0)?;
        let fnr = body.0.fnr.0;
        let found = services.sok_person(&behandler, &fnr).await?;
        let fnr = Persontekst(SecretString::new(fnr.expose().clone()));
        Ok(Json(match found {
            None => PersonSok { fnr, navn: None, adresse: None, tlf: None },
            Some(person) => PersonSok {
                fnr,
                navn: Some(Persontekst(person.navn)),
                adresse: person.adresse.map(Into::into),
                tlf: person.telefonnummer.map(Persontekst),
            },
        }))
    }

    /// Last opp et bilde
    ///
    /// Send bildet i delen `bilde` og gjerne fødselsnummeret til den det er av, i delen `fnr`; eller send bare bildet. Vi tar imot
    /// JPEG, PNG og WebP på høyst 10 MB, ikke HEIC. Bildet tegnes på nytt som JPEG på høyst 1000 piksler, så stedet det er tatt og
    /// andre opplysninger i filen blir borte. Et bilde som ikke blir brukt på et ledsagerbevis, slettes etter et døgn.
    #[oai(path = "/api/v1/bilde/organisasjoner/:fiksOrgId", method = "post", operation_id = "lastOppBilde")]
    async fn last_opp(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bildet lastes opp hos.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        body: Bildekropp,
    ) -> Result<Json<OpplastetBildeResponse>, ApiError> {
        let behandler = caller.0.behandler(organisasjon.0)?;
        let bilde_id = services.last_opp_bilde(&behandler, body.bilde, body.fnr).await?;
        Ok(Json(OpplastetBildeResponse { bilde_id }))
    }

    /// Hent det siste bildet av en person
    ///
    /// Det som sist ble lastet opp av personen hos organisasjonen, som JPEG.
    #[oai(path = "/api/v1/bilde/organisasjoner/:fiksOrgId/sistOpplastet", method = "post", operation_id = "hentBilde")]
    async fn siste(
        &self,
        caller: LegitimertForLedsagerbevis,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bildet er lastet opp hos.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        body: Kropp<HentBilde>,
    ) -> Result<Bilde, ApiError> {
        let bilde = services.siste_bilde(&caller.0.behandler(organisasjon.0)?, &body.0.fnr.0).await?;
        Ok(Bilde::Jpeg(Binary(bilde.expose().clone())))
    }
}

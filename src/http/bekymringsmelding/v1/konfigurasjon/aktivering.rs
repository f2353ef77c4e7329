//! Which offices take reports, and the proof that comes with a new key. The same in version 1 and 2.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::wire::{Endret, NokkelSvar};
use crate::{
    domain::{Services, tilgang::Konfigurere},
    http::{bekymringsmelding::Malgruppe, credentials::Forvaltning, problem::ApiError, wire::RessursIder},
    model::{Feil, Feilkode, FiksOrgId, NokkelbevisId, RessursId},
};

/// Svaret på en utfordring.
#[derive(Debug, Object)]
#[oai(rename = "NokkelbevisSvarApiModel", rename_all = "camelCase")]
pub struct Bevissvar {
    /// De 32 bytene som lå kryptert i `utfordring`, som base64.
    svar: String,
}

fn required(ids: Option<RessursIder>) -> Result<Vec<RessursId>, Feil> {
    match ids {
        Some(RessursIder(ids)) if !ids.is_empty() => Ok(ids),
        _ => Err(Feil::from(Feilkode::Parameter).melding("Parameteret ressursIder skal ha minst én id.")),
    }
}

#[derive(Debug)]
pub struct Aktivering;

#[OpenApi(tag = "Malgruppe::Forvaltning")]
impl Aktivering {
    /// Aktiver en bydel
    ///
    /// Bydelen vises for avsendere og tar imot meldinger. Den må ha et sertifikat som kan brukes, en postadresse og minst én
    /// e-postadresse; ellers er svaret 409, og `errorJson` viser hva som mangler: `NOKKEL`, `NOKKELBEVIS` (sertifikatet
    /// venter på at den private nøkkelen vises), `ADRESSE` eller `EPOST`. Kommunens første aktive bydel blir standardmottaker.
    #[oai(path = "/konfigurasjon/:fiksOrgId/bydeler/:ressursId/aktiver", method = "put", operation_id = "aktiverBydel")]
    async fn aktiver(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Bydelens id.
        #[oai(name = "ressursId")]
        bydel: Path<RessursId>,
    ) -> Result<Endret, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        services.aktiver(&mandat, "aktiverBydel", vec![bydel.0]).await?;
        Ok(Endret::Endret)
    }

    /// Aktiver flere bydeler
    ///
    /// Som for én bydel: alle blir aktive, eller ingen. Har kommunen ingen aktiv bydel fra før, blir den første i listen
    /// standardmottaker.
    #[oai(path = "/konfigurasjon/:fiksOrgId/bydeler/aktiver", method = "put", operation_id = "aktiverBydeler")]
    async fn aktiver_flere(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelene hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Bydelenes id-er, minst én. Gjenta parameteret, eller skill dem med komma.
        #[oai(name = "ressursIder")]
        bydeler: Query<Option<RessursIder>>,
    ) -> Result<Endret, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        services.aktiver(&mandat, "aktiverBydeler", required(bydeler.0)?).await?;
        Ok(Endret::Endret)
    }

    /// Deaktiver en bydel
    ///
    /// Bydelen vises ikke lenger for avsendere og tar ikke imot nye meldinger. Meldinger den alt har fått, kan fortsatt hentes og
    /// kvitteres. Standardmottakeren kan ikke deaktiveres så lenge andre bydeler er aktive (409): velg en annen først.
    #[oai(
        path = "/konfigurasjon/:fiksOrgId/bydeler/:ressursId/deaktiver",
        method = "put",
        operation_id = "deaktiverBydel"
    )]
    async fn deaktiver(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Bydelens id.
        #[oai(name = "ressursId")]
        bydel: Path<RessursId>,
    ) -> Result<Endret, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        services.deaktiver(&mandat, "deaktiverBydel", vec![bydel.0]).await?;
        Ok(Endret::Endret)
    }

    /// Deaktiver flere bydeler
    ///
    /// Som for én bydel: alle blir deaktivert, eller ingen. Er det alle kommunens aktive bydeler, tar kommunen ikke lenger imot
    /// meldinger.
    #[oai(path = "/konfigurasjon/:fiksOrgId/bydeler/deaktiver", method = "put", operation_id = "deaktiverBydeler")]
    async fn deaktiver_flere(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelene hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Bydelenes id-er, minst én. Gjenta parameteret, eller skill dem med komma.
        #[oai(name = "ressursIder")]
        bydeler: Query<Option<RessursIder>>,
    ) -> Result<Endret, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        services.deaktiver(&mandat, "deaktiverBydeler", required(bydeler.0)?).await?;
        Ok(Endret::Endret)
    }

    /// Velg standardmottaker
    ///
    /// Bydelen tar imot meldinger når avsenderen ikke vet hvilken bydel som er riktig. Den må være aktiv. Den som hadde
    /// rollen, mister den i samme øyeblikk: kommunen har alltid nøyaktig én når noen bydel er aktiv.
    #[oai(
        path = "/konfigurasjon/:fiksOrgId/bydeler/:ressursId/standardmottaker",
        method = "put",
        operation_id = "updateStandardMottaker"
    )]
    async fn velg_standardmottaker(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Bydelens id.
        #[oai(name = "ressursId")]
        bydel: Path<RessursId>,
    ) -> Result<Endret, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        services.flytt_standardmottaker(&mandat, bydel.0).await?;
        Ok(Endret::Endret)
    }

    /// Vis at dere har den private nøkkelen
    ///
    /// Et nytt sertifikat tas i bruk når innholdet av `utfordring` sendes tilbake. Svaret viser nøkkelen slik den nå er.
    /// Meldinger som er kryptert med det forrige sertifikatet, tas imot en stund til: behold den private nøkkelen. Etter fem
    /// feil svar, eller en time, må sertifikatet lastes opp på nytt.
    #[oai(
        path = "/konfigurasjon/:fiksOrgId/bydeler/:ressursId/nokkelbevis/:nokkelbevisId",
        method = "post",
        operation_id = "bekreftNokkelbevis"
    )]
    async fn bekreft(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som bydelen hører til.
        #[oai(name = "fiksOrgId")]
        organisasjon: Path<FiksOrgId>,
        /// Bydelens id.
        #[oai(name = "ressursId")]
        bydel: Path<RessursId>,
        /// Bevisets id.
        #[oai(name = "nokkelbevisId")]
        bevis: Path<NokkelbevisId>,
        body: Json<Bevissvar>,
    ) -> Result<Json<NokkelSvar>, ApiError> {
        let mandat = caller.0.mandat::<Konfigurere>(organisasjon.0)?;
        let kontor = services.bekreft_nokkel(&mandat, bydel.0, bevis.0, &body.0.svar).await?;
        Ok(Json(kontor.nokkel.as_ref().map_or_else(NokkelSvar::none, NokkelSvar::new)))
    }
}

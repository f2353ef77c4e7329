//! The municipality's side: its own systems list, fetch and receipt by program. Not part of KS's published API; in its
//! style.

use std::{sync::Arc, time::Duration};

use poem::{Request, web::Data};
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use serde::Serialize;

use crate::{
    domain::{
        Services,
        avhenting::{Kvittering as Model, Ventende},
        tilgang::Hente,
    },
    http::{
        bekymringsmelding::{Malgruppe, file_name},
        content::{self, File, SealedContent},
        credentials::Legitimert,
        problem::ApiError,
        wire::{Antall, MarkorParam, Tidspunkt, Vent, Written},
    },
    model::{
        Bydelsnummer, FiksOrgId, Kommunenummer, MeldingId,
        melding::{Format as ModelFormat, Profil as ModelProfil, Skjematype as ModelSkjematype},
        side::KoFilter,
    },
};

/// Hvem skjemaet er fra.
#[derive(Debug, Clone, Copy, Enum, Serialize)]
#[oai(rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Skjematype {
    /// Noen som melder i kraft av jobben sin.
    Offentlig,
    /// En privatperson.
    Privat,
}

/// Hva innholdet er forseglet som.
#[derive(Debug, Clone, Copy, Enum, Serialize)]
#[oai(rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Format {
    /// En signert ASiC-E med JSON og PDF, i CMS (`application/octet-stream`).
    Asice,
    /// JSON alene, som kompakt JWE (`application/jose`).
    Jwe,
}

/// Hvordan konvolutten er laget, så langt det kan ses uten nøkkelen.
#[derive(Debug, Clone, Copy, Enum, Serialize)]
#[oai(rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Profil {
    /// Én mottaker, RSAES-OAEP med SHA-256, som i KS' Java-klient.
    Ks,
    /// To mottakere for samme sertifikat, PKCS#1 v1.5 først, som i KS' .NET-klient.
    KsDotnet,
}

/// Hvem som har sendt meldingen.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Avsender {
    /// Organisasjonens id i Fiks.
    fiks_org_id: uuid::Uuid,
    /// Organisasjonsnummer, ni sifre.
    organisasjonsnummer: String,
    /// Organisasjonens navn.
    navn: String,
}

/// En melding som venter, eller har ventet, på å bli hentet.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct VentendeMelding {
    /// Meldingens id.
    bekymringsmelding_id: uuid::Uuid,
    /// Kommunen meldingen er til, fire sifre.
    kommunenummer: String,
    /// Bydelen meldingen er til, to sifre: nummeret som bydelen hadde da meldingen ble sendt.
    bydelsnummer: String,
    /// Bydelens id, som er den samme når nummeret endres.
    ressurs_id: uuid::Uuid,
    /// Hvem skjemaet er fra.
    skjematype: Skjematype,
    /// Versjonen av API-et meldingen kom med, og dermed den nyeste versjonen skjemaet kan ha.
    api_versjon: String,
    /// Hvem som har sendt meldingen.
    avsender: Avsender,
    /// Når vi tok imot meldingen.
    mottatt_tidspunkt: Tidspunkt,
    /// Tilstanden nå. Bare meldinger i `SENDT_FAGSYSTEM` venter.
    tilstand: String,
    /// Hvor mange byte det krypterte innholdet er.
    storrelse: u64,
    /// SHA-256 av det krypterte innholdet, heksadesimalt.
    sha256: String,
    /// Filnavnet som KS Fiks bruker for det krypterte innholdet.
    filnavn: String,
    /// Serienummeret til sertifikatet som innholdet er kryptert med, som desimaltall.
    mottaker_sertifikat_serienummer: String,
    /// Hva innholdet er forseglet som.
    format: Format,
    /// Organisasjonen som har forseglet innholdet, og som signaturen i en ASiC-E er fra: avsenderen selv, eller
    /// portvakten når meldingen kom som JSON.
    forseglet_av: String,
    /// Hvordan konvolutten er laget.
    profil: Profil,
    /// Kvitter før dette tidspunktet: da går meldingen ellers ut som brev, og den kan ikke lenger hentes. To norske
    /// virkedager etter at meldingen kunne hentes første gang. Mangler når meldingen ikke venter.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    kvitteringsfrist: Option<Tidspunkt>,
    /// Når innholdet ble slettet. Mangler så lenge det finnes.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    slettet_tidspunkt: Option<Tidspunkt>,
}

/// Én side av køen.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct VentendeMeldinger {
    /// Meldingene på siden, eldste først.
    meldinger: Vec<VentendeMelding>,
    /// Send denne som `markor` for å få neste side. Mangler på den siste.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    neste_markor: Option<uuid::Uuid>,
}

/// Svaret på en kvittering.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Kvittering {
    /// Meldingens id.
    bekymringsmelding_id: uuid::Uuid,
    /// Tilstanden etter kvitteringen.
    tilstand: String,
    /// Når kvitteringen ble tatt imot første gang.
    tidspunkt: Tidspunkt,
}

/// Hvorfor meldingen ikke kunne tas imot.
#[derive(Debug, Object)]
pub struct Feilmelding {
    /// Beskriv den tekniske feilen uten personopplysninger. Avsenderen kan lese den. Høyst 500 tegn.
    melding: String,
}

impl From<Ventende> for VentendeMelding {
    fn from(Ventende { melding, avsender }: Ventende) -> Self {
        Self {
            bekymringsmelding_id: melding.id.0,
            kommunenummer: melding.kommunenummer.to_string(),
            bydelsnummer: melding.bydelsnummer.to_string(),
            ressurs_id: melding.bydel.0,
            skjematype: match melding.skjematype {
                ModelSkjematype::Offentlig => Skjematype::Offentlig,
                ModelSkjematype::Privat => Skjematype::Privat,
            },
            api_versjon: melding.versjon.to_string(),
            format: match melding.format {
                ModelFormat::Asice => Format::Asice,
                ModelFormat::Jwe => Format::Jwe,
            },
            forseglet_av: melding.forseglet_av.unwrap_or(avsender.organisasjonsnummer).to_string(),
            avsender: Avsender {
                fiks_org_id: avsender.id.0,
                organisasjonsnummer: avsender.organisasjonsnummer.to_string(),
                navn: avsender.navn,
            },
            mottatt_tidspunkt: Tidspunkt(melding.mottatt),
            tilstand: melding.tilstand.to_string(),
            storrelse: melding.asice_storrelse,
            sha256: hex::encode(melding.asice_sha256),
            filnavn: file_name(melding.mottaker, melding.bydelsnummer),
            mottaker_sertifikat_serienummer: melding.sertifikat,
            profil: match melding.profil {
                ModelProfil::Ks => Profil::Ks,
                ModelProfil::KsDotnet => Profil::KsDotnet,
            },
            kvitteringsfrist: melding.frist.map(Tidspunkt),
            slettet_tidspunkt: melding.slettet.map(Tidspunkt),
        }
    }
}

impl From<Model> for Kvittering {
    fn from(kvittering: Model) -> Self {
        Self {
            bekymringsmelding_id: kvittering.melding.0,
            tilstand: kvittering.tilstand.to_string(),
            tidspunkt: Tidspunkt(kvittering.tidspunkt),
        }
    }
}

#[derive(Debug)]
pub struct Avhenting;

#[OpenApi(tag = "Malgruppe::Kommune")]
impl Avhenting {
    /// Hent ventende meldinger
    ///
    /// Meldingene som venter på å bli hentet, eldste først. En kvittert melding er ikke lenger i listen. Med `vent`
    /// venter kallet til det kommer en melding, så en akutt melding ikke må vente på neste spørring.
    #[oai(path = "/avhenting/:fiksOrgId/meldinger", method = "get", operation_id = "getVentendeMeldinger")]
    #[expect(clippy::too_many_arguments, reason = "each is a documented parameter of the operation")]
    async fn ventende(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som mottar.
        #[oai(name = "fiksOrgId")]
        mottaker: Path<FiksOrgId>,
        /// Bare meldinger til denne kommunen.
        kommunenummer: Query<Option<Kommunenummer>>,
        /// Bare meldinger til bydelen som har dette nummeret nå, også dem som ble sendt mens den hadde et annet.
        bydelsnummer: Query<Option<Bydelsnummer>>,
        /// Hvor mange meldinger det høyst skal være på siden.
        #[oai(default)]
        antall: Query<Antall>,
        /// Hvor siden skal begynne: `nesteMarkor` fra forrige side.
        markor: Query<Option<MarkorParam>>,
        /// Hvor mange sekunder kallet skal vente når køen er tom.
        #[oai(default)]
        vent: Query<Vent>,
    ) -> Result<Written<VentendeMeldinger>, ApiError> {
        let fullmakt = caller.0.fullmakt::<Hente>(mottaker.0)?;
        let filter = KoFilter { kommunenummer: kommunenummer.0, bydelsnummer: bydelsnummer.0 };
        let after = markor.0.map(|markor| markor.0);
        let wait = Duration::from_secs(vent.0.0.into());
        let side = services.ko(&fullmakt, filter, after, antall.0.0.into(), wait).await?;
        Ok(Written(VentendeMeldinger {
            meldinger: side.rader.into_iter().map(VentendeMelding::from).collect(),
            neste_markor: side.neste.map(|markor| markor.0),
        }))
    }

    /// Hent opplysninger om en melding
    ///
    /// Det samme som i listen, også for en melding som er kvittert.
    #[oai(
        path = "/avhenting/:fiksOrgId/meldinger/:bekymringsmeldingId",
        method = "get",
        operation_id = "getVentendeMelding"
    )]
    async fn melding(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som mottar.
        #[oai(name = "fiksOrgId")]
        mottaker: Path<FiksOrgId>,
        /// Meldingens id.
        #[oai(name = "bekymringsmeldingId")]
        id: Path<MeldingId>,
    ) -> Result<Json<VentendeMelding>, ApiError> {
        let found = services.ventende(&caller.0.fullmakt::<Hente>(mottaker.0)?, id.0).await?;
        Ok(Json(found.into()))
    }

    /// Hent det krypterte innholdet
    ///
    /// Nøyaktig de bytene som avsenderen laget: en ASiC-E kryptert (CMS) med kommunens sertifikat. Kontroller
    /// `Content-Digest`, lagre filen, og kvitter etterpå. Et avbrutt kall kan fortsettes med `Range` og `If-Range`.
    /// Svarer 410 når meldingen er kvittert og innholdet slettet. En melding som ikke kunne skrives ut (`AVVIST_PRINT`),
    /// står ikke i listen lenger, men kan fortsatt hentes her og kvitteres som mottatt.
    #[oai(
        path = "/avhenting/:fiksOrgId/meldinger/:bekymringsmeldingId/innhold",
        method = "get",
        operation_id = "getInnhold"
    )]
    async fn innhold(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        request: &Request,
        /// Organisasjonen som mottar.
        #[oai(name = "fiksOrgId")]
        mottaker: Path<FiksOrgId>,
        /// Meldingens id.
        #[oai(name = "bekymringsmeldingId")]
        id: Path<MeldingId>,
    ) -> Result<SealedContent, ApiError> {
        let fullmakt = caller.0.fullmakt::<Hente>(mottaker.0)?;
        let (melding, content) = services.innhold(&fullmakt, id.0).await?;
        let name = file_name(melding.mottaker, melding.bydelsnummer);
        let content_type = match melding.format {
            ModelFormat::Asice => "application/octet-stream",
            ModelFormat::Jwe => "application/jose",
        };
        let file = File { name: &name, content_type, sha256: melding.asice_sha256, content };
        Ok(content::respond(request, &file)?)
    }

    /// Kvitter at meldingen er mottatt
    ///
    /// Kvitter først når meldingen er trygt lagret hos dere: innholdet slettes her i samme øyeblikk, og meldingen får
    /// tilstanden `LEVERT`. Kallet kan gjentas og gir samme svar.
    #[oai(
        path = "/avhenting/:fiksOrgId/meldinger/:bekymringsmeldingId/mottatt",
        method = "post",
        operation_id = "postMottatt"
    )]
    async fn mottatt(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som mottar.
        #[oai(name = "fiksOrgId")]
        mottaker: Path<FiksOrgId>,
        /// Meldingens id.
        #[oai(name = "bekymringsmeldingId")]
        id: Path<MeldingId>,
    ) -> Result<Json<Kvittering>, ApiError> {
        let kvittering = services.kvitter_mottatt(&caller.0.fullmakt::<Hente>(mottaker.0)?, id.0).await?;
        Ok(Json(kvittering.into()))
    }

    /// Kvitter at meldingen ikke kunne tas imot
    ///
    /// Meldingen får tilstanden `AVVIST_FAGSYSTEM` og går straks ut som brev til kontorets postadresse. Den kan ikke hentes på
    /// nytt her. Kallet kan gjentas og gir samme svar.
    #[oai(
        path = "/avhenting/:fiksOrgId/meldinger/:bekymringsmeldingId/feilet",
        method = "post",
        operation_id = "postFeilet"
    )]
    async fn feilet(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Organisasjonen som mottar.
        #[oai(name = "fiksOrgId")]
        mottaker: Path<FiksOrgId>,
        /// Meldingens id.
        #[oai(name = "bekymringsmeldingId")]
        id: Path<MeldingId>,
        body: Json<Feilmelding>,
    ) -> Result<Json<Kvittering>, ApiError> {
        let fullmakt = caller.0.fullmakt::<Hente>(mottaker.0)?;
        let kvittering = services.kvitter_feilet(&fullmakt, id.0, &body.0.melding).await?;
        Ok(Json(kvittering.into()))
    }
}

//! What goes over the wire.

use poem_openapi::{Enum, Object};

use super::tekst::{Eposter, Gruppenavn, Postnummer, Telefon};
use crate::{
    domain::ledsagerbevis::oppsett::{Endring, Opplysninger},
    http::wire::Persontekst,
    model::{
        bevisoppsett::{
            Bevisadresse, Kontoer, Organisasjonsoppsett, Svarutkonto as Model, Utsending as ModelUtsending,
        },
        gruppe::Gruppe,
        kommune::Malform,
    },
};

/// Om eiere og forvaltere får brev.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename = "UtsendingBrev", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UtsendingBrev {
    /// Det sendes brev.
    SendeBrev,
    /// Det sendes ikke brev.
    IkkeSendeBrev,
}

/// Målformen i det som sendes ut.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename = "Spraak", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Spraak {
    /// Bokmål.
    Bokmaal,
    /// Nynorsk.
    Nynorsk,
}

/// Organisasjonens postadresse.
#[derive(Debug, Object)]
#[oai(rename = "PostAdresse")]
pub struct PostAdresse {
    /// Gate- eller postboksadresse. Høyst 100 tegn.
    postadressenavn: String,
    /// Fire sifre.
    postnummer: Postnummer,
    /// Poststedets navn. Høyst 100 tegn.
    poststed: String,
}

/// En konto i SvarUt som brev kan sendes fra.
#[derive(Debug, Object)]
#[oai(rename = "SvarutKonto")]
pub struct SvarutKonto {
    /// Kontoens id.
    #[oai(rename = "kontoId")]
    konto_id: uuid::Uuid,
    /// Kontoens navn.
    kontonavn: String,
}

/// Kontoene som organisasjonen kan velge mellom.
#[derive(Debug, Object)]
#[oai(rename = "SvarutKontoer")]
pub struct SvarutKontoer {
    /// Kontoene, sortert på navn.
    kontoer: Vec<SvarutKonto>,
}

/// En organisasjons oppsett.
#[derive(Debug, Object)]
#[oai(rename = "OrganisasjonResponse", rename_all = "camelCase")]
pub struct OrganisasjonResponse {
    /// Organisasjonens id.
    fiks_org_id: uuid::Uuid,
    /// E-postadressene til dem som svarer på spørsmål om ledsagerbevis.
    epost: Eposter,
    /// Kontoen i SvarUt som er valgt. Mangler når ingen er det.
    #[oai(skip_serializing_if_is_none)]
    svarutkonto: Option<SvarutKonto>,
    /// Hvor organisasjonen får post. Mangler når den ikke er oppgitt.
    #[oai(skip_serializing_if_is_none)]
    post_adresse: Option<PostAdresse>,
    /// Om eiere og forvaltere får brev. Mangler når det ikke er valgt.
    #[oai(skip_serializing_if_is_none)]
    utsending_brev: Option<UtsendingBrev>,
    /// Telefonnummeret til dem som svarer på spørsmål. Mangler når det ikke er oppgitt.
    #[oai(skip_serializing_if_is_none)]
    tlf: Option<Persontekst>,
    /// Målformen i det som sendes ut. Bokmål når ingen er valgt.
    spraak: Spraak,
}

/// Det som skal endres. Felter som mangler, blir stående som de er.
#[derive(Debug, Object)]
#[oai(rename = "OppdaterOrganisasjonRequest", rename_all = "camelCase")]
pub struct OppdaterOrganisasjonRequest {
    /// Alle e-postadressene, høyst 20. En tom liste tar bort dem som står.
    epost: Option<Eposter>,
    /// Hvor organisasjonen får post.
    post_adresse: Option<PostAdresse>,
    /// Om eiere og forvaltere skal få brev.
    utsending_brev: Option<UtsendingBrev>,
    /// Norsk telefonnummer, åtte sifre.
    tlf: Option<Telefon>,
    /// Målformen i det som sendes ut.
    spraak: Option<Spraak>,
}

/// Id-ene som organisasjonen har fått.
#[derive(Debug, Object)]
#[oai(rename = "LedsagerBevisKonfigurasjon", rename_all = "camelCase")]
pub struct LedsagerBevisKonfigurasjon {
    /// Kontoen som bilder lagres i.
    dokumentlager_konto_id: uuid::Uuid,
    /// Kontoen som SMS og brev sendes fra.
    varsling_konto_id: uuid::Uuid,
    /// Rollen som saksbehandlerne har.
    rolle_id: uuid::Uuid,
    /// Organisasjonens ledsagerbevis som ressurs.
    tjeneste_ressurs_id: uuid::Uuid,
}

/// Om noe er laget.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename = "KontoStatus", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum KontoStatus {
    /// Det er laget, eller valgt.
    Opprettet,
    /// Det er ikke gjort ennå.
    IkkeOpprettet,
}

/// Hvor langt oppsettet er kommet.
#[derive(Debug, Object)]
#[oai(rename = "StatusRetur", rename_all = "camelCase")]
pub struct StatusRetur {
    /// Om organisasjonen er konfigurert for ledsagerbevis.
    initialisert: bool,
    /// Kontoen som bilder lagres i.
    dokumentlager_konto_status: KontoStatus,
    /// Rollen som saksbehandlerne har.
    rolle_status: KontoStatus,
    /// Om en konto i SvarUt er valgt.
    svarut_konto_status: KontoStatus,
    /// Kontoen som SMS og brev sendes fra.
    varsling_konto_status: KontoStatus,
}

/// Hva den som kaller, kan gjøre.
#[derive(Debug, Object)]
#[oai(rename = "Tilganger", rename_all = "camelCase")]
pub struct Tilganger {
    /// Om den som kaller, kan sette opp organisasjonen, lage grupper og velge hvem som er med i dem.
    pub dlb_admin: bool,
}

/// En gruppe av dem som arbeider med ledsagerbevis.
#[derive(Debug, Object)]
#[oai(rename = "GruppeRespons", rename_all = "camelCase")]
pub struct GruppeRespons {
    /// Gruppens id.
    gruppe_id: uuid::Uuid,
    /// Organisasjonen som gruppen hører til.
    fiks_org_id: uuid::Uuid,
    /// Gruppens navn.
    gruppenavn: Gruppenavn,
}

impl From<Gruppe> for GruppeRespons {
    fn from(gruppe: Gruppe) -> Self {
        Self { gruppe_id: gruppe.id.0, fiks_org_id: gruppe.organisasjon.0, gruppenavn: Gruppenavn(gruppe.navn) }
    }
}

impl From<Model> for SvarutKonto {
    fn from(konto: Model) -> Self {
        Self { konto_id: konto.id.0, kontonavn: konto.navn }
    }
}

impl From<Vec<Model>> for SvarutKontoer {
    fn from(kontoer: Vec<Model>) -> Self {
        Self { kontoer: kontoer.into_iter().map(SvarutKonto::from).collect() }
    }
}

impl From<Kontoer> for LedsagerBevisKonfigurasjon {
    fn from(kontoer: Kontoer) -> Self {
        Self {
            dokumentlager_konto_id: kontoer.dokumentlager,
            varsling_konto_id: kontoer.varsling,
            rolle_id: kontoer.rolle,
            tjeneste_ressurs_id: kontoer.ressurs,
        }
    }
}

impl From<Organisasjonsoppsett> for StatusRetur {
    fn from(oppsett: Organisasjonsoppsett) -> Self {
        let status = |there: bool| if there { KontoStatus::Opprettet } else { KontoStatus::IkkeOpprettet };
        let made = oppsett.kontoer.is_some();
        Self {
            initialisert: made,
            dokumentlager_konto_status: status(made),
            rolle_status: status(made),
            svarut_konto_status: status(oppsett.svarut.is_some()),
            varsling_konto_status: status(made),
        }
    }
}

impl From<Opplysninger> for OrganisasjonResponse {
    fn from(Opplysninger { oppsett, svarutkonto, epost, tlf }: Opplysninger) -> Self {
        Self {
            fiks_org_id: oppsett.organisasjon.0,
            epost: Eposter(epost),
            svarutkonto: svarutkonto.map(SvarutKonto::from),
            post_adresse: oppsett.adresse.map(PostAdresse::from),
            utsending_brev: oppsett.utsending.map(UtsendingBrev::from),
            tlf: tlf.map(Persontekst),
            spraak: match oppsett.sprak {
                Malform::Bokmal => Spraak::Bokmaal,
                Malform::Nynorsk => Spraak::Nynorsk,
            },
        }
    }
}

impl From<OppdaterOrganisasjonRequest> for Endring {
    fn from(given: OppdaterOrganisasjonRequest) -> Self {
        Self {
            epost: given.epost.map(|eposter| eposter.0),
            tlf: given.tlf.map(|tlf| tlf.0),
            adresse: given.post_adresse.map(Bevisadresse::from),
            utsending: given.utsending_brev.map(ModelUtsending::from),
            sprak: given.spraak.map(|spraak| match spraak {
                Spraak::Bokmaal => Malform::Bokmal,
                Spraak::Nynorsk => Malform::Nynorsk,
            }),
        }
    }
}

impl From<Bevisadresse> for PostAdresse {
    fn from(Bevisadresse { postadressenavn, postnummer, poststed }: Bevisadresse) -> Self {
        Self { postadressenavn, postnummer: Postnummer(postnummer), poststed }
    }
}

impl From<PostAdresse> for Bevisadresse {
    fn from(PostAdresse { postadressenavn, postnummer, poststed }: PostAdresse) -> Self {
        Self { postadressenavn, postnummer: postnummer.0, poststed }
    }
}

impl From<ModelUtsending> for UtsendingBrev {
    fn from(utsending: ModelUtsending) -> Self {
        match utsending {
            ModelUtsending::SendeBrev => Self::SendeBrev,
            ModelUtsending::IkkeSendeBrev => Self::IkkeSendeBrev,
        }
    }
}

impl From<UtsendingBrev> for ModelUtsending {
    fn from(utsending: UtsendingBrev) -> Self {
        match utsending {
            UtsendingBrev::SendeBrev => Self::SendeBrev,
            UtsendingBrev::IkkeSendeBrev => Self::IkkeSendeBrev,
        }
    }
}

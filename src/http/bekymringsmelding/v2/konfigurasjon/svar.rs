//! An office as version 2 shows it.

use poem_openapi::{ApiResponse, Enum, Object, payload::Json};

use super::super::{
    super::v1::{NokkelSvar, NokkelbevisSvar},
    kommune::StottetVersjon,
};
use crate::{
    domain::konfigurasjon::{Kontor, Standardmottaker},
    model::{
        kommune::{Fagsystem as Model, Postadresse},
        melding::Kanal,
    },
};

/// Fagsystemet som bydelen bruker.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename = "Fagsystem", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Fagsystem {
    /// En saksbehandler henter meldingene for hånd.
    ManuellMottak,
    VismaFamilia,
    VismaFlytBarnevern,
    NetcompanyModulusBarn,
    /// Ingen har oppgitt det. Kan ikke velges.
    Ukjent,
}

impl From<Model> for Fagsystem {
    fn from(fagsystem: Model) -> Self {
        match fagsystem {
            Model::ManuellMottak => Self::ManuellMottak,
            Model::VismaFamilia => Self::VismaFamilia,
            Model::VismaFlytBarnevern => Self::VismaFlytBarnevern,
            Model::NetcompanyModulusBarn => Self::NetcompanyModulusBarn,
            Model::Ukjent => Self::Ukjent,
        }
    }
}

impl From<Fagsystem> for Model {
    fn from(fagsystem: Fagsystem) -> Self {
        match fagsystem {
            Fagsystem::ManuellMottak => Self::ManuellMottak,
            Fagsystem::VismaFamilia => Self::VismaFamilia,
            Fagsystem::VismaFlytBarnevern => Self::VismaFlytBarnevern,
            Fagsystem::NetcompanyModulusBarn => Self::NetcompanyModulusBarn,
            Fagsystem::Ukjent => Self::Ukjent,
        }
    }
}

/// Postadressen som brev sendes til. Feltene er tomme for en bydel som ikke har noen.
#[derive(Debug, Object)]
#[oai(rename = "AdresseResponseApiModel", rename_all = "camelCase")]
pub struct AdresseSvar {
    /// Hvem brev er til.
    navn: String,
    /// Gate- eller postboksadresse.
    adresselinje1: String,
    /// Mer av adressen.
    #[oai(skip_serializing_if_is_none)]
    adresselinje2: Option<String>,
    /// Mer av adressen.
    #[oai(skip_serializing_if_is_none)]
    adresselinje3: Option<String>,
    /// Postnummer, fire sifre.
    postnummer: String,
    /// Poststed.
    poststed: String,
}

/// Hvor bydelen nås.
#[derive(Debug, Object)]
#[oai(rename = "KontaktinformasjonResponseApiModelV2", rename_all = "camelCase")]
pub struct KontaktinformasjonSvar {
    /// E-postadressene til bydelen. Varsler sendes hit.
    eposter: Vec<String>,
}

/// Tilgangen til SvarInn.
#[derive(Debug, Object)]
#[oai(rename = "SvarinnKonfigurasjonResponseApiModel", rename_all = "camelCase")]
pub struct SvarinnSvar {
    /// Brukernavnet som meldingene hentes med. Passordet lages med `lagPassord`.
    integrasjon_id: uuid::Uuid,
    /// Mottakerens organisasjonsnummer, ni sifre, eller tom tekst.
    orgnr: String,
    /// Sertifikatet som meldinger krypteres med nå.
    offentlig_nokkel: NokkelSvar,
}

/// En integrasjon.
#[derive(Debug, Object)]
#[oai(rename = "IntegrasjonApiModel", rename_all = "camelCase")]
pub struct IntegrasjonSvar {
    /// Integrasjonens id.
    integrasjon_id: uuid::Uuid,
}

/// Køen som kommunens fagsystem henter fra.
#[derive(Debug, Object)]
#[oai(rename = "FiksIoKonfigurasjonResponseApiModel", rename_all = "camelCase")]
pub struct FiksIoSvar {
    /// Kontoens id.
    id: uuid::Uuid,
    /// Kontoens navn: bydelens.
    navn: String,
    /// Sertifikatet som meldinger krypteres med nå. Mangler når bydelen ikke har noe ennå.
    #[oai(skip_serializing_if_is_none)]
    offentlig_nokkel: Option<NokkelSvar>,
    /// Sann når bydelen tar imot nye meldinger.
    aktiv: bool,
    /// Integrasjonene som kan hente for organisasjonen, også andres, som når en annen kommune er vert.
    integrasjoner: Vec<IntegrasjonSvar>,
}

/// Manuelt mottak.
#[derive(Debug, Object)]
#[oai(rename = "ManuellMottakKonfigurasjonResponseApiModel", rename_all = "camelCase")]
pub struct ManuellSvar {
    /// E-postadressene som varsles om meldinger som ikke er kvittert.
    varsel_eposter: Vec<String>,
    /// Kontoens id, som meldingene hentes fra.
    konto_id: uuid::Uuid,
    /// Sertifikatet som meldinger krypteres med nå. Mangler når bydelen ikke har noe ennå.
    #[oai(skip_serializing_if_is_none)]
    offentlig_nokkel: Option<NokkelSvar>,
}

/// Hvordan bydelen får meldingene. Én av de tre kontoene er med. Meldinger som alt er overlevert, blir i kanalen de ble
/// overlevert i.
#[derive(Debug, Object)]
#[oai(rename = "KontoResponseApiModel", rename_all = "camelCase")]
pub struct KontoSvar {
    /// Fagsystemet.
    fagsystem: Fagsystem,
    /// Den nyeste versjonen av skjemaet som bydelen tar imot.
    stottet_versjon: StottetVersjon,
    /// Tilgangen til SvarInn.
    #[oai(skip_serializing_if_is_none)]
    svarinn_konto: Option<SvarinnSvar>,
    /// Køen som kommunens fagsystem henter fra.
    #[oai(skip_serializing_if_is_none)]
    fiksio_konto: Option<FiksIoSvar>,
    /// Manuelt mottak.
    #[oai(skip_serializing_if_is_none)]
    manuell_mottak_konto: Option<ManuellSvar>,
    /// Sertifikatet som venter på at den private nøkkelen vises. Mangler når ingenting venter.
    #[oai(skip_serializing_if_is_none)]
    nokkelbevis: Option<NokkelbevisSvar>,
}

/// Det viktigste om hvordan bydelen får meldingene.
#[derive(Debug, Object)]
#[oai(rename = "KontoEnkelResponseApiModel", rename_all = "camelCase")]
pub struct KontoEnkelSvar {
    /// Fagsystemet.
    fagsystem: Fagsystem,
    /// Den nyeste versjonen av skjemaet som bydelen tar imot.
    stottet_versjon: StottetVersjon,
}

/// En bydel.
#[derive(Debug, Object)]
#[oai(rename = "BydelResponseApiModel", rename_all = "camelCase")]
pub struct BydelSvar {
    /// Bydelens nummer, to sifre. `00` når kommunen bare har ett kontor.
    #[oai(validator(pattern = r"^\d{2}$"))]
    bydelsnummer: String,
    /// Bydelens navn.
    bydelsnavn: String,
    /// Sann for den aktive bydelen som tar imot meldinger når riktig bydel er ukjent.
    standard_mottaker: bool,
    /// Bydelens id. Den er den samme når nummer og navn endres.
    ressurs_id: uuid::Uuid,
    /// Hvordan bydelen får meldingene.
    konto: KontoSvar,
    /// Hvor bydelen nås.
    kontaktinformasjon: KontaktinformasjonSvar,
    /// Postadressen som brev sendes til.
    adresse: AdresseSvar,
    /// Organisasjonen som bydelen hører til.
    fiks_org_id: uuid::Uuid,
    /// Sann når bydelen ikke tar imot nye meldinger.
    deaktivert: bool,
}

/// Det viktigste om en bydel.
#[derive(Debug, Object)]
#[oai(rename = "BydelEnkelResponseApiModel", rename_all = "camelCase")]
pub struct BydelEnkelSvar {
    /// Bydelens nummer, to sifre. `00` når kommunen bare har ett kontor.
    #[oai(validator(pattern = r"^\d{2}$"))]
    bydelsnummer: String,
    /// Bydelens navn.
    bydelsnavn: String,
    /// Sann for den aktive bydelen som tar imot meldinger når riktig bydel er ukjent.
    standard_mottaker: bool,
    /// Bydelens id.
    ressurs_id: uuid::Uuid,
    /// Det viktigste om hvordan bydelen får meldingene.
    konto: KontoEnkelSvar,
    /// Organisasjonen som bydelen hører til.
    fiks_org_id: uuid::Uuid,
    /// Sann når bydelen ikke tar imot nye meldinger.
    deaktivert: bool,
}

/// Treffene på et søk.
#[derive(Debug, Object)]
#[oai(rename = "BydelResultResponseApiModel", rename_all = "camelCase")]
pub struct TreffSvar {
    /// Hvor mange bydeler søket treffer.
    totalt_antall_treff: i32,
    /// De første 100 av dem, sortert på kommunenummer og bydelsnummer.
    bydeler: Vec<BydelSvar>,
}

/// Versjonene som hvert fagsystem støtter.
#[derive(Debug, Object)]
#[oai(rename = "FagsystemStottedeVersjonerApiModel", rename_all = "camelCase")]
pub struct StottedeVersjonerSvar {
    /// Fagsystemene.
    fagsystemer: Vec<StottetFagsystemSvar>,
}

/// Et fagsystem som kan velges.
#[derive(Debug, Object)]
#[oai(rename = "FagsystemStottetVersjonApiModel", rename_all = "camelCase")]
pub struct StottetFagsystemSvar {
    /// Fagsystemet.
    navn: Fagsystem,
    /// Versjonene av skjemaet som det kan lese.
    versjoner: Vec<StottetVersjon>,
}

/// Hvem som tar imot meldinger når riktig bydel er ukjent.
#[derive(Debug, Object)]
#[oai(rename = "StandardMottakerResponse", rename_all = "camelCase")]
pub struct StandardMottakerSvar {
    /// Sann når bydelen det spørres om, er standardmottaker.
    standard_mottaker: bool,
    /// Sann når kommunen har flere aktive bydeler, så det er noe å velge mellom.
    vis_standard_mottaker: bool,
    /// E-postadressen til den som er standardmottaker nå. Mangler når ingen er det.
    #[oai(skip_serializing_if_is_none)]
    kontakt_info_epost: Option<String>,
    /// Navnet til den som er standardmottaker nå. Mangler når ingen er det.
    #[oai(skip_serializing_if_is_none)]
    navn: Option<String>,
}

/// Et nytt passord.
#[derive(Object)]
#[oai(rename = "PassordResponseApiModel", rename_all = "camelCase")]
pub struct PassordSvar {
    /// Passordet. Det vises bare nå.
    pub passord: String,
}

impl std::fmt::Debug for PassordSvar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PassordSvar(…)")
    }
}

#[derive(Debug, ApiResponse)]
pub enum BydelOpprettet {
    /// Bydelen er registrert. Den er deaktivert til den aktiveres.
    #[oai(status = 201)]
    Opprettet(Json<BydelSvar>),
}

impl From<Option<Postadresse>> for AdresseSvar {
    fn from(adresse: Option<Postadresse>) -> Self {
        let empty = || Postadresse {
            navn: String::new(),
            adresselinje1: String::new(),
            adresselinje2: None,
            adresselinje3: None,
            postnummer: String::new(),
            poststed: String::new(),
        };
        let Postadresse { navn, adresselinje1, adresselinje2, adresselinje3, postnummer, poststed } =
            adresse.unwrap_or_else(empty);
        Self { navn, adresselinje1, adresselinje2, adresselinje3, postnummer, poststed }
    }
}

impl From<Kontor> for BydelSvar {
    fn from(kontor: Kontor) -> Self {
        let Kontor { organisasjon, bydel, nokkel, venter, integrasjoner } = kontor;
        let konto = bydel.konto;
        let key = || nokkel.as_ref().map(NokkelSvar::new);
        let svarinn = konto.svarinn.filter(|_| konto.kanal == Kanal::Svarinn).map(|svarinn| SvarinnSvar {
            integrasjon_id: svarinn.integrasjon.0,
            orgnr: svarinn.organisasjonsnummer.map(|orgnr| orgnr.to_string()).unwrap_or_default(),
            offentlig_nokkel: key().unwrap_or_else(NokkelSvar::none),
        });
        let fiks_io = (konto.kanal == Kanal::Fagsystem).then(|| FiksIoSvar {
            id: konto.id.0,
            navn: bydel.navn.clone(),
            offentlig_nokkel: key(),
            aktiv: bydel.aktiv,
            integrasjoner: integrasjoner.iter().map(|id| IntegrasjonSvar { integrasjon_id: id.0 }).collect(),
        });
        let manuell = (konto.kanal == Kanal::ManuellMottak).then(|| ManuellSvar {
            varsel_eposter: bydel.varsel_eposter.clone(),
            konto_id: konto.id.0,
            offentlig_nokkel: key(),
        });
        Self {
            konto: KontoSvar {
                fagsystem: konto.fagsystem.into(),
                stottet_versjon: bydel.stottet_versjon.into(),
                svarinn_konto: svarinn,
                fiksio_konto: fiks_io,
                manuell_mottak_konto: manuell,
                nokkelbevis: venter.as_ref().map(NokkelbevisSvar::new),
            },
            bydelsnummer: bydel.bydelsnummer.to_string(),
            bydelsnavn: bydel.navn,
            standard_mottaker: bydel.aktiv && bydel.standard_mottaker,
            ressurs_id: bydel.id.0,
            kontaktinformasjon: KontaktinformasjonSvar { eposter: bydel.eposter },
            adresse: bydel.adresse.into(),
            fiks_org_id: organisasjon.0,
            deaktivert: !bydel.aktiv,
        }
    }
}

impl From<Kontor> for BydelEnkelSvar {
    fn from(Kontor { organisasjon, bydel, .. }: Kontor) -> Self {
        Self {
            bydelsnummer: bydel.bydelsnummer.to_string(),
            bydelsnavn: bydel.navn,
            standard_mottaker: bydel.aktiv && bydel.standard_mottaker,
            ressurs_id: bydel.id.0,
            konto: KontoEnkelSvar {
                fagsystem: bydel.konto.fagsystem.into(),
                stottet_versjon: bydel.stottet_versjon.into(),
            },
            fiks_org_id: organisasjon.0,
            deaktivert: !bydel.aktiv,
        }
    }
}

impl TreffSvar {
    pub fn new((total, found): (usize, Vec<Kontor>)) -> Self {
        Self {
            totalt_antall_treff: i32::try_from(total).unwrap_or(i32::MAX),
            bydeler: found.into_iter().map(BydelSvar::from).collect(),
        }
    }
}

impl StottedeVersjonerSvar {
    /// Every case system that can be chosen.
    pub fn all() -> Self {
        let can_be_chosen = Model::ALL.into_iter().filter(|fagsystem| *fagsystem != Model::Ukjent);
        let row = |fagsystem: Model| StottetFagsystemSvar {
            navn: fagsystem.into(),
            versjoner: fagsystem.versjoner().iter().map(|versjon| StottetVersjon::from(*versjon)).collect(),
        };
        Self { fagsystemer: can_be_chosen.map(row).collect() }
    }
}

impl From<Standardmottaker> for StandardMottakerSvar {
    fn from(found: Standardmottaker) -> Self {
        let epost = found.bydel.as_ref().and_then(|bydel| bydel.eposter.first().cloned());
        Self {
            standard_mottaker: found.er_den,
            vis_standard_mottaker: found.kan_velges,
            kontakt_info_epost: epost,
            navn: found.bydel.map(|bydel| bydel.navn),
        }
    }
}

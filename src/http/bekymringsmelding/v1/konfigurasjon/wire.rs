//! An office as version 1 writes it, and keys as both versions do.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use poem::{IntoResponse, Response, http::StatusCode};
use poem_openapi::{
    ApiResponse, Enum, Object,
    payload::Json,
    registry::{MetaMediaType, MetaResponse, MetaResponses, Registry},
    types::Type,
};

use crate::{
    crypto::certificate::Certificate,
    domain::konfigurasjon::{Eposter, Kontor, Kontornokkel, Kontoutkast, Utkast, VentendeNokkel},
    http::wire::{ReadOnly, Tidspunkt},
    model::{kommune::Postadresse, melding::Kanal},
    system::SecretString,
};

/// Et sertifikat som meldinger til bydelen krypteres med.
#[derive(Debug, Object)]
#[oai(rename = "KontoNokkelApiModel", rename_all = "camelCase")]
pub struct KontoNokkel {
    /// X.509-sertifikatet i PEM-format (RFC 7468). Send aldri en privat nøkkel. Tom tekst når bydelen ikke har noe
    /// sertifikat ennå.
    #[oai(default)]
    nokkel: String,
    /// Sertifikatet gjelder fra. Leses ikke.
    #[oai(skip_serializing_if_is_none)]
    valid_from: ReadOnly<Tidspunkt>,
    /// Sertifikatet gjelder til. Leses ikke.
    #[oai(skip_serializing_if_is_none)]
    valid_to: ReadOnly<Tidspunkt>,
    /// Sertifikatets serienummer som desimaltall. Leses ikke.
    #[oai(skip_serializing_if_is_none)]
    serial: ReadOnly<String>,
    /// Hvem sertifikatet er utstedt til. Leses ikke.
    #[oai(rename = "subjectDN", skip_serializing_if_is_none)]
    subject_dn: ReadOnly<String>,
    /// Hvem som har utstedt sertifikatet. Leses ikke.
    #[oai(rename = "issuerDN", skip_serializing_if_is_none)]
    issuer_dn: ReadOnly<String>,
}

impl KontoNokkel {
    fn new(certificate: &Certificate) -> Self {
        Self {
            nokkel: certificate.to_pem(),
            valid_from: ReadOnly(Some(Tidspunkt(certificate.valid_from()))),
            valid_to: ReadOnly(Some(Tidspunkt(certificate.valid_to()))),
            serial: ReadOnly(Some(certificate.serial())),
            subject_dn: ReadOnly(Some(certificate.subject_dn())),
            issuer_dn: ReadOnly(Some(certificate.issuer_dn())),
        }
    }
}

/// Et sertifikat som meldinger til bydelen krypteres med.
#[derive(Debug, Object)]
#[oai(rename = "KontoNokkelMedGyldighetApiModel", rename_all = "camelCase")]
pub struct NokkelSvar {
    /// X.509-sertifikatet i PEM-format (RFC 7468). Tom tekst når bydelen ikke har noe sertifikat ennå.
    nokkel: String,
    /// Sertifikatet gjelder fra.
    #[oai(skip_serializing_if_is_none)]
    valid_from: Option<Tidspunkt>,
    /// Sertifikatet gjelder til.
    #[oai(skip_serializing_if_is_none)]
    valid_to: Option<Tidspunkt>,
    /// Sertifikatets serienummer som desimaltall.
    #[oai(skip_serializing_if_is_none)]
    serial: Option<String>,
    /// Hvem sertifikatet er utstedt til.
    #[oai(rename = "subjectDN", skip_serializing_if_is_none)]
    subject_dn: Option<String>,
    /// Hvem som har utstedt sertifikatet.
    #[oai(rename = "issuerDN", skip_serializing_if_is_none)]
    issuer_dn: Option<String>,
    /// Sann når meldinger kan krypteres med sertifikatet nå.
    valid: bool,
}

impl NokkelSvar {
    pub fn new(nokkel: &Kontornokkel) -> Self {
        let Kontornokkel { sertifikat, gyldig } = nokkel;
        Self {
            nokkel: sertifikat.to_pem(),
            valid_from: Some(Tidspunkt(sertifikat.valid_from())),
            valid_to: Some(Tidspunkt(sertifikat.valid_to())),
            serial: Some(sertifikat.serial()),
            subject_dn: Some(sertifikat.subject_dn()),
            issuer_dn: Some(sertifikat.issuer_dn()),
            valid: *gyldig,
        }
    }

    /// Where the document promises a key and there is none.
    pub fn none() -> Self {
        Self {
            nokkel: String::new(),
            valid_from: None,
            valid_to: None,
            serial: None,
            subject_dn: None,
            issuer_dn: None,
            valid: false,
        }
    }
}

/// Et sertifikat som er lastet opp, men som ikke er tatt i bruk: den som lastet det opp, må først vise at den har den private
/// nøkkelen.
#[derive(Debug, Object)]
#[oai(rename = "NokkelbevisApiModel", rename_all = "camelCase")]
pub struct NokkelbevisSvar {
    /// Bevisets id, som svaret sendes til.
    id: uuid::Uuid,
    /// Serienummeret til sertifikatet som venter, som desimaltall.
    serial: String,
    /// 32 tilfeldige byte, kryptert (CMS, DER) til sertifikatet, som base64. Åpne dem med den private nøkkelen og send dem til
    /// `nokkelbevis/{nokkelbevisId}`.
    utfordring: String,
    /// Når fristen går ut. Etterpå må sertifikatet lastes opp på nytt.
    utloper: Tidspunkt,
}

impl NokkelbevisSvar {
    pub fn new(venter: &VentendeNokkel) -> Self {
        Self {
            id: venter.bevis.id.0,
            serial: venter.sertifikat.serial(),
            utfordring: STANDARD.encode(&venter.bevis.utfordring),
            utloper: Tidspunkt(venter.bevis.utloper),
        }
    }
}

/// Hvordan bydelen får meldingene.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename = "Kontotype", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kontotype {
    /// Kommunens fagsystem henter dem fra køen.
    FiksIo,
    /// En saksbehandler henter dem for hånd.
    ManuellMottak,
    /// Et system som bare kan SvarInn, henter dem.
    Svarinn,
}

/// Hvordan bydelen får meldingene, og hva de krypteres med.
#[derive(Debug, Object)]
#[oai(rename = "KontoApiModel", rename_all = "camelCase")]
pub struct KontoV1 {
    /// Kontoens id. Leses ikke: den følger bydelen.
    #[oai(skip_serializing_if_is_none)]
    fiks_io_konto: ReadOnly<uuid::Uuid>,
    /// Hvordan bydelen får meldingene. Meldinger som alt er overlevert, blir i kanalen de ble overlevert i.
    #[oai(rename = "type")]
    slag: Kontotype,
    /// For `SVARINN`: mottakerens organisasjonsnummer, ni sifre, eller tom tekst når den ikke har noe.
    #[oai(skip_serializing_if_is_none)]
    orgnr: Option<String>,
    /// Sertifikatet som meldinger krypteres med. Utelatt: det gjeldende beholdes. Trengs også for manuelt mottak:
    /// meldinger er alltid kryptert, og saksbehandlerens leser har den private nøkkelen.
    #[oai(skip_serializing_if_is_none)]
    offentlig_nokkel: Option<KontoNokkel>,
    /// For `SVARINN`: integrasjonen som meldingene hentes med. Leses ikke: den lages første gang bydelen velger `SVARINN`.
    #[oai(skip_serializing_if_is_none)]
    integrasjon_id: ReadOnly<uuid::Uuid>,
    /// Sertifikatet som venter på at den private nøkkelen vises. Mangler når ingenting venter. Leses ikke.
    #[oai(skip_serializing_if_is_none)]
    nokkelbevis: ReadOnly<NokkelbevisSvar>,
}

/// Hvor bydelen nås. Det er én e-postadresse her; v2 har flere, og denne er den første av dem.
#[derive(Debug, Object)]
#[oai(rename = "KontaktinformasjonApiModel", rename_all = "camelCase")]
pub struct KontaktinformasjonV1 {
    /// Telefonnummer: sifre i grupper, med bindestrek eller mellomrom mellom. Tom tekst når bydelen ikke har noe.
    telefon: String,
    /// E-postadresse. Varsler sendes hit.
    epost: String,
    /// Hvem brev er til: kontoret, aldri en person.
    postadresse_navn: String,
    /// Gate- eller postboksadresse.
    postadresse_adresselinje1: String,
    /// Mer av adressen.
    #[oai(skip_serializing_if_is_none)]
    postadresse_adresselinje2: Option<String>,
    /// Mer av adressen.
    #[oai(skip_serializing_if_is_none)]
    postadresse_adresselinje3: Option<String>,
    /// Postnummer, fire sifre.
    postadresse_postnr: String,
    /// Poststed.
    postadresse_poststed: String,
}

/// En ny bydel, eller en bydel slik den skal bli.
#[derive(Debug, Object)]
#[oai(rename = "RequestBydelApiModel", rename_all = "camelCase")]
pub struct BydelForesporselV1 {
    /// Bydelens nummer, to sifre. `00` når kommunen bare har ett kontor.
    bydelsnummer: String,
    /// Bydelens navn.
    bydelsnavn: String,
    /// Sann når bydelen skal ta imot meldinger der riktig bydel er ukjent. Bare en aktiv bydel kan være det, så for en ny bydel
    /// har feltet ingen virkning. Utelatt: som før.
    standard_mottaker: Option<bool>,
    /// Hvordan bydelen får meldingene.
    konto: KontoV1,
    /// Hvor bydelen nås.
    kontaktinformasjon: KontaktinformasjonV1,
    /// Flere e-postadresser som varsler sendes til. Utelatt: som før.
    varsel_eposter: Option<Vec<String>>,
}

/// En bydel.
#[derive(Debug, Object)]
#[oai(rename = "BydelApiModel", rename_all = "camelCase")]
pub struct BydelV1 {
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
    konto: KontoV1,
    /// Hvor bydelen nås.
    kontaktinformasjon: KontaktinformasjonV1,
    /// Flere e-postadresser som varsler sendes til.
    varsel_eposter: Vec<String>,
    /// Organisasjonen som bydelen hører til.
    fiks_org_id: uuid::Uuid,
    /// Sann når bydelen ikke tar imot nye meldinger.
    deaktivert: bool,
}

/// Treffene på et søk.
#[derive(Debug, Object)]
#[oai(rename = "BydelResultApiModel", rename_all = "camelCase")]
pub struct TreffV1 {
    /// Hvor mange bydeler søket treffer.
    totalt_antall_treff: i32,
    /// De første 100 av dem, sortert på kommunenummer og bydelsnummer.
    bydeler: Vec<BydelV1>,
}

impl TreffV1 {
    pub fn new((total, found): (usize, Vec<Kontor>)) -> Self {
        Self {
            totalt_antall_treff: i32::try_from(total).unwrap_or(i32::MAX),
            bydeler: found.into_iter().map(BydelV1::from).collect(),
        }
    }
}

impl From<BydelForesporselV1> for Utkast {
    fn from(given: BydelForesporselV1) -> Self {
        let contact = given.kontaktinformasjon;
        let pem = given.konto.offentlig_nokkel.map(|key| SecretString::new(key.nokkel));
        Self {
            bydelsnummer: Some(given.bydelsnummer),
            navn: Some(given.bydelsnavn),
            adresse: Some(Postadresse {
                navn: contact.postadresse_navn,
                adresselinje1: contact.postadresse_adresselinje1,
                adresselinje2: contact.postadresse_adresselinje2,
                adresselinje3: contact.postadresse_adresselinje3,
                postnummer: contact.postadresse_postnr,
                poststed: contact.postadresse_poststed,
            }),
            telefon: Some(contact.telefon),
            eposter: Some(Eposter::Forste(contact.epost)),
            varsel_eposter: given.varsel_eposter,
            konto: Some(Kontoutkast {
                fagsystem: None,
                stottet_versjon: None,
                kanaler: vec![match given.konto.slag {
                    Kontotype::FiksIo => Kanal::Fagsystem,
                    Kontotype::ManuellMottak => Kanal::ManuellMottak,
                    Kontotype::Svarinn => Kanal::Svarinn,
                }],
                orgnr: given.konto.orgnr,
                sertifikat: pem.filter(|pem| !pem.expose().is_empty()),
            }),
            standard_mottaker: given.standard_mottaker,
        }
    }
}

impl From<Kontor> for BydelV1 {
    fn from(kontor: Kontor) -> Self {
        let bydel = kontor.bydel;
        let konto = bydel.konto;
        let adresse = bydel.adresse;
        let part = |text: fn(&Postadresse) -> &String| adresse.as_ref().map(text).cloned().unwrap_or_default();
        Self {
            konto: KontoV1 {
                fiks_io_konto: ReadOnly(Some(konto.id.0)),
                slag: match konto.kanal {
                    Kanal::Svarinn => Kontotype::Svarinn,
                    Kanal::ManuellMottak => Kontotype::ManuellMottak,
                    Kanal::Fagsystem | Kanal::Print => Kontotype::FiksIo,
                },
                orgnr: konto
                    .svarinn
                    .map(|konto| konto.organisasjonsnummer.map(|orgnr| orgnr.to_string()).unwrap_or_default()),
                offentlig_nokkel: kontor.nokkel.map(|nokkel| KontoNokkel::new(&nokkel.sertifikat)),
                integrasjon_id: ReadOnly(konto.svarinn.map(|konto| konto.integrasjon.0)),
                nokkelbevis: ReadOnly(kontor.venter.as_ref().map(NokkelbevisSvar::new)),
            },
            kontaktinformasjon: KontaktinformasjonV1 {
                telefon: bydel.telefon.unwrap_or_default(),
                epost: bydel.eposter.into_iter().next().unwrap_or_default(),
                postadresse_navn: part(|adresse| &adresse.navn),
                postadresse_adresselinje1: part(|adresse| &adresse.adresselinje1),
                postadresse_adresselinje2: adresse.as_ref().and_then(|adresse| adresse.adresselinje2.clone()),
                postadresse_adresselinje3: adresse.as_ref().and_then(|adresse| adresse.adresselinje3.clone()),
                postadresse_postnr: part(|adresse| &adresse.postnummer),
                postadresse_poststed: part(|adresse| &adresse.poststed),
            },
            bydelsnummer: bydel.bydelsnummer.to_string(),
            bydelsnavn: bydel.navn,
            standard_mottaker: bydel.aktiv && bydel.standard_mottaker,
            ressurs_id: bydel.id.0,
            varsel_eposter: bydel.varsel_eposter,
            fiks_org_id: kontor.organisasjon.0,
            deaktivert: !bydel.aktiv,
        }
    }
}

#[derive(Debug, ApiResponse)]
pub enum BydelOpprettetV1 {
    /// Bydelen er registrert. Den er deaktivert til den aktiveres.
    #[oai(status = 201)]
    Opprettet,
}

#[derive(Debug, ApiResponse)]
pub enum Endret {
    /// Endringen er lagret.
    #[oai(status = 204)]
    Endret,
}

/// KS's document of version 1 describes a body of this 204, so ours does too. HTTP has none (RFC 9110, section 15.3.5).
#[derive(Debug)]
pub struct EndretV1;

impl IntoResponse for EndretV1 {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into()
    }
}

impl ApiResponse for EndretV1 {
    fn meta() -> MetaResponses {
        let content = MetaMediaType { content_type: "application/json", schema: <BydelV1 as Type>::schema_ref() };
        let response = MetaResponse {
            description: "Endringen er lagret. Svaret er alltid tomt: hent bydelen for å se den.",
            status: Some(204),
            status_range: None,
            content: vec![content],
            headers: Vec::new(),
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(registry: &mut Registry) {
        <Json<BydelV1> as ApiResponse>::register(registry);
    }
}

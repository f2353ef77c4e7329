//! What version 2 is asked to make of an office.

use poem_openapi::Object;

use super::{super::kommune::StottetVersjon, svar::Fagsystem};
use crate::{
    domain::konfigurasjon::{Eposter, Kontoutkast, Utkast},
    http::wire::Epost,
    model::{kommune::Postadresse, melding::Kanal},
    system::SecretString,
};

/// Postadressen som brev sendes til.
#[derive(Debug, Object)]
#[oai(rename = "AdresseRequestApiModel", rename_all = "camelCase")]
pub struct AdresseForesporsel {
    /// Hvem brev er til: kontoret, aldri en person.
    navn: String,
    /// Gate- eller postboksadresse.
    adresselinje1: String,
    /// Mer av adressen.
    adresselinje2: Option<String>,
    /// Mer av adressen.
    adresselinje3: Option<String>,
    /// Postnummer, fire sifre.
    postnummer: String,
    /// Poststed.
    poststed: String,
}

/// Hvor bydelen nås.
#[derive(Debug, Object)]
#[oai(rename = "KontaktinformasjonRequestApiModel", rename_all = "camelCase")]
pub struct KontaktinformasjonForesporsel {
    /// E-postadressene til bydelen. Varsler sendes hit.
    eposter: Vec<Epost>,
}

impl KontaktinformasjonForesporsel {
    fn eposter(self) -> Eposter {
        Eposter::Alle(self.eposter.into_iter().map(|epost| epost.0).collect())
    }
}

/// Bydelen bruker et system som bare kan SvarInn.
#[derive(Debug, Object)]
#[oai(rename = "SvarinnKonfigurasjonRequestApiModel", rename_all = "camelCase")]
pub struct SvarinnForesporsel {
    /// Mottakerens organisasjonsnummer, ni sifre, eller tom tekst når den ikke har noe.
    orgnr: String,
    /// Sertifikatet som meldinger krypteres med (X.509, PEM). Send aldri en privat nøkkel. Det gjeldende sertifikatet en gang
    /// til endrer ingenting.
    offentlig_nokkel: String,
}

/// Kommunens fagsystem henter meldingene fra køen.
#[derive(Debug, Object)]
#[oai(rename = "FiksIoKonfigurasjonRequestApiModel", rename_all = "camelCase")]
pub struct FiksIoForesporsel {
    /// Sertifikatet som meldinger krypteres med (X.509, PEM). Send aldri en privat nøkkel. Det gjeldende sertifikatet en gang
    /// til endrer ingenting.
    offentlig_nokkel: String,
}

/// En saksbehandler henter meldingene for hånd.
#[derive(Debug, Object)]
#[oai(rename = "ManuellMottakKonfigurasjonRequestApiModel", rename_all = "camelCase")]
pub struct ManuellForesporsel {
    /// E-postadressene som varsles om meldinger som ikke er kvittert.
    varsel_eposter: Vec<String>,
    /// Sertifikatet som meldinger krypteres med (X.509, PEM). KS Fiks trenger ikke noe for manuelt mottak; her er meldinger alltid
    /// kryptert, og saksbehandlerens leser har den private nøkkelen. Utelatt: det gjeldende beholdes.
    offentlig_nokkel: Option<String>,
}

/// Hvordan bydelen skal få meldingene. Oppgi nøyaktig én av de tre kontoene.
#[derive(Debug, Object)]
#[oai(rename = "KontoRequestApiModel", rename_all = "camelCase")]
pub struct KontoForesporsel {
    /// Fagsystemet. `MANUELL_MOTTAK` hører sammen med `manuellMottakKonto`, de andre med de andre kontoene.
    fagsystem: Fagsystem,
    /// Den nyeste versjonen av skjemaet som bydelen tar imot. Utelatt: som før, og `V1` for en ny bydel.
    stottet_versjon: Option<StottetVersjon>,
    /// Bydelen bruker et system som bare kan SvarInn.
    svarinn_konto: Option<SvarinnForesporsel>,
    /// Kommunens fagsystem henter meldingene fra køen.
    fiksio_konto: Option<FiksIoForesporsel>,
    /// En saksbehandler henter meldingene for hånd.
    manuell_mottak_konto: Option<ManuellForesporsel>,
}

/// En ny bydel.
#[derive(Debug, Object)]
#[oai(rename = "BydelCreateRequestApiModel", rename_all = "camelCase")]
pub struct NyBydelForesporsel {
    /// Bydelens nummer, to sifre. `00` når kommunen bare har ett kontor.
    bydelsnummer: String,
    /// Bydelens navn.
    bydelsnavn: String,
    /// Hvordan bydelen skal få meldingene.
    konto: KontoForesporsel,
    /// Postadressen som brev sendes til.
    adresse: AdresseForesporsel,
    /// Hvor bydelen nås.
    kontaktinformasjon: KontaktinformasjonForesporsel,
}

/// Nytt nummer eller navn. Det som er utelatt, er som før.
#[derive(Debug, Object)]
#[oai(rename = "BydelUpdateRequestApiModel", rename_all = "camelCase")]
pub struct NavnForesporsel {
    /// Bydelens nummer, to sifre. Nøkler og meldinger som venter, følger bydelen.
    bydelsnummer: Option<String>,
    /// Bydelens navn.
    bydelsnavn: Option<String>,
}

impl From<AdresseForesporsel> for Postadresse {
    fn from(given: AdresseForesporsel) -> Self {
        let AdresseForesporsel { navn, adresselinje1, adresselinje2, adresselinje3, postnummer, poststed } = given;
        Self { navn, adresselinje1, adresselinje2, adresselinje3, postnummer, poststed }
    }
}

impl From<KontaktinformasjonForesporsel> for Utkast {
    fn from(given: KontaktinformasjonForesporsel) -> Self {
        Self { eposter: Some(given.eposter()), ..Self::default() }
    }
}

impl From<AdresseForesporsel> for Utkast {
    fn from(given: AdresseForesporsel) -> Self {
        Self { adresse: Some(given.into()), ..Self::default() }
    }
}

impl From<NavnForesporsel> for Utkast {
    fn from(given: NavnForesporsel) -> Self {
        Self { bydelsnummer: given.bydelsnummer, navn: given.bydelsnavn, ..Self::default() }
    }
}

impl From<KontoForesporsel> for Utkast {
    fn from(given: KontoForesporsel) -> Self {
        let mut konto = Kontoutkast {
            fagsystem: Some(given.fagsystem.into()),
            stottet_versjon: given.stottet_versjon.map(Into::into),
            ..Kontoutkast::default()
        };
        let mut varsel_eposter = None;
        if let Some(svarinn) = given.svarinn_konto {
            konto.kanaler.push(Kanal::Svarinn);
            konto.orgnr = Some(svarinn.orgnr);
            konto.sertifikat = Some(SecretString::new(svarinn.offentlig_nokkel));
        }
        if let Some(fiks_io) = given.fiksio_konto {
            konto.kanaler.push(Kanal::Fagsystem);
            konto.sertifikat = Some(SecretString::new(fiks_io.offentlig_nokkel));
        }
        if let Some(manuell) = given.manuell_mottak_konto {
            konto.kanaler.push(Kanal::ManuellMottak);
            konto.sertifikat = manuell.offentlig_nokkel.map(SecretString::new);
            varsel_eposter = Some(manuell.varsel_eposter);
        }
        Self { konto: Some(konto), varsel_eposter, ..Self::default() }
    }
}

impl From<NyBydelForesporsel> for Utkast {
    fn from(given: NyBydelForesporsel) -> Self {
        Self {
            bydelsnummer: Some(given.bydelsnummer),
            navn: Some(given.bydelsnavn),
            adresse: Some(given.adresse.into()),
            eposter: Some(given.kontaktinformasjon.eposter()),
            ..Self::from(given.konto)
        }
    }
}

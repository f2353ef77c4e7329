//! The keys that a report is sealed with: as certificates, and as JWK. The same in version 1 and 2.

use std::sync::Arc;

use poem::{Request, web::Data};
use poem_openapi::{Object, OpenApi, param::Path};

use super::dies_on_unknown_fields;
use crate::{
    crypto::{certificate::Certificate, jose},
    domain::Services,
    http::{
        bekymringsmelding::{Malgruppe, Svar, svar},
        credentials::Legitimert,
        problem::ApiError,
        wire::{PresentOr, Tidspunkt},
    },
    model::{Bydelsnummer, Feilkode, Kommunenummer, melding::Versjon},
};

/// Nøklene som en melding skal krypteres med.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Krypteringsnokler {
    /// Nøkkelen til leverandøren som skriver ut og sender brev. Delen `bekymringsmelding` krypteres med den.
    print_offentlig_nokkel: OffentligNokkelApiModel,
    /// Nøkkelen til bydelen. Delen `asice` krypteres med den.
    #[oai(rename = "fiksIOOffentligNokkel")]
    fiks_io_offentlig_nokkel: OffentligNokkelApiModel,
}

/// En offentlig nøkkel i et sertifikat.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct OffentligNokkelApiModel {
    /// X.509-sertifikatet i PEM-format (RFC 7468).
    nokkel: String,
    /// Sertifikatet gjelder fra.
    valid_from: Tidspunkt,
    /// Sertifikatet gjelder til.
    valid_to: Tidspunkt,
    /// Sertifikatets serienummer som desimaltall.
    serial: String,
    /// Hvem sertifikatet er utstedt til.
    #[oai(rename = "subjectDN")]
    subject_dn: String,
    /// Hvem som har utstedt sertifikatet.
    #[oai(rename = "issuerDN")]
    issuer_dn: String,
    /// Sann når sertifikatet kan brukes nå. Utelates i v1 når klienten er bygd på Jersey: KS' egen Java-klient kan ikke
    /// lese feltet.
    #[oai(skip_serializing_if_is_none)]
    gyldig: PresentOr<bool>,
}

/// Et sett med offentlige nøkler (RFC 7517).
#[derive(Debug, Object)]
struct JwkSet {
    /// Nøklene.
    keys: Vec<Jwk>,
}

/// En offentlig RSA-nøkkel for kryptering (RFC 7517).
#[derive(Debug, Object)]
struct Jwk {
    /// Alltid `RSA`.
    kty: String,
    /// Alltid `enc`.
    #[oai(rename = "use")]
    purpose: String,
    /// Alltid `RSA-OAEP-256`.
    alg: String,
    /// Nøkkelens navn: det samme som `x5t#S256`.
    kid: String,
    /// SHA-256 av sertifikatet, base64url.
    #[oai(rename = "x5t#S256")]
    thumbprint: String,
    /// Modulus, base64url.
    n: String,
    /// Eksponent, base64url.
    e: String,
    /// Sertifikatet, base64.
    x5c: Vec<String>,
}

impl Jwk {
    fn new(certificate: &Certificate) -> Option<Self> {
        let jwk = jose::jwk(certificate).ok()?;
        let text = |name: &str| Some(jwk.get(name)?.as_str()?.to_owned());
        Some(Self {
            kty: text("kty")?,
            purpose: text("use")?,
            alg: text("alg")?,
            kid: text("kid")?,
            thumbprint: text("x5t#S256")?,
            n: text("n")?,
            e: text("e")?,
            x5c: vec![jwk.pointer("/x5c/0")?.as_str()?.to_owned()],
        })
    }
}

fn nokkel(certificate: &Certificate, without_gyldig: bool) -> OffentligNokkelApiModel {
    OffentligNokkelApiModel {
        nokkel: certificate.to_pem(),
        valid_from: Tidspunkt(certificate.valid_from()),
        valid_to: Tidspunkt(certificate.valid_to()),
        serial: certificate.serial(),
        subject_dn: certificate.subject_dn(),
        issuer_dn: certificate.issuer_dn(),
        // One that cannot be used is never given out.
        gyldig: PresentOr((!without_gyldig).then_some(true)),
    }
}

/// Gives out keys. The version decides only what KS's own client can read.
#[derive(Debug)]
pub struct Nokler(pub Versjon);

#[OpenApi(tag = "Malgruppe::Oppslag")]
impl Nokler {
    /// Hent krypteringsnøkler
    ///
    /// Nøklene som en melding til bydelen skal krypteres med. Hent dem på nytt for hver melding, eller ta vare på dem i
    /// høyst ti minutter: kommunen kan bytte sertifikat når som helst. Er kommunen slått sammen med en annen, er nøkkelen den
    /// andres, og hodet `Content-Location` viser adressen.
    #[oai(
        path = "/mottak/fagsystem/:kommunenummer/:bydelsnummer/krypteringsnokler",
        method = "get",
        operation_id = "hentKryperingsnokler"
    )]
    async fn krypteringsnokler(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        request: &Request,
        /// Kommunenummeret, fire sifre.
        kommunenummer: Path<Kommunenummer>,
        /// Bydelens nummer, to sifre.
        bydelsnummer: Path<Bydelsnummer>,
    ) -> Result<Svar<Krypteringsnokler>, ApiError> {
        let keys = services.krypteringsnokler(&caller.0.oppslag()?, kommunenummer.0, bydelsnummer.0).await?;
        let without = dies_on_unknown_fields(self.0, request);
        let body = Krypteringsnokler {
            print_offentlig_nokkel: nokkel(&keys.print, without),
            fiks_io_offentlig_nokkel: nokkel(&keys.bydel, without),
        };
        let place = |kommune, bydel| format!("/mottak/fagsystem/{kommune}/{bydel}/krypteringsnokler");
        let asked = place(kommunenummer.0, bydelsnummer.0);
        Ok(svar(self.0, &asked, &place(keys.mottaker.0, keys.mottaker.1), body))
    }

    /// Hent krypteringsnøklene som JWKS
    ///
    /// Bydelens nøkkel som JWK-sett (RFC 7517), for den som vil bruke et JOSE-bibliotek.
    #[oai(
        path = "/mottak/fagsystem/:kommunenummer/:bydelsnummer/krypteringsnokler/jwks",
        method = "get",
        operation_id = "hentKrypteringsnoklerJwks"
    )]
    async fn jwks(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Kommunenummeret, fire sifre.
        kommunenummer: Path<Kommunenummer>,
        /// Bydelens nummer, to sifre.
        bydelsnummer: Path<Bydelsnummer>,
    ) -> Result<Svar<JwkSet>, ApiError> {
        let keys = services.krypteringsnokler(&caller.0.oppslag()?, kommunenummer.0, bydelsnummer.0).await?;
        let body = JwkSet { keys: vec![Jwk::new(&keys.bydel).ok_or(Feilkode::NokkelMangler)?] };
        let place = |kommune, bydel| format!("/mottak/fagsystem/{kommune}/{bydel}/krypteringsnokler/jwks");
        let asked = place(kommunenummer.0, bydelsnummer.0);
        Ok(svar(self.0, &asked, &place(keys.mottaker.0, keys.mottaker.1), body))
    }
}

//! Who calls: the credentials that a call carries, documented as what the operation requires.

use std::sync::Arc;

use poem::{
    Request, RequestBody, Result,
    http::header,
    web::headers::{Authorization, HeaderMapExt as _, authorization::Basic},
};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaSecurityScheme, Registry},
};

use super::{
    bruk::Kaller,
    problem::error,
    ratelimit::{RateLimiter, Share},
};
use crate::{
    auth::Person,
    domain::{
        DomainError, Services,
        ledsagerbevis::Innbygger,
        svarinn::Svarinnkonto,
        tilgang::{Bevisinnringer, Forvalter, Innringer, Legitimasjon},
    },
    model::{Feil, Feilkode, IntegrasjonId},
};

pub const TOKEN: &str = "Maskinporten";
pub const ID_PORTEN: &str = "IDporten";
const SVARINN: &str = "SvarInn";
const INNBYGGER: &str = "Innbygger";
pub const INTEGRASJON_ID: &str = "IntegrasjonId";
pub const INTEGRASJON_PASSORD: &str = "IntegrasjonPassord";

/// A caller that has shown who it is. As a parameter of an operation it makes the three credentials required.
#[derive(Debug)]
pub struct Legitimert(pub Innringer);

impl<'a> ApiExtractor<'a> for Legitimert {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let maskinporten =
            "Token fra Maskinporten med scopet `ks:fiks`. Organisasjonen i `consumer` skal eie integrasjonen.";
        registry.create_security_scheme(TOKEN, jwt(maskinporten));
        let id = "Integrasjonens id, en UUID.";
        registry.create_security_scheme(INTEGRASJON_ID, header_key(INTEGRASJON_ID, id));
        let password = "Integrasjonens passord.";
        registry.create_security_scheme(INTEGRASJON_PASSORD, header_key(INTEGRASJON_PASSORD, password));
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![TOKEN, INTEGRASJON_ID, INTEGRASJON_PASSORD]
    }

    async fn from_request(request: &'a Request, _: &mut RequestBody, _: ExtractParamOptions<()>) -> Result<Self> {
        let services = request.data::<Arc<Services>>().ok_or_else(|| error(Feilkode::Intern))?;
        let given = read(request, Feilkode::TokenMangler)?;
        let innringer = services.identify(given).await.map_err(poem::Error::from)?;
        within_rate(request, innringer.integrasjon())?;
        Ok(Self(innringer))
    }
}

/// A portal that calls on behalf of a person who has logged in.
#[derive(Debug)]
pub struct LegitimertForPerson {
    pub innringer: Innringer,
    pub person: Person,
}

impl<'a> ApiExtractor<'a> for LegitimertForPerson {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        Legitimert::register(registry);
        let person = "Token fra ID-porten for personen som melder, på nivå betydelig eller høyt.";
        registry.create_security_scheme(ID_PORTEN, jwt(person));
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![ID_PORTEN, INTEGRASJON_ID, INTEGRASJON_PASSORD]
    }

    async fn from_request(request: &'a Request, _: &mut RequestBody, _: ExtractParamOptions<()>) -> Result<Self> {
        let services = request.data::<Arc<Services>>().ok_or_else(|| error(Feilkode::Intern))?;
        let given = read(request, Feilkode::PersontokenMangler)?;
        let (innringer, person) = services.identify_person(given).await.map_err(poem::Error::from)?;
        within_rate(request, innringer.integrasjon())?;
        Ok(Self { innringer, person })
    }
}

/// Whoever manages: a system in its own name, or a person who has logged in. A call without the headers of an
/// integration is a person's.
#[derive(Debug)]
pub struct Forvaltning(pub Forvalter);

impl<'a> ApiExtractor<'a> for Forvaltning {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        LegitimertForPerson::register(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![TOKEN, INTEGRASJON_ID, INTEGRASJON_PASSORD, ID_PORTEN]
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, _: ExtractParamOptions<()>) -> Result<Self> {
        if is_system(request) {
            let Legitimert(innringer) = Legitimert::from_request(request, body, ExtractParamOptions::default()).await?;
            return Ok(Self(Forvalter::System(innringer)));
        }
        let services = request.data::<Arc<Services>>().ok_or_else(|| error(Feilkode::Intern))?;
        let token = bearer(request, Feilkode::TokenMangler)?;
        Ok(Self(services.identify_forvalter(token).await.map_err(poem::Error::from)?))
    }
}

/// Whoever works with companion cards: a system in its own name, or a person who has logged in. A call without the headers of
/// an integration is a person's.
#[derive(Debug)]
pub struct LegitimertForLedsagerbevis(pub Bevisinnringer);

impl<'a> ApiExtractor<'a> for LegitimertForLedsagerbevis {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        LegitimertForPerson::register(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![TOKEN, INTEGRASJON_ID, INTEGRASJON_PASSORD, ID_PORTEN]
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, _: ExtractParamOptions<()>) -> Result<Self> {
        let services = request.data::<Arc<Services>>().ok_or_else(|| error(Feilkode::Intern))?;
        if is_system(request) {
            let Legitimert(innringer) = Legitimert::from_request(request, body, ExtractParamOptions::default()).await?;
            return Ok(Self(services.bevissystem(innringer).map_err(poem::Error::from)?));
        }
        let token = bearer(request, Feilkode::TokenMangler)?;
        Ok(Self(services.identify_bevisperson(token).await.map_err(poem::Error::from)?))
    }
}

/// A person who has logged in, whatever roles that person holds.
#[derive(Debug)]
pub struct Innlogget(pub Forvalter);

impl<'a> ApiExtractor<'a> for Innlogget {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        LegitimertForPerson::register(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![ID_PORTEN]
    }

    async fn from_request(request: &'a Request, _: &mut RequestBody, _: ExtractParamOptions<()>) -> Result<Self> {
        let services = request.data::<Arc<Services>>().ok_or_else(|| error(Feilkode::Intern))?;
        let token = bearer(request, Feilkode::PersontokenMangler)?;
        Ok(Self(services.identify_forvalter(token).await.map_err(poem::Error::from)?))
    }
}

/// An office's SvarInn account.
#[derive(Debug)]
pub struct LegitimertSvarinn(pub Svarinnkonto);

impl<'a> ApiExtractor<'a> for LegitimertSvarinn {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let description = "Brukernavnet er integrasjonens id, passordet et av dem som hører til SvarInn-kontoen.";
        registry.create_security_scheme(SVARINN, http("basic", description));
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![SVARINN]
    }

    async fn from_request(request: &'a Request, _: &mut RequestBody, _: ExtractParamOptions<()>) -> Result<Self> {
        let services = request.data::<Arc<Services>>().ok_or_else(|| error(Feilkode::Intern))?;
        let given = request.headers().typed_get::<Authorization<Basic>>();
        let given = given.ok_or_else(|| error(Feilkode::SvarinnMangler))?;
        let konto = services.identify_svarinn(given.username(), given.password()).await.map_err(poem::Error::from)?;
        within_rate(request, konto.integrasjon())?;
        Ok(Self(konto))
    }
}

/// A citizen who has logged in by a one-time code.
#[derive(Debug)]
pub struct LegitimertInnbygger(pub Innbygger);

impl<'a> ApiExtractor<'a> for LegitimertInnbygger {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let description = "Tokenet som innbyggeren fikk i bytte for en engangskode.";
        registry.create_security_scheme(INNBYGGER, http("bearer", description));
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![INNBYGGER]
    }

    async fn from_request(request: &'a Request, _: &mut RequestBody, _: ExtractParamOptions<()>) -> Result<Self> {
        let services = request.data::<Arc<Services>>().ok_or_else(|| error(Feilkode::Intern))?;
        let token = bearer(request, Feilkode::InnbyggertokenMangler)?;
        Ok(Self(services.identify_innbygger(token).await.map_err(poem::Error::from)?))
    }
}

/// A credential in the header `Authorization`.
fn http(scheme: &'static str, description: &'static str) -> MetaSecurityScheme {
    MetaSecurityScheme {
        ty: "http",
        description: Some(description),
        name: None,
        key_in: None,
        scheme: Some(scheme),
        bearer_format: None,
        flows: None,
        openid_connect_url: None,
    }
}

fn jwt(description: &'static str) -> MetaSecurityScheme {
    MetaSecurityScheme { bearer_format: Some("JWT"), ..http("bearer", description) }
}

/// A credential in a header of its own.
fn header_key(name: &'static str, description: &'static str) -> MetaSecurityScheme {
    MetaSecurityScheme { ty: "apiKey", name: Some(name), key_in: Some("header"), scheme: None, ..http("", description) }
}

/// Whether a call has a header of an integration's.
fn is_system(request: &Request) -> bool {
    [INTEGRASJON_ID, INTEGRASJON_PASSORD].iter().any(|name| request.header(*name).is_some())
}

fn within_rate(request: &Request, integrasjon: IntegrasjonId) -> Result<()> {
    Kaller::known(request, integrasjon);
    let limiter = request.data::<Arc<RateLimiter>>();
    let share = request.data::<Share>();
    limiter.map_or(Ok(()), |limiter| limiter.check(integrasjon, share)).map_err(error)
}

fn bearer(request: &Request, no_token: Feilkode) -> std::result::Result<&str, DomainError> {
    let authorization = request.header(header::AUTHORIZATION).ok_or(no_token)?;
    // The scheme is compared without case (RFC 9110 §11.1); one of the field's clients writes it in capitals.
    match authorization.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => Ok(token.trim()),
        _ => Err(no_token.into()),
    }
}

fn read(request: &Request, no_token: Feilkode) -> std::result::Result<Legitimasjon<'_>, DomainError> {
    let token = bearer(request, no_token)?;
    let id = request.header(INTEGRASJON_ID).ok_or(Feilkode::IntegrasjonMangler)?;
    let passord = request.header(INTEGRASJON_PASSORD).ok_or(Feilkode::IntegrasjonMangler)?;
    let integrasjon = id.parse().map_err(|_| Feil::from(Feilkode::IntegrasjonUgyldig))?;
    Ok(Legitimasjon { token, integrasjon, passord })
}

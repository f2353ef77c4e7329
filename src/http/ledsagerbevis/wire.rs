//! What requests and answers about cards are made of.

use std::borrow::Cow;

use jiff::civil::Date;
use poem_openapi::{
    ApiResponse, Enum, Object,
    payload::Binary,
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type},
};
use serde_json::Value;

use crate::{
    http::wire::{FOR_CALLER, Personnummer, Persontekst, Tidspunkt, parameter, wire_type},
    model::ledsagerbevis::{
        Adresse as Adressemodell, BevisId, Gyldighet, Hendelsestype as Hendelsesmodell, Ledsagerbevis,
        Person as Personmodell, Tilknyttet, Tilstand as Tilstandsmodell,
    },
    system::SecretString,
};

parameter!(BevisId, "ledsagerbevisId", MetaSchema::new_with_format("string", "uuid"));

/// A postal code. Whether it is one is for the domain to say, which tells where it stands.
#[derive(Debug)]
pub struct Postnummer(pub SecretString);

wire_type!(
    Postnummer,
    "postnummer",
    MetaSchema { pattern: Some("^[0-9]{4}$".to_owned()), ..MetaSchema::new("string") }
);

impl ParseFromJSON for Postnummer {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        Persontekst::parse_from_json(value).map(|text| Self(text.0)).map_err(ParseError::propagate)
    }
}

impl ToJSON for Postnummer {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(self.0.expose().clone()))
    }
}

/// How many companions, likewise.
#[derive(Debug, Clone, Copy)]
pub struct AntallLedsagere(pub i32);

wire_type!(
    AntallLedsagere,
    "integer_int32",
    MetaSchema { minimum: Some(1.0), maximum: Some(2.0), ..MetaSchema::new_with_format("integer", "int32") }
);

impl ParseFromJSON for AntallLedsagere {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        i32::parse_from_json(value).map(Self).map_err(ParseError::propagate)
    }
}

impl ToJSON for AntallLedsagere {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.into())
    }
}

/// A text about a person that stands in a path, because KS has it there.
#[derive(Debug)]
pub struct Pathtekst(pub SecretString);

wire_type!(Pathtekst, "pathtekst", MetaSchema::new("string"));

impl ParseFromParameter for Pathtekst {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Ok(Self(SecretString::new(value.to_owned())))
    }
}

/// A day, `2029-01-15`.
#[derive(Debug, Clone, Copy)]
pub struct Dato(pub Date);

wire_type!(Dato, "string_date", MetaSchema::new_with_format("string", "date"));

impl ParseFromJSON for Dato {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        // Ten characters and no more: the parser would take a time with it as well.
        let text = value.as_ref().and_then(Value::as_str).filter(|text| text.len() == 10);
        text.and_then(|text| text.parse().ok()).map(Self).ok_or_else(|| ParseError::custom("not a date"))
    }
}

impl ToJSON for Dato {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(self.0.to_string()))
    }
}

/// Hvor brev til personen går.
#[derive(Debug, Object)]
pub struct Adresse {
    /// Gate- eller postboksadresse.
    pub adressenavn: Persontekst,
    /// Fire sifre.
    pub postnummer: Postnummer,
    /// Poststedets navn.
    pub poststed: Persontekst,
}

/// En person som skal stå på et ledsagerbevis.
#[derive(Debug, Object)]
pub struct Person {
    /// Personens navn. Høyst 200 tegn.
    pub navn: Persontekst,
    /// Fødselsnummer eller D-nummer, elleve sifre.
    #[oai(write_only)]
    pub fnr: Personnummer,
    /// Hvor brev til personen går. Utelat den når adressen er beskyttet eller ukjent.
    #[oai(skip_serializing_if_is_none)]
    pub adresse: Option<Adresse>,
    /// Nummeret personen logger inn med: åtte sifre, eller landkode med + foran.
    pub telefonnummer: Persontekst,
}

/// En person som står på et ledsagerbevis.
#[derive(Debug, Object)]
pub struct PersonRespons {
    /// Personens navn.
    navn: Persontekst,
    /// Fødselsnummer eller D-nummer.
    fnr: Persontekst,
    /// Telefonnummeret, slik det ble skrevet.
    telefonnummer: Persontekst,
}

/// Om ledsagerbeviset gjelder nå.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "SCREAMING_SNAKE_CASE", rename = "Ledsagerbevistilstand")]
pub enum Tilstand {
    /// Gjelder.
    Aktivt,
    /// Den siste gyldige dagen er passert.
    Utlopt,
    /// Er trukket tilbake.
    Revokert,
}

/// Et ledsagerbevis med dem som har tilgang til det.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct LedsagerbevisResponse {
    /// Ledsagerbevisets id.
    id: uuid::Uuid,
    /// Den som har ledsagerbeviset.
    eier: PersonRespons,
    /// Hvor mange ledsagere som kan være med.
    antall_ledsagere: i32,
    /// Den siste dagen ledsagerbeviset gjelder, i norsk tid. 9999-12-31 når det er varig.
    utlopsdato: Dato,
    /// Om ledsagerbeviset gjelder uten noen sluttdato.
    varig: bool,
    /// Om ledsagerbeviset gjelder i dag.
    tilstand: Tilstand,
    /// De som kan vise ledsagerbeviset for eieren nå.
    forvaltere: Vec<PersonRespons>,
    /// Saksbehandlerens referanse.
    ekstern_id: Persontekst,
    /// Organisasjonen som har utstedt ledsagerbeviset.
    fiks_org_id: uuid::Uuid,
    /// Når ledsagerbeviset ble utstedt.
    opprettet_dato: Tidspunkt,
    /// Bildet på ledsagerbeviset. Mangler når det ikke har noe.
    #[oai(skip_serializing_if_is_none)]
    bilde_id: Option<uuid::Uuid>,
    /// Hvorfor ledsagerbeviset er trukket tilbake. Mangler når det ikke er det.
    #[oai(skip_serializing_if_is_none)]
    revokert_grunn: Option<Persontekst>,
    /// Når ledsagerbeviset ble trukket tilbake. Mangler når det ikke er det.
    #[oai(skip_serializing_if_is_none)]
    revokert_dato: Option<Tidspunkt>,
}

#[derive(ApiResponse)]
pub enum Bilde {
    /// Bildet, som JPEG.
    #[oai(status = 200, content_type = "image/jpeg")]
    Jpeg(Binary<Vec<u8>>),
}

/// Without the photo.
impl std::fmt::Debug for Bilde {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Jpeg(…)")
    }
}

/// Hva som har skjedd med et ledsagerbevis.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HendelseType {
    /// Ledsagerbeviset er utstedt.
    Opprettet,
    /// Ledsagerbeviset er trukket tilbake.
    Revokert,
    /// En forvalter har fått SMS om ledsagerbeviset.
    SendtForvalter,
    /// En forvalter fikk ikke SMS.
    IkkeSendtForvalter,
    /// Eieren fikk ikke SMS.
    IkkeSendtUtstedetTil,
    /// Eieren har fått SMS om ledsagerbeviset.
    SendtUtstedetTil,
    /// Et brev er sendt.
    SendtPrint,
    /// Noen har fått tilgang som forvalter.
    ForvalterLagtTil,
    /// En forvalter har mistet tilgangen.
    ForvalterFjernet,
    /// Saksbehandlerens referanse er endret.
    EndretEksternId,
}

impl HendelseType {
    /// `None` for a kind that KS's list has no word for: those stand in `hendelser` alone.
    pub fn of(hendelse: Hendelsesmodell) -> Option<Self> {
        Some(match hendelse {
            Hendelsesmodell::Opprettet => Self::Opprettet,
            Hendelsesmodell::Revokert => Self::Revokert,
            Hendelsesmodell::SendtForvalter => Self::SendtForvalter,
            Hendelsesmodell::IkkeSendtForvalter => Self::IkkeSendtForvalter,
            Hendelsesmodell::IkkeSendtUtstedetTil => Self::IkkeSendtUtstedetTil,
            Hendelsesmodell::SendtUtstedetTil => Self::SendtUtstedetTil,
            Hendelsesmodell::SendtPrint => Self::SendtPrint,
            Hendelsesmodell::ForvalterLagtTil => Self::ForvalterLagtTil,
            Hendelsesmodell::ForvalterFjernet => Self::ForvalterFjernet,
            Hendelsesmodell::EndretEksternId => Self::EndretEksternId,
            _ => return None,
        })
    }
}

impl From<Adresse> for Adressemodell {
    fn from(Adresse { adressenavn, postnummer, poststed }: Adresse) -> Self {
        Self { adressenavn: adressenavn.0, postnummer: postnummer.0, poststed: poststed.0 }
    }
}

impl From<Adressemodell> for Adresse {
    fn from(Adressemodell { adressenavn, postnummer, poststed }: Adressemodell) -> Self {
        Self {
            adressenavn: Persontekst(adressenavn),
            postnummer: Postnummer(postnummer),
            poststed: Persontekst(poststed),
        }
    }
}

impl From<Person> for Personmodell {
    fn from(Person { navn, fnr, adresse, telefonnummer }: Person) -> Self {
        Self { navn: navn.0, fnr: fnr.0, telefonnummer: telefonnummer.0, adresse: adresse.map(Into::into) }
    }
}

impl From<Tilknyttet> for PersonRespons {
    fn from(Tilknyttet { person, .. }: Tilknyttet) -> Self {
        let Personmodell { navn, fnr, telefonnummer, .. } = person;
        Self { navn: Persontekst(navn), fnr: Persontekst(fnr), telefonnummer: Persontekst(telefonnummer) }
    }
}

impl From<Tilstand> for Tilstandsmodell {
    fn from(tilstand: Tilstand) -> Self {
        match tilstand {
            Tilstand::Aktivt => Self::Aktivt,
            Tilstand::Utlopt => Self::Utlopt,
            Tilstand::Revokert => Self::Revokert,
        }
    }
}

impl From<Tilstandsmodell> for Tilstand {
    fn from(tilstand: Tilstandsmodell) -> Self {
        match tilstand {
            Tilstandsmodell::Aktivt => Self::Aktivt,
            Tilstandsmodell::Utlopt => Self::Utlopt,
            Tilstandsmodell::Revokert => Self::Revokert,
        }
    }
}

impl LedsagerbevisResponse {
    pub fn new(bevis: Ledsagerbevis, today: Date) -> Self {
        let tilstand = bevis.tilstand(today).into();
        let (revokert_grunn, revokert_dato) = match bevis.revokert {
            Some(revokert) => (Some(Persontekst(revokert.grunn)), Some(Tidspunkt(revokert.tidspunkt))),
            None => (None, None),
        };
        Self {
            id: bevis.id.0,
            eier: bevis.eier.into(),
            antall_ledsagere: bevis.antall_ledsagere.into(),
            utlopsdato: Dato(bevis.gyldighet.utlopsdato()),
            varig: bevis.gyldighet == Gyldighet::Varig,
            tilstand,
            forvaltere: bevis.forvaltere.into_iter().map(Into::into).collect(),
            ekstern_id: Persontekst(bevis.ekstern_id),
            fiks_org_id: bevis.organisasjon.0,
            opprettet_dato: Tidspunkt(bevis.opprettet),
            bilde_id: bevis.bilde,
            revokert_grunn,
            revokert_dato,
        }
    }
}

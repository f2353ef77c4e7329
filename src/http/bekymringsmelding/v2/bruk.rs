//! Who still uses which version. Not part of KS's published API.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::{Enum, Object, OpenApi, param::Query, payload::Json};

use super::super::v1::Endret;
use crate::{
    domain::{
        Services,
        bruk::{Bruk as ModelBruk, Bruksutvalg, Versjonsbruk},
    },
    http::{
        bekymringsmelding::Malgruppe,
        credentials::{Forvaltning, Legitimert},
        problem::ApiError,
        wire::{Epost, Hopp, Radantall, SisteDager, Tidspunkt},
    },
    model::{FiksOrgId, kommune::Malform as ModelMalform},
    versions::Versjonert,
};

/// En versjon av en tjeneste, med navnet den har i `GET /versjoner`.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename = "Tjenesteversjon")]
enum Tjenesteversjon {
    #[oai(rename = "bekymringsmelding-v1")]
    BekymringsmeldingV1,
    #[oai(rename = "bekymringsmelding-v2")]
    BekymringsmeldingV2,
    #[oai(rename = "print-v1")]
    PrintV1,
    #[oai(rename = "fiksio-manuell-v1")]
    FiksIoManuellV1,
    #[oai(rename = "bekymringsmelding-svarinn-mottak-v1")]
    SvarinnMottakV1,
    #[oai(rename = "ledsagerbevis-v1")]
    LedsagerbevisV1,
    #[oai(rename = "ledsagerbevis-konfigurasjon-v1")]
    LedsagerbevisKonfigurasjonV1,
}

/// Hvilken målform en e-post skrives i.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename = "Malform", rename_all = "SCREAMING_SNAKE_CASE")]
enum Malform {
    /// Bokmål.
    Bokmal,
    /// Nynorsk.
    Nynorsk,
}

/// Kallene på én dag.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct DagsbrukApiModel {
    /// Dagen i Norge, `2026-01-01`.
    dato: String,
    /// Hvor mange kall integrasjonen gjorde den dagen.
    antall_kall: i64,
}

/// Kallene til én operasjon.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct OperasjonsbrukApiModel {
    /// Operasjonens navn: `operationId` i dokumentet.
    operasjon: String,
    /// Det siste kallet i perioden.
    siste_kall: Tidspunkt,
    /// Dagene med kall, eldste først. Dager uten kall er ikke med.
    dager: Vec<DagsbrukApiModel>,
}

/// Kallene til én versjon av en tjeneste.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct VersjonsbrukApiModel {
    /// Versjonens navn, som i `GET /versjoner`: der står også om den er frarådet, og når den avvikles.
    versjon: String,
    /// Operasjonene som integrasjonen har kalt.
    operasjoner: Vec<OperasjonsbrukApiModel>,
}

/// Hva integrasjonen som spør, har brukt.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct EgenBrukApiModel {
    /// Versjonene den har kalt.
    versjoner: Vec<VersjonsbrukApiModel>,
    /// Hvor den vil ha varsel når en versjon den bruker, skal avvikles. Mangler når den ikke har bedt om varsel.
    #[oai(skip_serializing_if_is_none)]
    varsel: Option<BruksvarselApiModel>,
}

/// Hva én integrasjon har brukt.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct IntegrasjonsbrukApiModel {
    /// Integrasjonens id.
    integrasjon_id: uuid::Uuid,
    /// Integrasjonens navn.
    navn: String,
    /// Organisasjonen som eier integrasjonen.
    fiks_org_id: uuid::Uuid,
    /// Versjonene den har kalt.
    versjoner: Vec<VersjonsbrukApiModel>,
}

/// Én side av integrasjonene som har brukt noe.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct BrukResultApiModel {
    /// Hvor mange integrasjoner det er til sammen.
    totalt_antall_integrasjoner: i64,
    /// Integrasjonene på siden.
    integrasjoner: Vec<IntegrasjonsbrukApiModel>,
}

/// Hvor varsel skal sendes.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct BruksvarselApiModel {
    /// E-postadressen. Bruk helst en felles postkasse: den som slutter, tar ikke varslene med seg.
    epost: Epost,
    /// Målformen varselet skrives i. Bokmål når den mangler.
    malform: Option<Malform>,
}

impl From<Tjenesteversjon> for Versjonert {
    fn from(version: Tjenesteversjon) -> Self {
        match version {
            Tjenesteversjon::BekymringsmeldingV1 => Self::BekymringsmeldingV1,
            Tjenesteversjon::BekymringsmeldingV2 => Self::BekymringsmeldingV2,
            Tjenesteversjon::PrintV1 => Self::PrintV1,
            Tjenesteversjon::FiksIoManuellV1 => Self::FiksIoManuellV1,
            Tjenesteversjon::SvarinnMottakV1 => Self::SvarinnMottakV1,
            Tjenesteversjon::LedsagerbevisV1 => Self::LedsagerbevisV1,
            Tjenesteversjon::LedsagerbevisKonfigurasjonV1 => Self::LedsagerbevisKonfigurasjonV1,
        }
    }
}

impl From<ModelMalform> for Malform {
    fn from(malform: ModelMalform) -> Self {
        match malform {
            ModelMalform::Bokmal => Self::Bokmal,
            ModelMalform::Nynorsk => Self::Nynorsk,
        }
    }
}

impl From<Malform> for ModelMalform {
    fn from(malform: Malform) -> Self {
        match malform {
            Malform::Bokmal => Self::Bokmal,
            Malform::Nynorsk => Self::Nynorsk,
        }
    }
}

impl From<Versjonsbruk> for VersjonsbrukApiModel {
    fn from(Versjonsbruk { versjon, operasjoner }: Versjonsbruk) -> Self {
        let operasjoner = operasjoner.into_iter().map(|one| OperasjonsbrukApiModel {
            operasjon: one.operasjon,
            siste_kall: Tidspunkt(one.siste_kall),
            dager: one
                .dager
                .into_iter()
                .map(|(dag, antall)| DagsbrukApiModel { dato: dag.to_string(), antall_kall: int64(antall) })
                .collect(),
        });
        Self { versjon, operasjoner: operasjoner.collect() }
    }
}

impl From<ModelBruk> for IntegrasjonsbrukApiModel {
    fn from(ModelBruk { integrasjon, navn, organisasjon, versjoner }: ModelBruk) -> Self {
        Self {
            integrasjon_id: integrasjon.0,
            navn,
            fiks_org_id: organisasjon.0,
            versjoner: versjoner.into_iter().map(VersjonsbrukApiModel::from).collect(),
        }
    }
}

fn int64(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// What integrations use.
#[derive(Debug)]
pub struct Bruk;

#[OpenApi]
impl Bruk {
    /// Hent egen bruk
    ///
    /// Hvilke versjoner og operasjoner integrasjonen har kalt, på tvers av tjenestene, og hvor mange kall det var hver dag.
    /// Alle kall der integrasjonen har vist hvem den er, er med, også de som ble avvist siden. Tallene er inntil noen
    /// sekunder gamle, og er ment for planlegging: noen kall kan mangle etter en feil hos oss. De slettes etter 400 dager.
    #[oai(path = "/bruk", method = "get", operation_id = "getBruk", tag = "Malgruppe::Oppslag")]
    async fn egen(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        /// Hvor mange norske kalenderdager svaret gjelder, medregnet i dag.
        #[oai(name = "sisteDager", default)]
        siste_dager: Query<SisteDager>,
    ) -> Result<Json<EgenBrukApiModel>, ApiError> {
        let (versjoner, varsel) = services.egen_bruk(&caller.0, siste_dager.0.0).await?;
        let varsel = varsel
            .map(|varsel| BruksvarselApiModel { epost: Epost(varsel.epost), malform: Some(varsel.malform.into()) });
        Ok(Json(EgenBrukApiModel {
            versjoner: versjoner.into_iter().map(VersjonsbrukApiModel::from).collect(),
            varsel,
        }))
    }

    /// Be om varsel når en versjon skal avvikles
    ///
    /// Integrasjonen får e-post når en versjon som den har brukt de siste 30 dagene, blir frarådet, og 180, 90, 30 og 7
    /// dager før den avvikles. Hvert varsel sendes én gang. Kallet kan gjentas: den nye adressen erstatter den forrige.
    #[oai(path = "/bruk/varsel", method = "put", operation_id = "settBruksvarsel", tag = "Malgruppe::Oppslag")]
    async fn bestill(
        &self,
        caller: Legitimert,
        services: Data<&Arc<Services>>,
        body: Json<BruksvarselApiModel>,
    ) -> Result<Endret, ApiError> {
        let BruksvarselApiModel { epost, malform } = body.0;
        let malform = malform.map_or(ModelMalform::Bokmal, ModelMalform::from);
        services.bestill_bruksvarsel(&caller.0, &epost.0, malform).await?;
        Ok(Endret::Endret)
    }

    /// Si fra seg varsel
    ///
    /// Adressen slettes, og integrasjonen får ikke flere varsler. Kallet kan gjentas og gir samme svar.
    #[oai(path = "/bruk/varsel", method = "delete", operation_id = "slettBruksvarsel", tag = "Malgruppe::Oppslag")]
    async fn avbestill(&self, caller: Legitimert, services: Data<&Arc<Services>>) -> Result<Endret, ApiError> {
        services.avbestill_bruksvarsel(&caller.0).await?;
        Ok(Endret::Endret)
    }

    /// Hent bruk for integrasjoner
    ///
    /// Hvilke integrasjoner som har kalt hvilke versjoner og operasjoner. Den som drifter plattformen, ser alle; andre ser
    /// integrasjonene til organisasjonene de administrerer. Den som bare er administrator for noen bydeler, ser ingen.
    /// Tallene er de samme som hver integrasjon ser om seg selv.
    #[oai(
        path = "/admin/bruk",
        method = "get",
        operation_id = "getBrukForIntegrasjoner",
        tag = "Malgruppe::Administrasjon"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a documented parameter of the operation")]
    async fn alle(
        &self,
        caller: Forvaltning,
        services: Data<&Arc<Services>>,
        /// Bare kall til denne versjonen, og bare integrasjoner som har gjort noen.
        versjon: Query<Option<Tjenesteversjon>>,
        /// Hvor mange norske kalenderdager svaret gjelder, medregnet i dag.
        #[oai(name = "sisteDager", default)]
        siste_dager: Query<SisteDager>,
        /// Bare integrasjoner som denne organisasjonen eier.
        #[oai(name = "fiksOrgId")]
        fiks_org_id: Query<Option<FiksOrgId>>,
        /// Hvor mange integrasjoner som skal hoppes over.
        #[oai(default)]
        fra: Query<Hopp>,
        /// Hvor mange integrasjoner det høyst skal være på siden.
        #[oai(default)]
        antall: Query<Radantall>,
    ) -> Result<Json<BrukResultApiModel>, ApiError> {
        let innsyn = caller.0.innsyn(fiks_org_id.0)?;
        let utvalg = Bruksutvalg {
            versjon: versjon.0.map(Versjonert::from),
            dager: siste_dager.0.0,
            hopp: fra.0.0.into(),
            antall: antall.0.0.into(),
        };
        let (total, bruk) = services.bruk(&innsyn, utvalg).await?;
        Ok(Json(BrukResultApiModel {
            totalt_antall_integrasjoner: int64(total),
            integrasjoner: bruk.into_iter().map(IntegrasjonsbrukApiModel::from).collect(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use poem_openapi::types::ParseFromParameter as _;

    use super::*;
    use crate::versions::Status;

    #[test]
    fn every_version_can_be_asked_for_by_its_name() {
        // A name that can be asked for is part of a published document: a draft's comes when the draft is published.
        for version in Versjonert::ALL.into_iter().filter(|version| version.manifest().status != Status::Draft) {
            let named = Tjenesteversjon::parse_from_parameter(version.name()).unwrap();
            assert_eq!(Versjonert::from(named), version);
        }
    }
}

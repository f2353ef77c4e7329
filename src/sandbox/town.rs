//! A fictitious municipality with two offices, a school that reports, and a print supplier, with keys made on the spot.

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    keys::{Authority, EnterpriseKey, MakeError, RecipientKey},
    maskinporten::Client,
};
use crate::{
    domain::{
        oppsett::{NyIntegrasjon, Oppsett},
        roller::NyRolle,
    },
    model::{
        Bydelsnummer, FiksOrgId, IntegrasjonId, Kommunenummer, KontoId, Organisasjonsnummer, RessursId,
        bevisoppsett::Svarutkonto,
        ids::InvalidId,
        integrasjon::Privilegium,
        kommune::{Bydel, Kommune, Konto, Malform, Organisasjon, Postadresse},
        melding::{Format, Versjon},
        nokkel::NokkelEier,
        rolle::Rolle,
    },
    system::{Ids, Rng, SecretString, rng::random},
};

/// The only scope that the sandbox' clients may ask for.
pub const SCOPE: &str = "ks:fiks";

/// The account at SvarUt that the municipality's letters about companion cards may go by.
pub const SVARUTKONTO: KontoId = KontoId(Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_0003));

/// The organisation that runs the gateway.
pub const GATEWAY_ORGNR: &str = "999999968";

/// Why a town could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error(transparent)]
    Key(#[from] MakeError),
    #[error(transparent)]
    Id(#[from] InvalidId),
}

/// An organisation with all that it needs to call the gateway, except the password, which the gateway makes.
#[derive(Debug)]
pub struct Virksomhet {
    pub organisasjon: Organisasjon,
    pub integrasjon: IntegrasjonId,
    /// Its client in Maskinporten.
    pub client_id: String,
    pub sertifikat: EnterpriseKey,
    /// Opens `sertifikat.pkcs12`.
    pub passord: SecretString,
}

/// One of the municipality's offices.
#[derive(Debug)]
pub struct Kontor {
    pub bydel: Bydel,
    pub nokkel: RecipientKey,
}

/// Somebody who works for the municipality and may log in.
#[derive(Debug, Clone, Copy)]
pub struct Ansatt {
    pub navn: &'static str,
    /// Of Skatteetaten's test series: nobody has it.
    pub fnr: &'static str,
    pub rolle: Rolle,
    /// What the municipality's list of roles shows.
    pub merkelapp: &'static str,
}

/// One person for each role.
pub const ANSATTE: [Ansatt; 3] = [
    Ansatt {
        navn: "Fiktiv Hovedadministrator",
        fnr: "01817790093",
        rolle: Rolle::Hovedadministrator,
        merkelapp: "ansatt 1001",
    },
    Ansatt {
        navn: "Fiktiv Tjenesteadministrator",
        fnr: "02828090014",
        rolle: Rolle::Tjenesteadministrator,
        merkelapp: "ansatt 1002",
    },
    Ansatt { navn: "Fiktiv Saksbehandler", fnr: "03838490017", rolle: Rolle::Bruker, merkelapp: "ansatt 1003" },
];

#[derive(Debug)]
pub struct Town {
    pub authority: Authority,
    pub skole: Virksomhet,
    pub kommune: Virksomhet,
    /// Prints and posts letters.
    pub utskrift: Virksomhet,
    /// Runs the platform.
    pub drift: Virksomhet,
    pub kommunenummer: Kommunenummer,
    /// The first takes V2 as ASiC-E and is the standard receiver, the second takes V1 and wants JWE.
    pub kontorer: [Kontor; 2],
    pub print: RecipientKey,
    /// What the gateway signs with.
    pub portvakt: EnterpriseKey,
}

impl Town {
    /// Makes everything anew, valid for two years from `now`.
    pub fn build(now: Timestamp, rng: &dyn Rng, ids: &Ids) -> Result<Self, BuildError> {
        let authority = Authority::make(now, rng)?;
        let virksomhet = |navn: &str, orgnr: &str| -> Result<Virksomhet, BuildError> {
            let organisasjonsnummer: Organisasjonsnummer = orgnr.parse()?;
            let passord = SecretString::new(Uuid::from_bytes(random(rng)).to_string());
            Ok(Virksomhet {
                sertifikat: authority.issue(navn, orgnr, &passord, now, rng)?,
                organisasjon: Organisasjon { id: FiksOrgId(ids.uuid()), organisasjonsnummer, navn: navn.to_owned() },
                integrasjon: IntegrasjonId(ids.uuid()),
                client_id: ids.uuid().to_string(),
                passord,
            })
        };
        let kommunenummer: Kommunenummer = "9999".parse()?;
        let kontor = |nummer: &str,
                      navn: &str,
                      standard_mottaker,
                      stottet_versjon,
                      leveringsformat|
         -> Result<Kontor, BuildError> {
            let bydelsnummer: Bydelsnummer = nummer.parse()?;
            let bydel = Bydel {
                id: RessursId(ids.uuid()),
                kommunenummer,
                bydelsnummer,
                navn: navn.to_owned(),
                standard_mottaker,
                stottet_versjon,
                leveringsformat,
                malform: Malform::Bokmal,
                aktiv: true,
                konto: Konto::fagsystem(KontoId(ids.uuid())),
                adresse: Some(Postadresse {
                    navn: navn.to_owned(),
                    adresselinje1: "Fiktivgata 1".to_owned(),
                    adresselinje2: None,
                    adresselinje3: None,
                    postnummer: "9999".to_owned(),
                    poststed: "LILLEVIK".to_owned(),
                }),
                telefon: None,
                eposter: vec![format!("barnevern-{nummer}@lillevik.example")],
                varsel_eposter: vec!["vakt@lillevik.example".to_owned()],
            };
            Ok(Kontor { nokkel: RecipientKey::make("Lillevik kommune", now, rng)?, bydel })
        };
        Ok(Self {
            skole: virksomhet("Fjelltoppen skole", "999999992")?,
            kommune: virksomhet("Lillevik kommune", "999999984")?,
            utskrift: virksomhet("Fiktiv Brevutskrift", "999999950")?,
            drift: virksomhet("Meldeport", GATEWAY_ORGNR)?,
            kommunenummer,
            kontorer: [
                kontor("01", "Lillevik sentrum barnevern", true, Versjon::V2, Format::Asice)?,
                kontor("02", "Lillevik øst barnevern", false, Versjon::V1, Format::Jwe)?,
            ],
            print: RecipientKey::make("Fiktiv Brevutskrift", now, rng)?,
            portvakt: authority.issue("Meldeport", GATEWAY_ORGNR, &SecretString::new(String::new()), now, rng)?,
            authority,
        })
    }

    /// What the gateway must know about the town.
    pub fn oppsett(&self) -> Oppsett {
        let mut sertifikater = vec![(NokkelEier::Print, self.print.certificate.clone())];
        for Kontor { bydel, nokkel } in &self.kontorer {
            let eier = NokkelEier::Bydel(bydel.kommunenummer, bydel.bydelsnummer);
            sertifikater.push((eier, nokkel.certificate.clone()));
        }
        let integrasjon = |virksomhet: &Virksomhet, navn: &str, privileges: &[Privilegium]| NyIntegrasjon {
            id: virksomhet.integrasjon,
            organisasjon: virksomhet.organisasjon.id,
            navn: navn.to_owned(),
            aktiv: true,
            privilegier: privileges.iter().map(|privilegium| (virksomhet.organisasjon.id, *privilegium)).collect(),
            nytt_passord: false,
        };
        Oppsett {
            organisasjoner: [&self.skole, &self.kommune, &self.utskrift, &self.drift]
                .map(|virksomhet| virksomhet.organisasjon.clone())
                .to_vec(),
            kommuner: vec![Kommune {
                kommunenummer: self.kommunenummer,
                navn: self.kommune.organisasjon.navn.clone(),
                organisasjon: self.kommune.organisasjon.id,
                etterfolger: None,
            }],
            bydeler: self.kontorer.iter().map(|kontor| kontor.bydel.clone()).collect(),
            sertifikater,
            integrasjoner: vec![
                integrasjon(&self.skole, "Skolens fagsystem", &[Privilegium::Send]),
                integrasjon(
                    &self.kommune,
                    "Barnevernets fagsystem",
                    &[
                        Privilegium::Hent,
                        Privilegium::Konfigurer,
                        Privilegium::Administrer,
                        Privilegium::LedsagerbevisKonfigurer,
                        Privilegium::LedsagerbevisBehandle,
                    ],
                ),
                integrasjon(&self.utskrift, "Utskriftsleverandøren", &[Privilegium::Print]),
                integrasjon(&self.drift, "Driften", &[Privilegium::Support]),
            ],
            roller: Vec::new(),
            svarutkontoer: vec![Svarutkonto {
                id: SVARUTKONTO,
                organisasjon: self.kommune.organisasjon.id,
                navn: "Lillevik servicetorg".to_owned(),
                aktiv: true,
            }],
        }
    }

    /// The roles of those who work for the municipality: for a gateway that lets persons hold any.
    pub fn roller(&self) -> Vec<NyRolle> {
        let role = |ansatt: Ansatt| NyRolle {
            organisasjon: self.kommune.organisasjon.id,
            rolle: ansatt.rolle,
            bydel: None,
            merkelapp: ansatt.merkelapp.to_owned(),
            fnr: SecretString::new(ansatt.fnr.to_owned()),
        };
        ANSATTE.map(role).into_iter().collect()
    }

    /// The town's clients in Maskinporten.
    pub fn clients(&self) -> Vec<Client> {
        let client = |virksomhet: &Virksomhet| Client {
            id: virksomhet.client_id.clone(),
            organisasjonsnummer: virksomhet.organisasjon.organisasjonsnummer,
            scopes: vec![SCOPE.to_owned()],
            keys: Vec::new(),
            delegert_fra: Vec::new(),
        };
        [&self.skole, &self.kommune, &self.utskrift, &self.drift].map(client).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::ANSATTE;
    use crate::model::{fnr::Fnr, rolle::Rolle};

    #[test]
    fn nobody_who_lives_has_the_number_of_anybody_in_town() {
        for ansatt in ANSATTE {
            assert!(Fnr::kontroller(ansatt.fnr).unwrap().syntetisk(), "{}", ansatt.navn);
        }
        assert_eq!(ANSATTE.map(|ansatt| ansatt.rolle), Rolle::ALL);
    }
}

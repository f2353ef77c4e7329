//! Everything that a client needs to play along, as files.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use serde_json::json;

use super::{Sandbox, report};
use crate::sandbox::{
    keys::PKCS12_ALIAS,
    personregister::PERSONER,
    town::{ANSATTE, GATEWAY_ORGNR, SCOPE, Virksomhet},
};

/// Writes the kit. Files that hold secrets can be read by their owner only.
pub fn write(folder: &Path, sandbox: &Sandbox) -> io::Result<()> {
    let town = &sandbox.town;
    fs::create_dir_all(folder.join("rapport"))?;
    let public = |name: &str, content: &[u8]| fs::write(folder.join(name), content);
    let secret = |name: &str, content: &[u8]| {
        let mut file =
            OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(folder.join(name))?;
        file.write_all(content)
    };
    let [kontor, other] = &town.kontorer;
    secret("kit.json", format!("{:#}\n", description(sandbox)).as_bytes())?;
    secret("virksomhetssertifikat.p12", town.skole.sertifikat.pkcs12.expose())?;
    secret("kommune-virksomhetssertifikat.p12", town.kommune.sertifikat.pkcs12.expose())?;
    secret("print-virksomhetssertifikat.p12", town.utskrift.sertifikat.pkcs12.expose())?;
    public("kommune.cert.pem", kontor.nokkel.certificate.to_pem().as_bytes())?;
    secret("kommune.key.pem", kontor.nokkel.key_pem.expose().as_bytes())?;
    secret("kommune-02.key.pem", other.nokkel.key_pem.expose().as_bytes())?;
    public("print.cert.pem", town.print.certificate.to_pem().as_bytes())?;
    secret("print.key.pem", town.print.key_pem.expose().as_bytes())?;
    public("ca.pem", town.authority.certificate.to_pem().as_bytes())?;
    public("rapport/bekymringsmelding.json", report::JSON)?;
    public("rapport/bekymringsmelding.pdf", report::PDF)?;
    secret("fetch.toml", fetch(sandbox).as_bytes())?;
    secret("send.toml", send(sandbox).as_bytes())?;
    secret("print.toml", print(sandbox).as_bytes())
}

fn description(sandbox: &Sandbox) -> serde_json::Value {
    let town = &sandbox.town;
    let [kontor, _] = &town.kontorer;
    json!({
        "merknad": "TEST: oppdiktede virksomheter og nøkler. Skal aldri brukes til noe annet.",
        "baseUrl": sandbox.base_url,
        "tokenEndpoint": sandbox.maskinporten.token_endpoint(),
        "issuer": sandbox.maskinporten.issuer(),
        "clientId": town.skole.client_id,
        "scope": SCOPE,
        "fagsystem": {
            "fiksOrgId": town.skole.organisasjon.id,
            "organisasjonsnummer": town.skole.organisasjon.organisasjonsnummer,
            "integrasjonId": town.skole.integrasjon,
            "integrasjonPassord": sandbox.skole_passord.expose(),
        },
        "kommune": {
            "kommunenummer": town.kommunenummer,
            "bydelsnummer": kontor.bydel.bydelsnummer,
            "fiksOrgId": town.kommune.organisasjon.id,
            "organisasjonsnummer": town.kommune.organisasjon.organisasjonsnummer,
            "clientId": town.kommune.client_id,
            "integrasjonId": town.kommune.integrasjon,
            "integrasjonPassord": sandbox.kommune_passord.expose(),
            "virksomhetssertifikat": {
                "fil": "kommune-virksomhetssertifikat.p12",
                "passord": town.kommune.passord.expose(),
                "alias": PKCS12_ALIAS,
            },
        },
        "utskrift": {
            "fiksOrgId": town.utskrift.organisasjon.id,
            "organisasjonsnummer": town.utskrift.organisasjon.organisasjonsnummer,
            "clientId": town.utskrift.client_id,
            "integrasjonId": town.utskrift.integrasjon,
            "integrasjonPassord": sandbox.utskrift_passord.expose(),
            "mappe": sandbox.utskriftsmappe,
            "virksomhetssertifikat": {
                "fil": "print-virksomhetssertifikat.p12",
                "passord": town.utskrift.passord.expose(),
                "alias": PKCS12_ALIAS,
            },
        },
        "idporten": {
            "issuer": sandbox.idporten.issuer(),
            "tokenEndpoint": sandbox.idporten.token_endpoint(),
            "ansatte": ANSATTE.map(|ansatt| json!({
                "navn": ansatt.navn,
                "fnr": ansatt.fnr,
                "rolle": ansatt.rolle.as_str(),
                "merkelapp": ansatt.merkelapp,
            })),
        },
        "ledsagerbevis": {
            "smsmappe": sandbox.smsmappe,
            "personer": PERSONER.map(|person| json!({
                "navn": person.navn,
                "fnr": person.fnr,
                "telefonnummer": person.telefonnummer,
                "adresse": {
                    "adressenavn": person.adressenavn,
                    "postnummer": person.postnummer,
                    "poststed": person.poststed,
                },
            })),
        },
        "virksomhetssertifikat": {
            "fil": "virksomhetssertifikat.p12",
            "passord": town.skole.passord.expose(),
            "alias": PKCS12_ALIAS,
        },
    })
}

/// What both configuration files begin with.
fn common(sandbox: &Sandbox, virksomhet: &Virksomhet, passord: &str, p12: &str) -> String {
    format!(
        "[tilkobling]\n\
         adresse = \"{}\"\n\
         fiks_org_id = \"{}\"\n\
         integrasjon_id = \"{}\"\n\
         integrasjon_passord = \"{passord}\"\n\n\
         [maskinporten]\n\
         utsteder = \"{}\"\n\
         klient_id = \"{}\"\n\n\
         [virksomhet]\n\
         p12 = \"{p12}\"\n\
         passord = \"{}\"\n\n",
        sandbox.base_url,
        virksomhet.organisasjon.id,
        virksomhet.integrasjon,
        sandbox.maskinporten.issuer(),
        virksomhet.client_id,
        virksomhet.passord.expose(),
    )
}

fn fetch(sandbox: &Sandbox) -> String {
    let passord = sandbox.kommune_passord.expose();
    common(sandbox, &sandbox.town.kommune, passord, "kommune-virksomhetssertifikat.p12")
        + "[mottak]\nut = \"innboks\"\nnokler = [\"kommune.key.pem\"]\ntillitsankre = [\"ca.pem\"]\nbydelsnummer = \"01\"\n"
        + &format!("godta_forseglet_av = [\"{GATEWAY_ORGNR}\"]\n")
}

fn send(sandbox: &Sandbox) -> String {
    let passord = sandbox.skole_passord.expose();
    common(sandbox, &sandbox.town.skole, passord, "virksomhetssertifikat.p12") + "[avsender]\nutboks = \"utboks\"\n"
}

/// For `meldeport token`: the print supplier has no program of its own here.
fn print(sandbox: &Sandbox) -> String {
    let passord = sandbox.utskrift_passord.expose();
    common(sandbox, &sandbox.town.utskrift, passord, "print-virksomhetssertifikat.p12")
}

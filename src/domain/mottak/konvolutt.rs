//! A report that the sender has sealed: its envelopes are checked without the key.

use jiff::Timestamp;
use openssl::sha::Sha256;
use serde_json::json;

use super::{Forseglet, Kjennetegn, Lagret, Rute};
use crate::{
    crypto::{
        certificate::Certificate,
        cms::{self, EnvelopeFault, Inspection},
        sha256,
    },
    domain::{
        Result, Services,
        tilgang::{Fullmakt, Sende},
    },
    model::{
        Feil, Feilkode, MeldingId,
        kommune::Bydel,
        melding::{Format, Innhold, Profil, Versjon},
        nokkel::NokkelEier,
    },
    store::duplikat::Sending,
};

/// A report as a sender hands it over.
#[derive(Debug, Clone)]
pub struct Innsending {
    pub rute: Rute,
    pub innhold: Innhold,
    /// The caller's `Idempotency-Key`.
    pub idempotens: Option<String>,
    /// Address of the keys to seal with, for a sender that used others.
    pub nokkeladresse: String,
}

/// Both envelopes, with what each is known by.
struct Konvolutter {
    innhold: Innhold,
    asice: [u8; 32],
    pdf: [u8; 32],
}

impl Services {
    /// Accepts a report that the sender has sealed. When this returns, the report is on disk.
    ///
    /// # Errors
    /// An unknown office, an envelope that its receiver could not open (`KONVOLUTT.…`), a form version that the office
    /// does not take, or an `Idempotency-Key` that was used for something else.
    pub async fn submit(&self, fullmakt: &Fullmakt<Sende>, inn: Innsending) -> Result<Lagret> {
        let now = self.clock.now();
        let rute = inn.rute;
        let asice = sha256(&inn.innhold.asice);
        let pdf = sha256(&inn.innhold.pdf);
        let kjennetegn = Kjennetegn {
            integrasjon: fullmakt.innringer.integrasjon(),
            fingeravtrykk: fingerprint(fullmakt, &inn, asice, pdf),
            idempotens: inn.idempotens,
            sending: Sending {
                avsender: fullmakt.organisasjon,
                kommunenummer: rute.kommunenummer,
                bydelsnummer: rute.bydelsnummer,
                digest: asice,
            },
        };
        let _busy = self.enter(&kjennetegn)?;
        let konvolutter = Konvolutter { innhold: inn.innhold, asice, pdf };
        let taken = self.ta_imot(fullmakt, rute, konvolutter, &kjennetegn, &inn.nokkeladresse, now).await;
        let Err(refused) = taken else { return taken };
        // A repeated send is the report that it became, whatever would be said of it now: the office may have changed its
        // certificate since, or the disk be full.
        match self.gjentatt(&kjennetegn, now).await? {
            Some(id) => self.tidligere(fullmakt, rute, id).await,
            None => Err(refused),
        }
    }

    async fn ta_imot(
        &self,
        fullmakt: &Fullmakt<Sende>,
        rute: Rute,
        konvolutter: Konvolutter,
        kjennetegn: &Kjennetegn,
        keys: &str,
        now: Timestamp,
    ) -> Result<Lagret> {
        let til = self.adressert(rute.kommunenummer, rute.bydelsnummer).await?;
        check_version(rute.versjon, &til.bydel)?;
        let kontorer = self.mottakernokler(&til, rute.bydelsnummer, now).await?;
        let eiere: Vec<_> = kontorer.iter().copied().chain([NokkelEier::Print]).collect();
        let sertifikater = self.sertifikater(&eiere, now).await?;
        let to_bydel: Vec<_> = kontorer.iter().flat_map(|kontor| sertifikater.av(*kontor)).collect();
        let to_print: Vec<_> = sertifikater.av(NokkelEier::Print).iter().collect();
        let Konvolutter { innhold, asice, pdf } = konvolutter;
        let (profil, sertifikat) = inspect("asice", &innhold.asice, &to_bydel, keys, now)?;
        inspect("bekymringsmelding", &innhold.pdf, &to_print, keys, now)?;
        let forseglet = Forseglet {
            id: MeldingId(self.ids.uuid()),
            innhold,
            asice_sha256: asice,
            pdf_sha256: pdf,
            format: Format::Asice,
            av: None,
            profil,
            sertifikat,
            beskrivelse: None,
        };
        self.lagre(fullmakt, rute, &til, kjennetegn, forseglet, now).await
    }
}

/// Checks one envelope against the certificates that its receiver has now; the first is the one that it should have been sealed to.
fn inspect(
    part: &'static str,
    envelope: &[u8],
    certificates: &[&Certificate],
    keys: &str,
    now: Timestamp,
) -> Result<(Profil, String)> {
    let Some(current) = certificates.first() else { return Err(Feilkode::NokkelMangler.into()) };
    let Inspection { profile, recipient, .. } =
        cms::inspect(envelope, certificates, now).map_err(|fault| refuse(part, fault, current, keys))?;
    let profil = match profile {
        cms::Profile::Ks => Profil::Ks,
        cms::Profile::KsDotnet => Profil::KsDotnet,
    };
    let sealed_to = certificates.get(recipient).unwrap_or(current);
    Ok((profil, sealed_to.serial()))
}

/// What makes two sends the same to an `Idempotency-Key`: where to, which kind, and the very bytes. Not the multipart
/// boundary, which clients draw anew for each try.
fn fingerprint(fullmakt: &Fullmakt<Sende>, inn: &Innsending, asice: [u8; 32], pdf: [u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(fullmakt.organisasjon.0.as_bytes());
    hash.update(inn.rute.kommunenummer.as_str().as_bytes());
    hash.update(inn.rute.bydelsnummer.as_str().as_bytes());
    hash.update(inn.rute.skjematype.as_str().as_bytes());
    hash.update(&asice);
    hash.update(&pdf);
    hash.finish()
}

fn check_version(versjon: Versjon, bydel: &Bydel) -> Result<()> {
    if versjon <= bydel.stottet_versjon {
        return Ok(());
    }
    let fakta = json!({ "versjon": versjon.as_str(), "stottetVersjon": bydel.stottet_versjon.as_str() });
    Err(Feil::from(Feilkode::VersjonIkkeStottet).fakta(fakta).into())
}

/// An envelope that nobody could open is the sender's to mend, so the answer says with which certificate.
fn refuse(part: &'static str, fault: EnvelopeFault, current: &Certificate, keys: &str) -> Feil {
    let melding = format!("Delen «{part}» kan ikke tas imot. {}", fault.melding());
    Feil::from(fault).melding(melding).fakta(json!({
        "del": part,
        "riktigSertifikat": {
            "serial": current.serial(),
            "subjectDN": current.subject_dn(),
            "validTo": current.valid_to(),
            "hentesFra": keys,
        },
    }))
}

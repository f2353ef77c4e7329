//! A report in the clear: validated against its form, converted to what the office takes, and sealed before anything of
//! it is written down.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::{Value, json};

use super::{Forseglet, Kjennetegn, Lagret, Rute};
use crate::{
    crypto::sha256,
    domain::{
        DomainError, Result, Services,
        forsegling::{Forsegler, Mottakere, SealError},
        tilgang::{Fullmakt, Sende},
    },
    model::{
        Bydelsnummer, Feil, Feilkode, Kommunenummer, MeldingId,
        kommune::{Bydel, Kommune, Organisasjon},
        melding::{Profil, Skjematype, Versjon},
        nokkel::NokkelEier,
        skjema::{SkjemaId, Variant},
    },
    pdf::{Avsender, Dokument, Kvittering, Mottaker},
    skjema::{self, Innhold, Skjemafeil, Vurdering, parse::Lesefeil},
    store::{self, StoreError, duplikat::Sending},
    system::{Secret, SecretBytes},
};

/// How far `sendingstidspunkt` may be behind: a case system may have been without network for days.
const OLDEST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How far it may be ahead: clocks differ.
const AHEAD: SignedDuration = SignedDuration::from_mins(15);

/// A report that was accepted, with what the form allows but somebody should look at.
#[derive(Debug)]
pub struct Mottatt {
    pub lagret: Lagret,
    pub advarsler: Vec<Merknad>,
}

/// Something to look at. Never holds anything of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merknad {
    pub kode: String,
    /// JSON Pointer.
    pub peker: String,
    pub melding: String,
}

/// A report that follows its form.
struct Lest {
    innhold: Innhold,
    advarsler: Vec<Merknad>,
}

impl Services {
    /// Accepts a report as plain JSON. When this returns, the report is on disk, sealed.
    ///
    /// # Errors
    /// `SKJEMA.…` with every deviation at once, a payload that is not for the office in the path, or a
    /// `sendingstidspunkt` that cannot be right.
    pub async fn submit_skjema(
        &self,
        fullmakt: &Fullmakt<Sende>,
        rute: Rute,
        json: SecretBytes,
        idempotens: Option<String>,
    ) -> Result<Mottatt> {
        let forsegler = self.forsegler()?;
        let Lest { innhold, advarsler } = read(rute.skjematype, rute.versjon, json.expose())?;
        check_address(&innhold, rute.kommunenummer, rute.bydelsnummer)?;
        check_time(&innhold, self.clock.now())?;
        let kjennetegn = kjennetegn(fullmakt, rute, idempotens, &[json.expose()], &forsegler)?;
        let lagret = self.seal_and_save(fullmakt, rute, json, innhold, kjennetegn, forsegler).await?;
        Ok(Mottatt { lagret, advarsler })
    }

    /// Judges a payload and keeps nothing of it.
    pub fn valider(&self, skjematype: Skjematype, versjon: Versjon, json: &[u8]) -> Result<Vurdering> {
        let innhold = skjema::parse::parse(json).map_err(|fault| unreadable(&fault))?;
        let id = SkjemaId::bekymringsmelding(variant(skjematype), versjon);
        let form = skjema::register().find(id).ok_or_else(|| Feil::from(Skjemafeil::Ukjent))?;
        Ok(form.validate(&innhold))
    }

    pub(super) fn forsegler(&self) -> Result<Arc<Forsegler>> {
        Ok(self.forsegler.clone().ok_or(Feilkode::JsonIkkeTilgjengelig)?)
    }

    pub(super) async fn organisasjon(&self, fullmakt: &Fullmakt<Sende>) -> Result<Organisasjon> {
        let found = store::kommune::organisasjoner(&self.store, [fullmakt.organisasjon]).await?.pop();
        Ok(found.ok_or(Feilkode::OrganisasjonIkkeFunnet)?)
    }

    pub(super) async fn seal_and_save(
        &self,
        fullmakt: &Fullmakt<Sende>,
        rute: Rute,
        json: SecretBytes,
        innhold: Innhold,
        kjennetegn: Kjennetegn,
        forsegler: Arc<Forsegler>,
    ) -> Result<Lagret> {
        let now = self.clock.now();
        let _busy = self.enter(&kjennetegn)?;
        if let Some(id) = self.gjentatt(&kjennetegn, now).await? {
            return self.tidligere(fullmakt, rute, id).await;
        }
        // The payload goes on naming the office that the sender addressed, whoever has taken its place.
        let til = self.adressert(rute.kommunenummer, rute.bydelsnummer).await?;
        let (bydel, kommune) = (til.bydel.clone(), til.kommune.clone());
        let avsender = self.organisasjon(fullmakt).await?;
        let to = self.mottakere(&bydel, rute, now).await?;
        let id = MeldingId(self.ids.uuid());
        let (json, innhold, beskrivelse) = fit(rute.skjematype, rute.versjon, &bydel, json, innhold)?;
        let sertifikat = to.bydel.serial();
        let av = Some(forsegler.organisasjonsnummer);
        let format = to.format;
        let pages = Sider { id, avsender, kommune, bydel: bydel.clone(), skjematype: rute.skjematype, now };
        let rng = self.rng.clone();
        let turn = forsegler.turn().await.map_err(internal)?;
        let sealed = tokio::task::spawn_blocking(move || {
            let sealed = forsegler.seal(&json, &pages.dokument(&innhold), &to, now, &*rng);
            // Here, and not when the caller has gone: its work goes on until it is done.
            drop(turn);
            sealed
        });
        let innhold = sealed.await.map_err(|_| internal(SealError::Stopped))?.map_err(internal)?;
        let (asice_sha256, pdf_sha256) = (sha256(&innhold.asice), sha256(&innhold.pdf));
        let profil = Profil::Ks;
        let forseglet =
            Forseglet { id, innhold, asice_sha256, pdf_sha256, format, av, profil, sertifikat, beskrivelse };
        self.lagre(fullmakt, rute, &til, &kjennetegn, forseglet, now).await
    }

    async fn mottakere(&self, bydel: &Bydel, rute: Rute, now: Timestamp) -> Result<Mottakere> {
        let eier = NokkelEier::Bydel(bydel.kommunenummer, bydel.bydelsnummer);
        let sertifikater = self.sertifikater(&[eier, NokkelEier::Print], now).await?;
        let versjon = rute.versjon.min(bydel.stottet_versjon);
        Ok(Mottakere {
            bydel: sertifikater.gyldig(eier, now)?,
            print: sertifikater.gyldig(NokkelEier::Print, now)?,
            format: bydel.leveringsformat,
            skjema: SkjemaId::bekymringsmelding(variant(rute.skjematype), versjon).to_string(),
        })
    }
}

/// What the pages tell besides the report itself.
struct Sider {
    id: MeldingId,
    avsender: Organisasjon,
    kommune: Kommune,
    bydel: Bydel,
    skjematype: Skjematype,
    now: Timestamp,
}

impl Sider {
    fn dokument<'a>(&'a self, payload: &'a Value) -> Dokument<'a> {
        Dokument {
            variant: self.skjematype,
            sprak: self.bydel.malform.into(),
            payload,
            kvittering: Kvittering {
                id: self.id,
                mottatt: self.now,
                avsender: Avsender {
                    navn: &self.avsender.navn,
                    organisasjonsnummer: self.avsender.organisasjonsnummer,
                },
                mottaker: Mottaker {
                    kommune: &self.kommune.navn,
                    kommunenummer: self.kommune.kommunenummer,
                    bydel: &self.bydel.navn,
                    bydelsnummer: self.bydel.bydelsnummer,
                },
            },
        }
    }
}

/// Converts a report down when the office takes only an older version; the bytes stay the sender's own otherwise.
fn fit(
    skjematype: Skjematype,
    versjon: Versjon,
    bydel: &Bydel,
    json: SecretBytes,
    innhold: Innhold,
) -> Result<(SecretBytes, Innhold, Option<String>)> {
    if versjon <= bydel.stottet_versjon {
        return Ok((json, innhold, None));
    }
    let from = SkjemaId::bekymringsmelding(variant(skjematype), versjon);
    let to = SkjemaId::bekymringsmelding(variant(skjematype), bydel.stottet_versjon);
    let converted = skjema::convert::convert(innhold, from, to.versjon);
    let moved: Vec<_> =
        converted.flyttet.iter().map(|text| format!(" {} er flyttet til {}.", text.fra, text.til)).collect();
    let note = format!("Gjort om fra {versjon} til {}, som bydelen tar imot.{}", bydel.stottet_versjon, moved.concat());
    Ok((serialise(&converted.innhold)?, converted.innhold, Some(note)))
}

/// What a repeat of this send is known by: sender, office, form, and what the caller itself has `sent`. What the gateway
/// adds differs from one try to the next.
pub(super) fn kjennetegn(
    fullmakt: &Fullmakt<Sende>,
    rute: Rute,
    idempotens: Option<String>,
    sent: &[&[u8]],
    forsegler: &Forsegler,
) -> Result<Kjennetegn> {
    let Rute { kommunenummer, bydelsnummer, skjematype, .. } = rute;
    let avsender = fullmakt.organisasjon;
    let head = [avsender.0.as_bytes(), kommunenummer.as_str().as_bytes(), bydelsnummer.as_str().as_bytes()];
    let parts = [&head[..], &[skjematype.as_str().as_bytes()], sent].concat();
    let digest = forsegler.digest(&parts).map_err(internal)?;
    Ok(Kjennetegn {
        integrasjon: fullmakt.innringer.integrasjon(),
        idempotens,
        fingeravtrykk: digest,
        sending: Sending { avsender, kommunenummer, bydelsnummer, digest },
    })
}

pub(super) fn serialise(innhold: &Innhold) -> Result<SecretBytes> {
    let value: &Value = innhold;
    serde_json::to_vec(value).map(Secret::new).map_err(|error| internal(SealError::Container(error.to_string())))
}

fn internal(error: SealError) -> DomainError {
    DomainError::Store(StoreError::Internal(error.to_string()))
}

fn variant(skjematype: Skjematype) -> Variant {
    match skjematype {
        Skjematype::Offentlig => Variant::Offentlig,
        Skjematype::Privat => Variant::Privat,
    }
}

pub(super) fn unreadable(fault: &Lesefeil) -> Feil {
    let told = Feil { melding: fault.melding(), ..Feil::from(fault.feil) };
    match &fault.peker {
        Some(peker) => told.fakta(json!({ "peker": peker })),
        None => told,
    }
}

/// In whose names places are told: the protocol's, or those of the form that a portal fills in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peker {
    Protokoll,
    Skjema,
}

impl Peker {
    fn show(self, pointer: &str) -> String {
        if self == Self::Protokoll {
            return pointer.to_owned();
        }
        let renamed = [
            ("/offentligMelder", "/melder"),
            ("/privatMelder", "/melder"),
            ("/offentligBarn", "/barn"),
            ("/privatBarn", "/barn"),
        ];
        let fits = |(ours, theirs): &(&str, &str)| {
            let rest = pointer.strip_prefix(ours)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{theirs}{rest}"))
        };
        renamed.iter().find_map(fits).unwrap_or_else(|| pointer.to_owned())
    }
}

fn read(skjematype: Skjematype, versjon: Versjon, json: &[u8]) -> Result<Lest> {
    let innhold = skjema::parse::parse(json).map_err(|fault| unreadable(&fault))?;
    let advarsler = judge(&innhold, skjematype, versjon, Peker::Protokoll)?;
    Ok(Lest { innhold, advarsler })
}

pub(super) fn judge(innhold: &Innhold, skjematype: Skjematype, versjon: Versjon, peker: Peker) -> Result<Vec<Merknad>> {
    let id = SkjemaId::bekymringsmelding(variant(skjematype), versjon);
    let form = skjema::register().find(id).ok_or_else(|| Feil::from(Skjemafeil::Ukjent))?;
    let vurdering = form.validate(innhold);
    if !vurdering.gyldig() {
        return Err(deviations(&vurdering, peker).into());
    }
    let noted = vurdering.advarsler.into_iter().map(|advarsel| Merknad {
        kode: advarsel.kode.code().to_owned(),
        peker: peker.show(&advarsel.peker),
        melding: advarsel.melding,
    });
    Ok(noted.collect())
}

fn deviations(vurdering: &Vurdering, peker: Peker) -> Feil {
    let listed: Vec<Value> = vurdering
        .avvik
        .iter()
        .map(|avvik| {
            json!({
                "peker": peker.show(&avvik.peker),
                "nokkelord": avvik.nokkelord,
                "skjemasted": avvik.skjemasted,
                "melding": avvik.melding,
            })
        })
        .collect();
    Feil::from(Skjemafeil::Avvik).fakta(json!({ "avvik": listed, "utelatt": vurdering.utelatt }))
}

pub(super) fn at(kode: Feilkode, peker: &str) -> DomainError {
    Feil::from(kode).fakta(json!({ "peker": peker })).into()
}

/// Path and payload must name the same office: a slip in either would put a report in the wrong hands.
fn check_address(innhold: &Value, kommune: Kommunenummer, bydel: Bydelsnummer) -> Result<()> {
    let says = |name: &str, wanted: &str| innhold.get(name).and_then(Value::as_str) == Some(wanted);
    if !says("kommunenummer", kommune.as_str()) {
        return Err(at(Feilkode::FeilAdresse, "/kommunenummer"));
    }
    if !says("bydelsnummer", bydel.as_str()) {
        return Err(at(Feilkode::FeilAdresse, "/bydelsnummer"));
    }
    Ok(())
}

pub(in crate::domain) fn norwegian() -> TimeZone {
    // The zone is part of the program (jiff's bundled database).
    TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC)
}

/// `sendingstidspunkt` is Norwegian local time without a zone (KS), and must be about now.
fn check_time(innhold: &Value, now: Timestamp) -> Result<()> {
    let text = innhold.get("sendingstidspunkt").and_then(Value::as_str).unwrap_or_default();
    let wrong = || at(Feilkode::Sendingstidspunkt, "/sendingstidspunkt");
    let zoned = text.ends_with(['Z', 'z']) || text.get(10..).is_some_and(|time| time.contains(['+', '-', '[']));
    let local: DateTime = text.parse().map_err(|_| wrong())?;
    let sent = norwegian().to_timestamp(local).map_err(|_| wrong())?;
    let age = now.duration_since(sent);
    if zoned || age > OLDEST || age < -AHEAD { Err(wrong()) } else { Ok(()) }
}

//! New offices, and changes of one. Versions 1 and 2 of the API come here with more or less to change.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Eposter, Kontor, Utkast, aktivering,
    kontroll::{self, Endring, Kontoendring},
    nokkel::Forslag,
    spor::{Spor, facts},
};
use crate::{
    domain::{
        DomainError, Result, Services,
        tilgang::{Konfigurere, Mandat},
    },
    model::{
        Bydelsnummer, Feil, Feilkode, IntegrasjonId, Kommunenummer, KontoId, RessursId,
        kommune::{Bydel, Fagsystem, Konto, Malform, SvarinnKonto},
        melding::{Format, Kanal, Versjon},
    },
    store::{self, Tx},
};

/// Everything that a transaction needs, prepared outside of it.
struct Plan {
    mandat: Mandat<Konfigurere>,
    id: RessursId,
    endring: Endring,
    forslag: Option<Forslag>,
    /// Of an access to the SvarInn look-alike, if the office has none and needs one.
    svarinn: IntegrasjonId,
    konto: KontoId,
    spor: Spor,
    now: Timestamp,
}

impl Services {
    /// Registers an office. It takes no reports before it is activated.
    ///
    /// # Errors
    /// 400 with all that must be put right, 409 when the number is taken, 422 when the certificate cannot be used.
    pub async fn opprett_kontor(
        &self,
        mandat: &Mandat<Konfigurere>,
        handling: &'static str,
        utkast: Utkast,
    ) -> Result<Kontor> {
        mandat.hele_organisasjonen()?;
        let id = RessursId(self.ids.uuid());
        let plan = self.plan(mandat, id, handling, utkast)?;
        self.store.write("ny bydel", plan, |tx, plan| Box::pin(create(tx, plan))).await?;
        self.kontor(mandat, id).await
    }

    /// Changes what the draft says about an office, and nothing else.
    ///
    /// # Errors
    /// As [`opprett_kontor`](Self::opprett_kontor); 409 also when an active office would be left with nobody to warn.
    pub async fn endre_kontor(
        &self,
        mandat: &Mandat<Konfigurere>,
        id: RessursId,
        handling: &'static str,
        utkast: Utkast,
    ) -> Result<Kontor> {
        let plan = self.plan(mandat, id, handling, utkast)?;
        self.store.write("endret bydel", plan, |tx, plan| Box::pin(change(tx, plan))).await?;
        self.kontor(mandat, id).await
    }

    fn plan(
        &self,
        mandat: &Mandat<Konfigurere>,
        id: RessursId,
        handling: &'static str,
        utkast: Utkast,
    ) -> Result<Plan> {
        let now = self.clock.now();
        let (endring, pem) = kontroll::check(utkast)?;
        Ok(Plan {
            mandat: mandat.clone(),
            id,
            endring,
            forslag: pem.map(|pem| self.forslag(id, &pem, now)).transpose()?,
            svarinn: IntegrasjonId(self.ids.uuid()),
            konto: KontoId(self.ids.uuid()),
            spor: self.spor(mandat, handling),
            now,
        })
    }

    pub(super) fn spor(&self, mandat: &Mandat<Konfigurere>, handling: &'static str) -> Spor {
        let mal = self.revisjon(mandat.aktor, Some(mandat.organisasjon), handling, None);
        Spor { mal, ids: self.ids.clone() }
    }
}

/// All offices of a municipality, held until the transaction ends, and the place of one of them.
///
/// # Errors
/// 404 for an office that the caller does not administer.
pub(super) async fn hold(tx: &Tx, mandat: &Mandat<Konfigurere>, id: RessursId) -> Result<(Vec<Bydel>, usize)> {
    let unknown = || DomainError::from(Feilkode::KonfigurasjonBydel);
    let office = store::kommune::bydel_med_id(tx, id).await?.ok_or_else(unknown)?;
    let kommune = store::kommune::kommune(tx, office.kommunenummer).await?.ok_or_else(unknown)?;
    if kommune.organisasjon != mandat.organisasjon || !mandat.covers(id) {
        return Err(unknown());
    }
    let offices = store::bydel::hold(tx, office.kommunenummer).await?;
    let place = offices.iter().position(|office| office.id == id).ok_or_else(unknown)?;
    Ok((offices, place))
}

async fn create(tx: &Tx, plan: &Plan) -> Result<()> {
    let kommunenummer = own_municipality(tx, plan).await?;
    let offices = store::bydel::hold(tx, kommunenummer).await?;
    let required = plan.endring.bydelsnummer.zip(plan.endring.navn.clone()).zip(plan.endring.konto.as_ref());
    let ((bydelsnummer, navn), konto) = required.ok_or(Feilkode::KonfigurasjonUgyldig)?;
    check_number(&offices, plan.id, bydelsnummer)?;
    let mut office = Bydel {
        id: plan.id,
        kommunenummer,
        bydelsnummer,
        navn,
        standard_mottaker: false,
        // An office that does not say otherwise may have a system that knows the first version only.
        stottet_versjon: Versjon::V1,
        leveringsformat: Format::Asice,
        malform: Malform::Bokmal,
        aktiv: false,
        konto: Konto::fagsystem(plan.konto),
        adresse: None,
        telefon: None,
        eposter: Vec::new(),
        varsel_eposter: Vec::new(),
    };
    plan.endring.apply(&mut office, plan.svarinn);
    check_version(&office, konto)?;
    add_svarinn(tx, plan, None, &office).await?;
    store::bydel::insert(tx, &office).await?;
    if let Some(forslag) = &plan.forslag {
        forslag.apply(tx, &office, plan.now).await?;
    }
    let after = facts(tx, &office, plan.now).await?;
    plan.spor.note(tx, office.id, None, after).await
}

/// The municipality that a new office belongs to: the organisation's only one, or the only one that has not been, or is
/// not going to be, followed by another.
async fn own_municipality(tx: &Tx, plan: &Plan) -> Result<Kommunenummer> {
    let all = store::bydel::kommuner_til(tx, [plan.mandat.organisasjon]).await?;
    match &all[..] {
        [only] => Ok(only.kommunenummer),
        several => match several.iter().filter(|kommune| kommune.etterfolger.is_none()).collect::<Vec<_>>()[..] {
            [current] => Ok(current.kommunenummer),
            _ => Err(Feilkode::KonfigurasjonKommune.into()),
        },
    }
}

async fn change(tx: &Tx, plan: &Plan) -> Result<()> {
    let (before, place) = hold(tx, &plan.mandat, plan.id).await?;
    let mut after = before.clone();
    let (Some(was), Some(is)) = (before.get(place), after.get_mut(place)) else { return Ok(()) };
    plan.endring.apply(is, plan.svarinn);
    check_number(&before, is.id, is.bydelsnummer)?;
    if let Some(konto) = &plan.endring.konto {
        check_version(is, konto)?;
    }
    if is.aktiv && aktivering::can_be_warned(was) && !aktivering::can_be_warned(is) {
        return Err(aktivering::unfinished(&[(is, vec!["EPOST"])]).into());
    }
    add_svarinn(tx, plan, Some(was), is).await?;
    match plan.endring.standard_mottaker {
        Some(true) => {
            plan.mandat.check_standardmottaker(&before, plan.id)?;
            aktivering::make_standard(&mut after, plan.id)?;
        }
        Some(false) => aktivering::check_stays_without(&before, plan.id)?,
        None => {}
    }
    write(tx, &before, &after, &plan.spor, plan.now, plan.forslag.as_ref()).await
}

/// Writes the offices that are different, with an entry for each. `forslag` is for the one that it names.
pub(super) async fn write(
    tx: &Tx,
    before: &[Bydel],
    after: &[Bydel],
    spor: &Spor,
    now: Timestamp,
    forslag: Option<&Forslag>,
) -> Result<()> {
    let mut were: Vec<Value> = Vec::with_capacity(before.len());
    for office in before {
        were.push(facts(tx, office, now).await?);
    }
    for ((was, is), facts_before) in before.iter().zip(after).zip(were) {
        if was.bydelsnummer != is.bydelsnummer {
            store::nokkel::renumber(tx, was.kommunenummer, was.bydelsnummer, is.bydelsnummer).await?;
        }
        if was != is {
            store::bydel::update(tx, is).await?;
        }
        if let Some(forslag) = forslag.filter(|forslag| forslag.bydel == is.id) {
            forslag.apply(tx, is, now).await?;
        }
        spor.note(tx, is.id, Some(facts_before), facts(tx, is, now).await?).await?;
    }
    Ok(())
}

fn check_number(offices: &[Bydel], id: RessursId, nummer: Bydelsnummer) -> Result<()> {
    let taken = offices.iter().any(|other| other.id != id && other.bydelsnummer == nummer);
    if taken { Err(Feilkode::BydelsnummerOpptatt.into()) } else { Ok(()) }
}

/// A case system may be chosen that reads less than the office takes already.
fn check_version(office: &Bydel, konto: &Kontoendring) -> std::result::Result<(), Feil> {
    if konto.fagsystem.is_none() || office.konto.fagsystem.versjoner().contains(&office.stottet_versjon) {
        return Ok(());
    }
    Err(kontroll::avvik("stottetVersjon", "skal være en versjon som fagsystemet støtter"))
}

/// Makes the access that a new account in the SvarInn look-alike needs. It has no password yet.
async fn add_svarinn(tx: &Tx, plan: &Plan, was: Option<&Bydel>, is: &Bydel) -> Result<()> {
    let had = was.and_then(|was| was.konto.svarinn);
    if let (None, Some(konto)) = (had, is.konto.svarinn) {
        let navn = format!("SvarInn for {}", is.navn);
        store::integrasjon::save(tx, konto.integrasjon, plan.mandat.organisasjon, &navn, true, &[]).await?;
    }
    Ok(())
}

impl Endring {
    /// The office as it will be. `svarinn` is for an office that gets its first account in the SvarInn look-alike.
    fn apply(&self, office: &mut Bydel, svarinn: IntegrasjonId) {
        fn set<T: Clone>(place: &mut T, value: Option<&T>) {
            if let Some(value) = value {
                place.clone_from(value);
            }
        }
        set(&mut office.bydelsnummer, self.bydelsnummer.as_ref());
        set(&mut office.navn, self.navn.as_ref());
        set(&mut office.telefon, self.telefon.as_ref());
        set(&mut office.varsel_eposter, self.varsel_eposter.as_ref());
        if let Some(adresse) = &self.adresse {
            office.adresse = Some(adresse.clone());
        }
        match &self.eposter {
            Some(Eposter::Alle(all)) => office.eposter.clone_from(all),
            Some(Eposter::Forste(first)) => {
                let others = office.eposter.iter().skip(1).filter(|other| *other != first);
                office.eposter = std::iter::once(first).chain(others).cloned().collect();
            }
            None => {}
        }
        if let Some(konto) = &self.konto {
            konto.apply(office, svarinn);
        }
    }
}

impl Kontoendring {
    fn apply(&self, office: &mut Bydel, svarinn: IntegrasjonId) {
        let konto = &mut office.konto;
        konto.kanal = self.kanal;
        konto.fagsystem = match (self.fagsystem, self.kanal) {
            (Some(fagsystem), _) => fagsystem,
            (None, Kanal::ManuellMottak) => Fagsystem::ManuellMottak,
            // Version 1 tells no more than that it is none any longer.
            (None, _) if konto.fagsystem == Fagsystem::ManuellMottak => Fagsystem::Ukjent,
            (None, _) => konto.fagsystem,
        };
        if let Some(versjon) = self.stottet_versjon {
            office.stottet_versjon = versjon;
        }
        if self.kanal == Kanal::Svarinn {
            let new = SvarinnKonto { integrasjon: svarinn, organisasjonsnummer: None };
            let account = konto.svarinn.get_or_insert(new);
            if let Some(orgnr) = self.orgnr {
                account.organisasjonsnummer = orgnr;
            }
        }
    }
}

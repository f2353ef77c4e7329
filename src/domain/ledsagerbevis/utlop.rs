//! Cards that are about to expire: those on them are told sixty and fourteen days before, and the municipality has a list.
//!
//! The day on which somebody is to be told next stands with the card. It is written in the transaction that issues or changes
//! the card, and moved on in the one that writes the messages, while the card is locked: so each is told once, however many
//! nodes look and however often they are restarted, and a card that is extended begins anew. A threshold that had passed when
//! the card got its last day is left out: whoever gave it that day knows.

use jiff::{Timestamp, ToSpan as _, civil::Date};

use super::{historie::Tilgangsrolle, melding::Varsel};
use crate::{
    domain::{Result, Services, mottak::skjema::norwegian, tilgang::Behandler},
    model::{
        ledsagerbevis::{BevisId, Gyldighet, Ledsagerbevis, Smsslag, Tilknyttet},
        telefon::Telefonnummer,
    },
    store::{
        self, StoreError, Tx,
        ledsagerbevis::{Bevisrad, Hvem, Personrad, utlop::Forfalt},
    },
};

/// Days before the last one, the most first.
const TERSKLER: [i32; 2] = [60, 14];
/// Cards that are looked at in one go.
const PER_GANG: u64 = 100;
/// The hours in which people are told, in Norway.
const DAGTID: std::ops::Range<i8> = 9..20;

/// Where a page of the list ends: the last day and the id of its last card.
pub type Utlopsmerke = (Date, BevisId);

/// A card as it was read, and whom of those on it to tell what.
struct Utlopsplan {
    forfalt: Forfalt,
    lest: Bevisrad,
    personer: Vec<Personrad>,
    neste: Option<Date>,
    varsler: Vec<Varsel>,
}

/// The first day after today on which those on a card are to be told.
pub(super) fn neste(gyldighet: Gyldighet, today: Date) -> Option<Date> {
    let Gyldighet::Til(last) = gyldighet else { return None };
    TERSKLER.into_iter().filter_map(|days| last.checked_sub(days.days()).ok()).find(|day| *day > today)
}

/// Whether a card is so near its last day that those on it are told.
fn er_naer(gyldighet: Gyldighet, today: Date) -> bool {
    let Gyldighet::Til(last) = gyldighet else { return false };
    let first = TERSKLER.into_iter().max().and_then(|days| last.checked_sub(days.days()).ok());
    today <= last && first.is_none_or(|first| first <= today)
}

/// Whether it is an hour at which people are told what can wait.
pub(super) fn er_dagtid(now: Timestamp) -> bool {
    DAGTID.contains(&norwegian().to_datetime(now).hour())
}

impl Services {
    /// Writes the messages to those on cards that are about to expire. Any number of nodes may do so at the same time.
    /// Returns for how many cards; none at night.
    pub async fn varsle_utlop(&self) -> Result<u64> {
        let now = self.clock.now();
        if self.hvelv.is_none() || !er_dagtid(now) {
            return Ok(0);
        }
        let today = Self::norsk_dag(now);
        let (mut etter, mut varslet) = (None, 0);
        loop {
            let due = store::ledsagerbevis::utlop::forfalte(&self.store, today, etter.as_ref(), PER_GANG).await?;
            let last = (due.len() as u64) < PER_GANG || *self.signaler.stopp.borrow();
            for forfalt in due {
                match self.varsle_om_utlop(&forfalt, today).await {
                    Ok(told) => varslet += u64::from(told),
                    // Those on the other cards are told all the same.
                    Err(error) => tracing::error!(bevis = %forfalt.bevis, %error, "could not warn that a card expires"),
                }
                etter = Some(forfalt);
            }
            if last {
                break;
            }
        }
        if varslet > 0 {
            self.signaler.sms.notify_one();
        }
        Ok(varslet)
    }

    /// False when nobody is to be told, or somebody else was faster: what is left is found the next time.
    async fn varsle_om_utlop(&self, forfalt: &Forfalt, today: Date) -> Result<bool> {
        let Some(lest) = store::ledsagerbevis::utlop::bevis(&self.store, forfalt.bevis).await? else {
            return Ok(false);
        };
        let personer = store::ledsagerbevis::personer(&self.store, [lest.id], Hvem::Naa).await?;
        let wanted = lest.revokert.is_none() && er_naer(lest.gyldighet, today);
        let varsler = if wanted { self.utlopsvarsler(&lest, &personer).await? } else { Vec::new() };
        let neste = if lest.revokert.is_none() { neste(lest.gyldighet, today) } else { None };
        let plan = Utlopsplan { forfalt: forfalt.clone(), lest, personer, neste, varsler };
        let written = self.store.write("utlopsvarsel", plan, |tx, plan| Box::pin(warn(tx, plan))).await?;
        Ok(written && wanted)
    }

    /// A message to each number on the card.
    async fn utlopsvarsler(&self, bevis: &Bevisrad, personer: &[Personrad]) -> Result<Vec<Varsel>> {
        let opened = self.open_bevis(bevis, personer)?;
        let siste = opened.gyldighet.utlopsdato().strftime("%d.%m.%Y").to_string();
        let utsteder = self.utstedernavn(bevis.organisasjon).await?;
        let (mut varsler, mut told) = (Vec::new(), Vec::<Telefonnummer>::new());
        for Tilknyttet { id, rolle, person, .. } in std::iter::once(&opened.eier).chain(&opened.forvaltere) {
            let unreadable = |_| StoreError::Corrupt("ledsagerbevisperson.telefon".to_owned());
            let til: Telefonnummer = person.telefonnummer.expose().parse().map_err(unreadable)?;
            if told.contains(&til) {
                continue;
            }
            let what = match Tilgangsrolle::from(*rolle) {
                Tilgangsrolle::Eier => "Ledsagerbeviset ditt fra",
                _ => "Et ledsagerbevis som du kan vise for en annen, utstedt av",
            };
            let tekst =
                format!("{what} {utsteder}, gjelder til og med {siste}. Ta kontakt med dem hvis det trengs lenger.");
            varsler.push(self.varsel(Smsslag::Utlopsvarsel, (bevis.id, *id), &til, tekst)?);
            told.push(til);
        }
        Ok(varsler)
    }

    /// An organisation's cards whose last day is today or within so many days, the soonest first, and where the next page
    /// begins.
    pub async fn bevis_som_utloper(
        &self,
        behandler: &Behandler,
        innen: u16,
        etter: Option<Utlopsmerke>,
        antall: u64,
    ) -> Result<(Vec<Ledsagerbevis>, Option<Utlopsmerke>)> {
        self.vault()?;
        let today = self.i_dag();
        let til = today.checked_add(i32::from(innen).days()).unwrap_or(Date::MAX);
        let (organisasjon, days) = (behandler.organisasjon, (today, til));
        let mut rader = store::ledsagerbevis::utlop::mellom(&self.store, organisasjon, days, etter, antall + 1).await?;
        let more = rader.len() as u64 > antall;
        rader.truncate(usize::try_from(antall).unwrap_or(usize::MAX));
        let neste = rader.last().filter(|_| more).map(|last| (last.gyldighet.utlopsdato(), last.id));
        let personer = store::ledsagerbevis::personer(&self.store, rader.iter().map(|rad| rad.id), Hvem::Naa).await?;
        let mut on = std::collections::HashMap::<BevisId, Vec<&Personrad>>::new();
        for person in &personer {
            on.entry(person.bevis).or_default().push(person);
        }
        let opened = rader.iter().map(|rad| self.open_bevis(rad, on.remove(&rad.id).unwrap_or_default()));
        Ok((opened.collect::<Result<_>>()?, neste))
    }
}

/// False when the card is not as it was read, or those on it were told meanwhile.
async fn warn(tx: &Tx, plan: &Utlopsplan) -> Result<bool> {
    let Utlopsplan { forfalt, lest, personer, neste, varsler } = plan;
    let found = store::ledsagerbevis::lock(tx, lest.organisasjon, lest.id).await?;
    let unchanged = found.as_ref() == Some(lest)
        && store::ledsagerbevis::personer(tx, [lest.id], Hvem::Naa).await? == *personer
        && store::ledsagerbevis::utlop::neste(tx, lest.id).await?.as_ref() == Some(forfalt);
    if !unchanged {
        return Ok(false);
    }
    store::ledsagerbevis::utlop::sett(tx, lest.id, *neste).await?;
    for varsel in varsler {
        varsel.write(tx).await?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TIL: Gyldighet = Gyldighet::Til(date(2027, 6, 30));

    #[test]
    fn the_next_day_is_that_of_the_first_threshold_still_to_come() {
        for (today, next) in [
            (date(2027, 1, 1), Some(date(2027, 5, 1))),
            (date(2027, 4, 30), Some(date(2027, 5, 1))),
            (date(2027, 5, 1), Some(date(2027, 6, 16))),
            (date(2027, 6, 15), Some(date(2027, 6, 16))),
            (date(2027, 6, 16), None),
            (date(2027, 8, 1), None),
        ] {
            assert_eq!(neste(TIL, today), next, "{today}");
        }
        assert_eq!(neste(Gyldighet::Varig, date(2027, 1, 1)), None);
    }

    #[test]
    fn nobody_is_told_too_early_or_when_it_is_too_late() {
        for (today, near) in
            [(date(2027, 4, 30), false), (date(2027, 5, 1), true), (date(2027, 6, 30), true), (date(2027, 7, 1), false)]
        {
            assert_eq!(er_naer(TIL, today), near, "{today}");
        }
        assert!(!er_naer(Gyldighet::Varig, date(2027, 1, 1)));
    }

    #[test]
    fn people_are_told_by_day_in_norway_summer_and_winter() {
        for (moment, day) in [
            ("2027-01-15T07:59:59Z", false),
            ("2027-01-15T08:00:00Z", true),
            ("2027-01-15T18:59:59Z", true),
            ("2027-01-15T19:00:00Z", false),
            ("2027-07-15T07:00:00Z", true),
            ("2027-07-15T18:00:00Z", false),
        ] {
            assert_eq!(er_dagtid(moment.parse().unwrap()), day, "{moment}");
        }
    }
}

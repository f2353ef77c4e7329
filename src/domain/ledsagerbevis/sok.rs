//! Searching an organisation's cards: whatever is given must fit. What is found by digests is looked at again when it is
//! open, so the digests may find too much but never too little.

use jiff::civil::Date;

use super::{
    bolk::{Bolk, Spenn, bolker},
    opplysninger::Avvik,
    sokeindeks::{MINST, Sokeindeks},
};
use crate::{
    domain::{Result, Services, tilgang::Behandler},
    model::{
        FiksOrgId,
        ledsagerbevis::{Gyldighet, Ledsagerbevis, Tilstand},
        navneform::{Navneord, navneord, referanseform},
        side::{Markor, Side},
    },
    store::{
        self,
        ledsagerbevis::sok::{Gren, Merke, Sok},
    },
    system::SecretString,
};

/// Most words of a name, and longest text, that can be looked for.
const MAX_ORD: usize = 10;
const MAX_NAVN: usize = 200;
/// A digest with fewer cards than this is walked before any other, and before the blocks of a span of time.
const FAA: u64 = 1000;
/// Fewest cards that are looked at in one go.
const MINST_BUNKE: u64 = 32;

/// What a case worker looks for.
#[derive(Debug, Default)]
pub struct Sokeutvalg {
    /// Beginnings of words of the name of somebody who is on the card now.
    pub navn: Option<SecretString>,
    /// Of somebody who is on the card now.
    pub fnr: Option<SecretString>,
    pub ekstern_id: Option<SecretString>,
    pub tilstand: Option<Tilstand>,
    /// The first and the last day of expiry.
    pub fra: Option<Date>,
    pub til: Option<Date>,
}

/// The same, checked and in the form that it is compared in.
struct Sokt {
    ord: Vec<Navneord>,
    fnr: Option<SecretString>,
    ekstern_id: Option<SecretString>,
    tilstand: Option<Tilstand>,
    spenn: Spenn,
    today: Date,
}

impl Sokt {
    fn new(utvalg: Sokeutvalg, today: Date) -> Result<Self> {
        let Sokeutvalg { navn, fnr, ekstern_id, tilstand, fra, til } = utvalg;
        let mut avvik = Avvik::default();
        let ord = navn.as_ref().map(|navn| navneord(navn.expose()));
        if let (Some(navn), Some(ord)) = (&navn, &ord) {
            if navn.expose().chars().count() > MAX_NAVN || ord.len() > MAX_ORD {
                avvik.add("/navn", format!("Søk med høyst {MAX_ORD} ord og {MAX_NAVN} tegn."));
            } else if !ord.iter().any(searchable) {
                avvik.add("/navn", format!("Skriv minst {MINST} bokstaver av et navn, eller utelat feltet."));
            }
        }
        let fnr = fnr.map(|fnr| SecretString::new(fnr.expose().split_whitespace().collect()));
        if let Some(fnr) = &fnr {
            avvik.fnr("/fnr".to_owned(), fnr);
        }
        if let Some(ekstern_id) = &ekstern_id {
            avvik.ekstern_id(ekstern_id);
        }
        if fra.zip(til).is_some_and(|(fra, til)| fra > til) {
            avvik.add("/utloperTil", "Den siste dagen er før den første. Bytt dem om, eller utelat en av dem.");
        }
        avvik.end()?;
        let ekstern_id = ekstern_id.map(|text| referanseform(text.expose()));
        Ok(Self { ord: ord.unwrap_or_default(), fnr, ekstern_id, tilstand, spenn: Spenn { fra, til }, today })
    }

    /// Whether an open card is one of those that are looked for.
    fn finner(&self, bevis: &Ledsagerbevis) -> bool {
        let on = || std::iter::once(&bevis.eier).chain(&bevis.forvaltere).map(|tilknyttet| &tilknyttet.person);
        let named = |navn: &str| {
            let on = navneord(navn);
            self.ord.iter().all(|sokt| on.iter().any(|word| word.begynner_med(sokt)))
        };
        let in_time = match bevis.gyldighet {
            Gyldighet::Til(date) => self.spenn.rommer(date),
            Gyldighet::Varig => self.spenn == Spenn::default(),
        };
        let referanse = |sokt: &SecretString| referanseform(bevis.ekstern_id.expose()).expose() == sokt.expose();
        in_time
            && self.tilstand.is_none_or(|tilstand| tilstand == bevis.tilstand(self.today))
            && self.ekstern_id.as_ref().is_none_or(referanse)
            && self.fnr.as_ref().is_none_or(|fnr| on().any(|person| person.fnr.expose() == fnr.expose()))
            && on().any(|person| named(person.navn.expose()))
    }

    /// The digests that a card must stand under, when the card itself is not walked by its day.
    fn merker(&self, indeks: &Sokeindeks, organisasjon: FiksOrgId) -> Result<Vec<Merke>> {
        let mut merker = Vec::new();
        if let Some(fnr) = &self.fnr {
            merker.push(indeks.fnr(organisasjon, fnr.expose())?);
        }
        if let Some(ekstern_id) = &self.ekstern_id {
            merker.push(indeks.ekstern_id(organisasjon, ekstern_id.expose())?);
        }
        for ord in &self.ord {
            merker.extend(indeks.navn(organisasjon, ord)?);
        }
        merker.sort_unstable();
        merker.dedup();
        Ok(merker)
    }
}

fn searchable(ord: &Navneord) -> bool {
    ord.form().chars().count() >= MINST
}

impl Services {
    /// One page of the cards that fit, newest first; all cards when nothing is looked for.
    ///
    /// # Errors
    /// 400 for what cannot be looked for.
    pub async fn sok_bevis(
        &self,
        behandler: &Behandler,
        utvalg: Sokeutvalg,
        eldre_enn: Option<Markor>,
        antall: u64,
    ) -> Result<Side<Ledsagerbevis>> {
        self.vault()?;
        let sokt = Sokt::new(utvalg, self.i_dag())?;
        let Some(sok) = self.plan_sok(behandler.organisasjon, &sokt).await? else {
            return self.bevisliste(behandler, eldre_enn, antall).await;
        };
        let (mut rader, mut from) = (Vec::new(), eldre_enn);
        loop {
            let wanted = (antall + 1).saturating_sub(rader.len() as u64).max(MINST_BUNKE);
            let (found, more) =
                store::ledsagerbevis::sok::side(&self.store, behandler.organisasjon, &sok, from, wanted).await?;
            rader.extend(self.open_rader(&found).await?.into_iter().filter(|bevis| sokt.finner(bevis)));
            from = more;
            if from.is_none() || rader.len() as u64 > antall {
                break;
            }
        }
        let more = rader.len() as u64 > antall;
        rader.truncate(usize::try_from(antall).unwrap_or(usize::MAX));
        let neste = rader.last().filter(|_| more).map(|last| Markor(last.id.0));
        Ok(Side { rader, neste })
    }

    /// How to go about a search; `None` when every card fits.
    async fn plan_sok(&self, organisasjon: FiksOrgId, sokt: &Sokt) -> Result<Option<Sok>> {
        let indeks = self.sokeindeks()?;
        let blocks = bolker(sokt.tilstand, sokt.spenn, sokt.today);
        let mut merker = sokt.merker(&indeks, organisasjon)?;
        let counted = merker.len() > 1 || !merker.is_empty() && blocks.is_some();
        let mut rarest = 0;
        if counted {
            // The rarest first: the walk is then as short as it can be.
            let mut counts = Vec::new();
            for merke in merker {
                let count = store::ledsagerbevis::sok::antall_under(&self.store, merke, FAA).await?;
                counts.push((count, merke));
                if count == 0 {
                    break;
                }
            }
            counts.sort_unstable();
            rarest = counts.first().map_or(0, |(count, _)| *count);
            merker = counts.into_iter().map(|(_, merke)| merke).collect();
        }
        let Some((blocks, ends)) = blocks else {
            let mut merker = merker.into_iter();
            let grener = merker.next().map(|merke| Gren { merke, delvis: false });
            return Ok(grener.map(|gren| Sok { grener: vec![gren], ogsaa: merker.collect(), ..Sok::default() }));
        };
        if merker.is_empty() || rarest >= FAA {
            // Newest first along a common name, all the cards that end later would be in the way of those that have expired.
            let branch = |block: Bolk| Ok(Gren { merke: indeks.bolk(organisasjon, &block.navn)?, delvis: !block.hel });
            let grener = blocks.into_iter().map(branch).collect::<Result<_>>()?;
            return Ok(Some(Sok { grener, ogsaa: merker, ..days(ends) }));
        }
        let mut merker = merker.into_iter();
        let grener = merker.next().map(|merke| Gren { merke, delvis: true }).into_iter().collect();
        let revokert = sokt.tilstand.map(|tilstand| tilstand == Tilstand::Revokert);
        // A card without an end has no day, and counts.
        let varig = sokt.spenn == Spenn::default() && sokt.tilstand != Some(Tilstand::Utlopt);
        Ok(Some(Sok { grener, ogsaa: merker.collect(), varig, revokert, ..days(ends) }))
    }
}

/// In the form in which they are stored, which sorts as the days do.
fn days(spenn: Spenn) -> Sok {
    let text = |date: Date| date.to_string();
    Sok { fra: spenn.fra.map(text), til: spenn.til.map(text), ..Sok::default() }
}

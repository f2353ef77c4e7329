//! Moving a report by hand: along the state machine and nowhere else, and never away from its letter.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::omrade;
use crate::{
    domain::{Result, Services, leveranse, tilgang::Innsyn},
    model::{
        BrevId, Feil, Feilkode, KontoId, MeldingId,
        brev::Brevstatus,
        melding::{Kanal, Melding, Overgang, Tilstand},
        revisjon::Revisjon,
    },
    store::{self, Tx, admin::Omrade},
};

/// A receipt that a person gives in the name of the office's system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kvitteringstype {
    Mottatt,
    Feilet,
}

#[derive(Debug, Clone, Copy)]
enum Onske {
    Tilstand(Tilstand),
    /// With the account that it must be from, if that is said.
    Kvittering(Kvitteringstype, Option<KontoId>),
    SendPaNytt,
}

/// An act on its way into the transaction, which may run more than once.
struct Inngrep {
    omrade: Omrade,
    id: MeldingId,
    onske: Onske,
    now: Timestamp,
    /// The job that it makes, if any.
    jobb: Uuid,
    revisjon: Revisjon,
}

/// What a person can do by hand. Not among them: that it goes out as a letter, which is what the print channel has done
/// once it says so; [`Services::send_pa_nytt`] asks for that.
const FOR_HAND: [Overgang; 5] =
    [Overgang::SendTilFagsystem, Overgang::Mottatt, Overgang::Feilet, Overgang::Postlagt, Overgang::PrintAvvist];

impl Services {
    /// Puts a report in another state, with all that belongs to it: content that has arrived is erased, a report that was
    /// refused goes out as a letter now. In the state that it is in already, nothing is done.
    ///
    /// # Errors
    /// 404 outside of `innsyn`; 400 with the states that are possible now.
    pub async fn sett_tilstand(&self, innsyn: &Innsyn, id: MeldingId, tilstand: Tilstand) -> Result<()> {
        self.grip_inn(innsyn, id, Onske::Tilstand(tilstand), "oppdaterStatusByBekymringsmeldingId").await
    }

    /// The same as a receipt from the office's system would do.
    ///
    /// # Errors
    /// As [`Services::sett_tilstand`]; 400 when `konto` is not the office's.
    pub async fn sett_kvittering(
        &self,
        innsyn: &Innsyn,
        id: MeldingId,
        kvittering: Kvitteringstype,
        konto: Option<KontoId>,
    ) -> Result<()> {
        self.grip_inn(innsyn, id, Onske::Kvittering(kvittering, konto), "oppdaterStatusByMeldingId").await
    }

    /// Gives delivery a push: what is next for the report is done now, and one that waits for its office does so in the
    /// channel that the office has now, with the deadline that it had.
    ///
    /// # Errors
    /// 404 outside of `innsyn`; 400 when it is delivered.
    pub async fn send_pa_nytt(&self, innsyn: &Innsyn, id: MeldingId) -> Result<()> {
        self.grip_inn(innsyn, id, Onske::SendPaNytt, "sendOrdreById").await
    }

    async fn grip_inn(&self, innsyn: &Innsyn, id: MeldingId, onske: Onske, handling: &'static str) -> Result<()> {
        let inngrep = Inngrep {
            omrade: omrade(innsyn),
            id,
            onske,
            now: self.clock.now(),
            jobb: self.ids.uuid(),
            revisjon: self.revisjon(innsyn.aktor, None, handling, Some(id.0)),
        };
        let brev = self.store.write("inngrep", inngrep, |tx, inngrep| Box::pin(act(tx, inngrep))).await?;
        if let Some(brev) = brev {
            self.tidy(brev).await;
        }
        self.signaler.jobb.notify_one();
        self.signaler.ko.send_modify(|n| *n = n.wrapping_add(1));
        Ok(())
    }
}

/// Returns the letter that is not to be printed any more, if there is one.
async fn act(tx: &Tx, inngrep: &Inngrep) -> Result<Option<BrevId>> {
    let found = store::admin::lock(tx, &inngrep.omrade, inngrep.id).await?;
    let before = found.ok_or(Feilkode::MeldingIkkeFunnet)?;
    let brev = match inngrep.onske {
        Onske::Tilstand(wanted) => {
            if wanted == before.tilstand {
                return Ok(None);
            }
            move_to(tx, inngrep, &before, by_hand(before.tilstand, wanted)?).await?
        }
        Onske::Kvittering(kvittering, konto) => {
            let bydel = store::kommune::bydel_med_id(tx, before.bydel).await?;
            if konto.is_some() && konto != bydel.map(|bydel| bydel.konto.id) {
                return Err(Feilkode::FeilKonto.into());
            }
            let (wanted, overgang) = match kvittering {
                Kvitteringstype::Mottatt => (Tilstand::Levert, Overgang::Mottatt),
                Kvitteringstype::Feilet => (Tilstand::AvvistFagsystem, Overgang::Feilet),
            };
            if wanted == before.tilstand {
                return Ok(None);
            }
            before.tilstand.after(overgang).map_err(|_| not_possible(before.tilstand))?;
            move_to(tx, inngrep, &before, overgang).await?
        }
        Onske::SendPaNytt => {
            push(tx, inngrep, &before).await?;
            None
        }
    };
    let after = store::admin::lock(tx, &inngrep.omrade, inngrep.id).await?;
    let revisjon = Revisjon { organisasjon: Some(before.mottaker), ..inngrep.revisjon.clone() };
    let revisjon = revisjon.endring(Some(shown(&before)), after.as_ref().map(shown));
    store::revisjon::append(tx, &revisjon).await?;
    Ok(brev)
}

/// The step that leads from one state to another, if a person can make it.
fn by_hand(fra: Tilstand, til: Tilstand) -> Result<Overgang> {
    let step = FOR_HAND.into_iter().find(|overgang| fra.after(*overgang) == Ok(til));
    Ok(step.ok_or_else(|| not_possible(fra))?)
}

fn not_possible(fra: Tilstand) -> Feil {
    let possible: Vec<_> = FOR_HAND.into_iter().filter_map(|overgang| fra.after(overgang).ok()).collect();
    let possible: Vec<_> = possible.into_iter().map(Tilstand::as_str).collect();
    Feil::from(Feilkode::TilstandIkkeMulig).fakta(json!({ "tilstand": fra.as_str(), "mulige": possible }))
}

async fn move_to(tx: &Tx, inngrep: &Inngrep, melding: &Melding, overgang: Overgang) -> Result<Option<BrevId>> {
    let Inngrep { id, now, jobb, .. } = *inngrep;
    let til = melding.tilstand.after(overgang).map_err(|_| not_possible(melding.tilstand))?;
    // Whatever was on its way is overtaken; what comes instead is written below.
    store::jobb::cancel(tx, id).await?;
    if overgang == Overgang::SendTilFagsystem {
        leveranse::gjor_tilgjengelig(tx, melding, now, jobb).await?;
        return Ok(None);
    }
    let beskrivelse = tells(melding.tilstand, overgang);
    store::melding::set_tilstand(tx, id, til, now, Some(beskrivelse)).await?;
    match til {
        Tilstand::Levert => store::melding::erase(tx, id, now).await?,
        Tilstand::AvvistFagsystem => store::jobb::insert(tx, jobb, id, Kanal::Print, now).await?,
        Tilstand::Akseptert | Tilstand::SendtFagsystem | Tilstand::SendtPrint | Tilstand::AvvistPrint => {}
    }
    let brev = store::brev::klart(tx, id).await?.map(|brev| brev.id);
    if let Some(brev) = brev {
        let (status, arsak) = match til {
            Tilstand::Levert => (Brevstatus::Postlagt, None),
            _ => (Brevstatus::Avvist, Some(beskrivelse)),
        };
        store::brev::finish(tx, brev, status, now, arsak).await?;
    }
    Ok(brev)
}

/// What the history says of it.
fn tells(fra: Tilstand, overgang: Overgang) -> &'static str {
    match (fra, overgang) {
        (Tilstand::AvvistPrint, Overgang::Mottatt) => "Meldingen er fulgt opp for hånd.",
        (_, Overgang::Mottatt) => "En administrator har bekreftet at mottakeren har meldingen.",
        (_, Overgang::Feilet) => "En administrator har meldt at mottakerens system ikke kunne ta imot meldingen.",
        (_, Overgang::Postlagt) => "En administrator har bekreftet at brevet er postlagt.",
        (_, Overgang::PrintAvvist) => "En administrator har meldt at brevet ikke kunne sendes.",
        (_, Overgang::SendTilFagsystem | Overgang::SendTilPrint) => "En administrator har sendt meldingen videre.",
    }
}

async fn push(tx: &Tx, inngrep: &Inngrep, melding: &Melding) -> Result<()> {
    let Inngrep { id, now, jobb, .. } = *inngrep;
    let kanal = match melding.tilstand {
        Tilstand::Levert => return Err(Feilkode::AltLevert.into()),
        Tilstand::SendtFagsystem => {
            let bydel = store::kommune::bydel_med_id(tx, melding.bydel).await?;
            if let Some(bydel) = bydel {
                store::melding::set_kanal(tx, id, bydel.konto.kanal).await?;
            }
            return Ok(());
        }
        Tilstand::Akseptert => melding.kanal,
        Tilstand::SendtPrint => {
            // The same letter once more: it may have got lost on its way to the print supplier.
            if let Some(brev) = store::brev::klart(tx, id).await? {
                store::brev::unset_lagt_ut(tx, brev.id).await?;
            }
            Kanal::Print
        }
        Tilstand::AvvistFagsystem | Tilstand::AvvistPrint => Kanal::Print,
    };
    // A new job in place of one that waits, or that was given up; a worker that is at it finds its own gone.
    store::jobb::cancel(tx, id).await?;
    Ok(store::jobb::insert(tx, jobb, id, kanal, now).await?)
}

fn shown(melding: &Melding) -> Value {
    json!({ "tilstand": melding.tilstand.as_str(), "kanal": melding.kanal.as_str() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_can_make_these_steps_and_no_other() {
        let steps: Vec<(&str, &str)> = Tilstand::ALL
            .into_iter()
            .flat_map(|fra| Tilstand::ALL.into_iter().map(move |til| (fra, til)))
            .filter(|(fra, til)| by_hand(*fra, *til).is_ok())
            .map(|(fra, til)| (fra.as_str(), til.as_str()))
            .collect();
        assert_eq!(
            steps,
            [
                ("AKSEPTERT", "SENDT_FAGSYSTEM"),
                ("SENDT_FAGSYSTEM", "AVVIST_FAGSYSTEM"),
                ("SENDT_FAGSYSTEM", "LEVERT"),
                ("SENDT_PRINT", "AVVIST_PRINT"),
                ("SENDT_PRINT", "LEVERT"),
                ("AVVIST_PRINT", "LEVERT"),
            ]
        );
    }
}

//! What has happened to a report, who must act now, by when, and what happens otherwise: for people, in three languages,
//! with a stable code beside each text. Told from the state machine's history alone, so it holds nothing personal.

use jiff::{Timestamp, civil::Date};

use super::{
    Result, Services,
    tilgang::{Fullmakt, Hente, Sende},
};
use crate::{
    model::{
        Feilkode, MeldingId,
        hendelse::Hendelse,
        melding::{Kanal, Melding, Tilstand},
        virkedag::{kvitteringsfrist, siste_dag},
    },
    store::{self, melding::Part},
};

mod tekst;
#[cfg(test)]
mod tests;

pub use tekst::Linje;

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ansvarlig {
    Kommune,
    /// The print supplier.
    Utskrift,
    /// Whoever runs this gateway.
    Plattform,
    /// Nobody's: it is delivered.
    Ingen,
}

/// By when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frist {
    /// The last day, a working day.
    pub dato: Date,
    /// The end of that day, the Norwegian midnight.
    pub tidspunkt: Timestamp,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steg {
    pub tidspunkt: Timestamp,
    pub tilstand: Tilstand,
    pub linje: &'static Linje,
    /// What the history says besides, in bokmål.
    pub beskrivelse: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forklaring {
    pub melding: MeldingId,
    pub tilstand: Tilstand,
    /// How it is now.
    pub na: &'static Linje,
    pub ansvarlig: Ansvarlig,
    /// `None` only when it is delivered.
    pub frist: Option<Frist>,
    /// What happens when nobody acts in time; `None` only when it is delivered.
    pub ellers: Option<&'static Linje>,
    /// Oldest first.
    pub hendelser: Vec<Steg>,
}

impl Services {
    /// For the organisation that sent it.
    pub async fn forklaring_for_avsender(&self, fullmakt: &Fullmakt<Sende>, id: MeldingId) -> Result<Forklaring> {
        let part = Part::Avsender(fullmakt.organisasjon);
        let melding = store::melding::find(&self.store, part, id).await?.ok_or(Feilkode::MeldingIkkeFunnet)?;
        Ok(forklar(&melding, &store::melding::historikk(&self.store, &melding).await?))
    }

    /// For the organisation that receives it, from when it can be received.
    pub async fn forklaring_for_mottaker(&self, fullmakt: &Fullmakt<Hente>, id: MeldingId) -> Result<Forklaring> {
        let melding = self.overlevert(Part::Mottaker(fullmakt.organisasjon), id).await?;
        Ok(forklar(&melding, &store::melding::historikk(&self.store, &melding).await?))
    }
}

/// Explains a report by its history, oldest first.
pub fn forklar(melding: &Melding, historikk: &[Hendelse]) -> Forklaring {
    let before = std::iter::once(None).chain(historikk.iter().map(|entry| Some(entry.tilstand)));
    let hendelser: Vec<_> = before
        .zip(historikk)
        .map(|(before, entry)| Steg {
            tidspunkt: entry.tidspunkt,
            tilstand: entry.tilstand,
            linje: step(before, entry.tilstand),
            beskrivelse: entry.beskrivelse.clone(),
        })
        .collect();
    let last = hendelser.last().map_or(melding.mottatt, |last| last.tidspunkt);
    let (na, ansvarlig, ellers) = match melding.tilstand {
        Tilstand::Akseptert => (&tekst::SKAL_OVERLEVERES, Ansvarlig::Plattform, Some(&tekst::DRIFTEN_SER_PA_DET)),
        Tilstand::SendtFagsystem => (waiting(melding.kanal), Ansvarlig::Kommune, Some(&tekst::BREV_HVIS_IKKE)),
        Tilstand::AvvistFagsystem => (&tekst::SKAL_SOM_BREV, Ansvarlig::Plattform, Some(&tekst::DRIFTEN_SER_PA_DET)),
        Tilstand::SendtPrint => (&tekst::BREV_UNDERVEIS, Ansvarlig::Utskrift, Some(&tekst::DRIFTEN_SPOR_TRYKKERIET)),
        Tilstand::AvvistPrint => (&tekst::BREV_STOPPET, Ansvarlig::Kommune, Some(&tekst::DRIFTEN_RINGER)),
        Tilstand::Levert => (hendelser.last().map_or(&tekst::BEKREFTET, |last| last.linje), Ansvarlig::Ingen, None),
    };
    let frist = ellers.is_some().then(|| {
        let tidspunkt = melding.frist.unwrap_or_else(|| kvitteringsfrist(last));
        Frist { dato: siste_dag(tidspunkt), tidspunkt }
    });
    Forklaring { melding: melding.id, tilstand: melding.tilstand, na, ansvarlig, frist, ellers, hendelser }
}

/// What led from one state to the next.
fn step(before: Option<Tilstand>, after: Tilstand) -> &'static Linje {
    use Tilstand as T;
    match (before, after) {
        (_, T::Akseptert) => &tekst::TATT_IMOT,
        (_, T::SendtFagsystem) => &tekst::OVERLEVERT,
        (_, T::AvvistFagsystem) => &tekst::AVVIST,
        (Some(T::AvvistFagsystem), T::SendtPrint) => &tekst::BREV_ETTER_AVVISNING,
        (Some(T::SendtPrint | T::AvvistPrint), T::SendtPrint) => &tekst::NYTT_BREV,
        (_, T::SendtPrint) => &tekst::BREV_ETTER_FRIST,
        (_, T::AvvistPrint) => &tekst::BREV_AVVIST,
        (Some(T::SendtPrint), T::Levert) => &tekst::POSTLAGT,
        (Some(T::AvvistPrint), T::Levert) => &tekst::FULGT_OPP,
        (_, T::Levert) => &tekst::BEKREFTET,
    }
}

fn waiting(kanal: Kanal) -> &'static Linje {
    match kanal {
        Kanal::Fagsystem => &tekst::VENTER_FAGSYSTEM,
        Kanal::Svarinn => &tekst::VENTER_SVARINN,
        // A report that waits for its office is never in the print channel.
        Kanal::ManuellMottak | Kanal::Print => &tekst::VENTER_MANUELT,
    }
}

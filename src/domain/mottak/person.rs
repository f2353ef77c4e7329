//! A report that a person has written in a form, through a portal: made into the protocol's payload, and from there as
//! [`super::skjema`].

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Rute,
    skjema::{Mottatt, Peker, at, judge, kjennetegn, norwegian, serialise, unreadable},
};
use crate::{
    auth::Person,
    domain::{
        Result, Services,
        tilgang::{Innringer, Sende},
    },
    model::{
        Feil, Feilkode,
        melding::{Skjematype, Versjon},
    },
    skjema::{self, Innhold},
    system::SecretBytes,
};

impl Services {
    /// Accepts what a person has written in the form, through a portal.
    ///
    /// # Errors
    /// As [`Services::submit_skjema`]; and a `fnr` that is not the person's own.
    pub async fn submit_person(
        &self,
        innringer: &Innringer,
        person: &Person,
        skjematype: Skjematype,
        versjon: Versjon,
        json: SecretBytes,
    ) -> Result<Mottatt> {
        let forsegler = self.forsegler()?;
        let fullmakt = innringer.fullmakt::<Sende>(innringer.organisasjon())?;
        let portal = self.organisasjon(&fullmakt).await?;
        let form = skjema::parse::parse(json.expose()).map_err(|fault| unreadable(&fault))?;
        let innhold = protocol(form, skjematype, person, &portal.navn, self.clock.now())?;
        let advarsler = judge(&innhold, skjematype, versjon, Peker::Skjema)?;
        let text = |name: &str| innhold.get(name).and_then(Value::as_str).unwrap_or_default();
        let wrong = |_| Feil::from(Feilkode::Kropp);
        let rute = Rute {
            kommunenummer: text("kommunenummer").parse().map_err(wrong)?,
            bydelsnummer: text("bydelsnummer").parse().map_err(wrong)?,
            skjematype,
            versjon,
            fra_fagsystem: false,
        };
        // The time in the payload is the gateway's, so a repeat is known by the form and by whose it is.
        let sent = [person.pid.expose().as_bytes(), json.expose().as_slice()];
        let kjennetegn = kjennetegn(&fullmakt, rute, None, &sent, &forsegler)?;
        let json = serialise(&innhold)?;
        let lagret = self.seal_and_save(&fullmakt, rute, json, innhold, kjennetegn, forsegler).await?;
        Ok(Mottatt { lagret, advarsler })
    }
}

/// The protocol's payload out of what a form has: other names, and what the platform knows (KS, «Bekymringsmelding»).
fn protocol(form: Innhold, skjematype: Skjematype, person: &Person, portal: &str, now: Timestamp) -> Result<Innhold> {
    let (melder, barn) = match skjematype {
        Skjematype::Offentlig => ("offentligMelder", "offentligBarn"),
        Skjematype::Privat => ("privatMelder", "privatBarn"),
    };
    let own = form.pointer("/melder/fnr").and_then(Value::as_str).filter(|fnr| !fnr.is_empty());
    if own.is_some_and(|fnr| fnr != person.pid.expose()) {
        return Err(at(Feilkode::FeilPerson, "/melder/fnr"));
    }
    let hidden = form.pointer("/melder/skjultIdentitet").and_then(Value::as_bool).unwrap_or(false);
    let navn = match &person.navn {
        _ if hidden => "Skjult identitet",
        Some(navn) => navn.expose().as_str(),
        None => "Innlogget person (navn ikke oppgitt)",
    };
    let sent = format!("{:.0}", norwegian().to_datetime(now));
    Ok(form.with(|form| {
        let Some(form) = form.as_object_mut() else { return };
        for (theirs, ours) in [("melder", melder), ("barn", barn)] {
            if let Some(value) = form.remove(theirs) {
                form.insert(ours.to_owned(), value);
            }
        }
        if let Some(melder) = form.get_mut(melder).and_then(Value::as_object_mut) {
            melder.remove("fnr");
            // The form lets the number be empty, the protocol only lets it be left out.
            if melder.get("telefonnummer").and_then(Value::as_str) == Some("") {
                melder.remove("telefonnummer");
            }
            melder.remove("skjultIdentitet");
            melder.insert("personnavn".to_owned(), navn.into());
        }
        form.insert("sendingstidspunkt".to_owned(), sent.into());
        form.insert("leveringskanal".to_owned(), portal.into());
    }))
}

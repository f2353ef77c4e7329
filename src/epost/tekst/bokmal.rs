//! The texts in bokmål. `nynorsk.rs` has the same ones in the same order: change both.

use jiff::Timestamp;

use super::{Aarsak, Leser, Varsel, form, liste, punkter, stor, tid};

const UKEDAGER: tid::Ukedager = ["mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"];

/// Above and below the name of the sender.
pub(super) const HILSEN: (&str, &str) =
    ("Hilsen", "Denne e-posten er sendt automatisk. Ikke skriv personopplysninger hvis du svarer på den.");

/// Above the text.
pub(super) fn innledning(leser: Leser) -> &'static str {
    match leser {
        Leser::Kontoret => "",
        Leser::Driften => "Til dere som driver Meldeport: Varselet nedenfor er også sendt til kontoret.\n\n",
        Leser::BareDriften => {
            "Til dere som driver Meldeport: Kontoret har ingen e-postadresse som kan brukes, så varselet nedenfor er bare \
             sendt til dere. Ring kontoret, og få lagt inn en adresse.\n\n"
        }
    }
}

fn meldinger(antall: u64) -> String {
    if antall == 1 { "én bekymringsmelding".to_owned() } else { format!("{antall} bekymringsmeldinger") }
}

fn dager(antall: u16) -> String {
    if antall == 1 { "én dag".to_owned() } else { format!("{antall} dager") }
}

/// The subject, to which the office's name is added.
pub(super) fn emne(varsel: &Varsel) -> String {
    let meldinger = meldinger(varsel.antall());
    match varsel {
        Varsel::IkkeHentet { .. } => stor(&format!("{meldinger} er ikke hentet")),
        Varsel::FristNaer { .. } => format!("Fristen for å hente {meldinger} går snart ut"),
        Varsel::SendtTilPrint { .. } => stor(&format!("{meldinger} kommer som brev")),
        Varsel::AvvistPrint { .. } => format!("Dere må handle: {meldinger} er ikke levert"),
        Varsel::SertifikatUtlop { dager: 0, .. } | Varsel::PrintsertifikatUtlop { dager: 0, .. } => {
            "Sertifikatet har gått ut".to_owned()
        }
        Varsel::SertifikatUtlop { dager: igjen, .. } | Varsel::PrintsertifikatUtlop { dager: igjen, .. } => {
            format!("Sertifikatet går ut om {}", dager(*igjen))
        }
        Varsel::VersjonUtfases { tittel, avvikles: Some((_, igjen)), .. } => {
            format!("{tittel} avvikles om {}", dager(*igjen))
        }
        Varsel::VersjonUtfases { tittel, avvikles: None, .. } => format!("{tittel} er frarådet"),
    }
}

/// The text between the heading and the signature. `til` is the office with its municipality.
pub(super) fn innhold(varsel: &Varsel, til: &str) -> String {
    let antall = varsel.antall();
    let meldinger = stor(&meldinger(antall));
    let velg = |en, flere| form(antall, en, flere);
    let meldingene = velg("meldingen", "meldingene");
    let de = velg("Den", "De");
    let dem = velg("den", "dem");
    match varsel {
        Varsel::IkkeHentet { eldste, frist, .. } => {
            let den_eldste = velg("Den", "Den eldste");
            let kom = tid::tidspunkt(*eldste, &UKEDAGER);
            let fristen = velg("Fristen", "Fristen for den eldste");
            let frist = tid::dag(*frist, &UKEDAGER);
            let ellers = velg(
                "Er meldingen ikke hentet og bekreftet innen fristen, blir den sendt som brev. Da kommer den fram senere.",
                "Meldinger som ikke er hentet og bekreftet innen fristen, blir sendt som brev. Da kommer de fram senere.",
            );
            format!(
                "{meldinger} til {til} er ikke hentet. {den_eldste} kom {kom}.\n\
                 \n\
                 {fristen} er {frist}. {ellers}\n\
                 \n\
                 Dette må dere gjøre:\n\
                 1. Hent {meldingene} i fagsystemet, eller der dere ellers mottar bekymringsmeldinger, og bekreft mottaket.\n\
                 2. Henter fagsystemet meldinger av seg selv? Kontroller at det virker, og kontakt leverandøren \
                 hvis det har stoppet.\n"
            )
        }
        Varsel::FristNaer { frist, .. } => {
            let frist = tid::dag(*frist, &UKEDAGER);
            let ellers = velg(
                "Er meldingen ikke hentet og bekreftet innen fristen, blir den sendt som brev. Da kan dere ikke lenger hente \
                 den digitalt, og den kommer fram senere.",
                "Meldinger som ikke er hentet og bekreftet innen fristen, blir sendt som brev. Da kan dere ikke lenger hente \
                 dem digitalt, og de kommer fram senere.",
            );
            format!(
                "{meldinger} til {til} er ikke hentet, og fristen går ut {frist}.\n\
                 \n\
                 {ellers}\n\
                 \n\
                 Dette må dere gjøre før fristen:\n\
                 1. Hent {meldingene} i fagsystemet, eller der dere ellers mottar bekymringsmeldinger, og bekreft mottaket.\n\
                 2. Kontakt leverandøren med en gang hvis dere ikke får det til.\n"
            )
        }
        Varsel::SendtTilPrint { aarsak, .. } => {
            let (grunn, feilen) = match aarsak {
                Aarsak::IkkeKvittertInnenFrist => (
                    format!("{de} ble ikke hentet og bekreftet innen fristen, og er derfor sendt til utskrift."),
                    Some(format!("hvorfor {meldingene} ikke ble hentet")),
                ),
                Aarsak::AvvistAvFagsystem => (
                    format!(
                        "Fagsystemet meldte fra at det ikke kunne ta imot {dem}. {de} er derfor sendt til utskrift."
                    ),
                    Some(format!("hvorfor fagsystemet ikke kunne ta imot {meldingene}")),
                ),
                Aarsak::Bestilt => (format!("Noen har bedt om at {} sendes som brev.", velg("den", "de")), None),
            };
            let finn_ut = feilen.map_or_else(String::new, |feilen| {
                format!(
                    "Finn ut i dag {feilen}, så dere ikke får neste melding som brev også. Kontakt leverandøren hvis dere \
                     trenger hjelp.\n"
                )
            });
            let brevene = velg("brevet", "brevene");
            let behandle = velg("behandle brevet som en bekymringsmelding", "behandle brevene som bekymringsmeldinger");
            format!(
                "{meldinger} til {til} kommer som brev. {grunn} {de} kan ikke lenger hentes digitalt.\n\
                 \n\
                 Dette må dere gjøre:\n\
                 {}",
                punkter(&[
                    &finn_ut,
                    &format!("Følg med på posten de nærmeste dagene, og {behandle}.\n"),
                    &format!("Kontakt dem som driver Meldeport, hvis {brevene} ikke kommer.\n"),
                ])
            )
        }
        Varsel::AvvistPrint { meldinger: ider } => {
            let liste = liste(ider);
            let dem_som = velg("den", "de");
            let id = velg("ID-en", "ID-ene");
            format!(
                "{meldinger} til {til} er ikke levert. {de} ble ikke tatt imot digitalt, og kunne heller ikke sendes som \
                 brev. Meldeport prøver ikke igjen av seg selv, så noen hos dere må følge {dem} opp.\n\
                 \n\
                 Dette må dere gjøre i dag:\n\
                 1. Henter fagsystemet deres meldinger fra Meldeports eget API? Da kan det fortsatt hente {meldingene} med \
                 {id} nedenfor. Bekreft mottaket etterpå.\n\
                 2. Hvis ikke: Kontroller at kontorets postadresse er riktig i Meldeport, og send {meldingene} på nytt fra \
                 administrasjonen. Da kommer {dem_som} som brev. Dere kan også be dem som driver Meldeport, om å gjøre det.\n\
                 3. Har dere fått innholdet på en annen måte? Sett {meldingene} til levert i administrasjonen.\n\
                 \n\
                 Ikke vent. En bekymringsmelding kan gjelde et barn som trenger hjelp straks.\n\
                 \n\
                 {id} til {meldingene}:\n\
                 {liste}"
            )
        }
        Varsel::SertifikatUtlop { dager: igjen, utloper, serienummer, ventende } => {
            let serienummer = super::one_line(serienummer);
            let venter = match ventende {
                0 => "Akkurat nå venter ingen slike meldinger.".to_owned(),
                1 => "Akkurat nå venter én slik melding.".to_owned(),
                antall => format!("Akkurat nå venter {antall} slike meldinger."),
            };
            let (gaar_ut, naar) = utlop(*igjen, *utloper);
            let ellers = if *igjen == 0 {
                "Før dere har lagt inn et nytt, kan ingen sende dere bekymringsmeldinger gjennom Meldeport."
            } else {
                "Har dere ikke lagt inn et nytt innen da, kan ingen sende dere bekymringsmeldinger gjennom Meldeport."
            };
            format!(
                "Sertifikatet som bekymringsmeldinger til {til} krypteres med, {gaar_ut} {ellers}\n\
                 \n\
                 Sertifikatets serienummer: {serienummer}\n\
                 \n\
                 Dette må dere gjøre:\n\
                 1. Skaff et nytt sertifikat, og legg det inn i Meldeport {naar}.\n\
                 2. Ta vare på den private nøkkelen til det gamle sertifikatet til dere har hentet og åpnet alle meldinger \
                 som er kryptert med det. {venter}\n"
            )
        }
        Varsel::PrintsertifikatUtlop { dager: igjen, utloper, serienummer, ventende } => {
            let serienummer = super::one_line(serienummer);
            let venter = match ventende {
                0 => "Akkurat nå er alle bekymringsmeldinger levert.".to_owned(),
                1 => "Akkurat nå er det én bekymringsmelding som ikke er levert, og som kan bli til brev.".to_owned(),
                antall => {
                    format!(
                        "Akkurat nå er det {antall} bekymringsmeldinger som ikke er levert, og som kan bli til brev."
                    )
                }
            };
            let (gaar_ut, naar) = utlop(*igjen, *utloper);
            let ellers = if *igjen == 0 {
                "Før et nytt er lagt inn, kan ingen sende bekymringsmeldinger gjennom Meldeport til noen kommune."
            } else {
                "Er det ikke lagt inn et nytt innen da, kan ingen sende bekymringsmeldinger gjennom Meldeport til noen kommune."
            };
            format!(
                "Sertifikatet som brev til {til} krypteres med, {gaar_ut} {ellers}\n\
                 \n\
                 Sertifikatets serienummer: {serienummer}\n\
                 \n\
                 Dette må dere gjøre, dere som driver Meldeport:\n\
                 1. Be om et nytt sertifikat, og legg det inn i Meldeport {naar}.\n\
                 2. Be om at den private nøkkelen til det gamle sertifikatet blir tatt vare på til alle brev som er kryptert \
                 med det, er skrevet ut. {venter}\n"
            )
        }
        Varsel::VersjonUtfases { tittel, frarades, avvikles, etterfolger, siste_kall } => {
            let (frarades, siste) = (tid::dag(*frarades, &UKEDAGER), tid::dag(*siste_kall, &UKEDAGER));
            let slutt = match avvikles {
                Some((dag, igjen)) => format!(
                    "Fra {} svarer den ikke lenger, og alle kall blir avvist. Det er om {}.",
                    tid::dag(*dag, &UKEDAGER),
                    dager(*igjen)
                ),
                None => {
                    "Når den slutter å svare, er ikke bestemt. Dere får en ny e-post når datoen nærmer seg.".to_owned()
                }
            };
            let ny = match etterfolger {
                Some(ny) => format!("Gå over til {ny}. Endringsloggen viser hva som er annerledes."),
                None => "Ingen ny versjon tar over. Snakk med dem som driver Meldeport om hva dere kan gjøre i stedet."
                    .to_owned(),
            };
            format!(
                "Integrasjonen {til} bruker {tittel}, sist {siste}. Versjonen har vært frarådet siden {frarades}. {slutt}\n\
                 \n\
                 Dette må dere gjøre:\n\
                 1. {ny}\n\
                 2. Se hvilke operasjoner dere fortsatt kaller i den gamle versjonen: \
                 GET /bekymringsmelding/api/v2/bruk viser dem, dag for dag.\n\
                 \n\
                 Dere får denne e-posten fordi integrasjonen har bedt om den. \
                 DELETE /bekymringsmelding/api/v2/bruk/varsel stopper den.\n"
            )
        }
    }
}

/// What follows "sertifikatet …", and by when it must be replaced.
fn utlop(igjen: u16, utloper: Timestamp) -> (String, String) {
    let utloper = tid::tidspunkt(utloper, &UKEDAGER);
    if igjen == 0 {
        (format!("gikk ut {utloper}."), "i dag".to_owned())
    } else {
        (format!("går ut {utloper}. Det er om {}.", dager(igjen)), format!("før {utloper}"))
    }
}

//! The texts in nynorsk. `bokmal.rs` has the same ones in the same order: change both.

use jiff::Timestamp;

use super::{Aarsak, Leser, Varsel, form, liste, punkter, stor, tid};

const UKEDAGER: tid::Ukedager = ["måndag", "tysdag", "onsdag", "torsdag", "fredag", "laurdag", "søndag"];

/// Above and below the name of the sender.
pub(super) const HILSEN: (&str, &str) =
    ("Helsing", "Denne e-posten er send automatisk. Ikkje skriv personopplysningar om du svarer på han.");

/// Above the text.
pub(super) fn innledning(leser: Leser) -> &'static str {
    match leser {
        Leser::Kontoret => "",
        Leser::Driften => "Til dykk som driv Meldeport: Varselet nedanfor er òg sendt til kontoret.\n\n",
        Leser::BareDriften => {
            "Til dykk som driv Meldeport: Kontoret har inga e-postadresse som kan brukast, så varselet nedanfor er berre \
             sendt til dykk. Ring kontoret, og få lagt inn ei adresse.\n\n"
        }
    }
}

fn meldinger(antall: u64) -> String {
    if antall == 1 { "éi bekymringsmelding".to_owned() } else { format!("{antall} bekymringsmeldingar") }
}

fn dager(antall: u16) -> String {
    if antall == 1 { "éin dag".to_owned() } else { format!("{antall} dagar") }
}

/// The subject, to which the office's name is added.
pub(super) fn emne(varsel: &Varsel) -> String {
    let meldinger = meldinger(varsel.antall());
    match varsel {
        Varsel::IkkeHentet { .. } => stor(&format!("{meldinger} er ikkje henta")),
        Varsel::FristNaer { .. } => format!("Fristen for å hente {meldinger} går snart ut"),
        Varsel::SendtTilPrint { .. } => stor(&format!("{meldinger} kjem som brev")),
        Varsel::AvvistPrint { .. } => {
            format!("De må handle: {meldinger} er ikkje {}", form(varsel.antall(), "levert", "leverte"))
        }
        Varsel::SertifikatUtlop { dager: 0, .. } | Varsel::PrintsertifikatUtlop { dager: 0, .. } => {
            "Sertifikatet har gått ut".to_owned()
        }
        Varsel::SertifikatUtlop { dager: igjen, .. } | Varsel::PrintsertifikatUtlop { dager: igjen, .. } => {
            format!("Sertifikatet går ut om {}", dager(*igjen))
        }
        Varsel::VersjonUtfases { tittel, avvikles: Some((_, igjen)), .. } => {
            format!("{tittel} blir avvikla om {}", dager(*igjen))
        }
        Varsel::VersjonUtfases { tittel, avvikles: None, .. } => format!("{tittel} er frårådd"),
    }
}

/// The text between the heading and the signature. `til` is the office with its municipality.
pub(super) fn innhold(varsel: &Varsel, til: &str) -> String {
    let antall = varsel.antall();
    let meldinger = stor(&meldinger(antall));
    let velg = |en, flere| form(antall, en, flere);
    let meldingane = velg("meldinga", "meldingane");
    let dei = velg("Ho", "Dei");
    let dei_liten = velg("ho", "dei");
    match varsel {
        Varsel::IkkeHentet { eldste, frist, .. } => {
            let den_eldste = velg("Ho", "Den eldste");
            let kom = tid::tidspunkt(*eldste, &UKEDAGER);
            let fristen = velg("Fristen", "Fristen for den eldste");
            let frist = tid::dag(*frist, &UKEDAGER);
            let ellers = velg(
                "Er meldinga ikkje henta og stadfesta innan fristen, blir ho send som brev. Då kjem ho fram seinare.",
                "Meldingar som ikkje er henta og stadfesta innan fristen, blir sende som brev. Då kjem dei fram seinare.",
            );
            format!(
                "{meldinger} til {til} er ikkje henta. {den_eldste} kom {kom}.\n\
                 \n\
                 {fristen} er {frist}. {ellers}\n\
                 \n\
                 Dette må de gjere:\n\
                 1. Hent {meldingane} i fagsystemet, eller der de elles tek imot bekymringsmeldingar, og stadfest mottaket.\n\
                 2. Hentar fagsystemet meldingar av seg sjølv? Kontroller at det verkar, og kontakt \
                 leverandøren dersom det har stoppa.\n"
            )
        }
        Varsel::FristNaer { frist, .. } => {
            let frist = tid::dag(*frist, &UKEDAGER);
            let ellers = velg(
                "Er meldinga ikkje henta og stadfesta innan fristen, blir ho send som brev. Då kan de ikkje lenger hente \
                 ho digitalt, og ho kjem fram seinare.",
                "Meldingar som ikkje er henta og stadfesta innan fristen, blir sende som brev. Då kan de ikkje lenger hente \
                 dei digitalt, og dei kjem fram seinare.",
            );
            format!(
                "{meldinger} til {til} er ikkje henta, og fristen går ut {frist}.\n\
                 \n\
                 {ellers}\n\
                 \n\
                 Dette må de gjere før fristen:\n\
                 1. Hent {meldingane} i fagsystemet, eller der de elles tek imot bekymringsmeldingar, og stadfest mottaket.\n\
                 2. Kontakt leverandøren med ein gong dersom de ikkje får det til.\n"
            )
        }
        Varsel::SendtTilPrint { aarsak, .. } => {
            let sende = velg("send", "sende");
            let (grunn, feilen) = match aarsak {
                Aarsak::IkkeKvittertInnenFrist => (
                    format!("{dei} blei ikkje henta og stadfesta innan fristen, og er derfor {sende} til utskrift."),
                    Some(format!("kvifor {meldingane} ikkje blei henta")),
                ),
                Aarsak::AvvistAvFagsystem => (
                    format!(
                        "Fagsystemet melde frå om at det ikkje kunne ta imot {dei_liten}. {dei} er derfor {sende} til utskrift."
                    ),
                    Some(format!("kvifor fagsystemet ikkje kunne ta imot {meldingane}")),
                ),
                Aarsak::Bestilt => (format!("Nokon har bede om at {dei_liten} skal sendast som brev."), None),
            };
            let finn_ut = feilen.map_or_else(String::new, |feilen| {
                format!(
                    "Finn ut i dag {feilen}, så de ikkje får neste melding som brev òg. Kontakt leverandøren dersom de \
                     treng hjelp.\n"
                )
            });
            let breva = velg("brevet", "breva");
            let behandle = velg("behandle brevet som ei bekymringsmelding", "behandle breva som bekymringsmeldingar");
            format!(
                "{meldinger} til {til} kjem som brev. {grunn} {dei} kan ikkje lenger hentast digitalt.\n\
                 \n\
                 Dette må de gjere:\n\
                 {}",
                punkter(&[
                    &finn_ut,
                    &format!("Følg med på posten dei nærmaste dagane, og {behandle}.\n"),
                    &format!("Kontakt dei som driv Meldeport, dersom {breva} ikkje kjem.\n"),
                ])
            )
        }
        Varsel::AvvistPrint { meldinger: ider } => {
            let liste = liste(ider);
            let (leverte, tekne) = (velg("levert", "leverte"), velg("teken imot", "tekne imot"));
            let id = velg("ID-en", "ID-ane");
            format!(
                "{meldinger} til {til} er ikkje {leverte}. {dei} blei ikkje {tekne} digitalt, og kunne heller ikkje \
                 sendast som brev. Meldeport prøver ikkje igjen av seg sjølv, så nokon hos dykk må følgje {dei_liten} opp.\n\
                 \n\
                 Dette må de gjere i dag:\n\
                 1. Hentar fagsystemet dykkar meldingar frå Meldeport sitt eige API? Då kan det framleis hente {meldingane} \
                 med {id} nedanfor. Stadfest mottaket etterpå.\n\
                 2. Om ikkje: Kontroller at postadressa til kontoret er rett i Meldeport, og send {meldingane} på nytt frå \
                 administrasjonen. Då kjem {dei_liten} som brev. De kan òg be dei som driv Meldeport, om å gjere det.\n\
                 3. Har de fått innhaldet på ein annan måte? Set {meldingane} til levert i administrasjonen.\n\
                 \n\
                 Ikkje vent. Ei bekymringsmelding kan gjelde eit barn som treng hjelp straks.\n\
                 \n\
                 {id} til {meldingane}:\n\
                 {liste}"
            )
        }
        Varsel::SertifikatUtlop { dager: igjen, utloper, serienummer, ventende } => {
            let serienummer = super::one_line(serienummer);
            let ventar = match ventende {
                0 => "Akkurat no ventar ingen slike meldingar.".to_owned(),
                1 => "Akkurat no ventar éi slik melding.".to_owned(),
                antall => format!("Akkurat no ventar {antall} slike meldingar."),
            };
            let (gaar_ut, naar) = utlop(*igjen, *utloper);
            let ellers = if *igjen == 0 {
                "Før de har lagt inn eit nytt, kan ingen sende dykk bekymringsmeldingar gjennom Meldeport."
            } else {
                "Har de ikkje lagt inn eit nytt innan då, kan ingen sende dykk bekymringsmeldingar gjennom Meldeport."
            };
            format!(
                "Sertifikatet som bekymringsmeldingar til {til} blir krypterte med, {gaar_ut} {ellers}\n\
                 \n\
                 Serienummeret til sertifikatet: {serienummer}\n\
                 \n\
                 Dette må de gjere:\n\
                 1. Skaff eit nytt sertifikat, og legg det inn i Meldeport {naar}.\n\
                 2. Ta vare på den private nøkkelen til det gamle sertifikatet til de har henta og opna alle meldingane \
                 som er krypterte med det. {ventar}\n"
            )
        }
        Varsel::PrintsertifikatUtlop { dager: igjen, utloper, serienummer, ventende } => {
            let serienummer = super::one_line(serienummer);
            let ventar = match ventende {
                0 => "Akkurat no er alle bekymringsmeldingar leverte.".to_owned(),
                1 => "Akkurat no er det éi bekymringsmelding som ikkje er levert, og som kan bli til brev.".to_owned(),
                antall => {
                    format!(
                        "Akkurat no er det {antall} bekymringsmeldingar som ikkje er leverte, og som kan bli til brev."
                    )
                }
            };
            let (gaar_ut, naar) = utlop(*igjen, *utloper);
            let ellers = if *igjen == 0 {
                "Før eit nytt er lagt inn, kan ingen sende bekymringsmeldingar gjennom Meldeport til nokon kommune."
            } else {
                "Er det ikkje lagt inn eit nytt innan då, kan ingen sende bekymringsmeldingar gjennom Meldeport til nokon \
                 kommune."
            };
            format!(
                "Sertifikatet som brev til {til} blir krypterte med, {gaar_ut} {ellers}\n\
                 \n\
                 Serienummeret til sertifikatet: {serienummer}\n\
                 \n\
                 Dette må de gjere, de som driv Meldeport:\n\
                 1. Be om eit nytt sertifikat, og legg det inn i Meldeport {naar}.\n\
                 2. Be om at den private nøkkelen til det gamle sertifikatet blir teken vare på til alle brev som er \
                 krypterte med det, er skrivne ut. {ventar}\n"
            )
        }
        Varsel::VersjonUtfases { tittel, frarades, avvikles, etterfolger, siste_kall } => {
            let (frarades, siste) = (tid::dag(*frarades, &UKEDAGER), tid::dag(*siste_kall, &UKEDAGER));
            let slutt = match avvikles {
                Some((dag, igjen)) => format!(
                    "Frå {} svarer han ikkje lenger, og alle kall blir avviste. Det er om {}.",
                    tid::dag(*dag, &UKEDAGER),
                    dager(*igjen)
                ),
                None => {
                    "Når han sluttar å svare, er ikkje bestemt. De får ein ny e-post når datoen nærmar seg.".to_owned()
                }
            };
            let ny = match etterfolger {
                Some(ny) => format!("Gå over til {ny}. Endringsloggen viser kva som er annleis."),
                None => "Ingen ny versjon tek over. Snakk med dei som driv Meldeport om kva de kan gjere i staden."
                    .to_owned(),
            };
            format!(
                "Integrasjonen {til} bruker {tittel}, sist {siste}. Versjonen har vore frårådd sidan {frarades}. {slutt}\n\
                 \n\
                 Dette må de gjere:\n\
                 1. {ny}\n\
                 2. Sjå kva operasjonar de framleis kallar i den gamle versjonen: \
                 GET /bekymringsmelding/api/v2/bruk viser dei, dag for dag.\n\
                 \n\
                 De får denne e-posten fordi integrasjonen har bede om han. \
                 DELETE /bekymringsmelding/api/v2/bruk/varsel stoppar han.\n"
            )
        }
    }
}

/// What follows "sertifikatet …", and by when it must be replaced.
fn utlop(igjen: u16, utloper: Timestamp) -> (String, String) {
    let utloper = tid::tidspunkt(utloper, &UKEDAGER);
    if igjen == 0 {
        (format!("gjekk ut {utloper}."), "i dag".to_owned())
    } else {
        (format!("går ut {utloper}. Det er om {}.", dager(igjen)), format!("før {utloper}"))
    }
}

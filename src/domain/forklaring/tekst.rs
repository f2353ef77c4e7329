//! The words. Each line is said of one report, to its sender and to the municipality alike, in plain bokmål, nynorsk and
//! English. Codes are part of the published API and are never renamed; texts may be made better.

/// One thing that is said, with its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linje {
    pub kode: &'static str,
    pub nb: &'static str,
    pub nn: &'static str,
    pub en: &'static str,
}

macro_rules! linjer {
    ($($name:ident = { nb: $nb:literal, nn: $nn:literal, en: $en:literal $(,)? };)*) => {
        $(pub(super) static $name: Linje = Linje { kode: stringify!($name), nb: $nb, nn: $nn, en: $en };)*

        #[cfg(test)]
        pub(super) static ALL: &[&Linje] = &[$(&$name,)*];
    };
}

linjer! {
    // What happened.
    TATT_IMOT = {
        nb: "Meldingen ble tatt imot og lagret kryptert.",
        nn: "Meldinga vart teken imot og lagra kryptert.",
        en: "The report was accepted and stored encrypted.",
    };
    OVERLEVERT = {
        nb: "Meldingen ble gjort tilgjengelig for barnevernstjenesten i kommunen.",
        nn: "Meldinga vart gjord tilgjengeleg for barnevernstenesta i kommunen.",
        en: "The report was made available to the municipality's child welfare service.",
    };
    AVVIST = {
        nb: "Systemet i kommunen kunne ikke ta imot meldingen.",
        nn: "Systemet i kommunen kunne ikkje ta imot meldinga.",
        en: "The municipality's system could not take the report.",
    };
    BREV_ETTER_FRIST = {
        nb: "Kommunen bekreftet ikke meldingen innen fristen. Den ble sendt til utskrift som brev.",
        nn: "Kommunen stadfesta ikkje meldinga innan fristen. Ho vart send til utskrift som brev.",
        en: "The municipality did not confirm the report in time. It was sent to be printed as a letter.",
    };
    BREV_ETTER_AVVISNING = {
        nb: "Meldingen ble sendt til utskrift som brev fordi systemet i kommunen ikke kunne ta den imot.",
        nn: "Meldinga vart send til utskrift som brev fordi systemet i kommunen ikkje kunne ta ho imot.",
        en: "The report was sent to be printed as a letter because the municipality's system could not take it.",
    };
    NYTT_BREV = {
        nb: "Meldingen ble sendt til utskrift som brev en gang til.",
        nn: "Meldinga vart send til utskrift som brev ein gong til.",
        en: "The report was sent to be printed as a letter once more.",
    };
    BREV_AVVIST = {
        nb: "Brevet kunne ikke sendes.",
        nn: "Brevet kunne ikkje sendast.",
        en: "The letter could not be sent.",
    };
    BEKREFTET = {
        nb: "Kommunen har bekreftet at den har meldingen. Innholdet er slettet her.",
        nn: "Kommunen har stadfesta at han har meldinga. Innhaldet er sletta her.",
        en: "The municipality has confirmed that it has the report. Its content has been erased here.",
    };
    POSTLAGT = {
        nb: "Brevet er levert til posten. Innholdet er slettet her.",
        nn: "Brevet er levert til posten. Innhaldet er sletta her.",
        en: "The letter has been handed to the post. Its content has been erased here.",
    };
    FULGT_OPP = {
        nb: "Brevet kunne ikke sendes, og meldingen er fulgt opp på en annen måte. Innholdet er slettet her.",
        nn: "Brevet kunne ikkje sendast, og meldinga er følgd opp på ein annan måte. Innhaldet er sletta her.",
        en: "The letter could not be sent, and the report has been followed up in another way. Its content has been erased here.",
    };

    // How it is now.
    SKAL_OVERLEVERES = {
        nb: "Meldingen er trygt lagret. Vi gjør den tilgjengelig for barnevernstjenesten, som regel i løpet av noen sekunder.",
        nn: "Meldinga er trygt lagra. Vi gjer ho tilgjengeleg for barnevernstenesta, som regel i løpet av nokre sekund.",
        en: "The report is safely stored. We make it available to the child welfare service, usually within seconds.",
    };
    VENTER_FAGSYSTEM = {
        nb: "Meldingen venter på at fagsystemet i kommunen henter og bekrefter den.",
        nn: "Meldinga ventar på at fagsystemet i kommunen hentar og stadfestar ho.",
        en: "The report waits for the municipality's case system to fetch and confirm it.",
    };
    VENTER_SVARINN = {
        nb: "Meldingen venter på at kommunen henter og bekrefter den i SvarInn.",
        nn: "Meldinga ventar på at kommunen hentar og stadfestar ho i SvarInn.",
        en: "The report waits for the municipality to fetch and confirm it in SvarInn.",
    };
    VENTER_MANUELT = {
        nb: "Meldingen venter på at en saksbehandler i kommunen henter og bekrefter den.",
        nn: "Meldinga ventar på at ein saksbehandlar i kommunen hentar og stadfestar ho.",
        en: "The report waits for a case worker in the municipality to fetch and confirm it.",
    };
    SKAL_SOM_BREV = {
        nb: "Systemet i kommunen kunne ikke ta imot meldingen. Vi sender den til utskrift som brev.",
        nn: "Systemet i kommunen kunne ikkje ta imot meldinga. Vi sender ho til utskrift som brev.",
        en: "The municipality's system could not take the report. We send it to be printed as a letter.",
    };
    BREV_UNDERVEIS = {
        nb: "Meldingen er på vei som brev. Trykkeriet skal skrive det ut og levere det til posten.",
        nn: "Meldinga er på veg som brev. Trykkeriet skal skrive det ut og levere det til posten.",
        en: "The report is on its way as a letter. The print supplier is to print it and hand it to the post.",
    };
    BREV_STOPPET = {
        nb: "Brevet kunne ikke sendes. Barnevernstjenesten må hente meldingen og bekrefte den, eller rette adressen sin og be om \
             et nytt brev.",
        nn: "Brevet kunne ikkje sendast. Barnevernstenesta må hente meldinga og stadfeste ho, eller rette adressa si og be om \
             eit nytt brev.",
        en: "The letter could not be sent. The child welfare service must fetch the report and confirm it, or correct its \
             address and ask for a new letter.",
    };

    // What happens otherwise.
    BREV_HVIS_IKKE = {
        nb: "Hvis kommunen ikke bekrefter innen fristen, går meldingen ut som brev til barnevernstjenesten.",
        nn: "Om kommunen ikkje stadfestar innan fristen, går meldinga ut som brev til barnevernstenesta.",
        en: "If the municipality does not confirm it in time, the report goes out to the child welfare service as a letter.",
    };
    DRIFTEN_SER_PA_DET = {
        nb: "Hvis det ikke har skjedd innen fristen, må de som driver denne tjenesten, finne ut hva som stopper det.",
        nn: "Om det ikkje har skjedd innan fristen, må dei som driv denne tenesta, finne ut kva som stoggar det.",
        en: "If it has not happened in time, those who run this service must find out what stops it.",
    };
    DRIFTEN_SPOR_TRYKKERIET = {
        nb: "Hvis brevet ikke er levert til posten innen fristen, må de som driver denne tjenesten, ta det opp med trykkeriet.",
        nn: "Om brevet ikkje er levert til posten innan fristen, må dei som driv denne tenesta, ta det opp med trykkeriet.",
        en: "If the letter is not with the post in time, those who run this service must take it up with the print supplier.",
    };
    DRIFTEN_RINGER = {
        nb: "Hvis ingen har gjort noe innen fristen, må de som driver denne tjenesten, ta kontakt med kommunen.",
        nn: "Om ingen har gjort noko innan fristen, må dei som driv denne tenesta, ta kontakt med kommunen.",
        en: "If nobody has acted in time, those who run this service must contact the municipality.",
    };
}

//! What the printed card and the letter about it say. `{…}` is filled in.

use super::Ord;

ord! {
    // the card
    KORTARK = "Ledsagerbevis til utskrift", "Ledsagarbevis til utskrift";
    RETTLEDNING =
        "Klipp langs merkene, brett på midten og lim sidene sammen. Kortet blir like stort som et bankkort.",
        "Klipp langs merka, brett på midten og lim sidene saman. Kortet blir like stort som eit bankkort.";
    LEDSAGERBEVIS = "Ledsagerbevis", "Ledsagarbevis";
    EN_LEDSAGER = "Gjelder for én ledsager", "Gjeld for éin ledsagar";
    TO_LEDSAGERE = "Gjelder for to ledsagere", "Gjeld for to ledsagarar";
    GYLDIG_TIL = "Gyldig til og med {dato}", "Gyldig til og med {dato}";
    VARIG = "Varig: uten sluttdato", "Varig: utan sluttdato";
    UTSTEDT_AV = "Utstedt av {utsteder}", "Utferda av {utsteder}";
    BILDE = "Bilde av den som har ledsagerbeviset", "Bilete av den som har ledsagarbeviset";
    UTEN_BILDE = "Uten bilde. Vises sammen med legitimasjon.", "Utan bilete. Blir vist saman med legitimasjon.";
    OM_KORTET_EN =
        "Den som har kortet, kan ta med seg én ledsager gratis der ledsagerbevis blir godtatt.",
        "Den som har kortet, kan ta med seg éin ledsagar gratis der ledsagarbevis blir godteke.";
    OM_KORTET_TO =
        "Den som har kortet, kan ta med seg to ledsagere gratis der ledsagerbevis blir godtatt.",
        "Den som har kortet, kan ta med seg to ledsagarar gratis der ledsagarbevis blir godteke.";
    PERSONLIG =
        "Kortet er personlig. Sammenlign bildet med den som viser det.",
        "Kortet er personleg. Samanlikn biletet med den som viser det.";
    PERSONLIG_UTEN_BILDE = "Kortet er personlig.", "Kortet er personleg.";
    KONTROLLER =
        "Skann koden for å se om kortet er ekte og fortsatt gjelder: ",
        "Skann koden for å sjå om kortet er ekte og framleis gjeld: ";
    KODE = "QR-kode til å kontrollere kortet med", "QR-kode til å kontrollere kortet med";
    FUNNET = "Funnet kort leveres til {utsteder}.", "Funne kort blir levert til {utsteder}.";

    // the letter
    VEDTAK = "Vedtak om ledsagerbevis", "Vedtak om ledsagarbevis";
    DATO = "Dato", "Dato";
    REFERANSE = "Referanse", "Referanse";
    DU_FAR =
        "Hei, {navn}. {utsteder} har vedtatt at du får ledsagerbevis.",
        "Hei, {navn}. {utsteder} har vedteke at du får ledsagarbevis.";
    DU_KAN_EN =
        "Du kan ta med deg én ledsager når du skal på kino, teater, konsert, kamp og lignende. Du velger selv hvem som følger deg.",
        "Du kan ta med deg éin ledsagar når du skal på kino, teater, konsert, kamp og liknande. Du vel sjølv kven som følgjer deg.";
    DU_KAN_TO =
        "Du kan ta med deg to ledsagere når du skal på kino, teater, konsert, kamp og lignende. Du velger selv hvem som følger deg.",
        "Du kan ta med deg to ledsagarar når du skal på kino, teater, konsert, kamp og liknande. Du vel sjølv kven som følgjer deg.";
    GJELDER_TIL =
        "Ledsagerbeviset gjelder til og med {dato}. Trenger du det lenger, må du søke på nytt før den tid.",
        "Ledsagarbeviset gjeld til og med {dato}. Treng du det lenger, må du søkje på nytt før den tid.";
    GJELDER_VARIG = "Ledsagerbeviset er varig. Det har ingen sluttdato.", "Ledsagarbeviset er varig. Det har ingen sluttdato.";
    SELV_BETALE =
        "Du betaler for deg selv som vanlig. Arrangøren bestemmer om ledsagerbevis blir godtatt.",
        "Du betaler for deg sjølv som vanleg. Arrangøren avgjer om ledsagarbevis blir godteke.";
    PA_TELEFONEN = "Slik viser du beviset på telefonen", "Slik viser du beviset på telefonen";
    LOGG_INN =
        "Du logger inn med nummeret som er registrert på deg, det som slutter på {slutt}. Be om en kode, og skriv inn koden som du får på SMS. Vi ber deg aldri om å gi koden til andre.",
        "Du loggar inn med nummeret som er registrert på deg, det som sluttar på {slutt}. Be om ein kode, og skriv inn koden som du får på SMS. Vi ber deg aldri om å gi koden til andre.";
    NYTT_NUMMER = "Har du fått nytt nummer, må du si fra til {utsteder}.", "Har du fått nytt nummer, må du seie frå til {utsteder}.";
    HVEM = "Hvem som kan vise beviset for deg", "Kven som kan vise beviset for deg";
    FORVALTERE =
        "Disse kan også logge inn med sitt eget nummer og vise ledsagerbeviset for deg:",
        "Desse kan òg logge inn med sitt eige nummer og vise ledsagarbeviset for deg:";
    INGEN_FORVALTERE =
        "Ingen andre enn du kan vise ledsagerbeviset. Si fra hvis noen skal kunne vise det for deg.",
        "Ingen andre enn du kan vise ledsagarbeviset. Sei frå dersom nokon skal kunne vise det for deg.";
    KLAGE = "Du kan klage på vedtaket", "Du kan klage på vedtaket";
    KLAGEFRIST =
        "Er du uenig i vedtaket, kan du klage til {utsteder}. Fristen er tre uker fra du fikk dette brevet. Det står i forvaltningsloven §§ 28 og 29.",
        "Er du usamd i vedtaket, kan du klage til {utsteder}. Fristen er tre veker frå du fekk dette brevet. Det står i forvaltningslova §§ 28 og 29.";
    KLAGE_SLIK =
        "Skriv hvilket vedtak du klager på, hva du vil ha endret, og gjerne hvorfor. Husk å skrive under. Trenger du hjelp til å klage, eller vil du se papirene i saken, kan du spørre oss. Er vi ikke enige med deg, sender vi klagen videre til klageinstansen.",
        "Skriv kva vedtak du klagar på, kva du vil ha endra, og gjerne kvifor. Hugs å skrive under. Treng du hjelp til å klage, eller vil du sjå papira i saka, kan du spørje oss. Er vi ikkje samde med deg, sender vi klaga vidare til klageinstansen.";
    SPORSMAL = "Har du spørsmål?", "Har du spørsmål?";
    TA_KONTAKT = "Ta kontakt med {utsteder}.", "Ta kontakt med {utsteder}.";
    EPOST = "E-post: {kontakt}", "E-post: {kontakt}";
    TELEFON = "Telefon: {kontakt}", "Telefon: {kontakt}";
    POST = "Post: ", "Post: ";
    HILSEN = "Med vennlig hilsen", "Med venleg helsing";
    ELEKTRONISK =
        "Brevet er laget elektronisk og har derfor ingen underskrift.",
        "Brevet er laga elektronisk og har derfor inga underskrift.";
}

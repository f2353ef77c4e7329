//! The catalogue in Norwegian. Codes that belong to a report's form, its envelope or a certificate have texts of their own
//! where they are defined, in the same two parts; only what they do not cover is told here.

use std::borrow::Cow;

use super::{Forklaring, Kode};
use crate::model::Feilkode::{self, *};

pub fn forklar(kode: Kode) -> Forklaring {
    let defined = |text: String| match text.split_once(". ") {
        Some((betyr, gjor)) => Forklaring { betyr: format!("{betyr}.").into(), gjor: gjor.to_owned().into() },
        None => Forklaring { betyr: text.into(), gjor: "Rett opp, og send på nytt.".into() },
    };
    match kode {
        Kode::Generell(kode) => {
            let (betyr, gjor) = generell(kode);
            Forklaring { betyr: Cow::Borrowed(betyr), gjor: Cow::Borrowed(gjor) }
        }
        Kode::Konvolutt(fault) => defined(fault.melding()),
        Kode::Sertifikat(fault) => defined(fault.melding()),
        Kode::Skjema(fault) => defined(fault.text().to_owned()),
    }
}

pub fn gruppe(prefix: &str) -> Option<&'static str> {
    Some(match prefix {
        "TILGANG" => "Tilgang: hvem du er, og hva du har lov til",
        "ROLLE" => "Roller for personer",
        "FORESPORSEL" => "Forespørselen selv",
        "IDEMPOTENS" => "Å sende om igjen",
        "BEKYMRINGSMELDING" => "Bekymringsmeldinger",
        "SKJEMA" => "Meldinger som JSON",
        "KONVOLUTT" => "Krypterte konvolutter",
        "MANUELT_MOTTAK" => "Manuelt mottak",
        "BREV" => "Brev",
        "KONFIGURASJON" => "Oppsett av mottak",
        "SERTIFIKAT" => "Sertifikater som lastes opp",
        "NOKKELBEVIS" => "Bevis på den private nøkkelen",
        "LEDSAGERBEVIS" => "Ledsagerbevis",
        "BILDE" => "Bilder på ledsagerbevis",
        "PERSONSOK" => "Oppslag av personer",
        "INNBYGGER" => "Innbyggerens egne ledsagerbevis",
        "SERVER" => "Hos oss",
        _ => return None,
    })
}

/// What it means, and what to do.
fn generell(kode: Feilkode) -> (&'static str, &'static str) {
    match kode {
        TokenMangler => (
            "Kallet har ikke noe token fra Maskinporten.",
            "Hent et token med scopet ks:fiks, og send det i hodet Authorization som «Bearer <token>».",
        ),
        TokenUgyldig => (
            "Tokenet kan ikke kontrolleres, eller er utstedt av et annet Maskinporten-miljø enn det vi stoler på.",
            "Hent et nytt token fra riktig miljø. Kontroller at utstederen (iss) er den som driften har oppgitt.",
        ),
        TokenUtlopt => (
            "Tokenet er gyldig, men tiden er ute. Et token varer i to minutter eller mindre.",
            "Hent et nytt token og gjør kallet om igjen. Hent gjerne nytt litt før det gamle går ut.",
        ),
        ScopeMangler => (
            "Tokenet er gyldig, men gjelder ikke for oss.",
            "Be om scopet ks:fiks når du henter tokenet. Har klienten ikke scopet, må virksomheten få det tildelt.",
        ),
        IntegrasjonMangler => (
            "Kallet mangler ett av eller begge hodene IntegrasjonId og IntegrasjonPassord.",
            "Send begge i alle kall, sammen med tokenet.",
        ),
        IntegrasjonUgyldig => (
            "Vi kjenner ikke integrasjonen, eller passordet er et annet.",
            "Kontroller id og passord. Er passordet mistet, må den som drifter tjenesten, lage et nytt.",
        ),
        IntegrasjonDeaktivert => {
            ("Integrasjonen finnes, men er slått av.", "Be den som forvalter integrasjonen, om å slå den på igjen.")
        }
        FeilOrganisasjon => (
            "Organisasjonen i tokenet (consumer) er en annen enn den som eier integrasjonen.",
            "Bruk token og integrasjon som hører sammen. En leverandør må ha et token som er delegert fra kunden.",
        ),
        PrivilegiumMangler => (
            "Integrasjonen er kjent, men har ikke rettigheten som kallet krever, for denne organisasjonen.",
            "Be den som forvalter integrasjonen, om å gi den rettigheten.",
        ),
        PersontokenMangler => (
            "Kallet gjøres for en person, men har ikke noe token fra ID-porten.",
            "Send personens token i hodet Authorization som «Bearer <token>».",
        ),
        PersontokenUgyldig => {
            ("Tokenet fra ID-porten kan ikke kontrolleres, eller tiden er ute.", "La personen logge inn på nytt.")
        }
        SvarinnMangler => (
            "Kallet har ikke brukernavn og passord.",
            "Send dem som HTTP Basic: integrasjonens id og passordet til bydelens SvarInn-konto.",
        ),
        SvarinnUgyldig => (
            "Brukernavnet er ikke en SvarInn-konto, eller passordet er et annet.",
            "Kontroller integrasjonens id og passordet. Kommunen kan lage et nytt passord.",
        ),
        NivaForLavt => (
            "Personen har logget inn på et lavere sikkerhetsnivå enn det som kreves.",
            "La personen logge inn på nivå betydelig eller høyt.",
        ),
        RolleMangler => (
            "Personen er kjent, men har ikke rollen som dette krever, i denne organisasjonen.",
            "Be en administrator i organisasjonen om å gi rollen.",
        ),
        EgenRolle => ("Ingen kan gi seg selv en rolle.", "Be en annen administrator i organisasjonen om å gjøre det."),
        SisteHovedadministrator => (
            "Rollen tilhører den eneste hovedadministratoren i organisasjonen, og kan ikke fjernes.",
            "Gi rollen til en annen først.",
        ),
        RolleIkkeFunnet => {
            ("Organisasjonen har ingen rolle med denne id-en.", "Hent listen over roller, og bruk en id derfra.")
        }
        UgyldigFnr => (
            "Feltet «fnr» er ikke et gyldig fødselsnummer eller D-nummer.",
            "Kontroller de elleve sifrene og send på nytt.",
        ),
        PersonerIkkeTilgjengelig => (
            "Installasjonen er ikke satt opp for personer som logger inn med ID-porten.",
            "Bruk en integrasjon, eller be driften om å sette opp ID-porten.",
        ),
        NokkelkildeNede => (
            "Vi får ikke hentet nøklene som tokenet skal kontrolleres med.",
            "Gjør kallet om igjen om litt. Tokenet er det trolig ingenting galt med.",
        ),
        UkjentAdresse => (
            "Ingen operasjon har denne adressen.",
            "Sammenlign adressen med API-dokumentasjonen, også versjonen (v1 eller v2) og store og små bokstaver.",
        ),
        VersjonAvviklet => (
            "Denne versjonen av tjenesten er avviklet og svarer ikke lenger.",
            "Gå over til versjonen som svaret viser. Hva som er nytt i den, står i endringsloggen til tjenesten.",
        ),
        Metode => (
            "Adressen finnes, men tar ikke imot denne HTTP-metoden.",
            "Hodet Allow i svaret viser hvilke metoder den tar imot.",
        ),
        Parameter => (
            "Et parameter i adressen, spørredelen eller et hode har feil form.",
            "Svarteksten sier hvilket. Kontroller det mot API-dokumentasjonen.",
        ),
        Innholdstype => (
            "Hodet Content-Type mangler eller har en type som operasjonen ikke tar imot.",
            "Se i API-dokumentasjonen hvilken type operasjonen tar imot, for eksempel application/json.",
        ),
        Kropp => (
            "Innholdet i forespørselen kan ikke leses.",
            "Kontroller at det er bygd opp slik API-dokumentasjonen viser, og at hele innholdet ble sendt.",
        ),
        DelMangler => (
            "En av de to delene i en multipart-melding mangler, eller er der to ganger.",
            "Send nøyaktig én del «bekymringsmelding» og én del «asice».",
        ),
        ForStor => (
            "Meldingen er større enn vi tar imot: begge delene til sammen kan være 5 MB (5 242 880 byte).",
            "Gjør vedleggene mindre, for eksempel ved å komprimere bilder i PDF-en.",
        ),
        ForMange => (
            "Integrasjonen gjør flere kall enn den har lov til på kort tid, eller det kommer for mange fra den samme nettadressen.",
            "Vent så mange sekunder som hodet Retry-After sier, og gjør kallet om igjen.",
        ),
        AdresseForLang => (
            "Adressen er lengre enn vi leser. Ingen av operasjonene trenger så mye.",
            "Kontroller spørredelen. Det som ikke er et parameter i API-dokumentasjonen, skal ikke være med.",
        ),
        HoderForStore => (
            "Hodene er større enn vi leser. Ingen av operasjonene trenger så mye.",
            "Se hvilke hoder programmet eller en mellomtjener legger til, og la være med dem som ikke trengs.",
        ),
        Rekkevidde => (
            "Hodet Range ber om en del av innholdet som ikke finnes.",
            "Hodet Content-Range viser hvor langt innholdet er. Be om en del innenfor, eller hele.",
        ),
        IdempotensNokkel => (
            "Hodet Idempotency-Key har feil form.",
            "Bruk 1 til 255 synlige ASCII-tegn, for eksempel en ny UUID for hver melding.",
        ),
        IdempotensAnnetInnhold => (
            "Denne Idempotency-Key er alt brukt til en annen melding.",
            "Bruk en ny nøkkel for hver melding, og samme nøkkel bare når du sender nøyaktig de samme bytene om igjen.",
        ),
        IdempotensUnderveis => (
            "Et kall med samme Idempotency-Key er under behandling akkurat nå.",
            "Vent så mange sekunder som hodet Retry-After sier, og send det samme om igjen. Da får du svaret.",
        ),
        KommuneUkjent => (
            "Kommunen finnes ikke her, eller har ikke tatt i bruk tjenesten.",
            "Kontroller kommunenummeret mot listen over kommuner.",
        ),
        BydelUkjent => (
            "Kommunen har ingen aktiv bydel med dette nummeret.",
            "Hent listen over bydeler, og bruk standardmottakeren når du er i tvil.",
        ),
        NokkelMangler => (
            "Mottakeren har ikke noe gyldig sertifikat akkurat nå, så meldingen kan ikke krypteres.",
            "Prøv igjen senere. Haster det, ring barnevernstjenesten.",
        ),
        VersjonIkkeStottet => (
            "Bydelen tar ikke imot denne versjonen av skjemaet, og en kryptert melding kan ikke gjøres om.",
            "Lag meldingen på nytt i den versjonen som står i errorJson, og send den.",
        ),
        FeilAdresse => (
            "Kommunenummer eller bydelsnummer i meldingen er et annet enn i adressen.",
            "Kontroller hvem meldingen er til. De skal være like begge steder.",
        ),
        Sendingstidspunkt => (
            "Feltet sendingstidspunkt har en tidssone, eller er ikke omtrent nå.",
            "Skriv norsk lokal tid uten tidssone, for eksempel 2026-01-01T12:00:00, og lag feltet når du sender.",
        ),
        FeilPerson => (
            "Fødselsnummeret til melderen er et annet enn i innloggingen.",
            "Send meldingen for personen som er logget inn.",
        ),
        JsonIkkeTilgjengelig => (
            "Installasjonen har ikke eget sertifikat, og tar derfor bare imot krypterte meldinger.",
            "Krypter meldingen, og send den som multipart.",
        ),
        MeldingIkkeFunnet => (
            "Meldingen finnes ikke, eller hører til en annen organisasjon.",
            "Kontroller id-ene i adressen: både organisasjonens og meldingens.",
        ),
        OrganisasjonIkkeFunnet => (
            "Organisasjonen finnes ikke, eller integrasjonen har ingen rettigheter der.",
            "Kontroller Fiks-organisasjons-id-en i adressen.",
        ),
        FeilTilstand => (
            "Meldingen er i en tilstand der dette ikke kan gjøres.",
            "Hent statusen for å se hva som har skjedd med meldingen.",
        ),
        FeilKanal => (
            "Meldingen er overlevert i en annen kanal enn den du spør i.",
            "Hent og kvitter den i kanalen som svaret viser.",
        ),
        KontoUkjent => (
            "Kontoen finnes ikke, eller du har ingen rettigheter der.",
            "Kontroller konto-id-en i adressen. Bydelens oppsett viser den.",
        ),
        IngenMelding => ("Det venter ingen melding i kontoen.", "Se etter igjen senere."),
        IkkeHentet => (
            "Du har ikke hentet innholdet i meldingen du vil bekrefte. Å bekrefte sletter det her.",
            "Hent innholdet, ta vare på det, og bekreft så.",
        ),
        IkkeSett => (
            "Du har ikke sett på meldingen som er først i køen.",
            "Hent opplysningene om den før du avviser den, eller oppgi meldingId.",
        ),
        UkjentMeldingstype => (
            "Svaret har en meldingstype som ikke finnes.",
            "Bruk no.ks.fiks.bekymringsmelding.mottatt.v1 eller no.ks.fiks.bekymringsmelding.feilet.v1.",
        ),
        TilstandIkkeMulig => (
            "Meldingen kan ikke settes i denne tilstanden fra den den er i.",
            "Velg en av tilstandene som svaret viser.",
        ),
        AltLevert => (
            "Meldingen er levert, og innholdet er slettet. Den kan ikke sendes på nytt.",
            "Spør kommunen om de har den. Mangler den der, må avsenderen sende en ny melding.",
        ),
        FeilKonto => (
            "Kontoen hører ikke til bydelen som meldingen er til.",
            "Kontroller fiksIoKonto, eller la feltet stå tomt.",
        ),
        Slettet => (
            "Innholdet er slettet fordi meldingen er kvittert ut.",
            "Bruk kopien fra da du kvitterte. Svaret viser når det skjedde.",
        ),
        FeilmeldingPersondata => (
            "Feilmeldingen ser ut til å inneholde et fødselsnummer.",
            "Beskriv den tekniske feilen uten personopplysninger, og send den igjen.",
        ),
        BrevIkkeFunnet => {
            ("Brevet finnes ikke.", "Kontroller id-en mot listen over ventende brev eller mot manifestet.")
        }
        BrevFeilStatus => (
            "Brevet er alt postlagt eller avvist, så dette kan ikke gjøres.",
            "Svaret viser statusen. Er den feil, må en person se på det.",
        ),
        BrevSlettet => ("Innholdet er slettet fordi brevet er postlagt.", "Ingenting: brevet er ute av køen."),
        KonfigurasjonUgyldig => (
            "Noe i innholdet kan ikke brukes, og ingenting er endret.",
            "Svaret viser hva som må rettes. Rett alt, og send på nytt.",
        ),
        KonfigurasjonKommune => (
            "Organisasjonen er ikke registrert som mottaker for én bestemt kommune.",
            "Be den som drifter tjenesten, om å registrere kommunen.",
        ),
        KonfigurasjonBydel => (
            "Bydelen finnes ikke, eller hører til en organisasjon du ikke forvalter.",
            "Hent listen over bydeler og kontroller id-en.",
        ),
        KonfigurasjonIntegrasjon => (
            "Bydelen har ingen slik integrasjon som organisasjonen selv eier.",
            "Hent bydelen, og kontroller id-en og integrasjonstypen.",
        ),
        BydelsnummerOpptatt => (
            "Kommunen har alt en bydel med dette nummeret.",
            "Velg et annet nummer, eller endre den andre bydelen først.",
        ),
        BydelUferdig => (
            "Bydelen mangler noe som den må ha for å være aktiv.",
            "Svaret viser hva som mangler. Legg det inn og prøv igjen.",
        ),
        BydelInaktiv => ("Bydelen er ikke aktiv, og kan derfor ikke være standardmottaker.", "Aktiver den først."),
        MaHaStandardmottaker => (
            "Bydelen er standardmottaker mens andre bydeler er aktive, og kan ikke slås av.",
            "Velg en annen standardmottaker først.",
        ),
        NokkelbevisUkjent => (
            "Det venter ikke noe sertifikat med denne id-en.",
            "Hent bydelen for å se om nøkkelen er tatt i bruk. Hvis ikke: last opp sertifikatet på nytt.",
        ),
        NokkelbevisFeil => (
            "Svaret er et annet enn det som ligger i utfordringen.",
            "Åpne utfordringen med den private nøkkelen til sertifikatet, og send innholdet som base64.",
        ),
        LedsagerbevisIkkeSattOpp => (
            "Installasjonen har ingen nøkkel til å verne personopplysninger med, og tar derfor ikke vare på ledsagerbevis.",
            "Be den som drifter tjenesten, om å sette opp ledsagerbevis.data_key_files.",
        ),
        GruppeIkkeFunnet => {
            ("Organisasjonen har ingen gruppe med denne id-en.", "Hent listen over grupper og kontroller id-en.")
        }
        GruppenavnOpptatt => ("En annen av organisasjonens grupper heter det samme.", "Velg et annet navn."),
        SisteGruppeadministrator => (
            "Gruppen ville stått uten noen administrator, og en gruppeadministrator kan ikke la det skje.",
            "Legg til en annen administrator først. Hovedadministratoren kan fjerne den siste.",
        ),
        LedsagerbevisForMange => (
            "Organisasjonen har så mange grupper, eller gruppen så mange medlemmer, som det kan være.",
            "Svaret viser hvor mange. Fjern noen som ikke lenger skal være med.",
        ),
        SvarutkontoIkkeFunnet => (
            "Organisasjonen har ingen aktiv SvarUt-konto med denne id-en.",
            "Hent listen over kontoer. Mangler kontoen, registrerer den som drifter tjenesten, den.",
        ),
        BevisIkkeFunnet => (
            "Organisasjonen har ikke noe ledsagerbevis med denne id-en. Det kan høre til en annen organisasjon.",
            "Hent listen over ledsagerbevis og kontroller id-en.",
        ),
        BevisUgyldig => (
            "Noe i innholdet kan ikke brukes, og ingenting er lagret.",
            "Listen avvik i svaret viser hvert sted som må rettes, med en peker og hva som er galt.",
        ),
        PdfIkkeTilgjengelig => (
            "Installasjonen er bygd uten det som lager PDF-er, så kort og brev kan ikke skrives ut.",
            "Be driften om å bygge programmet med PDF. Alt annet virker som ellers.",
        ),
        BevisRevokert => ("Ledsagerbeviset er trukket tilbake og kan ikke endres.", "Utsted et nytt ledsagerbevis."),
        BevisUtlopt => {
            ("Den siste dagen ledsagerbeviset gjelder, er passert.", "Be kommunen om å forlenge ledsagerbeviset.")
        }
        DelingIkkeTillatt => (
            "Ledsagerbeviset er delt med den som kaller. Bare eieren og forvalterne ser og bestemmer hvem det deles med.",
            "Be eieren eller en forvalter om å gjøre det.",
        ),
        DelingIkkeFunnet => (
            "Ledsagerbeviset har aldri vært delt med denne id-en.",
            "Hent listen over hvem ledsagerbeviset er delt med, og bruk id-en derfra.",
        ),
        DeltForOfte => (
            "Ledsagerbeviset er delt 20 ganger det siste døgnet. Hver gang får mottakeren en SMS.",
            "Vent så lenge som hodet Retry-After sier, og prøv igjen.",
        ),
        KortForOfte => (
            "Med dette telefonnummeret er ledsagerbeviset hentet til 20 telefoner, og kopiene gjelder fortsatt.",
            "Hent det på nytt fra en av telefonene, eller vent så lenge som hodet Retry-After sier.",
        ),
        KortIkkeSattOpp => (
            "Installasjonen har ingen nøkkel til å signere kort med, og utsteder derfor ikke ledsagerbevis til telefonen.",
            "Be den som drifter tjenesten, om å sette opp ledsagerbevis.issuer_key_files.",
        ),
        InnehaverbevisUgyldig => (
            "Beviset på at telefonen har nøkkelen, er ikke et JWT som OpenID4VCI beskriver, eller det er for gammelt eller til noen andre.",
            "Feltet grunn i svaret sier hva som er galt. Lag et nytt bevis med en ny engangsverdi.",
        ),
        EngangsverdiUgyldig => (
            "Engangsverdien er ikke en som innbyggeren har fått, eller den er brukt eller eldre enn fem minutter.",
            "Hent en ny engangsverdi, og lag et nytt bevis på nøkkelen med den i nonce.",
        ),
        ForvalterIkkeFunnet => (
            "Ledsagerbeviset har aldri hatt en forvalter med dette fødselsnummeret.",
            "Hent ledsagerbeviset og kontroller hvem som er forvaltere.",
        ),
        BildeIkkeFunnet => (
            "Organisasjonen har ikke noe bilde av denne personen. Et bilde som ikke blir brukt på et ledsagerbevis, slettes etter et døgn.",
            "Last opp et bilde.",
        ),
        BildeForStort => (
            "Bildet har for mange byte eller piksler. Det kan være 10 MB og ha 50 millioner piksler.",
            "Lag et mindre bilde og prøv igjen. Vi lagrer det uansett ikke større enn 1000 piksler.",
        ),
        BildeFormat => (
            "Filen er ikke et bilde i et format vi åpner: JPEG, PNG eller WebP.",
            "Lagre bildet som JPEG. HEIC fra iPhone tas ikke imot; velg «Mest kompatibel» i innstillingene for kameraet.",
        ),
        BildeUgyldig => (
            "Bildet kan ikke åpnes, eller det er så lite at ingen kan kjennes igjen på det.",
            "Ta et nytt bilde, eller lagre det på nytt. Det må være minst 100 piksler bredt og høyt.",
        ),
        BildeMangler => (
            "Forespørselen er ikke en opplasting med én del «bilde».",
            "Send bildet som multipart/form-data i delen «bilde», og gjerne personens fødselsnummer i delen «fnr».",
        ),
        PersonregisterNede => {
            ("Personregisteret svarer ikke akkurat nå.", "Skriv inn opplysningene for hånd, eller prøv igjen om litt.")
        }
        UgyldigTelefonnummer => (
            "Telefonnummeret har ikke en form som det kan sendes SMS til.",
            "Skriv åtte sifre for et norsk nummer, ellers landkode med + foran.",
        ),
        EngangspassordForMange => (
            "Det er bedt om for mange koder til dette nummeret, eller fra denne adressen. Det sier ikke noe om nummeret er registrert.",
            "Vent så lenge som hodet Retry-After sier. Den siste koden som ble sendt, kan fortsatt brukes så lenge den varer.",
        ),
        EngangspassordFeil => (
            "Koden er feil, brukt, gått ut eller gjettet på for mange ganger. En kode varer i fem minutter og tåler fem forsøk.",
            "Kontroller de seks sifrene. Er det for sent, be om en ny kode.",
        ),
        InnbyggertokenMangler => (
            "Kallet mangler tokenet som innbyggeren fikk ved innlogging.",
            "Be om en engangskode, bytt den i et token, og send tokenet i hodet Authorization som «Bearer <token>».",
        ),
        InnbyggertokenUgyldig => (
            "Tokenet er ukjent eller har gått ut. Det varer i tolv timer.",
            "Be om en ny engangskode og logg inn på nytt.",
        ),
        Intern => (
            "Noe gikk galt hos oss.",
            "Gjør kallet om igjen. Fortsetter det, gi errorId til driften: med den finner de hva som skjedde.",
        ),
        Utilgjengelig => (
            "Tjenesten kan ikke lagre eller hente akkurat nå.",
            "Gjør kallet om igjen om litt. Den samme meldingen kan trygt sendes på nytt.",
        ),
        LagringFull => (
            "Det er ikke plass til å lagre meldingen, og den er ikke tatt imot.",
            "Send den igjen senere. Haster det, ring barnevernstjenesten.",
        ),
    }
}

//! What can go wrong, as callers see it: a stable code, an HTTP status and a text in plain Norwegian for each.
//!
//! Codes are part of the published API: one that has been released is never renamed or reused.

use serde_json::Value;

macro_rules! feilkoder {
    ($($(#[$doc:meta])* $name:ident = $code:literal $status:literal $text:literal;)*) => {
        /// A kind of error. The text says what happened and what the caller can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Feilkode {
            $($(#[$doc])* $name,)*
        }

        impl Feilkode {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable `errorCode`.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status that goes with it.
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// What happened and what to do, in Norwegian.
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

feilkoder! {
    TokenMangler = "TILGANG.TOKEN_MANGLER" 401
        "Kallet mangler Maskinporten-token. Send det i hodet Authorization som «Bearer <token>».";
    TokenUgyldig = "TILGANG.TOKEN_UGYLDIG" 401
        "Maskinporten-tokenet ble ikke godtatt. Hent et nytt token fra riktig Maskinporten-miljø og prøv igjen.";
    TokenUtlopt = "TILGANG.TOKEN_UTLOPT" 401
        "Maskinporten-tokenet har gått ut. Hent et nytt token og prøv igjen.";
    ScopeMangler = "TILGANG.SCOPE_MANGLER" 403
        "Maskinporten-tokenet mangler scopet ks:fiks. Be om dette scopet når du henter token.";
    IntegrasjonMangler = "TILGANG.INTEGRASJON_MANGLER" 401
        "Kallet mangler hodene IntegrasjonId og IntegrasjonPassord. Begge må være med i alle kall.";
    IntegrasjonUgyldig = "TILGANG.INTEGRASJON_UGYLDIG" 401
        "Integrasjonen finnes ikke, eller passordet er feil. Kontroller IntegrasjonId og IntegrasjonPassord.";
    IntegrasjonDeaktivert = "TILGANG.INTEGRASJON_DEAKTIVERT" 403
        "Integrasjonen er slått av. Den som forvalter integrasjonen, kan slå den på igjen.";
    FeilOrganisasjon = "TILGANG.FEIL_ORGANISASJON" 401
        "Organisasjonen i Maskinporten-tokenet eier ikke denne integrasjonen. Bruk token og integrasjon som hører sammen.";
    PrivilegiumMangler = "TILGANG.PRIVILEGIUM_MANGLER" 403
        "Integrasjonen har ikke rettigheten som dette kallet krever. Be den som forvalter integrasjonen, om å gi den.";
    PersontokenMangler = "TILGANG.PERSONTOKEN_MANGLER" 401
        "Kallet mangler token fra ID-porten for personen som melder. Send det i hodet Authorization som «Bearer <token>».";
    PersontokenUgyldig = "TILGANG.PERSONTOKEN_UGYLDIG" 401
        "Tokenet fra ID-porten ble ikke godtatt, eller det har gått ut. La personen logge inn på nytt.";
    SvarinnMangler = "TILGANG.SVARINN_MANGLER" 401
        "Kallet mangler brukernavn og passord. Send dem som HTTP Basic: integrasjonens id og passordet til bydelens SvarInn-konto.";
    SvarinnUgyldig = "TILGANG.SVARINN_UGYLDIG" 401
        "Brukernavnet er ikke en SvarInn-konto, eller passordet er feil. Kontroller integrasjonens id og passordet.";
    NivaForLavt = "TILGANG.NIVA_FOR_LAVT" 403
        "Innloggingen har for lavt sikkerhetsnivå. La personen logge inn på nivå betydelig eller høyt.";
    RolleMangler = "TILGANG.ROLLE_MANGLER" 403
        "Du har ikke rollen som dette krever. Be en administrator i organisasjonen om å gi deg den.";
    EgenRolle = "ROLLE.EGEN_ROLLE" 403
        "Du kan ikke gi deg selv en rolle. Be en annen administrator i organisasjonen om å gjøre det.";
    SisteHovedadministrator = "ROLLE.SISTE_HOVEDADMINISTRATOR" 409
        "Organisasjonen må alltid ha minst én hovedadministrator. Gi rollen til en annen først.";
    RolleIkkeFunnet = "ROLLE.IKKE_FUNNET" 404
        "Organisasjonen har ingen rolle med denne id-en. Hent listen over roller.";
    UgyldigFnr = "ROLLE.UGYLDIG_FNR" 400
        "Feltet «fnr» er ikke et gyldig fødselsnummer eller D-nummer. Kontroller de elleve sifrene.";
    PersonerIkkeTilgjengelig = "TILGANG.PERSONER_IKKE_TILGJENGELIG" 501
        "Denne installasjonen er ikke satt opp for personer som logger inn med ID-porten. Bruk en integrasjon.";
    NokkelkildeNede = "TILGANG.NOKKELKILDE_NEDE" 503
        "Vi får ikke kontrollert Maskinporten-tokenet fordi nøklene ikke kan hentes akkurat nå. Prøv igjen om litt.";
    UkjentAdresse = "FORESPORSEL.UKJENT_ADRESSE" 404
        "Adressen finnes ikke. Kontroller den mot API-dokumentasjonen.";
    Metode = "FORESPORSEL.METODE" 405
        "Adressen finnes, men tar ikke imot denne metoden. Hodet Allow viser hvilke den tar imot.";
    VersjonAvviklet = "FORESPORSEL.VERSJON_AVVIKLET" 410
        "Denne versjonen av tjenesten er avviklet og svarer ikke lenger. Svaret viser hvilken versjon du skal bruke.";
    Parameter = "FORESPORSEL.PARAMETER" 400
        "Et parameter i kallet har feil form.";
    Innholdstype = "FORESPORSEL.INNHOLDSTYPE" 415
        "Innholdstypen i hodet Content-Type støttes ikke her. Se API-dokumentasjonen for hvilken som skal brukes.";
    Kropp = "FORESPORSEL.KROPP" 400
        "Innholdet i forespørselen kan ikke leses. Kontroller at det er bygd opp slik API-dokumentasjonen viser.";
    DelMangler = "FORESPORSEL.DEL_MANGLER" 400
        "Forespørselen skal ha nøyaktig én del «bekymringsmelding» og én del «asice».";
    ForStor = "FORESPORSEL.FOR_STOR" 413
        "Meldingen er for stor. Delene «bekymringsmelding» og «asice» kan til sammen være 5 MB.";
    ForMange = "FORESPORSEL.FOR_MANGE" 429
        "Det kommer for mange kall fra denne integrasjonen. Vent så lenge som hodet Retry-After sier, og prøv igjen.";
    AdresseForLang = "FORESPORSEL.ADRESSE_FOR_LANG" 414
        "Adressen er for lang. Med spørredelen kan den være 8 kB.";
    HoderForStore = "FORESPORSEL.HODER_FOR_STORE" 431
        "Hodene i forespørselen er for store. Til sammen kan de være 32 kB.";
    Rekkevidde = "FORESPORSEL.REKKEVIDDE" 416
        "Det er bedt om en del av innholdet som ikke finnes. Hodet Content-Range viser hvor langt innholdet er.";
    IdempotensNokkel = "IDEMPOTENS.UGYLDIG_NOKKEL" 400
        "Idempotency-Key skal være 1 til 255 synlige ASCII-tegn, for eksempel en UUID.";
    IdempotensAnnetInnhold = "IDEMPOTENS.ANNET_INNHOLD" 422
        "Denne Idempotency-Key er alt brukt til en annen melding. Bruk en ny nøkkel for hver melding.";
    IdempotensUnderveis = "IDEMPOTENS.UNDERVEIS" 409
        "Et kall med samme Idempotency-Key er under behandling. Vent så lenge som hodet Retry-After sier, og prøv igjen.";
    KommuneUkjent = "BEKYMRINGSMELDING.KOMMUNE_UKJENT" 404
        "Kommunen finnes ikke her, eller har ikke tatt i bruk tjenesten. Kontroller kommunenummeret.";
    BydelUkjent = "BEKYMRINGSMELDING.BYDEL_UKJENT" 404
        "Kommunen har ikke en aktiv bydel med dette nummeret. Hent listen over bydeler, og bruk standardmottakeren når du er i tvil.";
    NokkelMangler = "BEKYMRINGSMELDING.NOKKEL_MANGLER" 409
        "Mottakeren har ikke et gyldig sertifikat akkurat nå, så meldingen kan ikke krypteres. Prøv igjen senere, eller ring barnevernstjenesten hvis det haster.";
    VersjonIkkeStottet = "BEKYMRINGSMELDING.VERSJON_IKKE_STOTTET" 422
        "Bydelen tar ikke imot denne versjonen av skjemaet, og vi kan ikke gjøre om en kryptert melding. Lag meldingen på nytt i en versjon som bydelen støtter.";
    FeilAdresse = "SKJEMA.FEIL_ADRESSE" 400
        "Kommunenummer og bydelsnummer i meldingen skal være de samme som i adressen. Kontroller hvem meldingen er til.";
    Sendingstidspunkt = "SKJEMA.SENDINGSTIDSPUNKT" 400
        "Feltet sendingstidspunkt skal være norsk lokal tid uten tidssone, for eksempel 2026-01-01T12:00:00, og omtrent nå.";
    FeilPerson = "SKJEMA.FEIL_PERSON" 403
        "Fødselsnummeret til melderen er ikke det samme som i innloggingen. Send meldingen for personen som er logget inn.";
    JsonIkkeTilgjengelig = "SKJEMA.IKKE_TILGJENGELIG" 501
        "Denne installasjonen tar bare imot krypterte meldinger. Krypter meldingen, og send den som multipart.";
    MeldingIkkeFunnet = "BEKYMRINGSMELDING.IKKE_FUNNET" 404
        "Meldingen finnes ikke, eller hører til en annen organisasjon. Kontroller id-ene i adressen.";
    OrganisasjonIkkeFunnet = "BEKYMRINGSMELDING.ORGANISASJON_IKKE_FUNNET" 404
        "Organisasjonen finnes ikke, eller integrasjonen har ingen rettigheter der. Kontroller Fiks-organisasjons-id-en i adressen.";
    FeilTilstand = "BEKYMRINGSMELDING.FEIL_TILSTAND" 409
        "Meldingen er i en tilstand der dette ikke kan gjøres. Hent statusen for å se hva som har skjedd.";
    FeilKanal = "BEKYMRINGSMELDING.FEIL_KANAL" 409
        "Meldingen er overlevert i en annen kanal, og må hentes og kvitteres der. Svaret viser hvilken.";
    KontoUkjent = "MANUELT_MOTTAK.KONTO_UKJENT" 404
        "Kontoen finnes ikke, eller du har ingen rettigheter der. Kontroller konto-id-en i adressen.";
    IngenMelding = "MANUELT_MOTTAK.INGEN_MELDING" 400
        "Det venter ingen melding i kontoen. Se etter igjen senere.";
    IkkeHentet = "MANUELT_MOTTAK.IKKE_HENTET" 400
        "Du har ikke hentet innholdet i meldingen. Hent det og ta vare på det før du bekrefter; innholdet slettes her når meldingen er bekreftet.";
    IkkeSett = "MANUELT_MOTTAK.IKKE_SETT" 400
        "Du har ikke sett på meldingen som er først i køen. Hent opplysningene om den før du avviser den.";
    UkjentMeldingstype = "MANUELT_MOTTAK.MELDINGSTYPE" 400
        "Svaret skal ha meldingstypen no.ks.fiks.bekymringsmelding.mottatt.v1 eller no.ks.fiks.bekymringsmelding.feilet.v1.";
    TilstandIkkeMulig = "BEKYMRINGSMELDING.TILSTAND_IKKE_MULIG" 400
        "Meldingen kan ikke settes i denne tilstanden fra den den er i. Svaret viser hvilke tilstander som er mulige nå.";
    AltLevert = "BEKYMRINGSMELDING.ALT_LEVERT" 400
        "Meldingen er levert, og innholdet er slettet. Den kan ikke sendes på nytt.";
    FeilKonto = "BEKYMRINGSMELDING.FEIL_KONTO" 400
        "Kontoen hører ikke til bydelen som meldingen er til. Kontroller fiksIoKonto, eller la den stå tom.";
    Slettet = "BEKYMRINGSMELDING.SLETTET" 410
        "Innholdet er slettet fordi meldingen er kvittert ut.";
    FeilmeldingPersondata = "BEKYMRINGSMELDING.FEILMELDING_PERSONDATA" 400
        "Feilmeldingen ser ut til å inneholde et fødselsnummer. Beskriv den tekniske feilen uten personopplysninger.";
    BrevIkkeFunnet = "BREV.IKKE_FUNNET" 404
        "Brevet finnes ikke. Kontroller id-en mot listen over ventende brev eller manifestet.";
    BrevFeilStatus = "BREV.FEIL_STATUS" 409
        "Brevet er alt postlagt eller avvist, så dette kan ikke gjøres. Svaret viser statusen.";
    BrevSlettet = "BREV.SLETTET" 410
        "Innholdet er slettet fordi brevet er postlagt.";
    KonfigurasjonUgyldig = "KONFIGURASJON.UGYLDIG" 400
        "Noe i innholdet kan ikke brukes. Svaret viser hva som må rettes, og ingenting er endret.";
    KonfigurasjonKommune = "KONFIGURASJON.KOMMUNE_MANGLER" 404
        "Organisasjonen er ikke registrert som mottaker for én bestemt kommune. Be den som drifter tjenesten, om å registrere kommunen.";
    KonfigurasjonBydel = "KONFIGURASJON.BYDEL_IKKE_FUNNET" 404
        "Bydelen finnes ikke, eller hører til en organisasjon du ikke forvalter. Hent listen over bydeler og kontroller id-en.";
    KonfigurasjonIntegrasjon = "KONFIGURASJON.INTEGRASJON_IKKE_FUNNET" 404
        "Bydelen har ingen slik integrasjon som organisasjonen selv eier. Hent bydelen og kontroller id-en og integrasjonstypen.";
    BydelsnummerOpptatt = "KONFIGURASJON.BYDELSNUMMER_OPPTATT" 409
        "Kommunen har alt en bydel med dette nummeret. Velg et annet nummer, eller endre den andre bydelen først.";
    BydelUferdig = "KONFIGURASJON.BYDEL_UFERDIG" 409
        "Bydelen mangler noe som den må ha for å være aktiv. Svaret viser hva som mangler. Legg det inn og prøv igjen.";
    BydelInaktiv = "KONFIGURASJON.BYDEL_INAKTIV" 409
        "Bydelen er ikke aktiv, og kan derfor ikke være standardmottaker. Aktiver den først.";
    MaHaStandardmottaker = "KONFIGURASJON.MA_HA_STANDARDMOTTAKER" 409
        "Bydelen er standardmottaker, og andre bydeler er aktive. Velg en annen standardmottaker først.";
    NokkelbevisUkjent = "NOKKELBEVIS.IKKE_FUNNET" 404
        "Det venter ikke noe sertifikat med denne id-en. Hent bydelen for å se om nøkkelen er tatt i bruk; hvis ikke, last opp sertifikatet på nytt.";
    NokkelbevisFeil = "NOKKELBEVIS.FEIL_SVAR" 422
        "Svaret er ikke det som ligger i utfordringen. Åpne utfordringen med den private nøkkelen til sertifikatet, og send innholdet som base64.";
    LedsagerbevisIkkeSattOpp = "LEDSAGERBEVIS.IKKE_SATT_OPP" 501
        "Denne installasjonen er ikke satt opp for ledsagerbevis. Be den som drifter tjenesten, om å gjøre det.";
    BevisIkkeFunnet = "LEDSAGERBEVIS.IKKE_FUNNET" 404
        "Organisasjonen har ikke noe ledsagerbevis med denne id-en. Hent listen over ledsagerbevis og kontroller id-en.";
    BevisUgyldig = "LEDSAGERBEVIS.UGYLDIG" 400
        "Noe i innholdet kan ikke brukes. Svaret viser hva som må rettes, og ingenting er lagret.";
    BevisRevokert = "LEDSAGERBEVIS.REVOKERT" 409
        "Ledsagerbeviset er trukket tilbake og kan ikke endres. Utsted et nytt.";
    BevisUtlopt = "LEDSAGERBEVIS.UTLOPT" 409
        "Ledsagerbeviset er utløpt. Be kommunen om å forlenge det.";
    PdfIkkeTilgjengelig = "LEDSAGERBEVIS.PDF_IKKE_TILGJENGELIG" 501
        "Denne installasjonen er bygd uten PDF, så kort og brev kan ikke skrives ut her. Spør driften om en utgave med PDF.";
    KortIkkeSattOpp = "LEDSAGERBEVIS.KORT_IKKE_SATT_OPP" 501
        "Denne installasjonen utsteder ikke ledsagerbevis til telefonen. Be den som drifter tjenesten, om å sette det opp.";
    InnehaverbevisUgyldig = "LEDSAGERBEVIS.INNEHAVERBEVIS_UGYLDIG" 400
        "Beviset på at telefonen har nøkkelen, kan ikke brukes. Svaret viser hva som er galt. Lag et nytt og prøv igjen.";
    EngangsverdiUgyldig = "LEDSAGERBEVIS.ENGANGSVERDI_UGYLDIG" 400
        "Engangsverdien er ukjent, brukt eller gått ut. Hent en ny, og lag et nytt bevis på nøkkelen med den.";
    ForvalterIkkeFunnet = "LEDSAGERBEVIS.FORVALTER_IKKE_FUNNET" 404
        "Ledsagerbeviset har aldri hatt en forvalter med dette fødselsnummeret. Hent ledsagerbeviset og kontroller hvem som er forvaltere.";
    BildeIkkeFunnet = "BILDE.IKKE_FUNNET" 404
        "Det er ikke lastet opp noe bilde av denne personen hos organisasjonen. Last opp et.";
    BildeForStort = "BILDE.FOR_STORT" 413
        "Bildet er for stort. Filen kan være 10 MB. Lag et mindre bilde og prøv igjen.";
    BildeFormat = "BILDE.FORMAT" 415
        "Filen er ikke et bilde i formatet JPEG, PNG eller WebP. Lagre bildet i et av dem og prøv igjen.";
    BildeUgyldig = "BILDE.UGYLDIG" 400
        "Bildet kan ikke åpnes. Det er trolig skadet. Ta et nytt bilde, eller lagre det på nytt og prøv igjen.";
    BildeMangler = "BILDE.MANGLER" 400
        "Forespørselen skal ha nøyaktig én del «bilde», og høyst én del «fnr».";
    PersonregisterNede = "PERSONSOK.REGISTER_NEDE" 503
        "Personregisteret svarer ikke akkurat nå. Skriv inn opplysningene for hånd, eller prøv igjen om litt.";
    UgyldigTelefonnummer = "INNBYGGER.UGYLDIG_TELEFONNUMMER" 400
        "Telefonnummeret har feil form. Skriv åtte sifre, eller landkode med + foran.";
    EngangspassordForMange = "INNBYGGER.FOR_MANGE_KODER" 429
        "Det er bedt om for mange koder. Vent så lenge som hodet Retry-After sier, og prøv igjen.";
    EngangspassordFeil = "INNBYGGER.FEIL_KODE" 401
        "Koden er feil, brukt eller gått ut. Kontroller de seks sifrene, eller be om en ny kode.";
    DelingIkkeTillatt = "INNBYGGER.KAN_IKKE_DELE" 403
        "Ledsagerbeviset er delt med deg, og bare eieren og forvalterne kan se og bestemme hvem det deles med. Be en av dem.";
    DelingIkkeFunnet = "INNBYGGER.DELING_IKKE_FUNNET" 404
        "Ledsagerbeviset er ikke delt med denne id-en. Hent listen over hvem det er delt med.";
    DeltForOfte = "INNBYGGER.DELT_FOR_OFTE" 429
        "Ledsagerbeviset er delt for mange ganger det siste døgnet. Vent så lenge som hodet Retry-After sier, og prøv igjen.";
    KortForOfte = "INNBYGGER.KORT_FOR_OFTE" 429
        "Ledsagerbeviset er hentet til for mange telefoner den siste måneden. Bruk en av dem, eller vent så lenge som hodet Retry-After sier.";
    InnbyggertokenMangler = "INNBYGGER.TOKEN_MANGLER" 401
        "Kallet mangler token. Logg inn med engangskode, og send tokenet i hodet Authorization som «Bearer <token>».";
    InnbyggertokenUgyldig = "INNBYGGER.TOKEN_UGYLDIG" 401
        "Innloggingen er ikke gyldig lenger. Be om en ny engangskode og logg inn på nytt.";
    GruppeIkkeFunnet = "LEDSAGERBEVIS.GRUPPE_IKKE_FUNNET" 404
        "Organisasjonen har ingen gruppe med denne id-en. Hent listen over grupper og kontroller id-en.";
    GruppenavnOpptatt = "LEDSAGERBEVIS.GRUPPENAVN_OPPTATT" 409
        "Organisasjonen har alt en annen gruppe med dette navnet. Velg et annet navn.";
    SisteGruppeadministrator = "LEDSAGERBEVIS.SISTE_GRUPPEADMINISTRATOR" 409
        "Dette er gruppens siste administrator. Legg til en annen administrator først, eller be hovedadministratoren gjøre dette.";
    LedsagerbevisForMange = "LEDSAGERBEVIS.FOR_MANGE" 409
        "Det er ikke plass til flere. Svaret viser hvor mange det kan være. Fjern noen som ikke lenger skal være med.";
    SvarutkontoIkkeFunnet = "LEDSAGERBEVIS.SVARUTKONTO_IKKE_FUNNET" 404
        "Organisasjonen har ingen aktiv SvarUt-konto med denne id-en. Hent listen over kontoer, eller be den som drifter tjenesten, om å registrere kontoen.";
    Intern = "SERVER.INTERN" 500
        "Noe gikk galt hos oss. Prøv igjen, og oppgi errorId til driften hvis feilen fortsetter.";
    Utilgjengelig = "SERVER.UTILGJENGELIG" 503
        "Tjenesten kan ikke lagre eller hente akkurat nå. Prøv igjen om litt; du kan trygt sende den samme meldingen på nytt.";
    LagringFull = "SERVER.LAGRING_FULL" 507
        "Det er ikke plass til å lagre meldingen, og den er ikke tatt imot. Prøv igjen senere, eller ring barnevernstjenesten hvis det haster.";
}

/// One error on its way to the caller. Holds nothing of a person's data.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code}")]
pub struct Feil {
    /// The stable `errorCode`.
    pub code: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What happened and what to do, in Norwegian.
    pub melding: String,
    /// Facts for a program, sent as `errorJson`.
    pub fakta: Option<Box<Value>>,
    /// Seconds until it is worth trying again.
    pub vent: Option<u64>,
}

impl Feil {
    #[must_use]
    pub fn melding(self, melding: impl Into<String>) -> Self {
        Self { melding: melding.into(), ..self }
    }

    #[must_use]
    pub fn fakta(self, fakta: Value) -> Self {
        Self { fakta: Some(Box::new(fakta)), ..self }
    }

    #[must_use]
    pub fn vent(self, seconds: u64) -> Self {
        Self { vent: Some(seconds), ..self }
    }
}

impl From<Feilkode> for Feil {
    fn from(kode: Feilkode) -> Self {
        Self { code: kode.code(), status: kode.status(), melding: kode.text().to_owned(), fakta: None, vent: None }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_texts_are_sentences() {
        let codes: HashSet<_> = Feilkode::ALL.iter().map(|kode| kode.code()).collect();
        assert_eq!(codes.len(), Feilkode::ALL.len());
        for kode in Feilkode::ALL {
            assert!(kode.text().ends_with('.'), "{}", kode.code());
            assert!((400..600).contains(&kode.status()), "{}", kode.code());
        }
    }
}

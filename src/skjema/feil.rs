//! What can be wrong before a payload can be compared with a form, and the code of the comparison itself.

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident = $code:literal $text:literal;)+) => {
        /// A kind of fault, with its stable `errorCode` and what the caller can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Skjemafeil {
            $($(#[$doc])* $variant,)+
        }

        impl Skjemafeil {
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable `errorCode`: it never changes meaning and is never used again for something else.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// What is wrong and what to do about it. Never holds anything from the payload.
            pub fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

faults! {
    /// No such form, variant or version.
    Ukjent = "SKJEMA.UKJENT"
        "Skjemaet finnes ikke i denne versjonen. Hent oversikten over skjemaer, og bruk en versjon som står der.";
    /// The payload was read, but does not fit the form; the deviations say where.
    Avvik = "SKJEMA.AVVIK"
        "Meldingen følger ikke skjemaet. Rett opp hvert avvik i listen, og send meldingen på nytt.";
    Tom = "SKJEMA.TOM"
        "Forespørselen har ikke noe innhold. Send meldingen som JSON.";
    IkkeUtf8 = "SKJEMA.IKKE_UTF8"
        "Innholdet er ikke gyldig UTF-8. Send JSON i UTF-8, ikke i UTF-16 eller Latin-1.";
    Bom = "SKJEMA.BOM"
        "Innholdet begynner med et usynlig merke for tegnkoding (BOM). Send JSON i UTF-8 uten dette merket.";
    IkkeJson = "SKJEMA.IKKE_JSON"
        "Innholdet er ikke gyldig JSON. Se etter feil ved linjen og kolonnen som er oppgitt.";
    Avkortet = "SKJEMA.AVKORTET"
        "JSON-innholdet slutter for tidlig. Kontroller at hele meldingen ble sendt.";
    EkstraInnhold = "SKJEMA.EKSTRA_INNHOLD"
        "Det står noe etter slutten på JSON-innholdet. Send nøyaktig ett JSON-objekt.";
    DobbeltFelt = "SKJEMA.DOBBELT_FELT"
        "Det samme feltet står to ganger i ett objekt, og da er det uklart hvilken verdi som gjelder. Send hvert felt én gang.";
    EnsligSurrogat = "SKJEMA.ENSLIG_SURROGAT"
        "En tekst har et halvt tegn (\\uD800–\\uDFFF uten sin andre halvdel). Send hele tegnet, helst direkte i UTF-8.";
    ForDypt = "SKJEMA.FOR_DYPT"
        "JSON-innholdet har for mange nivåer inne i hverandre. Det kan ha høyst 64.";
    ForMangeVerdier = "SKJEMA.FOR_MANGE_VERDIER"
        "JSON-innholdet har for mange verdier. Det kan ha høyst 100 000.";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_texts_are_sentences() {
        let codes: HashSet<_> = Skjemafeil::ALL.iter().map(|fault| fault.code()).collect();
        assert_eq!(codes.len(), Skjemafeil::ALL.len());
        for fault in Skjemafeil::ALL {
            let rest = fault.code().strip_prefix("SKJEMA.").unwrap();
            assert!(rest.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'), "{rest}");
            assert!(fault.text().ends_with('.') && !fault.text().contains("  "), "{rest}");
        }
    }
}

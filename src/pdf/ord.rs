//! Every word that the document itself says, in both written forms. Plain language: what a child-protection officer
//! would write on a form.

use super::Sprak;

/// The same text in bokmål and nynorsk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ord {
    nb: &'static str,
    nn: &'static str,
}

impl Ord {
    pub const fn paa(self, sprak: Sprak) -> &'static str {
        match sprak {
            Sprak::Bokmal => self.nb,
            Sprak::Nynorsk => self.nn,
        }
    }
}

macro_rules! ord {
    ($($name:ident = $nb:literal, $nn:literal;)+) => {
        $(pub(in crate::pdf) const $name: Ord = Ord { nb: $nb, nn: $nn };)+

        /// Every text, for the tests.
        #[cfg(test)]
        pub(in crate::pdf) const ALL: &[Ord] = &[$($name),+];
    };
}

pub(super) mod bevis;

ord! {
    // the document
    TITTEL = "Bekymringsmelding til barnevernet", "Bekymringsmelding til barnevernet";
    FRA_OFFENTLIG = "Fra offentlig melder", "Frå offentleg meldar";
    FRA_PRIVAT = "Fra privatperson", "Frå privatperson";
    TAUSHET = "Inneholder taushetsbelagte opplysninger", "Inneheld opplysningar som er omfatta av teieplikt";
    SIDE = "Side", "Side";
    AV = "av", "av";
    KLOKKA = "kl.", "kl.";
    IKKE_OPPGITT = "Ikke oppgitt", "Ikkje oppgitt";
    JA = "Ja", "Ja";
    NEI = "Nei", "Nei";
    MERKNAD =
        "Noen tegn i meldingen finnes ikke i dokumentets skrifter. Hvert av dem er erstattet med sitt Unicode-nummer i en grå rute.",
        "Nokre teikn i meldinga finst ikkje i skriftene til dokumentet. Kvart av dei er bytt ut med Unicode-nummeret sitt i ei grå rute.";

    // what the gateway knows
    MOTTAKER = "Mottaker", "Mottakar";
    AVSENDER = "Avsender", "Avsendar";
    MOTTATT = "Mottatt", "Motteken";
    MELDINGS_ID = "Meldings-ID", "Meldings-ID";
    ORGNR = "org.nr.", "org.nr.";

    // parts
    BARN = "Barn", "Barn";
    BEKYMRINGEN = "Bekymringen", "Bekymringa";
    FORESATTE = "Foresatte", "Føresette";
    FORESATT = "Foresatt", "Føresett";
    MELDER = "Melder", "Meldar";
    TOLK_OG_HJELP = "Tolk og andre hjelpeinstanser", "Tolk og andre hjelpeinstansar";
    SENDINGEN = "Om sendingen", "Om sendinga";
    ANDRE = "Andre opplysninger", "Andre opplysningar";
    ANDRE_FORKLARING =
        "Meldingen hadde også disse opplysningene. De står med navnet de har i den elektroniske meldingen.",
        "Meldinga hadde òg desse opplysningane. Dei står med namnet dei har i den elektroniske meldinga.";

    // fields
    NAVN = "Navn", "Namn";
    FODSELSNUMMER = "Fødselsnummer", "Fødselsnummer";
    UFODT = "Barnet er ufødt", "Barnet er ufødt";
    ALDER = "Antatt alder", "Truleg alder";
    RELASJON = "Relasjon til barnet", "Relasjon til barnet";
    TELEFON = "Telefon", "Telefon";
    EPOST = "E-post", "E-post";
    ADRESSE = "Adresse", "Adresse";
    ROLLE = "Stilling eller rolle", "Stilling eller rolle";
    VIRKSOMHET = "Virksomhet", "Verksemd";
    ORGANISASJONSNUMMER = "Organisasjonsnummer", "Organisasjonsnummer";
    VIRKSOMHET_ADRESSE = "Virksomhetens adresse", "Adressa til verksemda";
    ORIENTERT = "Orientert om meldingen", "Orientert om meldinga";
    ORIENTERT_GRUNN = "Begrunnelse", "Grunngiving";
    MELDINGEN = "Hva bekymringen gjelder", "Kva bekymringa gjeld";
    HISTORIE = "Bakgrunn og historie", "Bakgrunn og historie";
    ANDRE_SYNSPUNKTER = "Andre synspunkter", "Andre synspunkt";
    TOLK = "Behov for tolk", "Behov for tolk";
    HJELPEINSTANSER = "Andre hjelpeinstanser", "Andre hjelpeinstansar";
    SENDT = "Sendt", "Sendt";
    TIL_KOMMUNE = "Sendt til kommune", "Sendt til kommune";
    TIL_BYDEL = "Sendt til bydel", "Sendt til bydel";
    LEVERINGSKANAL = "Leveringskanal", "Leveringskanal";
}

/// The months, the same in both written forms.
pub(super) const MAANEDER: [&str; 12] = [
    "januar",
    "februar",
    "mars",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "desember",
];

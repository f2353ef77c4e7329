//! Every kind of change that we tell apart, and what it means to a client that was made for the edition before it.
//!
//! The classes say what an old client meets that goes on as before. Renaming counts as breaking even where no byte on the
//! wire changes: whoever generates a client anew must not have to rewrite the program round it.

/// What a change asks of the version number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Klasse {
    /// Nothing, or a new patch number.
    Uvesentlig,
    /// A new minor.
    Tillegg,
    /// A new major: it does not belong in this one.
    Brudd,
}

impl Klasse {
    pub fn name(self) -> &'static str {
        match self {
            Self::Uvesentlig => "uvesentlig",
            Self::Tillegg => "tillegg",
            Self::Brudd => "brudd",
        }
    }
}

macro_rules! regler {
    ($($id:ident = $name:literal $klasse:ident $text:literal;)*) => {
        /// A kind of change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Regel {
            $(#[doc = $text] $id,)*
        }

        impl Regel {
            pub const ALL: &[Self] = &[$(Self::$id,)*];

            /// What the change is called where it is listed.
            pub fn name(self) -> &'static str {
                match self { $(Self::$id => $name,)* }
            }

            pub fn klasse(self) -> Klasse {
                match self { $(Self::$id => Klasse::$klasse,)* }
            }

            /// What it means to a vendor, in Norwegian.
            pub fn text(self) -> &'static str {
                match self { $(Self::$id => $text,)* }
            }
        }
    };
}

regler! {
    AdresseFjernet = "adresse-fjernet" Brudd "En serveradresse er fjernet.";
    AdresseNy = "adresse-ny" Tillegg "En serveradresse er kommet til.";

    OperasjonFjernet = "operasjon-fjernet" Brudd "Operasjonen er fjernet, eller har fått en annen adresse eller metode.";
    OperasjonNy = "operasjon-ny" Tillegg "Operasjonen er ny.";
    OperasjonsnavnEndret = "operasjonsnavn-endret" Brudd
        "Operasjonen har fått en annen operationId. Genererte klienter får et annet metodenavn.";
    GruppeEndret = "gruppe-endret" Brudd
        "Operasjonen hører ikke lenger til denne gruppen (tag). Genererte klienter får metoden i en annen klasse.";
    SikkerhetEndret = "sikkerhet-endret" Brudd "En måte å legitimere seg på er fjernet eller endret.";
    SikkerhetNy = "sikkerhet-ny" Tillegg "Det er kommet en måte til å legitimere seg på. De andre virker som før.";
    Utfases = "utfases" Tillegg "Dette bør ikke lenger brukes i nye klienter. Det virker som før.";

    ParameterFjernet = "parameter-fjernet" Brudd "En parameter er fjernet eller har fått et annet navn.";
    ParameterNy = "parameter-ny" Tillegg "Det er kommet en parameter som kan utelates.";
    ParameterNyPakrevd = "parameter-ny-pakrevd" Brudd "Det er kommet en parameter som må være med.";
    ParameterPakrevd = "parameter-pakrevd" Brudd "Parameteren kunne utelates, men må nå være med.";
    ParameterValgfri = "parameter-valgfri" Tillegg "Parameteren måtte være med, men kan nå utelates.";
    ParameterformEndret = "parameterform-endret" Brudd "Parameteren skrives på en annen måte (style, explode).";

    KroppFjernet = "kropp-fjernet" Brudd "Operasjonen tar ikke lenger imot en kropp.";
    KroppNy = "kropp-ny" Tillegg "Operasjonen tar imot en kropp, som kan utelates.";
    KroppPakrevd = "kropp-pakrevd" Brudd "Kroppen må være med.";
    KroppValgfri = "kropp-valgfri" Tillegg "Kroppen måtte være med, men kan nå utelates.";
    InnholdstypeFjernet = "innholdstype-fjernet" Brudd "Operasjonen tar ikke lenger imot denne innholdstypen.";
    InnholdstypeNy = "innholdstype-ny" Tillegg "Operasjonen tar imot en innholdstype til.";
    DelEndret = "del-endret" Brudd "En del av en multipart-kropp skal ha en annen innholdstype.";
    DelUtvidet = "del-utvidet" Tillegg "En del av en multipart-kropp kan ha flere innholdstyper.";

    StatusFjernet = "status-fjernet" Brudd "Operasjonen svarer ikke lenger med denne statusen.";
    StatusNyFeil = "status-ny-feil" Tillegg "Operasjonen kan svare med en feilstatus til.";
    StatusNyBetinget = "status-ny-betinget" Tillegg
        "Operasjonen kan svare med en status til, som bare kommer når klienten ber om det med et hode.";
    StatusNy = "status-ny" Brudd "Operasjonen kan lykkes med en annen status enn før.";
    SvartypeFjernet = "svartype-fjernet" Brudd "Svaret kommer ikke lenger med denne innholdstypen.";
    SvartypeNy = "svartype-ny" Tillegg "Svaret kan komme med en innholdstype til.";
    SvarhodeFjernet = "svarhode-fjernet" Brudd "Et hode i svaret er fjernet eller har fått et annet navn.";
    SvarhodeNy = "svarhode-nytt" Tillegg "Det er kommet et hode i svaret.";
    SvarhodeIkkeLovet = "svarhode-ikke-lovet" Brudd "Et hode i svaret var alltid med, men kan nå mangle.";
    SvarhodeLovet = "svarhode-lovet" Tillegg "Et hode i svaret er nå alltid med.";

    SkjemanavnEndret = "skjemanavn-endret" Brudd
        "Skjemaet har fått et annet navn. Genererte klienter får et annet typenavn.";
    TypeEndret = "type-endret" Brudd "Verdien er av en annen type.";
    FormatEndret = "format-endret" Brudd "Verdien har et annet format.";
    FeltFjernet = "felt-fjernet" Brudd "Et felt er fjernet eller har fått et annet navn.";
    FeltNy = "felt-nytt" Tillegg "Det er kommet et felt. Den som sender, kan utelate det.";
    FeltNyttPakrevd = "felt-nytt-pakrevd" Brudd "Det er kommet et felt som må sendes.";
    FeltPakrevd = "felt-pakrevd" Brudd "Feltet kunne utelates, men må nå sendes.";
    FeltValgfritt = "felt-valgfritt" Tillegg "Feltet måtte sendes, men kan nå utelates.";
    FeltIkkeLovet = "felt-ikke-lovet" Brudd "Feltet var alltid med i svaret, men kan nå mangle.";
    FeltLovet = "felt-lovet" Tillegg "Feltet er nå alltid med i svaret.";
    NullNektet = "null-nektet" Brudd "Verdien null blir ikke lenger tatt imot.";
    NullTillatt = "null-tillatt" Tillegg "Verdien null blir nå tatt imot.";
    NullKanKomme = "null-kan-komme" Brudd "Svaret kan nå ha verdien null her.";
    NullKommerIkke = "null-kommer-ikke" Tillegg "Svaret har ikke lenger verdien null her.";

    VerdiFjernet = "verdi-fjernet" Brudd "En av de faste verdiene er fjernet eller har fått et annet navn.";
    VerdiNy = "verdi-ny" Tillegg "Det kan sendes en fast verdi til.";
    SvarverdiNy = "svarverdi-ny" Brudd
        "Svaret kan ha en fast verdi som klienter ikke kjenner. Genererte klienter kan stanse på den.";
    FeilkodeFjernet = "feilkode-fjernet" Brudd "En errorCode kommer ikke lenger her, eller har fått et annet navn.";
    FeilkodeNy = "feilkode-ny" Tillegg "Det kan komme en errorCode til. Listen over koder er åpen.";
    VerdierLaste = "verdier-laste" Brudd "Det kan bare sendes faste verdier, der det før var fritt.";
    VerdierFrie = "verdier-frie" Tillegg "Det kan sendes fritt, der det før var faste verdier.";
    SvarverdierLaste = "svarverdier-laste" Tillegg "Svaret har nå faste verdier, der det før var fritt.";
    SvarverdierFrie = "svarverdier-frie" Brudd "Svaret kan ha hva som helst, der det før var faste verdier.";

    GrenseInnsnevret = "grense-innsnevret" Brudd "Grensen for det som kan sendes, er trangere.";
    GrenseUtvidet = "grense-utvidet" Tillegg "Grensen for det som kan sendes, er videre.";
    SvargrenseUtvidet = "svargrense-utvidet" Brudd "Grensen for det som kan komme i svaret, er videre.";
    SvargrenseInnsnevret = "svargrense-innsnevret" Tillegg "Grensen for det som kan komme i svaret, er trangere.";
    MonsterEndret = "monster-endret" Brudd "Verdien skal følge et annet mønster.";
    EkstrafeltNektet = "ekstrafelt-nektet" Brudd "Felter som ikke er beskrevet, blir ikke lenger tatt imot.";
    EkstrafeltTillatt = "ekstrafelt-tillatt" Tillegg "Det kan være felter som ikke er beskrevet.";
    EkstrafeltKommerIkke = "ekstrafelt-kommer-ikke" Tillegg "Svaret har ikke andre felter enn de beskrevne.";
    StandardverdiEndret = "standardverdi-endret" Brudd "Det som gjelder når verdien utelates, er et annet enn før.";
    StandardverdiNy = "standardverdi-ny" Tillegg "Det er beskrevet hva som gjelder når verdien utelates.";

    AlternativFjernet = "alternativ-fjernet" Brudd "Et av alternativene er fjernet eller endret.";
    AlternativNytt = "alternativ-nytt" Tillegg "Det kan sendes et alternativ til.";
    SvaralternativNytt = "svaralternativ-nytt" Brudd "Svaret kan være et alternativ som klienter ikke kjenner.";

    Beskrivelse = "beskrivelse" Uvesentlig "Beskrivelse, eksempel eller annet som ikke endrer kallet.";
    Ukjent = "ukjent" Brudd "Noe er endret som ingen regel kjenner. Det regnes som et brudd til det finnes en regel.";
}

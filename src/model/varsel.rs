//! Warnings by e-mail: what they are of, and how the sending of one ended.

/// What a warning is of. An office's warnings of one kind are planned together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slag {
    /// Reports wait and nobody has fetched them.
    IkkeHentet,
    /// The last day for a receipt has come.
    FristNaer,
    /// Reports went out as letters.
    SendtTilPrint,
    /// Reports could not go out as letters: a person must act.
    AvvistPrint,
    /// A certificate runs out.
    SertifikatUtlop,
    /// A version of a service that an integration uses is to stop.
    VersjonUtfases,
}

impl Slag {
    pub const ALL: [Self; 6] = [
        Self::IkkeHentet,
        Self::FristNaer,
        Self::SendtTilPrint,
        Self::AvvistPrint,
        Self::SertifikatUtlop,
        Self::VersjonUtfases,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::IkkeHentet => "IKKE_HENTET",
            Self::FristNaer => "FRIST_NAER",
            Self::SendtTilPrint => "SENDT_TIL_PRINT",
            Self::AvvistPrint => "AVVIST_PRINT",
            Self::SertifikatUtlop => "SERTIFIKAT_UTLOP",
            Self::VersjonUtfases => "VERSJON_UTFASES",
        }
    }
}

/// How a warning to one address ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Utfall {
    Sendt,
    /// What it said was no longer so, or had been said anew.
    Frafalt,
    /// The mail server will never take it.
    Avvist,
    /// It could not be sent for so long that nobody needs it any more.
    Oppgitt,
    /// There was no address to send it to.
    UtenMottaker,
}

impl Utfall {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sendt => "SENDT",
            Self::Frafalt => "FRAFALT",
            Self::Avvist => "AVVIST",
            Self::Oppgitt => "OPPGITT",
            Self::UtenMottaker => "UTEN_MOTTAKER",
        }
    }
}

impl std::fmt::Display for Slag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Display for Utfall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Slag {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|slag| slag.as_str() == text).ok_or("unknown kind of warning")
    }
}

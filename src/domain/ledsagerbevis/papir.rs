//! A card on paper: the card itself, to be cut out, and the letter that tells of the decision. Made in memory
//! when somebody asks or a letter is sent, and not kept in the clear.

use std::sync::{Arc, OnceLock};

use jiff::civil::Date;
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::{oppsett::Opplysninger, papirkode::Papirkode};
use crate::{
    domain::{DomainError, Result, Services, tilgang::Behandler},
    model::{
        Feil, Feilkode,
        kommune::Malform,
        ledsagerbevis::{BevisId, Gyldighet, Ledsagerbevis},
        revisjon::Aktor,
    },
    pdf::{
        PdfFault, Renderer, Sprak,
        bevis::{Bevispapir, Brevadresse, Kontakt, Kortark, Kortkode, Vedtaksbrev},
    },
    store::StoreError,
    system::{SecretBytes, SecretString},
};

/// What documents are made with. The fonts are read when the first one is asked for.
#[derive(Debug, Clone)]
pub(in crate::domain) struct Trykkeri {
    renderer: Arc<OnceLock<Option<Renderer>>>,
    /// Typesetting takes a processor and some ten megabytes: no more at once than there are processors.
    turns: Arc<Semaphore>,
}

/// A card and who issued it, as its papers need to know.
struct Grunnlag {
    bevis: Ledsagerbevis,
    utsteder: String,
    oppsett: Opplysninger,
    sprak: Sprak,
    vedtatt: Date,
}

/// What is printed on a card besides words.
struct Trykksaker {
    bilde: Option<SecretBytes>,
    kode: Option<Papirkode>,
}

impl Trykksaker {
    fn ark<'a>(&'a self, papir: Bevispapir<'a>) -> Kortark<'a> {
        let kode = self.kode.as_ref().map(|kode| Kortkode { bilde: kode.bilde.expose(), kontroll: &kode.kontroll });
        Kortark { papir, bilde: self.bilde.as_ref().map(|bilde| bilde.expose().as_slice()), kode }
    }
}

impl Default for Trykkeri {
    fn default() -> Self {
        let turns = std::thread::available_parallelism().map_or(1, usize::from);
        Self { renderer: Arc::default(), turns: Arc::new(Semaphore::new(turns)) }
    }
}

impl Trykkeri {
    fn renderer(&self) -> Result<Renderer> {
        let made = self.renderer.get_or_init(|| Renderer::new().ok());
        Ok(made.clone().ok_or(Feilkode::PdfIkkeTilgjengelig)?)
    }

    /// Makes a document where it keeps nobody waiting.
    async fn print(
        &self,
        make: impl FnOnce(&Renderer) -> std::result::Result<SecretBytes, PdfFault> + Send + 'static,
    ) -> Result<SecretBytes> {
        let renderer = self.renderer()?;
        let internal = |what: String| DomainError::Store(StoreError::Internal(what));
        let turn = self.turns.clone().acquire_owned().await.map_err(|error| internal(error.to_string()))?;
        let made = spawn_blocking(move || {
            let made = make(&renderer);
            // Here, and not when the caller has gone: its work goes on until it is done.
            drop(turn);
            made
        });
        let made = made.await.map_err(|_| internal("a document could not be made".to_owned()))?;
        made.map_err(|fault| internal(fault.to_string()))
    }
}

impl Services {
    /// Both sides of a card as PDF, in the organisation's language when none is asked for.
    ///
    /// # Errors
    /// 404 for another organisation's card, 409 for a revoked one.
    pub async fn kort_pdf(&self, behandler: &Behandler, id: BevisId, sprak: Option<Malform>) -> Result<SecretBytes> {
        let grunnlag = self.papirgrunnlag(behandler, id, sprak).await?;
        let trykk = self.trykksaker(behandler.aktor, "hentKortTilUtskrift", &grunnlag.bevis).await?;
        let laget = self.clock.now();
        self.trykkeri.print(move |renderer| renderer.kort(&trykk.ark(grunnlag.papir(laget)))).await
    }

    /// What is posted to the owner, in one document: the letter, and the card to cut out.
    pub(super) async fn utsending_pdf(&self, bevis: Ledsagerbevis) -> Result<SecretBytes> {
        let grunnlag = self.grunnlag(bevis, None).await?;
        let trykk = self.trykksaker(Aktor::Plattform, "sendKortbrev", &grunnlag.bevis).await?;
        let laget = self.clock.now();
        let made = self.trykkeri.print(move |renderer| {
            let ark = trykk.ark(grunnlag.papir(laget));
            grunnlag.vedtak(laget, |brev| renderer.utsending(brev, &ark))
        });
        made.await
    }

    /// The pictures on a card.
    async fn trykksaker(&self, aktor: Aktor, handling: &'static str, bevis: &Ledsagerbevis) -> Result<Trykksaker> {
        let bilde = self.bilde_pa(bevis.organisasjon, bevis.bilde).await?;
        Ok(Trykksaker { bilde, kode: self.papirkode(aktor, handling, bevis).await? })
    }

    /// The letter that tells the owner of the card, likewise.
    ///
    /// # Errors
    /// As for the card.
    pub async fn vedtak_pdf(&self, behandler: &Behandler, id: BevisId, sprak: Option<Malform>) -> Result<SecretBytes> {
        let grunnlag = self.papirgrunnlag(behandler, id, sprak).await?;
        let laget = self.clock.now();
        self.trykkeri.print(move |renderer| grunnlag.vedtak(laget, |brev| renderer.vedtak(brev))).await
    }

    async fn papirgrunnlag(&self, behandler: &Behandler, id: BevisId, sprak: Option<Malform>) -> Result<Grunnlag> {
        let bevis = self.bevis(behandler, id).await?;
        if bevis.revokert.is_some() {
            let revoked = "Ledsagerbeviset er trukket tilbake, så det finnes ikke noe å skrive ut. Utsted et nytt.";
            return Err(Feil::from(Feilkode::BevisRevokert).melding(revoked).into());
        }
        self.grunnlag(bevis, sprak).await
    }

    async fn grunnlag(&self, bevis: Ledsagerbevis, sprak: Option<Malform>) -> Result<Grunnlag> {
        let oppsett = self.opplysninger_om(bevis.organisasjon).await?;
        Ok(Grunnlag {
            vedtatt: Self::norsk_dag(bevis.opprettet),
            utsteder: self.utstedernavn(bevis.organisasjon).await?,
            sprak: sprak.unwrap_or(oppsett.oppsett.sprak).into(),
            bevis,
            oppsett,
        })
    }
}

impl Grunnlag {
    fn papir(&self, laget: jiff::Timestamp) -> Bevispapir<'_> {
        Bevispapir {
            id: self.bevis.id.0,
            sprak: self.sprak,
            navn: self.bevis.eier.person.navn.expose(),
            antall_ledsagere: self.bevis.antall_ledsagere,
            gyldig_til: match self.bevis.gyldighet {
                Gyldighet::Til(dato) => Some(dato),
                Gyldighet::Varig => None,
            },
            utsteder: &self.utsteder,
            laget,
        }
    }

    fn vedtak<T>(&self, laget: jiff::Timestamp, print: impl FnOnce(&Vedtaksbrev<'_>) -> T) -> T {
        let eier = &self.bevis.eier.person;
        let forvaltere: Vec<&str> = self.bevis.forvaltere.iter().map(|one| one.person.navn.expose().as_str()).collect();
        let slutt = last_digits(&eier.telefonnummer);
        let kontoret = self.oppsett.oppsett.adresse.as_ref();
        print(&Vedtaksbrev {
            papir: self.papir(laget),
            adresse: eier.adresse.as_ref().map(|adresse| Brevadresse {
                adressenavn: adresse.adressenavn.expose(),
                postnummer: adresse.postnummer.expose(),
                poststed: adresse.poststed.expose(),
            }),
            referanse: self.bevis.ekstern_id.expose(),
            vedtatt: self.vedtatt,
            telefon_slutt: slutt.expose(),
            forvaltere: &forvaltere,
            kontakt: Kontakt {
                epost: &self.oppsett.epost,
                telefon: self.oppsett.tlf.as_ref().map(|tlf| tlf.expose().as_str()),
                adresse: kontoret.map(|adresse| Brevadresse {
                    adressenavn: &adresse.postadressenavn,
                    postnummer: &adresse.postnummer,
                    poststed: &adresse.poststed,
                }),
            },
        })
    }
}

/// As much of a telephone number as its owner needs to know it by.
fn last_digits(number: &SecretString) -> SecretString {
    let digits: Vec<char> = number.expose().chars().filter(char::is_ascii_digit).collect();
    SecretString::new(digits.iter().skip(digits.len().saturating_sub(2)).collect())
}

//! Looking a person up before a card is issued.

use super::opplysninger::Avvik;
use crate::{
    domain::{Result, Services, tilgang::Behandler},
    model::Feilkode,
    personregister::Registrert,
    store,
    system::SecretString,
};

impl Services {
    /// What the registers know of a person; nothing where there are no registers, or they do not know the number. That it was
    /// asked is written down first, without whom it was about.
    ///
    /// # Errors
    /// 503 when the register does not answer.
    pub async fn sok_person(&self, behandler: &Behandler, fnr: &SecretString) -> Result<Option<Registrert>> {
        self.vault()?;
        let mut avvik = Avvik::default();
        avvik.fnr("/fnr".to_owned(), fnr);
        avvik.end()?;
        let asked = self.revisjon(behandler.aktor, Some(behandler.organisasjon), "oppslag", None);
        let work = self.store.write("oppslag", asked, |tx, asked| {
            Box::pin(async move { Result::Ok(store::revisjon::append(tx, asked).await?) })
        });
        work.await?;
        let Some(register) = &self.personregister else { return Ok(None) };
        let found = register.finn(fnr).await.map_err(|_| Feilkode::PersonregisterNede)?;
        // A protected address leaves us by no way: neither it nor the number that may lead to it.
        Ok(found.map(|person| match person.beskyttet {
            true => Registrert { adresse: None, telefonnummer: None, ..person },
            false => person,
        }))
    }
}

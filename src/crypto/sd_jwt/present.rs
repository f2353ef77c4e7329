//! The holder's part (RFC 9901 §4.3, §7.2): choosing what to show, and signing for it.

use jiff::Timestamp;
use serde_json::json;
use zeroize::Zeroizing;

use super::{
    BYTES_MAX, SdJwtFault, TYP_BINDING,
    disclosure::{Content, digest, joined},
};
use crate::{crypto::es256::SigningKey, system::SecretString};

/// Whom a card is shown to.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    /// `aud`: how the verifier calls itself.
    pub audience: &'a str,
    /// `nonce`: the verifier's challenge, or for a code that is shown without one, something that never comes again.
    pub nonce: &'a str,
}

/// A card as its holder has it.
#[derive(Debug)]
pub struct Card<'a> {
    jwt: &'a str,
    disclosures: Vec<(Option<Zeroizing<String>>, &'a str)>,
}

impl<'a> Card<'a> {
    /// Takes an issued card apart; whether it is right is for [`verify`](super::verify()) to say.
    pub fn parse(issued: &'a str) -> Result<Self, SdJwtFault> {
        if issued.len() > BYTES_MAX {
            return Err(SdJwtFault::TooBig);
        }
        let (parts, rest) = issued.rsplit_once('~').ok_or(SdJwtFault::Form)?;
        if !rest.is_empty() {
            return Err(SdJwtFault::Form);
        }
        let mut parts = parts.split('~');
        let jwt = parts.next().unwrap_or_default();
        let named = |encoded: &'a str| {
            let content = Content::parse(encoded)?;
            let name = match &content {
                Content::Property { name, .. } => Some(Zeroizing::new(name.clone())),
                Content::Element(_) => None,
            };
            Ok((name, encoded))
        };
        Ok(Self { jwt, disclosures: parts.map(named).collect::<Result<_, SdJwtFault>>()? })
    }

    /// Whether the holder may show a claim of this name, or not.
    pub fn hides(&self, name: &str) -> bool {
        self.disclosures.iter().any(|(hidden, _)| hidden.as_ref().is_some_and(|hidden| hidden.as_str() == name))
    }

    /// The card with the disclosures of these claims and no others. A name that the card does not hide is passed over.
    pub fn show(&self, names: &[&str]) -> SecretString {
        joined(self.jwt, self.chosen(names), "")
    }

    fn chosen(&self, names: &[&str]) -> impl Iterator<Item = &str> + Clone {
        let chosen =
            |name: &Option<Zeroizing<String>>| name.as_ref().is_some_and(|name| names.contains(&name.as_str()));
        self.disclosures.iter().filter(move |(name, _)| chosen(name)).map(|(_, encoded)| *encoded)
    }

    /// The same, signed by the holder for one verifier at one time.
    pub fn present(
        &self,
        names: &[&str],
        to: Recipient<'_>,
        holder: &SigningKey,
        at: Timestamp,
    ) -> Result<SecretString, SdJwtFault> {
        let shown = self.show(names);
        let payload = json!({
            "aud": to.audience,
            "nonce": to.nonce,
            "iat": at.as_second(),
            "sd_hash": digest(shown.expose()),
        });
        let binding = holder.sign(TYP_BINDING, None, &payload)?;
        Ok(joined(self.jwt, self.chosen(names), &binding))
    }
}

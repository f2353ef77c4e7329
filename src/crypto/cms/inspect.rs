//! Judging an envelope without any key: the strict server profile.

use jiff::Timestamp;
use openssl::bn::BigNum;

use super::{
    envelope::Envelope,
    fault::EnvelopeFault,
    recipient::{RecipientId, Transport},
};
use crate::crypto::certificate::Certificate;

/// How the envelope was made. Both are accepted; the second is worth counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// One recipient, RSAES-OAEP: the KS Java client, openssl, Meldeport.
    Ks,
    /// The same, and PKCS#1 v1.5 for the same certificate beside it: the KS .NET client. Refusing it would refuse every
    /// .NET sender; whoever opens it must use the OAEP recipient.
    KsDotnet,
}

/// What an accepted envelope told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspection {
    /// How it was made.
    pub profile: Profile,
    /// Which of the given certificates it was made to.
    pub recipient: usize,
    /// Length of the ciphertext; the plaintext is 1 to 16 bytes shorter.
    pub ciphertext_bytes: usize,
}

/// Judges an envelope against the strict profile and against the receiver's registered certificates: the current one,
/// and former ones for as long as they are still let in. Needs no key, copies nothing, reads the input once.
///
/// What it cannot know: whether the content decrypts, and what it is (there is no integrity protection in CBC).
pub fn inspect(bytes: &[u8], recipients: &[&Certificate], now: Timestamp) -> Result<Inspection, EnvelopeFault> {
    let envelope = Envelope::read(bytes, |_| {})?;
    let profile = profile_of(&envelope)?;
    let mut refused = None;
    for (index, certificate) in recipients.iter().enumerate() {
        if !envelope.recipients().all(|recipient| recipient.id.names(certificate)) {
            continue;
        }
        // A renewed certificate with the same key has the same key identifier, so a later one may do when this does not.
        match usable(&envelope, certificate, now) {
            Ok(()) => {
                return Ok(Inspection { profile, recipient: index, ciphertext_bytes: envelope.ciphertext_bytes });
            }
            Err(fault) => refused = refused.or(Some(fault)),
        }
    }
    Err(refused.unwrap_or(EnvelopeFault::WrongRecipient))
}

/// Judges only the form: everything that [`inspect`] does except comparing with a certificate.
pub fn profile(bytes: &[u8]) -> Result<Profile, EnvelopeFault> {
    profile_of(&Envelope::read(bytes, |_| {})?)
}

/// The serial number, in decimal, of the certificate that an envelope is made to; `None` where it names the certificate by
/// its key. Judges the form as [`profile`] does.
pub fn recipient_serial(bytes: &[u8]) -> Result<Option<String>, EnvelopeFault> {
    let envelope = Envelope::read(bytes, |_| {})?;
    profile_of(&envelope)?;
    let mut named = envelope.recipients().filter_map(|recipient| match recipient.id {
        RecipientId::IssuerAndSerial { serial, .. } => Some(serial),
        RecipientId::SubjectKeyIdentifier(_) => None,
    });
    let number = named.next().and_then(|serial| BigNum::from_slice(serial).ok());
    Ok(number.and_then(|number| Some(number.to_dec_str().ok()?.to_string())))
}

pub(super) fn profile_of(envelope: &Envelope<'_>) -> Result<Profile, EnvelopeFault> {
    use Transport::{Oaep, Pkcs1V15};
    let Some(second) = &envelope.second else {
        return match envelope.first.transport {
            Oaep => Ok(Profile::Ks),
            Pkcs1V15 => Err(EnvelopeFault::KeyTransport),
        };
    };
    let same = match (&envelope.first.id, &second.id) {
        // Only a certificate can tell whether a name and a key identifier mean the same.
        (RecipientId::IssuerAndSerial { .. }, RecipientId::SubjectKeyIdentifier(_))
        | (RecipientId::SubjectKeyIdentifier(_), RecipientId::IssuerAndSerial { .. }) => true,
        (first, second) => first == second,
    };
    match (envelope.first.transport, second.transport) {
        (Oaep, Pkcs1V15) | (Pkcs1V15, Oaep) if same => Ok(Profile::KsDotnet),
        (Pkcs1V15, Pkcs1V15) if same => Err(EnvelopeFault::KeyTransport),
        _ => Err(EnvelopeFault::ManyRecipients),
    }
}

fn usable(envelope: &Envelope<'_>, certificate: &Certificate, now: Timestamp) -> Result<(), EnvelopeFault> {
    certificate.check_recipient(now)?;
    if envelope.recipients().any(|recipient| recipient.encrypted_key.len() != certificate.modulus_bytes()) {
        return Err(EnvelopeFault::KeyLength);
    }
    Ok(())
}

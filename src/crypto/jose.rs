//! JWE (RFC 7516) for receivers that would rather have JSON than an ASiC-E: compact, RSA-OAEP-256 with A256GCM, so that
//! any JOSE library opens it.

use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    jwe::{self, JweContext, JweHeader, RSA_OAEP_256},
    jwk::Jwk,
};
use openssl::rsa::Rsa;
use serde_json::{Value, json};

use super::{
    certificate::{Certificate, PrivateKey},
    fault::faults,
};
use crate::system::{Secret, SecretBytes};

/// What the content is, in the protected header's `cty`.
pub const CONTENT_TYPE: &str = "application/json";
/// Protected header that names form, variant and version of the content: `bekymringsmelding/offentlig/v2`.
pub const FORM: &str = "skjema";

faults! {
    /// Why a JWE could not be made or opened.
    pub enum JweFault {
        /// The receiver's key cannot be used.
        Key = "JWE.NOKKEL", "Sertifikatet har ikke en RSA-nøkkel som kan brukes. Be mottakeren om et nytt sertifikat.";
        /// Not a compact JWE in the profile that we make.
        Form = "JWE.FORM", "Innholdet er ikke en kompakt JWE med RSA-OAEP-256 og A256GCM. Be avsenderen om å lage den på nytt.";
        /// None of the keys opens it.
        Decryption = "JWE.DEKRYPTERING", "Ingen av nøklene åpner innholdet. Kontroller at riktig privat nøkkel er satt opp.";
        /// OpenSSL refused.
        Library = "JWE.INTERN_FEIL", "Krypteringsbiblioteket meldte en feil. Prøv igjen, og si fra til driften hvis feilen fortsetter.";
    }
}

/// The name of a receiver's key: the certificate's SHA-256 thumbprint, base64url (`x5t#S256`, RFC 7515 §4.1.8).
pub fn kid(certificate: &Certificate) -> String {
    URL_SAFE_NO_PAD.encode(certificate.thumbprint())
}

/// Seals `json` to one certificate. `form` says what it is. All randomness is OpenSSL's own.
pub fn seal(json: &[u8], recipient: &Certificate, form: &str) -> Result<String, JweFault> {
    let encrypter = recipient.jwe_encrypter().ok_or(JweFault::Key)?;
    let mut header = JweHeader::new();
    header.set_content_encryption("A256GCM");
    header.set_content_type(CONTENT_TYPE);
    header.set_key_id(kid(recipient));
    header.set_claim(FORM, Some(Value::String(form.to_owned()))).map_err(|_| JweFault::Library)?;
    jwe::serialize_compact(json, &header, encrypter).map_err(|_| JweFault::Library)
}

/// An opened JWE.
#[derive(Debug)]
pub struct Opened {
    pub json: SecretBytes,
    /// Form, variant and version, as the sealer named them.
    pub form: Option<String>,
}

/// Opens a JWE with whichever of the keys fits.
pub fn open(compact: &str, keys: &[PrivateKey]) -> Result<Opened, JweFault> {
    let header = jwe_header(compact)?;
    let claim = |name: &str| header.get(name).and_then(Value::as_str);
    if claim("alg") != Some("RSA-OAEP-256") || claim("enc") != Some("A256GCM") || header.contains_key("zip") {
        return Err(JweFault::Form);
    }
    // No compression: a small message could otherwise become a very large one.
    let mut context = JweContext::new();
    context.remove_compression("DEF");
    for key in keys {
        let pem = key.to_pkcs8_pem().map_err(|_| JweFault::Library)?;
        let decrypter = RSA_OAEP_256.decrypter_from_pem(pem.expose()).map_err(|_| JweFault::Library)?;
        if let Ok((json, _)) = context.deserialize_compact(compact, &decrypter) {
            let form = claim(FORM).map(str::to_owned);
            return Ok(Opened { json: Secret::new(json), form });
        }
    }
    Err(JweFault::Decryption)
}

fn jwe_header(compact: &str) -> Result<serde_json::Map<String, Value>, JweFault> {
    let mut parts = compact.split('.');
    let header = parts.next().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).ok_or(JweFault::Form)?;
    if parts.count() != 4 {
        return Err(JweFault::Form);
    }
    serde_json::from_slice(&header).map_err(|_| JweFault::Form)
}

/// A receiver's certificate as a JWK (RFC 7517), ready for a JOSE library.
pub fn jwk(certificate: &Certificate) -> Result<Value, JweFault> {
    let key = Rsa::public_key_from_der(&certificate.public_key_der()).map_err(|_| JweFault::Key)?;
    let kid = kid(certificate);
    let jwk = json!({
        "kty": "RSA",
        "use": "enc",
        "alg": "RSA-OAEP-256",
        "kid": kid,
        "x5t#S256": kid,
        "n": URL_SAFE_NO_PAD.encode(key.n().to_vec()),
        "e": URL_SAFE_NO_PAD.encode(key.e().to_vec()),
        "x5c": [STANDARD.encode(certificate.to_der())],
    });
    // Read back once: what a library refuses must not be published.
    Jwk::from_map(jwk.as_object().cloned().unwrap_or_default()).map_err(|_| JweFault::Library)?;
    Ok(jwk)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sandbox::keys::RecipientKey, system::SeededRng};

    fn recipient(seed: u64) -> RecipientKey {
        RecipientKey::make("Lillevik kommune", "2026-01-01T00:00:00Z".parse().unwrap(), &SeededRng::new(seed)).unwrap()
    }

    #[test]
    fn a_receiver_opens_with_any_of_its_keys_and_nobody_else_does() {
        let (old, new) = (recipient(1), recipient(2));
        let sealed = seal(br#"{"melding":"\u00e6"}"#, &new.certificate, "bekymringsmelding/offentlig/v2").unwrap();
        let opened = open(&sealed, &[old.private_key().unwrap(), new.private_key().unwrap()]).unwrap();
        assert_eq!(opened.json.expose(), br#"{"melding":"\u00e6"}"#);
        assert_eq!(opened.form.as_deref(), Some("bekymringsmelding/offentlig/v2"));
        assert_eq!(open(&sealed, &[old.private_key().unwrap()]).unwrap_err(), JweFault::Decryption);
    }

    #[test]
    fn an_altered_or_foreign_jwe_is_refused() {
        let key = recipient(1);
        let keys = [key.private_key().unwrap()];
        let sealed = seal(b"{}", &key.certificate, "x").unwrap();
        for (at, part) in sealed.split('.').enumerate() {
            let mut parts: Vec<String> = sealed.split('.').map(str::to_owned).collect();
            let flipped = if part.starts_with('A') { "B" } else { "A" };
            parts[at] = format!("{flipped}{}", &part[1..]);
            assert!(open(&parts.join("."), &keys).is_err(), "part {at}");
        }
        for wrong in ["", "a.b.c", "e30.a.b.c.d", "\u{e6}.a.b.c.d"] {
            assert_eq!(open(wrong, &keys).unwrap_err(), JweFault::Form);
        }
    }

    #[test]
    fn the_published_key_is_the_certificates() {
        let key = recipient(1);
        let jwk = jwk(&key.certificate).unwrap();
        assert_eq!(jwk["kid"], kid(&key.certificate));
        let encrypter =
            RSA_OAEP_256.encrypter_from_jwk(&Jwk::from_map(jwk.as_object().unwrap().clone()).unwrap()).unwrap();
        let mut header = JweHeader::new();
        header.set_content_encryption("A256GCM");
        let sealed = jwe::serialize_compact(b"{}", &header, &encrypter).unwrap();
        assert_eq!(open(&sealed, &[key.private_key().unwrap()]).unwrap().json.expose(), b"{}");
    }
}

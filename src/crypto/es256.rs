//! ES256 (RFC 7518 §3.4), the one algorithm that cards, the binding to their holder and status lists are signed with:
//! keys as JWK (RFC 7517) on P-256, and compact JWS (RFC 7515) as JWT. Nothing in a token chooses another algorithm.

use std::{fmt, mem};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    jwk::Jwk,
    jws::{
        ES256, JwsSigner as _, JwsVerifier as _,
        alg::ecdsa::{EcdsaJwsSigner, EcdsaJwsVerifier},
    },
};
use openssl::{
    bn::{BigNum, BigNumContext},
    ec::{EcGroup, EcKey, EcPoint},
    error::ErrorStack,
    nid::Nid,
    pkey::PKey,
};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{fault::faults, sha256};
use crate::system::{Rng, SecretString};

/// Bytes of a coordinate and of a private key on P-256.
const FIELD: usize = 32;

faults! {
    /// Why a key cannot be used.
    pub enum JwkFault {
        /// Not a JWK for ES256.
        Form = "JWK.FORM", "Nøkkelen er ikke en P-256-nøkkel for ES256 på JWK-form. Bruk en nøkkel med kty EC og crv P-256.";
        /// OpenSSL refused.
        Library = "JWK.INTERN_FEIL", "Krypteringsbiblioteket meldte en feil. Prøv igjen, og si fra til driften hvis feilen fortsetter.";
    }
}

/// A public key on P-256, read once.
#[derive(Clone)]
pub struct PublicKey {
    x: [u8; FIELD],
    y: [u8; FIELD],
    verifier: EcdsaJwsVerifier,
}

impl PublicKey {
    /// Reads the public half of a JWK (RFC 7518 §6.2.1); the point must lie on the curve.
    pub fn from_jwk(jwk: &Value) -> Result<Self, JwkFault> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        if text("kty") != Some("EC") || text("crv") != Some("P-256") {
            return Err(JwkFault::Form);
        }
        if text("use").is_some_and(|purpose| purpose != "sig") || text("alg").is_some_and(|alg| alg != "ES256") {
            return Err(JwkFault::Form);
        }
        // Whoever says what a key is for, says it in one of two ways (RFC 7517 §4.3).
        let verifies = |operations: &Value| operations.as_array().is_some_and(|all| all.contains(&"verify".into()));
        if jwk.get("key_ops").is_some_and(|operations| !verifies(operations) && jwk.get("d").is_none()) {
            return Err(JwkFault::Form);
        }
        let coordinate = |name| text(name).and_then(decode_field).ok_or(JwkFault::Form);
        Self::from_point(coordinate("x")?, coordinate("y")?)
    }

    fn from_point(x: [u8; FIELD], y: [u8; FIELD]) -> Result<Self, JwkFault> {
        let members = public_members(&x, &y);
        let jwk = Jwk::from_map(members).map_err(|_| JwkFault::Form)?;
        let verifier = ES256.verifier_from_jwk(&jwk).map_err(|_| JwkFault::Form)?;
        Ok(Self { x, y, verifier })
    }

    /// The key as a JWK, with no members but those that make the key.
    pub fn to_jwk(&self) -> Value {
        Value::Object(public_members(&self.x, &self.y))
    }

    /// The SHA-256 thumbprint of the JWK (RFC 7638), base64url.
    pub fn thumbprint(&self) -> String {
        let [x, y] = [self.x, self.y].map(|field| URL_SAFE_NO_PAD.encode(field));
        URL_SAFE_NO_PAD.encode(sha256(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#).as_bytes()))
    }

    pub(super) fn verifies(&self, jws: &Jws<'_>) -> bool {
        jws.signature.verifies(self)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.x == other.x && self.y == other.y
    }
}

impl Eq for PublicKey {}

/// A holder's key follows a person about: only that there is one is shown.
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(P-256)")
    }
}

fn public_members(x: &[u8; FIELD], y: &[u8; FIELD]) -> Map<String, Value> {
    let members = [("kty", "EC".to_owned()), ("crv", "P-256".to_owned())];
    let point = [("x", URL_SAFE_NO_PAD.encode(x)), ("y", URL_SAFE_NO_PAD.encode(y))];
    members.into_iter().chain(point).map(|(name, value)| (name.to_owned(), Value::String(value))).collect()
}

fn decode_field(text: &str) -> Option<[u8; FIELD]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// A private key on P-256, with the name (`kid`) that its public half is published under. OpenSSL overwrites it when it
/// is dropped.
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    secret: Zeroizing<[u8; FIELD]>,
    signer: EcdsaJwsSigner,
    public: PublicKey,
}

impl SigningKey {
    /// A new key from the given randomness, named by its thumbprint.
    pub fn make(rng: &dyn Rng) -> Result<Self, JwkFault> {
        let group = group()?;
        let mut order = BigNum::new().map_err(library)?;
        let mut context = BigNumContext::new().map_err(library)?;
        group.order(&mut order, &mut context).map_err(library)?;
        let mut secret = Zeroizing::new([0; FIELD]);
        // A number that is no key comes once in 2^32 draws.
        for _ in 0..64 {
            rng.fill(&mut *secret);
            let number = BigNum::from_slice(&*secret).map_err(library)?;
            if number.num_bits() > 0 && number < order {
                let mut point = EcPoint::new(&group).map_err(library)?;
                point.mul_generator2(&group, &number, &mut context).map_err(library)?;
                let (mut x, mut y) = (BigNum::new().map_err(library)?, BigNum::new().map_err(library)?);
                point.affine_coordinates(&group, &mut x, &mut y, &mut context).map_err(library)?;
                let public = PublicKey::from_point(field(&x)?, field(&y)?)?;
                return Self::new(secret, public, None);
            }
        }
        Err(JwkFault::Library)
    }

    /// Reads a private JWK (RFC 7518 §6.2.2). Its name is its `kid`, or else its thumbprint.
    pub fn from_jwk(jwk: &Value) -> Result<Self, JwkFault> {
        let public = PublicKey::from_jwk(jwk)?;
        let secret = jwk.get("d").and_then(Value::as_str).and_then(decode_field).ok_or(JwkFault::Form)?;
        Self::new(Zeroizing::new(secret), public, jwk.get("kid").and_then(Value::as_str))
    }

    /// Reads a private key in PEM, PKCS#8 or as `openssl ecparam -genkey` writes it. Its name is its thumbprint.
    pub fn from_pem(pem: &[u8]) -> Result<Self, JwkFault> {
        // With a passphrase, so that OpenSSL does not ask the terminal for one.
        let key = PKey::private_key_from_pem_passphrase(pem, b"").and_then(|key| key.ec_key());
        let key = key.map_err(|_| JwkFault::Form)?;
        if key.group().curve_name() != Some(Nid::X9_62_PRIME256V1) {
            return Err(JwkFault::Form);
        }
        let mut context = BigNumContext::new().map_err(library)?;
        let (mut x, mut y) = (BigNum::new().map_err(library)?, BigNum::new().map_err(library)?);
        key.public_key().affine_coordinates(key.group(), &mut x, &mut y, &mut context).map_err(|_| JwkFault::Form)?;
        let bytes = Zeroizing::new(key.private_key().to_vec_padded(FIELD as i32).map_err(|_| JwkFault::Form)?);
        let mut secret = Zeroizing::new([0; FIELD]);
        // The library writes as many bytes as it was asked for.
        secret.iter_mut().zip(bytes.iter()).for_each(|(to, from)| *to = *from);
        Self::new(secret, PublicKey::from_point(field(&x)?, field(&y)?)?, None)
    }

    /// The two halves must belong together. The key goes by way of PKCS#8, which can be overwritten; a JWK could not.
    fn new(secret: Zeroizing<[u8; FIELD]>, public: PublicKey, kid: Option<&str>) -> Result<Self, JwkFault> {
        let group = group()?;
        let [d, x, y] = [&*secret, &public.x, &public.y].map(|number| BigNum::from_slice(number));
        let point = EcKey::from_public_key_affine_coordinates(&group, &*x.map_err(library)?, &*y.map_err(library)?);
        let point = point.map_err(|_| JwkFault::Form)?;
        let key = EcKey::from_private_components(&group, &*d.map_err(library)?, point.public_key());
        let key = key.and_then(|key| key.check_key().map(|()| key)).map_err(|_| JwkFault::Form)?;
        let pkcs8 = PKey::from_ec_key(key).and_then(|key| key.private_key_to_pkcs8()).map_err(library)?;
        let signer = ES256.signer_from_der(Zeroizing::new(pkcs8)).map_err(|_| JwkFault::Library)?;
        let kid = kid.map_or_else(|| public.thumbprint(), str::to_owned);
        Ok(Self { kid, secret, signer, public })
    }

    /// The name that verifiers find the public half by.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The public half as it stands in an issuer's published key set: with `kid`, `use` and `alg`.
    pub fn to_published_jwk(&self) -> Value {
        let mut members = public_members(&self.public.x, &self.public.y);
        for (name, value) in [("kid", self.kid.as_str()), ("use", "sig"), ("alg", "ES256")] {
            members.insert(name.to_owned(), Value::String(value.to_owned()));
        }
        Value::Object(members)
    }

    /// The whole key as a private JWK, to be stored under lock.
    pub fn to_private_jwk(&self) -> SecretString {
        let secret = Zeroizing::new(URL_SAFE_NO_PAD.encode(*self.secret));
        let public = self.to_published_jwk().to_string();
        let mut jwk = String::with_capacity(public.len() + secret.len() + 8);
        jwk.push_str(public.trim_end_matches('}'));
        for part in [r#","d":""#, secret.as_str(), r#""}"#] {
            jwk.push_str(part);
        }
        SecretString::new(jwk)
    }

    /// A compact JWS with `alg`, `typ` and, when given, `kid` in its header. The signature's nonce is OpenSSL's own.
    pub(super) fn sign(&self, typ: &str, kid: Option<&str>, payload: &Value) -> Result<String, JwkFault> {
        let kid = kid.map(|kid| ("kid".to_owned(), Value::String(kid.to_owned())));
        self.sign_with(typ, kid.into_iter().collect(), payload)
    }

    /// The same, with these members beside `alg` and `typ`.
    pub(super) fn sign_with(
        &self,
        typ: &str,
        mut header: Map<String, Value>,
        payload: &Value,
    ) -> Result<String, JwkFault> {
        for (name, value) in [("alg", "ES256"), ("typ", typ)] {
            header.insert(name.to_owned(), Value::String(value.to_owned()));
        }
        let [header, payload] = [&Value::Object(header), payload].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{payload}");
        let signature = self.signer.sign(signed.as_bytes()).map_err(|_| JwkFault::Library)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

fn group() -> Result<EcGroup, JwkFault> {
    EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).map_err(library)
}

fn library(_: ErrorStack) -> JwkFault {
    JwkFault::Library
}

fn field(number: &openssl::bn::BigNumRef) -> Result<[u8; FIELD], JwkFault> {
    let bytes = number.to_vec_padded(FIELD as i32).map_err(library)?;
    bytes.try_into().map_err(|_| JwkFault::Library)
}

/// Why a text is no compact JWS that we would check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JwsFault {
    Form,
    /// `alg` is not ES256.
    Algorithm,
}

/// A compact JWS taken apart; nothing in it is to be believed before its signature is checked.
pub(super) struct Jws<'t> {
    pub header: Map<String, Value>,
    pub payload: Map<String, Value>,
    signature: Signature<'t>,
}

/// What is signed, and the signature.
pub(super) struct Signature<'t> {
    header: Map<String, Value>,
    payload: &'t str,
    signed: &'t str,
    bytes: Vec<u8>,
}

impl<'t> Signature<'t> {
    /// The outer form: the payload may be anything.
    pub fn parse(compact: &'t str) -> Result<Self, JwsFault> {
        let (signed, signature) = compact.rsplit_once('.').ok_or(JwsFault::Form)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsFault::Form)?;
        let header = object(header).ok_or(JwsFault::Form)?;
        if header.get("alg").and_then(Value::as_str) != Some("ES256") {
            return Err(JwsFault::Algorithm);
        }
        // Extensions that must be understood (RFC 7515 §4.1.11): we understand none.
        if header.contains_key("crit") || header.contains_key("b64") {
            return Err(JwsFault::Form);
        }
        let bytes = URL_SAFE_NO_PAD.decode(signature).map_err(|_| JwsFault::Form)?;
        Ok(Self { header, payload, signed, bytes })
    }

    pub fn verifies(&self, key: &PublicKey) -> bool {
        key.verifier.verify(self.signed.as_bytes(), &self.bytes).is_ok()
    }
}

impl<'t> Jws<'t> {
    pub fn parse(compact: &'t str) -> Result<Self, JwsFault> {
        let mut signature = Signature::parse(compact)?;
        let payload = object(signature.payload).ok_or(JwsFault::Form)?;
        Ok(Self { header: mem::take(&mut signature.header), payload, signature })
    }

    pub fn typ(&self) -> Option<&str> {
        self.header.get("typ").and_then(Value::as_str)
    }

    pub fn kid(&self) -> Option<&str> {
        self.header.get("kid").and_then(Value::as_str)
    }
}

fn object(encoded: &str) -> Option<Map<String, Value>> {
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).ok()?);
    serde_json::from_slice(&bytes).ok()
}

/// A NumericDate (RFC 7519 §2): whole seconds, or with a fraction, which is cut.
pub(super) fn numeric_date(value: &Value) -> Option<i64> {
    // A second that no timestamp can express is no date.
    let limit = 253_402_207_200;
    let seconds =
        value.as_i64().or_else(|| value.as_f64().filter(|number| number.is_finite()).map(|number| number as i64))?;
    (-limit..=limit).contains(&seconds).then_some(seconds)
}

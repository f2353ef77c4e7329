//! Proof that somebody has the private key that a card is to be bound to: a JWT over who is to issue it, when, and the
//! issuer's own challenge, signed with that key (OpenID4VCI 1.0, appendix F.1, proof type `jwt`).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    es256::{JwkFault, Jws, JwsFault, PublicKey, SigningKey, numeric_date},
    fault::faults,
};

/// `typ` of a proof.
pub const TYP: &str = "openid4vci-proof+jwt";

/// Most bytes of a proof. One has some five hundred.
pub const BYTES_MAX: usize = 4096;

/// Other ways to name a key. A proof names it once: two could be two keys.
const OTHER_KEYS: [&str; 4] = ["kid", "x5c", "trust_chain", "x5u"];

faults! {
    /// Why a proof counts for nothing.
    pub enum ProofFault {
        /// Not a proof in JWT form.
        Form = "INNEHAVERBEVIS.FORM", "Dette er ikke et JWT av typen openid4vci-proof+jwt med aud, iat og nonce, og nøkkelen i hodet jwk.";
        /// Signed with something else than ES256.
        Algorithm = "INNEHAVERBEVIS.ALGORITME", "Beviset på nøkkelen er ikke signert med ES256. Bruk en P-256-nøkkel og ES256.";
        /// The key cannot be used, or stands there more than once.
        Key = "INNEHAVERBEVIS.NOKKEL", "Hodet jwk må være en offentlig P-256-nøkkel, og ingen annen nøkkel kan stå ved siden av.";
        /// The private half was sent along.
        PrivateKey = "INNEHAVERBEVIS.PRIVAT_NOKKEL", "Hodet jwk inneholder den private nøkkelen. Den er ikke hemmelig lenger: lag en ny nøkkel, og send bare den offentlige delen.";
        /// Not signed with that key.
        Signature = "INNEHAVERBEVIS.SIGNATUR", "Signaturen passer ikke til nøkkelen i hodet jwk. Signer med den private delen av den samme nøkkelen.";
        /// For another issuer.
        Audience = "INNEHAVERBEVIS.MOTTAKER", "Beviset på nøkkelen er laget for en annen utsteder. aud skal være utstederens adresse, som i iss på kortene.";
        /// Signed too long ago.
        TooOld = "INNEHAVERBEVIS.FOR_GAMMELT", "Beviset på nøkkelen er for gammelt. Lag et nytt, og kontroller at klokken på telefonen går riktig.";
        /// Signed in the future.
        Ahead = "INNEHAVERBEVIS.I_FRAMTIDEN", "Beviset på nøkkelen er laget i framtiden. Kontroller at klokken på telefonen går riktig.";
    }
}

impl From<JwsFault> for ProofFault {
    fn from(fault: JwsFault) -> Self {
        match fault {
            JwsFault::Form => Self::Form,
            JwsFault::Algorithm => Self::Algorithm,
        }
    }
}

/// What an issuer asks for.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// `aud`: the issuer's own name.
    pub audience: &'a str,
    pub now: Timestamp,
    /// How old a proof may be.
    pub max_age: SignedDuration,
    /// How far clocks may be from each other.
    pub skew: SignedDuration,
}

/// A key that somebody has shown to have.
#[derive(Debug)]
pub struct Proof {
    pub key: PublicKey,
    /// The challenge that was signed; whether it is one, is for the issuer to say.
    pub nonce: String,
}

/// Judges a proof.
pub fn verify(jwt: &str, expected: &Expected<'_>) -> Result<Proof, ProofFault> {
    if jwt.len() > BYTES_MAX {
        return Err(ProofFault::Form);
    }
    let jwt = Jws::parse(jwt)?;
    if jwt.typ() != Some(TYP) {
        return Err(ProofFault::Form);
    }
    let jwk = jwt.header.get("jwk").ok_or(ProofFault::Key)?;
    if OTHER_KEYS.iter().any(|other| jwt.header.contains_key(*other)) {
        return Err(ProofFault::Key);
    }
    if jwk.get("d").is_some() {
        return Err(ProofFault::PrivateKey);
    }
    let key = PublicKey::from_jwk(jwk).map_err(|_| ProofFault::Key)?;
    if !key.verifies(&jwt) {
        return Err(ProofFault::Signature);
    }
    let text = |name: &str| jwt.payload.get(name).and_then(Value::as_str);
    let nonce = text("nonce").ok_or(ProofFault::Form)?.to_owned();
    if text("aud") != Some(expected.audience) {
        return Err(ProofFault::Audience);
    }
    let signed = jwt.payload.get("iat").and_then(numeric_date).ok_or(ProofFault::Form)?;
    let age = expected.now.duration_since(Timestamp::from_second(signed).map_err(|_| ProofFault::Form)?);
    if age > expected.max_age {
        Err(ProofFault::TooOld)
    } else if age < -expected.skew {
        Err(ProofFault::Ahead)
    } else {
        Ok(Proof { key, nonce })
    }
}

/// The holder's part: shows an issuer that the key is at hand.
pub fn prove(key: &SigningKey, audience: &str, nonce: &str, at: Timestamp) -> Result<String, JwkFault> {
    let mut header = Map::new();
    header.insert("jwk".to_owned(), key.public().to_jwk());
    key.sign_with(TYP, header, &json!({ "aud": audience, "iat": at.as_second(), "nonce": nonce }))
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;
    use crate::{crypto::assert_table, system::SeededRng};

    const ISS: &str = "https://lillevik.example";

    fn now() -> Timestamp {
        "2027-01-15T12:00:00Z".parse().unwrap()
    }

    fn judge(jwt: &str, seconds: i64) -> Result<Proof, ProofFault> {
        let now = now() + SignedDuration::from_secs(seconds);
        let (max_age, skew) = (SignedDuration::from_mins(5), SignedDuration::from_secs(30));
        verify(jwt, &Expected { audience: ISS, now, max_age, skew })
    }

    fn key(seed: u64) -> SigningKey {
        SigningKey::make(&SeededRng::new(seed)).unwrap()
    }

    fn signed(by: &SigningKey, header: Value, change: impl FnOnce(&mut Value)) -> String {
        let mut payload = json!({ "aud": ISS, "iat": now().as_second(), "nonce": "n" });
        change(&mut payload);
        by.sign_with(TYP, header.as_object().unwrap().clone(), &payload).unwrap()
    }

    #[test]
    fn who_has_the_key_can_show_it_for_a_while() {
        let holder = key(1);
        let jwt = prove(&holder, ISS, "n", now()).unwrap();
        let proof = judge(&jwt, 0).unwrap();
        assert_eq!((&proof.key, proof.nonce.as_str()), (holder.public(), "n"));
        assert!(judge(&jwt, 300).is_ok() && judge(&jwt, -30).is_ok());
        assert_eq!(judge(&jwt, 301).unwrap_err(), ProofFault::TooOld);
        assert_eq!(judge(&jwt, -31).unwrap_err(), ProofFault::Ahead);
    }

    #[test]
    fn whatever_is_not_such_a_proof_is_refused() {
        let (holder, other) = (key(1), key(2));
        let jwk = holder.public().to_jwk();
        let header = || json!({ "jwk": jwk });
        let with = |name: &str, value: Value| json!({ "jwk": jwk, name: value });
        let private: Value = serde_json::from_str(holder.to_private_jwk().expose()).unwrap();
        let same = |_: &mut Value| {};
        let good = signed(&holder, header(), same);
        assert!(judge(&good, 0).is_ok());
        let unsigned = {
            let head = URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "typ": TYP, "jwk": jwk }).to_string());
            format!("{head}.{}.", good.split('.').nth(1).unwrap())
        };
        for (jwt, fault) in [
            (String::new(), ProofFault::Form),
            ("x".repeat(BYTES_MAX + 1), ProofFault::Form),
            (holder.sign("kb+jwt", None, &json!({})).unwrap(), ProofFault::Form),
            (unsigned, ProofFault::Algorithm),
            (signed(&holder, json!({}), same), ProofFault::Key),
            (signed(&holder, with("kid", "did:x".into()), same), ProofFault::Key),
            (signed(&holder, json!({ "jwk": { "kty": "RSA" } }), same), ProofFault::Key),
            (signed(&holder, json!({ "jwk": private }), same), ProofFault::PrivateKey),
            (signed(&other, header(), same), ProofFault::Signature),
            (signed(&holder, header(), |payload| payload["aud"] = "https://x.example".into()), ProofFault::Audience),
            (signed(&holder, header(), |payload| payload["aud"] = json!([ISS])), ProofFault::Audience),
            (signed(&holder, header(), |payload| payload["iat"] = "x".into()), ProofFault::Form),
            (signed(&holder, header(), |payload| payload["nonce"] = Value::Null), ProofFault::Form),
        ] {
            assert_eq!(judge(&jwt, 0).unwrap_err(), fault, "{jwt}");
        }
    }

    #[test]
    fn faults_are_as_the_house_has_them() {
        let table: Vec<_> = ProofFault::ALL.iter().map(|fault| (fault.code(), fault.melding())).collect();
        assert_table("INNEHAVERBEVIS.", &table);
    }
}

//! The detached signature over the manifest: CMS `SignedData` (RFC 5652, section 5).
//!
//! Written by hand rather than by OpenSSL because OpenSSL takes the signing time from the machine's clock and cannot be
//! asked, through safe Rust, for the signing certificate attribute that CAdES requires. Verified by OpenSSL, after a
//! scan has told who signed and with what.

use jiff::{Timestamp, tz::TimeZone};
use openssl::{
    cms::{CMSOptions, CmsContentInfo},
    error::ErrorStack,
    hash::MessageDigest,
    sha::sha256,
    sign,
    stack::Stack,
    x509::{
        X509, X509StoreContext,
        store::X509StoreBuilder,
        verify::{X509VerifyFlags, X509VerifyParam},
    },
};

use super::fault::ContainerFault;
use crate::crypto::{
    certificate::{Certificate, CertificateFault, Signer},
    cms::{recipient::RecipientId, scan::Scanner},
    der::{
        self, CONTEXT_0_CONSTRUCTED, CONTEXT_1_CONSTRUCTED, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, SEQUENCE,
        SET, UTC_TIME, algorithm, oid, tlv,
    },
    policy::RSA_BITS_MIN,
};

/// OpenSSL's scale: 2 asks for 112 bits, so RSA-2048 and no SHA-1 in the chain (SSL_CTX_set_security_level(3)).
const CHAIN_AUTH_LEVEL: i32 = 2;

/// Signs `content` with SHA-256 and RSA; the whole chain goes in. RSA PKCS#1 v1.5 has no randomness, so the same input
/// gives the same signature.
pub(super) fn sign(content: &[u8], signer: &Signer, now: Timestamp) -> Result<Vec<u8>, ErrorStack> {
    let certificate = signer.certificate();
    let attribute = |kind: &[u8], value: &[u8]| tlv(SEQUENCE, &[&tlv(OID, &[kind]), &tlv(SET, &[value])]);
    // ESSCertIDv2 (RFC 5035, section 3); its digest is SHA-256 when nothing else is said.
    let certificate_id = tlv(SEQUENCE, &[&tlv(OCTET_STRING, &[&certificate.thumbprint()])]);
    let mut attributes = [
        attribute(oid::CONTENT_TYPE, &tlv(OID, &[oid::DATA])),
        attribute(oid::SIGNING_TIME, &time(now)),
        attribute(oid::MESSAGE_DIGEST, &tlv(OCTET_STRING, &[&sha256(content)])),
        attribute(oid::SIGNING_CERTIFICATE_V2, &tlv(SEQUENCE, &[&tlv(SEQUENCE, &[&certificate_id])])),
    ];
    // DER sorts the elements of a set by their encoding (X.690, section 11.6).
    attributes.sort();
    let attributes: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
    // What is signed is the set; what is written carries the tag [0] instead (RFC 5652, section 5.4).
    let signature =
        sign::Signer::new(MessageDigest::sha256(), signer.key().pkey())?.sign_oneshot_to_vec(&tlv(SET, &attributes))?;

    let version = tlv(INTEGER, &[&[1]]);
    let sha256 = algorithm(oid::SHA256);
    let serial = tlv(INTEGER, &[certificate.serial_der()]);
    let info = tlv(
        SEQUENCE,
        &[
            &version,
            &tlv(SEQUENCE, &[certificate.issuer_der(), &serial]),
            &sha256,
            &tlv(CONTEXT_0_CONSTRUCTED, &attributes),
            &algorithm(oid::SHA256_WITH_RSA),
            &tlv(OCTET_STRING, &[&signature]),
        ],
    );
    let chain: Vec<&[u8]> = signer.chain().iter().map(Certificate::to_der).collect();
    let signed = tlv(
        SEQUENCE,
        &[
            &version,
            &tlv(SET, &[&sha256]),
            &tlv(SEQUENCE, &[&tlv(OID, &[oid::DATA])]),
            &tlv(CONTEXT_0_CONSTRUCTED, &chain),
            &tlv(SET, &[&info]),
        ],
    );
    Ok(tlv(SEQUENCE, &[&tlv(OID, &[oid::SIGNED_DATA]), &tlv(CONTEXT_0_CONSTRUCTED, &[&signed])]))
}

/// UTCTime until 2049, GeneralizedTime from then on (RFC 5652, section 11.3).
fn time(now: Timestamp) -> Vec<u8> {
    let year = now.to_zoned(TimeZone::UTC).year();
    let (tag, format) =
        if (1950..2050).contains(&year) { (UTC_TIME, "%y%m%d%H%M%SZ") } else { (GENERALIZED_TIME, "%Y%m%d%H%M%SZ") };
    tlv(tag, &[now.strftime(format).to_string().as_bytes()])
}

/// Who signed, and the other certificates that came along.
pub(super) struct Signed {
    pub signer: Certificate,
    pub others: Vec<Certificate>,
}

/// Checks the signature's mathematics over `content`. One certificate must have made all of it: the KS .NET client signs
/// twice with the same one. SHA-1 is let through as the signature's digest, because the KS Java client uses it; the
/// manifest's digests and the certificates are held to SHA-256.
pub(super) fn verify(signature: &[u8], content: &[u8]) -> Result<Signed, ContainerFault> {
    let signed = scan(signature)?;
    if !signed.signer.is_rsa() || signed.signer.key_bits() < RSA_BITS_MIN {
        return Err(ContainerFault::WeakSigner);
    }
    let check = || {
        let mut only = Stack::new()?;
        only.push(signed.signer.x509().clone())?;
        // Only the certificate that the scan found may have signed; its chain is another matter.
        let options = CMSOptions::BINARY | CMSOptions::NOINTERN | CMSOptions::NO_SIGNER_CERT_VERIFY;
        CmsContentInfo::from_der(signature)?.verify(Some(&only), None, Some(content), None, options)
    };
    check().map_err(|_: ErrorStack| ContainerFault::Signature)?;
    Ok(signed)
}

/// `SignedData` (RFC 5652, section 5.1), in BER as the KS clients write it.
fn scan(signature: &[u8]) -> Result<Signed, ContainerFault> {
    let mut scanner = Scanner::new(signature);
    let content_info = scanner.enter(SEQUENCE)?;
    if scanner.primitive(OID)? != oid::SIGNED_DATA {
        return Err(ContainerFault::SignatureFormat);
    }
    let content = scanner.enter(CONTEXT_0_CONSTRUCTED)?;
    let signed = scanner.enter(SEQUENCE)?;
    scanner.primitive(INTEGER)?;
    let digests = scanner.enter(SET)?;
    while scanner.has_more(&digests)? {
        scanner.whole(SEQUENCE)?;
    }
    scanner.leave(digests)?;
    let encapsulated = scanner.enter(SEQUENCE)?;
    if scanner.primitive(OID)? != oid::DATA {
        return Err(ContainerFault::SignatureFormat);
    }
    // Content inside the signature would be a second truth beside the manifest: leaving fails if there is any.
    scanner.leave(encapsulated)?;

    let mut certificates = Vec::new();
    if scanner.peek() == Some(CONTEXT_0_CONSTRUCTED) {
        let set = scanner.enter(CONTEXT_0_CONSTRUCTED)?;
        while scanner.has_more(&set)? {
            certificates.push(Certificate::from_der(scanner.whole(SEQUENCE)?)?);
        }
        scanner.leave(set)?;
    }
    if scanner.peek() == Some(CONTEXT_1_CONSTRUCTED) {
        scanner.whole(CONTEXT_1_CONSTRUCTED)?;
    }

    let mut signer: Option<Certificate> = None;
    let infos = scanner.enter(SET)?;
    while scanner.has_more(&infos)? {
        let id = signer_info(&mut scanner)?;
        match &signer {
            None => signer = certificates.iter().find(|certificate| id.names(certificate)).cloned(),
            Some(known) if id.names(known) => {}
            Some(_) => return Err(ContainerFault::ManySignatures),
        }
        if signer.is_none() {
            return Err(ContainerFault::SignatureFormat);
        }
    }
    scanner.leave(infos)?;
    scanner.leave(signed)?;
    scanner.leave(content)?;
    scanner.leave(content_info)?;
    if !scanner.is_at_end() {
        return Err(ContainerFault::SignatureFormat);
    }
    let signer = signer.ok_or(ContainerFault::NoSignature)?;
    certificates.retain(|certificate| *certificate != signer);
    Ok(Signed { signer, others: certificates })
}

/// `SignerInfo` (RFC 5652, section 5.3): who it is, after its digest and its signed attributes have been asked for.
fn signer_info<'a>(scanner: &mut Scanner<'a>) -> Result<RecipientId<'a>, ContainerFault> {
    let info = scanner.enter(SEQUENCE)?;
    scanner.primitive(INTEGER)?;
    let id = RecipientId::read(scanner)?;
    let digest = scanner.enter(SEQUENCE)?;
    if ![oid::SHA1, oid::SHA256, oid::SHA384, oid::SHA512].contains(&scanner.primitive(OID)?) {
        return Err(ContainerFault::SignatureAlgorithm);
    }
    if scanner.peek() == Some(der::NULL) {
        scanner.primitive(der::NULL)?;
    }
    scanner.leave(digest)?;
    // A signature without attributes could be passed off as one over other content (RFC 5652, section 5.3).
    scanner.whole(CONTEXT_0_CONSTRUCTED)?;
    scanner.whole(SEQUENCE)?;
    scanner.primitive(OCTET_STRING)?;
    if scanner.peek() == Some(CONTEXT_1_CONSTRUCTED) {
        scanner.whole(CONTEXT_1_CONSTRUCTED)?;
    }
    scanner.leave(info)?;
    Ok(id)
}

/// Whether the signer's certificate is in date and leads to one of the anchors. An anchor need not be self-signed.
pub(super) fn check_chain(signed: &Signed, anchors: &[Certificate], now: Timestamp) -> Result<(), ContainerFault> {
    signed.signer.check_dates(now).map_err(|fault: CertificateFault| ContainerFault::from(fault))?;
    match leads_to_anchor(signed, anchors, now) {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => Err(ContainerFault::Untrusted),
    }
}

fn leads_to_anchor(signed: &Signed, anchors: &[Certificate], now: Timestamp) -> Result<bool, ErrorStack> {
    let mut parameters = X509VerifyParam::new()?;
    parameters.set_time(now.as_second());
    parameters.set_auth_level(CHAIN_AUTH_LEVEL);
    parameters.set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
    let mut store = X509StoreBuilder::new()?;
    store.set_param(&parameters)?;
    for anchor in anchors {
        store.add_cert(anchor.x509().clone())?;
    }
    let mut others: Stack<X509> = Stack::new()?;
    for other in &signed.others {
        others.push(other.x509().clone())?;
    }
    X509StoreContext::new()?.init(&store.build(), signed.signer.x509(), &others, |context| context.verify_cert())
}

use super::*;
use crate::crypto::{
    fault::assert_table,
    testdata::{certificate, key, now, read, signer},
};

#[test]
fn reads_what_a_catalogue_shows() {
    let certificate = certificate("kommune-a-enc-rsa2048");
    assert_eq!(certificate.serial(), "326411568581610436370303560422241432354709957258");
    let name = "CN=TEST ONLY kommune A barnevern,2.5.4.97=NTRNO-999999990,O=TESTKOMMUNE Ærøskjær (TEST ONLY),C=NO";
    assert_eq!(certificate.subject_dn(), name);
    assert_eq!(certificate.issuer_dn(), name);
    assert_eq!(certificate.valid_from().to_string(), "2026-11-21T21:12:53Z");
    assert_eq!(certificate.valid_to().to_string(), "2046-11-16T21:12:53Z");
    assert_eq!(certificate.key_bits(), 2048);
    assert!(certificate.is_rsa());
    assert_eq!(certificate.orgnr().as_deref(), Some("999999990"));
    assert_eq!(signer().certificate().orgnr().as_deref(), Some("999999992"));
    assert_eq!(super::super::testdata::certificate("print-enc-rsa2048").orgnr(), None);
}

#[test]
fn forms_agree() {
    let pem = read("keys/TEST-ONLY-kommune-b-enc-rsa2048.cert.pem");
    let certificate = Certificate::from_pem(&pem).unwrap();
    assert_eq!(certificate.to_pem().as_bytes(), pem);
    assert_eq!(Certificate::from_der(certificate.to_der()).unwrap(), certificate);
    assert_eq!(certificate.thumbprint(), openssl::sha::sha256(certificate.to_der()));
    assert_eq!(certificate.issuer_der(), certificate.x509().issuer_name().to_der().unwrap());
    assert_eq!(certificate.public_key_der(), key("kommune-b-enc-rsa2048").pkey().public_key_to_der().unwrap());
    let shown = format!("{certificate:?}");
    assert!(shown.contains(&certificate.serial()) && !shown.contains("TESTKOMMUNE"), "{shown}");
}

#[test]
fn every_mistake_has_its_fault() {
    let pem = read("keys/TEST-ONLY-kommune-a-enc-rsa2048.cert.pem");
    let key = read("keys/TEST-ONLY-kommune-a-enc-rsa2048.key.pem");
    let fault = |bytes: &[u8]| Certificate::from_pem(bytes).unwrap_err();
    assert_eq!(fault(b" \n"), CertificateFault::Empty);
    assert_eq!(fault(b"hei"), CertificateFault::Unreadable);
    assert_eq!(fault(&key), CertificateFault::PrivateKey);
    assert_eq!(fault(&[pem.clone(), key.clone()].concat()), CertificateFault::PrivateKey);
    assert_eq!(fault(&[pem.clone(), pem.clone()].concat()), CertificateFault::Several);
    assert_eq!(Certificate::from_der(&[]).unwrap_err(), CertificateFault::Empty);
    let mut der = Certificate::from_pem(&pem).unwrap().to_der().to_vec();
    der.push(0);
    assert_eq!(Certificate::from_der(&der).unwrap_err(), CertificateFault::Unreadable);
    let key_der = PrivateKey::from_pem(&key).unwrap().pkey().private_key_to_der().unwrap();
    assert_eq!(Certificate::from_der(&key_der).unwrap_err(), CertificateFault::PrivateKey);
}

#[test]
fn recipients_are_held_to_key_and_dates() {
    let good = certificate("kommune-a-enc-rsa4096");
    assert_eq!(good.check_recipient(now()), Ok(()));
    assert_eq!(good.check_recipient(good.valid_from()), Ok(()));
    assert_eq!(good.check_recipient(good.valid_to()), Ok(()));
    let second = jiff::SignedDuration::from_secs(1);
    assert_eq!(good.check_recipient(good.valid_from() - second), Err(CertificateFault::NotYetValid));
    assert_eq!(good.check_recipient(good.valid_to() + second), Err(CertificateFault::Expired));
    assert_eq!(certificate("kommune-a-enc-expired").check_recipient(now()), Err(CertificateFault::Expired));
    assert_eq!(certificate("weak-enc-rsa1024").check_recipient(now()), Err(CertificateFault::WeakKey));
}

#[test]
fn keys_are_read_in_both_forms_and_never_shown() {
    let pkcs8 = key("kommune-a-enc-rsa2048");
    let pkcs1 = pkcs8.pkey().rsa().unwrap().private_key_to_pem().unwrap();
    assert!(pkcs1.starts_with(b"-----BEGIN RSA PRIVATE KEY"));
    let read_again = PrivateKey::from_pem(&pkcs1).unwrap();
    assert!(read_again.pkey().public_eq(pkcs8.pkey()));
    assert!(PrivateKey::from_pem(pkcs8.to_pkcs8_pem().unwrap().expose().as_bytes()).is_ok());
    assert_eq!(format!("{pkcs8:?}"), "PrivateKey(…)");
    let encrypted =
        pkcs8.pkey().private_key_to_pem_pkcs8_passphrase(openssl::symm::Cipher::aes_256_cbc(), b"x").unwrap();
    assert_eq!(PrivateKey::from_pem(&encrypted).unwrap_err(), KeyFault::Encrypted);
    assert_eq!(PrivateKey::from_pem(b"hei").unwrap_err(), KeyFault::Unreadable);
}

#[test]
fn signer_needs_its_own_certificate_first() {
    let (leaf, ca) = (read("keys/TEST-ONLY-virksomhet-sign-rsa2048.cert.pem"), read("keys/TEST-ONLY-ca.cert.pem"));
    let key = read("keys/TEST-ONLY-virksomhet-sign-rsa2048.key.pem");
    assert_eq!(Signer::from_pem(&key, &[ca.clone(), leaf.clone()].concat()).unwrap_err(), KeyFault::Mismatch);
    assert_eq!(Signer::from_pem(&key, b"").unwrap_err(), KeyFault::NoCertificate);
    assert_eq!(Signer::from_pem(&key, &[leaf, ca].concat()).unwrap().chain().len(), 2);
    let weak = (read("keys/TEST-ONLY-weak-enc-rsa1024.key.pem"), read("keys/TEST-ONLY-weak-enc-rsa1024.cert.pem"));
    assert_eq!(Signer::from_pem(&weak.0, &weak.1).unwrap_err(), KeyFault::WeakKey);
}

#[test]
fn signer_opens_pkcs12() {
    let signer = signer();
    let mut builder = openssl::pkcs12::Pkcs12::builder();
    let mut above = openssl::stack::Stack::new().unwrap();
    above.push(signer.chain()[1].x509().clone()).unwrap();
    builder.pkey(signer.key().pkey()).cert(signer.certificate().x509()).ca(above);
    let file = builder.build2("hemmelig").unwrap().to_der().unwrap();
    let read = Signer::from_pkcs12(&file, "hemmelig").unwrap();
    assert_eq!(read.chain(), signer.chain());
    assert_eq!(Signer::from_pkcs12(&file, "feil").unwrap_err(), KeyFault::Password);
    assert_eq!(Signer::from_pkcs12(b"hei", "feil").unwrap_err(), KeyFault::Pkcs12);
}

#[test]
fn names_are_escaped_and_joined() {
    // Two attributes in one relative name, and an unfriendly value.
    let name = [
        &[0x30, 0x2C][..],
        &[0x31, 0x1B, 0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x0A, 0x0C, 0x02, b'#', b','],
        &[0x30, 0x0E, 0x06, 0x03, 0x55, 0x04, 0x05, 0x13, 0x07, b'a', b'+', b'b', b'\n', b' ', b'c', b' '],
        &[0x31, 0x0D, 0x30, 0x0B, 0x06, 0x03, 0x55, 0x04, 0x03, 0x1E, 0x04, 0x00, 0xC6, 0x00, 0xF8],
    ]
    .concat();
    assert_eq!(name::display(&name), "CN=Æø,O=\\#\\,+2.5.4.5=a\\+b\u{FFFD} c\\ ");
    assert_eq!(name::orgnr(&name), None);
    assert_eq!(name::display(b"rubbish"), "");
}

#[test]
fn fault_tables_have_form() {
    let certificate: Vec<_> = CertificateFault::ALL.iter().map(|fault| (fault.code(), fault.melding())).collect();
    assert_table("SERTIFIKAT.", &certificate);
    let key: Vec<_> = KeyFault::ALL.iter().map(|fault| (fault.code(), fault.melding())).collect();
    assert_table("NOKKEL.", &key);
}

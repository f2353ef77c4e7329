"""The sealed report: files in a signed ASiC-E (CAdES), sealed to one certificate (CMS), and back again.

`cryptography` writes CMS too, but neither RSAES-OAEP nor the attribute that CAdES asks for; so it does the arithmetic
here, and `asn1crypto` the structure."""

import base64
import hashlib
import io
import os
import xml.etree.ElementTree as ElementTree
import zipfile
from datetime import UTC, datetime

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding

MIMETYPE = "application/vnd.etsi.asic-e+zip"
MANIFEST, SIGNATURE = "META-INF/ASiCManifest.xml", "META-INF/signature.p7s"
ASIC, DSIG = "{http://uri.etsi.org/02918/v1.2.1#}", "{http://www.w3.org/2000/09/xmldsig#}"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
MEDIA_TYPES = {"json": "application/json", "pdf": "application/pdf"}
# KS's Java client still signs with SHA-1; the digests in its manifest are SHA-256.
SIGNATURE_HASHES: dict[str, hashes.HashAlgorithm] = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}
OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


def pack(files: dict[str, bytes], key: RSAPrivateKey, certificate: x509.Certificate) -> bytes:
    """A signed ASiC-E in the form of KS's clients. The first file is the root file."""
    root = ElementTree.Element(f"{ASIC}ASiCManifest")
    ElementTree.SubElement(root, f"{ASIC}SigReference", URI=SIGNATURE, MimeType="application/x-pkcs7-signature")
    for at, (name, content) in enumerate(files.items()):
        entry = ElementTree.SubElement(
            root, f"{ASIC}DataObjectReference", URI=name, MimeType=MEDIA_TYPES[name.rsplit(".")[-1]])
        if at == 0:
            entry.set("Rootfile", "true")
        ElementTree.SubElement(entry, f"{DSIG}DigestMethod", Algorithm=SHA256)
        ElementTree.SubElement(entry, f"{DSIG}DigestValue").text = digest(content)
    manifest = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", MIMETYPE, zipfile.ZIP_STORED)  # first, and not compressed
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr(MANIFEST, manifest)
        archive.writestr(SIGNATURE, sign(manifest, key, certificate))
    return out.getvalue()


def unpack(asice: bytes, sealed_by: str, ca: x509.Certificate) -> dict[str, bytes]:
    """The files, once the manifest names them all and was signed by the organisation `sealed_by`, vouched for by `ca`."""
    with zipfile.ZipFile(io.BytesIO(asice)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    assert entries.get("mimetype") == MIMETYPE.encode(), "not an ASiC-E"
    files = {name: content for name, content in entries.items() if name != "mimetype" and not name.startswith("META-INF/")}
    manifest = next(content for name, content in entries.items() if name.lower() == MANIFEST.lower())
    signature = next(content for name, content in entries.items() if name.endswith(".p7s"))

    certificate = verify(manifest, signature)
    certificate.verify_directly_issued_by(ca)
    assert sealed_by in certificate.subject.rfc4514_string(), f"signed by {certificate.subject}, not by {sealed_by}"
    listed = {
        entry.get("URI"): entry.findtext(f"{DSIG}DigestValue")
        for entry in ElementTree.fromstring(manifest).iter(f"{ASIC}DataObjectReference")
    }
    assert listed == {name: digest(content) for name, content in files.items()}, "the manifest is about other files"
    return files


def sign(content: bytes, key: RSAPrivateKey, certificate: x509.Certificate) -> bytes:
    """A detached CAdES-BES signature."""
    own = certificate.public_bytes(Encoding.DER)
    signer = asn1_x509.Certificate.load(own)
    attributes = cms.CMSAttributes([
        {"type": "content_type", "values": ["data"]},
        {"type": "signing_time", "values": [cms.Time({"utc_time": datetime.now(UTC)})]},
        {"type": "message_digest", "values": [hashlib.sha256(content).digest()]},
        {"type": "signing_certificate_v2",
         "values": [tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(own).digest()}]})]},
    ])
    info = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": signer.issuer, "serial_number": signer.serial_number}},
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": "sha256_rsa"},
        "signature": key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256()),
    }
    signed = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "data"},
        "certificates": [signer],
        "signer_infos": [info],
    }
    der: bytes = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)}).dump()
    return der


def verify(content: bytes, signature: bytes) -> x509.Certificate:
    """Whose signature it is. One that is not over `content` raises."""
    signed = cms.ContentInfo.load(signature)["content"]
    info = signed["signer_infos"][0]
    attributes = {attribute["type"].native: attribute["values"][0].native for attribute in info["signed_attrs"]}
    algorithm = info["digest_algorithm"]["algorithm"].native
    assert attributes["message_digest"] == hashlib.new(algorithm, content).digest(), "the signature is over another manifest"
    serial = info["sid"].chosen["serial_number"].native
    der = next(c.chosen.dump() for c in signed["certificates"] if c.chosen.serial_number == serial)
    certificate = x509.load_der_x509_certificate(der)
    public_key(certificate).verify(
        info["signature"].native, info["signed_attrs"].untag().dump(), padding.PKCS1v15(), SIGNATURE_HASHES[algorithm])
    return certificate


def seal(content: bytes, recipient: x509.Certificate) -> bytes:
    """CMS EnvelopedData: RSAES-OAEP with SHA-256 twice, AES-256-CBC."""
    key, iv = os.urandom(32), os.urandom(16)
    padder, encryptor = PKCS7(128).padder(), Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    padded = padder.update(content) + padder.finalize()
    certificate = asn1_x509.Certificate.load(recipient.public_bytes(Encoding.DER))
    sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
    oaep = algos.RSAESOAEPParams({
        "hash_algorithm": sha256,
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": sha256},
    })
    info = {
        "version": "v0",
        "rid": {"issuer_and_serial_number": {"issuer": certificate.issuer, "serial_number": certificate.serial_number}},
        "key_encryption_algorithm": {"algorithm": "rsaes_oaep", "parameters": oaep},
        "encrypted_key": public_key(recipient).encrypt(key, OAEP),
    }
    enveloped = {
        "version": "v0",
        "recipient_infos": [cms.RecipientInfo("ktri", info)],
        "encrypted_content_info": {
            "content_type": "data",
            "content_encryption_algorithm": {"algorithm": "aes256_cbc", "parameters": core.OctetString(iv)},
            "encrypted_content": encryptor.update(padded) + encryptor.finalize(),
        },
    }
    der: bytes = cms.ContentInfo({"content_type": "enveloped_data", "content": cms.EnvelopedData(enveloped)}).dump()
    return der


def unseal(envelope: bytes, key: RSAPrivateKey) -> bytes:
    """What `seal` sealed, also in the BER that KS's clients write."""
    enveloped = cms.ContentInfo.load(envelope)["content"]
    # KS's .NET client names the recipient twice; the other one is for PKCS #1 v1.5.
    recipient = next(r.chosen for r in enveloped["recipient_infos"]
                     if r.chosen["key_encryption_algorithm"]["algorithm"].native == "rsaes_oaep")
    content_key = key.decrypt(recipient["encrypted_key"].native, OAEP)
    info = enveloped["encrypted_content_info"]
    iv = info["content_encryption_algorithm"]["parameters"].native
    decryptor, unpadder = Cipher(algorithms.AES(content_key), modes.CBC(iv)).decryptor(), PKCS7(128).unpadder()
    padded = decryptor.update(info["encrypted_content"].native) + decryptor.finalize()
    return unpadder.update(padded) + unpadder.finalize()


def digest(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def public_key(certificate: x509.Certificate) -> RSAPublicKey:
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    return key

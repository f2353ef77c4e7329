"""Seals the kit's sample report as a case system does before it sends: the two parts of a multipart report.

Writes `asice.zip` (an ASiC-E with JSON and PDF, signed with the virksomhetssertifikat and encrypted to the office) and
`bekymringsmelding.pdf` (the PDF, encrypted to the printer). Needs openssl 3. usage: seal.py KITDIR OUTDIR
"""
import base64
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

kit, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
certificate = json.loads((kit / "kit.json").read_text())["virksomhetssertifikat"]
files = {name: (kit / "rapport" / name).read_bytes() for name in ("bekymringsmelding.json", "bekymringsmelding.pdf")}
TYPES = {".json": "application/json", ".pdf": "application/pdf"}


def openssl(*arguments, data=b""):
    secret = {**os.environ, "P12": certificate["passord"]}
    return subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, check=True, env=secret).stdout


def encrypt(data, recipient):
    """CMS with AES-256-CBC and RSA-OAEP, SHA-256 throughout: with a weaker default the gateway refuses it."""
    return openssl("cms", "-encrypt", "-binary", "-aes-256-cbc", "-outform", "DER", "-recip", kit / recipient, "-keyopt",
                   "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256", "-keyopt", "rsa_mgf1_md:sha256", data=data)


def sign(data):
    """A detached CAdES signature."""
    with tempfile.TemporaryDirectory() as folder:  # for its owner only, and gone at once
        signer = pathlib.Path(folder, "signer.pem")
        signer.write_bytes(openssl("pkcs12", "-in", kit / certificate["fil"], "-nodes", "-passin", "env:P12"))
        return openssl("cms", "-sign", "-binary", "-cades", "-md", "sha256", "-outform", "DER", "-signer", signer, data=data)


manifest = ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?><ASiCManifest xmlns="http://uri.etsi.org/02918/v1.2.1#" '
            'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><SigReference URI="META-INF/signature.p7s" '
            'MimeType="application/x-pkcs7-signature"/>')
for name, data in files.items():
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    manifest += (f'<DataObjectReference URI="{name}" MimeType="{TYPES[name[name.rindex("."):]]}"><ds:DigestMethod '
                 f'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>{digest}</ds:DigestValue>'
                 '</DataObjectReference>')
manifest = (manifest + "</ASiCManifest>").encode()

out.mkdir(parents=True, exist_ok=True)
with tempfile.TemporaryFile() as plain:
    with zipfile.ZipFile(plain, "w") as container:
        container.writestr("mimetype", "application/vnd.etsi.asic-e+zip")  # first, and not compressed
        for name, data in {**files, "META-INF/asicmanifest.xml": manifest, "META-INF/signature.p7s": sign(manifest)}.items():
            container.writestr(name, data, zipfile.ZIP_DEFLATED)
    plain.seek(0)
    (out / "asice.zip").write_bytes(encrypt(plain.read(), "kommune.cert.pem"))
(out / "bekymringsmelding.pdf").write_bytes(encrypt(files["bekymringsmelding.pdf"], "print.cert.pem"))

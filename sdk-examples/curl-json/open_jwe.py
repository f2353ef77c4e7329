"""Opens a report that an office has chosen to get as JWE. usage: open_jwe.py FILE PRIVATE_KEY.pem"""
import json
import sys

from jwcrypto import jwe, jwk

content, key = open(sys.argv[1]).read(), jwk.JWK.from_pem(open(sys.argv[2], "rb").read())
token = jwe.JWE(algs=["RSA-OAEP-256", "A256GCM"])
token.deserialize(content, key)
header, report = token.jose_header, json.loads(token.payload)
assert header["cty"] == "application/json", header
# Office 02 takes version 1: the field that version 2 added has been carried over into one that version 1 has.
assert header["skjema"] == "bekymringsmelding/offentlig/v1", header
assert "andreSynspunkter" not in report["melding"] and "Andre synspunkter" in report["melding"]["historie"], "conversion"
print(f"opened   with jwcrypto: {header['skjema']}, converted from version 2 without losing a word")

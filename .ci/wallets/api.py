"""A wallet in Python (sd-jwt, token-status-list) against a running gateway: python api.py KIT MELDEPORT

KIT is the folder that `meldeport demo --kit` wrote, with that demo running. The wallet makes the key, the proof and the presentations
itself; the library judges the gateway's card and status list, and `meldeport card verify` judges what the wallet shows. A line for
each case goes to standard output.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from sd_jwt.holder import SDJWTHolder
from sd_jwt.verifier import SDJWTVerifier
from token_status_list import BitArray

kit = json.loads((pathlib.Path(sys.argv[1]) / "kit.json").read_text())
meldeport = sys.argv[2]
base, kommune, bevis = kit["baseUrl"], kit["kommune"], kit["ledsagerbevis"]
# Not the person of the demo's own act, who cannot have another code so soon.
person = bevis["personer"][1]
cases = f"{base}/digitalt-ledsagerbevis/api/v1/organisasjoner/{kommune['fiksOrgId']}/ledsagerbevis"
citizens = f"{base}/digitalt-ledsagerbevis/innbygger/api/v1"
AUDIENCE, NONCE = "https://kino.example", "en-utfordring"


def ask(url, method="GET", body=None, headers={}):
    data = None if body is None else json.dumps(body).encode()
    headers = dict(headers, **({} if body is None else {"Content-Type": "application/json"}))
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as answer:
        text = answer.read().decode()
    return json.loads(text) if text.startswith(("{", "[")) else text


token = ask(f"{base}/prov/token/kommune", "POST")["access_token"]
worker = {
    "Authorization": f"Bearer {token}",
    "IntegrasjonId": kommune["integrasjonId"],
    "IntegrasjonPassord": kommune["integrasjonPassord"],
}
card_id = ask(cases, "POST", {"eier": person, "antallLedsagere": 2, "varig": True}, worker)["id"]


def code():
    for _ in range(100):
        for file in pathlib.Path(bevis["smsmappe"]).glob("*.json"):
            sms = json.loads(file.read_text())
            if sms["til"].endswith(person["telefonnummer"]) and sms["tekst"].startswith("Koden din"):
                return "".join(c for c in sms["tekst"].split(".")[0] if c.isdigit())
        time.sleep(0.1)
    sys.exit("no text message came")


ask(f"{citizens}/{person['telefonnummer']}", "POST")
login = ask(f"{citizens}/token", "POST", {"otp": code(), "telefonnummer": person["telefonnummer"]})
citizen = {"Authorization": f"Bearer {login['token']}"}
metadata = ask(f"{base}/.well-known/jwt-vc-issuer")
holder, other = [JWK.generate(kty="EC", crv="P-256") for _ in range(2)]


def fetch(key, nonce):
    """The card, for a proof that another library signed."""
    proof = JWS(json.dumps({"aud": metadata["issuer"], "iat": int(time.time()), "nonce": nonce}))
    header = {"typ": "openid4vci-proof+jwt", "alg": "ES256", "jwk": key.export_public(as_dict=True)}
    # The library names keys by a `kid` of its own, which a proof must not have beside the key.
    header["jwk"].pop("kid", None)
    proof.add_signature(key, "ES256", json.dumps(header))
    body = {"innehaverbevis": proof.serialize(compact=True)}
    return ask(f"{citizens}/ledsagerbevis/{card_id}/kort", "POST", body, citizen)["kort"]


nonce = ask(f"{citizens}/kort/engangsverdi", "POST", headers=citizen)["engangsverdi"]
card = fetch(holder, nonce)


def issuer_key(issuer, header):
    if issuer != metadata["issuer"]:
        raise ValueError("another issuer")
    return JWK(**next(key for key in metadata["jwks"]["keys"] if key["kid"] == header["kid"]))


def present(names, key=holder, nonce=NONCE):
    shown = SDJWTHolder(card)
    shown.create_presentation({name: True for name in names}, nonce, AUDIENCE, key, "ES256")
    return shown.sd_jwt_presentation


def verify(presentation, token, now=None):
    """What the library, and a caller that does what it leaves to be done, make of a presentation."""
    now = now or time.time()
    claims = SDJWTVerifier(presentation, issuer_key, AUDIENCE, NONCE).get_verified_payload()
    if claims["exp"] <= now or claims["vct"] != f"{metadata['issuer']}/ledsagerbevis/v1" or claims["antallLedsagere"] != 2:
        raise ValueError("expired, or another card")
    reference = claims["status"]["status_list"]
    jws = JWS()
    jws.deserialize(token)
    jws.verify(issuer_key(metadata["issuer"], json.loads(jws.objects["protected"])), alg="ES256")
    payload = json.loads(jws.payload)
    if payload["sub"] != reference["uri"] or payload["exp"] <= now:
        raise ValueError("another list, or an expired one")
    if BitArray.load(payload["status_list"]).get(reference["idx"]) != 0:
        raise ValueError("revoked")
    return claims


def status_list():
    claims = SDJWTVerifier(card, issuer_key).get_verified_payload()
    return ask(claims["status"]["status_list"]["uri"])


def tell(name, right, said, whose="ours"):
    print("ok" if right else "WRONG", whose, name, said, sep="\t")


def judged(name, accept, *arguments):
    try:
        said, accepted = f"accepted: {sorted(verify(*arguments))}"[:60], True
    except Exception as error:
        said, accepted = f"refused: {type(error).__name__}: {error}".splitlines()[0], False
    tell(f"live: {name}", accepted == accept, said)


def refused(name, key, nonce):
    try:
        fetch(key, nonce)
        tell(f"live: {name}", False, "accepted")
    except urllib.error.HTTPError as error:
        tell(f"live: {name}", error.code == 400, f"refused: {json.load(error)['errorCode']}")


def ours(name, presentation, token, expected):
    """What `card verify` makes of what the other wallet shows."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "issuers.json").write_text(json.dumps(ask(f"{base}/ledsagerbevis/issuers.json")))
        (folder / "status.jwt").write_text(token)
        command = [meldeport, "card", "verify", "-", "--json", "--issuers", folder / "issuers.json"]
        command += ["--status", folder / "status.jwt", "--audience", AUDIENCE, "--nonce", NONCE]
        run = subprocess.run(command, input=presentation, capture_output=True, text=True)
    answer = json.loads(run.stdout)
    code = "GYLDIG" if answer["gyldig"] else answer["kode"]
    tell(f"live: {name}", code == expected, code, "theirs")


def altered(text, at):
    return text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1 :]


fresh = status_list()
good = present(["navn"])
tell("live: the card says whose it is", verify(good, fresh)["navn"] == person["navn"], "by name")
judged("shown without a claim", True, present([]), fresh)
judged("altered card", False, altered(good, good.index("~") - 40), fresh)
judged("altered list", False, good, altered(fresh, len(fresh) - 40))
judged("another phone", False, present([], other), fresh)
judged("another challenge", False, present([], nonce="en annen"), fresh)
judged("after the copy ran out", False, good, fresh, time.time() + 31 * 86400)
ours("our card, shown by their wallet", good, fresh, "GYLDIG")
ours("shown by another phone", present([], other), fresh, "KORT.FEIL_INNEHAVER")
refused("a challenge that was answered", holder, nonce)
refused("a challenge that nobody gave", holder, "x" * 75)
ask(f"{cases}/{card_id}", "PATCH", {"revokertGrunn": "Utstedt ved en feil."}, worker)
judged("revoked, with the list from before", True, good, fresh)
judged("revoked", False, good, status_list())
ours("revoked, shown by their wallet", good, status_list(), "SPERRELISTE.TRUKKET")

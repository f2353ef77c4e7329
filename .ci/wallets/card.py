"""The cards in Python (sd-jwt, token-status-list): judges ours, and makes some for us to judge.

    python card.py KIT OUT

KIT is what `cargo run --example kort` prints. A line for each case goes to standard output, OUT gets the cards made here.
"""

import base64
import datetime
import json
import sys
import time

from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier
from token_status_list import BitArray

with open(sys.argv[1]) as file:
    kit = json.load(file)


def key(jwk):
    return JWK(**jwk)


issuer_public = key(kit["issuers"][kit["issuer"]]["keys"][0])


def find_key(issuer, header):
    if issuer != kit["issuer"] or header["kid"] != kit["issuerKey"]["kid"]:
        raise ValueError("unknown issuer or key")
    return issuer_public


def check_list(token, place):
    """The list's signature, its times and the place in it."""
    jws = JWS()
    jws.deserialize(token)
    jws.verify(issuer_public, alg="ES256")
    payload = json.loads(jws.payload)
    if payload["sub"] != kit["list"] or payload["exp"] <= time.time():
        raise ValueError("the status list is another one, or has expired")
    if BitArray.load(payload["status_list"]).get(place) != 0:
        raise ValueError("revoked")


# Ours, judged there.
for case in kit["cases"]:
    if not case["foreign"]:
        continue
    name = case["name"]
    why = ""
    try:
        verifier = SDJWTVerifier(case["presentation"], find_key, kit["audience"], kit["nonce"])
        claims = verifier.get_verified_payload()
        # The library leaves the times to its caller.
        if claims["exp"] <= time.time() or claims["iat"] > time.time() + 30:
            raise ValueError("expired, or not valid yet (seen by the caller)")
        if claims["vct"] != kit["vct"] or claims["antallLedsagere"] != 1:
            raise ValueError("content")
        if name == "one claim is shown" and (claims["navn"] != "Kari Fiktiv Testesen" or "fodselsnummer" in claims):
            raise ValueError("claims")
        if name == "every claim is shown" and claims["fodselsnummer"] != "17829299968":
            raise ValueError("claims")
        reference = claims["status"]["status_list"]
        if reference["uri"] != kit["list"]:
            raise ValueError("another list")
        check_list(case["status"], reference["idx"])
        accepted = True
    except Exception as error:
        accepted = False
        why = f"{type(error).__name__}: {error}".splitlines()[0]
    verdict = "ok" if accepted == (case["expected"] == "GYLDIG") else "WRONG"
    print(verdict, "ours", name, "accepted" if accepted else f"refused: {why}", sep="\t")


# Theirs, for us to judge.
def issue(exp, place=7):
    claims = {
        "iss": kit["issuer"],
        "vct": kit["vct"],
        "iat": exp - 86400,
        "exp": exp,
        "status": {"status_list": {"idx": place, "uri": kit["list"]}},
        "antallLedsagere": 2,
        "gyldigTil": "2099-12-31",
        SDObj("navn"): "Ola Fiktiv Testesen",
        SDObj("fodselsdato"): "1980-01-02",
    }
    holder = {name: kit["holderKey"][name] for name in ("kty", "crv", "x", "y")}
    header = {"typ": "dc+sd-jwt", "kid": kit["issuerKey"]["kid"]}
    issuer = SDJWTIssuer(
        claims, key(kit["issuerKey"]), key(holder), add_decoy_claims=True, extra_header_parameters=header
    )
    return issuer.sd_jwt_issuance


def present(card, names, holder_key="holderKey", nonce=kit["nonce"]):
    holder = SDJWTHolder(card)
    shown = {name: True for name in names}
    holder.create_presentation(shown, nonce, kit["audience"], key(kit[holder_key]), "ES256")
    return holder.sd_jwt_presentation


def status_list(revoked, bits=1, iat=None):
    iat = int(iat or time.time())
    places = BitArray.of_size(bits, 64)
    for place in revoked:
        places[place] = 1
    payload = {"sub": kit["list"], "iat": iat, "exp": iat + 3600, "ttl": 600, "status_list": places.dump()}
    jws = JWS(json.dumps(payload))
    header = {"alg": "ES256", "typ": "statuslist+jwt", "kid": kit["issuerKey"]["kid"]}
    jws.add_signature(key(kit["issuerKey"]), "ES256", json.dumps(header))
    return jws.serialize(compact=True)


def altered(text, at):
    return text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1 :]


def renamed(presentation):
    """The name in a disclosure is another one."""
    jwt, disclosure, binding = presentation.split("~")
    text = base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)).replace(b"Ola", b"Ole")
    return "~".join([jwt, base64.urlsafe_b64encode(text).decode().rstrip("="), binding])


card = issue(int(time.time()) + 3600)
good = present(card, ["navn"])
fresh = status_list([3, 5])


def made(name, presentation, expected, status=(fresh,), navn=None):
    return {"name": name, "presentation": presentation, "status": list(status), "expected": expected, "navn": navn}


tilde = good.index("~")
cases = [
    made("one claim is shown", good, "GYLDIG", navn="Ola Fiktiv Testesen"),
    made("no claim is shown", present(card, []), "GYLDIG"),
    made("our card, shown by their wallet", present(kit["card"], ["navn"]), "GYLDIG", [], "Kari Fiktiv Testesen"),
    made("altered signature", altered(good, tilde - 40), "KORT.SIGNATUR"),
    made("altered disclosure", renamed(good), "KORT.UKJENT_OPPLYSNING"),
    made("no key binding", good[: good.rindex("~") + 1], "KORT.IKKE_BUNDET"),
    made("another holder's key", present(card, ["navn"], "otherKey"), "KORT.FEIL_INNEHAVER"),
    made("another nonce", present(card, [], nonce="en annen"), "KORT.FEIL_UTFORDRING"),
    made("expired card", present(issue(int(time.time()) - 60), []), "KORT.UTLOPT"),
    made("revoked", good, "SPERRELISTE.TRUKKET", [status_list([7])]),
    made("revoked, in two bits", good, "SPERRELISTE.TRUKKET", [status_list([7], 2)]),
    made("expired status list", good, "SPERRELISTE.UTLOPT", [status_list([], 1, time.time() - 7200)]),
]
with open(sys.argv[2], "w") as file:
    fixture = {name: kit[name] for name in ("issuers", "audience", "nonce")}
    at = datetime.datetime.now(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    made_by = "sd-jwt 0.10.4 and token-status-list 0.1.0a2.dev1 (Python)"
    json.dump({"made_by": made_by, "at": at, **fixture, "cases": cases}, file, indent=1)

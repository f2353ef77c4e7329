"""Credentials for Schemathesis, from a demo's kit: who an operation is for says which it needs.

usage: MELDEPORT=path/to/meldeport MELDEPORT_KIT=kit SCHEMATHESIS_HOOKS=fuzz_hooks schemathesis run …
"""

import base64
import functools
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

import schemathesis

KIT = Path(os.environ["MELDEPORT_KIT"])
PROGRAM = os.environ["MELDEPORT"]
FACTS = json.loads((KIT / "kit.json").read_text())
CONFIGURATION = {"fagsystem": "send.toml", "kommune": "fetch.toml", "utskrift": "print.toml"}


def party(audience):
    return {"leverandør av print": "utskrift", "kommune": "kommune", "forvaltning": "kommune"}.get(audience, "fagsystem")


def machine_token(name):
    command = [PROGRAM, "token", "--config", str(KIT / CONFIGURATION[name])]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def person_token():
    endpoint, person = FACTS["idporten"]["tokenEndpoint"], FACTS["idporten"]["ansatte"][0]["fnr"]
    body = urllib.parse.urlencode({"pid": person}).encode()
    with urllib.request.urlopen(endpoint, body, timeout=30) as answer:
        return json.load(answer)["access_token"]


# A token from Maskinporten lives two minutes.
@schemathesis.auth(refresh_interval=60, cache_by_key=lambda case, context: key(context.operation))
class Credentials:
    def get(self, case, context):
        operation = context.operation
        needed = schemes(operation)
        if "SvarInn" in needed:
            return {"Authorization": f"Basic {base64.b64encode(svarinn_account().encode()).decode()}"}
        if "Innbygger" in needed:
            return {"Authorization": f"Bearer {citizen_token()}"}
        if not needed:
            return {}
        person = all(name.startswith(("IDporten", "Integrasjon")) for name in needed)
        name = party(operation.definition.raw.get("x-audience"))
        headers = {"Authorization": f"Bearer {person_token() if person else machine_token(name)}"}
        if "IntegrasjonId" in needed:
            headers["IntegrasjonId"] = FACTS[name]["integrasjonId"]
            headers["IntegrasjonPassord"] = FACTS[name]["integrasjonPassord"]
        return headers

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), **data}


@functools.cache
def svarinn_account():
    """Lets office 02 change to SvarInn, as its municipality would, and makes a password for it."""
    office = "/bekymringsmelding/api/v2/konfigurasjon/" + FACTS["kommune"]["fiksOrgId"] + "/bydeler"
    found = next(one for one in call("GET", office) if one["bydelsnummer"] == "02")
    office += "/" + found["ressursId"]
    key = found["konto"]["fiksioKonto"]["offentligNokkel"]["nokkel"]
    wanted = {"fagsystem": "VISMA_FAMILIA", "svarinnKonto": {"orgnr": "", "offentligNokkel": key}}
    name = call("PUT", office + "/konto", wanted)["konto"]["svarinnKonto"]["integrasjonId"]
    made = call("POST", f"{office}/integrasjoner/{name}/lagPassord?integrasjonstype=SVARINN")
    return f"{name}:{made['passord']}"


@functools.cache
def citizen_token():
    """Has a card issued, as the municipality would, and logs its owner in by the code in the text message."""
    owner = FACTS["ledsagerbevis"]["personer"][0]
    card = {"eier": owner, "antallLedsagere": 1}
    call("POST", f"/digitalt-ledsagerbevis/api/v1/organisasjoner/{FACTS['kommune']['fiksOrgId']}/ledsagerbevis", card)
    citizen = FACTS["baseUrl"] + "/digitalt-ledsagerbevis/innbygger/api/v1/"
    before = set(messages())
    patiently(urllib.request.Request(citizen + owner["telefonnummer"], b"", method="POST"))
    body = json.dumps({"otp": code(owner["telefonnummer"], before), "telefonnummer": owner["telefonnummer"]}).encode()
    request = urllib.request.Request(citizen + "token", body, {"Content-Type": "application/json"}, method="POST")
    return json.loads(patiently(request))["token"]


def patiently(request):
    """Other calls may have used up what one address has."""
    for _ in range(10):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.read()
        except urllib.error.HTTPError as refused:
            if refused.code != 429:
                raise
            time.sleep(min(int(refused.headers["Retry-After"]), 40))
    raise RuntimeError("there is no end to 429")


def messages():
    """Text messages are files here."""
    return Path(FACTS["ledsagerbevis"]["smsmappe"]).glob("*.json")


def code(number, before):
    """The code to a number in a message that was not there before: an older code is no longer good."""
    for _ in range(100):
        for message in (json.loads(file.read_text()) for file in set(messages()) - before):
            found = re.search(r"\b[0-9]{6}\b", message["tekst"])
            if found and message["til"].endswith(number):
                return found.group()
        time.sleep(0.2)
    raise RuntimeError("no code came")


def call(method, path, body=None):
    headers = {
        "Authorization": f"Bearer {machine_token('kommune')}",
        "IntegrasjonId": FACTS["kommune"]["integrasjonId"],
        "IntegrasjonPassord": FACTS["kommune"]["integrasjonPassord"],
        "Content-Type": "application/json",
    }
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(FACTS["baseUrl"] + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@functools.cache
def group():
    """A group of the municipality's, whose members come and go."""
    organisation = "/digitalt-ledsagerbevis-konfigurasjon/api/v1/organisasjoner/" + FACTS["kommune"]["fiksOrgId"]
    return call("POST", organisation + "/grupper", {"gruppenavn": "Servicetorget"})["gruppeId"]


def is_uuid(value):
    try:
        return str(uuid.UUID(str(value))) == str(value)
    except ValueError:
        return False


def schemes(operation):
    return sorted((operation.definition.raw.get("security") or [{}])[0])


def key(operation):
    return f"{operation.definition.raw.get('x-audience')} {schemes(operation)}"


@schemathesis.hook
def before_call(context, case, kwargs):
    """A call that waits for something to come would wait for a minute, again and again."""
    wait = str((case.query or {}).get("vent", ""))
    if wait.isdecimal() and 0 < int(wait) <= 60:
        case.query["vent"] = 0
    # An id that nobody has tells little: for those of companion cards, one that there is, where the call has one at all.
    if case.path.startswith("/organisasjoner/{fiksOrgId}"):
        known = {"fiksOrgId": lambda: FACTS["kommune"]["fiksOrgId"], "gruppeId": group}
        for name, value in dict(case.path_parameters or {}).items():
            if name in known and is_uuid(value):
                case.path_parameters[name] = known[name]()

"""A report as plain JSON and a sealed one, from a school's case system to a municipality's, with the generated client.
usage: main.py KITDIR"""

import base64
import hashlib
import io
import json
import sys
import time
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs12
from joserfc import jwe, jwt
from joserfc.jwk import RSAKey
from joserfc.registry import HeaderParameter

import asice
from generated.meldeport.api.fagsystem import get_status_bekymringsmelding, opprett_offentlig_bekymringsmelding
from generated.meldeport.api.kommune import get_innhold, get_ventende_meldinger, post_mottatt
from generated.meldeport.api.oppslag import get_bydeler, hent_kryperingsnokler
from generated.meldeport.client import AuthenticatedClient
from generated.meldeport.models import (
    BekymringsmeldingId,
    BekymringsmeldingMultipart,
    BekymringsmeldingOffentligV2,
    Feil,
    Format,
    HistorikkApiModel,
    Krypteringsnokler,
    Kvittering,
    VentendeMelding,
    VentendeMeldinger,
)
from generated.meldeport.types import UNSET, File, Response, Unset

JSON, PDF = "bekymringsmelding.json", "bekymringsmelding.pdf"
# The demo's offices: what came as plain JSON is handed to the second one as JWE.
ASICE_OFFICE, JWE_OFFICE = "01", "02"
T = TypeVar("T")


class Failed(Exception):
    """Something is not as it should be."""


class Party:
    """One of the two organisations: its virksomhetssertifikat, its integration, and a client with its three credentials."""

    def __init__(self, kit: Path, facts: dict[str, Any], party: dict[str, Any], virksomhet: dict[str, Any], client_id: str):
        self.fiks_org_id = uuid.UUID(party["fiksOrgId"])
        stored = pkcs12.load_pkcs12((kit / virksomhet["fil"]).read_bytes(), virksomhet["passord"].encode())
        assert stored.cert and isinstance(stored.key, RSAPrivateKey)
        self.key, self.certificate = stored.key, stored.cert.certificate
        self.client = AuthenticatedClient(
            base_url=facts["baseUrl"] + "/bekymringsmelding/api/v2",
            token=self.token(facts, client_id),
            headers={"IntegrasjonId": party["integrasjonId"], "IntegrasjonPassord": party["integrasjonPassord"]},
            timeout=httpx.Timeout(90),
            raise_on_unexpected_status=True,
        )

    def token(self, facts: dict[str, Any], client_id: str) -> str:
        """A Maskinporten token: a grant signed with the virksomhetssertifikat, exchanged. Valid for some minutes."""
        now = int(time.time())
        header = {"alg": "RS256", "x5c": [base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()]}
        claims = {"aud": facts["issuer"], "iss": client_id, "scope": facts["scope"], "iat": now, "exp": now + 120,
                  "jti": str(uuid.uuid4())}
        grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
                 "assertion": jwt.encode(header, claims, RSAKey.import_key(self.key))}
        return str(httpx.post(facts["tokenEndpoint"], data=grant).raise_for_status().json()["access_token"])


def main(kit: Path) -> None:
    facts = json.loads((kit / "kit.json").read_text())
    school = Party(kit, facts, facts["fagsystem"], facts["virksomhetssertifikat"], facts["clientId"])
    municipality = Party(kit, facts, facts["kommune"], facts["kommune"]["virksomhetssertifikat"], facts["kommune"]["clientId"])
    say("token", "one for the school's case system and one for the municipality's")

    kommune = facts["kommune"]["kommunenummer"]
    bydeler = answer(list, get_bydeler.sync_detailed(kommune, client=school.client))
    say("bydeler", f"{kommune} has " + ", ".join(f"{b.bydelsnummer} {b.bydelsnavn}" for b in bydeler))

    check({ASICE_OFFICE, JWE_OFFICE} <= {b.bydelsnummer for b in bydeler}, "the demo's offices are not there")

    plain, plain_report = send_json(school, kit, kommune, JWE_OFFICE)
    sealed, sealed_files = send_sealed(school, kit, kommune, ASICE_OFFICE)
    for report in (plain, sealed):
        say("status", f"{report} is {' '.join(wait_for(school, report, 'SENDT_FAGSYSTEM'))}")

    waiting, content = download(municipality, JWE_OFFICE, plain)
    check(waiting.format_ == Format.JWE, f"office {JWE_OFFICE} got {waiting.format_}")
    open_jwe(content, private_key(kit / "kommune-02.key.pem"), plain_report)
    receipt(municipality, plain)

    waiting, content = download(municipality, ASICE_OFFICE, sealed)
    container = asice.unseal(content, private_key(kit / "kommune.key.pem"))
    ca = x509.load_pem_x509_certificate((kit / "ca.pem").read_bytes())
    check(asice.unpack(container, waiting.forseglet_av, ca) == sealed_files, "what was opened is not what was sent")
    say("opened", f"CMS, an ASiC-E signed by {waiting.forseglet_av}, both files byte for byte as sent")
    receipt(municipality, sealed)

    for report in (plain, sealed):
        say("status", f"the sender sees that {report} is {wait_for(school, report, 'LEVERT')[-1]}")


def sample(kit: Path, kommune: str, bydel: str) -> BekymringsmeldingOffentligV2:
    report = BekymringsmeldingOffentligV2.from_dict(json.loads((kit / "rapport" / JSON).read_text()))
    report.kommunenummer, report.bydelsnummer = kommune, bydel
    # Norwegian local time without a zone, and about now.
    report.sendingstidspunkt = datetime.now(ZoneInfo("Europe/Oslo")).strftime("%Y-%m-%dT%H:%M:%S")
    return report


def send_json(school: Party, kit: Path, kommune: str, bydel: str) -> tuple[uuid.UUID, BekymringsmeldingOffentligV2]:
    """In the clear over TLS: the gateway checks the form, makes the PDF, and seals."""
    report = sample(kit, kommune, bydel)
    created = answer(BekymringsmeldingId, opprett_offentlig_bekymringsmelding.sync_detailed(
        school.fiks_org_id, kommune, bydel, client=school.client, body=report, idempotency_key=str(uuid.uuid4())))
    say("sent", f"{created.uuid} to office {bydel}, as plain JSON")
    return created.uuid, report


def send_sealed(school: Party, kit: Path, kommune: str, bydel: str) -> tuple[uuid.UUID, dict[str, bytes]]:
    """Sealed here, so that nobody but the office, and the print supplier for the PDF, can read it."""
    keys = answer(Krypteringsnokler, hent_kryperingsnokler.sync_detailed(kommune, bydel, client=school.client))
    office, printer = (x509.load_pem_x509_certificate(key.nokkel.encode())
                       for key in (keys.fiks_io_offentlig_nokkel, keys.print_offentlig_nokkel))
    pdf = (kit / "rapport" / PDF).read_bytes()
    files = {JSON: json.dumps(sample(kit, kommune, bydel).to_dict(), ensure_ascii=False).encode(), PDF: pdf}
    parts = BekymringsmeldingMultipart(
        bekymringsmelding=part(PDF, asice.seal(pdf, printer)),
        asice=part("asice.zip", asice.seal(asice.pack(files, school.key, school.certificate), office)))
    created = answer(BekymringsmeldingId, opprett_offentlig_bekymringsmelding.sync_detailed(
        school.fiks_org_id, kommune, bydel, client=school.client, body=parts, idempotency_key=str(uuid.uuid4())))
    say("sent", f"{created.uuid} to office {bydel}, sealed, as multipart")
    return created.uuid, files


def part(name: str, content: bytes) -> File:
    return File(payload=io.BytesIO(content), file_name=name, mime_type="application/octet-stream")


def wait_for(school: Party, report: uuid.UUID, state: str) -> list[str]:
    """The states that the report has gone through, once it has reached this one."""
    for _ in range(60):
        history: list[HistorikkApiModel] = answer(
            list, get_status_bekymringsmelding.sync_detailed(school.fiks_org_id, report, client=school.client))
        states: list[str] = [event.tilstand for event in history]
        if state in states:
            return states
        time.sleep(0.5)
    raise Failed(f"{report} did not become {state} within half a minute: {states}")


def download(municipality: Party, bydel: str, report: uuid.UUID) -> tuple[VentendeMelding, bytes]:
    """The report's place in the office's queue, where others may wait as well, and its content as it was sealed."""
    marker: uuid.UUID | Unset = UNSET
    while True:
        page = answer(VentendeMeldinger, get_ventende_meldinger.sync_detailed(
            municipality.fiks_org_id, client=municipality.client, bydelsnummer=bydel, markor=marker))
        waiting = next((melding for melding in page.meldinger if melding.bekymringsmelding_id == report), None)
        if waiting:
            break
        marker = page.neste_markor
        check(marker, f"{report} does not wait for office {bydel}")
    content = answer(File, get_innhold.sync_detailed(municipality.fiks_org_id, report, client=municipality.client)).payload.read()
    check(hashlib.sha256(content).hexdigest() == waiting.sha256, f"{report} came broken")
    say("fetched", f"{report} from {waiting.avsender.navn}: {len(content)} bytes, {waiting.format_}")
    return waiting, content


def open_jwe(content: bytes, key: RSAPrivateKey, sent: BekymringsmeldingOffentligV2) -> None:
    # `skjema` is a header of our own, which joserfc has to be told of.
    registry = jwe.JWERegistry({"skjema": HeaderParameter("Form and version", "str")}, ["RSA-OAEP-256", "A256GCM"])
    token = jwe.decrypt_compact(content, RSAKey.import_key(key), registry=registry)
    assert token.plaintext
    form, text = token.headers()["skjema"], json.loads(token.plaintext)["melding"]
    # This office reads version 1 of the form; what version 2 added has been carried over.
    check(text["melding"] == sent.melding.melding and str(sent.melding.andre_synspunkter) in text["historie"],
          "what was opened is not what was sent")
    say("opened", f"JWE, {form}, without losing a word")


def receipt(municipality: Party, report: uuid.UUID) -> None:
    """Only when the report is safely stored: the gateway erases it now."""
    taken = answer(Kvittering, post_mottatt.sync_detailed(municipality.fiks_org_id, report, client=municipality.client))
    check(taken.tilstand == "LEVERT", f"receipted, but {report} is {taken.tilstand}")
    say("receipt", f"{report} is {taken.tilstand}")


def answer(kind: type[T], response: Response[Any]) -> T:
    """The answer when it went well; the generated type also allows for what the gateway says when it did not."""
    if isinstance(response.parsed, Feil):
        raise Failed(f"{response.status_code.value} {response.parsed.error_code}: {response.parsed.message}")
    if not isinstance(response.parsed, kind):
        raise Failed(f"{response.status_code.value} {response.content[:300]!r}")
    return response.parsed


def private_key(path: Path) -> RSAPrivateKey:
    key = load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


def check(condition: Any, otherwise: str) -> None:
    if not condition:
        raise Failed(otherwise)


def say(what: str, text: str) -> None:
    print(f"{what:<8} {text}", flush=True)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except Failed as reason:
        sys.exit(f"FAILED: {reason}")

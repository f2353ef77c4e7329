"""Holds `meldeport envelope check` against the verdicts of a folder of test vectors.

usage: vectors.py MELDEPORT FOLDER

FOLDER/MANIFEST.json has an entry for each file. `server_verdict` is what a gateway that holds `registered_certificate`
says. `accept-profile` is an envelope that somebody else published: with the certificate it was made for, if that lies
beside it, it is accepted; with any other it is refused for that alone, as `KONVOLUTT.FEIL_MOTTAKER`.
"""

import collections
import json
import subprocess
import sys
from pathlib import Path

# Within the validity of the certificates that are meant to be valid, after that of the expired one.
AT = "2026-12-01T00:00:00Z"
WRONG_RECIPIENT = "KONVOLUTT.FEIL_MOTTAKER"

program, folder = sys.argv[1], Path(sys.argv[2])
entries = [entry for entry in json.loads((folder / "MANIFEST.json").read_text()) if "server_verdict" in entry]


def judge(certificate, files):
    """The verdict and the error code on each file."""
    command = [program, "envelope", "check", "--at", AT, "--certificate", certificate, *files]
    answer = subprocess.run(command, capture_output=True, text=True)
    if answer.returncode != 0:
        sys.exit(f"envelope check ended with {answer.returncode}: {answer.stderr}")
    lines = [line.split("\t") for line in answer.stdout.splitlines()]
    if [line[0] for line in lines] != [str(file) for file in files]:
        sys.exit(f"{len(files)} files, other verdicts: {answer.stdout}")
    return [(verdict, code) for _, verdict, code in lines]


wrong, seen = [], collections.Counter()


def note(entry, right, found, label):
    seen[label] += right
    if not right:
        wrong.append(f"{entry['file']}: expected {entry['server_verdict']}, got {found}")


by_certificate = collections.defaultdict(list)
for entry in entries:
    if entry["server_verdict"] == "accept-profile":
        file = folder / entry["file"]
        certificates = sorted(file.parent.glob("*.cert.pem")) or sorted(folder.glob("keys/*.cert.pem"))
        found = [judge(certificate, [file])[0] for certificate in certificates]
        accepted = [verdict for verdict in found if verdict[0] != "reject"]
        right = bool(accepted) or {code for _, code in found} == {WRONG_RECIPIENT}
        note(entry, right, found, "published, accepted" if accepted else "published, certificate not there")
    else:
        by_certificate[entry["registered_certificate"]].append(entry)

for certificate, group in by_certificate.items():
    found = judge(folder / certificate, [folder / entry["file"] for entry in group])
    for entry, (verdict, code) in zip(group, found):
        right = verdict == entry["server_verdict"] and bool(code) == (verdict == "reject")
        note(entry, right, (verdict, code), verdict)

for line in wrong:
    print(line)
counts = ", ".join(f"{count} {label}" for label, count in sorted(seen.items()))
print(f"{len(entries) - len(wrong)} of {len(entries)} envelopes judged as the manifest says: {counts}")
sys.exit(1 if wrong else 0)

"""Reads the JSON lines of `meldeport demo --once --json` and fails unless the report was opened and delivered, and the companion
card was accepted, then accepted with a warning, then refused."""

import json
import sys

steps = {}
for line in sys.stdin:
    step = json.loads(line)
    steps[step["name"]] = step

expected = ["klar", "token", "bydeler", "send", "ko", "innhold", "apne", "mottatt", "status"]
missing = [name for name in expected if name not in steps]
if missing:
    sys.exit(f"{sys.argv[1]}: steps that were not told: {', '.join(missing)}")
if steps["mottatt"]["facts"]["tilstand"] != "LEVERT" or "LEVERT" not in steps["status"]["facts"]:
    sys.exit(f"{sys.argv[1]}: the report was not delivered: {steps['status']}")
for part in ("json", "pdf"):
    if "byte for byte" not in steps["apne"]["facts"][part]:
        sys.exit(f"{sys.argv[1]}: {part} is not what was sent")
cards = ["utstedt", "kode", "innlogging", "kort", "klargjort", "gyldig", "trukket", "gammel_liste", "ny_liste"]
missing = [name for name in cards if name not in steps]
if missing:
    sys.exit(f"{sys.argv[1]}: steps of the companion card that were not told: {', '.join(missing)}")
verdicts = [steps[name]["facts"]["dom"] for name in ("gyldig", "gammel_liste", "ny_liste")]
if verdicts != ["GYLDIG", "GYLDIG", "IKKE GYLDIG"] or "advarsel" not in steps["gammel_liste"]["facts"]:
    sys.exit(f"{sys.argv[1]}: the companion card was not judged as it should be: {verdicts}")
print(f"{sys.argv[1]}: {len(steps) - 1} steps, LEVERT, opened byte for byte as sent")

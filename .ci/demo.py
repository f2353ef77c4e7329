"""Reads the JSON lines of `meldeport demo --once --json` and fails unless the report was opened and delivered."""

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
print(f"{sys.argv[1]}: {len(steps) - 1} steps, LEVERT, opened byte for byte as sent")

"""What `meldeport card verify` makes of cards that a foreign library made: python3 judge.py MELDEPORT CARDS"""

import json
import pathlib
import subprocess
import sys
import tempfile

meldeport, cards = sys.argv[1:]
made = json.loads(pathlib.Path(cards).read_text())
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    issuers = folder / "issuers.json"
    issuers.write_text(json.dumps(made["issuers"]))
    for case in made["cases"]:
        command = [meldeport, "card", "verify", "-", "--json", "--issuers", issuers, "--now", made["at"]]
        command += ["--audience", made["audience"], "--nonce", made["nonce"]]
        for at, token in enumerate(case["status"]):
            (folder / f"{at}.jwt").write_text(token)
            command += ["--status", folder / f"{at}.jwt"]
        run = subprocess.run(command, input=case["presentation"], capture_output=True, text=True)
        try:
            answer = json.loads(run.stdout)
        except ValueError:
            answer = {"gyldig": None, "kode": f"no answer: {run.stderr.strip()}"}
        code = "GYLDIG" if answer["gyldig"] else answer["kode"]
        right = code == case["expected"] and (not answer["gyldig"] or answer.get("navn") == case.get("navn"))
        exit_code = 1 if not answer["gyldig"] else 0 if answer["sperring"] == "FERSK" else 3
        right = right and run.returncode == exit_code
        print("ok" if right else "WRONG", "theirs", case["name"], f"{code}, exit code {run.returncode}", sep="\t")

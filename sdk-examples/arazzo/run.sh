#!/usr/bin/env bash
# Runs the flow that send-fetch-receipt.arazzo.yaml describes. usage: run.sh KITDIR [MELDEPORT]
set -euo pipefail
fail() { echo "FAILED: $*" >&2; exit 1; }
kit=$(cd "${1:?usage: run.sh KITDIR [MELDEPORT]}" && pwd) meldeport=${2:-${MELDEPORT:-meldeport}}
if ! node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null || ! command -v npm >/dev/null; then
    echo "arazzo: there is no Node.js 20 or later with npm here; this example was not run."
    exit 77
fi
# An Arazzo description cannot sign a grant: the tokens are fetched here.
school=$("$meldeport" token --config "$kit/send.toml") || fail "no token for the school"
town=$("$meldeport" token --config "$kit/fetch.toml") || fail "no token for the municipality"
cd "$(dirname "${BASH_SOURCE[0]}")"
npm ci --silent --no-audit --no-fund || fail "Redocly CLI cannot be installed"
python3 ../tools/seal.py "$kit" work

# In the environment and not on the command line, which others on the machine can see.
REDOCLY_CLI_RESPECT_INPUT=$(school=$school town=$town python3 - "$kit/kit.json" <<'P'
import datetime, json, os, sys, zoneinfo
kit = json.load(open(sys.argv[1]))
now = datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Oslo")).replace(tzinfo=None, microsecond=0)
inputs = {"kommune": kit["kommune"]["kommunenummer"], "now": now.isoformat()}
for name, party in ("school", kit["fagsystem"]), ("town", kit["kommune"]):
    inputs |= {name + "Token": os.environ[name], name + "Org": party["fiksOrgId"], name + "Id": party["integrasjonId"],
               name + "Password": party["integrasjonPassord"]}
print(json.dumps(inputs))
P
)
base=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["baseUrl"])' "$kit/kit.json")
# Two things that Redocly's reader cannot take are left out: it compares a downloaded file with "type: string" as if it were
# JSON, and it refuses "nullable" without "type".
python3 - ../../api-spec/bekymringsmelding-v2.json >work/bekymringsmelding-v2.json <<'P'
import json, sys
def without(node):
    if isinstance(node, dict):
        return {name: {} if name == "application/octet-stream" else without(value) for name, value in node.items()}
    return [without(value) for value in node] if isinstance(node, list) else node
document = json.load(open(sys.argv[1]))
for path in document["paths"].values():
    for operation in path.values():
        operation["responses"] = without(operation["responses"])
document["components"]["schemas"]["Feil"]["properties"]["errorJson"].pop("nullable", None)
json.dump(document, sys.stdout)
P
sed 's#\.\./\.\./api-spec/##' send-fetch-receipt.arazzo.yaml >work/send-fetch-receipt.arazzo.yaml
export REDOCLY_CLI_RESPECT_INPUT REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true NO_COLOR=1
npx --no-install redocly respect work/send-fetch-receipt.arazzo.yaml \
    --server "bekymringsmelding=$base/bekymringsmelding/api/v2" || fail "the flow did not go as described"

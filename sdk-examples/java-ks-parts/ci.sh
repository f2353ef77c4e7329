#!/bin/sh
# A report sealed by `meldeport send` and one sealed with KS's parts, through the demo whose kit is in KITDIR, and both
# opened with KS's readers:
#   ci.sh KITDIR [MELDEPORT_BINARY]
set -u
fail() { printf 'FAILED: %s\n' "$1" >&2; exit 1; }
kit=$(cd "${1:?usage: ci.sh KITDIR [MELDEPORT_BINARY]}" && pwd) || fail "no such folder: $1"
meldeport=${2:-${MELDEPORT:-meldeport}}
pom=$(dirname "$0")/pom.xml

# Apart from the run, so that a broken build is told from a broken gateway, and sends nothing.
mvn -q -B -f "$pom" compile || fail "the example does not build"

sent=$("$meldeport" send --config "$kit/send.toml" --json "$kit/rapport/bekymringsmelding.json" \
    --pdf "$kit/rapport/bekymringsmelding.pdf" --kommune 9999 --bydel 01 --type offentlig --ny) ||
    fail "meldeport send ended with $?"
id=$(printf '%s\n' "$sent" | sed -n 's/^sendt //p')
[ -n "$id" ] || fail "meldeport send did not say what it sent: $sent"
echo "sealed   $id, by meldeport send"

# One more in the clear, which the gateway itself renders, signs and seals.
fact() { python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["fagsystem"][sys.argv[2]])' "$kit/kit.json" "$1"; }
now=$(TZ=Europe/Oslo date +%Y-%m-%dT%H:%M:%S)
base=$(sed -n 's/^ *"baseUrl": "\(.*\)",*$/\1/p' "$kit/kit.json")
plain=$(sed "s/\"sendingstidspunkt\": \"[^\"]*\"/\"sendingstidspunkt\": \"$now\"/" "$kit/rapport/bekymringsmelding.json" |
    curl -sS --fail-with-body --data-binary @- -H 'Content-Type: application/json' -H "IntegrasjonId: $(fact integrasjonId)" \
        -H "IntegrasjonPassord: $(fact integrasjonPassord)" -H "Authorization: Bearer $("$meldeport" token --config "$kit/send.toml")" \
        "$base/bekymringsmelding/api/v2/mottak/fagsystem/$(fact fiksOrgId)/9999/01/offentlig") || fail "plain JSON was refused: $plain"
echo "sealed   $(printf '%s' "$plain" | sed 's/.*"uuid":"\([^"]*\)".*/\1/'), by the gateway, from plain JSON"

exec mvn -q -B -f "$pom" exec:java -Dexec.args="'$kit' $id"

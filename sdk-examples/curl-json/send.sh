#!/usr/bin/env bash
# Hands in a report as plain JSON with curl, and opens it on the municipality's side with openssl and unzip, or with a
# JOSE library in Python. usage: send.sh KITDIR [MELDEPORT]
set -euo pipefail
kit=$1 meldeport=${2:-${MELDEPORT:-meldeport}}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
fact() { python3 -c 'import json,sys; v=json.load(open(sys.argv[1]))
for k in sys.argv[2].split("."): v=v[k]
print(v)' "$kit/kit.json" "$1"; }

base=$(fact baseUrl)/bekymringsmelding/api/v2
# curl reads the credentials from a file: what stands on a command line can be seen by others on the machine.
credentials() {
    (umask 077; printf 'header = "Authorization: Bearer %s"\nheader = "IntegrasjonId: %s"\nheader = "IntegrasjonPassord: %s"\n' \
        "$("$meldeport" token --config "$kit/$1")" "$(fact "$2.integrasjonId")" "$(fact "$2.integrasjonPassord")" >"$work/$2")
}
credentials send.toml fagsystem
credentials fetch.toml kommune
school() { curl -sS --fail-with-body -K "$work/fagsystem" "$@"; }
municipality() { curl -sS --fail-with-body -K "$work/kommune" "$@"; }

# The kit's sample, for this office and about now: Norwegian local time without a zone.
for office in 01 02; do
    python3 - "$kit/rapport/bekymringsmelding.json" $office >"$work/report-$office.json" <<'P'
import datetime, json, sys, zoneinfo
report = json.load(open(sys.argv[1]))
report["bydelsnummer"] = sys.argv[2]
now = datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Oslo"))
report["sendingstidspunkt"] = now.replace(tzinfo=None, microsecond=0).isoformat()
print(json.dumps(report, ensure_ascii=False))
P
done

send() {
    school -H 'Content-Type: application/json' --data-binary "@$work/report-$1.json" \
        "$base/mottak/fagsystem/$(fact fagsystem.fiksOrgId)/9999/$1/offentlig" |
        python3 -c 'import json,sys; print(json.load(sys.stdin)["uuid"])'
}
queue=$base/avhenting/$(fact kommune.fiksOrgId)/meldinger
fetch() {
    # The first report that waits may be on its way into the queue for a moment.
    municipality "$queue?bydelsnummer=$1&vent=20" | grep -q "$2" || fail "the report does not wait for office $1"
    municipality -D "$work/headers" -o "$work/content" "$queue/$2/innhold"
}

id=$(send 01) || fail "the report to office 01 was refused: $id"
echo "sent     $id to office 01, in the clear over TLS and sealed by the gateway"
fetch 01 "$id"
openssl cms -decrypt -inform DER -in "$work/content" -inkey "$kit/kommune.key.pem" -out "$work/asice.zip" ||
    fail "openssl does not open the envelope"
unzip -q -o "$work/asice.zip" -d "$work/asice" || fail "unzip does not open the container"
cmp "$work/report-01.json" "$work/asice/bekymringsmelding.json" || fail "the JSON is not the one that was sent"
head -c 5 "$work/asice/bekymringsmelding.pdf" | grep -q '%PDF-' || fail "there is no PDF"
municipality -X POST "$queue/$id/mottatt" | grep -q LEVERT || fail "the receipt was not taken"
echo "opened   with openssl cms and unzip: $(cd "$work/asice" && ls bekymringsmelding.* | tr '\n' ' ')— the JSON byte for byte"

id=$(send 02) || fail "the report to office 02 was refused: $id"
fetch 02 "$id"
grep -qi '^content-type: application/jose' "$work/headers" || fail "office 02 did not get a JWE"
python3 -m venv "$work/venv" && "$work/venv/bin/pip" -q install jwcrypto==1.5.6 >"$work/pip.log" 2>&1 || fail "jwcrypto cannot be installed"
"$work/venv/bin/python" "$here/open_jwe.py" "$work/content" "$kit/kommune-02.key.pem" || fail "jwcrypto does not open the JWE"
municipality -X POST "$queue/$id/mottatt" | grep -q LEVERT || fail "the receipt was not taken"

#!/usr/bin/env bash
# Generates a client from api-spec/bekymringsmelding-v2.json and lets two reports go from a school to a municipality with
# it. usage: run.sh KITDIR
set -euo pipefail
fail() { echo "FAILED: $*" >&2; exit 1; }
kit=$(cd "${1:?usage: run.sh KITDIR}" && pwd) || fail "no such folder: $1"
cd "$(dirname "${BASH_SOURCE[0]}")"

# What npm itself leaves behind in node_modules says what is installed.
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --silent --no-audit --no-fund || fail "the libraries cannot be installed"
fi
rm -rf generated
node generate.mjs || fail "no client was generated"
node node_modules/typescript/bin/tsc -p . || fail "the program does not fit the client"
exec node generated/js/main.js "$kit"

#!/usr/bin/env bash
# Generates a client from api-spec/bekymringsmelding-v2.json and lets two reports go from a school to a municipality with
# it. usage: run.sh KITDIR
set -euo pipefail
fail() { echo "FAILED: $*" >&2; exit 1; }
kit=$(cd "${1:?usage: run.sh KITDIR}" && pwd) || fail "no such folder: $1"
cd "$(dirname "${BASH_SOURCE[0]}")"
export GOFLAGS="-mod=readonly -buildvcs=false" GOWORK=off

rm -rf generated
mkdir -p generated/meldeport
go tool oapi-codegen -config generator.yaml ../../api-spec/bekymringsmelding-v2.json || fail "no client was generated"
go build -o generated/program . || fail "the program does not fit the client"
exec generated/program "$kit"

#!/usr/bin/env bash
# Generates a client from api-spec/bekymringsmelding-v2.json and lets two reports go from a school to a municipality with
# it. usage: run.sh KITDIR
set -euo pipefail
fail() { echo "FAILED: $*" >&2; exit 1; }
kit=$(cd "${1:?usage: run.sh KITDIR}" && pwd) || fail "no such folder: $1"
cd "$(dirname "${BASH_SOURCE[0]}")"
unset PYTHONPATH
export PYTHONDONTWRITEBYTECODE=1

if ! cmp -s requirements.txt .venv/installed; then
    rm -rf .venv
    python3 -m venv .venv
    .venv/bin/pip install -q --disable-pip-version-check -r requirements.txt || fail "the libraries cannot be installed"
    cp requirements.txt .venv/installed
fi
rm -rf generated
# It ends well also when it has left something out of the client; a warning says so. It looks for ruff on the path.
generator=(.venv/bin/openapi-python-client generate --fail-on-warning --meta none --config generator.yaml
    --path ../../api-spec/bekymringsmelding-v2.json --output-path generated/meldeport)
PATH=$PWD/.venv/bin:$PATH "${generator[@]}" || fail "no client was generated"
.venv/bin/mypy --no-error-summary main.py || fail "the program does not fit the client"
exec .venv/bin/python main.py "$kit"

#!/usr/bin/env bash
# Cards between us and two other libraries, both ways, first from an example and then from a running gateway, and the page at
# the door: .ci/wallets/run.sh MELDEPORT [KEEP]
#
# MELDEPORT is the program; the example `kort` lies beside it (cargo build --example kort). What the libraries made is copied
# to the folder KEEP, if given. Prints a line for each case and exits 0 when every one was judged as it should be, 1 when
# one was not, 77 when a library cannot be had here.
set -euo pipefail
shopt -s nullglob
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
meldeport=$(realpath "$1")
keep=${2:-}
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/meldeport-ci/wallets
work=$(mktemp -d)
demo=
stop() {
    if [ -n "$demo" ] && kill -0 "$demo" 2>/dev/null; then kill "$demo" && wait "$demo" || true; fi
    rm -rf "$work"
}
trap stop EXIT
mkdir -p "$cache"
"$(dirname "$meldeport")/examples/kort" >"$work/kit.json"

missing=0 cases=0 wrong=0

# show NAME: prints what is in the library's table, and counts it.
show() {
    local name=$1
    awk -F '\t' -v library="$name" '{ printf "%-5s  %-13s  %-6s  %-40s  %s\n", $1, library, $2, $3, $4 }' "$work/$name.tsv"
    cases=$((cases + $(wc -l <"$work/$name.tsv")))
    wrong=$((wrong + $(grep -vc '^ok' "$work/$name.tsv" || true)))
}

# judged NAME COMMAND…: the command prints the verdicts on our cards and writes its own, which are judged here.
judged() {
    local name=$1
    shift
    "$@" >"$work/$name.tsv"
    python3 "$here/judge.py" "$meldeport" "$work/$name.json" >>"$work/$name.tsv"
    show "$name"
    if [ -n "$keep" ]; then cp "$work/$name.json" "$keep"; fi
}

modules=$cache/npm-$(sha256sum "$here/package-lock.json" | cut -c 1-16)
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "NOT CHECKED: there is no Node.js here, so not the JavaScript library."
    missing=1
elif [ ! -d "$modules/node_modules" ] && ! {
    mkdir -p "$modules" && cp "$here/package.json" "$here/package-lock.json" "$modules" &&
        npm ci --prefix "$modules" --no-audit --no-fund --silent
}; then
    rm -rf "$modules"
    echo "NOT CHECKED: npm's packages cannot be fetched, so not the JavaScript library."
    missing=1
else
    judged sd-jwt-js node "$here/card.mjs" "$modules" "$work/kit.json" "$work/sd-jwt-js.json"
fi

venv=$cache/python-$(sha256sum "$here/requirements.txt" | cut -c 1-16)
if [ ! -x "$venv/ready" ] && ! {
    python3 -m venv "$venv" &&
        "$venv/bin/pip" install -q --disable-pip-version-check --no-deps -r "$here/requirements.txt" &&
        install /dev/null "$venv/ready"
}; then
    rm -rf "$venv"
    echo "NOT CHECKED: Python's packages cannot be fetched, so not the Python library."
    missing=1
else
    judged sd-jwt-python "$venv/bin/python" "$here/card.py" "$work/kit.json" "$work/sd-jwt-python.json"
fi

# The same from a gateway that runs, which the other libraries fetch their cards from themselves.
"$meldeport" demo --json --kit "$work/kit" --address 127.0.0.1:0 >"$work/demo.jsonl" 2>&1 &
demo=$!
for _ in $(seq 300); do
    if grep -q '"ny_liste"' "$work/demo.jsonl"; then break; fi
    if ! kill -0 "$demo" 2>/dev/null; then cat "$work/demo.jsonl" && exit 1; fi
    sleep 0.1
done
if [ -d "$modules/node_modules" ]; then
    node "$here/api.mjs" "$modules" "$work/kit" >"$work/live-js.tsv"
    show live-js
fi
if [ -x "$venv/ready" ]; then
    "$venv/bin/python" "$here/api.py" "$work/kit" "$meldeport" >"$work/live-python.tsv"
    show live-python
fi

if command -v node >/dev/null; then
    node "$here/page.mjs" "$here/../../src/http/docs/assets/kontroll" "$work/kit.json" "$work"/sd-jwt-*.json >"$work/page.tsv"
    show page
fi

echo "$cases cases, $wrong wrong"
if [ "$wrong" -gt 0 ]; then exit 1; fi
if [ "$missing" = 1 ]; then exit 77; fi
[ "$cases" -gt 0 ]

#!/usr/bin/env bash
# Generates the client, compiles, and sends, fetches and opens two reports. usage: run.sh KITDIR
set -euo pipefail
kit=$(cd "${1:?usage: run.sh KITDIR}" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")"
if [ -n "${CARGO_TARGET_DIR:-}" ]; then export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/sdk-rust; fi
# With OpenSSL's own headers at hand there is no need to compile it.
if pkg-config --exists 'openssl >= 3' 2>/dev/null; then export OPENSSL_NO_VENDOR=1; fi
rm -rf generated
mkdir generated
python3 ../tools/multipart_only.py ../../api-spec/bekymringsmelding-v2.json >generated/multipart-only.json
python3 ../tools/seal.py "$kit" generated/sealed
# Apart from the run, so that a broken build is told from a broken gateway, and sends nothing.
failed() { cat generated/build.log >&2; echo "FAILED: the example does not build" >&2; exit 1; }
mvn -q -B generate-sources >generated/build.log 2>&1 || failed
cargo build -q --locked >generated/build.log 2>&1 || failed
exec cargo run -q --locked -- "$kit" generated/sealed

#!/usr/bin/env bash
# Generates the client, compiles, and sends, fetches and opens two reports. usage: run.sh KITDIR
set -euo pipefail
kit=$(cd "${1:?usage: run.sh KITDIR}" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")"
# The JVM's own compiler is not worth its time for what runs once: with less of it, half of the time is saved.
export MAVEN_OPTS="${MAVEN_OPTS:-} -XX:TieredStopAtLevel=1"
rm -rf target/generated-sources target/classes
mkdir -p target
python3 ../tools/multipart_only.py ../../api-spec/bekymringsmelding-v2.json >target/multipart-only.json
python3 ../tools/seal.py "$kit" target/sealed
# Apart from the run, so that a broken build is told from a broken gateway, and sends nothing.
mvn -q -B compile >target/build.log 2>&1 || { cat target/build.log >&2; echo "FAILED: the example does not build" >&2; exit 1; }
exec mvn -q -B exec:java -Dexec.args="'$kit' target/sealed"

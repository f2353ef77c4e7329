#!/bin/sh
# Sends a report with KS's own Java client to the demo whose kit is in KITDIR, and follows it to SENDT_FAGSYSTEM:
#   ci.sh KITDIR
# Where Maven has no copy of KS's client, it says so and exits 0: there is nothing of ours to fault.
set -u
kit=$(cd "${1:?usage: ci.sh KITDIR}" && pwd) || exit 1
cd "$(dirname "$0")" || exit 1
klient=no.ks.fiks:fiks-bekymringsmelding-produsent-klient

# Compiling is the check, as nothing but a whole, resolved client gets through it. -U, or Maven would repeat an old answer
# instead of looking. Only the answer "no such artifact" passes for absence; a broken network or build is a failure.
if ! log=$(mvn -q -B -U compile 2>&1); then
    case $log in
        *"Could not find artifact $klient:"*)
            echo "java-ks: $klient is not in Maven's central repository, nor installed here; this example was not run."
            exit 0 ;;
    esac
    printf '%s\n' "$log" >&2
    echo "FAILED: the example does not build" >&2
    exit 1
fi
exec mvn -q -B exec:java -Dexec.args="'$kit'"

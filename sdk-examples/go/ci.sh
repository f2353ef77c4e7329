#!/usr/bin/env bash
# usage: ci.sh KITDIR MELDEPORT; the second is not needed
set -euo pipefail
# Go 1.21 and later fetch the version that go.mod asks for, where they may.
if ! command -v go >/dev/null || ! (cd "$(dirname "${BASH_SOURCE[0]}")" && go list -m) >/dev/null 2>&1; then
    echo "was not run: it needs Go 1.25 or later"
    exit 77
fi
exec "$(dirname "${BASH_SOURCE[0]}")/run.sh" "$1"

#!/usr/bin/env bash
# usage: ci.sh KITDIR MELDEPORT; the second is not needed
set -euo pipefail
if ! command -v npm >/dev/null || ! node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)'; then
    echo "was not run: it needs Node.js 20 or later, with npm"
    exit 77
fi
exec "$(dirname "${BASH_SOURCE[0]}")/run.sh" "$1"

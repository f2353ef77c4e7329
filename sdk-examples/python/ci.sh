#!/usr/bin/env bash
# usage: ci.sh KITDIR MELDEPORT; the second is not needed
set -euo pipefail
if ! python3 -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "was not run: it needs Python 3.11 or later, with venv"
    exit 77
fi
exec "$(dirname "${BASH_SOURCE[0]}")/run.sh" "$1"

#!/usr/bin/env bash
# usage: ci.sh KITDIR MELDEPORT
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/send.sh" "$@"

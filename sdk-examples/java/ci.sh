#!/usr/bin/env bash
# usage: ci.sh KITDIR [MELDEPORT]
exec "$(dirname "${BASH_SOURCE[0]}")/run.sh" "$1"

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs a script with the given Python; exits with status 77 (skipped) if there is none.
[ -x "$1" ] || { echo "no Python at $1; scripts/setup.sh --all installs one" >&2; exit 77; }
exec "$@"

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs a script with a Python that the tests may lack: exit status 77 (skipped) where it is missing.
[ -x "$1" ] || { echo "no Python at $1; scripts/setup.sh --all installs one" >&2; exit 77; }
exec "$@"

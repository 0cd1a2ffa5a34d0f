#!/bin/sh
# SPDX-License-Identifier: MIT
# Fails if a shared library exports other symbols than those that symbols.txt lists.
#   symbols.sh LIBRARY
set -e
nm -D --defined-only "$1" | awk '$2 != "A" { print $3 }' | LC_ALL=C sort |
  diff "$(dirname "$0")/symbols.txt" -

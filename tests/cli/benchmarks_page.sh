#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# BENCHMARKS.md has one generated block for each script of scripts/bench that writes one, and no
# other, so that no table on the page is left from a script that no longer updates it.
#   benchmarks_page.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
# The others have no --update, which comes from option_parser.
scripts=$(cd scripts/bench && grep -lE '^ .*\boption_parser\(' -- *.py)
blocks() { sed -nE "s/^<!-- (.*) $1 -->\$/\1/p" BENCHMARKS.md | sort; }
for edge in begin end; do
  [ "$(blocks $edge)" = "$scripts" ] ||
    { echo "BENCHMARKS.md: blocks that $edge:" $(blocks $edge)"; scripts:" $scripts; exit 1; }
done
for script in $scripts; do
  grep -qE "^    scripts/bench/$script --update BENCHMARKS.md" BENCHMARKS.md ||
    { echo "BENCHMARKS.md does not show how $script updates it"; exit 1; }
done

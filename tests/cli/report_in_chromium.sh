#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Opens the page of eval --report in a headless Chromium: it renders in light and dark mode and at
# phone width, its text has enough contrast, and it sends no network requests.
#   report_in_chromium.sh NEWSCLF [FOLDER]    (FOLDER: keeps the screenshots; exit status 77:
#                                              skipped)
set -euo pipefail
newsclf=$1
project=$(cd "$(dirname "$0")/../.." && pwd)
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
  { echo "no Chromium; install the package chromium" >&2; exit 77; }
command -v python3 >/dev/null || { echo "no python3" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pictures=${2:-$work/pictures}
mkdir -p "$pictures"

"$newsclf" train "$project/data/sample/train" --valid-fraction 0.2 -q -o "$work/model"
for page in report again; do
  "$newsclf" eval "$work/model" "$project/data/sample/test" -q --report "$work/$page.html" \
    >"$work/out"
done
cmp "$work/report.html" "$work/again.html"
python3 -B "$project/tests/cli/report_in_chromium.py" "$browser" "$work/report.html" "$pictures"

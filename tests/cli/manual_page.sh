#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Renders the manual page: groff and mandoc give no warnings, and the rendered page contains the
# options and examples literally.
set -euo pipefail
newsclf=$1
command -v groff >/dev/null || { echo "no groff; scripts/setup.sh --all installs it" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$newsclf" manual >"$work/newsclf.1"
# Lines have 200 columns, so that the searched texts are not wrapped.
groff -man -ww -Tutf8 -P-cbou -rLL=200n "$work/newsclf.1" >"$work/page" 2>"$work/complaints"
if command -v mandoc >/dev/null; then
  # The page has no date, so that the same program always writes the same page.
  mandoc -Tlint -Wwarning "$work/newsclf.1" 2>&1 | grep -v 'missing date' >>"$work/complaints" || true
fi
cat "$work/complaints" >&2
[ ! -s "$work/complaints" ]

seen=0
for command in train eval predict info completion; do
  while IFS= read -r option; do
    grep -qF -- "$option" "$work/page" || { echo "not in the page: $option" >&2; exit 1; }
    seen=$((seen + 1))
  done < <("$newsclf" $command --help-all | sed -nE 's/^  (-[^ ]+( [^ ]+)?).*/\1/p')
done
[ $seen -ge 60 ]
grep -qF "echo 'the shuttle reached orbit' | newsclf predict" "$work/page"
grep -qF "source <(newsclf completion bash)" "$work/page"
grep -qF "~/.config/fish" "$work/page"
echo "$seen options of the help pages are in the manual page"

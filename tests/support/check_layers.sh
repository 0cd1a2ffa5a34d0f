#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Fails if a file includes a header of a layer above its own, if `evaluation` or `report` include
# `training`, `c` includes `training` or `learning`, or if a file outside `training` includes LibTorch.
set -euo pipefail
cd "$1"

layers="error parallel names io text corpus features model training evaluation learning report c cli commands"
rank() {
  local place=0 layer
  for layer in $layers; do
    [ "$layer" = "$1" ] && { echo $place; return; }
    place=$((place + 1))
  done
  echo "check_layers: unknown layer '$1'" >&2
  exit 1
}

bad=0
complain() { echo "$1"; bad=1; }
checked=0
for layer in $layers; do
  own=$(rank "$layer")
  for file in $(find "include/newsclf/$layer" "src/$layer" -name '*.[ch]pp' 2>/dev/null); do
    checked=$((checked + 1))
    for included in $(sed -nE 's|^ *#include "(newsclf/)?([a-z]+)/[^"]*".*|\2|p' "$file"); do
      [ "$(rank "$included")" -le "$own" ] || complain "$file ($layer) includes $included"
      case $layer/$included in
        evaluation/training | report/training | report/learning | c/training | c/learning)
          complain "$file ($layer) includes $included" ;;
      esac
    done
    [ "$layer" = training ] && continue
    ! grep -nE '#include [<"](torch|ATen|c10)/' "$file" || complain "$file includes LibTorch"
    # Other layers may include only those headers of training that do not include LibTorch.
    for header in $(sed -nE 's|^ *#include "((newsclf/)?training/[^"]*)".*|\1|p' "$file"); do
      path=src/$header
      [ -e "$path" ] || path=include/$header
      ! grep -qE '#include [<"](torch|ATen|c10)/' "$path" ||
        complain "$file includes $header, which includes LibTorch"
    done
  done
done
[ $checked -gt 40 ] || complain "only $checked files were found; the check runs in the wrong folder"
exit $bad

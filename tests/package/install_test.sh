#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Checks that a tree installed by `cmake --install` works after it is moved: newsclf predicts and
# trains, and a C++ program built with the CMake package and a C program built with pkg-config give
# the same answers.
#   install_test.sh BUILD COMPILER    (BUILD: a build folder that contains newsclf)
set -euo pipefail
build=$1
compiler=$2
project=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "install_test: $*"; exit 1; }
needed() { readelf -d "$1" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p'; }
tree=$work/moved

cmake --install "$build" --prefix "$work/first" >/dev/null
mv "$work/first" "$tree"
library=$(find "$tree" -name libnewsclf_training.so)
[ -n "$library" ] || fail "the training library is not installed"
# The program is often a symbolic link in a folder of PATH.
mkdir "$work/bin"
ln -s "$tree/bin/newsclf" "$work/bin/newsclf"

# The pages that the program generated during the build contain its commands.
for page in man/man1/newsclf.1 bash-completion/completions/newsclf \
  zsh/vendor-completions/_newsclf fish/vendor_completions.d/newsclf.fish; do
  grep -q predict "$tree/share/$page" || fail "$page is missing or incomplete"
done

# ---- no paths of this machine --------------------------------------------------------------------

c_library=$(find "$tree" -name libnewsclf.so)
for file in "$tree/bin/newsclf" "$library" "$c_library"; do
  ! readelf -d "$file" | grep -E 'RPATH|RUNPATH' || fail "$file has a run path"
done
! grep -rnF -e "$project" -e "$work" "$tree" --include='*.cmake' --include='*.hpp' ||
  fail "an installed file contains a path of the build"
! needed "$c_library" | grep -E 'torch|archive' || fail "libnewsclf.so needs an optional library"
# The package newsclf provides all dependencies of newsclf-train except LibTorch.
for name in $(needed "$library"); do
  case $name in
    libtorch*.so | libc10*.so | ld-linux*) ;;
    *) needed "$tree/bin/newsclf" | grep -qxF "$name" ||
      fail "the training library needs $name, but newsclf does not" ;;
  esac
done

# ---- the program ---------------------------------------------------------------------------------

"$work/bin/newsclf" train "$project/data/sample/train" -o "$work/model" --hidden 16,8 -q
for document in "$project"/data/sample/test/*/*; do
  tr '\n' ' ' <"$document"
  echo
done >"$work/lines"
printf 'T\303\211LESCOPE, comet\n\ncomet \377 tyre\n' >>"$work/lines"
"$work/bin/newsclf" predict "$work/model" -q <"$work/lines" >"$work/answers"
[ "$(cut -f1 "$work/answers" | sort -u | wc -l)" -gt 1 ] || fail "all answers are the same"

mv "$library" "$work/library"
status=0
"$work/bin/newsclf" train "$project/data/sample/train" -o "$work/other" -q 2>"$work/err" ||
  status=$?
[ $status -eq 1 ] && grep -qF "install the package newsclf-train" "$work/err" ||
  fail "train without its library: status $status, $(cat "$work/err")"
mv "$work/library" "$library"

# ---- a C++ program -------------------------------------------------------------------------------

# Installed headers include only installed headers.
(cd "$tree/include" && find newsclf -name '*.hpp' | sed 's/.*/#include <&>/') >"$work/all.cpp"
[ "$(wc -l <"$work/all.cpp")" -gt 15 ] || fail "headers are missing: $(cat "$work/all.cpp")"
"$compiler" -std=c++20 -fsyntax-only -I "$tree/include" "$work/all.cpp"

cmake -S "$project/tests/package/example" -B "$work/example" -DCMAKE_PREFIX_PATH="$tree" \
  -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror" >"$work/log" 2>&1 &&
  cmake --build "$work/example" >>"$work/log" 2>&1 || { cat "$work/log"; fail "cannot build the example"; }
"$work/example/label_lines" "$work/model" <"$work/lines" >"$work/from_cpp"
# The example trains the same model as the program.
"$work/bin/newsclf" train "$project/data/sample/train" -o "$work/by_program" -q
"$work/example/label_lines" "$work/by_cpp" "$project/data/sample/train" <"$work/lines" >/dev/null
for model in by_program by_cpp; do
  "$work/bin/newsclf" predict "$work/$model" -q -k all <"$work/lines" >"$work/$model.answers"
done
cmp "$work/by_program.answers" "$work/by_cpp.answers" || fail "the example trained a different model"
# Labels are equal, and probabilities too, except that the program rounds them to a float.
paste "$work/answers" "$work/from_cpp" | awk -F '\t' '
  $1 != $3 || $2 - $4 > 3e-8 || $4 - $2 > 3e-8 { print "line " NR ": " $0; bad = 1 }
  END { exit bad || NR < 20 }' || fail "the answers of the program and the example differ"
status=0
"$work/example/label_lines" "$work/none" </dev/null 2>"$work/err" || status=$?
[ $status -eq 1 ] && grep -qF "label_lines: $work/none: " "$work/err" ||
  fail "missing model: status $status, $(cat "$work/err")"

# ---- a C program ---------------------------------------------------------------------------------

PKG_CONFIG_PATH=$(dirname "$(find "$tree" -name newsclf.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046  # several flags
cc -std=c11 -Wall -Wextra -Wpedantic -Werror "$project/tests/package/example/predict.c" \
  $(pkg-config --cflags --libs newsclf) -o "$work/predict"
LD_LIBRARY_PATH=$(dirname "$c_library") "$work/predict" "$work/model" <"$work/lines" >"$work/from_c"
cmp "$work/from_cpp" "$work/from_c" || fail "the answers of the C++ and the C program differ"
status=0
LD_LIBRARY_PATH=$(dirname "$c_library") "$work/predict" "$work/none" </dev/null 2>"$work/err" ||
  status=$?
[ $status -eq 1 ] && grep -qF "predict: $work/none: " "$work/err" ||
  fail "missing model: status $status, $(cat "$work/err")"
echo "$(wc -l <"$work/answers") answers agree"

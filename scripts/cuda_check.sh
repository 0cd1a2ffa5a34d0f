#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds newsclf on a machine with a GPU and without network, runs the checks that need a GPU, and
# writes a table. The machine needs CMake 3.25, g++ 12, glibc 2.36 or newer, and a Python 3.10 or
# newer with a CUDA build of PyTorch 2.7 or newer; everything else is in a prepared folder:
#
#   scripts/cuda_check.sh --prepare DIR     on Debian or Ubuntu: writes DIR/libraries.tar.gz, the
#       files of the packages that newsclf is built from, and DIR/posts.tar.gz, the posts that
#       scripts/get_data.sh has put into data/20news; less than 35 MiB. Installed packages are
#       copied, others downloaded.
#   scripts/cuda_check.sh DIR               on the GPU machine: builds, checks, and writes the table;
#       less than 9 minutes on 16 cores. A check that fails does not stop the others; the exit
#       status is then 1.
#   scripts/cuda_check.sh --dry-run DIR     the same without a GPU: builds without optimisation, and
#       runs the checks on the CPU with short settings.
#   scripts/cuda_check.sh --headers WHEEL   only compiles the files that include LibTorch, and their
#       tests, with the headers in another wheel of PyTorch, which is not installed.
#
# The table is written to build/cuda/table.md, the output of each check to build/cuda/NN.log.
set -euo pipefail

say() { echo "cuda_check: $*" >&2; }
die() { say "$*"; exit 1; }
mode=check
case ${1:-} in
  --prepare | --dry-run | --headers)
    mode=${1#--}
    shift
    ;;
esac
[ $# -eq 1 ] && [[ $1 != -* ]] || die "usage: cuda_check.sh [--prepare | --dry-run | --headers] PATH"
path=$(realpath -m "$1")
cd "$(dirname "$0")/.."

# ---- --prepare -----------------------------------------------------------------------------------

# The packages and those they depend on, except the compiler's libraries.
closure() {
  local -A seen=()
  local queue=("$@") package
  while [ ${#queue[@]} -gt 0 ]; do
    package=${queue[0]}
    queue=("${queue[@]:1}")
    [ -z "${seen[$package]:-}" ] || continue
    seen[$package]=yes
    mapfile -t -O ${#queue[@]} queue < <(apt-cache depends --important "$package" |
      sed -nE 's/^[ |]*(Pre)?Depends: ((lib|zlib)[^<:]*).*/\2/p' | grep -vE '^lib(c6|c-|gcc|stdc)')
  done
  echo "${!seen[@]}"
}

unpack_package() { # unpack_package PACKAGE FOLDER
  if dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; then
    dpkg -L "$1" | while read -r file; do [ -d "$file" ] || echo "${file#/}"; done |
      grep -v '^usr/share/doc/' | tar -C / -c --files-from - | tar -C "$2" -x
  else
    (cd "$work" && apt-get -qq download "$1") || die "$1: not downloaded; run apt-get update first"
    dpkg-deb -x "$work/$1"_*.deb "$2"
  fi
}

prepare() {
  command -v apt-cache >/dev/null || die "--prepare needs Debian or Ubuntu"
  [ -d data/20news ] || die "data/20news is not there; run scripts/get_data.sh first"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  local root=$work/root packages package link size
  mkdir -p "$path" "$root"
  mapfile -t packages < <(scripts/setup.sh --packages)
  read -r -a packages <<<"$(closure "${packages[@]}" ninja-build pkgconf-bin)"
  for package in "${packages[@]}"; do unpack_package "$package" "$root"; done
  # Where /lib is not yet a link to /usr/lib in the packages, there are absolute links into it.
  [ ! -d "$root/lib" ] || { cp -a "$root/lib" "$root/usr" && rm -r "$root/lib"; }
  find "$root" -type l -lname '/*' | while read -r link; do
    ln -srf "$root/usr$(readlink "$link" | sed 's|^/usr||')" "$link"
  done
  find "$root" -name '*.a' ! -name 'libCatch2*' -delete
  find "$root/usr/share" -mindepth 1 -maxdepth 1 ! -name cmake ! -name pkgconfig -exec rm -r {} +
  # gzip, since tar needs no other program for it on the GPU machine.
  tar -C "$root" -czf "$path/libraries.tar.gz" usr
  tar -C data/20news --sort=name -czf "$path/posts.tar.gz" 20news-bydate-train 20news-bydate-test
  size=$(cat "$path/libraries.tar.gz" "$path/posts.tar.gz" | wc -c)
  say "$path: ${#packages[@]} packages and the posts, $((size >> 10)) KiB"
  [ "$size" -lt $((35 << 20)) ] || die "$path is larger than 35 MiB"
}

# ---- --headers -----------------------------------------------------------------------------------

compile_with_headers() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  python3 -c 'import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
names = [n for n in wheel.namelist() if n.startswith("torch/include/")]
wheel.extractall(sys.argv[2], names)' "$path" "$work"
  local flags=(-std=c++20 -c -Wall -Wextra -Wconversion -Wshadow -Wno-restrict -Werror
    -DFMT_HEADER_ONLY -DNEWSCLF_VERSION='"headers"' -Iinclude -Isrc -Itests
    -isystem "$work/torch/include" -isystem "$work/torch/include/torch/csrc/api/include")
  echo '#include <torch/torch.h>' >"$work/torch.hpp"
  g++ "${flags[@]}" -x c++-header "$work/torch.hpp" -o "$work/torch.hpp.gch"
  local sources
  mapfile -t sources < <(grep -l '"training/' src/training/*.cpp tests/training/*.cpp)
  printf '%s\0' "${sources[@]}" | xargs -0 -P "$(nproc)" -n 1 \
    g++ "${flags[@]}" -include "$work/torch.hpp" -o /dev/null ||
    die "some files do not compile with the headers of $path"
  say "${#sources[@]} files compile with the headers of $(basename "$path"): $SECONDS s"
}

# ---- the checks ----------------------------------------------------------------------------------

# Prints the folder of the torch package of a Python; fails if it has none. find_spec does not import.
torch_of() {
  "$1" -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])' 2>/dev/null
}

gpu() { nvidia-smi --query-gpu="$1" --format=csv,noheader 2>/dev/null | head -n 1; }

write_table() {
  local commit subject=""
  commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
  [ $mode = check ] || subject=", dry run on the CPU"
  {
    echo "\`scripts/cuda_check.sh\`$subject, $(date -u +%F), commit $commit"
    echo
    echo "| | |"
    echo "|---|---|"
    [ $mode = dry-run ] || echo "| GPU, memory, driver | $(gpu name,memory.total,driver_version) |"
    sed -nE "s/^__version__ = '(.*)'/| PyTorch | \1 |/p; s/^cuda.* = '(.*)'$/| CUDA | \1 |/p" \
      "$torch/version.py"
    echo "| processor | $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores |"
    # shellcheck disable=SC1091
    echo "| system | $(. /etc/os-release && echo "$PRETTY_NAME"), g++ $(g++ -dumpfullversion)," \
      "$(cmake --version | head -n 1), $("$python" --version) |"
    echo
    echo "| check | result | s | |"
    echo "|---|---|---|---|"
    printf '%s\n' "${rows[@]}"
    [ ! -s "$build/b9.md" ] || { echo; cat "$build/b9.md"; }
  } >"$build/table.md"
}

# Runs a command within the remaining time; writes the last line of its output into the table.
check() { # check NAME COMMAND...
  local begin=$SECONDS left=$((limit - SECONDS)) result=passed status=0 log
  log=$build/$(printf '%02d' $((${#rows[@]} + 1))).log
  timeout -k 10 $((left > 1 ? left : 1)) "${@:2}" </dev/null >"$log" 2>&1 || status=$?
  if [ $status -ne 0 ]; then
    result="**failed**, status $status" failed=yes
    tail -n 20 "$log" >&2
  fi
  say "$1: $result, $((SECONDS - begin)) s"
  rows+=("| $1 | $result | $((SECONDS - begin)) | $(sed '/./!d' "$log" | tail -n 1 | tr '|' ' ') |")
  write_table
}

# Checks that the build used the libraries in the folder and not those of the system, except the
# C++ library.
only_from_folder() {
  local file
  "$libraries/usr/bin/ninja" -C "$build" -t deps | grep -E \
    '^ +/usr/(local/)?(include|lib)/.*(CLI/|archive|catch2/|fmt/|nlohmann/|toml\+\+|utf8proc|xxhash|z(lib|conf|std)\.h)' && return 1
  for file in "$newsclf" "$build/tests/cuda_tests"; do
    ldd "$file" | grep -E 'not found|lib(archive|fmt|icu|lzma|nettle|utf8proc|xml2|xxhash|z|zstd)[a-z]*\.so' |
      grep -v "=> $libraries/" && return 1
    # With a second copy of the C++ library in one process, LibTorch crashes in std::call_once.
    readelf -d "$file" | grep -q 'NEEDED.*libstdc++' || {
      echo "$file contains the C++ library; set CXX to a compiler that links its shared library"
      return 1
    }
  done
  echo "headers and shared libraries"
}

b9() { # b9 [options of speed.py]
  "$python" -B scripts/bench/speed.py --parts B9 --no-install --newsclf "$newsclf" \
    --data "$build/20news" --json "$build/b9.json" "$@" >"$build/b9.md"
  ! grep "not run" "$build/b9.md"
}

run_checks() {
  [ -r "$path/libraries.tar.gz" ] || die "$path: no libraries.tar.gz; --prepare writes it"
  for python in python3 .venv/bin/python3 ""; do
    [ -n "$python" ] || die "no Python here has torch"
    torch=$(torch_of "$python") && break
  done
  build=$PWD/build/cuda libraries=$PWD/build/cuda/libraries newsclf=$PWD/build/cuda/bin/newsclf
  limit=540 rows=() failed=
  local device=cuda optimisation=-O3 train=$build/20news/20news-bydate-train
  local test=$build/20news/20news-bydate-test
  local three=(--labels comp.graphics,rec.sport.baseball,sci.space) twenty=() quick=()
  local tests=(cuda_tests training_tests) times=64 ended=("${three[@]}" --epochs 40)
  if [ $mode = dry-run ]; then
    limit=3600 device=cpu optimisation=-O0 times=2 train=data/sample/train test=data/sample/test
    tests=(cuda_tests) ended=(--epochs 100) three=(--epochs 5) twenty=(--epochs 5 --members 1) quick=(--quick --device auto)
    export NEWSCLF_TEST_DEVICE=cpu
  elif [ -z "$(gpu name || true)" ]; then
    die "no GPU: nvidia-smi shows none; --dry-run runs what needs none"
  fi
  export build libraries newsclf python PYTHON=$python
  export -f only_from_folder b9
  mkdir -p "$build"
  rm -rf "$libraries" "$build"/*.log "$build/b9.md"
  mkdir "$libraries"

  check "libraries unpacked" \
    tar -xzf "$path/libraries.tar.gz" --no-same-owner -C "$libraries"
  check "posts unpacked" \
    env NEWSCLF_DATA_ARCHIVE="$path/posts.tar.gz" scripts/get_data.sh "$build/20news"
  local lib=$libraries/usr/lib/x86_64-linux-gnu
  printf '#!/bin/sh\n%s exec "%s" "$@"\n' "LD_LIBRARY_PATH='$lib' PKG_CONFIG_SYSROOT_DIR='$libraries' \
PKG_CONFIG_LIBDIR='$lib/pkgconfig:$libraries/usr/share/pkgconfig'" "$libraries/usr/bin/pkgconf" \
    >"$libraries/pkg-config"
  chmod +x "$libraries/pkg-config"
  # Old tags: a RUNPATH, unlike an RPATH, would not lead to what the libraries themselves need.
  check "configured" cmake --fresh -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_CXX_FLAGS_RELEASE="$optimisation -DNDEBUG" \
    -DCMAKE_MAKE_PROGRAM="$libraries/usr/bin/ninja" \
    -DPKG_CONFIG_EXECUTABLE="$libraries/pkg-config" \
    -DCMAKE_PREFIX_PATH="$torch;$libraries/usr" -DCMAKE_LIBRARY_ARCHITECTURE=x86_64-linux-gnu \
    -DCMAKE_EXE_LINKER_FLAGS=-Wl,--disable-new-dtags \
    -DCMAKE_SHARED_LINKER_FLAGS=-Wl,--disable-new-dtags
  check "built: newsclf" "$libraries/usr/bin/ninja" -C "$build" -k 0 newsclf
  check "built: tests" "$libraries/usr/bin/ninja" -C "$build" -k 0 "${tests[@]}"
  check "libraries used: only those of the folder" bash -c only_from_folder
  [ $device = cpu ] || check "tests of training on the CPU" "$build/tests/training_tests"
  check "tests of training on $device" "$build/tests/cuda_tests"
  on_device() { check "$1" tests/cli/on_device.sh "$newsclf" $device "$train" "$test" "${@:2}"; }
  on_device "accuracy on 3 groups" accuracy 0.5 "${three[@]}"
  on_device "accuracy on 20 groups" accuracy 0.3 "${twenty[@]}"
  on_device "eval and predict" scores "${three[@]}"
  on_device "reproducibility" repeat "${three[@]}"
  on_device "checkpoints" resume "${ended[@]}"
  on_device "a device that is not there" no_device
  [ $device = cpu ] || on_device "out of memory" out_of_memory
  check "B9" bash -c 'b9 "$@"' b9 "${quick[@]}"
  on_device "a corpus $times times as large as 20 groups" large "$times" 1 "${twenty[@]}"
  cat "$build/table.md"
  say "$SECONDS s; the table is build/cuda/table.md"
  [ -z "$failed" ] || die "at least one check failed"
}

case $mode in
  prepare) prepare ;;
  headers) compile_with_headers ;;
  *) run_checks ;;
esac

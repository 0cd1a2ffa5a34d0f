#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs the build dependencies: Debian packages, and LibTorch through pip. Fast if all of them
# are installed. With --all, also installs the dependencies of scripts/test.sh --all: dpkg-dev,
# which builds packages, clang, which builds the fuzz targets, and Python packages for comparison.
# With --packages, only prints the names of the Debian packages of libraries.
#
# Uses the first LibTorch found in: Torch_DIR or CMAKE_PREFIX_PATH, the package torch of the active
# Python environment, the .venv of the project. Otherwise installs torch==2.13.0 into that .venv
# (NEWSCLF_TORCH_VERSION selects another version).
set -euo pipefail
cd "$(dirname "$0")/.."

torch_version=${NEWSCLF_TORCH_VERSION:-2.13.0}
say() { echo "setup: $*" >&2; }
die() { say "$*"; exit 1; }

library_packages=(libarchive-dev libcli11-dev libfmt-dev libtomlplusplus-dev libutf8proc-dev
  libxxhash-dev libzstd-dev nlohmann-json3-dev zlib1g-dev catch2)

# clang, or the libraries of its sanitizers and of libFuzzer: a package of the same version.
missing_fuzzer() {
  command -v clang++ >/dev/null || { echo clang; return; }
  compgen -G "$(clang++ -print-resource-dir)/lib/*/libclang_rt.fuzzer*" >/dev/null ||
    echo "libclang-rt-$(clang++ -dumpversion | cut -d. -f1)-dev"
}

missing_packages() {
  local package tool
  # Tools may be installed in any way, not only as packages.
  command -v g++ >/dev/null || echo g++
  command -v cmake >/dev/null || echo cmake
  command -v ninja >/dev/null || echo ninja-build
  command -v pkg-config >/dev/null || echo pkg-config
  command -v ccache >/dev/null || echo ccache
  command -v curl >/dev/null || echo curl
  python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
  # Tools that the tests compare with or use to render pages.
  if [ "${1:-}" = --all ]; then
    for tool in chromium fish groff:groff-base java:default-jre-headless parallel dpkg-shlibdeps:dpkg-dev \
      script:bsdutils strace zsh zstd; do
      command -v "${tool%:*}" >/dev/null || echo "${tool#*:}"
    done
    missing_fuzzer
  fi
  for package in "${library_packages[@]}"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

install_packages() {
  local packages
  mapfile -t packages < <(missing_packages "$@")
  [ ${#packages[@]} -eq 0 ] && return
  command -v apt-get >/dev/null ||
    die "this is not Debian or Ubuntu; install the packages that README lists for building from source"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "run as root: apt-get install ${packages[*]}"
    [ -t 0 ] || die "cannot ask without a terminal; run: sudo apt-get install ${packages[*]}"
    read -r -p "setup: install ${packages[*]} with sudo apt-get? [y/N] " answer
    [[ $answer == [yY]* ]] || die "nothing was installed"
    as_root=(sudo)
  fi
  say "installing ${packages[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
    --no-install-recommends "${packages[@]}" >/dev/null
}

# Prints the folder of a Python's torch package, without importing it; fails if there is none.
torch_of() {
  "$1" -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])' 2>/dev/null
}

# Prints the LibTorch in CMAKE_PREFIX_PATH or Torch_DIR; fails if there is none.
given_libtorch() {
  local folders folder
  IFS=: read -r -a folders <<<"${Torch_DIR:+$Torch_DIR/../../..:}${CMAKE_PREFIX_PATH:-}"
  for folder in "${folders[@]}"; do
    for folder in "$folder" "$folder/torch"; do
      [ -e "$folder/include/torch/csrc/api/include/torch/torch.h" ] && realpath "$folder" && return
    done
  done
  return 1
}

install_libtorch() {
  if given_libtorch >/dev/null; then
    say "LibTorch: $(given_libtorch)"
  elif [ -n "${VIRTUAL_ENV:-}${CONDA_PREFIX:-}" ] && torch_of python3 >/dev/null; then
    say "LibTorch: $(torch_of python3)"
  elif [ -x .venv/bin/python3 ] && torch_of .venv/bin/python3 >/dev/null; then
    say "LibTorch: $(torch_of .venv/bin/python3)"
  else
    say "LibTorch: installing torch==$torch_version into .venv"
    [ -x .venv/bin/python3 ] || python3 -m venv .venv
    .venv/bin/python3 -m pip install --quiet "torch==$torch_version"
  fi
}

# Installs the Python packages that the tests use or compare with.
install_test_extras() {
  [ -x .venv/bin/python3 ] || python3 -m venv .venv
  .venv/bin/python3 -c 'import torch, numpy, pandas, polars, pyarrow, pyspark, pytest, safetensors, sklearn, cleanlab' \
    2>/dev/null && return
  say "installing Python packages for the tests into .venv"
  .venv/bin/python3 -m pip install --quiet "torch==$torch_version" cleanlab numpy pandas polars pyarrow \
    pyspark pytest safetensors scikit-learn
}

case ${1:-} in
  "" | --all) ;;
  --packages)
    printf '%s\n' "${library_packages[@]}"
    exit
    ;;
  *) die "unknown option $1; use --all, --packages or nothing" ;;
esac
install_packages "$@"
install_libtorch
if [ "${1:-}" = --all ]; then
  install_packages --all  # what the installed clang needs
  install_test_extras
fi

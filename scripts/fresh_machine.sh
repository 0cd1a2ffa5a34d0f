#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Checks that a machine with only the package newsclf can predict and evaluate, that train names the
# missing package, and that newsclf-train needs only LibTorch in addition. Builds the packages, then
# creates a small machine in a temporary folder and runs the commands in it by chroot.
#
#   scripts/fresh_machine.sh [BUILD]           a full machine: debootstrap installs a minimal Debian
#       of this machine's release from the mirror that its apt uses, and apt installs the packages
#       and their dependencies. Also installs newsclf-dev and a compiler to build the C++ example.
#       Needs the network and debootstrap; takes about two minutes.
#   scripts/fresh_machine.sh --short [BUILD]   for tests: only the files of the packages and, copied
#       from this machine, of newsclf's dependencies, except those in /usr/share. Takes seconds.
#       Exits with status 77 if it cannot run.
#
# BUILD is a build folder that contains newsclf (default: build/release). Needs root and dpkg-dev.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "fresh_machine: $*" >&2; }
short=
if [ "${1:-}" = --short ]; then
  short=yes
  shift
fi
build=$(realpath "${1:-build/release}")
cannot() {
  say "$*"
  [ -n "$short" ] && exit 77
  exit 1
}

[ "$(id -u)" -eq 0 ] || cannot "run as root: chroot and mount need it"
command -v dpkg-shlibdeps >/dev/null || cannot "install dpkg-dev"
[ -n "$short" ] || command -v debootstrap >/dev/null || cannot "install debootstrap"
unshare --mount true || cannot "mounting is not permitted here"
work=$(mktemp -d)
root=$work/root
trap 'rm -rf --one-file-system "$work"' EXIT

# ---- the packages, a small model, and the expected answers ---------------------------------------

cpack --config "$build/CPackConfig.cmake" -G DEB -B "$work/packages" >"$work/log" 2>&1 ||
  { cat "$work/log"; exit 1; }
deb() { echo "$work/packages/$1"_*.deb; }
sample=$PWD/data/sample
mkdir "$work/files"
cp -r "$sample/train" "$sample/test" "$work/files"
cd "$work/files"
"$build/bin/newsclf" train train -o model -q
for document in test/*/*; do tr '\n' ' ' <"$document"; echo; done >lines
"$build/bin/newsclf" predict model -q <lines >predict.expected
"$build/bin/newsclf" eval model test -q >eval.expected
"$build/bin/newsclf" info model >info.expected

# ---- the machine ---------------------------------------------------------------------------------

# Prints the installed packages that a Depends list requires, directly or indirectly, and of
# alternatives the first that is installed.
closure() {
  local -A seen=()
  local queue=("$1") name names alternative
  while [ ${#queue[@]} -gt 0 ]; do
    IFS=, read -r -a names <<<"${queue[0]}"
    queue=("${queue[@]:1}")
    for name in "${names[@]}"; do
      for alternative in $(sed 's/([^)]*)//g; s/|/ /g; s/:any//g' <<<"$name"); do
        dpkg-query -W "$alternative" >/dev/null 2>&1 || continue
        [ -n "${seen[$alternative]:-}" ] && break
        seen[$alternative]=yes
        queue+=("$(dpkg-query -W -f '${Pre-Depends},${Depends}' "$alternative")")
        break
      done
    done
  done
  echo "${!seen[@]}"
}

# Runs a command in the machine. What is mounted there (/proc, /dev, and the LibTorch folder in
# $libtorch, if set) is visible only to that command and unmounted when it ends.
libtorch=
in_machine() {
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
    ${libtorch:+NEWSCLF_LIBTORCH=/libtorch} unshare --mount -- sh -ec '
      mount -t proc proc "$1/proc"
      mount --bind /dev "$1/dev"
      test -z "$2" || mount --bind -o ro "$2" "$1/libtorch"
      root=$1; shift 2; exec chroot "$root" "$@"' sh "$root" "$libtorch" "$@"
}

if [ -n "$short" ]; then
  mkdir -p "$root/proc" "$root/dev"
  read -r -a packages <<<"$(closure "$(dpkg-deb -f "$(deb newsclf)" Depends)")"
  dpkg -L "${packages[@]}" | grep -v '^/usr/share/' | while read -r file; do
    [ -d "$file" ] || echo "${file#/}"
  done | sort -u | tar -C / -c --files-from - | tar -C "$root" -x
  say "created a machine with the files of ${packages[*]}"
else
  # shellcheck disable=SC1091
  release=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(CREATED_BY)' |
    awk -v r="$release" '$2 == r && $3 == "main" && $4 == "Packages" { print $1; exit }')
  [ -n "$mirror" ] || cannot "apt has no source for $release"
  eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
  export http_proxy https_proxy
  unshare --mount -- debootstrap --variant=minbase "$release" "$root" "$mirror" >"$work/log" 2>&1 ||
    { tail "$work/log"; exit 1; }
  { apt-config dump Acquire::http && apt-config dump Acquire::https; } \
    >"$root/etc/apt/apt.conf.d/proxy"
  say "debootstrap installed a minimal $release: $SECONDS s, $(du -sh "$root" | cut -f1)"
  in_machine apt-get update -qq
fi
mkdir "$root/files" "$root/libtorch"
cp -r . "$root/files"

apt_install() {
  in_machine apt-get install -qq -y --no-install-recommends "$@" >"$work/log" 2>&1 ||
    { cat "$work/log"; exit 1; }
}
install_package() {
  if [ -n "$short" ]; then
    dpkg-deb -x "$(deb "$1")" "$root"
  else
    cp "$(deb "$1")" "$root/files/$1.deb"
    apt_install "/files/$1.deb"
  fi
  say "installed $1: $SECONDS s"
}

# Runs and prints a newsclf command line with its output; fails unless it exits with STATUS.
newsclf() { # newsclf STATUS ARGUMENTS...
  local status=0
  printf '\n$ newsclf %s\n' "${*:2}"
  (cd / && in_machine /usr/bin/newsclf "${@:2}") >"$work/out" 2>"$work/err" || status=$?
  head -n 5 "$work/out"
  cat "$work/err"
  [ $status -eq "$1" ] || { say "exit status $status, expected $1"; exit 1; }
}
gives() { # gives EXPECTED: the last command printed the contents of that file
  cmp "$work/out" "$1" || { say "the answer differs from that of the build"; exit 1; }
}
says() { # says WORDS: the last command printed these words to stderr
  grep -qF -- "$1" "$work/err" || { say "stderr does not contain '$1'"; exit 1; }
}

# ---- only newsclf --------------------------------------------------------------------------------

install_package newsclf
newsclf 0 --version
newsclf 0 predict /files/model -q <lines
gives predict.expected
newsclf 0 eval /files/model /files/test -q
gives eval.expected
newsclf 0 info /files/model
gives info.expected
newsclf 1 train /files/train -o /files/other
says "install the package newsclf-train"

# ---- newsclf-train, without and with LibTorch ----------------------------------------------------

install_package newsclf-train
newsclf 1 train /files/train -o /files/other
says "LibTorch: not found, but this command needs it; pip install torch=="
newsclf 0 predict /files/model -q <lines
gives predict.expected
# This machine's LibTorch, in place of one installed by pip.
libtorch=$(sed -nE 's|^LibTorch_INCLUDE_DIR:PATH=(.*)/include$|\1|p' "$build/CMakeCache.txt")
newsclf 0 train /files/train -o /files/other -q
libtorch=
cmp "$root/files/other" model || { say "the model differs from that of the build"; exit 1; }

# ---- newsclf-dev ---------------------------------------------------------------------------------

if [ -z "$short" ]; then
  install_package newsclf-dev
  apt_install cmake g++ make
  say "installed cmake, g++ and make: $SECONDS s"
  in_machine cmake -S /usr/share/doc/newsclf-dev/examples -B /files/example >"$work/log" 2>&1 &&
    in_machine cmake --build /files/example >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  printf '\n$ label_lines\n'
  in_machine /files/example/label_lines /files/model <lines >"$work/out"
  head -n 5 "$work/out"
  # The example prints probabilities with more digits, so only labels are compared.
  cut -f1 predict.expected | cmp - <(cut -f1 "$work/out") || { say "the labels differ"; exit 1; }
fi
say "done: $SECONDS s"

# SPDX-License-Identifier: MIT
# Shared by the tests of scripts/bench. A test sets `script` and sources this file, which reads the
# arguments of the test: NEWSCLF PYTHON (with scikit-learn). Exit status 77: skipped.
newsclf=$1
python=$2
project=$(cd "$(dirname "$0")/../.." && pwd)
data=$project/data/20news
[ -d "$data" ] || { echo "no $data; scripts/get_data.sh downloads it" >&2; exit 77; }
[ -x "$python" ] || { echo "no Python at $python; setup.sh --all installs one" >&2; exit 77; }
"$python" -c 'import sklearn' 2>/dev/null ||
  { echo "no scikit-learn in $python; setup.sh --all installs it" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s\n' before "<!-- $script begin -->" old "<!-- $script end -->" after >"$work/page"

bench() {
  "$python" -B "$project/scripts/bench/$script" --no-install --newsclf "$newsclf" "$@"
}

# exits STATUS WORDS ARGUMENTS...: expects this status, and WORDS in the last line of stderr.
exits() {
  local status=0
  bench "${@:3}" >"$work/out" 2>"$work/err" || status=$?
  [ $status -eq "$1" ] && tail -n 1 "$work/err" | grep -qF -- "$2" ||
    { echo "$script ${*:3}: status $status, expected $1 and '$2'"; cat "$work/err"; exit 1; }
}

refuses_bad_common_options() {
  exits 1 "no such folder; scripts/get_data.sh" --data "$work/none"
  exits 1 "no such program; build it" --newsclf "$work/none"
  exits 1 "<!-- $script begin -->" --update "$work/tables"
  exits 1 "$work/none/runs" --json "$work/none/runs"
  exits 2 "got 'other'" --parts other
}

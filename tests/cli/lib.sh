# SPDX-License-Identifier: GPL-3.0-or-later
# What the program-level tests share. A test is a bash script that begins with
#
#	. "$(dirname "$0")/../lib.sh"
#
# and then works in an empty temporary folder of its own, which is removed at
# the end. Its exit status is the result: 0 passed, 77 skipped, else failed; the
# first assertion that does not hold ends it. By hand, from a build folder:
#
#	bash ../tests/cli/iso-inspect/json.sh
#
#	run COMMAND [ARG…]      run a command (ours from the build tree) with a time
#	                        limit; $status, $out and $err (files) hold the result
#	expect_status N         the exact exit status of the last run
#	expect_stdout TEXT      standard output is exactly TEXT and a newline;
#	expect_stderr TEXT      nothing at all where TEXT is empty
#	expect_stdout_has RE    a line of it matches the extended regular expression
#	expect_stderr_has RE
#	expect_stdout_lacks RE  no line of it matches
#	expect_stderr_lacks RE
#	expect_stderr_lines N   it has exactly N lines
#	expect_json FILTER [FILE]  jq finds FILTER true for stdout (or FILE)
#	expect_same FILE FILE   the two are equal byte for byte
#	build_beside REFERENCE… -- OPTION…
#	                        ref.iso by mkisofs of some kind, x.iso by iso-build as such
#	expect_files [NAME…]    the working folder holds exactly these names
#	command_path COMMAND    prints where one of ours is in the build tree
#	binary_path COMMAND     likewise, never a wrapper of libtool
#	need PROGRAM…           skip when one of them is not installed
#	need_command COMMAND    skip when it was left out; need_hashes: without libcrypto;
#	                        need_archives: without libarchive
#	shared PATH             prints the path of outside material; use as
#	                        f=$(shared corpus/x.iso) || skip "no x.iso"
#	skip WHY    fail WHY

set -u
umask 022
unset POSIXLY_CORRECT SOURCE_DATE_EPOCH NO_COLOR CDPATH GREP_OPTIONS

_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${ISOKIT_SOURCE:=$(cd "$_here/../.." && pwd)}"
: "${ISOKIT_BUILD:=$PWD}"
: "${ISOKIT_SHARED:=$ISOKIT_SOURCE/../shared}"
export ISOKIT_SOURCE ISOKIT_BUILD ISOKIT_SHARED
export LC_ALL=C.UTF-8 TZ=UTC

# $0 stays right after the change of folder below (bash 5).
BASH_ARGV0=$(cd "$(dirname "$0")" && pwd)/${0##*/}

_top=$(mktemp -d "${TMPDIR:-/tmp}/isokit-test.XXXXXX") || exit 99
# chmod: a test may have left folders that cannot be searched.
_cleanup() {
	# A child that is killed before it has become another program has our traps.
	[ "$BASHPID" = "$$" ] || return
	cd / || exit 99
	chmod -R u+rwx "$_top" 2>/dev/null
	rm -rf "$_top"
}
trap _cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$_top/work" || exit 99
cd "$_top/work" || exit 99
out=$_top/stdout err=$_top/stderr status=
: >"$out"; : >"$err"
_last=

skip() { printf 'SKIP: %s\n' "$*"; exit 77; }

fail() {
	printf 'FAIL: %s\n' "$*"
	if [ -n "$_last" ]; then
		printf -- '--- last command: %s\n--- status: %s\n--- stdout:\n' "$_last" "$status"
		head -c 4000 "$out" | cat -v
		printf -- '--- stderr:\n'
		head -c 4000 "$err" | cat -v
	fi
	exit 1
}

need() {
	local p
	for p; do
		command -v "$p" >/dev/null 2>&1 || [ -x "/usr/sbin/$p" ] || [ -x "/sbin/$p" ] ||
			skip "$p is not installed"
	done
}

# The path of one of our commands in the build tree; others as they are.
command_path() {
	local p
	case $1 in
	iso-*)
		for p in "$ISOKIT_BUILD/$1" "$ISOKIT_BUILD/src/$1/$1"; do
			if [ -f "$p" ] && [ -x "$p" ]; then
				printf '%s\n' "$p"
				return 0
			fi
		done
		return 1 ;;
	esac
	printf '%s\n' "$1"
}

# The same without a wrapper of libtool, whose shell would be run and measured as
# well. What lies in .libs beside a program that is none may be of an older build.
binary_path() {
	local p real
	p=$(command_path "$1") || return 1
	real=${p%/*}/.libs/$1
	if head -c 2 "$p" | grep -q '^#!' && [ -x "$real" ]; then
		p=$real
	fi
	printf '%s\n' "$p"
}

# Skips a test of a command that configure left out.
need_command() { command_path "$1" >/dev/null || skip "$1 is not built"; }

# Skips where libcrypto is missing, now or when we were built.
need_hashes() {
	echo >"$_top/hashed"
	"$(command_path iso-inspect)" --hash "$_top/hashed" >/dev/null 2>"$_top/hashes" ||
		! grep -q libcrypto "$_top/hashes" || skip "no libcrypto"
}

# Likewise without libarchive.
need_archives() {
	printf '070707' >"$_top/archive"
	"$(command_path iso-build)" -n --unpack "$_top/archive" >"$_top/archives" 2>&1 ||
		! grep -q libarchive "$_top/archives" || skip "no libarchive"
}

run() {
	local program
	program=$(command_path "$1") || fail "$1 is not in the build tree $ISOKIT_BUILD"
	_last=$(printf "%q " "$@" | head -c 1000)
	shift
	timeout -k 5 "${TEST_TIMEOUT:-120}" "$program" "$@" >"$out" 2>"$err"
	status=$?
	[ "$status" -ne 124 ] && [ "$status" -ne 137 ] || fail "did not end in time"
	! grep -q -e 'ERROR: AddressSanitizer' -e 'runtime error:' -e 'LeakSanitizer' "$err" ||
		fail "a sanitizer complained"
}

build_beside() {
	local reference=()

	while [ "$1" != -- ]; do
		reference+=("$1")
		shift
	done
	shift
	"${reference[@]}" -quiet -o ref.iso "$@" 2>/dev/null || fail "${reference[*]} $* fails"
	run iso-build --mkisofs -quiet -o x.iso "$@"
	expect_status 0
}

expect_status() { [ "$status" = "$1" ] || fail "exit status $status where $1 was expected"; }

_exact() {
	if [ -n "$3" ]; then printf '%s\n' "$3"; fi | cmp -s - "$2" ||
		fail "$1 is not exactly: $3"
}
expect_stdout() { _exact stdout "$out" "$1"; }
expect_stderr() { _exact stderr "$err" "$1"; }

expect_stdout_has() { grep -Eq -e "$1" "$out" || fail "stdout has no line like: $1"; }
expect_stderr_has() { grep -Eq -e "$1" "$err" || fail "stderr has no line like: $1"; }
expect_stdout_lacks() { ! grep -Eq -e "$1" "$out" || fail "stdout has a line like: $1"; }
expect_stderr_lacks() { ! grep -Eq -e "$1" "$err" || fail "stderr has a line like: $1"; }
expect_stderr_lines() {
	local n
	n=$(wc -l <"$err")
	[ "$n" -eq "$1" ] || fail "stderr has $n lines where $1 were expected"
}

expect_json() {
	need jq
	jq -e "$1" "${2:-$out}" >/dev/null 2>"$_top/jq" ||
		fail "not so in the JSON: $1 $(cat "$_top/jq")"
}

expect_same() { cmp -- "$1" "$2" || fail "$1 and $2 differ"; }

expect_files() {
	local want got
	want=$(printf '%s\n' "$@" | sed '/^$/d' | sort)
	got=$(find . -mindepth 1 -maxdepth 1 -printf '%P\n' | sort)
	[ "$want" = "$got" ] || fail "the folder holds: $(echo $got) where expected: $(echo $want)"
}

shared() { [ -e "$ISOKIT_SHARED/$1" ] && printf '%s\n' "$ISOKIT_SHARED/$1"; }

# SPDX-License-Identifier: GPL-3.0-or-later
# What tests of discs share: a file plays the drive (libburn's stdio: drives).
. "$(dirname "$0")/../lib.sh"
need_command iso-write
need_hashes

# disc OPTION…: iso-write with the drive stdio:$PWD/disc allowed; $drive is its name.
drive=stdio:$PWD/disc
disc() { run iso-write --pseudo-drives="$PWD" "$@" </dev/null; }

# Skips when there is no libburn, now or when we were built.
need_burner() {
	echo >probe
	disc --compare probe "$drive"
	rm -f disc probe
	! grep -q libburn "$err" || skip "no libburn"
}

# An image of some size with a file of random bytes in it.
image() {
	mkdir -p tree
	head -c "${2:-3000000}" /dev/urandom >tree/data
	run iso-build -q -V "${3:-FIRST}" -o "$1" tree
	expect_status 0
}

# fake_burner: from here on libburn is tests/data/fakeburn.c, whose one drive has what medium()
# puts into it. Skips where that was not built.
fake_burner() {
	local fake=$ISOKIT_BUILD/tests/.libs/fakeburn.so
	[ -f "$fake" ] || skip "no libburn"
	[ "${ISOKIT_INSTRUMENTED-no}" = no ] || skip "the other libburn is not instrumented"
	mkdir lib
	ln -s "$fake" lib/libburn.so.4
	export LD_LIBRARY_PATH=$PWD/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} FAKEBURN=$PWD/medium
}

# medium PROFILE SECTORS STATE [FAIL_AT [DELAY]]
medium() {
	rm -f disc medium.log
	echo "$1 $2 $3 ${4:--1} ${5:-0}" >medium
	: >medium.log
}
logged() { grep -Eqx -e "$1" medium.log || fail "not logged: $1 ($(tr '\n' '|' <medium.log))"; }
not_logged() { ! grep -Eqx -e "$1" medium.log || fail "logged: $1"; }

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

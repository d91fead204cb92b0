#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Each field of each structure of sound images spoiled in several ways: --check finds
# something new every time. A hybrid with GPT and an appended EFI partition; Rock Ridge
# with Joliet; ISO 9660:1999; relocated folders; an Apple partition map.
. "$(dirname "$0")/../cli/lib.sh"
images=$ISOKIT_SOURCE/testdata/images

set -- hybrid-appended gen-level4-1999 hfsplus-apm
# Some hundred thousand more where time does not matter.
[ "${ISOKIT_INSTRUMENTED-no}" = no ] && set -- "$@" base gen-deep-reloc bsdtar-rr-joliet xo-md5-tags
for name; do
	TEST_TIMEOUT=300 run "$ISOKIT_BUILD/tests/mutate" "$images/$name.hex"
	printf '%s: ' "$name"
	tail -1 "$out"
	expect_status 0
	expect_stdout_lacks 'missed'
	# Nothing done is nothing found.
	expect_stdout_has '^[1-9][0-9]{2,} fields, [0-9]+ of them untouched, [1-9][0-9]{3,} mutations, [1-9][0-9]{3,} found$'
	awk '/ fields, / { exit $7 != $9 }' "$out" || fail "$name: not all found"
done

# Every field that is left alone says why.
run "$ISOKIT_BUILD/tests/mutate" -v "$images/hybrid-appended.hex"
expect_stdout_lacks '^untouched: .*: (\(null\))?$'

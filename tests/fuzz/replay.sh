#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fuzz targets over every image of testdata/ and every saved input; then over some of
# them cut off at each sector, and changed.
. "$(dirname "$0")/../cli/lib.sh"
shopt -s nullglob

limits= mutants=400
# Sanitizers take memory and time of their own.
[ "${ISOKIT_INSTRUMENTED-no}" = no ] || { limits='--seconds 20 --mib 0'; mutants=60; }
TEST_TIMEOUT=500
images=$ISOKIT_SOURCE/testdata/images
files=("$images"/*.hex "$ISOKIT_SOURCE"/tests/fuzz/corpus/image/*)
[ "${#files[@]}" -gt 40 ] || fail "where are the images?"
run "$ISOKIT_BUILD/tests/fuzz-image" $limits "${files[@]}"
expect_status 0
expect_stdout "${#files[@]} inputs, 0 bad"

# The other targets over their inputs, and these changed.
for program in "$ISOKIT_BUILD"/tests/fuzz-*; do
	target=${program##*/fuzz-}
	others=("$ISOKIT_SOURCE/tests/fuzz/corpus/$target"/*)
	n=$((5 * mutants))
	case $target in
	image | *.*) continue ;;
	filesystem) # whole volumes
		n=$mutants ;;
	convert | drives | stick) # all of a conversion, of a computer, of a stick
		n=$((mutants / 4)) ;;
	remaster) # all of a build
		n=$((mutants / 4))
		for name in base gen-udf-bridge gen-devices-R hybrid-appended hfsplus-apm \
			libarchive_zisofs overlap-same-extent xo-md5-tags; do
			[ ! -f "$images/$name.hex" ] || others+=("$images/$name.hex")
		done ;;
	esac
	[ "${#others[@]}" -gt 0 ] || fail "$target has no input"
	run "$program" $limits --mutants $n "${others[@]}"
	expect_status 0
	expect_stdout "${#others[@]} inputs, 0 bad"
done

files=()
for name in base gen-udf-bridge gen-level4-1999 gen-deep-reloc gen-devices-R high-sierra \
	hybrid-appended multisession pycdlib-all udf-sparable udf-virtual udf-metadata libarchive_rockridge_ce_loop libarchive_zisofs; do
	files+=("$images/$name.hex")
done
run "$ISOKIT_BUILD/tests/fuzz-image" $limits --cut --mutants $mutants "${files[@]}"
expect_status 0
expect_stdout "${#files[@]} inputs, 0 bad"

#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The fuzz targets over every image of testdata/ and every saved input; then over
# those images cut off at each sector in turn and with single bytes changed.
. "$(dirname "$0")/../cli/lib.sh"
shopt -s nullglob

limits=
# Sanitizers take memory and time of their own.
[ "${ISOKIT_INSTRUMENTED-no}" = no ] || limits='--seconds 20 --mib 0'
TEST_TIMEOUT=500
files=("$ISOKIT_SOURCE"/testdata/images/*.hex "$ISOKIT_SOURCE"/tests/fuzz/corpus/*)
[ "${#files[@]}" -gt 40 ] || fail "where are the images?"
run "$ISOKIT_BUILD/tests/fuzz-image" $limits "${files[@]}"
cat "$out"
expect_status 0
expect_stdout "${#files[@]} inputs, 0 bad"

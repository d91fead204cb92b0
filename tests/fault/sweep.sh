#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every allocation and every read of looking into an image, made to fail in turn.
. "$(dirname "$0")/../cli/lib.sh"

TEST_TIMEOUT=500
images=$ISOKIT_SOURCE/testdata/images
files=()
for name in base boot-sections-endless bsdtar-rr-joliet dir-loop-to-root gen-deep-reloc \
	gen-devices-R gen-level4-1999 gen-udf-bridge high-sierra hybrid-appended multisession \
	udf-sparable udf-virtual udf-metadata pycdlib-all rr-ce-self-loop libarchive_rockridge_ce_loop \
	libarchive_zisofs xo-md5-tags; do
	files+=("$images/$name.hex")
done
run "$ISOKIT_BUILD/tests/fault-image" "${files[@]}"
sed 's|.*/||' "$out"
expect_status 0
expect_stdout_has "^${#files[@]} inputs, 0 bad\$"

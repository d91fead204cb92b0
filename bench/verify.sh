#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Checksums of a cached image of 1 GiB, beside programs that use the same library
# and the coreutils.
. "$(dirname "$0")/lib.sh"
build=$(program iso-build) || { echo "iso-build is not built" >&2; exit 1; }
ours=$(program iso-inspect) || { echo "iso-inspect is not built" >&2; exit 1; }

work_in "$BENCH_DISK"
mkdir tree
for i in $(seq 64); do head -c 16777216 /dev/urandom >tree/file$i; done
(cd tree && md5sum file* >md5sum.txt)
"$build" -q --boot=none -o image.iso tree || exit 1
rm -r tree
cat image.iso >/dev/null

for run in warm $(seq "$BENCH_RUNS"); do
	[ "$run" = 1 ] && rm -f sha256 md5 sha512 verify several
	measure sha256 isokit "$ours" --hash=sha256 image.iso
	measure sha256 openssl openssl dgst -sha256 image.iso
	measure sha256 sha256sum sha256sum image.iso
	measure md5 isokit "$ours" --hash=md5 image.iso
	measure md5 openssl openssl dgst -md5 image.iso
	measure md5 md5sum md5sum image.iso
	measure sha512 isokit "$ours" --hash=sha512 image.iso
	measure sha512 openssl openssl dgst -sha512 image.iso
	measure sha512 sha512sum sha512sum image.iso
	measure verify isokit "$ours" --verify image.iso
	measure verify openssl-md5 openssl dgst -md5 image.iso
	measure verify md5sum md5sum image.iso
	measure several isokit "$ours" --verify --hash image.iso
	measure several md5-then-sha256 sh -c 'md5sum image.iso; sha256sum image.iso'
done
report sha256 "SHA-256 of 1 GiB"
report md5 "MD5 of 1 GiB"
report sha512 "SHA-512 of 1 GiB"
report verify "verify 1 GiB by a list of MD5s inside"
report several "the same and the SHA-256 of all"

#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Looking into an image of 20,000 files: the summary, and the whole listing.
. "$(dirname "$0")/lib.sh"
build=$(program iso-build) || { echo "iso-build is not built" >&2; exit 1; }
ours=$(program iso-inspect) || { echo "iso-inspect is not built" >&2; exit 1; }

work_in "$BENCH_DISK"
mkdir tree
for d in $(seq -w 100); do
	mkdir tree/dir$d
	(cd tree/dir$d && for f in {001..200}; do echo "$f" >file$f; done)
done
"$build" -q --boot=none -o image.iso tree || exit 1

for run in warm $(seq "$BENCH_RUNS"); do
	[ "$run" = 1 ] && rm -f summary list
	measure summary isokit "$ours" image.iso
	measure summary isokit-json "$ours" --json image.iso
	command -v isoinfo >/dev/null && measure summary isoinfo-d isoinfo -d -i image.iso
	command -v xorriso >/dev/null && measure summary xorriso-toc xorriso -indev image.iso -toc
	measure list isokit "$ours" --list image.iso
	command -v isoinfo >/dev/null && measure list isoinfo-R-l isoinfo -R -l -i image.iso
	command -v bsdtar >/dev/null && measure list bsdtar-tv bsdtar -tvf image.iso
	command -v xorriso >/dev/null &&
		measure list xorriso-lsdl xorriso -indev image.iso -find / -exec lsdl --
done
report summary "inspect, summary of 20,000 files"
report list "inspect, listing of 20,000 files"

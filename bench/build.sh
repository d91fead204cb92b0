#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Building: many small files, few large ones, one crowded folder, a million files
# (only when named); on tmpfs and on a disk. Each build writes beside its source; the
# page cache is warm. With BENCH_REFLINK=DIR, a folder on XFS or btrfs, there as well:
# large files, and an image of 4 GiB with one file changed.
#
#	bench/build.sh [small] [large] [crowded] [million]
. "$(dirname "$0")/lib.sh"
ours=$(program iso-build) || { echo "iso-build is not built" >&2; exit 1; }
cases=${*:-small large crowded}

make_small() { # 20,000 files in 100 folders, 100 to 12,000 bytes each
	mkdir small
	(cd small && mkdir $(seq -f 'dir%03g' 100))
	awk 'BEGIN {
		for (i = 0; i < 12100; i++) data = data sprintf("%c", 33 + (i * i) % 89)
		for (d = 1; d <= 100; d++) for (f = 1; f <= 200; f++) {
			name = sprintf("small/dir%03d/file%03d.txt", d, f)
			printf "%s", substr(data, 1, (d * 7919 + f * 104729) % 12000 + 100) >name
			close(name)
		}
	}'
}

make_large() { # 4 × 256 MiB
	mkdir large
	for f in 1 2 3 4; do head -c 268435456 /dev/urandom >large/file$f; done
}

make_crowded() { # 100,000 files in one folder, created in no order
	mkdir crowded
	seq -w 100000 | shuf --random-source=<(yes) |
		awk '{ name = "crowded/some-file-name-" $1 ".dat"; print $1 >name; close(name) }'
}

make_million() { # 1,000 to a folder
	mkdir million
	awk 'BEGIN {
		for (d = 0; d < 1000; d++) {
			system("mkdir million/dir" d)
			for (f = 0; f < 1000; f++) {
				name = "million/dir" d "/file-number-" f ".txt"
				print d * f >name
				close(name)
			}
		}
	}'
}

make_reflink() { # 4 × 1 GiB
	mkdir reflink
	for f in 1 2 3 4; do head -c 1073741824 /dev/urandom >reflink/file$f; done
	sync -f reflink
}

remaster() { # base.iso, one file changed
	measure results isokit "$ours" -q -o out.iso base.iso /new.txt=new.txt
	command -v xorriso >/dev/null &&
		measure results xorriso xorriso -indev base.iso -outdev out.iso \
			-map new.txt /new.txt -commit
}

peers() { # CASE
	measure results isokit "$ours" -q --boot=none -o out.iso "$1"
	command -v genisoimage >/dev/null && [ "$1" != crowded ] &&
		measure results genisoimage genisoimage -quiet -R -J -o out.iso "$1"
	command -v xorriso >/dev/null &&
		measure results xorriso xorriso -as mkisofs -quiet -R -J -o out.iso "$1"
	command -v bsdtar >/dev/null && [ "$1" != crowded ] &&
		measure results bsdtar bsdtar -c --format iso9660 -f out.iso "$1"
	[ "$1" = large ] && measure results cp sh -c "cat $1/* >out.iso"
}

for place in "$BENCH_MEMORY" "$BENCH_DISK"; do
	work_in "$place" || continue
	kind=$(stat -f -c %T .)
	for case in $cases; do
		make_$case
		rm -f results
		peers "$case" # warms caches, counted by nobody
		rm -f results
		for run in $(seq "$BENCH_RUNS"); do peers "$case"; done
		report results "build, $case files, $kind"
		rm -rf "$case"
	done
done

[ -n "${BENCH_REFLINK-}" ] && work_in "$BENCH_REFLINK" || exit 0
kind=$(stat -f -c %T .)
make_reflink
for run in $(seq "$BENCH_RUNS"); do peers reflink; done
report results "build, 4 files of 1 GiB, $kind"
rm -f results
"$ours" -q --boot=none -o base.iso reflink
echo changed >new.txt
for run in $(seq "$BENCH_RUNS"); do remaster; done
report results "4 GiB with one file changed, $kind"

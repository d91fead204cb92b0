#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Looking into images of 20,000 files, and with BIG=1 of a million: the summary, the
# listing, the listing as JSON and the check, beside peers on the same file in the
# same minute. Then, of each: the most memory it took and what it read of the image.
#
#	BIG=1    a million files, too (a quarter of a gigabyte of space, minutes)
. "$(dirname "$0")/lib.sh"
ours=$(program iso-inspect) || { echo "iso-inspect is not built" >&2; exit 1; }
command -v genisoimage >/dev/null || { echo "genisoimage is needed to make the images" >&2; exit 1; }

work_in "$BENCH_DISK"

# make_image FILES NAME: 200 names in a folder, all of one small file
make_image() {
	echo "a small file" >one
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "part%02d/folder%03d/some-file-name-%03d.txt=one\n", \
				i / 20000, i / 200 % 100, i % 200
	}' >list
	genisoimage -quiet -R -J -graft-points -path-list list -o "$2" || exit 1
}

# peer RESULTS NAME PROGRAM ARGUMENT…: measured if it is installed
peer() {
	command -v "$3" >/dev/null || return
	if [ "$1" = summary ]; then measure "$1" "$2" repeat "${@:3}"; else measure "$@"; fi
}

# repeat COMMAND…: 50 times, for what takes a millisecond
repeat() {
	local i
	for i in {1..50}; do "$@" >/dev/null || return; done
}

# costs NAME COMMAND…: memory, and reads of the image, of one run
costs() {
	local name=$1 rss='?' reads='?'
	shift
	command -v "$1" >/dev/null || [ -x "$1" ] || return
	[ -x /usr/bin/time ] && /usr/bin/time -o rss -f %M "$@" >/dev/null 2>&1 && rss=$(tail -1 rss)
	command -v strace >/dev/null &&
		strace -f -e trace=read,pread64,readv,preadv,mmap -P "$image" -o trace "$@" >/dev/null 2>&1 &&
		reads=$(awk '/(read|pread64|readv|preadv)\(.*= [0-9]+$/ { n++; b += $NF }
			END { printf "%d reads, %.0f KiB", n, b / 1024 }' trace)
	printf '  %-14s %8s KiB of memory, %s\n' "$name" "$rss" "$reads"
}

for files in 20000 ${BIG:+1000000}; do
	image=$files.iso
	make_image "$files" "$image"
	for run in warm $(seq "$BENCH_RUNS"); do
		[ "$run" = 1 ] && rm -f summary list json check
		measure summary isokit repeat "$ours" "$image"
		peer summary isoinfo-d isoinfo -d -i "$image"
		peer summary iso-info iso-info -d --no-header "$image"
		peer summary xorriso-indev xorriso -indev "$image"
		measure list isokit "$ours" --list "$image"
		peer list isoinfo-R-l isoinfo -R -l -i "$image"
		peer list isoinfo-R-f isoinfo -R -f -i "$image" # names alone
		peer list bsdtar-tv bsdtar -tvf "$image"
		peer list 7zz-l 7zz l "$image"
		peer list xorriso-lsdl xorriso -indev "$image" -find / -exec lsdl --
		measure json isokit "$ours" --list --json "$image"
		peer json isoinfo-R-l isoinfo -R -l -i "$image"
		peer json isoinfo-R-f isoinfo -R -f -i "$image"
		peer json bsdtar-tv bsdtar -tvf "$image"
		measure check isokit "$ours" --check "$image"
		measure check isokit-json "$ours" --json "$image"
	done
	report summary "inspect, 50 summaries of $files files"
	report list "inspect, listing of $files files"
	report json "inspect, listing of $files files as JSON"
	report check "inspect, check of $files files"
	printf '\ninspect, what it costs for %s files\n' "$files"
	costs summary "$ours" "$image"
	costs list "$ours" --list "$image"
	costs list-json "$ours" --list --json "$image"
	costs check "$ours" --check "$image"
	costs isoinfo-d isoinfo -d -i "$image"
	costs isoinfo-R-l isoinfo -R -l -i "$image"
	costs bsdtar-tv bsdtar -tvf "$image"
	costs xorriso-indev xorriso -indev "$image"
	rm -f "$image"
done

#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# iso-extract beside 7zz, bsdtar and xorriso: many small files, a few large ones, and the
# same where the file system shares blocks.
. "$(dirname "$0")/lib.sh"

# beside DIR IMAGE TITLE
beside() {
	local i tool
	work_in "$1"
	: >results
	for i in $(seq "$BENCH_RUNS"); do
		for tool in iso-extract 7zz bsdtar xorriso; do
			# A fresh folder each: ext4 is slow where files were just removed.
			mkdir "$tool.$i"
			case $tool in
			iso-extract) measure results $tool "$(program iso-extract)" -q -C $tool.$i "$2" ;;
			7zz) measure results $tool 7zz x -y -o$tool.$i "$2" ;;
			bsdtar) measure results $tool bsdtar -C $tool.$i -xf "$2" ;;
			xorriso) measure results $tool xorriso -osirrox on -indev "$2" -extract / $tool.$i ;;
			esac
		done
		chmod -R u+w ./*."$i"
		[ "$4" != large ] || rm -rf ./*."$i"
	done
	report results "$3"
	cd / || exit 1
}

make_tree() { # small|large
	local d f
	mkdir tree
	if [ "$1" = small ]; then
		for d in {1..200}; do
			mkdir tree/$d
			for f in {1..100}; do head -c 5000 /dev/urandom >tree/$d/$f; done
		done
	else
		for f in 1 2 3 4; do head -c 256M /dev/urandom >tree/$f; done
	fi
	"$(program iso-build)" -q --boot=none -o image.iso tree
	rm -rf tree
}

for kind in small large; do
	work_in "$BENCH_DISK"
	make_tree $kind
	image=$bench_dir/image.iso
	beside "$BENCH_DISK" "$image" "$kind files, disk" $kind
	beside "$BENCH_MEMORY" "$image" "$kind files, memory" $kind
done
if [ -n "${BENCH_REFLINK-}" ]; then
	work_in "$BENCH_REFLINK"
	make_tree large
	beside "$BENCH_REFLINK" "$bench_dir/image.iso" "large files, shared blocks" large
fi

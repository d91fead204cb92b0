# SPDX-License-Identifier: GPL-3.0-or-later
# For the tests of --check on images fresh from their writers; sourced after lib.sh.
# What a writer of good name makes has no error. Warnings and notes are its own.

# A tree with something of everything: names of all lengths and alphabets, links,
# nine levels, empty and large files, a boot image, a floppy with a FAT.
fresh_tree() {
	mkdir -p tree/docs/sub tree/d1/d2/d3/d4/d5/d6/d7/d8/d9 tree/boot
	head -c 5000 /dev/zero | tr '\0' t >tree/docs/A.TXT
	echo hi >tree/docs/readme.text
	echo x >'tree/docs/a long file name with spaces and.dots.txt'
	: >tree/empty
	echo deep >tree/d1/d2/d3/d4/d5/d6/d7/d8/d9/deep.txt
	head -c 300000 /dev/zero >tree/zeros.bin
	ln -s docs/readme.text tree/link
	ln -s ../../../abs/./x/.. tree/dots
	# genisoimage 1.1.11 damages components that do not fit into one field.
	ln -s "$(printf 'c%.0s' $(seq 100))/$(printf 'd%.0s' $(seq 100))" tree/longlink
	ln tree/docs/A.TXT tree/hard
	echo n >"tree/$(printf 'n%.0s' $(seq 200)).txt"
	mkfifo tree/fifo
	echo u >'tree/üñï-名前.txt'
	for i in $(seq 40); do echo "$i" >"tree/docs/sub/file number $i.dat"; done
	{ printf '\353\376'; head -c 4094 /dev/zero | tr '\0' b; } >tree/boot/boot.img
	head -c 1474560 /dev/zero >tree/boot/floppy.img
	printf '\353\376' | dd of=tree/boot/floppy.img conv=notrunc status=none
	find tree -exec touch -h -d 2024-03-04T05:06:07Z {} +
}

fresh_images=0
# fresh NAME COMMAND…: what it writes to NAME.iso has no error. Writers that do not
# know an option, or crash, are left out.
fresh() {
	local name=$1
	shift
	rm -f "$name.iso"
	if ! timeout 100 "$@" >writer.log 2>&1 || [ ! -s "$name.iso" ]; then
		echo "not written: $name: $(tail -1 writer.log | head -c 200)"
		return 0
	fi
	run iso-inspect --check -v "$name.iso"
	expect_stderr ''
	expect_stdout_lacks '^error '
	expect_status 0
	fresh_images=$((fresh_images + 1))
	rm -f "$name.iso"
}

# So many at least: a test that writes nothing proves nothing.
fresh_enough() {
	echo "$fresh_images images without an error"
	[ "$fresh_images" -ge "$1" ] || fail "only $fresh_images images were written"
}

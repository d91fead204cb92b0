# SPDX-License-Identifier: GPL-3.0-or-later
# Wherever an image is cut, if that loses something that a structure, a partition or
# a file claims, the rest is not called complete; and no whole image is called cut.
. "$(dirname "$0")/../lib.sh"
need xorriso genisoimage jq

mkdir -p tree/boot
head -c 70000 /dev/urandom >tree/large.bin
head -c 3000 /dev/urandom >tree/boot/boot.img
head -c 432 /dev/urandom >mbr.bin
head -c 200000 /dev/urandom >esp.img
boot=(-c boot/boot.cat -b boot/boot.img -no-emul-boot -boot-load-size 4)
xo() { xorriso -as mkisofs -quiet -R -J "$@" tree >xo.log 2>&1 || fail "xorriso: $(cat xo.log)"; }

xo -o gpt.iso "${boot[@]}" -isohybrid-mbr mbr.bin -append_partition 2 0xef esp.img \
	-appended_part_as_gpt -eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot
xo -o mbr.iso "${boot[@]}" -isohybrid-mbr mbr.bin -append_partition 2 0xef esp.img \
	-partition_offset 16
xo -o apm.iso "${boot[@]}" -hfsplus -apm-block-size 2048
genisoimage -quiet -R -J -udf -o udf.iso tree >gen.log 2>&1 || fail "genisoimage"
xo -o nopad.iso -no-pad

for image in gpt mbr apm udf nopad; do
	cp $image.iso cut
	size=$(stat -c %s cut)
	run iso-inspect --require complete cut
	expect_status 0
	run iso-inspect --json --owner "0-$((size / 2048 - 1))" cut
	jq -r '.owner[].regions[] | select(.kind != "gap") | .offset + .size' "$out" |
		sort -rnu >ends
	[ "$(wc -l <ends)" -ge 10 ] || fail "$image: only $(wc -l <ends) ends"
	[ "$(head -1 ends)" -le "$size" ] || fail "$image: something ends at $(head -1 ends) of $size"
	while read -r end; do
		[ "$end" -gt 1 ] || continue
		truncate -s $((end - 1)) cut
		run iso-inspect --require complete -q cut
		[ "$status" -ne 0 ] || fail "$image cut before byte $end is called complete"
		if [ "$status" -eq 1 ]; then
			run iso-inspect --json cut
			expect_json '(.integrity.complete | not) and .integrity.expected_size > .size and
				any(.problems[]; .code == "image-truncated")'
		fi
	done <ends
done

# The summary says how much is missing, and for whose sake.
head -c $(($(stat -c %s gpt.iso) - 40000)) gpt.iso >cut
run iso-inspect cut
expect_stdout_has '40,000 bytes are missing'

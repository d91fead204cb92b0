# The backup GPT of an image goes to the end of a larger drive, by sgdisk's judgement.
. "$(dirname "$0")/../cli/lib.sh"
need sgdisk
compose=$ISOKIT_BUILD/tests/stick-compose
[ -x "$compose" ] || skip "stick-compose was left out"
MiB=$((1 << 20))

# number IMAGE BYTE N: a number of N bytes
number() { od -An -v -tu"$3" -j "$2" -N "$3" "$1" | tr -d ' '; }
# gpt_table IMAGE: the used entries of its GPT, whatever sgdisk thinks of them
gpt_table() {
	local at=$(($(number "$1" 584 8) * 512)) i
	for ((i = 0; i < $(number "$1" 592 4); i++)); do
		[ "$(number "$1" $((at + i * 128)) 8)" = 0 ] && continue
		echo "$((i + 1)) $(number "$1" $((at + i * 128 + 32)) 8) $(number "$1" $((at + i * 128 + 40)) 8)" \
			"$(od -An -v -tx1 -j $((at + i * 128)) -N 16 "$1" | tr -d ' ')"
	done
}
verified() {
	run sgdisk -v "$1"
	expect_status 0
	expect_stdout_has 'No problems found'
}

# Of a disk: protective MBR, two partitions.
truncate -s 20M disk.img
sgdisk -n 1:2048:+4M -t 1:ef00 -c 1:boot -n 2:0:0 disk.img >/dev/null || fail "sgdisk"
sgdisk -p disk.img | grep '^ ' >before
for size in $((20 * MiB + 512)) $((20 * MiB + 8192)) $((33 * MiB)) $((500 * MiB)); do
	run "$compose" gpt disk.img $size x.img sparse=1
	expect_status 0
	expect_stdout_has '^patch'
	verified x.img
	sgdisk -p x.img | grep '^ ' >after
	expect_same before after
	[ "$(od -An -tu4 -j 458 -N 4 x.img | tr -d ' ')" = $((size / 512 - 1)) ] || fail "protective MBR of $size"
	# All that was not told of is as it was.
	sed -n 's/^patch //p' "$out" >patches
	cp x.img y.img
	while read -r at n; do
		dd if=/dev/zero of=y.img bs=1 seek="$at" count="$n" conv=notrunc status=none
		dd if=/dev/zero of=want.img bs=1 seek="$at" count="$n" conv=notrunc status=none
	done <patches
done
# The old backup is gone.
[ "$(head -c $((20 * MiB)) x.img | tail -c 512 | tr -d '\0' | wc -c)" = 0 ] || fail "an old backup is left"
# Once more, on its own result: nothing to do.
run "$compose" gpt x.img $((500 * MiB)) y.img sparse=1
expect_status 0
expect_stdout_lacks patch
expect_same x.img y.img

# 4096-byte sectors: a table of 512-byte ones is of no use there.
run "$compose" gpt disk.img $((40 * MiB)) y.img sector=4096 sparse=1
expect_status 2
expect_stderr_has 'counts in sectors of 512 bytes, and the drive has 4096'

# A damaged table is not spread.
cp disk.img bad.img
printf X | dd of=bad.img bs=1 seek=1100 conv=notrunc status=none
run "$compose" gpt bad.img $((40 * MiB)) y.img sparse=1
expect_status 2
expect_stderr_has 'sum of the primary table is wrong'
run "$compose" gpt disk.img $((10 * MiB)) y.img sparse=1
expect_status 2
expect_stderr_has 'larger than the drive'

# None at all.
truncate -s 3M none.img
run "$compose" gpt none.img $((4 * MiB)) y.img sparse=1
expect_status 0
expect_stdout_lacks patch

# An image for discs and sticks: its hybrid MBR stays as it is.
if command -v xorriso >/dev/null; then
	mkdir tree
	head -c 3000000 /dev/urandom >tree/file
	head -c 2000000 /dev/zero >esp.img
	for mode in appended isohybrid; do
		case $mode in
		appended) set -- -append_partition 2 0xef esp.img -appended_part_as_gpt -partition_offset 16 ;;
		*) mbr=/usr/lib/ISOLINUX/isohdpfx.bin
			[ -e $mbr ] || continue
			cp esp.img tree/esp.img
			cp /usr/lib/ISOLINUX/isolinux.bin tree/
			set -- -b isolinux.bin -no-emul-boot -boot-load-size 4 -boot-info-table \
				-c boot.cat -eltorito-alt-boot -e esp.img -no-emul-boot \
				-isohybrid-gpt-basdat -isohybrid-mbr $mbr ;;
		esac
		xorriso -as mkisofs -quiet -o h.iso "$@" tree 2>xorriso.log || fail "xorriso: $(cat xorriso.log)"
		[ "$(head -c 520 h.iso | tail -c 8)" = "EFI PART" ] || fail "$mode: no GPT"
		gpt_table h.iso >before
		[ -s before ] || fail "$mode: no partitions"
		run "$compose" gpt h.iso $((100 * MiB)) x.img sparse=1
		expect_status 0
		expect_stdout_has '^patch'
		run sgdisk -v x.img
		expect_stdout_lacks 'main header|secondary|backup|end of the disk|CRC'
		gpt_table x.img >after
		expect_same before after
		run "$compose" gpt h.iso $(($(stat -c %s h.iso) + 512)) x.img sparse=1
		[ "$status" = 0 ] || expect_stderr_has 'too small for a backup'
	done
fi

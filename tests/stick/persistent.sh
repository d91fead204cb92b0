# A partition for changes behind a live image: in the tables that systems look at, sound, with what
# each live system looks for, and every other byte as it was.
. "$(dirname "$0")/../cli/lib.sh"
need xorriso sfdisk sgdisk e2fsck debugfs blkid jq
compose=$ISOKIT_BUILD/tests/stick-compose
[ -x "$compose" ] || skip "stick-compose was left out"
isolinux=/usr/lib/ISOLINUX/isolinux.bin mbr=/usr/lib/ISOLINUX/isohdpfx.bin
[ -e $isolinux ] && [ -e $mbr ] || skip "no isolinux"
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

# live_tree debian|ubuntu|bionic|fedora|arch|none
live_tree() {
	rm -rf tree
	mkdir -p tree/isolinux tree/boot/grub tree/.disk
	cp $isolinux tree/isolinux/
	printf 'label live\n  kernel /vmlinuz\n  append initrd=/initrd boot=live quiet splash\n' >tree/isolinux/isolinux.cfg
	printf '# quiet splash\nmenuentry Try {\n\tlinux /vmlinuz --- quiet splash\n}\n' >tree/boot/grub/grub.cfg
	head -c 3000000 /dev/urandom >tree/data
	head -c 1000000 /dev/urandom >tree/esp.img
	case $1 in
	debian) mkdir tree/live; echo x >tree/live/filesystem.squashfs ;;
	ubuntu | bionic) mkdir tree/casper; echo x >tree/casper/filesystem.squashfs ;;
	fedora) mkdir tree/LiveOS; echo x >tree/LiveOS/squashfs.img ;;
	arch) mkdir -p tree/arch/x86_64; echo x >tree/arch/x86_64/airootfs.sfs ;;
	esac
	case $1 in
	ubuntu) echo 'Ubuntu 24.04.1 LTS "Noble Numbat" - Release amd64 (20240827.1)' >tree/.disk/info ;;
	bionic) echo 'Ubuntu 18.04.6 LTS "Bionic Beaver" - Release amd64 (20210915)' >tree/.disk/info ;;
	esac
}

# image KIND: l.iso with tables of a kind
image() {
	local options=
	case $1 in
	mbr) options="-isohybrid-mbr $mbr" ;;
	full) options="-isohybrid-mbr $mbr -append_partition 2 0xef tree/esp.img
		-append_partition 3 0x83 tree/esp.img -append_partition 4 0x83 tree/esp.img" ;;
	both) options="-isohybrid-mbr $mbr -eltorito-alt-boot -e esp.img -no-emul-boot -isohybrid-gpt-basdat" ;;
	gpt) options="-append_partition 2 0xef tree/esp.img -appended_part_as_gpt -partition_offset 16 -isohybrid-mbr $mbr" ;;
	esac
	xorriso -as mkisofs -quiet -V LIVE -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot \
		-boot-load-size 4 -boot-info-table $options -o l.iso tree 2>xorriso.log || fail "xorriso: $(cat xorriso.log)"
}

# check LABEL PARTITION: after a run that made x.img
check() {
	local start size type
	expect_status 0
	if [ -n "${3-}" ]; then
		read -r _ start size type < <(gpt_table x.img | grep "^$2 ") || fail "no partition $2"
		size=$((size - start + 1))
		[ "$type" = af3dc60f838472478e793d69d8477de4 ] || fail "type $type"
	else
		read -r start size < <(sfdisk -J x.img | jq -r ".partitiontable.partitions[$2 - 1] | \"\(.start) \(.size)\"")
	fi
	[ $((start % 2048)) = 0 ] || fail "partition at sector $start"
	dd if=x.img of=p.img bs=512 skip="$start" count="$size" conv=sparse status=none
	run e2fsck -fn p.img
	expect_status 0
	[ "$(blkid -p -s LABEL -o value p.img)" = "$1" ] || fail "label: $(blkid -p p.img)"
	# The image itself: only tables and what was told of differ.
	cmp -l l.iso x.img 2>/dev/null | awk 'BEGIN { last = -1 } { b = int(($1 - 1) / 512); if (b != last) print b; last = b }' >changed
}

# Nothing but the MBR (sector 0), the GPT and the configuration files may change.
live_tree debian
image mbr
run "$compose" persistent l.iso $((300 * MiB)) x.img size=$((200 * MiB))
expect_stdout_has "^MBR ext4"
expect_stdout_has "'persistence' is put into 2 places"
check persistence 2
[ "$(debugfs -R 'cat persistence.conf' p.img 2>/dev/null)" = "/ union" ] || fail "no persistence.conf"
[ "$(wc -l <changed)" = 3 ] && [ "$(head -1 changed)" = 0 ] || fail "changed: $(cat changed)"
[ "$(xorriso -indev stdio:x.img -osirrox on -extract /isolinux/isolinux.cfg c.cfg 2>/dev/null; tail -1 c.cfg)" = \
	"  append initrd=/initrd boot=live persistence " ] || fail "isolinux.cfg: $(cat c.cfg)"
xorriso -indev stdio:x.img -osirrox on -extract /boot/grub/grub.cfg g.cfg 2>/dev/null
expect_same g.cfg <(printf '# quiet splash\nmenuentry Try {\n\tlinux /vmlinuz --- persistence \n}\n')

live_tree ubuntu
image gpt
run "$compose" persistent l.iso $((300 * MiB)) x.img size=max
expect_stdout_has "^GPT ext4"
run sgdisk -v x.img
expect_stdout_has 'No problems found'
check writable 4 gpt

live_tree bionic
image both
run "$compose" persistent l.iso $((200 * MiB)) x.img size=max
expect_stdout_has "^MBR and GPT ext4"
check casper-rw 3
check casper-rw 3 gpt
run sgdisk -v x.img
expect_stdout_lacks 'main header|secondary|backup|end of the disk|CRC'

live_tree fedora
image mbr
run "$compose" persistent l.iso $((200 * MiB)) x.img size=max
expect_stdout_has "with the parameter 'rd.live.overlay=LABEL=overlay:/overlayfs rd.live.overlay.overlayfs=1': add it"
check overlay 2
debugfs -R 'ls -p' p.img 2>/dev/null | grep -q overlayfs || fail "no folder overlayfs"
debugfs -R 'ls -p' p.img 2>/dev/null | grep -q ovlwork || fail "no folder ovlwork"
[ "$(cat changed)" = 0 ] || fail "changed: $(cat changed)"
live_tree arch
image mbr
run "$compose" persistent l.iso $((200 * MiB)) x.img size=max sparse=1
expect_stdout_has 'cow_label=cow'
check cow 2

# What cannot be.
run "$compose" persistent l.iso $((200 * MiB)) x.img size=$((196 * MiB)) sparse=1
expect_status 2
expect_stderr_has 'there is room for'
run "$compose" persistent l.iso $((40 * MiB)) x.img size=max sparse=1
expect_status 2
expect_stderr_has 'no room'
run "$compose" persistent l.iso $((200 * MiB)) x.img size=max sector=4096 sparse=1
expect_status 2
expect_stderr_has 'sectors of 512 bytes'
image full
run "$compose" persistent l.iso $((200 * MiB)) x.img size=max sparse=1
expect_status 2
expect_stderr_has 'all four entries'
image disc
run "$compose" persistent l.iso $((200 * MiB)) x.img size=max sparse=1
expect_status 2
expect_stderr_has 'made for discs only'
live_tree none
image mbr
run "$compose" persistent l.iso $((200 * MiB)) x.img size=max sparse=1
expect_status 2
expect_stderr_has 'this is none of them'

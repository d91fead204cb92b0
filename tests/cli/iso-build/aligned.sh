# SPDX-License-Identifier: GPL-3.0-or-later
# Every file of 64 KiB or more begins on a 4096-byte border, whatever lies before it,
# and the blocks that this takes are few and in no directory.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/trees.sh"
need_command iso-build
need jq

large() { # IMAGE: "LBA PATH" of all that must be aligned
	"$(command_path iso-inspect)" --list --json "$1" >list || fail "cannot list $1"
	jq -r 'select(.type == "file" and .size >= 65536) | "\(.extents[0].lba) \(.path)"' list
}
expect_aligned() { # IMAGE NUMBER
	[ "$(large "$1" | wc -l)" -eq "$2" ] || fail "$1: not $2 large files"
	large "$1" | awk '$1 % 2 { bad = 1; print } END { exit bad }' || fail "$1: unaligned"
	run iso-inspect --check "$1"
	expect_status 0
}

sizes='1 65535 65536 67584 2048 0 70000 69633 4096 131072 2049 65537'
mkdir -p tree/sub tree/many/{1..40}
for n in $sizes; do
	head -c "$n" /dev/urandom >"tree/$n"
	head -c "$n" /dev/urandom >"tree/sub/again-$n"
done
# Each of these moves where the contents begin by one block; both parities are met.
parities=
for i in 1 2 3 4 5 6 7 8; do
	mkdir "tree/d$i"
	run iso-build --no-joliet --boot=none -o x.iso tree
	expect_status 0
	expect_aligned x.iso 12
	parities+=$(jq 'select(.path == "/1").extents[0].lba % 2' list)
done
case $parities in *0*1* | *1*0*) ;; *) fail "only one parity was tried: $parities" ;; esac
run iso-inspect --list x.iso
expect_stdout_lacks padding
want=0
for n in $sizes; do want=$((want + 2 * ((n + 2047) / 2048 * 2048))); done
have=$(stat -c %s x.iso)
[ $((have - want)) -lt $((12 * 2048 + 150 * 2048 + 80 * 2048)) ] || fail "$have bytes for $want"

# As well with boot images before them, and a partition behind.
none=(--system-root "$PWD/none")
fake_isolinux tree/isolinux/isolinux.bin
fake_isohdpfx none/usr/share/syslinux/isohdpfx.bin
fake_efi tree/EFI/BOOT/BOOTX64.EFI
for i in 1 2 3; do
	mkdir "tree/e$i"
	run iso-build "${none[@]}" -o x.iso tree
	expect_status 0
	expect_aligned x.iso "$(find tree -type f -size +65535c | wc -l)"
done

# The contents are those of the files, and a stream has the same bytes.
run iso-build "${none[@]}" -o - tree
cmp "$out" x.iso || fail "the stream differs"
if command -v bsdtar >/dev/null; then
	mkdir back
	bsdtar -C back -xf x.iso && rm -f back/isolinux/boot.cat
	cmp back/isolinux/isolinux.bin tree/isolinux/isolinux.bin >/dev/null ||
		cp tree/isolinux/isolinux.bin back/isolinux/ # patched: boot info table
	diff -r tree back || fail "contents differ"
fi

# SPDX-License-Identifier: GPL-3.0-or-later
# What is told is what was done, would be done, or is so: no more, and of the right drive.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
need jq

boot_iso x.iso
disc_iso d.iso
new_drive a 16M; a=$drive
new_drive c 1M; c=$drive

# ---- nothing is known of a drive that was only simulated -----------------------------------------
for how in --probe --probe=quick --restore; do
	run iso-write -n --yes --fixed-disk $how "$a"
	expect_status 0
	expect_stdout_has "^$a: would be written$"
done
# What would be refused then is refused now, also where it depends on the drive.
for how in '--restore --label=no_such_label' '--restore --fs=fat32' '--restore --fs=ext4'; do
	for n in '' -n; do
		run iso-write $n --yes --fixed-disk $how "$a" "$c"
		expect_status 2
		expect_stdout ''
		expect_stderr_has "^iso-write: $c: "
	done
done
run iso-write --restore --fixed-disk --fs=fat32 "$c"
expect_stderr_has "^iso-write: $c: FAT file system: the drive is too small for FAT16, which needs 3 MB\$"

# ---- what lies beside the image is told as what it is --------------------------------------------
echo "$(printf '0%.0s' {1..64})  x.iso" >SHA256SUMS
run iso-write --compare x.iso "$a"
expect_status 2
expect_stderr_has 'is not the one in SHA256SUMS.*nothing was compared \(--no-beside compares '
rm SHA256SUMS
echo 'no map' >x.bmap
run iso-write --yes --fixed-disk x.iso "$a"
expect_status 2
expect_stderr_has '^iso-write: x\.iso: x\.bmap, which lies beside it: .*\(--no-beside leaves it out\)$'
run iso-write --yes --fixed-disk --bmap=x.bmap x.iso "$a"
expect_status 2
expect_stderr_lacks 'no-beside'
rm x.bmap

# ---- a drive that is smaller, and sums of what is not on a drive ------------------------------------
head -c 1M x.iso >c
sync c
run iso-write --compare --hash x.iso "$c"
expect_status 1
expect_stdout_has '^    remark    the drive is smaller than the image$'
expect_stdout_lacks '^[0-9a-f]{64} '
run iso-write --compare --hash d.iso "$c"
expect_status 1
expect_stdout_lacks '^[0-9a-f]{64} '
run iso-write --compare --hash --json x.iso "$a" "$c"
expect_json '.drives | all(.ok or (has("hashes") and .hashes == {}))'

# ---- a drive as the source ----------------------------------------------------------------------------
new_drive b 17M; b=$drive
run iso-write --clone --yes --fixed-disk "$a" "$a"
expect_status 2
expect_stderr_has "^iso-write: $a: refused: is the drive that is to be read "
"$(command_path iso-write)" -q --restore --yes --fixed-disk "$a" || fail "--restore"
truncate -s 17M wide
if wide=$(attach -b 4096 "$PWD/wide" 2>/dev/null); then
	drives+=("$wide")
	need blkid
	if [ -n "$(blkid -p -o value -s PTTYPE "$a")" ]; then
		for n in --clone -n --as=image; do
			run iso-write $n --yes --fixed-disk "$a" "$wide"
			expect_status 2
			expect_stderr_has "^iso-write: $wide: has sectors of 4096 bytes, and $a of 512: "
		done
		cmp -n 17825792 wide /dev/zero || fail "the drive with large sectors was written"
	fi
	run iso-write --clone --any --yes --fixed-disk "$a" "$wide"
	expect_status 0
	expect_written wide a
fi
run iso-write --clone --yes --fixed-disk "$a" "$b"
expect_status 0
expect_stderr ''
if command -v mkfs.ext4 >/dev/null && mkfs.ext4 -qF "$a" && mkdir m && mount "$a" m 2>/dev/null; then
	run iso-write --clone --yes --fixed-disk "$a" "$b"
	umount m
	expect_status 0
	expect_stderr_has "^iso-write: $a: (warning: )?is in use \(.*/m\): "
fi

# ---- options of another command are told as such ----------------------------------------------------
head -c 2352000 /dev/zero >s.bin
printf 'FILE "s.bin" BINARY\nTRACK 01 AUDIO\nINDEX 01 00:00:00\n' >s.cue
run iso-write --yes --fixed-disk s.cue "$a"
expect_status 2
expect_stderr_has '^iso-write: s\.cue: .*; iso-convert --audio DIR writes them as WAV files$'

# ---- a stick with files: how large it has to be, before anybody types its name ------------------
mkdir -p t/EFI/BOOT
fake_efi t/EFI/BOOT/BOOTX64.EFI
ln -s BOOT t/EFI/link
mkdir t/Aux
touch t/{aux.c,COM5,lpt¹.x.y,Aux/NUL} t/{CONSOLE,com,com0,com55,lpt1a,aux-c,xnul}
"$(command_path iso-build)" -q --boot=none --hybrid=none -o f.iso t || fail "iso-build"
for n in '' -n; do
	run iso-write $n --yes --fixed-disk --as=files f.iso "$a"
	expect_status 2
	expect_stdout_lacks "$a"
	expect_stderr_has "^iso-write: $a: FAT file system: the drive is too small for FAT32, which needs 35 MB\$"
done
# What becomes of the files is told before, too, and what matters not lost among names.
mkdir names
touch names/{1..120}: names/AUX
"$(command_path iso-build)" -q --boot=none --hybrid=none -o n.iso names || fail "iso-build"
run iso-write --any --yes --fixed-disk --as=files n.iso "$a"
expect_status 2
[ "$(grep -c ' is called ' "$err")" = 100 ] || fail "not 100 names"
expect_stderr_has '^iso-write: 20 more of its names are other ones on the stick$'
expect_stderr_has '^iso-write: AUX: is copied, but Windows takes '
expect_stderr_has '^iso-write: it will not boot by UEFI'
truncate -s 35000320 least
least=$(attach "$PWD/least") || skip "no loop device"
drives+=("$least")
run iso-write --yes --fixed-disk --as=files f.iso "$least"
expect_status 0
expect_stderr_has '^iso-write: one symbolic link became a copy of what it leads to$'
# They can be there, and Windows opens none of them.
expect_stderr_has '^iso-write: 5 files or folders are copied, but Windows takes their names for devices, .*\(the first is .*\)$'
sync least
need mdir
run mdir -b -/ -i least@@64k ::
expect_stdout_has '^::/Aux/NUL$'

# The same of drives of several sizes is said once.
truncate -s 36000256 other
other=$(attach "$PWD/other") || skip "no loop device"
drives+=("$other")
run iso-write --yes --fixed-disk --as=files f.iso "$least" "$other"
expect_status 0
[ "$(grep -c 'one symbolic link' "$err")" = 1 ] || fail "said for each drive"

run iso-write --list --fixed-disk "$least"
expect_stdout_lacks 'empty partition table'

# ---- what would not boot: what else there is to do ----------------------------------------------------
run iso-write --yes --fixed-disk f.iso "$least"
expect_status 2
expect_stderr_has '^iso-write: f\.iso: would not boot from a stick: .*--as=files'
printf '\n <!DOCTYPE HTML>\n<title>Download</title>\n' >page.iso
run iso-write --yes --fixed-disk page.iso "$a"
expect_status 2
expect_stderr_has '^iso-write: page\.iso: is a web page, not an image: '

# ---- what is advised can be done: a GPT that was moved is no difference ------------------------------
run iso-write --yes --fixed-disk -q --fix-gpt x.iso "$a"
expect_status 0
run iso-write --compare x.iso "$a"
expect_status 1
expect_stdout_has 'with --fix-gpt it counts as equal$'
run iso-write --compare --fix-gpt x.iso "$a"
expect_status 0
expect_stdout_has "^$a: equal: "
run iso-write -q --yes --fixed-disk x.iso "$a"
run iso-write --compare --fix-gpt x.iso "$a"
expect_status 1
expect_stdout_has '^    remark    its GPT is not the one that --fix-gpt writes'

# ---- a GPT that cannot be moved --------------------------------------------------------------------
run iso-write -n --any --fixed-disk --fix-gpt d.iso "$a"
expect_status 0
expect_stderr_has 'there is no GPT that would have to be moved'
truncate -s 16M big
if big=$(attach -b 4096 "$PWD/big" 2>/dev/null); then
	drives+=("$big")
	run iso-write -n --any --fixed-disk --fix-gpt x.iso "$big" "$a"
	expect_status 2
	expect_stdout_has "^$big: would not be written$"
	expect_stderr_has "^iso-write: $big: .*counts in sectors of 512 bytes"
	expect_stderr_has "^iso-write: $a: was not begun, as $big cannot be written; nothing was written to it$"
fi

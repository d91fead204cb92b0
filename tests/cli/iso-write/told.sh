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
"$(command_path iso-build)" -q --boot=none --hybrid=none -o f.iso t || fail "iso-build"
for n in '' -n; do
	run iso-write $n --yes --fixed-disk --as=files f.iso "$a"
	expect_status 2
	expect_stdout_lacks "$a"
	expect_stderr_has "^iso-write: $a: FAT file system: the drive is too small for FAT32, which needs 35 MB\$"
done
truncate -s 35000320 least
least=$(attach "$PWD/least") || skip "no loop device"
drives+=("$least")
run iso-write --yes --fixed-disk --as=files f.iso "$least"
expect_status 0
expect_stderr_has '^iso-write: one symbolic link became a copy of what it leads to$'

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

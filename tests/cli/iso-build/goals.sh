# SPDX-License-Identifier: GPL-3.0-or-later
# --for says what the image is for; --fit what it must fit on.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/trees.sh"
need_command iso-build
need jq

fake_isolinux tree/isolinux/isolinux.bin
touch tree/isolinux/isolinux.cfg tree/isolinux/ldlinux.c32
fake_isohdpfx tree/isolinux/isohdpfx.bin
fake_efi tree/EFI/BOOT/BOOTX64.EFI
mkdir bios plain
cp -r tree/isolinux bios/
echo x >plain/x

ways() { # what boots: bios-cd bios-usb uefi-cd uefi-usb
	run iso-inspect --json x.iso
	jq -r '.boot | [.bios_cd, .bios_usb, .uefi_cd, .uefi_usb] | map(if .bootable then "y" else "n" end) | add' "$out"
}
build() {
	run iso-build -q --force -o x.iso "$@"
	expect_status 0
}
expect_ways() { [ "$(ways)" = "$1" ] || fail "boots $(ways) where $1 was expected"; }

build --for=pc tree
expect_stderr ''
expect_ways yyyy
build --for=uefi tree
expect_stderr ''
expect_ways nnyy
expect_json '.el_torito.entries | length == 1 and .[0].platform == "uefi"'
expect_json '.gpt.primary and .gpt.backup'
build --for=cd tree
expect_stderr ''
expect_ways ynyn
expect_json '(.mbr.signature | not) and (has("gpt") | not)'
[ -z "$(head -c 32768 x.iso | tr -d '\0')" ] || fail "something is in the system area"
build --for=data tree
expect_stderr ''
expect_ways nnnn
expect_json 'has("el_torito") | not'

run iso-build --force --for=data -o x.iso tree
expect_stdout_has '^  boots +nowhere, as asked$'
expect_stdout_lacks 'bios-cd'

# Of an image to start from, the goal counts and not what it was for.
build --for=pc tree
mv x.iso base.iso
for goal in uefi:nnyy cd:ynyn data:nnnn; do
	build --for=${goal%:*} base.iso
	expect_ways ${goal#*:}
done

# What the goal asks for and cannot be had: said in one line, before anything is written.
rm x.iso
refused() { # WORDS OPTION... TREE
	local words=$1
	shift
	run iso-build -o x.iso "$@"
	expect_status 2
	expect_stdout ''
	expect_stderr_lines 1
	expect_stderr_has "^iso-build: x.iso: would $words.*; add what is missing, or leave out --for$"
	[ ! -e x.iso ] || fail "something was written"
	run iso-build -o - "$@"
	expect_status 2
	expect_stdout ''
}
refused 'not boot by UEFI from a disc, by UEFI from a stick, as --for=pc asks .EFI/BOOT/BOOTX64.EFI: not in the tree' \
	--for=pc bios
refused 'boot in no way, but --for=uefi asks for it .neither EFI/BOOT/BOOT\*.EFI nor an EFI image' \
	--for=uefi plain
refused 'boot in no way, but --for=cd asks for it .nothing that boots is in the tree' --for=cd plain
refused 'boot in no way, but --for=uefi' --for=uefi bios
run iso-build --for=pc -n bios
expect_status 2
expect_stderr_lines 1
expect_stdout_has '^  bios-cd +yes'
run iso-build --for=cd -o x.iso bios
expect_status 0

# A boot image that is none.
mkdir -p odd/boot
echo 'not a loader' >odd/boot/etfsboot.com
run iso-build --force -o x.iso odd
expect_status 0
expect_stdout_has "^  missing +/boot/etfsboot.com: is not Windows' boot code by its content, .* --bios=boot/etfsboot.com"
run iso-build --force -o x.iso --bios=boot/etfsboot.com odd
expect_status 0
expect_stderr_has '^iso-build: boot/etfsboot.com: warning: is text, and no boot code'
expect_stdout_has '^  bios-cd +no +the boot image of entry 1 is text'
rm x.iso
refused 'boot in no way, but --for=cd' -q --for=cd --bios=boot/etfsboot.com odd

while read -r goal other; do
	run iso-build --for=$goal $other -o y.iso tree
	expect_status 2
	expect_stderr_has "^iso-build: --for=$goal does not go together with "
done <<'END'
data --bios=isolinux/isolinux.bin
data --efi=x
data --esp=EFI
data --mbr=x
data --hybrid=gpt
data --boot=auto
data --load-sectors=4
cd --hybrid=mbr
cd --apm
cd --mbr=x
uefi --bios=isolinux/isolinux.bin
uefi --hybrid=mbr
uefi --boot=none
pc --boot=none
pc --boot=keep
pc --hybrid=none
END
run iso-build --for=amiga -o y.iso tree
expect_status 2
expect_stderr_has '^iso-build: --for=amiga: .*pc, uefi, cd, data'

# --fit: to the byte, and before anything is written.
run iso-build -q -o x.iso plain
size=$(stat -c %s x.iso)
run iso-build -o y.iso --fit=$size plain
expect_status 0
rm y.iso
run iso-build -o y.iso --fit=$((size - 1)) plain
expect_status 2
expect_stdout ''
expect_stderr_lines 1
expect_stderr_has '^iso-build: y.iso: .* do not fit on '
[ ! -e y.iso ] || fail "something was written"
run iso-build -o - --fit=$((size - 1)) plain
expect_status 2
expect_stdout ''
run iso-build -n --fit=$((size - 1)) plain
expect_status 2
expect_stdout_has '^  fits +no: '
run iso-build -n --json --fit=cd plain
expect_status 0
expect_json '.fit == {"medium": "cd", "size": 736960512, "fits": true}'
truncate -s 737M plain/large
for medium in cd:2 dvd:0 dvd-dl:0 bd:0 1G:0 700M:2 1K:2; do
	run iso-build -n -q --fit=${medium%:*} plain
	expect_status ${medium#*:}
done
for bad in '' 7X dvdd -1 99999999999T; do
	run iso-build -n --fit="$bad" plain
	expect_status 2
	expect_stderr_has '^iso-build: --fit='
done

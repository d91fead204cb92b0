# SPDX-License-Identifier: GPL-3.0-or-later
# Trees and made-up boot files for the tests of iso-build; sourced after lib.sh. No
# real boot loader is needed: what counts are the marks by which one is recognised.

# put FILE OFFSET TEXT: write bytes (printf escapes) into a file.
put() { printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }

# A file with isolinux' marks: its name and version, and isohybrid's entry point.
fake_isolinux() {
	mkdir -p "$(dirname "$1")"
	head -c 8192 /dev/zero | tr '\0' '\220' >"$1"
	put "$1" 64 '\373\300\170\160'
	put "$1" 512 "ISOLINUX ${2:-6.04} test "
}

# MBR code as isolinux has it: 432 bytes that say what they miss.
fake_isohdpfx() {
	mkdir -p "$(dirname "$1")"
	head -c 432 /dev/zero | tr '\0' '\220' >"$1"
	put "$1" 300 'isolinux.bin missing or corrupt.'
}

# GRUB's El Torito image (cdboot.img and something behind it) and its MBR code.
fake_grub_image() {
	mkdir -p "$(dirname "$1")"
	head -c 40960 /dev/zero | tr '\0' '\220' >"$1"
	put "$1" 100 'no boot info\0cdrom read fails\0'
	put "$1" 2048 'RV'
	put "$1" 2400 'loading\0'
}

fake_boot_hybrid() {
	mkdir -p "$(dirname "$1")"
	head -c 512 /dev/zero >"$1"
	put "$1" 0 '\353\143\220'
	put "$1" 110 '\146\213\036\260\175' # mov ebx, [7DB0]: where it keeps its pointer
	put "$1" 384 'GRUB \0Geom\0Hard Disk\0Read\0 Error'
	put "$1" 432 '\001\0\0\0\0\0\0\0'
	put "$1" 510 '\125\252'
}

# An EFI program as far as anybody looks: MZ, PE, machine (default x64), application.
fake_efi() {
	mkdir -p "$(dirname "$1")"
	head -c 4096 /dev/zero >"$1"
	put "$1" 0 'MZ'
	put "$1" 60 '\200'
	put "$1" 128 "PE\\0\\0${2:-\\144\\206}\\001\\0"
	put "$1" 148 '\360\0\042\0\013\002'
	put "$1" 220 '\012\0'
	put "$1" 200 '\0\020\0\0\0\002\0\0'
}

# All times of a tree the same, so that only content counts.
settle() { find "$@" -exec touch -h -d @1600000000 {} +; }

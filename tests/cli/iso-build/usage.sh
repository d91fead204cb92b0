# SPDX-License-Identifier: GPL-3.0-or-later
# What the command line gets wrong: one line, exit status 2, nothing written.
. "$(dirname "$0")/../lib.sh"
need_command iso-build

mkdir tree
echo x >tree/file

refused() {
	local text=$1
	shift
	run iso-build "$@"
	expect_status 2
	expect_stdout ''
	expect_stderr_has "^iso-build: .*$text"
	expect_files tree
}

refused 'no source given' -o x.iso
refused 'no output given' tree
refused "udf" --udf=3.00 -o x.iso tree
refused "zisofs" --zisofs=level=10 -o x.iso tree
refused "unknown option" --mkisofs -no-such-option -o x.iso tree
refused "boot" --boot=maybe -o x.iso tree
refused "hybrid" --hybrid=yes -o x.iso tree
refused "emulation" --emulation=floppy -o x.iso tree
refused "iso-level" --iso-level 4 -o x.iso tree
refused "load-sectors" --load-sectors 0 -o x.iso tree
refused "load-sectors" --load-sectors 65536 -o x.iso tree
refused 'not SRC=DEST' --add tree -o x.iso tree
refused 'not a number, root, or GLOB=NUMBER' --owner nobody -o x.iso tree
refused 'not a mode' --mode 999 -o x.iso tree
refused 'not a mode' --mode 'u+q' -o x.iso tree
refused '--boot=none does not go together with --bios' --boot=none --bios file -o x.iso tree
refused '--boot=none leaves nothing' --boot=none --hybrid=gpt -o x.iso tree
refused '--boot=none leaves nothing' --boot=none --load-sectors 4 -o x.iso tree
refused '--load-sectors: no boot image for BIOS' --load-sectors 4 -o x.iso tree
refused '--emulation: no boot image for BIOS' --emulation none -o x.iso tree
refused '--boot-info-table: no boot image for BIOS' --boot-info-table -o x.iso tree
refused '--hybrid=gpt: needs an EFI partition' --hybrid=gpt -o x.iso tree
refused '--apm: needs an EFI partition' --apm -o x.iso tree
refused '--hybrid=none does not go together with --mbr' --hybrid=none --mbr tree/file -o x.iso tree
refused '--efi and --esp' --efi file --esp file -o x.iso tree
refused 'cannot both go to standard output' --json -o - tree

export SOURCE_DATE_EPOCH=yesterday
refused "SOURCE_DATE_EPOCH: 'yesterday' is not a number of seconds" -o x.iso tree

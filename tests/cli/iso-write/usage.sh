# SPDX-License-Identifier: GPL-3.0-or-later
# Mistakes on the command line are said before anything is looked at.
. "$(dirname "$0")/../lib.sh"
need_command iso-write

# refused RE OPTION…: one line on stderr, nothing on stdout, no file made.
refused() {
	local re=$1
	shift
	run iso-write "$@"
	expect_status 2
	expect_stdout ''
	expect_stderr_lines 1
	expect_stderr_has "$re"
}

refused '^iso-write: no image and no drive given, see '
refused '^iso-write: no drive given to write x\.iso to .*--list' x.iso
refused '^iso-write: no drive given to compare with x\.iso ' --compare x.iso
refused '^iso-write: no drive given, ' --restore
refused '^iso-write: no drive given, ' --probe --yes
refused '^iso-write: --list: does not go together with --compare$' --compare --list
refused '^iso-write: --yes has no meaning for --list' --list --yes
refused '^iso-write: --simulate has no meaning for --compare' --compare -n x.iso /dev/null
refused '^iso-write: --no-verify has no meaning for --probe' --probe --no-verify /dev/null
refused '^iso-write: --no-beside has no meaning for --clone' --clone --no-beside /dev/null /dev/null
refused '^iso-write: --no-beside has no meaning for --list' --list --no-beside
refused '^iso-write: --fs has no meaning for writing an image' --fs=fat32 x.iso /dev/null
refused '^iso-write: --fs=fat: unknown, did you mean fat32' --restore --fs=fat /dev/null
refused '^iso-write: --as=file: unknown, did you mean files' --as=file x.iso /dev/null
refused '^iso-write: --sha256=abc: not the 64 ' --sha256=abc x.iso /dev/null
refused '^iso-write: --speed=8y: ' --speed=8y x.iso /dev/sr0
refused '^iso-write: --persistence=0: ' --persistence=0 x.iso /dev/null
refused '^iso-write: --persistence is for the bytes' --as=files --persistence=1G x.iso /dev/null
refused '^iso-write: --hash: crc is not one of ' --hash=crc x.iso /dev/null
refused '^iso-write: an empty name ' '' /dev/null
refused '^iso-write: --yess: unknown option, did you mean --yes' --yess
SOURCE_DATE_EPOCH=now refused '^iso-write: SOURCE_DATE_EPOCH: ' --restore /dev/null
expect_files

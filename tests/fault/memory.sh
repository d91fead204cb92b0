#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Whole commands whose allocations fail, one in each run: they end with status 2 and say that
# it was memory, leave nothing half behind, and take nothing for damage; or do all the same
# what they do with it.
#
# MEMORY_POINTS=N: about so many allocations of each command, others for each; all: 0.
. "$(dirname "$0")/../cli/lib.sh"
[ "${ISOKIT_INSTRUMENTED-no}" = no ] || skip "a sanitizer wants to be the first library"
shim=$ISOKIT_BUILD/tests/.libs/nomemory.so
[ -f "$shim" ] || skip "no library to preload"
need_command iso-build
export LD_LIBRARY_PATH=$ISOKIT_BUILD/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} PATH=$PATH:/usr/sbin:/sbin
export SOURCE_DATE_EPOCH=1700000000 ISOKIT_CONFINE=no
points=${MEMORY_POINTS-12}
tried=0 without=0

# What a command leaves in out/: names, modes and contents.
state() { (cd out && find . -printf '%P %y %m\n' -type f -exec sha256sum {} + | sort); }

# fails N COMMAND ARGUMENT…: with the N-th allocation failing
fails() {
	local n=$1 program
	shift
	program=$(binary_path "$1")
	_last="NOMEMORY=$n $*"
	shift
	rm -rf out && mkdir out
	head -c 8 /dev/zero >count
	NOMEMORY=$n NOMEMORY_COUNT=count LD_PRELOAD=$shim timeout -k 5 60 "$program" "$@" \
		>"$out" 2>"$err" </dev/null
	status=$?
}

# sweep COMMAND ARGUMENT…
sweep() {
	local n=1 all step
	fails 0 "$@"
	expect_status 0
	state >state.whole
	sort "$err" >err.usual
	all=$(od -An -tu8 -N8 count | tr -d ' ')
	[ "$all" -ge 20 ] || fail "only $all allocations were seen"
	step=1
	[ "$points" = 0 ] || step=$((all / points + 1))
	for ((n = 1 + tried % step; n <= all; n += step)); do
		fails "$n" "$@"
		tried=$((tried + 1))
		state >state.now
		case $status in
		0) without=$((without + 1)); expect_same state.now state.whole ;;
		2)
			grep -qi 'no memory\|out of memory\|cannot allocate memory' "$err" ||
				fail "what was missing is not said"
			# Files have their names when they are whole.
			[ -z "$(comm -13 state.whole state.now | grep -E '^[0-9a-f]{64} |^[^ ]+ f ')" ] ||
				fail "something else is left: $(comm -13 state.whole state.now)" ;;
		*) fail "exit status $status" ;;
		esac
	done
	echo "$all allocations: $*"
}

mkdir -p tree/EFI/BOOT tree/folder
echo hello >tree/folder/hello.txt
head -c 300000 /dev/urandom >tree/large
ln -s folder/hello.txt tree/link
{ printf 'MZ'; head -c 58 /dev/zero; printf '\x40\0\0\0PE\0\0\x64\x86'; head -c 900 /dev/zero; } \
	>tree/EFI/BOOT/BOOTX64.EFI
"$(command_path iso-build)" -q -o x.iso tree || fail "iso-build fails"

sweep iso-inspect x.iso
sweep iso-inspect --check x.iso
sweep iso-convert -q x.iso out/o.iso
sweep iso-extract -q -C out x.iso
if command -v xz >/dev/null && xz -k x.iso; then
	sweep iso-convert -q x.iso.xz out/o.iso
fi
if command -v mksquashfs >/dev/null && mksquashfs tree x.sq -quiet -no-progress >/dev/null; then
	sweep iso-convert -q x.sq out/o.iso
	sweep iso-extract -q -C out x.sq
fi
if command -v mke2fs >/dev/null && mke2fs -q -F -d tree x.ext 4M >/dev/null; then
	sweep iso-convert -q x.ext out/o.iso
	sweep iso-extract -q -C out x.ext
fi
if command -v mkfs.btrfs >/dev/null && truncate -s 120M x.btrfs &&
	mkfs.btrfs -q --mixed -r tree x.btrfs >/dev/null 2>&1; then
	sweep iso-extract -q -C out x.btrfs
fi
if command -v mkfs.vfat >/dev/null && truncate -s 8M x.fat && mkfs.vfat x.fat >/dev/null; then
	sweep iso-convert -q x.fat out/o.iso
fi
# A disc: two formats that would be told apart wrongly if nobody asked the first one.
need python3
python3 - x.iso <<'P' || fail "no disc"
import struct, sys
iso = open(sys.argv[1], 'rb').read()
chunks = b'DAOX' + struct.pack('>I', 22 + 42) + struct.pack('<I', 64) + bytes(14) + b'\0\0\1\1'
chunks += bytes(12) + struct.pack('>HHH', 2048, 0, 1) + struct.pack('>QQQ', 0, 0, len(iso))
chunks += b'SINF' + struct.pack('>II', 4, 1) + b'END!' + struct.pack('>I', 0)
open('x.nrg', 'wb').write(iso + chunks + b'NER5' + struct.pack('>Q', len(iso)))
open('x.cue', 'w').write('FILE "y.bin" BINARY\n  TRACK 01 MODE1/2048\n    INDEX 01 00:00:00\n')
open('y.bin', 'wb').write(iso)
P
sweep iso-convert -q x.cue out/o.iso
sweep iso-convert -q x.nrg out/o.iso
echo "$tried runs, $without of them succeeded"

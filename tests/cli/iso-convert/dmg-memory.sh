# SPDX-License-Identifier: GPL-3.0-or-later
# However large the blocks of a DMG are, and however many threads expand them: no more than
# 128 MiB of memory.
. "$(dirname "$0")/../lib.sh"
need python3
[ "${ISOKIT_INSTRUMENTED-no}" = no ] || skip "sanitizers take memory of their own"

head -c 100000000 /dev/urandom >disk
truncate -s 100000256 disk
udif=$ISOKIT_SOURCE/bench/udif.py
python3 "$udif" zlib disk disk.dmg 32768 || fail "udif.py fails"
"$ISOKIT_BUILD/tests/limited" --seconds 60 --mib 128 \
	"$(command_path iso-convert)" -q --raw disk.dmg out.img || fail "too much memory"
cmp disk out.img || fail "another disk"

# SPDX-License-Identifier: GPL-3.0-or-later
# A limit on the stack (ulimit -s) that is a sixty-fourth of what is usual: threads have stacks of
# their own size, and nobody keeps large things on the first one.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
[ "${ISOKIT_INSTRUMENTED-no}" = no ] || skip "sanitizers need more"

boot_iso x.iso
mkdir tree
cp x.iso tree/file
new_drive a 64M; a=$drive
small() {
	(ulimit -S -s 128 && run "$@" && [ "$status" = 0 ]) || fail "$* with a stack of 128 KiB"
}
small iso-inspect --json x.iso
small iso-inspect --check --hash x.iso
small iso-inspect --map=- x.iso
small iso-build -q -o y.iso tree
small iso-build -q --mkisofs -o z.iso tree
small iso-convert -q --compress=zst -o y.iso.zst x.iso
small iso-extract -q -C out y.iso
cmp out/file x.iso || fail "not what was in it"
small iso-write --list
small iso-write --yes --fixed-disk --hash=sha256,md5 y.iso.zst "$a"
expect_written a x.iso
small iso-write --yes --fixed-disk --as=files x.iso "$a"
small iso-write --yes --fixed-disk --restore "$a"
small iso-write --yes --fixed-disk --probe=quick "$a"

# SPDX-License-Identifier: GPL-3.0-or-later
# Drives that fail in the middle: the report says in what state they are, and what was begun
# does not half boot.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
[ "$ISOKIT_INSTRUMENTED" = no ] || skip "a sanitizer wants to be the first library"
shim=$ISOKIT_BUILD/tests/.libs/baddrive.so
[ -f "$shim" ] || skip "no library to preload"

boot_iso x.iso 20000000
new_drive a 32M; a=$drive
export LD_LIBRARY_PATH=$ISOKIT_BUILD/.libs${LD_LIBRARY_PATH+:$LD_LIBRARY_PATH}

# bad HOW [OPTION…]: the drive, full of old things, fails in this way
bad() {
	local how=$1
	shift
	before a 32M >a
	run env BADDRIVE="$how" BADDRIVE_FILE="$a" LD_PRELOAD="$shim" \
		"$(binary_path iso-write)" --yes --fixed-disk x.iso "$a" "$@"
}

expect_blank() {
	sync a
	cmp -n 1048576 a /dev/zero || fail "the beginning of the drive is not blank"
}

# EIO at the n-th write: the wiping of both ends, the body, the first MiB (two writes that wipe, then
# one for each further MiB of the image, then three).
n=$(($(stat -c %s x.iso) / 1048576))
for at in 3 4 $((n / 2)) $((n + 1)) $((n + 2)); do
	bad "write:$at:5"
	expect_status 2
	expect_stderr_has "^iso-write: $a: .*first sectors are blank"
	expect_stderr_has 'Input/output error'
	expect_blank
done

# At the very first one nothing was written.
bad write:1:5
expect_status 2

# EIO when it is read: at first nothing is written, then comes what is read back. How many reads
# there are is a matter of the kernel and of libblkid; that some are of the one kind is not.
back=no
for at in 1 10 20 30 40 50 60 70 80; do
	bad "read:$at:5"
	[ "$status" = 2 ] || continue # so many reads there were not
	if grep -q 'nothing was written to it' "$err"; then
		cmp -s a <(before a 32M) || fail "it was written after all"
		continue
	fi
	expect_stderr_has "^iso-write: $a: .*cannot be read.*first sectors are blank"
	expect_blank
	back=yes
done
[ $back = yes ] || fail "no error came while it was read back"

# Pulled out.
bad gone:9
expect_status 2
expect_stderr_has "^iso-write: $a: .*pulled out"
expect_blank

# Killed in any of the writes; in the last one, all but the first sectors is there.
for at in 3 7 $((n + 1)) $((n + 2)) $((n + 3)) $((n + 4)) $((n + 5)); do
	before a 32M >a
	BADDRIVE="kill:$at" BADDRIVE_FILE="$a" LD_PRELOAD="$shim" "$(binary_path iso-write)" \
		--yes --fixed-disk x.iso "$a" >"$out" 2>"$err"
	[ $? -ge 128 ] || fail "it was not killed in write $at"
	sync a
	blank=1048576
	[ $at -le $((n + 3)) ] || blank=65536
	[ $at -le $((n + 4)) ] || blank=4096
	cmp -n $blank a /dev/zero || fail "killed in write $at: it begins with something"
	if [ $at = $((n + 5)) ]; then
		cmp -i 4096 -n 1044480 a x.iso || fail "the first MiB is not there when its beginning comes"
		[ -z "$(blkid -p -s PTTYPE -o value a)" ] || fail "there is a partition table"
	fi
done

# The second half keeps what it had.
bad drop:12582912
expect_status 1
expect_stdout_has "^$a: written, but what is read back differs"
expect_stdout_has 'keeps its old data'
expect_blank

# And then it is whole again.
run iso-write --yes --fixed-disk x.iso "$a"
expect_status 0
expect_written a x.iso

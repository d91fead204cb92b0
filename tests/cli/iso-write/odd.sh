# SPDX-License-Identifier: GPL-3.0-or-later
# What nobody should do, and somebody does: odd files, drives, sizes and outputs. Each is refused in
# one line before anything is written, or done as it was meant.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
need python3

boot_iso x.iso
new_drive a 16M; a=$drive
old() { before a 16M >a; }
before=$(sum_of a)

# refused RE ARGUMENT…: exit 2, one line, nothing written
refused() {
	local re=$1
	shift
	run iso-write --yes --fixed-disk "$@" </dev/null
	expect_status 2
	expect_stderr_has "$re"
	expect_stderr_lines 1
	[ "$(sum_of a)" = "$before" ] || fail "the drive was written"
}

# ---- options for something else --------------------------------------------------------------------
for option in --speed=8 --blank=fast --multi --eject; do
	refused "^iso-write: ${option%%=*} is for discs, and $a is none$" $option x.iso "$a"
done
run iso-write --list --eject
expect_status 2
refused "^iso-write: $a: cannot be switched off: it is built in" --power-off x.iso "$a"
refused '^iso-write: --label=: leave it out for none' --restore --label= "$a"
# Not only when the name of the drive was typed.
refused '^iso-write: x\.iso: --persistence: is known of ' --persistence=70M x.iso "$a"

# ---- the file behind the drive, also as standard input -----------------------------------------------
run bash -c "'$(command_path iso-write)' --yes --fixed-disk --any - $a <a"
expect_status 2
expect_stderr_has "^iso-write: $a: refused: is made of what standard input reads"
[ "$(sum_of a)" = "$before" ] || fail "the drive was written"

# ---- pipes with a name ---------------------------------------------------------------------------------
mkfifo pipe
cat x.iso >pipe &
run iso-write --yes --fixed-disk pipe "$a"
expect_status 0
expect_written a x.iso
old
refused '^iso-write: pipe: is a pipe' --as=files pipe "$a"

# ---- nobody who listens ----------------------------------------------------------------------------------
if [ -c /dev/full ]; then
	run bash -c "'$(command_path iso-write)' --yes --fixed-disk x.iso $a >/dev/full"
	expect_status 2
	expect_stderr_has '^iso-write: standard output: No space left'
	[ "$(sum_of a)" = "$before" ] || fail "the drive was written, and nobody was told"
fi
# One that goes away in the middle does not make half a stick.
run bash -c "'$(command_path iso-write)' --yes --fixed-disk --progress=json x.iso $a 2>&1 >result | true; cat result"
expect_stdout_has "^$a: written, read back, equal"
expect_written a x.iso
old

# ---- sectors of another size --------------------------------------------------------------------------------
truncate -s 16M big
if big=$(attach -b 4096 "$PWD/big" 2>/dev/null); then
	drives+=("$big")
	[ "$(blockdev --getss "$big")" = 4096 ] || skip "no sectors of 4096 bytes"
	refused "^iso-write: $big: has sectors of 4096 bytes, and the image's partition table counts in 512" x.iso "$big"
	cmp -n 16777216 big /dev/zero || fail "the drive with large sectors was written"
	n=$(stat -c %s x.iso)
	run iso-write --yes --fixed-disk --any x.iso "$big"
	expect_status 0
	expect_written big x.iso
	# The last sector is filled up.
	head -c 1234567 x.iso >part.img
	run iso-write --yes --fixed-disk --any part.img "$big"
	expect_status 0
	expect_written big part.img
	run iso-write --compare part.img "$big"
	expect_status 0
fi

# ---- a probe says what it has seen -------------------------------------------------------------------------
for bytes in 512 33792 1049088; do
	truncate -s $bytes small
	small=$(attach "$PWD/small") || skip "no loop device"
	drives+=("$small")
	run iso-write --probe=quick --yes --fixed-disk --json "$small"
	expect_status 0
	expect_json ".drives[0] | .real_size == $bytes and (has(\"detail\") | not)"
done
new_drive wide 40M
run iso-write --probe=quick --yes --fixed-disk --json "$drive"
expect_status 0
expect_json '.drives[0] | .ok and (has("real_size") | not) and (.detail | test("only a full probe proves"))'
run iso-write --probe=quick --yes --fixed-disk "$drive"
expect_stdout_has "^$drive: seems to have the size that it says: 41,943,040 bytes$"

# ---- an image that changes between question and writing, and while it is written ------------------------------
cat >meddle.py <<'END'
import os, pty, subprocess, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[3], sys.argv[3:])
shown, asked = b"", False
while True:
    try:
        more = os.read(fd, 65536)
    except OSError:
        break
    if not more:
        break
    shown += more
    if not asked and b"Type the name" in shown and shown.endswith(b": "):
        asked = True
        subprocess.run(sys.argv[1], shell=True, check=True)
        os.write(fd, sys.argv[2].encode() + b"\n")
sys.stdout.write(shown.decode("utf-8", "replace").replace("\r", ""))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
cp x.iso y.iso
run python3 meddle.py 'printf X | dd of=y.iso bs=1 seek=2500000 conv=notrunc status=none' "${a#/dev/}" \
	"$(command_path iso-write)" --fixed-disk --sha256="$(sha256sum <x.iso | cut -d' ' -f1)" y.iso "$a"
expect_status 2
expect_stdout_has 'y\.iso: was changed while it was read'
sync a
cmp -n 1048576 a /dev/zero || fail "the beginning of the drive is not blank"
# Another file under its name is not what was opened, and does no harm.
old
cp x.iso y.iso
run python3 meddle.py 'head -c 4000000 /dev/urandom >z && mv z y.iso' "${a#/dev/}" \
	"$(command_path iso-write)" --fixed-disk y.iso "$a"
expect_status 0
expect_written a x.iso

# SPDX-License-Identifier: GPL-3.0-or-later
# CDs and DVDs, over a libburn that has one drive (tests/data/fakeburn.c): how each is
# written, blanked and read back, with sessions.
. "$(dirname "$0")/disc-lib.sh"
fake_burner
# holds IMAGE [LBA]: its sectors are on the medium
holds() {
	python3 - "$1" "${2:-0}" <<-'END' || fail "$1 is not on the medium"
		import sys
		image, disc, lba = open(sys.argv[1], "rb"), open("disc", "rb"), int(sys.argv[2])
		while (a := image.read(2048)):
		    disc.seek(lba * 2352)
		    lba += 1
		    if disc.read(2048)[:len(a)] != a:
		        sys.exit("sector %d" % (lba - 1))
	END
}
need python3
image a.iso 1500000

# ---- one image on each -------------------------------------------------------------------
medium 9 359847 blank
disc a.iso "$drive"
expect_status 0
logged 'write sao'
holds a.iso
expect_stdout_has 'verified'
disc --yes a.iso "$drive"
expect_status 2
expect_stderr_has 'this CD-R is closed'

# Behind a track at once the last sector can only be read alone.
medium 9 359847 blank
disc --multi a.iso "$drive"
expect_status 0
logged 'write tao multi'
expect_stdout_has "verified, .* $(stat -c %s a.iso) bytes compared"
holds a.iso

# A whole image behind that session is nowhere; the session for it fits.
disc --yes a.iso "$drive"
expect_status 2
next=$(sed 's/.*begins at block \([0-9]*\).*/\1/' "$err" | head -1)
mkdir second
echo two >second/two
run iso-build --mkisofs -quiet -R -V SECOND -M a.iso -C 0,"$next" -o b.iso second
expect_status 0
disc b.iso "$drive" --json
expect_status 0
expect_json ".drives[0] | .disc.start_lba == $next and .state == \"verified\" and .disc.volume_id == \"SECOND\""
expect_json '.drives[0].disc | .state == "closed" and .sessions == 2'
holds a.iso
holds b.iso "$next"
disc --compare a.iso "$drive"
expect_status 0

# Rewritable: asked for, blanked, written.
medium a 359847 closed
disc a.iso "$drive"
expect_status 2
expect_stderr_has 'would be lost'
not_logged 'erase .*'
disc --yes a.iso "$drive" --speed=8x
expect_status 0
logged 'erase fast'
logged 'write sao'
logged 'speed 1411'
holds a.iso
disc --yes a.iso "$drive" --blank=all --speed=4300k
logged 'erase all'
logged 'speed 4234'
disc --yes a.iso "$drive" --blank=never
expect_status 2
disc --restore --yes "$drive" --eject
expect_status 0
logged eject

# DVD-R at once; DVD-RW that was blanked fast takes nothing else.
medium 11 2298496 blank
disc a.iso "$drive"
expect_status 0
logged 'write sao'
medium 14 2298496 closed
disc --yes a.iso "$drive"
expect_status 0
logged 'erase fast'
logged 'write sao'
medium 14 2298496 fast
disc --yes --multi a.iso "$drive"
expect_status 0
logged 'erase all'
logged 'write tao multi'
# The size of a stream is not known.
medium 14 2298496 closed
cat a.iso | timeout 60 "$(command_path iso-write)" --pseudo-drives="$PWD" --yes - "$drive" >"$out" 2>"$err"
[ $? = 0 ] || fail "a stream: $(cat "$err")"
logged 'erase all'
logged 'write tao'
holds a.iso

# DVD+R and BD-R.
for profile in 1b 2b 41; do
	medium $profile 2295104 blank
	disc a.iso "$drive"
	expect_status 0
	logged 'write tao'
	holds a.iso
done

# Another medium while the question is asked: what is on that one was not shown to anybody.
cat >swap.py <<'END'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
shown = b""
while b"to go on:" not in shown:
    shown += os.read(fd, 65536)
if sys.argv[1] != "-":
    os.replace(sys.argv[1], "medium")
os.write(fd, b"disc\n")
try:
    while more := os.read(fd, 65536):
        shown += more
except OSError:
    pass
sys.stdout.write(shown.decode().replace("\r", ""))
sys.exit(os.WEXITSTATUS(os.waitpid(pid, 0)[1]))
END
medium a 359847 closed
echo "a 359000 closed -1 0" >other
run timeout 60 python3 swap.py other "$(command_path iso-write)" --pseudo-drives="$PWD" a.iso "$drive"
expect_status 2
expect_stdout_has 'there is another medium in the drive than was looked at; nothing was written: start again$'
[ ! -s medium.log ] || fail "something was done: $(cat medium.log)"
run timeout 60 python3 swap.py - "$(command_path iso-write)" --pseudo-drives="$PWD" a.iso "$drive"
expect_status 0
holds a.iso

# ---- too small, also after blanking -----------------------------------------------------------
medium 9 700 blank
disc --yes a.iso "$drive"
expect_status 2
expect_stderr_has "$(stat -c %s a.iso) bytes do not fit: the medium has 1433600 bytes"
[ ! -s medium.log ] || fail "something was done: $(cat medium.log)"

# ---- with the laser off -------------------------------------------------------------------------
medium 9 359847 blank
disc --simulate a.iso "$drive"
expect_status 0
logged 'write sao simulate'
expect_stdout_has ': simulated'
[ "$(head -c 1 disc | wc -c)" = 0 ] || fail "something was written"
medium 1b 2295104 blank
disc --simulate a.iso "$drive"
expect_status 2
expect_stderr_has 'writing a DVD\+R cannot be simulated'

# ---- errors and signals ---------------------------------------------------------------------------
medium 1b 2295104 blank 300
disc a.iso "$drive"
expect_status 2
expect_stderr_has 'could not write \(SCSI error on write: .*Write error'
expect_stderr_has '614400 bytes were sent to the drive; the track was closed; the medium holds a part of the image and cannot be written again'
logged close
# The drive is slow, so that the signal comes while it writes.
medium 1b 2295104 blank -1 20000
(
	export LD_LIBRARY_PATH=$PWD/lib:$ISOKIT_BUILD/.libs
	exec "$(binary_path iso-write)" --pseudo-drives="$PWD" a.iso "$drive" >"$out" 2>"$err"
) &
burner=$!
for _ in $(seq 600); do
	grep -q '^write' medium.log && break
	sleep 0.05
done
kill -TERM $burner
wait $burner
status=$?
expect_status 130
expect_stderr_has 'interrupted: [0-9]+ bytes were sent to the drive; the track was closed; '
logged cancel
logged close

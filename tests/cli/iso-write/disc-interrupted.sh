# SPDX-License-Identifier: GPL-3.0-or-later
# A signal stops a burn, the drive is let go, and what became of the medium is told.
. "$(dirname "$0")/disc-lib.sh"
need_burner
program=$(binary_path iso-write)
# A source that does not end by itself. libtool's wrapper would take the signal.
export LD_LIBRARY_PATH=$ISOKIT_BUILD/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
mkfifo pipe
{ head -c 1000000 /dev/urandom; while sleep 0.05; do head -c 100000 /dev/urandom || break; done; } >pipe 2>/dev/null &
writer=$!
"$program" --pseudo-drives="$PWD" --yes pipe "$drive" >"$out" 2>"$err" &
burner=$!
for _ in $(seq 100); do
	[ "$(stat -c %s disc 2>/dev/null || echo 0)" -gt 200000 ] && break
	sleep 0.1
done
kill -INT $burner 2>/dev/null || kill -TERM $burner
sleep 0.3
# A second one is no reason to leave the drive alone.
kill -TERM $burner 2>/dev/null
wait $burner
status=$?
kill $writer 2>/dev/null
expect_status 130
expect_stderr_has 'interrupted: [0-9]+ bytes were sent to the drive; .* it can be written again$'
expect_stderr_lines 1

# A burn that goes wrong in the source says so, too.
{ head -c 1000000 /dev/urandom; } | run iso-write --pseudo-drives="$PWD" --yes - "$drive"
image a.iso
disc --yes a.iso "$drive"
expect_status 0

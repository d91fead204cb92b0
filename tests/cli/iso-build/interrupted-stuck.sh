# SPDX-License-Identifier: GPL-3.0-or-later
# A build that cannot look at signals, because it waits for somebody or computes: the
# first one ends it within seconds, a second one at once, and nothing is left.
. "$(dirname "$0")/../lib.sh"
need_command iso-build

program=$(binary_path iso-build)
export LD_LIBRARY_PATH=$ISOKIT_BUILD/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
mkfifo never
exec 3<>never # nobody will ever write to it

ends() { # within so many seconds, with status 130 and one line
	local started=$SECONDS
	wait $pid
	status=$? _last="iso-build of a pipe that stays empty, $2"
	[ $((SECONDS - started)) -le "$1" ] || fail "it took $((SECONDS - started)) seconds"
	expect_status 130
	expect_stderr 'iso-build: interrupted; nothing was written'
	expect_files never
}
start() {
	env --default-signal=INT "$program" -q -o x.iso - <never >"$out" 2>"$err" &
	pid=$!
	sleep 0.5
}
for signal in INT TERM HUP; do
	start
	kill -$signal $pid
	ends 4 "one SIG$signal"
	start
	kill -$signal $pid
	kill -0 $pid 2>/dev/null || fail "the first signal did not wait for cleaning up"
	sleep 0.1
	kill -TERM $pid
	ends 1 "SIG$signal and SIGTERM"
done

# Where files have names from the beginning, these go, too, in the middle of it.
rm never
mkdir tree out
head -c 300000000 /dev/zero >tree/large
for signals in TERM 'TERM TERM'; do
	"$ISOKIT_BUILD/tests/without" tmpfile "$program" -q --checksums -o out/x.iso tree \
		>"$out" 2>"$err" &
	pid=$!
	for i in {1..1000}; do
		ls -A out | grep -q tmp && break
		sleep 0.005
	done
	[ -n "$(ls -A out)" ] || fail "there was no hidden name to be removed"
	for signal in $signals; do
		kill -$signal $pid
	done
	wait $pid
	status=$? _last="iso-build where files have names, SIG$signals"
	[ $status -ne 77 ] || skip "no seccomp here"
	expect_status 130
	[ -z "$(ls -A out)" ] || fail "left: $(ls -A out)"
done

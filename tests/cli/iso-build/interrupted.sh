# SPDX-License-Identifier: GPL-3.0-or-later
# Stopped at any moment: no half image, and no trace of one.
. "$(dirname "$0")/../lib.sh"
need_command iso-build

mkdir tree out
for i in 1 2 3 4 5 6 7 8 9; do
	mkdir tree/$i
	(cd tree/$i && for n in {1..200}; do echo $n >$n; done)
	head -c 4000000 /dev/zero >tree/$i/big
done
for signal in INT TERM KILL; do
	for delay in 0.002 0.005 0.01 0.02 0.03 0.05 0.08; do
		rm -f out/* out/.[!.]*
		# A shell without job control makes background jobs ignore SIGINT.
		env --default-signal=INT "$(command_path iso-build)" -q --boot=none -o out/x.iso tree \
			>"$out" 2>"$err" &
		pid=$!
		sleep "$delay"
		kill -$signal $pid 2>/dev/null
		wait $pid
		status=$? _last="iso-build, SIG$signal after $delay s"
		left=$(ls -A out)
		case $status:$left in
		0:x.iso) run iso-inspect --require complete,valid out/x.iso; expect_status 0 ;;
		130:) [ $signal != KILL ] || fail "status 130 after SIGKILL" ;;
		130:x.iso) fail "said to be interrupted, but the image is there" ;;
		137: | 137:x.iso)
			# Its name is the last thing that a build gives.
			[ -z "$left" ] || { run iso-inspect --require complete out/x.iso; expect_status 0; } ;;
		143: | *) [ -z "$left" ] && [ $status -ge 129 ] ||
			fail "status $status, left: $left" ;;
		esac
	done
done

# Blocked on a pipe that nobody reads.
mkfifo pipe
"$(command_path iso-build)" -q --boot=none -o - tree >pipe 2>"$err" &
pid=$!
exec 3<pipe
head -c 4096 <&3 >/dev/null
kill -TERM $pid
cat <&3 >/dev/null
wait $pid
status=$? _last="iso-build into a pipe, SIGTERM"
expect_status 130
expect_stderr_has '^iso-build: interrupted'

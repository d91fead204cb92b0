# SPDX-License-Identifier: GPL-3.0-or-later
# SIGINT or SIGTERM while a reader takes nothing: exit status 130 all the same.
. "$(dirname "$0")/../lib.sh"
need_command iso-build

program=$(command_path iso-build)
mkdir tree
head -c 30000000 /dev/zero >tree/file
mkfifo pipe

for signal in TERM HUP; do
	sleep 60 <pipe &
	reader=$!
	# make under nohup: SIGHUP would be ignored, and stay so.
	env --default-signal=$signal "$program" -q -o pipe tree 2>"$err" &
	pid=$!
	sleep 1
	kill -s $signal $pid
	wait $pid
	status=$?
	kill $reader 2>/dev/null || fail "it ended only with its reader"
	[ $status -eq 130 ] || fail "exit status $status after SIG$signal: $(cat "$err")"
	expect_files tree pipe
done

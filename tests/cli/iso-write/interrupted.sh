# SPDX-License-Identifier: GPL-3.0-or-later
# A signal ends at a safe place and says in what state the drive is; a kill leaves a drive that does not half boot.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"

boot_iso x.iso 30000000
new_drive a 64M; a=$drive
n=$(stat -c %s x.iso)

# The first sectors are blank: nothing boots from it, and no table says anything.
expect_blank() {
	sync a
	cmp -n 65536 a /dev/zero || fail "the beginning of the drive is not blank"
}

# The image comes through a pipe that stops in the middle.
start() {
	mkfifo pipe
	"$(binary_path iso-write)" --yes --fixed-disk "$@" - "$a" <pipe >said 2>complained &
	writer=$!
	exec 9>pipe
	head -c $((n / 2)) x.iso >&9
	# Until some of it has arrived on the drive.
	for _ in $(seq 200); do
		sync a
		cmp -s -n 1000000 -i 2000000 a x.iso && return
		sleep 0.05
	done
	fail "nothing arrives: $(cat complained)"
}
export LD_LIBRARY_PATH=$ISOKIT_BUILD/.libs${LD_LIBRARY_PATH+:$LD_LIBRARY_PATH}

start
kill -TERM "$writer" # SIGINT is ignored behind &
# Whoever fills the pipe is still there: it does not end before the signal is obeyed.
wait "$writer"
status=$?
exec 9>&-
[ "$status" = 130 ] || fail "exit status $status after SIGTERM: $(cat said complained)"
grep -q '^iso-write: interrupted' complained || fail "it says: $(cat complained)"
grep -Eq "^(iso-write: )?$a: .*(incomplete|begun|blank)" complained said || fail "no word of the drive: $(cat said complained)"
expect_blank
rm pipe

before a 64M >a
start
kill -KILL "$writer"
wait "$writer" 2>/dev/null
exec 9>&-
expect_blank
rm pipe

# And it can be written again.
run iso-write --yes --fixed-disk x.iso "$a"
expect_status 0
expect_written a x.iso

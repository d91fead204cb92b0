# SPDX-License-Identifier: GPL-3.0-or-later
# A signal while it works: exit status 130, nothing said.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/images.sh"

mkdir many
for i in $(seq 1 2000); do : >"many/a-file-with-a-name-of-some-length-$i"; done
xorriso -as mkisofs -quiet -R -o many.iso many 2>/dev/null || fail "xorriso"
program=$(command_path iso-inspect)
mkfifo pipe
# Nobody reads: the listing cannot end by itself.
exec 9<>pipe
for signal in INT TERM HUP; do
	run timeout --foreground --preserve-status -k 10 -s $signal 1 \
		bash -c "exec '$program' --list many.iso >pipe"
	expect_status 130
	expect_stderr ''
done

# SPDX-License-Identifier: GPL-3.0-or-later
# Output that cannot be written is an error, and only one line of it.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/images.sh"

data_image data.iso
# Enough lines that they do not fit into any buffer.
mkdir many
for i in $(seq 1 2000); do : >"many/a-file-with-a-name-of-some-length-$i"; done
xorriso -as mkisofs -quiet -R -o many.iso many 2>/dev/null || fail "xorriso"
program=$(command_path iso-inspect)

for how in '--help' '--version' 'data.iso' '--json data.iso' '--list many.iso' \
	'--check data.iso' '--list --json many.iso many.iso'; do
	run bash -c "'$program' $how >/dev/full"
	expect_status 2
	expect_stderr 'iso-inspect: standard output: No space left on device'
	run bash -c "'$program' $how >&-"
	expect_status 2
	expect_stderr 'iso-inspect: standard output: Bad file descriptor'
done

# A reader that goes away ends the program quietly, as it ends others.
run bash -c "'$program' --list many.iso | head -1; echo \${PIPESTATUS[0]}"
expect_stdout_has '^141$'
expect_stderr ''
# Where SIGPIPE is ignored it is an error like any other.
run bash -c "trap '' PIPE; '$program' --list many.iso | head -1; echo \${PIPESTATUS[0]}"
expect_stdout_has '^2$'
expect_stderr 'iso-inspect: standard output: Broken pipe'

# Without stderr there is nobody to tell, but the exit status.
run bash -c "'$program' no-such.iso 2>&-"
expect_status 2

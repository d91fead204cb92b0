# SPDX-License-Identifier: GPL-3.0-or-later
# The examples of the manual page do what it says, with loop devices in the place of sticks.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"

page=$ISOKIT_SOURCE/src/iso-write/iso-write.1
sed -n '/^\.SH EXAMPLES/,/^\.SH SEE/p' "$page" | sed -n 's/^\(iso.*\)/\1/p' | sed 's/\\-/-/g' >examples
[ "$(wc -l <examples)" -ge 5 ] || fail "fewer than five examples"
boot_iso debian.iso
cp debian.iso windows.iso
new_drive b 36M; b=$drive
new_drive c 36M; c=$drive
new_drive d 36M; d=$drive

# Sticks are not made up, and nobody is here to be asked.
while IFS= read -r line; do
	line=${line//\/dev\/sdb/$b}
	line=${line//\/dev\/sdc/$c}
	line=${line//\/dev\/sdd/$d}
	line=${line//\/dev\/sr0/stdio:$PWD/disc}
	read -ra words <<<"$line"
	case $line in
	*--list*) more=() ;;
	*--compare*) more=() ;;
	*stdio:*) more=(--pseudo-drives="$PWD" --yes) ;;
	*) more=(--fixed-disk --yes) ;;
	esac
	run iso-write "${words[@]:1}" "${more[@]}"
	! grep -q libburn "$err" || continue # there is none
	expect_status 0
	case $line in
	*--list*) expect_stdout_has '^(Can be written:|Refused:|No drive can be written)' ;;
	*--compare*) expect_stdout_has "^$b: equal" ;;
	*stdio:*) expect_written disc debian.iso ;;
	*--as=files*) expect_stdout_has "^$b: written, read back, equal" ;;
	*--restore*) expect_stdout_has "^$b: written, read back, equal" ;;
	*"$c"*) expect_written c debian.iso
		expect_written d debian.iso ;;
	*) expect_written b debian.iso ;;
	esac
done <examples

# SPDX-License-Identifier: GPL-3.0-or-later
# Whatever iso-write is asked for and refuses, it opens no device for writing; and where it
# writes, it opens the one that was named, once, and alone. The system calls say so.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"

need strace findmnt
strace -o /dev/null true 2>/dev/null || skip "strace cannot look at programs here"
# The leak check of a sanitizer wants to be the tracer itself.
export ASAN_OPTIONS="detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
boot_iso x.iso
new_drive a 16M; a=$drive
new_drive b 16M; b=$drive
iso_write=$(binary_path iso-write) || skip "iso-write is not built"
lib=$ISOKIT_BUILD/.libs

# trace ARGUMENT…: the calls that open something below /dev to write to it go to ./opened
trace() {
	LD_LIBRARY_PATH=$lib timeout 100 strace -f -qq -e trace=open,openat,openat2,creat -o calls \
		"$iso_write" "$@" >stdout 2>stderr </dev/null
	status=$?
	grep -q . calls || fail "strace saw nothing: $*"
	# By the path, or by a descriptor of / (as sysfs and devices are looked at).
	grep -E '"/?dev/|"/proc/self/fd' calls | grep -E 'O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|creat\(' |
		grep -vE '"/dev/(tty|null)"|"/?dev/shm/|= -1 ENOENT|O_TMPFILE' >opened
}

system=$(findmnt -no SOURCE / | sed 's/\[.*//')
[ -b "$system" ] || system=
mkdir m
ln -s "$a" link-to-a
[ -z "$system" ] || ln -s "$system" link-to-system
n=0
for options in "" "--yes" "--yes --unmount" "--yes --fixed-disk=$b" "--yes --unmount --any --simulate"; do
	for drive in "$a" "$PWD/link-to-a" ${system:+"$system" "$PWD/link-to-system"} /dev/null /dev/zero \
		/dev/full /dev/mem /dev/kmsg /dev/loop-control /dev/isokit-none /dev/ /dev x.iso "$PWD" \
		"$a"p1 /dev/../dev/loop999 /proc/self/mem; do
		case $options in *fixed*) [ "$drive" != "$b" ] || continue ;; esac
		trace $options x.iso "$drive"
		[ "$status" = 2 ] || fail "$options $drive: status $status: $(cat stderr)"
		[ ! -s opened ] || fail "$options $drive: $(head -3 opened)"
		n=$((n + 1))
	done
done
# The system's drive is refused however it is asked for.
for options in "--yes --fixed-disk" "--yes --fixed-disk --unmount --any" "--yes --fixed-disk=$system"; do
	[ -n "$system" ] || continue
	trace $options x.iso "$system"
	[ "$status" = 2 ] || fail "$options $system: status $status"
	[ ! -s opened ] || fail "$options $system: $(head -3 opened)"
	for what in --restore --probe --probe=quick; do
		trace $options $what "$system"
		[ "$status" = 2 ] && [ ! -s opened ] || fail "$options $what $system: $(cat opened stderr)"
	done
done
trace --list
[ ! -s opened ] || fail "--list: $(head -3 opened)"
trace --list --json
[ ! -s opened ] || fail "--list --json: $(head -3 opened)"
trace --compare x.iso "$a"
[ ! -s opened ] || fail "--compare: $(head -3 opened)"
# The control: it sees a writing that is there.
trace --yes --fixed-disk="$a" x.iso "$a"
[ "$status" = 0 ] || fail "writing: status $status: $(cat stderr)"
[ "$(wc -l <opened)" -ge 1 ] || fail "strace did not see the drive being opened for writing"
! grep -v "\"$a\"" opened | grep -q . || fail "another device was opened: $(grep -v "\"$a\"" opened)"
! grep -v O_EXCL opened | grep -q . || fail "not opened alone: $(grep -v O_EXCL opened)"
echo "$n refused calls"

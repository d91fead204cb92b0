# SPDX-License-Identifier: GPL-3.0-or-later
# What the desktop mounted of a stick is unmounted with --unmount, or when the question was
# answered; never with --yes alone, and never while somebody works in it.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
need mkfs.ext4 unshare
command -v python3 >/dev/null || skip "python3 is not installed"
unshare -m true 2>/dev/null || skip "no name space of mounts"

boot_iso x.iso
new_drive b 16M; b=$drive

# A table of mounts of our own, with an empty /media.
cat >inside <<'END'
mount --make-rprivate / && mount -t tmpfs none /media && mkdir /media/stick || exit 77
mkfs.ext4 -q -F -L OLD "$B" && mount "$B" /media/stick || exit 77
echo precious >/media/stick/file
case $1 in
busy) exec 7</media/stick/file ;;
esac
shift
"$@"
status=$?
[ "$(cat /media/stick/file 2>/dev/null)" = precious ] && echo mounted || echo unmounted
exit $status
END
export B=$b
within() { run unshare -m bash inside "$@"; [ "$status" != 77 ] || skip "cannot mount"; }
write=$(command_path iso-write)

within free "$write" --yes --fixed-disk x.iso "$b"
expect_status 2
expect_stderr_has "^iso-write: $b: refused: is mounted: .*/media/stick \(--unmount "
expect_stdout_has '^mounted$'

within busy "$write" --yes --unmount --fixed-disk x.iso "$b"
expect_status 2
expect_stderr_has "^iso-write: $b: "
expect_stdout_has '^mounted$'

within free "$write" --list --fixed-disk "$b"
expect_status 0
expect_stdout_has '^Can be written:'
if grep -q '^#define HAVE_LIBBLKID 1' "$ISOKIT_BUILD/config.h"; then
	expect_stdout_has 'ext4 "OLD", .*mounted on /media/stick$'
else
	expect_stdout_has '/media/stick \(--unmount unmounts it first\)$'
fi

within free python3 "$ISOKIT_SOURCE/tests/cli/iso-write/question.py" no "$write" --fixed-disk x.iso "$b"
expect_status 2
expect_stdout_has '^    will be unmounted: /media/stick$'
expect_stdout_has '^mounted$'

within free python3 "$ISOKIT_SOURCE/tests/cli/iso-write/question.py" "${b#/dev/}" "$write" --fixed-disk x.iso "$b"
expect_status 0
expect_stdout_has '^unmounted$'
expect_written b x.iso

within free "$write" --yes --unmount --fixed-disk x.iso "$b"
expect_status 0
expect_stdout_has '^unmounted$'
expect_written b x.iso

# SPDX-License-Identifier: GPL-3.0-or-later
# No room: a clear line, status 2, nothing left, the old image as it was.
. "$(dirname "$0")/../lib.sh"
need_command iso-build

mkdir tree small
head -c 4000000 /dev/urandom >tree/file
run iso-build --boot=none -o small/out.iso tree
expect_status 0
cp small/out.iso keep.iso
printf x >tree/more
(
	# SIGXFSZ ignored: writing fails with EFBIG, as it would with ENOSPC.
	trap '' XFSZ
	ulimit -f 2000
	exec "$(command_path iso-build)" --boot=none -o small/out.iso tree
) >"$out" 2>"$err"
status=$? _last="iso-build under a file size limit"
expect_status 2
expect_stderr_has '^iso-build: small/out.iso: '
expect_stderr_lines 1
expect_same small/out.iso keep.iso
[ "$(ls -A small)" = out.iso ] || fail "left behind: $(ls -A small)"

run iso-build --boot=none -o /dev/full tree
expect_status 2
expect_stderr_has 'No space left'

# A real full file system, where this user may mount one.
cat >inner.sh <<'SH'
mount -t tmpfs -o size=2m none small || exit 77
"$1" --boot=none -o small/out.iso tree
s=$?
[ -z "$(ls -A small)" ] || { echo "left behind: $(ls -A small)" >&2; exit 3; }
exit $s
SH
unshare -rm true 2>/dev/null || exit 0
unshare -rm sh inner.sh "$(command_path iso-build)" >"$out" 2>"$err"
status=$? _last="iso-build on a full tmpfs"
[ "$status" = 77 ] && exit 0
expect_status 2
expect_stderr_has '^iso-build: small/out.iso: the image takes up to [0-9]+ bytes'

# Holes take no room.
mkdir holes
truncate -s 100M holes/file
cat >inner.sh <<'SH'
mount -t tmpfs -o size=4m none small || exit 77
"$1" --boot=none -o small/out.iso holes && [ $(stat -c %s small/out.iso) -gt 100000000 ]
SH
unshare -rm sh inner.sh "$(command_path iso-build)" >"$out" 2>"$err"
status=$? _last="iso-build of a sparse file on a small tmpfs"
[ "$status" = 77 ] || expect_status 0

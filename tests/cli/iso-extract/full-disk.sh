# SPDX-License-Identifier: GPL-3.0-or-later
# No room: said at once or when it shows, and no file is cut off.
. "$(dirname "$0")/../lib.sh"
need genisoimage

mkdir src
head -c 3000000 /dev/urandom >src/one
head -c 3000000 /dev/urandom >src/two
echo small >src/three
genisoimage -quiet -R -o x.iso src || fail "genisoimage fails"

# Files that may not become so large, as on some file systems: the others come out.
(
	trap '' XFSZ
	ulimit -f 2000
	exec "$(command_path iso-extract)" -C out x.iso
) >"$out" 2>"$err"
status=$? _last="iso-extract under a file size limit"
expect_status 2
expect_stderr_has '^iso-extract: /one: cannot be written: File too large'
expect_stderr_has '^iso-extract: /two: cannot be written: File too large'
[ "$(ls -A out)" = three ] || fail "there is: $(ls -A out)"

cat >inner.sh <<'SH'
mkdir small && mount -t tmpfs -o size=4m none small || exit 77
"$1" -C small/out x.iso
s=$?
[ -z "$(ls -A small)" ] || { echo "left behind: $(ls -A small)" >&2; exit 3; }
exit $s
SH
unshare -rm true 2>/dev/null || exit 0
unshare -rm sh inner.sh "$(command_path iso-extract)" >"$out" 2>"$err"
status=$? _last="iso-extract on a small tmpfs"
[ "$status" = 77 ] && exit 0
expect_status 2
expect_stderr_has '^iso-extract: .*: the files take 6000006 bytes, but only [0-9]+ are free there'

# So many small ones that only the names do not fit.
mkdir many
(cd many && for n in {1..300}; do echo >$n; done)
genisoimage -quiet -R -o y.iso many || fail "genisoimage fails"
cat >inner.sh <<'SH'
mkdir -p small && mount -t tmpfs -o size=4m,nr_inodes=100 none small || exit 77
"$1" -C small/out y.iso
s=$?
find small -size 0 -type f | grep . && { echo "an empty file is left" >&2; exit 3; }
exit $s
SH
unshare -rm sh inner.sh "$(command_path iso-extract)" >"$out" 2>"$err"
status=$? _last="iso-extract without inodes"
expect_status 2
expect_stderr_has 'No space left on device'

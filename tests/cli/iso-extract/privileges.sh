# SPDX-License-Identifier: GPL-3.0-or-later
# Owners, devices, attributes: as root and with -p only.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
[ "$(id -u)" = 0 ] || skip "only root has them to give"

mkdir -p src/dir
echo x >src/dir/file
chown 1234:5678 src/dir src/dir/file
chmod 4751 src/dir/file
mknod src/null c 1 3 2>/dev/null || skip "no devices can be made here"
mkfifo src/pipe
setfattr -n user.note -v hello src/dir/file 2>/dev/null && attr=1 || attr=
run iso-build --boot=none --xattr --acl -o x.iso src
expect_status 0

run iso-extract -C plain x.iso
expect_status 0
expect_stderr_has '^iso-extract: /null: warning: is a device'
[ "$(stat -c '%u:%g %a' plain/dir/file)" = "$(id -u):$(id -g) 751" ] ||
	fail "without -p: $(stat -c '%u:%g %a' plain/dir/file)"
[ ! -e plain/null ] && [ -p plain/pipe ] || fail "without -p: $(ls -l plain)"

run iso-extract -p -C full x.iso
expect_status 0
expect_stderr ''
[ "$(stat -c '%u:%g %a' full/dir/file)" = '1234:5678 4751' ] ||
	fail "with -p: $(stat -c '%u:%g %a' full/dir/file)"
[ "$(stat -c '%u:%g' full/dir)" = 1234:5678 ] || fail "the folder: $(stat -c '%u:%g' full/dir)"
[ "$(stat -c '%t:%T' full/null)" = 1:3 ] && [ -c full/null ] || fail "the device: $(ls -l full)"
[ -z "$attr" ] || [ "$(getfattr --only-values -n user.note full/dir/file)" = hello ] ||
	fail "the extended attribute is lost"

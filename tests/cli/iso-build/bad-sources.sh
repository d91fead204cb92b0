# SPDX-License-Identifier: GPL-3.0-or-later
# Each a line that names the file, status 2, and nothing written.
. "$(dirname "$0")/../lib.sh"
need_command iso-build

mkdir tree
printf x >tree/file
refused() { # PATTERN ARG…
	local pattern=$1
	shift
	run iso-build --boot=none -o out.iso "$@"
	expect_status 2
	expect_stderr_has "^iso-build: $pattern"
	expect_stderr_lines 1
	[ ! -e out.iso ] || fail "an image was written"
}
refused 'missing: no such file' missing
refused 'missing/more: no such file' tree missing/more
refused 'volume id: holds 32 characters; 33 were given' -V 123456789012345678901234567890123 tree
refused 'publisher: ' --publisher "$(printf %0129d 1)" tree
refused '.*nowhere' -o nowhere/out.iso tree

ln -s "$(printf '%02000d' 1 | sed 's/.\{100\}/&\//g')" tree/link
refused '/link: .*libisofs stores 1023' tree
rm tree/link

if [ "$(id -u)" != 0 ]; then
	printf x >tree/secret; chmod 0 tree/secret
	refused 'tree/secret: cannot be read' tree
	rm -f tree/secret
	mkdir tree/closed; chmod 0 tree/closed
	refused 'tree/closed: ' tree
	chmod 700 tree/closed; rmdir tree/closed
fi

# A folder that leads back to one above it.
mkdir tree/sub tree/sub/back
cat >inner.sh <<'SH'
mount --bind tree tree/sub/back || exit 77
"$1" --boot=none -o out.iso tree
SH
if unshare -rm true 2>/dev/null; then
	timeout 20 unshare -rm sh inner.sh "$(command_path iso-build)" >"$out" 2>"$err"
	status=$? _last="iso-build on a bind mount loop"
	if [ "$status" != 77 ]; then
		expect_status 2
		expect_stderr_has '^iso-build: tree/sub/back: leads back to a folder above itself'
		[ ! -e out.iso ] || fail "an image was written"
	fi
fi

# A loader that is none: the image is made, with a warning.
mkdir -p loader/EFI/BOOT
: >loader/EFI/BOOT/BOOTX64.EFI
run iso-build -o loader.iso loader
expect_status 0
expect_stderr_has '^iso-build: /EFI/BOOT/BOOTX64.EFI: warning: is no whole EFI program'
expect_stdout_has '^  uefi-cd +no'
rm loader.iso

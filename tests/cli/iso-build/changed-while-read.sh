# SPDX-License-Identifier: GPL-3.0-or-later
# A file that changes between planning and copying is an error that names it.
# The pipe that nobody reads holds the build at the first file.
. "$(dirname "$0")/../lib.sh"
need_command iso-build

attempt() { # HOW: what happens to tree/z-last
	rm -rf tree && mkdir tree
	head -c 3000000 /dev/zero >tree/a-first
	head -c 300000 /dev/zero >tree/z-last
	touch -d '2020-01-01' tree/z-last
	rm -f pipe && mkfifo pipe
	"$(command_path iso-build)" --boot=none -o - tree >pipe 2>"$err" &
	local pid=$!
	exec 3<pipe
	head -c 65536 <&3 >/dev/null
	eval "$1"
	cat <&3 >/dev/null
	exec 3<&-
	wait "$pid"
	status=$? _last="iso-build while: $1"
	expect_status 2
	expect_stderr_has "^iso-build: tree/z-last: .*($2)"
	expect_stderr_lines 1
}
attempt 'echo more >>tree/z-last' 'changed while the image was built'
attempt 'truncate -s 1000 tree/z-last' 'changed while the image was built'
attempt 'truncate -s 0 tree/z-last' 'changed while the image was built'
attempt 'printf X | dd of=tree/z-last conv=notrunc status=none' 'modified while the image was built'
attempt 'rm tree/z-last' 'disappeared'
attempt 'rm tree/z-last; mkfifo tree/z-last' 'changed|modified'
attempt 'rm tree/z-last; ln -s a-first tree/z-last' 'disappeared'

# A loader goes into the tree and into the EFI image: both are what was planned.
rm -rf tree pipe && mkdir -p tree/EFI/BOOT tree/z && mkfifo pipe
head -c 10000 /dev/zero >tree/EFI/BOOT/BOOTX64.EFI
head -c 3000000 /dev/zero >tree/z/file
"$(command_path iso-build)" -q -o - tree >pipe 2>"$err" &
pid=$!
exec 3<pipe
head -c 200000 <&3 >/dev/null
printf X | dd of=tree/EFI/BOOT/BOOTX64.EFI conv=notrunc status=none
cat <&3 >/dev/null
exec 3<&-
wait "$pid"
status=$? _last="iso-build while a loader changes"
expect_status 2
expect_stderr_has '^iso-build: tree/EFI/BOOT/BOOTX64.EFI: was modified while'

# SPDX-License-Identifier: GPL-3.0-or-later
# A folder for what has to be kept meanwhile that is too small, or not there: which one it is, and
# how to name another one, in a line; nothing is written, nothing is left. The same for all commands.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/drives.sh"
need unshare xz tar

mkdir -p small tree/EFI/BOOT
fake_efi tree/EFI/BOOT/BOOTX64.EFI
head -c 3000000 /dev/urandom >tree/data
"$(command_path iso-build)" -q --boot=none -o x.iso tree || fail "no image"
xz -0 -k x.iso
new_drive a 64M; a=$drive
cp a before
cat >small.sh <<'END'
mount -t tmpfs -o size=2m none small || exit 77
"$@"
status=$?
[ -z "$(ls -A small)" ] || { echo "left behind: $(ls -A small)"; exit 3; } >&2
exit $status
END
unshare -m sh small.sh true || skip "no file system in memory"

# lacking WORDS COMMAND ARG...
lacking() {
	local words=$1 program
	program=$(command_path "$2")
	_last="${*:2}"
	TMPDIR=$PWD/$folder unshare -m sh small.sh "$program" "${@:3}" >"$out" 2>"$err"
	status=$?
	expect_status 2
	grep -Eq "^$2: .*$PWD/$folder: $words \(TMPDIR=FOLDER names another place\)" "$err" ||
		fail "not told: $words"
	[ ! -s "$out" ] || [ "$2" = iso-write ] || fail "something was written"
}
folder=small
for folder in small absent; do
	words='(has not the room for what|the image .*, where it) must be kept (there )?meanwhile'
	[ $folder = small ] || words='nothing can be kept there meanwhile'
	lacking "$words" iso-write --yes --fixed-disk --as=files x.iso.xz "$a"
	cat x.iso | lacking "$words" iso-write --yes --fixed-disk --as=files - "$a" || exit
	lacking "$words" iso-convert -q -o y.iso x.iso.xz
	cat x.iso | lacking "$words" iso-convert -q -o y.iso - || exit
	lacking "$words" iso-extract -q -C y x.iso.xz
	tar -c tree | lacking "$words" iso-build -q -o - --boot=none --unpack - || exit
	lacking "$words" iso-build -q -o - --boot=none --zisofs --checksums tree
done
cmp a before || fail "something was written"
[ ! -e y.iso ] || fail "an image is there"

# iso-build keeps it beside a file that it writes: TMPDIR does not help.
TMPDIR=$PWD unshare -m sh small.sh "$(command_path iso-build)" -q -o small/y.iso --unpack - \
	>"$out" 2>"$err" < <(tar -c tree)
status=$?
expect_status 2
expect_stderr_has "small: has not the room .*\(it is kept beside the output\)"

# With another one it goes.
mkdir large
export TMPDIR=$PWD/large
run iso-extract -q -C y x.iso.xz
expect_status 0
run iso-write --yes --fixed-disk --as=files x.iso.xz "$a"
expect_status 0
[ -z "$(ls -A large)" ] || fail "left behind: $(ls -A large)"

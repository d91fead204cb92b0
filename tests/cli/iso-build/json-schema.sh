# SPDX-License-Identifier: GPL-3.0-or-later
# What --json prints in each mode is valid by doc/isokit.build.schema.json, has no key that
# the schema does not know, and there is nothing on standard output after a failure.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/trees.sh"
need_command iso-build
need python3
need_hashes
python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"

doc=$ISOKIT_SOURCE/doc
good() { # STATUS ARGUMENT...
	local want=$1
	shift
	run iso-build --json "$@"
	expect_status "$want"
	[ "$(wc -l <"$out")" = 1 ] || fail "$(wc -l <"$out") lines"
	python3 "${0%/*}/../schema.py" "$doc/isokit.build.schema.json" "$doc/json.md" "$out" >said 2>&1 ||
		fail "not valid: $(tail -n 1 said)"
}

mkdir plain
fake_isolinux tree/isolinux/isolinux.bin
touch tree/isolinux/isolinux.cfg tree/isolinux/ldlinux.c32
fake_isohdpfx tree/isolinux/isohdpfx.bin
fake_efi tree/EFI/BOOT/BOOTX64.EFI
head -c 300000 /dev/zero | tee plain/a plain/b >plain/c
printf x >"plain/$(printf 'not \377 UTF-8 \n "quoted"')"
: >plain/empty

good 0 -o x.iso tree
good 0 -n tree
good 0 -n -v --apm tree
good 0 -o plain.iso --dedup --zisofs --implant-md5 --checksums --udf --fit=cd plain
good 0 -n --dedup --zisofs plain
good 0 -o new.iso x.iso extra=plain/a --remove /EFI
good 0 -n x.iso
good 0 --boot=none -o new.iso x.iso
mkfifo pipe
cat pipe >/dev/null &
good 0 -o pipe tree
good 2 -n --fit=1K tree
good 2 -n --for=pc plain

# Nothing but a line on standard error after a failure.
for arguments in '-o y.iso nowhere' '-o no/where/y.iso tree' '-o y.iso --bios=gone tree' \
	'-o y.iso --fit=1K tree' '-o y.iso --for=pc plain' '-o y.iso --remove /gone tree' \
	'--frobnicate -o y.iso tree' '-o tree x.iso' '-o - tree'; do
	run iso-build --json $arguments
	expect_status 2
	expect_stdout ''
	[ "$(grep -c . "$err")" -le 2 ] || fail "more than a line on stderr"
	expect_stderr_has '^iso-build: '
	[ ! -e y.iso ] || fail "something was written"
done

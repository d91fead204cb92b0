# SPDX-License-Identifier: GPL-3.0-or-later
# --list: every file with its attributes, in each name space, from any folder.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/images.sh"
need jq

make_tree
mkfifo tree/pipe
touch -d 2024-03-04T05:06:07Z tree tree/pipe
data_image data.iso -uid 1000 -gid 100
user=' +1000 +100'
run iso-inspect --list data.iso
expect_status 0
expect_stderr ''
expect_stdout_has "^drwxr-xr-x +[0-9]+$user +[0-9]+ 2024-03-04 05:06 /$"
expect_stdout_has "^-rw-r--r-- +1$user +6 2024-03-04 05:06 /hello.txt$"
expect_stdout_has "^-rw-r----- +1$user +8 2024-03-04 05:06 /sub/eight.bin$"
expect_stdout_has "^-rw-r--r-- +1$user +0 2024-03-04 05:06 /sub/empty$"
expect_stdout_has "^lrwxrwxrwx +1$user +[0-9]+ 2024-03-04 05:06 /sub/deeper/link -> \.\./hello\.txt$"
expect_stdout_has "^prw-r--r-- +1$user +0 2024-03-04 05:06 /pipe$"
[ "$(wc -l <"$out")" -eq 8 ] || fail "not eight lines"
cp "$out" all
run iso-inspect -l data.iso
expect_same "$out" all
run iso-inspect data.iso -l --names=rockridge
expect_same "$out" all

# A folder, in each way to say it; one that is not there.
grep ' /sub' all >sub
run iso-inspect --list=/sub data.iso
expect_status 0
expect_same "$out" sub
run iso-inspect --list /sub data.iso
expect_same "$out" sub
run iso-inspect -l /sub data.iso
expect_same "$out" sub
for order in '-l/sub data.iso' 'data.iso --list /sub' 'data.iso -l /sub' \
	'data.iso --list sub/'; do
	# shellcheck disable=SC2086
	run iso-inspect $order
	expect_status 0
	expect_same "$out" sub
done
run iso-inspect --list=/hello.txt data.iso
[ "$(wc -l <"$out")" -eq 1 ] || fail "not one line for a file"
run iso-inspect --list=/no/such data.iso
expect_status 2
expect_stdout ''
expect_stderr_has '^iso-inspect: data\.iso: .*/no'
# A folder of the host is no image, so this is a place in one.
mkdir -p tree/tmp
data_image tmp.iso
run iso-inspect --list /tmp tmp.iso
expect_status 0
[ "$(wc -l <"$out")" -eq 1 ] || fail "not one line for an empty folder"
# A file of the host is an image, not a place in one.
cp data.iso "$PWD/second.iso"
run iso-inspect --list "$PWD/second.iso" data.iso
expect_status 0
expect_stdout_has '/second\.iso:$'

run iso-inspect --list --names=joliet data.iso
expect_status 0
expect_stdout_has '^---------- +- +- +- +8 2024-03-04 05:06 /sub/eight.bin$'
run iso-inspect --list --names=iso9660 data.iso
expect_stdout_has ' /SUB/EIGHT.BIN$'
run iso-inspect --list --names=udf data.iso
expect_status 2
expect_stderr 'iso-inspect: data.iso: has no udf names, choose from: iso9660, rockridge, joliet'

run iso-inspect --list --json data.iso
expect_status 0
expect_stderr ''
jq -es 'length == 8' "$out" >/dev/null || fail "not eight objects"
expect_json_line() { jq -es "map(select(.path == \"$1\")) | length == 1 and (.[0] | $2)" "$out" \
	>/dev/null || fail "$1: not so: $2"; }
expect_json_line /hello.txt '.type == "file" and .size == 6 and .mode == 420 and .uid == 1000 and .gid == 100 and .links == 1'
expect_json_line /hello.txt '.mtime == "2024-03-04T05:06:07.00+00:00" and (.extents | length) == 1 and .extents[0].size == 6'
expect_json_line /sub '.type == "dir" and .mode == 493'
expect_json_line /sub/deeper/link '.type == "symlink" and .target == "../hello.txt"'
expect_json_line /pipe '.type == "fifo"'
expect_json_line /sub/eight.bin '.mode == 416'
lba=$(jq -r 'select(.path == "/hello.txt").extents[0].lba' "$out")
[ "$(dd if=data.iso bs=2048 skip="$lba" count=1 2>/dev/null | head -c 6)" = hello ] ||
	fail "the content of hello.txt is not at block $lba"
run iso-inspect --list --json --names=joliet data.iso
expect_json_line /hello.txt 'has("mode") or has("uid") | not'
run iso-inspect --list --json data.iso second.iso
jq -es 'map(.image) | unique == ["data.iso", "second.iso"]' "$out" >/dev/null ||
	fail "the lines do not say which image they are of"
run iso-inspect -lv data.iso
expect_stdout_has "\[ +$lba\] /hello.txt$"

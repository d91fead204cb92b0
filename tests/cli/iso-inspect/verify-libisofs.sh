# SPDX-License-Identifier: GPL-3.0-or-later
# --verify: libisofs' own checksums, judged as xorriso does.
. "$(dirname "$0")/../lib.sh"
need xorriso jq python3
need_hashes

flip() { # FILE BYTE
	python3 - "$1" "$2" <<-'END'
		import sys
		with open(sys.argv[1], 'r+b') as f:
		    f.seek(int(sys.argv[2])); b = f.read(1)
		    f.seek(int(sys.argv[2])); f.write(bytes([b[0] ^ 1]))
	END
}
results() { jq -r '.verification[] | "\(.scheme) \(.result)"' "$out" | sort | uniq -c | tr -s ' '; }

mkdir -p tree/sub/deep
head -c 300000 /dev/urandom >tree/one
head -c 5001 /dev/urandom >tree/sub/two
head -c 70000 /dev/urandom >tree/sub/deep/three
: >tree/empty
ln tree/one tree/sub/link
setfattr -n user.long -v "$(head -c 900 /dev/zero | tr '\0' x)" tree/sub/two 2>/dev/null
xorriso -md5 on -xattr on -outdev x.iso -map tree / -commit >xorriso.log 2>&1 || fail "no image"

run iso-inspect --verify x.iso
expect_status 0
expect_stdout_has '^match +libisofs.* checksums of files'
expect_stdout_has '5 of 5 files agree'
run iso-inspect --verify --json x.iso
expect_json '.integrity.libisofs_md5 == "match"'
[ "$(results)" = " 1 libisofs-files match
 2 libisofs-session match" ] || fail "not these schemes: $(results)"

# Two more sessions: every one of them, and all files of the last.
echo later >later
for n in 1 2; do
	xorriso -md5 on -dev x.iso -map later /later$n -commit >xorriso.log 2>&1 || fail "no session"
done
run iso-inspect --verify --json x.iso
expect_status 0
[ "$(results)" = " 1 libisofs-files match
 4 libisofs-session match" ] || fail "not these schemes: $(results)"
expect_json '.verification[] | select(.scheme == "libisofs-files") | .files == 7 and .files_matched == 7'

# A file is damaged: named, and its session, too; xorriso says the same.
at=$(python3 -c '
import sys
image, data = open("x.iso", "rb").read(), open("tree/sub/deep/three", "rb").read()
print(image.index(data[:2048]) + 5000)')
flip x.iso "$at"
run iso-inspect --verify --json x.iso
expect_status 1
expect_json '.integrity.libisofs_md5 == "mismatch"'
expect_json '.verification[] | select(.scheme == "libisofs-files") | .result == "mismatch" and
	.files_matched == 6 and (.mismatches | map(.path) == ["/sub/deep/three"])'
expect_json '[.verification[] | select(.scheme == "libisofs-session" and .result == "mismatch") | .where] == ["session at block 32"]'
xorriso -md5 on -indev x.iso -check_md5_r sorry / -- 2>&1 | grep -q "three" || fail "xorriso sees it otherwise"
run iso-inspect --verify x.iso
expect_stdout_has 'differs: /sub/deep/three'
tr -s ' \n' ' ' <"$out" | grep -q 'files: the first difference lies between' || fail "not said where"
flip x.iso "$at"

# A directory, a descriptor, a tag.
python3 - <<'END' >places
image = open('x.iso', 'rb').read()
tree = image.index(b'libisofs_tree_checksum_tag_v1 pos=')
sb = image.index(b'libisofs_sb_checksum_tag_v1 pos=')
print(tree - 2048 + 100, 'directories:')
print(32 * 2048 + 16 * 2048 + 40, 'system area and volume descriptors:')
print(sb + 40, 'is damaged|own checksum|is not there')
print(tree + 32, 'is damaged|own checksum|is not there')
print(image.index(b'libisofs_rlsb32_checksum_tag_v1') + 60, 'is damaged|own checksum|is not there')
END
while read -r at words; do
	flip x.iso "$at"
	run iso-inspect --verify x.iso
	expect_status 1
	tr -s ' \n' ' ' <"$out" | grep -Eq "$words" || fail "byte $at: not said: $words"
	flip x.iso "$at"
done <places
run iso-inspect --verify x.iso
expect_status 0

# Cut off in the middle of the files.
xorriso -md5 on -outdev y.iso -map tree / -commit >xorriso.log 2>&1
head -c 300000 y.iso >cut.iso
run iso-inspect --verify --json cut.iso
expect_status 1
expect_json '[.verification[].result] | all(. != "match") or any(. == "incomplete")'

# Contents stored compressed are checked as they are stored.
head -c 200000 /dev/zero >tree/zeros
if xorriso -md5 on -outdev z.iso -map tree / -set_filter_r --zisofs / -- -commit >xorriso.log 2>&1; then
	run iso-inspect --verify --json z.iso
	expect_status 0
	expect_json '.verification[] | select(.scheme == "libisofs-files") | .result == "match" and .files == 6'
fi

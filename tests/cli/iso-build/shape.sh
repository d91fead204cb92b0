# SPDX-License-Identifier: GPL-3.0-or-later
# What shapes the tree: grafts, --add, --remove, --exclude, owners and modes.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need jq

mkdir -p one/sub two 'a=b'
echo 1 >one/file
echo 1 >one/sub/x.o
echo 1 >one/run.sh
echo 2 >two/file
echo 2 >two/more
echo = >'a=b/eq'
chmod 640 one/file
chmod 755 one/run.sh

listing() {
	run iso-build -q --force -o x.iso "$@"
	expect_status 0
	run iso-inspect --list --json x.iso
	expect_status 0
}
paths() { jq -r .path "$out" | sort | tr '\n' ' '; }
expect_paths() { [ "$(paths)" = "$1 " ] || fail "paths: $(paths)"; }

listing one two
expect_paths '/ /file /more /run.sh /sub /sub/x.o'
[ "$(xorriso -osirrox on -indev x.iso -extract /file f 2>/dev/null; cat f 2>/dev/null || echo 2)" = 2 ] ||
	fail "a later source does not replace an earlier one"
listing one /in/side=two
expect_paths '/ /file /in /in/side /in/side/file /in/side/more /run.sh /sub /sub/x.o'
listing one renamed=two/more
expect_paths '/ /file /renamed /run.sh /sub /sub/x.o'
listing 'a=b'
expect_paths '/ /eq'
listing --add 'a=b/eq=/there' one --exclude '*.o' --remove run.sh
expect_paths '/ /file /sub /there'
listing one --exclude sub/x.o
expect_paths '/ /file /run.sh /sub'
# In order: what is removed can be added again.
listing one --remove file --add two/file=file
expect_paths '/ /file /run.sh /sub /sub/x.o'

mode() { jq -r --arg p "$1" 'select(.path == $p) | .mode' "$out"; }
listing one --owner 0 --group root --mode u+w,go=rX --mode '*.sh=700' --owner '/sub/*=77'
jq -es 'any(.path == "/file" and .uid == 0 and .gid == 0)' "$out" >/dev/null || fail "owner"
jq -es 'any(.path == "/sub/x.o" and .uid == 77)' "$out" >/dev/null || fail "owner of a path"
[ "$(mode /file)" -eq $((8#644)) ] || fail "mode of /file: $(mode /file)"
[ "$(mode /sub)" -eq $((8#755)) ] || fail "mode of /sub: $(mode /sub)"
[ "$(mode /run.sh)" -eq $((8#700)) ] || fail "mode of /run.sh: $(mode /run.sh)"

listing one --no-rock-ridge
jq -es 'any(.path == "/run.sh")' "$out" >/dev/null || fail "no Joliet name"
run iso-inspect --require rockridge x.iso
expect_status 1
run iso-build -q --force --no-joliet -o x.iso one
run iso-inspect --require joliet x.iso
expect_status 1
run iso-inspect --require rockridge,valid x.iso
expect_status 0

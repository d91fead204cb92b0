# SPDX-License-Identifier: GPL-3.0-or-later
# --hide keeps names out of directories and contents in the image; --sort says in which
# order contents lie.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need isoinfo jq

mkdir -p t/a/b t/c
for f in one two three a/x a/b/y c/z; do
	printf 'content of %s' "$f" >"t/$f"
done

build() {
	run iso-build -q --boot=none --force -o x.iso "$@"
	expect_status 0
	expect_stderr ''
}
names() { isoinfo "$@" -f -i x.iso | LC_ALL=C sort | tr '\n' ' '; }
expect_names() { # ISOINFO-FLAG NAMES
	[ "$(names "$1")" = "$2 " ] || fail "$1: $(names "$1")"
}

build --hide a --hide joliet=two --hide iso9660=/c/z t
expect_names -R '/c /one /three /two'
expect_names -J '/c /c/z /one /three'
for f in one two three a/x a/b/y c/z; do
	grep -q "content of $f" x.iso || fail "the content of $f is not in the image"
done
# A path is one file, a name is every file of that name.
build --hide '/a/*' t
expect_names -R '/a /c /c/z /one /three /two'
build --hide '[xyz]' t
expect_names -R '/a /a/b /c /one /three /two'
# What is hidden, is stored once, hard links as well.
ln t/one t/c/one
build --hide /one t
expect_names -R '/a /a/b /a/b/y /a/x /c /c/one /c/z /three /two'
[ "$(grep -c -a 'content of one' x.iso)" = 1 ] || fail "hard links are stored twice"
rm t/c/one
# What others say of it.
run iso-inspect --check x.iso
expect_status 0
if command -v xorriso >/dev/null; then
	xorriso -osirrox on -indev x.iso -extract / back >xorriso.log 2>&1 || fail "xorriso"
	[ ! -e back/one ] || fail "xorriso sees it"
fi

order() { # paths by place
	run iso-inspect --list --json x.iso
	jq -r 'select(.size > 0 and .type == "file") | "\(.extents[0].lba) \(.path)"' "$out" |
		sort -n | cut -d' ' -f2- | tr '\n' ' '
}
expect_order() { [ "$(order)" = "$1 " ] || fail "order: $(order)"; }
build t
expect_order '/a/b/y /a/x /c/z /one /three /two'
printf '%s\n' '# comment' '/c 10' '*e 5' 'one -3' 'two -2147483648' 'a/* -4' >rules
build --sort rules t
expect_order '/c/z /three /one /a/b/y /a/x /two'
# Ranges hold, and the last rule does.
printf '%s\n' '* 1' 'a 2' '/a/b	3' '/a/b 2147483647' >rules
build --sort rules t
expect_order '/a/b/y /a/x /c/z /one /three /two'
printf '%s\n' 'with blank 7' >rules
echo blank >'t/with blank'
build --sort rules t
expect_order '/with blank /a/b/y /a/x /c/z /one /three /two'

for line in 'one' 'one x' '7' 'one 2147483648' 'one 1.5' ' 3'; do
	printf '\n%s\n' "$line" >rules
	run iso-build -o y.iso --sort rules t
	expect_status 2
	expect_stderr_lines 1
	expect_stderr_has '^iso-build: rules: line 2 is not GLOB WEIGHT'
done
# What matches nothing is a slip.
printf 'tow 1\none 2\n' >rules
run iso-build -n --sort rules --hide /thre --hide three t
expect_status 0
expect_stderr_lines 2
expect_stderr_has '^iso-build: tow: warning: .*nothing in the tree'
expect_stderr_has '^iso-build: /thre: warning: .*nothing in the tree'
# The plan says where things would be.
printf 'one 2\n' >rules
run iso-build -n -v --boot=none --sort rules t
expect_status 0
expect_stdout_has '^  block [0-9]+ +[0-9]+  /one$'
planned=$(sed -n 's/^  block \([0-9]*\) .* \/a\/x$/\1/p' "$out")
build --sort rules t
run iso-inspect --list --json x.iso
[ "$(jq -r 'select(.path == "/a/x").extents[0].lba' "$out")" = "$planned" ] ||
	fail "/a/x is not where the plan said ($planned)"
run iso-build -o y.iso --sort nowhere t
expect_status 2
expect_stderr_has '^iso-build: --sort=nowhere: '
run iso-build -o y.iso --hide joliet= t
expect_status 2
expect_stderr_has '^iso-build: --hide=joliet=: '
[ ! -e y.iso ] || fail "something was written"

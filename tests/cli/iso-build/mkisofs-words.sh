# SPDX-License-Identifier: GPL-3.0-or-later
# How the mkisofs personality reads its words.
. "$(dirname "$0")/../lib.sh"
need_command iso-build
need bsdtar isoinfo

mkdir -p tree/sub 'other=side'
echo one >tree/one.txt
echo two >tree/sub/two.bak
echo three >'other=side/three'

# What an image holds, a line each.
holds() {
	run bsdtar -tf x.iso
	expect_status 0
	LC_ALL=C sort "$out" | tr '\n' ' ' >holds.is
	printf '%s ' "$@" >holds.want
	expect_same holds.want holds.is
	rm -f x.iso holds.is holds.want
}

made() {
	run iso-build --mkisofs "$@"
	expect_status 0
	expect_stdout ''
}

# One dash, two, joined, bundled, abbreviated, with a '='.
made -o x.iso tree
holds . one.txt sub sub/two.bak
made --output x.iso -JR --rock -graft-point tree
holds . one.txt sub sub/two.bak
made -ox.iso -VNAME -rJ tree
run isoinfo -d -i x.iso
expect_stdout_has 'Volume id: NAME'
expect_stdout_has 'Joliet with UCS level 3'
made --volid=OTHER -output=x.iso tree
run isoinfo -d -i x.iso
expect_stdout_has 'Volume id: OTHER'

# Without -graft-points a '=' is part of a name; with it the first bare one parts.
made -o x.iso other=side
holds . three
made -o x.iso -graft-points '/a\=b/c\\d=tree/one.txt' e/=tree/sub tree/one.txt
run bsdtar -tf x.iso
expect_stdout_has '^a=b$'
expect_stdout_has '^e/two.bak$'
expect_stdout_has '^one.txt$'
made -o x.iso -root /top -graft-points in=tree/sub tree
holds . top top/in top/in/two.bak top/one.txt top/sub top/sub/two.bak
run iso-build --mkisofs -o x.iso a=tree
expect_status 2
expect_stderr_has 'needs -graft-points'

# Lists.
printf 'tree\nother=side\n' >list
made -o x.iso -path-list list
holds . one.txt sub sub/two.bak three
printf 'tr"ee" "oth"er=side\\\n' >list
made -o x.iso --quoted_path_list list
holds . one.txt sub sub/two.bak three
printf '*.bak\n' >list
made -o x.iso -exclude-list list tree
holds . one.txt sub
made -o x.iso -m 'tree/sub' tree
holds . one.txt
made -o x.iso tree -x '*.txt'
holds . sub sub/two.bak

# What is ignored says so, what is unknown names the nearest, what is refused says why.
run iso-build --mkisofs -o x.iso -cache-inodes -hide-hfs '*' tree
expect_status 0
expect_stderr_has '^iso-build: -cache-inodes: ignored: '
expect_stderr_has '^iso-build: -hide-hfs: ignored: '
rm x.iso
run iso-build --mkisofs -o x.iso -XA -apple -R tree
expect_status 0
expect_stderr_has '^iso-build: -XA: ignored: '
expect_stderr_has '^iso-build: -apple: ignored: '
rm x.iso
run iso-build --mkisofs -o x.iso -joliet-lnog tree
expect_status 2
expect_stderr_has '^iso-build: -joliet-lnog: unknown option, did you mean -joliet-long?'
run iso-build --mkisofs -o x.iso -hfs tree
expect_status 2
expect_stderr_has '^iso-build: -hfs: not supported: '
run iso-build --mkisofs -o x.iso -iso-level 9 tree
expect_status 2
expect_stderr_has '^iso-build: -iso-level 9: not a number from 1 to 4'
run iso-build --mkisofs -o x.iso tree -V
expect_status 2
expect_stderr_has '^iso-build: -V: an argument is missing'
run iso-build --mkisofs -o x.iso tree -- -outdev y
expect_status 2
expect_stderr_has 'commands of xorriso'
made -o x.iso tree -- -volid BEHIND -joliet on -- -publisher me
run isoinfo -d -i x.iso
expect_stdout_has 'Volume id: BEHIND'
expect_stdout_has 'Publisher id: ME'
expect_stdout_has 'Joliet with UCS level 3'
rm x.iso
run iso-build --mkisofs -o x.iso
expect_status 2
expect_stderr_has 'no source given'
[ ! -e x.iso ] || fail 'an image was left behind'

# By other names, and as words.
mkdir bin
for name in mkisofs genisoimage xorrisofs; do
	ln -s "$(binary_path iso-build)" "bin/$name"
	LD_LIBRARY_PATH=$ISOKIT_BUILD/.libs run "bin/$name" -quiet -o x.iso tree
	expect_status 0
	[ -s x.iso ] || fail "$name made no image"
	rm x.iso
done
run iso-build -as mkisofs -o x.iso tree
expect_status 0
rm x.iso

# Every name of the table is in the help; these programs look for words in it.
run iso-build -as mkisofs -help
expect_status 0
expect_stdout_has graft-points
expect_stdout_has grub2-boot-info
expect_stdout_has '^  -o FILE, -output FILE '
run iso-build --mkisofs -o x.iso --version tree
expect_status 0
expect_stdout_has '^mkisofs 2.01'
[ ! -e x.iso ] || fail 'an image was made beside the version'

# -print-size says what a build writes.
run iso-build --mkisofs -print-size -J tree
expect_status 0
blocks=$(cat "$out")
made -o x.iso -J tree
[ "$(stat -c %s x.iso)" = $((blocks * 2048)) ] || fail "-print-size said $blocks"

# An output inside the source is no content; what was there before is replaced.
echo old >tree/x.iso
made -o tree/x.iso tree
mv tree/x.iso x.iso
holds . one.txt sub sub/two.bak
# Images and archives are files like others.
made -o x.iso tree
bsdtar -cf x.tar tree
made -o y.iso x.iso x.tar
mv y.iso x.iso
holds . x.iso x.tar

# What was made is said where mkisofs says it, so that an image can go to standard output.
run iso-build --mkisofs -v -V SAID -o x.iso tree
expect_status 0
expect_stdout ''
expect_stderr_has '^x\.iso: .*, volume SAID$'
run iso-build --mkisofs -v -quiet -V SAID -o x.iso tree
expect_status 0
expect_stderr ''

# Messages into a file.
run iso-build --mkisofs -log-file log -o x.iso -cache-inodes tree
expect_status 0
grep -q 'cache-inodes' log || fail 'nothing in the log file'

# Standard input as a file, in full, as long as it fits the medium.
head -c 300000 /dev/zero | tr '\0' x >content
run_stdin() { "$(command_path iso-build)" --mkisofs -quiet -o x.iso "$@" <content; }
run_stdin -stream-media-size 1000 -stream-file-name 'IN.IMG;1' || fail 'no stream was taken'
bsdtar -xOf x.iso IN.IMG | cmp - content || fail 'the stream is another one'
! run_stdin -stream-media-size 250 2>/dev/null || fail 'a stream that is too long was taken'

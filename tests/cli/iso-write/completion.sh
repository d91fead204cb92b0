# SPDX-License-Identifier: GPL-3.0-or-later
# Completion in bash: each option of --help is offered, and the words that options take, file names
# with blanks, and of iso-write the drives that can be written.
. "$(dirname "$0")/../lib.sh"
need_command iso-write
. "$ISOKIT_SOURCE/src/common/completion.bash"

# complete_line COMMAND WORD...: what the last of these could become, in $reply. Of options that
# have a value, bash makes three words.
complete_line() {
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_last="$*"
	_isokit "$(command_path "$1")"
	reply=" ${COMPREPLY[*]} "
}
expect_reply() { [ "$reply" = " $1 " ] || fail "offered:$reply where expected: $1"; }

for command in iso-build iso-convert iso-extract iso-inspect iso-write; do
	complete -p $command | grep -q _isokit || fail "$command is not completed"
	complete_line $command --
	options=0
	while read -r option; do
		options=$((options + 1))
		case $option in
		*'[no-]'*) names="--${option#*]} --no-${option#*]}" ;;
		*) names=$option ;;
		esac
		for name in $names; do
			[[ $reply == *" $name "* || $reply == *" $name= "* ]] ||
				fail "$command $name is not offered"
		done
	done < <("$(command_path $command)" --help | grep -oE '^  (-., |    )--(\[no-\])?[a-z0-9-]+' | grep -oE -- '--.*')
	[ "$options" -ge 10 ] || fail "$command: $options options in --help"
	[ ${#COMPREPLY[@]} -ge "$options" ] || fail "$command: not all is offered"
	complete_line $command --color = a
	expect_reply 'auto always'
	complete_line $command --nonsense = a
	expect_reply ''
done

complete_line iso-write --as = ''
expect_reply 'auto image files'
complete_line iso-write --as =
expect_reply 'auto image files'
complete_line iso-write --as = fi
expect_reply files
complete_line iso-write --as fi # of two words
expect_reply files
complete_line iso-write --as=fi # where = ends no word
expect_reply --as=files
complete_line iso-write --blank = ''
expect_reply 'as-needed fast all deformat never'
complete_line iso-write --label --as = a
expect_reply 'auto'
complete_line iso-inspect --names = u
expect_reply udf
complete_line iso-extract --names = j
expect_reply joliet
complete_line iso-build --boot = ''
expect_reply 'auto none keep'
complete_line iso-build --for = u
expect_reply uefi
complete_line iso-build --no-u
expect_reply --no-udf
complete_line iso-inspect --require = hybrid,bios-
expect_reply 'hybrid,bios-cd hybrid,bios-usb'
complete_line iso-convert --hash = sha256,m
expect_reply sha256,md5
complete_line iso-write -- --a # no option any more
expect_reply ''
complete_line iso-inspect x # files are the shell's
expect_reply ''

# In a shell that somebody types into.
need python3
: >'Some image (1).iso'
cat >type.py <<'END'
import os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(PS1='', TERM='dumb', INPUTRC='/dev/null')
    os.execvp('bash', ['bash', '--norc', '--noprofile', '-i'])
seen, end = b'', time.time() + 60
def until(words):
    global seen
    while words not in seen:
        if time.time() > end or not select.select([fd], [], [], 60)[0]:
            sys.exit(f'not seen: {words} in {seen}')
        seen += os.read(fd, 4096)
os.write(fd, b'. %s; echo re""ady\n' % os.fsencode(sys.argv[1]))
until(b'ready')
os.write(fd, os.fsencode(sys.argv[2]) + b'\t')
until(os.fsencode(sys.argv[3]))
os.close(fd)
END
_last=
PATH=$PATH:$(dirname "$(command_path iso-inspect)")
for line in 'iso-inspect So' 'iso-convert --output=So' 'iso-extract -C / So' 'iso-inspect --map=So'; do
	timeout 100 python3 type.py "$ISOKIT_SOURCE/src/common/completion.bash" "$line" \
		"${line%So}Some\\ image\\ \\(1\\).iso" || fail "$line<TAB>"
done

# Drives, behind the image or alone; only those that can be written.
. "$(dirname "$0")/drives.sh"
new_drive a 8M
complete_line iso-write --fixed-disk x.iso /dev/lo
[[ $reply == *" $drive "* ]] || fail "$drive is not among$reply"
complete_line iso-write --label X --fixed-disk --restore /dev/lo
[[ $reply == *" $drive "* ]] || fail "$drive is not among$reply"
complete_line iso-write x.iso "$drive"
expect_reply '' # it is refused unless --fixed-disk is said
complete_line iso-write --label X --fixed-disk ''
expect_reply '' # first comes the image
drive=$(attach -r "$PWD/a" 2>/dev/null) || skip "no loop device that is read-only"
drives+=("$drive")
complete_line iso-write --fixed-disk x.iso "$drive"
expect_reply ''

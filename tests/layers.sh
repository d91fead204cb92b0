#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every #include of lib/ and src/ against the two tables of doc/architecture.md.
set -u
cd "${ISOKIT_SOURCE:=$(cd "$(dirname "$0")/.." && pwd)}" || exit 99
page=doc/architecture.md

# What the C library and the kernel headers give; anything else is an outside
# header and needs a place in the table.
libc=' alloca assert complex ctype dirent dlfcn elf endian err errno fcntl fenv fnmatch
 ftw getopt glob iconv inttypes langinfo libgen limits locale math mntent poll
 pthread pwd grp regex sched search semaphore setjmp signal spawn stdalign stdarg
 stdatomic stdbool stddef stdint stdio stdio_ext stdlib stdnoreturn string strings
 termios threads time uchar unistd utime wchar wctype byteswap features malloc '

bad=0
complain() { printf '%s\n' "$*"; bad=1; }

declare -A may folder outside header_room
rooms=0
while IFS='|' read -r _ room dir _ includes others _; do
	room=${room//[\` ]/}
	dir=${dir//[\` ]/}
	folder[$room]=$dir
	may[$room]=" $room ${includes//[\`,]/ } "
	outside[$room]=$others
	rooms=$((rooms + 1))
done < <(sed -n '/^## Rooms/,/^## Public/p' "$page" | grep -E '^\| (`|commands)')
while IFS='|' read -r _ header room _; do
	header_room[${header//[\` ]/}]=${room//[\` ]/}
done < <(sed -n '/^## Public/,/^## Two/p' "$page" | grep '^| `')
[ "$rooms" -ge 5 ] && [ "${#header_room[@]}" -ge 5 ] || complain "$page: the tables cannot be read"

# The tables and the folders name the same things.
for room in "${!folder[@]}"; do
	[ "$room" = commands ] || [ -d "${folder[$room]}" ] ||
		complain "$page: room $room: there is no ${folder[$room]}"
done
for dir in lib/*/; do
	dir=${dir%/}
	[ "${folder[${dir#lib/}]-}" = "$dir" ] || complain "$dir: has no row in $page"
done
for h in include/isokit/*.h; do
	[ -n "${header_room[isokit/${h##*/}]-}" ] || complain "$h: has no row in $page"
done
for h in "${!header_room[@]}"; do
	[ -f "include/$h" ] || complain "$page: there is no include/$h"
done

checked=0
# check FILE ROOM: every include of one file
check() {
	local file=$1 room=$2 form name to line
	while IFS=: read -r line form; do
		checked=$((checked + 1))
		name=${form#*[<\"]}
		name=${name%[>\"]*}
		case $form in
		*\"config.h\"*) continue ;;
		*\"*)
			to=${name%%/*}
			if [ "$room" = commands ]; then
				# Its own folder without, the common one with a prefix.
				if [ "$to" = "$name" ]; then
					[ -f "${file%/*}/$name" ] && continue
				elif [ "$to" = common ]; then
					continue
				fi
			elif [ "$to" != "$name" ] && [[ ${may[$room]} = *" $to "* ]]; then
				continue
			fi ;;
		*'<isokit/'*)
			to=${header_room[$name]-none}
			case $room in
			common | commands) continue ;;
			esac
			[[ ${may[$room]} = *" $to "* ]] && continue ;;
		*)
			case $name in
			sys/*.h | linux/*.h | arpa/inet.h | netinet/*.h) continue ;;
			*/*) ;;
			*.h) [[ $libc = *[[:space:]]"${name%.h}"[[:space:]]* ]] && continue ;;
			esac
			[[ ${outside[$room]-} = *"\`$name\` in \`${file##*/}\`"* ]] && continue ;;
		esac
		complain "$file:$line: room $room may not include $form"
	done < <(grep -nE '^[[:space:]]*#[[:space:]]*include' "$file" |
		sed 's/^\([0-9]*\):[^<"]*include[[:space:]]*/\1:/')
}

for file in lib/*/*.[ch]; do
	room=${file#lib/}
	check "$file" "${room%%/*}"
done
for file in src/common/*.[ch]; do
	check "$file" common
done
for file in src/iso-*/*.[ch]; do
	[ -e "$file" ] && check "$file" commands
done
for file in include/isokit/*.h; do
	room=${header_room[isokit/${file##*/}]-none}
	[ "$room" = commands ] || check "$file" "$room"
done

echo "$checked includes in $rooms rooms checked"
[ "$checked" -gt 50 ] || complain "so few includes: is this the source tree?"
exit $bad
